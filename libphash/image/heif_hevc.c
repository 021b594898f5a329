/* SPDX-License-Identifier: Apache-2.0 */
#include "image/heif_hevc.h"

#ifdef PHASH_WITH_HEIF
#include "image/hevc_size.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#include <libde265/de265.h>

/* Types of units. */
#define FIRST_WHOLE 16u /* slices of a picture that needs no other */
#define LAST_WHOLE 23u
#define FIRST_ALONE 19u /* and whose slices cannot even say that they need one */
#define LAST_ALONE 20u
#define LAST_SLICE 31u
#define SEQUENCE_SET 33u
#define LAST_SET 34u

#define SETS_MAX 16u
#define SLICES_MAX 1024u
#define MISSING_MAX 16u /* pictures that libde265 makes up when a slice refers to them */

#define LARGEST_BLOCK 64u
#define PADDING 64u /* what libde265 itself puts behind a plane, and more */

/* For each pixel, beside the samples and a copy of them for a filter: modes, motion, and places of blocks. */
#define TABLE_BYTES_PER_PIXEL 4u

static phash_status malformed(const phash_hevc *h, const char *why)
{
    return phash_fail(h->job->diag, PHASH_E_MALFORMED, "HEIF: %s", why);
}

static bool size_fits(const phash_hevc *h, uint64_t width, uint64_t height)
{
    return width >= h->width && width < h->width + LARGEST_BLOCK && height >= h->height &&
           height < h->height + LARGEST_BLOCK;
}

typedef struct layout {
    size_t stride[3]; /* in samples, as libde265 wants them */
    size_t size[3];
} layout;

static size_t lay_out(layout *l, const struct de265_image_spec *spec, const struct de265_image *image)
{
    const enum de265_chroma chroma = de265_get_chroma_format(image);
    size_t total = PADDING;

    memset(l, 0, sizeof *l);
    for (int i = 0; i < (chroma == de265_chroma_mono ? 1 : 3); i++) {
        const size_t halves_x = i != 0 && chroma != de265_chroma_444 ? 2 : 1;
        const size_t halves_y = i != 0 && chroma == de265_chroma_420 ? 2 : 1;
        const size_t width = ((size_t)spec->width + halves_x - 1) / halves_x;
        const size_t height = ((size_t)spec->height + halves_y - 1) / halves_y;
        l->stride[i] = (width + PADDING - 1) / PADDING * PADDING;
        l->size[i] = (l->stride[i] * height + PADDING) * (de265_get_bits_per_pixel(image, i) > 8 ? 2 : 1);
        l->size[i] = (l->size[i] + PADDING - 1) / PADDING * PADDING;
        total += l->size[i];
    }
    return total;
}

/* libde265 does not tell when the slices of a picture leave out a part of it. So the luma begins as noise, and where
 * there is noise afterwards nothing was decoded. */
static uint8_t noise(uint32_t x, uint32_t y)
{
    const uint32_t mixed = (x * 0x9e3779b1u) ^ (y * 0x85ebca6bu) ^ (x * y);

    return (uint8_t)((mixed * 0xc2b2ae35u) >> 24);
}

static void make_noise(uint8_t *luma, size_t stride, bool deep, uint32_t width, uint32_t height)
{
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            if (deep)
                memcpy(luma + (y * stride + x) * 2, &(uint16_t){noise(x, y)}, 2);
            else
                luma[y * stride + x] = noise(x, y);
}

static bool is_noise(const uint8_t *luma, size_t stride, bool deep, uint32_t x, uint32_t y)
{
    uint16_t wide = luma[y * stride + x];

    if (deep)
        memcpy(&wide, luma + y * stride + (size_t)x * 2, sizeof wide);
    return wide == noise(x, y);
}

/* The samples that no filter reaches: the four in the middle of each 8 x 8. The smallest block that may be missing
 * has 16 x 16, cut at the edges to whole ones of 8 x 8. */
static bool block_is_noise(const phash_hevc *h, const uint8_t *luma, size_t stride, bool deep, uint32_t x, uint32_t y)
{
    for (uint32_t dy = 0; dy < 16 && y + dy + 8 <= h->coded_height; dy += 8)
        for (uint32_t dx = 0; dx < 16 && x + dx + 8 <= h->coded_width; dx += 8)
            for (uint32_t i = 0; i < 4; i++)
                if (!is_noise(luma, stride, deep, x + dx + 3 + i % 2, y + dy + 3 + i / 2))
                    return false;
    return true;
}

static bool has_noise(const phash_hevc *h)
{
    const phash_hevc_plane *p = &h->picture.plane[0];
    const bool deep = p->bits > 8;
    const uint8_t *luma = p->data - h->cut_top * p->stride - h->cut_left;

    for (uint32_t y = 0; y + 8 <= h->coded_height; y += 16)
        for (uint32_t x = 0; x + 8 <= h->coded_width; x += 16)
            if (block_is_noise(h, luma, p->stride, deep, x, y))
                return true;
    return false;
}

static bool planes_are_allowed(phash_hevc *h, const struct de265_image_spec *spec, bool deep)
{
    h->refusal = PHASH_E_MALFORMED;
    if (h->buffers++ != 0 || spec->width <= 0 || spec->height <= 0 || spec->crop_left < 0 ||
        spec->crop_top < 0 || !size_fits(h, (uint64_t)spec->width, (uint64_t)spec->height))
        (void)malformed(h, "a coded picture is not of the size that was announced");
    else if (deep && (spec->crop_left != 0 || spec->crop_top != 0)) /* where libde265 is wrong about the place */
        h->refusal = phash_fail(h->job->diag, PHASH_E_UNSUPPORTED, "HEIF: a picture of many bits is cut at the left");
    else
        h->refusal = PHASH_OK;
    return h->refusal == PHASH_OK;
}

static void set_planes(phash_hevc *h, struct de265_image *image, const struct de265_image_spec *spec, const layout *l,
                       uint8_t *block)
{
    uint8_t *at = block + (PADDING - (uintptr_t)block % PADDING) % PADDING;

    h->coded_width = (uint32_t)spec->width;
    h->coded_height = (uint32_t)spec->height;
    h->cut_left = (uint32_t)spec->crop_left;
    h->cut_top = (uint32_t)spec->crop_top;
    make_noise(at, l->stride[0], de265_get_bits_per_pixel(image, 0) > 8, h->coded_width, h->coded_height);
    for (int i = 0; i < 3; at += l->size[i], i++)
        de265_set_image_plane(image, i, l->size[i] != 0 ? at : NULL, (int)l->stride[i], i == 0 ? block : NULL);
}

/* libde265 asks for the planes of the picture. It takes tables and a copy for a filter without asking. */
static int get_planes(void *decoder, struct de265_image_spec *spec, struct de265_image *image, void *user)
{
    phash_hevc *h = user;
    layout l;

    (void)decoder;
    if (!planes_are_allowed(h, spec, de265_get_bits_per_pixel(image, 0) > 8 || de265_get_bits_per_pixel(image, 1) > 8))
        return 0;
    const size_t total = lay_out(&l, spec, image);
    const uint64_t tables = (uint64_t)spec->width * (uint64_t)spec->height * TABLE_BYTES_PER_PIXEL;
    const uint64_t claim = 2 * (uint64_t)total + tables + (h->is_alone ? 0 : MISSING_MAX * (total + tables));
    h->refusal = phash_codec_claim(h->job, claim, "libde265");
    if (h->refusal != PHASH_OK)
        return 0;
    h->claimed += claim;
    h->planes = total;
    uint8_t *block = phash_alloc(h->job->allocator, total, 1);
    if (block == NULL) {
        h->refusal = phash_fail(h->job->diag, PHASH_E_NO_MEMORY, "HEIF: no memory for a picture (%zu bytes)", total);
        return 0;
    }
    set_planes(h, image, spec, &l, block);
    return 1;
}

static void release_planes(void *decoder, struct de265_image *image, void *user)
{
    const phash_hevc *h = user;

    (void)decoder;
    phash_release_secret(h->job->allocator, de265_get_image_plane_user_data(image, 0), h->planes);
}

static phash_status status_of(const phash_hevc *h, de265_error error)
{
    if (h->refusal != PHASH_OK)
        return h->refusal; /* its message is stored */
    if (error == DE265_ERROR_OUT_OF_MEMORY)
        return phash_fail(h->job->diag, PHASH_E_NO_MEMORY, "HEIF: libde265 has no memory");
    return phash_fail(h->job->diag, PHASH_E_MALFORMED, "HEIF: libde265: %s", de265_get_error_text(error));
}

/* Work off what was pushed. A warning may mean that parts of the picture are made up. */
static phash_status work(phash_hevc *h, const struct de265_image **image)
{
    de265_error error = DE265_OK;
    int more = 1;

    while (more != 0 && error == DE265_OK && *image == NULL) {
        error = de265_decode(h->decoder, &more);
        *image = de265_get_next_picture(h->decoder);
    }
    if (error == DE265_OK || error == DE265_ERROR_WAITING_FOR_INPUT_DATA)
        error = de265_get_warning(h->decoder);
    return error == DE265_OK && h->refusal == PHASH_OK ? PHASH_OK : status_of(h, error);
}

/* Of the picture's own units all but sets of parameters and slices are left out. */
static phash_status take_unit(phash_hevc *h, const uint8_t *unit, size_t size)
{
    const struct de265_image *none = NULL;
    uint32_t width, height;

    if (size < 3 || size > INT32_MAX)
        return malformed(h, "an empty unit in a coded picture");
    const uint32_t type = unit[0] >> 1 & 63;
    const bool slice = type <= LAST_SLICE;
    if ((unit[0] & 1) != 0 || unit[1] >> 3 != 0 || type > LAST_SET) /* of another layer, or news of no importance */
        return PHASH_OK;
    if (slice && (type < FIRST_WHOLE || type > LAST_WHOLE))
        return malformed(h, "a coded picture needs others");
    if (slice && (unit[2] >> 7 != 0) != (h->slices == 0))
        return malformed(h, "there is not exactly one coded picture");
    if (slice && h->slices == 0)
        h->is_alone = type >= FIRST_ALONE && type <= LAST_ALONE;
    if (slice ? ++h->slices > SLICES_MAX : ++h->parameters > SETS_MAX)
        return malformed(h, "a coded picture of too many units");
    if (type == SEQUENCE_SET && (!phash_hevc_size(unit, size, &width, &height) || !size_fits(h, width, height)))
        return malformed(h, "a coded picture is not of the size that was announced");
    const de265_error error = de265_push_NAL(h->decoder, unit, (int)size, 0, NULL);
    if (error != DE265_OK)
        return status_of(h, error);
    const phash_status st = work(h, &none);
    if (st == PHASH_OK && phash_codec_late(h->job, (uint64_t)h->width * h->height))
        return phash_codec_timeout(h->job, 0);
    return st;
}

/* Sets of parameters, and how many bytes a length takes. */
static phash_status take_record(phash_hevc *h, phash_reader hvcc, uint32_t *length_size)
{
    const uint8_t *head = phash_read_bytes(&hvcc, 22);
    const uint32_t arrays = phash_read_u8(&hvcc);
    phash_status st = PHASH_OK;

    *length_size = head != NULL ? (head[21] & 3u) + 1 : 0;
    for (uint32_t i = 0; i < arrays; i++) {
        (void)phash_read_u8(&hvcc);
        uint32_t units = phash_read_u16be(&hvcc);
        for (; st == PHASH_OK && units > 0 && !hvcc.failed; units--) {
            const size_t size = phash_read_u16be(&hvcc);
            const uint8_t *unit = phash_read_bytes(&hvcc, size);
            if (unit != NULL)
                st = take_unit(h, unit, size);
        }
    }
    return st == PHASH_OK && hvcc.failed ? malformed(h, "the parameters of a coded picture end too early") : st;
}

static phash_status take_units(phash_hevc *h, phash_reader in, uint32_t length_size)
{
    phash_status st = PHASH_OK;

    while (st == PHASH_OK && phash_reader_left(&in) != 0) {
        uint32_t size = 0;
        for (uint32_t i = 0; i < length_size; i++)
            size = size << 8 | phash_read_u8(&in);
        const uint8_t *unit = phash_read_bytes(&in, size);
        st = unit != NULL ? take_unit(h, unit, size)
                          : phash_fail(h->job->diag, PHASH_E_TRUNCATED, "HEIF: a coded picture ends too early");
    }
    return st;
}

static phash_status describe(phash_hevc *h, const struct de265_image *image)
{
    phash_hevc_picture *p = &h->picture;

    p->grey = de265_get_chroma_format(image) == de265_chroma_mono;
    p->matrix = (uint32_t)de265_get_image_matrix_coefficients(image);
    p->full_range = de265_get_image_full_range_flag(image) != 0;
    for (int i = 0; i < (p->grey ? 1 : 3); i++) {
        phash_hevc_plane *plane = &p->plane[i];
        int stride = 0;
        plane->data = de265_get_image_plane(image, i, &stride);
        plane->stride = (size_t)stride;
        const int width = de265_get_image_width(image, i);
        const int height = de265_get_image_height(image, i);
        const int bits = de265_get_bits_per_pixel(image, i);
        if (plane->data == NULL || stride <= 0 || width <= 0 || height <= 0 || bits < 8 || bits > 16)
            return malformed(h, "a coded picture without a plane");
        plane->width = (uint32_t)width;
        plane->height = (uint32_t)height;
        plane->bits = (uint32_t)bits;
    }
    if (!size_fits(h, p->plane[0].width, p->plane[0].height))
        return malformed(h, "a coded picture is not of the size that was announced");
    return has_noise(h) ? malformed(h, "a part of a coded picture is missing") : PHASH_OK;
}

phash_status phash_hevc_decode(phash_hevc *h, phash_codec_job *job, phash_reader hvcc, const uint8_t *data,
                               size_t size, uint32_t width, uint32_t height)
{
    struct de265_image_allocation hooks = {get_planes, release_planes};
    const struct de265_image *image = NULL;
    uint32_t length_size = 0;

    *h = (phash_hevc){.job = job, .width = width, .height = height, .decoder = de265_new_decoder()};
    if (h->decoder == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "HEIF: libde265 has no memory");
    de265_set_image_allocation_functions(h->decoder, &hooks, h);
    de265_set_parameter_bool(h->decoder, DE265_DECODER_PARAM_SUPPRESS_FAULTY_PICTURES, 1);
    de265_set_parameter_bool(h->decoder, DE265_DECODER_PARAM_DISABLE_SAO, 1);
    phash_status st = take_record(h, hvcc, &length_size);
    if (st == PHASH_OK)
        st = take_units(h, phash_reader_init(data, size), length_size);
    if (st != PHASH_OK)
        return st;
    /* Filters come last. With this one switched on, libde265 1.0 would not have asked for planes but taken its own. */
    de265_set_parameter_bool(h->decoder, DE265_DECODER_PARAM_DISABLE_SAO, 0);
    const de265_error error = de265_flush_data(h->decoder);
    st = error == DE265_OK ? work(h, &image) : status_of(h, error);
    if (st == PHASH_OK && image == NULL)
        st = malformed(h, "a coded picture is missing or damaged");
    if (st == PHASH_OK && h->buffers != 1)
        st = phash_fail(job->diag, PHASH_E_INTERNAL, "HEIF: this libde265 does not ask for planes");
    return st == PHASH_OK ? describe(h, image) : st;
}

void phash_hevc_close(phash_hevc *h)
{
    if (h->decoder != NULL)
        (void)de265_free_decoder(h->decoder);
    if (h->job != NULL)
        h->job->held -= h->claimed;
    h->decoder = NULL;
    h->claimed = 0;
}

void *phash_hevc_stand_by(void)
{
    return de265_new_decoder();
}

void phash_hevc_stand_down(void *decoder)
{
    if (decoder != NULL)
        (void)de265_free_decoder(decoder);
}
#endif
