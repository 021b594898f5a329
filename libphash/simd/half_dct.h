/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: the DCT of 64 x 64 samples that lie anywhere in a plane, in two halves. Pictures that share the
 * places of their rows or of their columns share a half (docs/pdq.md, "Views"). */
#ifndef PHASH_SIMD_HALF_DCT_H
#define PHASH_SIMD_HALF_DCT_H

#include <stddef.h>
#include <stdint.h>

#define PHASH_DCT_LINE 16u /* floats of one line of a half: its 16 frequencies */

/** n lines, each the 16 frequencies of 64 samples of a plane:
 *
 *      out[16 * line + i] = sum over k = 0..63 of D[i][k] * in[start[line] + step[k]]
 *
 *  D being the matrix of dct_tables.h. Sums run as in dct.h. n may be 0; no alignment needed; out must not overlap
 *  the others; exact in every variant. */
typedef void phash_half_dct_lines(float *out, const float *in, const uint32_t *start, size_t n,
                                  const uint32_t step[64]);

/** The other direction: from 64 lines of a half, which may repeat, to 16 x 16 coefficients:
 *
 *      out[16 * a + b] = sum over k = 0..63 of D[a][k] * half[16 * at[k] + b]
 *
 *  With one row of the picture to a line, a is the vertical frequency; with one column to a line, the horizontal. */
typedef void phash_half_dct_across(float *out, const float *half, const uint32_t at[64]);

typedef struct phash_half_dct_kernels {
    phash_half_dct_lines *lines;
    phash_half_dct_across *across;
} phash_half_dct_kernels;

void phash_half_dct_kernels_init(phash_half_dct_kernels *k, uint32_t cpu_flags);

/* Variants hand what is left after their last full block to the plain function. */
phash_half_dct_lines phash_half_dct_lines_c;

void phash_half_dct_init_sse2(phash_half_dct_kernels *k, uint32_t cpu_flags);
void phash_half_dct_init_avx2(phash_half_dct_kernels *k, uint32_t cpu_flags);
void phash_half_dct_init_avx512(phash_half_dct_kernels *k, uint32_t cpu_flags);
void phash_half_dct_init_neon(phash_half_dct_kernels *k, uint32_t cpu_flags);

#endif
