/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/hamming.h"

#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>
#include <string.h>

#define AVX2 PHASH_TARGET("avx2,popcnt")

static inline AVX2 uint32_t ones(uint64_t x)
{
    const uint32_t low = (uint32_t)_mm_popcnt_u32((uint32_t)x);

    return low + (uint32_t)_mm_popcnt_u32((uint32_t)(x >> 32));
}

static AVX2 uint32_t hamming_pair_avx2(const uint8_t *a, const uint8_t *b)
{
    uint64_t x[4];
    uint64_t y[4];

    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    return ones(x[0] ^ y[0]) + ones(x[1] ^ y[1]) + ones(x[2] ^ y[2]) + ones(x[3] ^ y[3]);
}

/* Ones of 32 bytes as four sums of eight bytes each, by looking up half bytes (Mula, "SSSE3: fast popcount"). */
static inline AVX2 __m256i count_hash(__m256i query, const uint8_t *hash)
{
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i table = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    __m256i x = _mm256_xor_si256(query, _mm256_loadu_si256((const __m256i *)(const void *)hash));
    __m256i a = _mm256_shuffle_epi8(table, _mm256_and_si256(x, low));
    __m256i b = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low));

    return _mm256_sad_epu8(_mm256_add_epi8(a, b), _mm256_setzero_si256());
}

/* Four hashes at a time: their sums, at most 64 each, share 64-bit lanes as 16-bit fields. */
static AVX2 void hamming_many_avx2(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n)
{
    const __m256i q = _mm256_loadu_si256((const __m256i *)(const void *)query);
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        const uint8_t *hash = set + 32 * i;
        __m256i a = _mm256_or_si256(count_hash(q, hash), _mm256_slli_epi64(count_hash(q, hash + 32), 16));
        __m256i b = _mm256_or_si256(count_hash(q, hash + 64), _mm256_slli_epi64(count_hash(q, hash + 96), 16));
        __m256i fields = _mm256_or_si256(a, _mm256_slli_epi64(b, 32));
        __m128i sum = _mm_add_epi16(_mm256_castsi256_si128(fields), _mm256_extracti128_si256(fields, 1));
        sum = _mm_add_epi16(sum, _mm_unpackhi_epi64(sum, sum));
        _mm_storel_epi64((__m128i *)(void *)(distances + i), sum);
    }
    for (; i < n; i++)
        distances[i] = (uint16_t)hamming_pair_avx2(query, set + 32 * i);
}

void phash_hamming_init_avx2(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX2) == 0)
        return;
    k->pair = hamming_pair_avx2;
    k->many = hamming_many_avx2;
    k->isa = "avx2";
}

#else
typedef int phash_hamming_avx2_is_not_built; /* ISO C wants a declaration */
#endif
