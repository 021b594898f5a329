/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
#include <arm_neon.h>
#include <stddef.h>

/* One term of four rows of a product: sums[r][v] += a[r] * b[v], rows in a at the given distance. */
static inline void add_term(float32x4_t sums[4][4], const float *a, size_t distance, const float *b)
{
    for (size_t r = 0; r < 4; r++) {
        float32x4_t factor = vdupq_n_f32(a[r * distance]);
        for (size_t v = 0; v < 4; v++)
            sums[r][v] = vaddq_f32(sums[r][v], vmulq_f32(factor, vld1q_f32(b + 4 * v)));
    }
}

static inline void store_rows(float *out, size_t pitch, float32x4_t sums[4][4])
{
    for (size_t r = 0; r < 4; r++)
        for (size_t v = 0; v < 4; v++)
            vst1q_f32(out + r * pitch + 4 * v, sums[r][v]);
}

static inline void clear_rows(float32x4_t sums[4][4])
{
    for (size_t r = 0; r < 4; r++)
        for (size_t v = 0; v < 4; v++)
            sums[r][v] = vdupq_n_f32(0.0f);
}

/* Blocks of 4 x 16 results; lanes run along j, so each sum keeps its order. */
static void dct_grid_neon(float *out, const float *grid)
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    float half[16][64];
    float32x4_t sums[4][4];

    for (size_t j = 0; j < 64; j += 16)
        for (size_t i = 0; i < 16; i += 4) {
            clear_rows(sums);
            for (size_t k = 0; k < 64; k++)
                add_term(sums, d[k] + i, 1, grid + 64 * k + j);
            store_rows(half[i] + j, 64, sums);
        }
    for (size_t i = 0; i < 16; i += 4) {
        clear_rows(sums);
        for (size_t k = 0; k < 64; k++)
            add_term(sums, half[i] + k, 64, d[k]);
        store_rows(out + 16 * i, 16, sums);
    }
}

void phash_dct_init_neon(phash_dct_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_NEON) == 0)
        return;
    k->grid = dct_grid_neon;
}

#else
typedef int phash_dct_neon_is_not_built; /* ISO C wants a declaration */
#endif
