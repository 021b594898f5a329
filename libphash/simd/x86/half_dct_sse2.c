/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/half_dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <emmintrin.h>

#define SSE2 PHASH_TARGET("sse2")

/* One term of two rows of 16: sums[r] += factor[r] * b. */
static inline SSE2 void add_term(__m128 sums[2][4], float factor0, float factor1, const float *b)
{
    const __m128 f0 = _mm_set1_ps(factor0);
    const __m128 f1 = _mm_set1_ps(factor1);

    for (size_t v = 0; v < 4; v++) {
        const __m128 row = _mm_loadu_ps(b + 4 * v);
        sums[0][v] = _mm_add_ps(sums[0][v], _mm_mul_ps(f0, row));
        sums[1][v] = _mm_add_ps(sums[1][v], _mm_mul_ps(f1, row));
    }
}

static inline SSE2 void clear_rows(__m128 sums[2][4])
{
    for (size_t v = 0; v < 4; v++)
        sums[0][v] = sums[1][v] = _mm_setzero_ps();
}

static inline SSE2 void store_rows(float *out, __m128 sums[2][4])
{
    for (size_t v = 0; v < 4; v++) {
        _mm_storeu_ps(out + 4 * v, sums[0][v]);
        _mm_storeu_ps(out + 16 + 4 * v, sums[1][v]);
    }
}

/* Two lines at a time; lanes are frequencies, so each sum keeps its order. */
static SSE2 void half_dct_lines_sse2(float *out, const float *in, const uint32_t *start, size_t n,
                                     const uint32_t step[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    __m128 sums[2][4];
    size_t line = 0;

    for (; line + 2 <= n; line += 2) {
        clear_rows(sums);
        for (size_t k = 0; k < 64; k++)
            add_term(sums, in[start[line] + step[k]], in[start[line + 1] + step[k]], d[k]);
        store_rows(out + 16 * line, sums);
    }
    phash_half_dct_lines_c(out + 16 * line, in, start + line, n - line, step);
}

static SSE2 void half_dct_across_sse2(float *out, const float *half, const uint32_t at[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    __m128 sums[2][4];

    for (size_t a = 0; a < 16; a += 2) {
        clear_rows(sums);
        for (size_t k = 0; k < 64; k++)
            add_term(sums, d[k][a], d[k][a + 1], half + (size_t)PHASH_DCT_LINE * at[k]);
        store_rows(out + 16 * a, sums);
    }
}

void phash_half_dct_init_sse2(phash_half_dct_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_SSE2) == 0)
        return;
    k->lines = half_dct_lines_sse2;
    k->across = half_dct_across_sse2;
}

#else
typedef int phash_half_dct_sse2_is_not_built; /* ISO C wants a declaration */
#endif
