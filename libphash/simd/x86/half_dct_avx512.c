/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/half_dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>

#define AVX512 PHASH_TARGET("avx512f,avx512bw,avx512dq,avx512vl")

/* Eight lines at a time; lanes are frequencies, so each sum keeps its order. */
static AVX512 void half_dct_lines_avx512(float *out, const float *in, const uint32_t *start, size_t n,
                                         const uint32_t step[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    size_t line = 0;

    for (; line + 8 <= n; line += 8) {
        const float *from[8];
        __m512 sums[8];
        for (size_t r = 0; r < 8; r++) {
            from[r] = in + start[line + r];
            sums[r] = _mm512_setzero_ps();
        }
        for (size_t k = 0; k < 64; k++) {
            const __m512 row = _mm512_loadu_ps(d[k]);
            for (size_t r = 0; r < 8; r++)
                sums[r] = _mm512_add_ps(sums[r], _mm512_mul_ps(_mm512_set1_ps(from[r][step[k]]), row));
        }
        for (size_t r = 0; r < 8; r++)
            _mm512_storeu_ps(out + 16 * (line + r), sums[r]);
    }
    phash_half_dct_lines_c(out + 16 * line, in, start + line, n - line, step);
}

static AVX512 void half_dct_across_avx512(float *out, const float *half, const uint32_t at[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    __m512 sums[16];

    for (size_t a = 0; a < 16; a++)
        sums[a] = _mm512_setzero_ps();
    for (size_t k = 0; k < 64; k++) {
        const __m512 line = _mm512_loadu_ps(half + (size_t)PHASH_DCT_LINE * at[k]);
        for (size_t a = 0; a < 16; a++)
            sums[a] = _mm512_add_ps(sums[a], _mm512_mul_ps(_mm512_set1_ps(d[k][a]), line));
    }
    for (size_t a = 0; a < 16; a++)
        _mm512_storeu_ps(out + 16 * a, sums[a]);
}

void phash_half_dct_init_avx512(phash_half_dct_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0)
        return;
    k->lines = half_dct_lines_avx512;
    k->across = half_dct_across_avx512;
}

#else
typedef int phash_half_dct_avx512_is_not_built; /* ISO C wants a declaration */
#endif
