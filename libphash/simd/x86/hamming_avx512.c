/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/hamming.h"

#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>

#define AVX512 PHASH_TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")

/* Two hashes as eight counts of 64 bits each. */
static inline AVX512 __m512i count_two(__m512i query, const uint8_t *hashes)
{
    return _mm512_popcnt_epi64(_mm512_xor_si512(query, _mm512_loadu_si512(hashes)));
}

/* Eight hashes at a time: hashes 0, 2, 4, 6 share the lower four lanes as 16-bit fields, 1, 3, 5, 7 the upper. */
static AVX512 void hamming_many_avx512(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n)
{
    const __m512i q = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)query));
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        const uint8_t *hash = set + 32 * i;
        __m512i a = _mm512_or_si512(count_two(q, hash), _mm512_slli_epi64(count_two(q, hash + 64), 16));
        __m512i b = _mm512_or_si512(count_two(q, hash + 128), _mm512_slli_epi64(count_two(q, hash + 192), 16));
        __m512i fields = _mm512_or_si512(a, _mm512_slli_epi64(b, 32));
        fields = _mm512_add_epi16(fields, _mm512_shuffle_epi32(fields, (_MM_PERM_ENUM)0x4e));
        __m128i even = _mm_add_epi16(_mm512_castsi512_si128(fields), _mm512_extracti32x4_epi32(fields, 1));
        __m128i odd = _mm_add_epi16(_mm512_extracti32x4_epi32(fields, 2), _mm512_extracti32x4_epi32(fields, 3));
        _mm_storeu_si128((__m128i *)(void *)(distances + i), _mm_unpacklo_epi16(even, odd));
    }
    phash_hamming_many_c(distances + i, query, set + 32 * i, n - i);
}

void phash_hamming_init_avx512(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0 || (cpu_flags & PHASH_CPU_VPOPCNT) == 0)
        return;
    k->many = hamming_many_avx512;
    k->isa = "avx512";
}

#else
typedef int phash_hamming_avx512_is_not_built; /* ISO C wants a declaration */
#endif
