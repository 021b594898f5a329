/* SPDX-License-Identifier: Apache-2.0 */
/* PNG through libpng 1.6.
 *
 * libpng is given the signature and the chunks that make pixels, nothing else: no text, profile or private chunk can
 * cost anything or be misread, and nothing after the last row is read. The frame of the file was checked before
 * (image/png_walk.h). Source: libpng-manual.txt 1.6; PNG (Third Edition). */
#include "image/codec_job.h"
#include "image/codecs.h"
#include "image/png_walk.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#include <png.h>

#define TRNS PHASH_PNG_TYPE('t', 'R', 'N', 'S')
#define ANCILLARY 0x20000000u /* bit 5 of the first letter of a type (PNG s. 5.4) */
#define HARMLESS_MAX 1000     /* warnings that lose nothing; more is no honest file */

#define BLOCK_HEADER 16 /* keeps what follows aligned for any type */

typedef struct png_state {
    phash_codec_job *job;
    png_structp png;
    png_infop info;
    size_t at;   /* next byte of the file */
    size_t end;  /* of the piece libpng is being given: the signature or one chunk */
    size_t used; /* bytes libpng holds */
    bool over_memory;
    bool no_memory;
    phash_status status;
    uint32_t harmless;
    uint32_t row; /* being read */
} png_state;

/* --- libpng's hooks --- */

static _Noreturn void stop(png_structp png, png_state *s, phash_status status)
{
    s->status = status;
    png_longjmp(png, 1);
}

static _Noreturn void on_error(png_structp png, png_const_charp text)
{
    png_state *s = png_get_error_ptr(png);
    phash_diag *diag = s->job->diag;

    if (s->over_memory)
        stop(png, s, phash_fail(diag, PHASH_E_LIMIT, "PNG: libpng needs more than the limit of %" PRIu64
                                " bytes of memory (row %" PRIu32 ")", s->job->limits.max_memory, s->row));
    if (s->no_memory)
        stop(png, s, phash_fail(diag, PHASH_E_NO_MEMORY, "PNG: no memory (row %" PRIu32 ")", s->row));
    /* The chunks are all there, but what they inflate to is short. */
    const bool is_short = strcmp(text, "Not enough image data") == 0;
    stop(png, s, phash_fail(diag, is_short ? PHASH_E_TRUNCATED : PHASH_E_MALFORMED,
                            "PNG: %s (byte %zu, row %" PRIu32 ")", text, s->at, s->row));
}

/* Warnings after which every pixel is still what the encoder meant: the compressed data goes on after the last row
 * has come (a file whose height was lowered by an editor is shown so by every viewer), and a palette in a grey
 * picture. Any other ends the decoding: what is left of libpng's warnings is about lost transparency, palettes and
 * checksums. A text that a later libpng words differently is refused, which is the safe side; a test pins them. */
static bool is_harmless(const char *text)
{
    static const char *const harmless[] = {"Too much image data", "Extra compressed data", "ignored in grayscale PNG"};

    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strstr(text, harmless[i]) != NULL)
            return true;
    return false;
}

static void on_warning(png_structp png, png_const_charp text)
{
    png_state *s = png_get_error_ptr(png);

    if (is_harmless(text) && ++s->harmless <= HARMLESS_MAX)
        return;
    on_error(png, text);
}

static png_voidp on_alloc(png_structp png, png_alloc_size_t size)
{
    png_state *s = png_get_mem_ptr(png);
    const uint64_t left = s->job->limits.max_memory - s->used;

    if (size > left || size > SIZE_MAX - BLOCK_HEADER) {
        s->over_memory = true;
        return NULL;
    }
    uint8_t *block = phash_alloc(s->job->allocator, (size_t)size + BLOCK_HEADER, 1);
    if (block == NULL) {
        s->no_memory = true;
        return NULL;
    }
    memcpy(block, &(size_t){(size_t)size}, sizeof(size_t));
    s->used += (size_t)size;
    return block + BLOCK_HEADER;
}

static void on_free(png_structp png, png_voidp ptr)
{
    png_state *s = png_get_mem_ptr(png);
    size_t size = 0;

    if (ptr == NULL)
        return;
    uint8_t *block = (uint8_t *)ptr - BLOCK_HEADER;
    memcpy(&size, block, sizeof size);
    s->used -= size;
    phash_release_secret(s->job->allocator, block, size + BLOCK_HEADER); /* may hold rows */
}

/* Move on to the next chunk that makes pixels: a critical one or transparency. */
static bool next_piece(png_state *s)
{
    phash_png_chunk chunk;

    while (phash_png_chunk_at(&chunk, s->job->bytes, s->job->size, s->at)) {
        const size_t after = s->at + chunk.length + PHASH_PNG_CHUNK_OVERHEAD;
        if ((chunk.type & ANCILLARY) == 0 || chunk.type == TRNS) {
            s->end = after;
            return true;
        }
        s->at = after;
    }
    return false;
}

static void on_read(png_structp png, png_bytep out, size_t size)
{
    png_state *s = png_get_io_ptr(png);

    while (size != 0) {
        if (s->at == s->end && !next_piece(s))
            stop(png, s, phash_fail(s->job->diag, PHASH_E_TRUNCATED, "PNG: no more data at byte %zu (row %" PRIu32 ")",
                                    s->at, s->row));
        const size_t n = size < s->end - s->at ? size : s->end - s->at;
        memcpy(out, s->job->bytes + s->at, n);
        s->at += n;
        out += n;
        size -= n;
        /* A byte may inflate to a thousand that no row ever shows, so the clock is watched here too. */
        if (phash_codec_late(s->job, (uint64_t)n * 64))
            stop(png, s, phash_codec_timeout(s->job, s->row));
    }
}

/* --- pixels --- */

static void configure(png_state *s)
{
    png_structp png = s->png;

    /* Second line of defence; these chunks are not served at all. */
    png_set_user_limits(png, s->job->limits.max_side, s->job->limits.max_side);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_chunk_cache_max(png, 16);
    png_set_chunk_malloc_max(png, (png_alloc_size_t)1 << 20);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_read_fn(png, s, on_read);
    png_read_info(png, s->info);

    png_set_expand(png);   /* palettes to RGB, 1, 2 and 4 bits to 8, tRNS to alpha */
    png_set_scale_16(png); /* rounds; png_set_strip_16 would cut */
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, s->info);
}

static phash_status read_rows(png_state *s)
{
    phash_codec_job *job = s->job;

    for (s->row = 0; s->row < job->info.height; s->row++) {
        png_read_row(s->png, job->row->data, NULL);
        phash_sampler_row(job->sampler, job->row->data);
        if (phash_codec_late(job, job->info.width))
            return phash_codec_timeout(job, s->row);
    }
    return PHASH_OK;
}

/* Adam7 brings the picture in seven passes. libpng gives each as whole rows in which only the pixels of that pass are
 * written (libpng-manual.txt, png_set_interlace_handling), and every pixel belongs to one pass. So the sampler can
 * take its pixels as they come; no frame is kept, and what earlier rows left in the buffer is never looked at. */
static phash_status read_interlaced(png_state *s)
{
    for (uint32_t pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        const phash_sampler_pass pixels = {PNG_PASS_START_ROW(pass), PNG_PASS_START_COL(pass),
                                           1u << PNG_PASS_ROW_SHIFT(pass), 1u << PNG_PASS_COL_SHIFT(pass)};
        phash_sampler_begin_pass(s->job->sampler, &pixels);
        const phash_status st = read_rows(s);
        if (st != PHASH_OK)
            return st;
    }
    return PHASH_OK;
}

static phash_status decode(png_state *s)
{
    configure(s);
    const uint32_t channels = png_get_channels(s->png, s->info);
    const size_t row_size = (size_t)s->job->info.width * channels;

    if (png_get_bit_depth(s->png, s->info) != 8 || channels < 1 || channels > 4 ||
        png_get_rowbytes(s->png, s->info) != row_size || png_get_image_height(s->png, s->info) != s->job->info.height)
        return phash_fail(s->job->diag, PHASH_E_INTERNAL, "PNG: rows of an unexpected form");
    phash_status st = phash_codec_begin(
        s->job, &(phash_codec_rows){s->job->info.width, s->job->info.height, channels, row_size});
    if (st == PHASH_OK)
        st = png_get_interlace_type(s->png, s->info) == PNG_INTERLACE_NONE ? read_rows(s) : read_interlaced(s);
    return st == PHASH_OK ? phash_sampler_end(s->job->sampler) : st;
}

/* Has no local variables, so none can be clobbered. */
static void decode_guarded(png_state *s)
{
    if (setjmp(png_jmpbuf(s->png)) == 0)
        s->status = decode(s);
}

phash_status phash_png_read(phash_codec_job *job)
{
    png_state s;

    memset(&s, 0, sizeof s);
    s.job = job;
    s.end = PHASH_PNG_SIGNATURE_SIZE;
    s.status = phash_png_walk(job);
    if (s.status != PHASH_OK)
        return s.status;
    s.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning, &s, on_alloc, on_free);
    if (s.png != NULL)
        s.info = png_create_info_struct(s.png);
    if (s.info != NULL)
        decode_guarded(&s);
    else if (s.status == PHASH_OK) /* libpng gives NULL without a word when memory is short */
        s.status = phash_fail(job->diag, s.over_memory ? PHASH_E_LIMIT : PHASH_E_NO_MEMORY, "PNG: no memory to begin");
    png_destroy_read_struct(&s.png, &s.info, NULL);
    return s.status;
}
