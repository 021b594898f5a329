/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/luma.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

void phash_luma_grey_c(float *out, const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

static float luma(uint8_t red, uint8_t green, uint8_t blue)
{
    return (0.299f * (float)red + 0.587f * (float)green) + 0.114f * (float)blue;
}

void phash_luma_rgb_c(float *out, const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = luma(in[3 * i], in[3 * i + 1], in[3 * i + 2]);
}

/* round((a * c + (255 - a) * 255) / 255): the share of white grows as alpha falls. */
static uint8_t over_white(uint8_t c, uint8_t alpha)
{
    return (uint8_t)((alpha * c + (255 - alpha) * 255 + 127) / 255);
}

void phash_luma_rgba_c(float *out, const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = in + 4 * i;
        out[i] = luma(over_white(p[0], p[3]), over_white(p[1], p[3]), over_white(p[2], p[3]));
    }
}

void phash_luma_kernels_init(phash_luma_kernels *k, uint32_t cpu_flags)
{
    k->grey = phash_luma_grey_c;
    k->rgb = phash_luma_rgb_c;
    k->rgba = phash_luma_rgba_c;
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_luma_init_sse2(k, cpu_flags);
    phash_luma_init_avx2(k, cpu_flags);
    phash_luma_init_avx512(k, cpu_flags);
#elif !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
    phash_luma_init_neon(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
