/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/luma.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <emmintrin.h>

#define SSE2 PHASH_TARGET("sse2")

/* Four pixels given as 32-bit integers per channel. */
static inline SSE2 __m128 weigh(__m128i red, __m128i green, __m128i blue)
{
    __m128 r = _mm_mul_ps(_mm_set1_ps(0.299f), _mm_cvtepi32_ps(red));
    __m128 g = _mm_mul_ps(_mm_set1_ps(0.587f), _mm_cvtepi32_ps(green));
    __m128 b = _mm_mul_ps(_mm_set1_ps(0.114f), _mm_cvtepi32_ps(blue));

    return _mm_add_ps(_mm_add_ps(r, g), b);
}

static SSE2 void luma_rgb_sse2(float *out, const uint8_t *in, size_t n)
{
    const __m128i byte = _mm_set1_epi32(255);
    size_t i = 0;

    /* A load of 16 bytes reaches into a sixth pixel. */
    for (; i + 6 <= n; i += 4) {
        __m128i p = _mm_loadu_si128((const __m128i *)(const void *)(in + 3 * i));
        __m128i first = _mm_unpacklo_epi32(p, _mm_srli_si128(p, 3));
        __m128i second = _mm_unpacklo_epi32(_mm_srli_si128(p, 6), _mm_srli_si128(p, 9));
        __m128i pixels = _mm_unpacklo_epi64(first, second); /* the fourth byte is not this pixel's */
        _mm_storeu_ps(out + i, weigh(_mm_and_si128(pixels, byte), _mm_and_si128(_mm_srli_epi32(pixels, 8), byte),
                                     _mm_and_si128(_mm_srli_epi32(pixels, 16), byte)));
    }
    phash_luma_rgb_c(out + i, in + 3 * i, n - i);
}

/* x / 255 for x < 65536 in 32-bit lanes: floor(x * 0x8081 / 2^23) is exact there. */
static inline SSE2 __m128i over_white(__m128i c, __m128i alpha, __m128i white)
{
    __m128i x = _mm_add_epi32(_mm_mullo_epi16(alpha, c), white);

    return _mm_srli_epi32(_mm_mulhi_epu16(x, _mm_set1_epi32(0x8081)), 7);
}

static SSE2 void luma_rgba_sse2(float *out, const uint8_t *in, size_t n)
{
    const __m128i byte = _mm_set1_epi32(255);
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        __m128i pixels = _mm_loadu_si128((const __m128i *)(const void *)(in + 4 * i));
        __m128i alpha = _mm_srli_epi32(pixels, 24);
        __m128i white = _mm_mullo_epi16(_mm_sub_epi32(byte, alpha), byte);
        white = _mm_add_epi32(white, _mm_set1_epi32(127));
        __m128i red = over_white(_mm_and_si128(pixels, byte), alpha, white);
        __m128i green = over_white(_mm_and_si128(_mm_srli_epi32(pixels, 8), byte), alpha, white);
        __m128i blue = over_white(_mm_and_si128(_mm_srli_epi32(pixels, 16), byte), alpha, white);
        _mm_storeu_ps(out + i, weigh(red, green, blue));
    }
    phash_luma_rgba_c(out + i, in + 4 * i, n - i);
}

/* Grey is left to the compiler, which makes the same of the plain loop. */
void phash_luma_init_sse2(phash_luma_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_SSE2) == 0)
        return;
    k->rgb = luma_rgb_sse2;
    k->rgba = luma_rgba_sse2;
}

#else
typedef int phash_luma_sse2_is_not_built; /* ISO C wants a declaration */
#endif
