/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <emmintrin.h>
#include <stddef.h>

#define SSE2 PHASH_TARGET("sse2")

/* One term of four rows of a product: sums[r][v] += a[r] * b[v], rows in a at the given distance. */
static inline SSE2 void add_term(__m128 sums[4][2], const float *a, size_t distance, const float *b)
{
    const __m128 b0 = _mm_loadu_ps(b);
    const __m128 b1 = _mm_loadu_ps(b + 4);

    for (size_t r = 0; r < 4; r++) {
        __m128 factor = _mm_set1_ps(a[r * distance]);
        sums[r][0] = _mm_add_ps(sums[r][0], _mm_mul_ps(factor, b0));
        sums[r][1] = _mm_add_ps(sums[r][1], _mm_mul_ps(factor, b1));
    }
}

static inline SSE2 void store_rows(float *out, size_t pitch, __m128 sums[4][2])
{
    for (size_t r = 0; r < 4; r++) {
        _mm_storeu_ps(out + r * pitch, sums[r][0]);
        _mm_storeu_ps(out + r * pitch + 4, sums[r][1]);
    }
}

static inline SSE2 void clear_rows(__m128 sums[4][2])
{
    for (size_t r = 0; r < 4; r++)
        sums[r][0] = sums[r][1] = _mm_setzero_ps();
}

/* Blocks of 4 x 8 results; lanes run along j, so each sum keeps its order. */
static SSE2 void dct_grid_sse2(float *out, const float *grid)
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    float half[16][64];
    __m128 sums[4][2];

    for (size_t j = 0; j < 64; j += 8)
        for (size_t i = 0; i < 16; i += 4) {
            clear_rows(sums);
            for (size_t k = 0; k < 64; k++)
                add_term(sums, d[k] + i, 1, grid + 64 * k + j);
            store_rows(half[i] + j, 64, sums);
        }
    for (size_t i = 0; i < 16; i += 4)
        for (size_t j = 0; j < 16; j += 8) {
            clear_rows(sums);
            for (size_t k = 0; k < 64; k++)
                add_term(sums, half[i] + k, 64, d[k] + j);
            store_rows(out + 16 * i + j, 16, sums);
        }
}

void phash_dct_init_sse2(phash_dct_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_SSE2) == 0)
        return;
    k->grid = dct_grid_sse2;
}

#else
typedef int phash_dct_sse2_is_not_built; /* ISO C wants a declaration */
#endif
