/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: 8-bit pixels to float luminance (docs/pdq.md, stage B). */
#ifndef PHASH_SIMD_LUMA_H
#define PHASH_SIMD_LUMA_H

#include <stddef.h>
#include <stdint.h>

/** Convert n pixels in a row: out[i] = (0.299f * R + 0.587f * G) + 0.114f * B, each operation rounded to float.
 *
 *  n may be 0; no alignment needed; out and in must not overlap; exact in every variant. */
typedef void phash_luma_row(float *out, const uint8_t *in, size_t n);

typedef struct phash_luma_kernels {
    phash_luma_row *grey; /* out[i] = in[i] */
    phash_luma_row *rgb;
    /** Composited over white in 8 bits first: c' = (a * c + (255 - a) * 255 + 127) / 255, integer division. */
    phash_luma_row *rgba;
} phash_luma_kernels;

void phash_luma_kernels_init(phash_luma_kernels *k, uint32_t cpu_flags);

/* The plain functions finish the rows that vectors do not fill. */
phash_luma_row phash_luma_grey_c;
phash_luma_row phash_luma_rgb_c;
phash_luma_row phash_luma_rgba_c;

void phash_luma_init_sse2(phash_luma_kernels *k, uint32_t cpu_flags);
void phash_luma_init_avx2(phash_luma_kernels *k, uint32_t cpu_flags);
void phash_luma_init_avx512(phash_luma_kernels *k, uint32_t cpu_flags);
void phash_luma_init_neon(phash_luma_kernels *k, uint32_t cpu_flags);

#endif
