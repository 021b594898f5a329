/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/luma.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>

#define AVX2 PHASH_TARGET("avx2,popcnt")

static AVX2 void luma_grey_avx2(float *out, const uint8_t *in, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)(in + i));
        _mm256_storeu_ps(out + i, _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)));
    }
    phash_luma_grey_c(out + i, in + i, n - i);
}

/* Eight pixels given as 32-bit integers per channel. */
static inline AVX2 __m256 weigh(__m256i red, __m256i green, __m256i blue)
{
    __m256 r = _mm256_mul_ps(_mm256_set1_ps(0.299f), _mm256_cvtepi32_ps(red));
    __m256 g = _mm256_mul_ps(_mm256_set1_ps(0.587f), _mm256_cvtepi32_ps(green));
    __m256 b = _mm256_mul_ps(_mm256_set1_ps(0.114f), _mm256_cvtepi32_ps(blue));

    return _mm256_add_ps(_mm256_add_ps(r, g), b);
}

/* Spread bytes c, c + 3, c + 6, c + 9 of each half to 32 bits; -1 writes a zero byte. */
static inline AVX2 __m256i pick3(__m256i pixels, char c)
{
    const char d = (char)(c + 3);
    const char e = (char)(c + 6);
    const char f = (char)(c + 9);
    const __m128i half = _mm_setr_epi8(c, -1, -1, -1, d, -1, -1, -1, e, -1, -1, -1, f, -1, -1, -1);

    return _mm256_shuffle_epi8(pixels, _mm256_broadcastsi128_si256(half));
}

static AVX2 void luma_rgb_avx2(float *out, const uint8_t *in, size_t n)
{
    size_t i = 0;

    /* Two loads of 16 bytes cover 28 bytes, so a tenth pixel must be there. */
    for (; i + 10 <= n; i += 8) {
        const uint8_t *p = in + 3 * i;
        __m128i low = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(p + 12));
        __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
        _mm256_storeu_ps(out + i, weigh(pick3(pixels, 0), pick3(pixels, 1), pick3(pixels, 2)));
    }
    phash_luma_rgb_c(out + i, in + 3 * i, n - i);
}

/* x / 255 for x < 65536 in 32-bit lanes: floor(x * 0x8081 / 2^23) is exact there. */
static inline AVX2 __m256i over_white(__m256i c, __m256i alpha, __m256i white)
{
    __m256i x = _mm256_add_epi32(_mm256_mullo_epi16(alpha, c), white);

    return _mm256_srli_epi32(_mm256_mulhi_epu16(x, _mm256_set1_epi32(0x8081)), 7);
}

static AVX2 void luma_rgba_avx2(float *out, const uint8_t *in, size_t n)
{
    const __m256i byte = _mm256_set1_epi32(255);
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        __m256i pixels = _mm256_loadu_si256((const __m256i *)(const void *)(in + 4 * i));
        __m256i alpha = _mm256_srli_epi32(pixels, 24);
        __m256i white = _mm256_mullo_epi16(_mm256_sub_epi32(byte, alpha), byte);
        white = _mm256_add_epi32(white, _mm256_set1_epi32(127));
        __m256i red = over_white(_mm256_and_si256(pixels, byte), alpha, white);
        __m256i green = over_white(_mm256_and_si256(_mm256_srli_epi32(pixels, 8), byte), alpha, white);
        __m256i blue = over_white(_mm256_and_si256(_mm256_srli_epi32(pixels, 16), byte), alpha, white);
        _mm256_storeu_ps(out + i, weigh(red, green, blue));
    }
    phash_luma_rgba_c(out + i, in + 4 * i, n - i);
}

void phash_luma_init_avx2(phash_luma_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX2) == 0)
        return;
    k->grey = luma_grey_avx2;
    k->rgb = luma_rgb_avx2;
    k->rgba = luma_rgba_avx2;
}

#else
typedef int phash_luma_avx2_is_not_built; /* ISO C wants a declaration */
#endif
