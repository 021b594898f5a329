/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>
#include <stddef.h>

#define AVX512 PHASH_TARGET("avx512f,avx512bw,avx512dq,avx512vl")

/* One term of eight rows of a product: sums[r] += a[r] * b, rows in a at the given distance. */
static inline AVX512 void add_term(__m512 sums[8], const float *a, size_t distance, const float *b)
{
    const __m512 row = _mm512_loadu_ps(b);

    for (size_t r = 0; r < 8; r++)
        sums[r] = _mm512_add_ps(sums[r], _mm512_mul_ps(_mm512_set1_ps(a[r * distance]), row));
}

/* Blocks of 8 x 16 results; lanes run along j, so each sum keeps its order. */
static AVX512 void dct_grid_avx512(float *out, const float *grid)
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    float half[16][64];

    for (size_t j = 0; j < 64; j += 16)
        for (size_t i = 0; i < 16; i += 8) {
            __m512 sums[8] = {{0}};
            for (size_t k = 0; k < 64; k++)
                add_term(sums, d[k] + i, 1, grid + 64 * k + j);
            for (size_t r = 0; r < 8; r++)
                _mm512_storeu_ps(half[i + r] + j, sums[r]);
        }
    for (size_t i = 0; i < 16; i += 8) {
        __m512 sums[8] = {{0}};
        for (size_t k = 0; k < 64; k++)
            add_term(sums, half[i] + k, 64, d[k]);
        for (size_t r = 0; r < 8; r++)
            _mm512_storeu_ps(out + 16 * (i + r), sums[r]);
    }
}

void phash_dct_init_avx512(phash_dct_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0)
        return;
    k->grid = dct_grid_avx512;
}

#else
typedef int phash_dct_avx512_is_not_built; /* ISO C wants a declaration */
#endif
