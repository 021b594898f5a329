/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/half_dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
#include <arm_neon.h>

/* One term of four rows of 16: sums[r][v] += factor[r] * b[v]. */
static inline void add_term(float32x4_t sums[4][4], const float factor[4], const float *b)
{
    float32x4_t row[4];

    for (size_t v = 0; v < 4; v++)
        row[v] = vld1q_f32(b + 4 * v);
    for (size_t r = 0; r < 4; r++)
        for (size_t v = 0; v < 4; v++)
            sums[r][v] = vaddq_f32(sums[r][v], vmulq_f32(vdupq_n_f32(factor[r]), row[v]));
}

static inline void clear_rows(float32x4_t sums[4][4])
{
    for (size_t r = 0; r < 4; r++)
        for (size_t v = 0; v < 4; v++)
            sums[r][v] = vdupq_n_f32(0.0f);
}

static inline void store_rows(float *out, float32x4_t sums[4][4])
{
    for (size_t r = 0; r < 4; r++)
        for (size_t v = 0; v < 4; v++)
            vst1q_f32(out + 16 * r + 4 * v, sums[r][v]);
}

/* Four lines at a time; lanes are frequencies, so each sum keeps its order. */
static void half_dct_lines_neon(float *out, const float *in, const uint32_t *start, size_t n, const uint32_t step[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    float32x4_t sums[4][4];
    size_t line = 0;

    for (; line + 4 <= n; line += 4) {
        const float *from[4] = {in + start[line], in + start[line + 1], in + start[line + 2], in + start[line + 3]};
        clear_rows(sums);
        for (size_t k = 0; k < 64; k++) {
            const float samples[4] = {from[0][step[k]], from[1][step[k]], from[2][step[k]], from[3][step[k]]};
            add_term(sums, samples, d[k]);
        }
        store_rows(out + 16 * line, sums);
    }
    phash_half_dct_lines_c(out + 16 * line, in, start + line, n - line, step);
}

static void half_dct_across_neon(float *out, const float *half, const uint32_t at[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    float32x4_t sums[4][4];

    for (size_t a = 0; a < 16; a += 4) {
        clear_rows(sums);
        for (size_t k = 0; k < 64; k++)
            add_term(sums, d[k] + a, half + (size_t)PHASH_DCT_LINE * at[k]);
        store_rows(out + 16 * a, sums);
    }
}

void phash_half_dct_init_neon(phash_half_dct_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_NEON) == 0)
        return;
    k->lines = half_dct_lines_neon;
    k->across = half_dct_across_neon;
}

#else
typedef int phash_half_dct_neon_is_not_built; /* ISO C wants a declaration */
#endif
