/* SPDX-License-Identifier: Apache-2.0 */
/* Float planes inside a hasher: from the caller's pixels to luminance, and through the box filter. */
#ifndef PHASH_HASH_PLANE_H
#define PHASH_HASH_PLANE_H

#include <phash/hash.h>

#include "simd/box.h"
#include "simd/luma.h"
#include "simd/quality.h"
#include "util/sampling.h"

#include <stdbool.h>

#define PHASH_PLANE_SIDE_MIN 5u

#define PHASH_MARGIN_ROOM 32u  /* floats free after each row of a plane with margins (hash/margin.h) */
#define PHASH_MARGINS_ROWS 26u /* rows free after its last */
#define PHASH_PLANE_PITCH_MAX (PHASH_SAMPLED_SIDE + PHASH_MARGIN_ROOM) /* of a plane with no side over 512 */

/** rows x cols floats, pitch floats apart; the samples belong to the hasher. */
typedef struct phash_plane {
    float *data;
    size_t pitch;
    size_t rows;
    size_t cols;
} phash_plane;

/** Floats between row starts of a plane with cols columns. Rows a multiple of 2048 bytes apart would compete for
 *  the same few cache sets, so those get 8 floats more. */
static inline size_t phash_plane_pitch(size_t cols)
{
    return cols != 0 && cols % 512 == 0 ? cols + 8 : cols;
}

/** Floats that hold any plane of n pixels at its pitch, and a 512 x 512 one with margins (hash/margin.h). */
static inline uint64_t phash_plane_capacity(uint64_t n)
{
    const uint64_t with_margins = (uint64_t)(PHASH_SAMPLED_SIDE + PHASH_MARGINS_ROWS) * PHASH_PLANE_PITCH_MAX;

    return n + n / 64 > with_margins ? n + n / 64 : with_margins;
}

/** What phash_luma_source_row needs to know. */
typedef struct phash_luma_source {
    const phash_bitmap *bitmap;
    phash_luma_row *convert;
    uint32_t rows;
    uint32_t cols;
    uint32_t column[PHASH_SAMPLED_SIDE]; /* of the bitmap, when its columns are sampled */
} phash_luma_source;

/** Luminance of a bitmap, row by row: stages A and B with the size that the sampled plane has. */
void phash_luma_source_init(phash_luma_source *source, const phash_luma_kernels *luma, const phash_bitmap *bitmap,
                            size_t rows, size_t cols);

/** Write row y: cols floats. */
void phash_luma_source_row(float *out, const phash_luma_source *source, uint32_t y);

/** Sample a bitmap as scaling says and convert it to luminance (docs/pdq.md, stages A and B).
 *  out->rows and out->cols are the size it has then; out->data holds rows * pitch floats. */
void phash_plane_load(const phash_plane *out, const phash_luma_kernels *luma, const phash_bitmap *bitmap);

/** Source index of grid row or column i for a plane side of n (docs/pdq.md, stage E). */
static inline uint32_t phash_grid_source(size_t i, size_t n)
{
    return (uint32_t)((2 * i + 1) * n / (2 * PHASH_GRID_SIDE));
}

/** A strip of luminance on its way into the grid filter. */
typedef struct phash_strip_space {
    phash_grid_filter filter;
    float rows[PHASH_GRID_STRIP * PHASH_PLANE_PITCH_MAX];
} phash_strip_space;

/** Least floats of working memory: 36 rows between two passes; the halves that views share; a phash_strip_space. */
#define PHASH_FILTER_SPARE_MIN (36u * PHASH_PLANE_PITCH_MAX)

/** What filtering needs besides the plane. */
typedef struct phash_filter_space {
    float *spare;
    size_t spare_floats; /* at least PHASH_FILTER_SPARE_MIN; a plane with a side over 512 is filtered faster with as
                            many as it has itself */
    float sums[PHASH_SAMPLED_SIDE];
} phash_filter_space;

/** Has the plane no side over 512? */
static inline bool phash_plane_is_sampled(size_t rows, size_t cols)
{
    return rows <= PHASH_SAMPLED_SIDE && cols <= PHASH_SAMPLED_SIDE;
}

/** Sample a bitmap to rows x cols (5 .. 512 each), convert it to luminance, filter it, and keep only the 64 x 64 grid
 *  (stages A, B, D and E), without the plane ever being whole. */
void phash_bitmap_to_grid(float grid[PHASH_GRID_SIZE], size_t rows, size_t cols, phash_filter_space *space,
                          const phash_luma_kernels *luma, const phash_box_kernels *box, const phash_bitmap *bitmap);

/** Filter a plane and keep only the 64 x 64 grid of it (stages D and E). Computes no sample of the last two passes
 *  that the grid does not need. Planes of more than 512 rows or columns are overwritten. Sides at least 5. */
void phash_plane_to_grid(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                         const phash_box_kernels *box);

/** Filter a whole plane in place (stage D), for callers that gather from it at places of their own. */
void phash_plane_filter(const phash_plane *plane, phash_filter_space *space, const phash_box_kernels *box);

#endif
