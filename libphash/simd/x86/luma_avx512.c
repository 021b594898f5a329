/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/luma.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>

#define AVX512 PHASH_TARGET("avx512f,avx512bw,avx512dq,avx512vl")

/* Four pixels, as far as the first n of a block are wanted; no byte of others is touched. */
static inline AVX512 __m128i load_four(const uint8_t *in, size_t first, size_t n)
{
    const size_t bytes = n <= first ? 0 : n - first < 4 ? 3 * (n - first) : 12;

    return _mm_maskz_loadu_epi8((__mmask16)((1u << bytes) - 1), in + 3 * first);
}

/* Spread bytes c, c + 3, c + 6, c + 9 of each quarter to 32 bits; -1 writes a zero byte. */
static inline AVX512 __m512 pick3(__m512i pixels, char c)
{
    const char d = (char)(c + 3);
    const char e = (char)(c + 6);
    const char f = (char)(c + 9);
    const __m128i quarter = _mm_setr_epi8(c, -1, -1, -1, d, -1, -1, -1, e, -1, -1, -1, f, -1, -1, -1);

    return _mm512_cvtepi32_ps(_mm512_shuffle_epi8(pixels, _mm512_broadcast_i32x4(quarter)));
}

/* Up to 16 pixels, of which n are there. */
static inline AVX512 __m512 luma_block(const uint8_t *in, size_t n)
{
    __m512i pixels = _mm512_castsi128_si512(load_four(in, 0, n));

    pixels = _mm512_inserti32x4(pixels, load_four(in, 4, n), 1);
    pixels = _mm512_inserti32x4(pixels, load_four(in, 8, n), 2);
    pixels = _mm512_inserti32x4(pixels, load_four(in, 12, n), 3);
    __m512 r = _mm512_mul_ps(_mm512_set1_ps(0.299f), pick3(pixels, 0));
    __m512 g = _mm512_mul_ps(_mm512_set1_ps(0.587f), pick3(pixels, 1));
    __m512 b = _mm512_mul_ps(_mm512_set1_ps(0.114f), pick3(pixels, 2));
    return _mm512_add_ps(_mm512_add_ps(r, g), b);
}

static AVX512 void luma_rgb_avx512(float *out, const uint8_t *in, size_t n)
{
    size_t i = 0;

    for (; i + 16 <= n; i += 16)
        _mm512_storeu_ps(out + i, luma_block(in + 3 * i, 16));
    if (i < n)
        _mm512_mask_storeu_ps(out + i, (__mmask16)((1u << (n - i)) - 1), luma_block(in + 3 * i, n - i));
}

void phash_luma_init_avx512(phash_luma_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0)
        return;
    k->rgb = luma_rgb_avx512;
}

#else
typedef int phash_luma_avx512_is_not_built; /* ISO C wants a declaration */
#endif
