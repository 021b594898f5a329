/* SPDX-License-Identifier: Apache-2.0 */
/* GIF. The file is walked twice: once to see that its blocks are whole up to the trailer and to count the frames, once
 * to decode the frames up to the one that is wanted, or one after another.
 * The background colour is ignored, as browsers do: what no frame covers is transparent.
 * Source: GIF89a specification. */
#include "image/canvas.h"
#include "image/codecs.h"
#include "image/gif_lzw.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#define NOT_TRANSPARENT 256u

typedef struct gif_palette {
    const uint8_t *rgb; /* in the file; NULL for none */
    uint32_t n;
} gif_palette;

typedef struct gif_frame {
    phash_canvas_rect rect;
    phash_disposal disposal;
    uint32_t transparent; /* an index, or NOT_TRANSPARENT */
    bool interlaced;
    gif_palette palette;
    uint32_t min_bits;
    phash_reader data; /* at the first sub-block */
} gif_frame;

typedef struct gif_state {
    phash_codec_job *job;
    phash_reader in;
    uint32_t width; /* of the screen */
    uint32_t height;
    gif_palette global;
    phash_canvas canvas;
    phash_row_buffer indices;
    phash_gif_lzw *lzw;
} gif_state;

static phash_status fail(const gif_state *s, phash_status status, const char *what)
{
    return phash_fail(s->job->diag, status, "GIF: %s (byte %zu)", what, s->in.at);
}

static phash_status ends_early(const gif_state *s)
{
    return phash_fail(s->job->diag, PHASH_E_TRUNCATED, "GIF: the file ends early (byte %zu)", s->in.size);
}

/* --- blocks --- */

static gif_palette read_palette(phash_reader *in, uint32_t flags)
{
    gif_palette p = {NULL, 0};

    if ((flags & 0x80) != 0) {
        p.n = 2u << (flags & 7);
        p.rgb = phash_read_bytes(in, (size_t)p.n * 3);
    }
    return p;
}

/* From the signature to the first block. */
static phash_status begin(gif_state *s)
{
    s->in = phash_reader_init(s->job->bytes, s->job->size);
    (void)phash_read_bytes(&s->in, 6);
    s->width = phash_read_u16le(&s->in);
    s->height = phash_read_u16le(&s->in);
    const uint32_t flags = phash_read_u8(&s->in);
    (void)phash_read_u16le(&s->in); /* background, proportions of a pixel */
    s->global = read_palette(&s->in, flags);
    return s->in.failed ? ends_early(s) : PHASH_OK;
}

static phash_status skip_sub_blocks(gif_state *s)
{
    uint32_t size;

    while ((size = phash_read_u8(&s->in)) != 0) {
        (void)phash_read_bytes(&s->in, size);
        if (phash_codec_late(s->job, size))
            return phash_codec_timeout(s->job, 0);
    }
    return s->in.failed ? ends_early(s) : PHASH_OK;
}

/* The graphic control extension tells about the frame that follows. */
static phash_status read_extension(gif_state *s, gif_frame *frame)
{
    if (phash_read_u8(&s->in) != 0xf9)
        return skip_sub_blocks(s);
    phash_reader peek = s->in;
    if (phash_read_u8(&peek) >= 4) {
        static const phash_disposal disposals[8] = {PHASH_DISPOSAL_KEEP, PHASH_DISPOSAL_KEEP, PHASH_DISPOSAL_CLEAR,
                                                    PHASH_DISPOSAL_PREVIOUS};
        const uint32_t flags = phash_read_u8(&peek);
        (void)phash_read_u16le(&peek);
        const uint32_t index = phash_read_u8(&peek);
        frame->disposal = disposals[flags >> 2 & 7];
        frame->transparent = (flags & 1) != 0 ? index : NOT_TRANSPARENT;
    }
    return skip_sub_blocks(s);
}

static phash_status read_image(gif_state *s, gif_frame *frame)
{
    frame->rect.x = phash_read_u16le(&s->in);
    frame->rect.y = phash_read_u16le(&s->in);
    frame->rect.width = phash_read_u16le(&s->in);
    frame->rect.height = phash_read_u16le(&s->in);
    const uint32_t flags = phash_read_u8(&s->in);
    frame->interlaced = (flags & 0x40) != 0;
    frame->palette = read_palette(&s->in, flags);
    if (frame->palette.n == 0)
        frame->palette = s->global;
    frame->min_bits = phash_read_u8(&s->in);
    frame->data = s->in;
    if (s->in.failed)
        return ends_early(s);
    if (frame->rect.width == 0 || frame->rect.height == 0)
        return fail(s, PHASH_E_MALFORMED, "a frame without pixels");
    if (frame->palette.n == 0)
        return fail(s, PHASH_E_MALFORMED, "a frame without palette");
    if (frame->min_bits < 2 || frame->min_bits > 8)
        return fail(s, PHASH_E_MALFORMED, "pixels of an impossible number of bits");
    return skip_sub_blocks(s);
}

/* Go on to the next frame. *found: false at the trailer. */
static phash_status next_frame(gif_state *s, gif_frame *frame, bool *found)
{
    *frame = (gif_frame){.transparent = NOT_TRANSPARENT};
    for (;;) {
        const uint8_t type = phash_read_u8(&s->in);
        if (s->in.failed)
            return ends_early(s);
        *found = type == 0x2c;
        if (type == 0x3b)
            return PHASH_OK;
        if (type == 0x2c)
            return read_image(s, frame);
        if (type != 0x21)
            return fail(s, PHASH_E_MALFORMED, "something that is no block");
        const phash_status st = read_extension(s, frame);
        if (st != PHASH_OK)
            return st;
    }
}

/* --- pixels --- */

/* Data of so many bytes cannot make more pixels: each code has three bits at least and stands for 4,096 at most. */
static bool can_be_whole(const gif_state *s, const gif_frame *frame)
{
    const uint64_t pixels = (uint64_t)frame->rect.width * frame->rect.height;

    return pixels / PHASH_GIF_CODES <= (uint64_t)(s->in.at - frame->data.at) * 8 / 3;
}

static phash_status paint_row(gif_state *s, const gif_frame *frame, uint32_t row)
{
    const uint8_t *index = s->indices.data;
    uint32_t n = 0;
    uint8_t *to = phash_canvas_row(&s->canvas, row, &n);

    for (uint32_t x = 0; x < frame->rect.width; x++)
        if (index[x] >= frame->palette.n && index[x] != frame->transparent)
            return phash_fail(s->job->diag, PHASH_E_MALFORMED, "GIF: a pixel beyond the palette (row %" PRIu32 ")",
                              row);
    for (uint32_t x = 0; to != NULL && x < n; x++, to += 4) {
        const bool hidden = index[x] == frame->transparent;
        if (hidden && to[3] != 0)
            continue;
        /* A transparent pixel has a colour, too, for those who ask for alpha dropped. */
        if (index[x] < frame->palette.n)
            memcpy(to, frame->palette.rgb + (size_t)index[x] * 3, 3);
        to[3] = hidden ? 0 : 255;
    }
    return PHASH_OK;
}

static phash_status paint_rows(gif_state *s, const gif_frame *frame, uint32_t first, uint32_t step)
{
    for (uint32_t y = first; y < frame->rect.height; y += step) {
        phash_status st = phash_gif_lzw_read(s->lzw, s->indices.data, frame->rect.width);
        if (st != PHASH_OK)
            return phash_fail(s->job->diag, st, "GIF: the pixels %s (row %" PRIu32 ")",
                              st == PHASH_E_TRUNCATED ? "end early" : "are damaged", y);
        st = paint_row(s, frame, y);
        if (st != PHASH_OK)
            return st;
        if (phash_codec_late(s->job, frame->rect.width))
            return phash_codec_timeout(s->job, y);
    }
    return PHASH_OK;
}

static phash_status paint_frame(gif_state *s, const gif_frame *frame)
{
    static const uint32_t passes[4][2] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}; /* GIF89a, appendix E */
    phash_status st = can_be_whole(s, frame) ? phash_canvas_next(&s->canvas, &frame->rect, frame->disposal)
                                             : fail(s, PHASH_E_TRUNCATED, "less data than the pixels need");

    if (st != PHASH_OK)
        return st;
    st = phash_codec_buffer(s->job, &s->indices, frame->rect.width);
    if (st != PHASH_OK)
        return st;
    phash_gif_lzw_init(s->lzw, frame->data, frame->min_bits);
    if (!frame->interlaced)
        return paint_rows(s, frame, 0, 1);
    for (int i = 0; st == PHASH_OK && i < 4; i++)
        st = paint_rows(s, frame, passes[i][0], passes[i][1]);
    return st;
}

/* Frames and the screen. A first frame that reaches beyond the screen widens it, as in browsers; later ones are cut. */
static phash_status survey(gif_state *s, uint32_t *frames)
{
    gif_frame frame;
    bool found = false;
    phash_status st = begin(s);

    *frames = 0;
    while (st == PHASH_OK && (st = next_frame(s, &frame, &found)) == PHASH_OK && found) {
        if ((*frames)++ != 0)
            continue;
        const uint32_t right = frame.rect.x + frame.rect.width;
        const uint32_t bottom = frame.rect.y + frame.rect.height;
        s->width = right > s->width ? right : s->width;
        s->height = bottom > s->height ? bottom : s->height;
        st = phash_codec_check_size(s->job, s->width, s->height);
        if (st == PHASH_OK && !can_be_whole(s, &frame))
            st = fail(s, PHASH_E_TRUNCATED, "less data than the pixels need");
    }
    if (st == PHASH_OK && *frames == 0)
        st = fail(s, PHASH_E_MALFORMED, "no frame");
    return st;
}

/* Survey the file and go back to its first frame. */
static phash_status prepare(gif_state *s)
{
    uint32_t frames;
    phash_status st = survey(s, &frames);

    if (st != PHASH_OK)
        return st;
    s->job->info.frames = frames;
    st = phash_canvas_init(&s->canvas, s->job, s->job->info.width, s->job->info.height);
    s->lzw = phash_alloc(s->job->allocator, 1, sizeof *s->lzw);
    if (st == PHASH_OK && s->lzw == NULL)
        st = phash_fail(s->job->diag, PHASH_E_NO_MEMORY, "GIF: no memory for the table of codes");
    return st == PHASH_OK ? begin(s) : st;
}

static phash_status paint_next(gif_state *s)
{
    gif_frame frame;
    bool found = false;
    const phash_status st = next_frame(s, &frame, &found);

    return st == PHASH_OK ? paint_frame(s, &frame) : st;
}

static void clear(gif_state *s)
{
    const phash_allocator *allocator = s->job->allocator;

    phash_canvas_clear(&s->canvas);
    phash_release_secret(allocator, s->indices.data, s->indices.size);
    phash_release_secret(allocator, s->lzw, sizeof *s->lzw);
}

phash_status phash_gif_read(phash_codec_job *job)
{
    gif_state s = {.job = job};
    phash_status st = prepare(&s);

    if (st == PHASH_OK) {
        const uint32_t wanted = phash_codec_choose_frame(job, job->info.frames);
        for (uint32_t i = 0; st == PHASH_OK && i <= wanted; i++)
            st = paint_next(&s);
    }
    if (st == PHASH_OK)
        st = phash_canvas_show(&s.canvas);
    clear(&s);
    return st;
}

/* --- one frame after another --- */

static phash_status walk_begin(phash_codec_job *job)
{
    gif_state *s = phash_alloc(job->allocator, 1, sizeof *s);

    if (s == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "GIF: no memory to begin");
    s->job = job;
    job->state = s;
    return prepare(s);
}

static phash_status walk_next(phash_codec_job *job)
{
    gif_state *s = job->state;
    const phash_status st = paint_next(s);

    return st == PHASH_OK ? phash_canvas_show(&s->canvas) : st;
}

static void walk_end(phash_codec_job *job)
{
    if (job->state == NULL)
        return;
    clear(job->state);
    phash_release_secret(job->allocator, job->state, sizeof(gif_state));
    job->state = NULL;
}

const phash_codec_walk phash_gif_walk = {walk_begin, walk_next, walk_end, true};
