/* SPDX-License-Identifier: Apache-2.0 */
#include "image/canvas.h"

#include <string.h>

static uint64_t size_of(const phash_canvas *canvas)
{
    return (uint64_t)canvas->width * canvas->height * 4;
}

phash_status phash_canvas_init(phash_canvas *canvas, phash_codec_job *job, uint32_t width, uint32_t height)
{
    *canvas = (phash_canvas){.job = job, .width = width, .height = height};
    return phash_codec_hold(job, &canvas->pixels, size_of(canvas), "the frame");
}

void phash_canvas_clear(phash_canvas *canvas)
{
    if (canvas->job == NULL)
        return;
    phash_codec_release(canvas->job, canvas->pixels, size_of(canvas));
    phash_codec_release(canvas->job, canvas->saved, size_of(canvas));
    *canvas = (phash_canvas){0};
}

uint8_t *phash_canvas_row(const phash_canvas *canvas, uint32_t row, uint32_t *n)
{
    const phash_canvas_rect *r = &canvas->last;

    if (r->x >= canvas->width || r->y >= canvas->height || row >= r->height || row >= canvas->height - r->y)
        return NULL;
    *n = r->width < canvas->width - r->x ? r->width : canvas->width - r->x;
    return canvas->pixels + ((size_t)(r->y + row) * canvas->width + r->x) * 4;
}

static void dispose(phash_canvas *canvas)
{
    uint32_t n;

    for (uint32_t y = 0; y < canvas->last.height && canvas->disposal != PHASH_DISPOSAL_KEEP; y++) {
        uint8_t *row = phash_canvas_row(canvas, y, &n);
        if (row == NULL)
            return;
        if (canvas->disposal == PHASH_DISPOSAL_CLEAR)
            memset(row, 0, (size_t)n * 4);
        else
            memcpy(row, canvas->saved + (row - canvas->pixels), (size_t)n * 4);
    }
}

phash_status phash_canvas_next(phash_canvas *canvas, const phash_canvas_rect *rect, phash_disposal disposal)
{
    dispose(canvas);
    canvas->last = *rect;
    canvas->disposal = disposal == PHASH_DISPOSAL_PREVIOUS ? PHASH_DISPOSAL_KEEP : disposal;
    if (disposal != PHASH_DISPOSAL_PREVIOUS)
        return PHASH_OK;
    if (canvas->saved == NULL) {
        const phash_status st = phash_codec_hold(canvas->job, &canvas->saved, size_of(canvas), "the frame before");
        if (st != PHASH_OK)
            return st;
    }
    memcpy(canvas->saved, canvas->pixels, (size_t)size_of(canvas));
    canvas->disposal = PHASH_DISPOSAL_PREVIOUS; /* only now: without the memory there may still be a next frame */
    return PHASH_OK;
}

void phash_canvas_blend(uint8_t *to, const uint8_t *from, uint32_t n)
{
    for (; n != 0; n--, to += 4, from += 4) {
        const uint32_t a = from[3];
        const uint32_t below = to[3] * (255 - a); /* what is seen of the pixel below, in 255ths of a 255th */
        const uint32_t sum = a * 255 + below;
        if (a == 255 || to[3] == 0) {
            memcpy(to, from, 4);
            continue;
        }
        for (int c = 0; c < 3; c++) /* sum > 0: to[3] is not 0, or a is 255 */
            to[c] = (uint8_t)((from[c] * a * 255 + to[c] * below + sum / 2) / sum);
        to[3] = (uint8_t)((sum + 127) / 255);
    }
}

phash_status phash_canvas_show(const phash_canvas *canvas)
{
    phash_codec_job *job = canvas->job;
    const size_t row_size = (size_t)canvas->width * 4;
    phash_status st = phash_codec_begin(job, &(phash_codec_rows){canvas->width, canvas->height, 4, row_size});

    for (uint32_t y = 0; st == PHASH_OK && y < canvas->height; y++) {
        phash_sampler_row(job->sampler, canvas->pixels + y * row_size);
        if (phash_codec_late(job, canvas->width))
            st = phash_codec_timeout(job, y);
    }
    return st == PHASH_OK ? phash_sampler_end(job->sampler) : st;
}
