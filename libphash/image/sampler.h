/* SPDX-License-Identifier: Apache-2.0 */
/* From decoded rows to the bitmaps that are hashed.
 *
 * A sampler knows which pixels of a picture PDQ's file pipeline looks at (util/sampling.h), takes the decoded rows
 * one at a time from top to bottom and keeps only those. The result is the same as decoding the whole picture,
 * turning it upright, and sampling it then; but a 256-megapixel picture costs 768 kB. */
#ifndef PHASH_IMAGE_SAMPLER_H
#define PHASH_IMAGE_SAMPLER_H

#include "util/mem.h"
#include "util/sampling.h"

#include <phash/image.h>
#include <stdbool.h>

#define PHASH_SAMPLER_READING_BYTES ((size_t)PHASH_SAMPLED_SIDE * PHASH_SAMPLED_SIDE * 3)

/** What the decoder knows before the first row. */
typedef struct phash_sampler_picture {
    uint32_t width;    /* as stored; at least 1 */
    uint32_t height;   /* likewise */
    uint32_t channels; /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; 8 bits each, alpha straight */
    uint32_t orientation; /* EXIF, 1..8 */
    phash_orientation want_orientation;
    phash_alpha want_alpha;
} phash_sampler_picture;

/* One way of turning the picture: where the samples lie in the source and where each goes. `line`s run along the
 * source's rows, `tap`s along its columns; line[] ascends, since rows come from top to bottom. */
typedef struct phash_sampler_view {
    uint32_t width;  /* of the bitmap */
    uint32_t height; /* of the bitmap */
    uint32_t picture_width;  /* of the whole picture, turned in this way */
    uint32_t picture_height;
    uint32_t n_lines;
    uint32_t n_taps;
    uint32_t next;                        /* first line not seen yet */
    uint32_t line[PHASH_SAMPLED_SIDE];    /* source row */
    uint32_t tap[PHASH_SAMPLED_SIDE];     /* source column */
    uint32_t line_at[PHASH_SAMPLED_SIDE]; /* index of the bitmap's pixel: line_at[] + tap_at[] */
    uint32_t tap_at[PHASH_SAMPLED_SIDE];
    bool stored;   /* the tag is not 1 and was not applied */
    bool in_order; /* samples of a row go side by side from left to right */
} phash_sampler_view;

/** Which pixels of the picture one pass of an interlaced file brings. */
typedef struct phash_sampler_pass {
    uint32_t first_row;
    uint32_t first_column;
    uint32_t row_step; /* a power of two, as are those of Adam7; above first_row */
    uint32_t column_step;
} phash_sampler_pass;

typedef struct phash_sampler {
    phash_allocator allocator;
    phash_sampler_picture picture;
    phash_sampler_pass pass;
    uint32_t n_views;
    phash_sampler_view view[2];
    bool want_white;
    bool want_dropped;
    bool translucent; /* some pixel was not opaque */
    bool complete;
    uint32_t rows;                        /* seen so far */
    uint8_t *pixels[PHASH_READINGS_MAX]; /* index: view + 2 * dropped; PHASH_SAMPLER_READING_BYTES each, or NULL */
} phash_sampler;

/** Begin with nothing; allocates nothing. */
void phash_sampler_init(phash_sampler *sampler, const phash_allocator *allocator);
/** Wipe and free the buffers. */
void phash_sampler_clear(phash_sampler *sampler);

/** Forget the last picture; the buffers stay for the next one. */
void phash_sampler_forget(phash_sampler *sampler);

/** Get ready for a picture. Returns: PHASH_OK; PHASH_E_NO_MEMORY; PHASH_E_ARGUMENT for a picture that cannot be. */
PHASH_NODISCARD phash_status phash_sampler_begin(phash_sampler *sampler, const phash_sampler_picture *picture);

/** Begin a pass over an interlaced picture: all rows come once more, from the top, and of them only the pixels of
 *  the pass are looked at. Without this the picture has one pass with all of its pixels. */
void phash_sampler_begin_pass(phash_sampler *sampler, const phash_sampler_pass *pass);

/** Columns, ascending, of the next row that view `v` (below n_views) looks at; NULL when it is none of its rows. */
const uint32_t *phash_sampler_columns(const phash_sampler *sampler, uint32_t v, uint32_t *n);

/** Take the next row: width * channels bytes. Rows beyond the height are ignored. */
void phash_sampler_row(phash_sampler *sampler, const uint8_t *row);

/** Where the next row may be decoded to, when that is all that would be done with it: no sampling, turning, alpha or
 *  passes. NULL when it must go through phash_sampler_row. After decoding say so with phash_sampler_direct_taken. */
uint8_t *phash_sampler_direct_row(const phash_sampler *sampler);
void phash_sampler_direct_taken(phash_sampler *sampler);

/** Declare the picture good. Returns: PHASH_OK; PHASH_E_INTERNAL unless exactly `height` rows came in the last pass. */
PHASH_NODISCARD phash_status phash_sampler_end(phash_sampler *sampler);

/** Number of readings: 0 until phash_sampler_end. */
uint32_t phash_sampler_count(const phash_sampler *sampler);

/** One reading, in the order: upright, stored, alpha-dropped, stored and alpha-dropped (those wanted). */
PHASH_NODISCARD phash_status phash_sampler_reading(const phash_sampler *sampler, phash_bitmap *bitmap,
                                                   uint32_t *reading, uint32_t index);

#endif
