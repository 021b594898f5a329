/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/hamming.h"

#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>
#include <string.h>

#define AVX2 PHASH_TARGET("avx2,popcnt")

static inline AVX2 uint32_t ones(uint64_t x)
{
#if defined(__x86_64__)
    return (uint32_t)_mm_popcnt_u64(x);
#else
    const uint32_t low = (uint32_t)_mm_popcnt_u32((uint32_t)x);

    return low + (uint32_t)_mm_popcnt_u32((uint32_t)(x >> 32));
#endif
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

/* Distances of four hashes in the lower half: their sums, at most 64 each, share 64-bit lanes as 16-bit fields. */
static inline AVX2 __m128i four_distances(__m256i q, const uint8_t *hash)
{
    __m256i a = _mm256_or_si256(count_hash(q, hash), _mm256_slli_epi64(count_hash(q, hash + 32), 16));
    __m256i b = _mm256_or_si256(count_hash(q, hash + 64), _mm256_slli_epi64(count_hash(q, hash + 96), 16));
    __m256i fields = _mm256_or_si256(a, _mm256_slli_epi64(b, 32));
    __m128i sum = _mm_add_epi16(_mm256_castsi256_si128(fields), _mm256_extracti128_si256(fields, 1));

    return _mm_add_epi16(sum, _mm_unpackhi_epi64(sum, sum));
}

static AVX2 void hamming_many_avx2(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n)
{
    const __m256i q = _mm256_loadu_si256((const __m256i *)(const void *)query);
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        _mm_storel_epi64((__m128i *)(void *)(distances + i), four_distances(q, set + 32 * i));
    for (; i < n; i++)
        distances[i] = (uint16_t)hamming_pair_avx2(query, set + 32 * i);
}

static inline AVX2 size_t keep_places(uint32_t *places, size_t found, size_t first, uint32_t mask)
{
    for (; mask != 0; mask &= mask - 1)
        places[found++] = (uint32_t)first + (uint32_t)__builtin_ctz(mask);
    return found;
}

static AVX2 size_t hamming_within_avx2(uint32_t *places, const uint8_t *query, const uint8_t *set, size_t n,
                                       uint32_t radius)
{
    const __m256i q = _mm256_loadu_si256((const __m256i *)(const void *)query);
    const __m128i limit = _mm_set1_epi16((short)(radius < 256 ? radius : 256));
    size_t found = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        __m128i d = _mm_unpacklo_epi64(four_distances(q, set + 32 * i), four_distances(q, set + 32 * (i + 4)));
        __m128i over = _mm_cmpgt_epi16(d, limit);
        found = keep_places(places, found, i, 0xffu & ~(uint32_t)_mm_movemask_epi8(_mm_packs_epi16(over, over)));
    }
    for (; i < n; i++) {
        places[found] = (uint32_t)i;
        found += hamming_pair_avx2(query, set + 32 * i) <= radius;
    }
    return found;
}

static AVX2 size_t hamming_gather_avx2(uint32_t *places, const uint8_t *query, const uint8_t *set,
                                       const uint32_t *ids, size_t n, uint32_t radius)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        places[found] = (uint32_t)i;
        found += hamming_pair_avx2(query, set + 32 * (size_t)ids[i]) <= radius;
    }
    return found;
}

static AVX2 size_t hamming_prefix_avx2(uint32_t *places, const uint8_t *query, const uint8_t *high,
                                       const uint8_t *low, size_t n, uint32_t radius)
{
    size_t found = 0;
    uint64_t q = 0;
    uint32_t p = 0;
    uint64_t x;
    uint32_t y;

    memcpy(&q, query, sizeof q);
    memcpy(&p, query + 8, sizeof p);
    for (size_t i = 0; i < n; i++) {
        memcpy(&x, high + 8 * i, sizeof x);
        memcpy(&y, low + 4 * i, sizeof y);
        places[found] = (uint32_t)i;
        found += ones(x ^ q) + (uint32_t)_mm_popcnt_u32(y ^ p) <= radius;
    }
    return found;
}

void phash_hamming_init_avx2(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX2) == 0)
        return;
    k->pair = hamming_pair_avx2;
    k->many = hamming_many_avx2;
    k->within = hamming_within_avx2;
    k->gather = hamming_gather_avx2;
    k->prefix = hamming_prefix_avx2;
    k->isa = "avx2";
}

#else
typedef int phash_hamming_avx2_is_not_built; /* ISO C wants a declaration */
#endif
