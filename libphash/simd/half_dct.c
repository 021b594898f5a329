/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/half_dct.h"

#include "simd/dct_tables.h"
#include "simd/exact_float.h"
#include "util/cpu.h"

void phash_half_dct_lines_c(float *out, const float *in, const uint32_t *start, size_t n, const uint32_t step[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;

    for (size_t line = 0; line < n; line++) {
        float sums[16] = {0};
        for (size_t k = 0; k < 64; k++) {
            const float sample = in[start[line] + step[k]];
            for (size_t i = 0; i < 16; i++)
                sums[i] += d[k][i] * sample;
        }
        for (size_t i = 0; i < 16; i++)
            out[16 * line + i] = sums[i];
    }
}

static void half_dct_across_c(float *out, const float *half, const uint32_t at[64])
{
    const float(*d)[16] = phash_dct_transposed.coefficients;

    for (size_t a = 0; a < 16; a++) {
        float sums[16] = {0};
        for (size_t k = 0; k < 64; k++)
            for (size_t b = 0; b < 16; b++)
                sums[b] += d[k][a] * half[PHASH_DCT_LINE * at[k] + b];
        for (size_t b = 0; b < 16; b++)
            out[16 * a + b] = sums[b];
    }
}

void phash_half_dct_kernels_init(phash_half_dct_kernels *k, uint32_t cpu_flags)
{
    k->lines = phash_half_dct_lines_c;
    k->across = half_dct_across_c;
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_half_dct_init_sse2(k, cpu_flags);
    phash_half_dct_init_avx2(k, cpu_flags);
    phash_half_dct_init_avx512(k, cpu_flags);
#elif !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
    phash_half_dct_init_neon(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
