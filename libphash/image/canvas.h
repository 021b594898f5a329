/* SPDX-License-Identifier: Apache-2.0 */
/* The screen on which the frames of an animation are put together, as a viewer does. */
#ifndef PHASH_IMAGE_CANVAS_H
#define PHASH_IMAGE_CANVAS_H

#include "image/codec_job.h"

/** What becomes of a frame when the next one comes. */
typedef enum phash_disposal {
    PHASH_DISPOSAL_KEEP,
    PHASH_DISPOSAL_CLEAR,   /* its rectangle becomes transparent */
    PHASH_DISPOSAL_PREVIOUS /* its rectangle becomes what it was before */
} phash_disposal;

/** A rectangle of the canvas; it may reach beyond, and what does is not shown. */
typedef struct phash_canvas_rect {
    uint32_t x, y;
    uint32_t width, height;
} phash_canvas_rect;

typedef struct phash_canvas {
    phash_codec_job *job;
    uint32_t width;
    uint32_t height;
    uint8_t *pixels; /* RGBA, alpha straight; transparent black at first */
    uint8_t *saved;  /* for PHASH_DISPOSAL_PREVIOUS; NULL until needed */
    phash_canvas_rect last;  /* the frame shown */
    phash_disposal disposal; /* of that */
} phash_canvas;

/** Make a canvas, within limits.max_memory. Free with phash_canvas_clear whatever this returns. */
PHASH_NODISCARD phash_status phash_canvas_init(phash_canvas *canvas, phash_codec_job *job, uint32_t width,
                                               uint32_t height);
/** Wipe and free the pixels. */
void phash_canvas_clear(phash_canvas *canvas);

/** Begin a frame: dispose of the last one, and remember what this one will cover if its disposal says so. */
PHASH_NODISCARD phash_status phash_canvas_next(phash_canvas *canvas, const phash_canvas_rect *rect,
                                               phash_disposal disposal);

/** Where the canvas holds row `row` of the frame, and how many of its pixels are on the canvas; NULL for none. */
uint8_t *phash_canvas_row(const phash_canvas *canvas, uint32_t row, uint32_t *n);

/** Put n pixels (RGBA, alpha straight) over those at `to`. The colours of a pixel that stays transparent are kept. */
void phash_canvas_blend(uint8_t *to, const uint8_t *from, uint32_t n);

/** Give the canvas as the picture. */
PHASH_NODISCARD phash_status phash_canvas_show(const phash_canvas *canvas);

#endif
