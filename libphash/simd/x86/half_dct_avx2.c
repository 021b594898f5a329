/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/half_dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>

#define AVX2 PHASH_TARGET("avx2,popcnt")

static inline AVX2 void add_term(__m256 sums[4][2], size_t r, __m256 factor, __m256 low, __m256 high)
{
    sums[r][0] = _mm256_add_ps(sums[r][0], _mm256_mul_ps(factor, low));
    sums[r][1] = _mm256_add_ps(sums[r][1], _mm256_mul_ps(factor, high));
}

static inline AVX2 void clear_rows(__m256 sums[4][2])
{
    for (size_t r = 0; r < 4; r++)
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
}

static inline AVX2 void store_rows(float *out, __m256 sums[4][2])
{
    for (size_t r = 0; r < 4; r++) {
        _mm256_storeu_ps(out + 16 * r, sums[r][0]);
        _mm256_storeu_ps(out + 16 * r + 8, sums[r][1]);
    }
}

/* Four lines at a time; lanes are frequencies, so each sum keeps its order. */
static AVX2 void half_dct_lines_avx2(float *out, const float *in, const uint32_t *start, size_t n,
                                     const uint32_t step[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    size_t line = 0;

    for (; line + 4 <= n; line += 4) {
        const float *from[4] = {in + start[line], in + start[line + 1], in + start[line + 2], in + start[line + 3]};
        __m256 sums[4][2];
        clear_rows(sums);
        for (size_t k = 0; k < 64; k++) {
            const __m256 low = _mm256_loadu_ps(d[k]);
            const __m256 high = _mm256_loadu_ps(d[k] + 8);
            for (size_t r = 0; r < 4; r++)
                add_term(sums, r, _mm256_broadcast_ss(from[r] + step[k]), low, high);
        }
        store_rows(out + 16 * line, sums);
    }
    phash_half_dct_lines_c(out + 16 * line, in, start + line, n - line, step);
}

static AVX2 void half_dct_across_avx2(float *out, const float *half, const uint32_t at[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;

    for (size_t a = 0; a < 16; a += 4) {
        __m256 sums[4][2];
        clear_rows(sums);
        for (size_t k = 0; k < 64; k++) {
            const float *line = half + (size_t)PHASH_DCT_LINE * at[k];
            const __m256 low = _mm256_loadu_ps(line);
            const __m256 high = _mm256_loadu_ps(line + 8);
            for (size_t r = 0; r < 4; r++)
                add_term(sums, r, _mm256_broadcast_ss(&d[k][a + r]), low, high);
        }
        store_rows(out + 16 * a, sums);
    }
}

void phash_half_dct_init_avx2(phash_half_dct_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX2) == 0)
        return;
    k->lines = half_dct_lines_avx2;
    k->across = half_dct_across_avx2;
}

#else
typedef int phash_half_dct_avx2_is_not_built; /* ISO C wants a declaration */
#endif
