/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/hamming.h"

#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include "simd/x86/mask_bits.h"

#include <immintrin.h>

#define AVX512 PHASH_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")

/* Two hashes as eight counts of 64 bits each. */
static inline AVX512 __m512i count_two(__m512i query, const uint8_t *hashes)
{
    return _mm512_popcnt_epi64(_mm512_xor_si512(query, _mm512_loadu_si512(hashes)));
}

/* Eight distances: hashes 0, 2, 4, 6 share the lower four lanes as 16-bit fields, 1, 3, 5, 7 the upper. */
static inline AVX512 __m128i eight_distances(__m512i q, const uint8_t *hash)
{
    __m512i a = _mm512_or_si512(count_two(q, hash), _mm512_slli_epi64(count_two(q, hash + 64), 16));
    __m512i b = _mm512_or_si512(count_two(q, hash + 128), _mm512_slli_epi64(count_two(q, hash + 192), 16));
    __m512i fields = _mm512_or_si512(a, _mm512_slli_epi64(b, 32));
    fields = _mm512_add_epi16(fields, _mm512_shuffle_epi32(fields, (_MM_PERM_ENUM)0x4e));
    __m128i even = _mm_add_epi16(_mm512_castsi512_si128(fields), _mm512_extracti32x4_epi32(fields, 1));
    __m128i odd = _mm_add_epi16(_mm512_extracti32x4_epi32(fields, 2), _mm512_extracti32x4_epi32(fields, 3));

    return _mm_unpacklo_epi16(even, odd);
}

static AVX512 void hamming_many_avx512(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n)
{
    const __m512i q = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)query));
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        _mm_storeu_si128((__m128i *)(void *)(distances + i), eight_distances(q, set + 32 * i));
    phash_hamming_many_c(distances + i, query, set + 32 * i, n - i);
}

static inline AVX512 size_t keep_places(uint32_t *places, size_t found, size_t first, uint32_t mask)
{
    for (; mask != 0; mask &= mask - 1)
        places[found++] = (uint32_t)first + (uint32_t)__builtin_ctz(mask);
    return found;
}

/* The plain kernel counts places from its own start. */
static inline AVX512 size_t shift_places(uint32_t *places, size_t n, size_t first)
{
    for (size_t i = 0; i < n; i++)
        places[i] += (uint32_t)first;
    return n;
}

static AVX512 size_t hamming_within_avx512(uint32_t *places, const uint8_t *query, const uint8_t *set, size_t n,
                                           uint32_t radius)
{
    const __m512i q = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)query));
    const __m128i limit = _mm_set1_epi16((short)(radius < 256 ? radius : 256));
    size_t found = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        found = keep_places(places, found, i,
                            mask8_bits(_mm_cmple_epu16_mask(eight_distances(q, set + 32 * i), limit)));
    size_t tail = phash_hamming_within_c(places + found, query, set + 32 * i, n - i, radius);
    return found + shift_places(places + found, tail, i);
}

/* Sixteen at a time; the counts of the 64-bit parts are narrowed to meet those of the 32-bit parts. */
static AVX512 size_t hamming_prefix_avx512(uint32_t *places, const uint8_t *query, const uint8_t *high,
                                           const uint8_t *low, size_t n, uint32_t radius)
{
    const __m512i q = _mm512_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(const void *)query));
    const __m512i p = _mm512_broadcastd_epi32(_mm_loadu_si32(query + 8));
    const __m512i limit = _mm512_set1_epi32((int)(radius < 256 ? radius : 256));
    size_t found = 0;
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        __m512i a = _mm512_popcnt_epi64(_mm512_xor_si512(q, _mm512_loadu_si512(high + 8 * i)));
        __m512i b = _mm512_popcnt_epi64(_mm512_xor_si512(q, _mm512_loadu_si512(high + 8 * i + 64)));
        __m512i sum = _mm512_popcnt_epi32(_mm512_xor_si512(p, _mm512_loadu_si512(low + 4 * i)));
        __m512i wide = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi64_epi32(a)),
                                          _mm512_cvtepi64_epi32(b), 1);
        sum = _mm512_add_epi32(sum, wide);
        found = keep_places(places, found, i, mask16_bits(_mm512_cmple_epu32_mask(sum, limit)));
    }
    size_t tail = phash_hamming_prefix_c(places + found, query, high + 8 * i, low + 4 * i, n - i, radius);
    return found + shift_places(places + found, tail, i);
}

void phash_hamming_init_avx512(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0 || (cpu_flags & PHASH_CPU_VPOPCNT) == 0)
        return;
    k->many = hamming_many_avx512;
    k->within = hamming_within_avx512;
    k->prefix = hamming_prefix_avx512;
    k->isa = "avx512";
}

#else
typedef int phash_hamming_avx512_is_not_built; /* ISO C wants a declaration */
#endif
