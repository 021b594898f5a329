/* SPDX-License-Identifier: Apache-2.0 */
/* All four passes of the box filter over a plane of at most 512 x 512, from its rows to the 64 x 64 grid (docs/pdq.md,
 * stages D and E). The plane itself need not be anywhere as a whole: 16 rows of it are taken at a time. */
#ifndef PHASH_SIMD_GRID_H
#define PHASH_SIMD_GRID_H

#include "simd/quality.h"

#include <stddef.h>
#include <stdint.h>

#define PHASH_GRID_STRIP 16u       /* rows taken at a time */
#define PHASH_GRID_SOURCE_MAX 512u /* rows and columns of a plane */
#define PHASH_GRID_WINDOW_MAX 4u   /* windows of such planes */
#define PHASH_GRID_STREAM_MAX (PHASH_GRID_SOURCE_MAX + 96u) /* columns, and what vectors need after them */

/** A plane on its way. Set by phash_grid_filter_init; what is above the line belongs to the kernel. */
typedef struct phash_grid_filter {
    /* running sums of the passes along columns, and the last rows that went into them; first, for their alignment */
    float sums[PHASH_GRID_STREAM_MAX];
    float above[PHASH_GRID_WINDOW_MAX][PHASH_GRID_STREAM_MAX];
    float grid_sums[PHASH_GRID_SIDE];
    float grid_above[PHASH_GRID_WINDOW_MAX][PHASH_GRID_SIDE];
    size_t y;    /* rows seen, and then those that follow the plane */
    size_t done; /* rows of the grid */
    /* --- */
    size_t rows;
    size_t cols;
    size_t row_window;    /* of the passes along rows */
    size_t column_window; /* of those along columns */
    uint32_t row_at[PHASH_GRID_SIDE]; /* where the grid lies in the plane, ascending */
    uint32_t col_at[PHASH_GRID_SIDE];
} phash_grid_filter;

/** Get ready for a plane of rows x cols, both 1 .. 512. */
void phash_grid_filter_init(phash_grid_filter *filter, size_t rows, size_t cols);

/** Take the next strip: `rows` rows at `in`, PHASH_GRID_STRIP until the plane ends, then what is left of it, then 0;
 *  until filter->done is PHASH_GRID_SIDE. Rows of the grid (64 floats) are written as they get ready. A row begins
 *  `pitch` floats after the one before and has filter->cols; no alignment needed; exact in every variant. */
typedef void phash_grid_strip(phash_grid_filter *filter, float *grid, const float *in, size_t pitch, size_t rows);

/** The same from pixels of 8 bits a sample: 1 sample, luminance, or 3, of which it is made (docs/pdq.md, stage B).
 *  Rows begin `stride` bytes after each other. */
typedef void phash_grid_strip_pixels(phash_grid_filter *filter, float *grid, const uint8_t *in, size_t stride,
                                     size_t rows, size_t samples);

phash_grid_strip phash_grid_strip_c;
phash_grid_strip_pixels phash_grid_strip_pixels_c;

#endif
