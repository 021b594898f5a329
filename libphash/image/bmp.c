/* SPDX-License-Identifier: Apache-2.0 */
/* BMP. Rows are read where they lie, so a picture that is stored from the bottom up costs no memory; of run-length
 * coded ones the beginning of each row is noted first. */
#include "image/bmp_header.h"
#include "image/codecs.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

typedef struct bmp_state {
    phash_codec_job *job;
    phash_bmp bmp;
    uint32_t channels;
    uint64_t stride;  /* bytes from row to row; 0 when they are run-length coded */
    uint64_t *row_at; /* then: where each row begins, in the order of the file */
    size_t at;        /* next byte of run-length coded data */
} bmp_state;

static phash_status fail_at(const bmp_state *s, phash_status status, const char *what, uint32_t row)
{
    return phash_fail(s->job->diag, status, "BMP: %s (row %" PRIu32 ")", what, row);
}

/* --- run-length coding --- */

/* Read one row into indices, or only pass over it when indices is NULL. *last: the end of the picture was reached.
 * A row must be whole: encoders that leave pixels out mean "whatever was there before", which is nothing. */
static phash_status read_coded_row(bmp_state *s, uint8_t *indices, bool *last, uint32_t row)
{
    const uint8_t *p = s->job->bytes;
    const size_t size = s->job->size;
    const bool nibbles = s->bmp.depth == 4;
    uint32_t x = 0;

    for (;;) {
        if (size - s->at < 2)
            return fail_at(s, PHASH_E_TRUNCATED, "the file ends early", row);
        const uint32_t n = p[s->at];
        const uint32_t code = p[s->at + 1];
        s->at += 2;
        if (n == 0 && code <= 1) { /* end of the row; end of the picture */
            *last = code == 1;
            break;
        }
        if (n == 0 && code == 2)
            return fail_at(s, PHASH_E_UNSUPPORTED, "run-length data that leaves pixels out", row);
        const uint32_t run = n != 0 ? n : code;
        const size_t literal = n != 0 ? 0 : nibbles ? (run + 3) / 4 * 2 : (run + 1) / 2 * 2; /* padded to 16 bits */
        if (run > s->bmp.width - x)
            return fail_at(s, PHASH_E_MALFORMED, "a run beyond the end of the row", row);
        if (size - s->at < literal)
            return fail_at(s, PHASH_E_TRUNCATED, "the file ends early", row);
        for (uint32_t i = 0; i < run && indices != NULL; i++) {
            const uint32_t v = n != 0 ? code : nibbles ? p[s->at + i / 2] : p[s->at + i];
            indices[x + i] = (uint8_t)(!nibbles ? v : i % 2 == 0 ? v >> 4 : v & 15);
        }
        s->at += literal;
        x += run;
    }
    if (x != s->bmp.width)
        return fail_at(s, PHASH_E_UNSUPPORTED, "run-length data that leaves pixels out", row);
    return PHASH_OK;
}

/* An empty row closes some files: "end of row, end of picture". */
static bool only_the_end_follows(const bmp_state *s)
{
    return s->job->size - s->at >= 2 && s->job->bytes[s->at] == 0 && s->job->bytes[s->at + 1] == 1;
}

static phash_status note_rows(bmp_state *s)
{
    const uint32_t height = s->bmp.height;

    for (uint32_t y = 0; y < height; y++) {
        bool last = false;
        s->row_at[y] = s->at;
        phash_status st = read_coded_row(s, NULL, &last, y);
        if (st != PHASH_OK)
            return st;
        if (last && y + 1 != height)
            return fail_at(s, PHASH_E_TRUNCATED, "the picture ends early", y);
        if (y + 1 == height && !last && !only_the_end_follows(s))
            return fail_at(s, s->job->size - s->at < 2 ? PHASH_E_TRUNCATED : PHASH_E_MALFORMED,
                           "no end of the picture after the last row", y);
        if (phash_codec_late(s->job, (uint64_t)s->bmp.width + 256))
            return phash_codec_timeout(s->job, y);
    }
    return PHASH_OK;
}

/* --- rows --- */

static uint8_t channel(const phash_bmp_field *f, uint32_t pixel)
{
    if (f->max == 0)
        return 0;
    return (uint8_t)(((uint64_t)(pixel >> f->shift & f->max) * 255 + f->max / 2) / f->max);
}

static uint32_t pixel_at(const bmp_state *s, const uint8_t *p, uint32_t x)
{
    if (s->bmp.depth == 16)
        return (uint32_t)p[2 * (size_t)x + 1] << 8 | p[2 * (size_t)x];
    p += 4 * (size_t)x;
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void unpack_fields(const bmp_state *s, uint8_t *out, const uint8_t *p)
{
    for (uint32_t x = 0; x < s->bmp.width; x++, out += s->channels) {
        const uint32_t pixel = pixel_at(s, p, x);
        for (uint32_t c = 0; c < s->channels; c++)
            out[c] = channel(&s->bmp.field[c], pixel);
    }
}

static phash_status look_up(const bmp_state *s, uint8_t *out, const uint8_t *indices, uint32_t row)
{
    for (uint32_t x = 0; x < s->bmp.width; x++, out += 3) {
        if (indices[x] >= s->bmp.n_colours)
            return fail_at(s, PHASH_E_MALFORMED, "a pixel beyond the palette", row);
        memcpy(out, s->bmp.palette[indices[x]], 3);
    }
    return PHASH_OK;
}

static void unpack_bits(const bmp_state *s, uint8_t *indices, const uint8_t *p)
{
    const uint32_t depth = s->bmp.depth;

    for (uint32_t x = 0; x < s->bmp.width; x++) {
        const uint32_t bit = x * depth % 8;
        indices[x] = (uint8_t)((uint32_t)p[(uint64_t)x * depth / 8] >> (8 - depth - bit) & ((1u << depth) - 1));
    }
}

/* Row number `row` of the file, whose first is the lowest of the picture unless it is top-down. */
static phash_status unpack_row(bmp_state *s, uint8_t *out, uint32_t row)
{
    uint8_t *indices = out + (size_t)s->bmp.width * s->channels; /* behind the row */
    const uint8_t *p = s->job->bytes + s->bmp.pixels_at + s->stride * row;
    bool last = false;

    if (s->stride == 0) {
        s->at = (size_t)s->row_at[row];
        const phash_status st = read_coded_row(s, indices, &last, row);
        return st == PHASH_OK ? look_up(s, out, indices, row) : st;
    }
    if (s->bmp.depth <= 8) {
        unpack_bits(s, indices, p);
        return look_up(s, out, indices, row);
    }
    if (s->bmp.depth != 24)
        unpack_fields(s, out, p);
    else
        for (uint32_t x = 0; x < s->bmp.width; x++, out += 3, p += 3) {
            out[0] = p[2];
            out[1] = p[1];
            out[2] = p[0];
        }
    return PHASH_OK;
}

/* Many writers leave an alpha channel at 0 throughout: it then means nothing, to every viewer. */
static bool alpha_is_used(const bmp_state *s)
{
    const phash_bmp_field *alpha = &s->bmp.field[3];

    if (s->bmp.depth < 16 || alpha->max == 0)
        return false;
    for (uint32_t y = 0; y < s->bmp.height; y++)
        for (uint32_t x = 0; x < s->bmp.width; x++)
            if ((pixel_at(s, s->job->bytes + s->bmp.pixels_at + s->stride * y, x) >> alpha->shift & alpha->max) != 0)
                return true;
    return false;
}

/* Find where the rows are, and that they are all there. The padding of the last one may be missing. */
static phash_status find_rows(bmp_state *s)
{
    const phash_bmp *b = &s->bmp;
    const uint64_t row_size = ((uint64_t)b->width * b->depth + 7) / 8;

    if (b->pixels_at > s->job->size)
        return fail_at(s, PHASH_E_TRUNCATED, "the file ends before the pixels", 0);
    if (b->compression == PHASH_BMP_RLE8 || b->compression == PHASH_BMP_RLE4) {
        s->at = b->pixels_at;
        /* A row takes two bytes at least, its end. */
        if ((s->job->size - s->at) / 2 < b->height)
            return fail_at(s, PHASH_E_TRUNCATED, "the file ends early", 0);
        uint8_t *table = NULL;
        const phash_status st = phash_codec_hold(s->job, &table, (uint64_t)b->height * sizeof *s->row_at,
                                                 "the beginnings of rows");
        s->row_at = (void *)table; /* as aligned as malloc's */
        return st == PHASH_OK ? note_rows(s) : st;
    }
    s->stride = ((uint64_t)b->width * b->depth + 31) / 32 * 4;
    const uint64_t left = s->job->size - b->pixels_at;
    if (left < row_size || (left - row_size) / s->stride < b->height - 1)
        return fail_at(s, PHASH_E_TRUNCATED, "the file ends early",
                       (uint32_t)(left < row_size ? 0 : (left - row_size) / s->stride + 1));
    return PHASH_OK;
}

static phash_status read_rows(bmp_state *s)
{
    phash_codec_job *job = s->job;
    const phash_bmp *b = &s->bmp;

    s->channels = alpha_is_used(s) ? 4 : 3;
    phash_status st = phash_codec_begin(
        job, &(phash_codec_rows){b->width, b->height, s->channels, (size_t)b->width * (s->channels + 1)});
    for (uint32_t y = 0; st == PHASH_OK && y < b->height; y++) {
        st = unpack_row(s, job->row->data, b->top_down ? y : b->height - 1 - y);
        if (st == PHASH_OK)
            phash_sampler_row(job->sampler, job->row->data);
        if (st == PHASH_OK && phash_codec_late(job, b->width))
            st = phash_codec_timeout(job, y);
    }
    return st == PHASH_OK ? phash_sampler_end(job->sampler) : st;
}

phash_status phash_bmp_read(phash_codec_job *job)
{
    bmp_state s = {.job = job};
    phash_status st = phash_bmp_read_header(&s.bmp, job);

    if (st == PHASH_OK)
        st = find_rows(&s);
    if (st == PHASH_OK)
        st = read_rows(&s);
    phash_codec_release(job, (uint8_t *)s.row_at, (uint64_t)s.bmp.height * sizeof *s.row_at);
    return st;
}
