/* SPDX-License-Identifier: Apache-2.0 */
#include "image/bmp_header.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>

#define FILE_HEADER_SIZE 14u
#define OS2_CORE 12u   /* 16-bit sides, palette of triples */
#define OS2_FULL 64u   /* here 3 and 4 are Huffman and 24-bit run-length coding */
#define WITH_MASKS 52u /* from this size on the header itself holds the masks */

typedef struct header_fields {
    uint32_t size; /* of the second header */
    uint32_t planes;
    uint32_t clr_used;
    uint32_t mask[4];
} header_fields;

static phash_status malformed(const phash_codec_job *job, const char *what)
{
    return phash_fail(job->diag, PHASH_E_MALFORMED, "BMP: %s", what);
}

/* Everything up to the palette. */
static phash_status read_fields(phash_bmp *bmp, header_fields *f, phash_reader *in, phash_codec_job *job)
{
    uint32_t height;

    (void)phash_read_bytes(in, 10); /* "BM", a size that many writers get wrong, reserved */
    bmp->pixels_at = phash_read_u32le(in);
    f->size = phash_read_u32le(in);
    if (f->size == OS2_CORE) {
        bmp->width = phash_read_u16le(in);
        height = phash_read_u16le(in);
    } else {
        bmp->width = phash_read_u32le(in);
        height = phash_read_u32le(in);
    }
    f->planes = phash_read_u16le(in);
    bmp->depth = phash_read_u16le(in);
    if (f->size >= 40) {
        bmp->compression = phash_read_u32le(in);
        (void)phash_read_bytes(in, 12); /* size of the pixels, resolution */
        f->clr_used = phash_read_u32le(in);
        (void)phash_read_u32le(in);
    }
    const bool fields = bmp->compression == PHASH_BMP_BITFIELDS || bmp->compression == PHASH_BMP_ALPHABITFIELDS;
    uint32_t n_masks = f->size >= 56 && f->size != OS2_FULL ? 4 : f->size >= WITH_MASKS && f->size != OS2_FULL ? 3 : 0;
    if (n_masks == 0 && fields && f->size != OS2_FULL)
        n_masks = bmp->compression == PHASH_BMP_ALPHABITFIELDS ? 4 : 3; /* behind the header */
    for (uint32_t i = 0; i < n_masks; i++)
        f->mask[i] = phash_read_u32le(in);
    if (in->failed)
        return phash_fail(job->diag, PHASH_E_TRUNCATED, "BMP: the file ends within the header");
    bmp->top_down = f->size != OS2_CORE && (height & 0x80000000u) != 0;
    bmp->height = bmp->top_down ? 0u - height : height;
    if (bmp->width & 0x80000000u)
        return malformed(job, "a width below 0");
    return phash_codec_check_size(job, bmp->width, bmp->height);
}

static phash_status check_form(const phash_bmp *bmp, const header_fields *f, const phash_codec_job *job)
{
    const uint32_t d = bmp->depth;
    bool fits = false;

    if (f->planes != 1)
        return malformed(job, "the number of planes is not 1");
    switch (bmp->compression) {
    case PHASH_BMP_RGB: fits = d == 1 || d == 2 || d == 4 || d == 8 || d == 16 || d == 24 || d == 32; break;
    case PHASH_BMP_RLE8: fits = d == 8 && !bmp->top_down; break;
    case PHASH_BMP_RLE4: fits = d == 4 && !bmp->top_down; break;
    case PHASH_BMP_BITFIELDS:
    case PHASH_BMP_ALPHABITFIELDS: fits = (d == 16 || d == 32) && f->size != OS2_FULL; break;
    default: break;
    }
    if (!fits)
        return phash_fail(job->diag, PHASH_E_UNSUPPORTED,
                          "BMP: %" PRIu32 " bits a pixel with compression %" PRIu32 " (header of %" PRIu32 " bytes)",
                          d, bmp->compression, f->size);
    return PHASH_OK;
}

/* A mask of adjacent bits; anything else has no greatest value. */
static bool field_from(phash_bmp_field *field, uint32_t mask)
{
    *field = (phash_bmp_field){0, 0};
    if (mask == 0)
        return true;
    while ((mask >> field->shift & 1) == 0)
        field->shift++;
    field->max = mask >> field->shift;
    return (field->max & (field->max + 1)) == 0;
}

static phash_status set_fields(phash_bmp *bmp, const header_fields *f, const phash_codec_job *job)
{
    static const uint32_t masks16[4] = {0x7c00, 0x03e0, 0x001f, 0};
    static const uint32_t masks32[4] = {0xff0000, 0x00ff00, 0x0000ff, 0};
    const uint32_t *mask = bmp->compression != PHASH_BMP_RGB ? f->mask : bmp->depth == 16 ? masks16 : masks32;

    if (bmp->depth != 16 && bmp->depth != 32)
        return PHASH_OK;
    for (int i = 0; i < 4; i++)
        if (!field_from(&bmp->field[i], mask[i]) || (bmp->depth == 16 && mask[i] > 0xffff))
            return malformed(job, "a colour mask that is not a run of bits of the pixel");
    if ((mask[0] | mask[1] | mask[2]) == 0)
        return malformed(job, "no colour has a mask");
    return PHASH_OK;
}

static phash_status read_palette(phash_bmp *bmp, const header_fields *f, phash_reader *in, const phash_codec_job *job)
{
    if (bmp->depth > 8)
        return PHASH_OK;
    bmp->n_colours = 1u << bmp->depth;
    if (f->clr_used > 256)
        return malformed(job, "a palette of more than 256 colours");
    if (f->clr_used != 0 && f->clr_used < bmp->n_colours)
        bmp->n_colours = f->clr_used;
    for (uint32_t i = 0; i < bmp->n_colours; i++) {
        for (int c = 2; c >= 0; c--)
            bmp->palette[i][c] = phash_read_u8(in);
        if (f->size != OS2_CORE)
            (void)phash_read_u8(in);
    }
    if (in->failed)
        return phash_fail(job->diag, PHASH_E_TRUNCATED, "BMP: the file ends within the palette");
    return PHASH_OK;
}

phash_status phash_bmp_read_header(phash_bmp *bmp, phash_codec_job *job)
{
    phash_reader in = phash_reader_init(job->bytes, job->size);
    header_fields f = {0};

    *bmp = (phash_bmp){0};
    phash_status st = read_fields(bmp, &f, &in, job);
    if (st == PHASH_OK)
        st = check_form(bmp, &f, job);
    if (st == PHASH_OK)
        st = set_fields(bmp, &f, job);
    /* The palette follows the header as its size says, not as far as fields of it are known here. */
    const uint32_t masks_behind = f.size >= WITH_MASKS || bmp->compression < PHASH_BMP_BITFIELDS ? 0
                                  : bmp->compression == PHASH_BMP_BITFIELDS ? 12 : 16;
    in = phash_reader_init(job->bytes, job->size);
    if (st == PHASH_OK && phash_read_bytes(&in, (size_t)FILE_HEADER_SIZE + f.size + masks_behind) == NULL)
        st = phash_fail(job->diag, PHASH_E_TRUNCATED, "BMP: the file ends within the header");
    if (st == PHASH_OK)
        st = read_palette(bmp, &f, &in, job);
    if (st == PHASH_OK && bmp->pixels_at < FILE_HEADER_SIZE + f.size)
        st = malformed(job, "the pixels begin within the header");
    return st;
}
