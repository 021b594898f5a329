/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: the 16 x 16 low frequencies of a 64 x 64 grid (docs/pdq.md, stage G). */
#ifndef PHASH_SIMD_DCT_H
#define PHASH_SIMD_DCT_H

#include <stdint.h>

#define PHASH_DCT_SIDE 16u
#define PHASH_DCT_SIZE (16u * 16u)

/** out = D * grid * transpose(D), D being the 16 x 64 matrix of dct_tables.h.
 *
 *  Each of the two products sums 64 terms from +0 on in ascending order, every product and sum rounded to float.
 *  out has PHASH_DCT_SIZE floats, row = vertical frequency; grid has 64 x 64, row-major. No alignment needed; they
 *  must not overlap; exact in every variant. */
typedef void phash_dct_grid(float *out, const float *grid);

typedef struct phash_dct_kernels {
    phash_dct_grid *grid;
} phash_dct_kernels;

void phash_dct_kernels_init(phash_dct_kernels *k, uint32_t cpu_flags);
void phash_dct_init_sse2(phash_dct_kernels *k, uint32_t cpu_flags);
void phash_dct_init_avx2(phash_dct_kernels *k, uint32_t cpu_flags);
void phash_dct_init_avx512(phash_dct_kernels *k, uint32_t cpu_flags);
void phash_dct_init_neon(phash_dct_kernels *k, uint32_t cpu_flags);

#endif
