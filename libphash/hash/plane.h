/* SPDX-License-Identifier: Apache-2.0 */
/* Float planes inside a hasher: from the caller's pixels to luminance, and through the box filter. */
#ifndef PHASH_HASH_PLANE_H
#define PHASH_HASH_PLANE_H

#include <phash/hash.h>

#include "simd/box.h"
#include "simd/luma.h"
#include "simd/quality.h"
#include "util/sampling.h"

#define PHASH_PLANE_SIDE_MIN 5u

/** rows x cols floats, pitch floats apart; the samples belong to the hasher. */
typedef struct phash_plane {
    float *data;
    size_t pitch;
    size_t rows;
    size_t cols;
} phash_plane;

/** Floats between row starts of a plane with cols columns. Rows a multiple of 2048 bytes apart would compete for
 *  the same few cache sets, so those get 16 floats more. */
static inline size_t phash_plane_pitch(size_t cols)
{
    return cols != 0 && cols % 512 == 0 ? cols + 16 : cols;
}

/** Floats that hold any plane of n pixels at its pitch, and a 512 x 512 one with margins (hash/margin.h). */
static inline uint64_t phash_plane_capacity(uint64_t n)
{
    return n + n / 8;
}

/** Sample a bitmap as scaling says and convert it to luminance (docs/pdq.md, stages A and B).
 *  out->rows and out->cols are the size it has then; out->data holds rows * pitch floats. */
void phash_plane_load(const phash_plane *out, const phash_luma_kernels *luma, const phash_bitmap *bitmap);

/** Source index of grid row or column i for a plane side of n (docs/pdq.md, stage E). */
static inline uint32_t phash_grid_source(size_t i, size_t n)
{
    return (uint32_t)((2 * i + 1) * n / (2 * PHASH_GRID_SIDE));
}

/** Bands of the first two passes; a 512 x 512 plane is larger. */
#define PHASH_FILTER_SPARE_MIN (256u * (PHASH_SAMPLED_SIDE + 16u))

/** What filtering needs besides the plane. */
typedef struct phash_filter_space {
    float *spare; /* as large as the plane, and at least PHASH_FILTER_SPARE_MIN floats */
    float columns[PHASH_SAMPLED_SIDE * PHASH_GRID_SIDE]; /* third pass of a sampled plane, at the grid's columns */
    float sums[PHASH_SAMPLED_SIDE];
} phash_filter_space;

/** Filter a plane and keep only the 64 x 64 grid of it (stages D and E). Computes no sample of the last two passes
 *  that the grid does not need. Planes of more than 512 rows or columns, or less than 64 columns, are overwritten.
 *  Sides at least 5. */
void phash_plane_to_grid(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                         const phash_box_kernels *box);

/** Filter a whole plane in place (stage D), for callers that gather from it at places of their own. */
void phash_plane_filter(const phash_plane *plane, phash_filter_space *space, const phash_box_kernels *box);

#endif
