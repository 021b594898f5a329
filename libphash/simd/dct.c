/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

#include <stddef.h>

/* half[i][j] = sum over k of D[i][k] * grid[k][j], then out[i][j] = sum over k of half[i][k] * D[j][k]. */
static void dct_grid_c(float *out, const float *grid)
{
    const float(*d)[16] = phash_dct_transposed.coefficients;
    float half[16][64];

    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 64; j++) {
            float sum = 0.0f;
            for (size_t k = 0; k < 64; k++)
                sum += d[k][i] * grid[64 * k + j];
            half[i][j] = sum;
        }
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 16; j++) {
            float sum = 0.0f;
            for (size_t k = 0; k < 64; k++)
                sum += half[i][k] * d[k][j];
            out[16 * i + j] = sum;
        }
}

void phash_dct_kernels_init(phash_dct_kernels *k, uint32_t cpu_flags)
{
    k->grid = dct_grid_c;
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_dct_init_sse2(k, cpu_flags);
    phash_dct_init_avx2(k, cpu_flags);
    phash_dct_init_avx512(k, cpu_flags);
#elif !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
    phash_dct_init_neon(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
