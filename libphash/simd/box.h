/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: the one-dimensional box filter that PDQ runs over rows and columns, twice (docs/pdq.md,
 * stages D and E).
 *
 * The filter keeps one float sum that travels along the vector, adding the sample that enters the window, then
 * subtracting the one that leaves it; what rounding leaves behind in that sum is part of the result. So a
 * variant may work on several rows or columns at once, never on several places of one. */
#ifndef PHASH_SIMD_BOX_H
#define PHASH_SIMD_BOX_H

#include "simd/grid.h"

#include <stddef.h>
#include <stdint.h>

/** Shape of the plane a pass reads, and the window along the direction of the pass. */
typedef struct phash_box_shape {
    size_t rows;
    size_t cols;
    size_t window; /* 1 .. the length of the vectors filtered */
    size_t top;    /* columns() only: the row of the plane that `in` begins with */
} phash_box_shape;

/** Filter every row of `in` into `out`.
 *
 *  A pitch counts floats between row starts and is at least the number of columns; floats between a row's end
 *  and the next start are neither read nor written. No alignment needed; in and out must not overlap; exact in
 *  every variant. */
typedef void phash_box_rows(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                            const phash_box_shape *shape);

/** The same, but only the n outputs at places at[0] <= at[1] <= ... of each row: writes rows x n floats. */
typedef void phash_box_rows_at(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                               const phash_box_shape *shape, const uint32_t *at, size_t n);

/** Filter every column of a plane; write output rows first .. last - 1.
 *
 *  Rows may be asked for in several calls, in order, while those of the plane come and go: `in` must hold the rows
 *  from first - window (or the first of all) to last + window / 2 - 1 (or the last of all). sums (shape->cols
 *  floats) carries the running sums from call to call; first == 0 starts them. Else as phash_box_rows. */
typedef void phash_box_columns(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                               const phash_box_shape *shape, float *sums, size_t first, size_t last);

/** Filter every column, but only the n output rows at[0] <= at[1] <= ...: writes n x cols floats. sums is working
 *  memory of shape->cols floats. Vectors gain nothing on the 64 columns it is used for, so there is only this. */
void phash_box_columns_at(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                          const phash_box_shape *shape, float *sums, const uint32_t *at, size_t n);

typedef struct phash_box_kernels {
    phash_box_rows *rows;
    phash_box_rows_at *rows_at;
    phash_box_columns *columns;
    phash_grid_strip *grid_strip; /* the passes together */
    phash_grid_strip_pixels *grid_strip_pixels;
    const char *isa; /* "c", "sse2", "avx2", "avx512", "neon" */
} phash_box_kernels;

void phash_box_kernels_init(phash_box_kernels *k, uint32_t cpu_flags);

/* Variants hand planes with too few rows or too wide windows for them to the plain functions. */
phash_box_rows phash_box_rows_c;
phash_box_rows_at phash_box_rows_at_c;

void phash_box_init_sse2(phash_box_kernels *k, uint32_t cpu_flags);
void phash_box_init_avx2(phash_box_kernels *k, uint32_t cpu_flags);
void phash_box_init_avx512(phash_box_kernels *k, uint32_t cpu_flags);
void phash_box_init_neon(phash_box_kernels *k, uint32_t cpu_flags);

#endif
