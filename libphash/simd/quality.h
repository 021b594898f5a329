/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: how much a 64 x 64 grid changes from place to place (docs/pdq.md, stage F). */
#ifndef PHASH_SIMD_QUALITY_H
#define PHASH_SIMD_QUALITY_H

#include <stdint.h>

#define PHASH_GRID_SIDE 64u
#define PHASH_GRID_SIZE (64u * 64u)

/** Add up |trunc(((u - v) * 100.0f) / 255.0f)| over all pairs (u, v) of vertical and horizontal neighbours.
 *
 *  grid has PHASH_GRID_SIZE floats of 0..255, row-major; no alignment needed; exact in every variant. */
typedef uint32_t phash_quality_sum(const float *grid);

typedef struct phash_quality_kernels {
    phash_quality_sum *sum;
} phash_quality_kernels;

void phash_quality_kernels_init(phash_quality_kernels *k, uint32_t cpu_flags);
void phash_quality_init_avx2(phash_quality_kernels *k, uint32_t cpu_flags);
void phash_quality_init_neon(phash_quality_kernels *k, uint32_t cpu_flags);

#endif
