/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/hamming.h"

#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
#include <arm_neon.h>

/* Ones per byte of both halves; each sum of two is at most 16. */
static inline uint8x16_t count_hash(uint8x16_t query0, uint8x16_t query1, const uint8_t *hash)
{
    uint8x16_t a = vcntq_u8(veorq_u8(query0, vld1q_u8(hash)));

    return vaddq_u8(a, vcntq_u8(veorq_u8(query1, vld1q_u8(hash + 16))));
}

static uint32_t hamming_pair_neon(const uint8_t *a, const uint8_t *b)
{
    return vaddlvq_u8(count_hash(vld1q_u8(a), vld1q_u8(a + 16), b));
}

/* Four hashes at a time: pairwise sums of bytes, then of 16-bit fields, until each hash has one field. */
static void hamming_many_neon(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n)
{
    const uint8x16_t q0 = vld1q_u8(query);
    const uint8x16_t q1 = vld1q_u8(query + 16);
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        const uint8_t *hash = set + 32 * i;
        uint8x16_t ab = vpaddq_u8(count_hash(q0, q1, hash), count_hash(q0, q1, hash + 32));
        uint8x16_t cd = vpaddq_u8(count_hash(q0, q1, hash + 64), count_hash(q0, q1, hash + 96));
        uint16x8_t fields = vpaddlq_u8(vpaddq_u8(ab, cd)); /* two of each hash, at most 128 */
        vst1_u16(distances + i, vget_low_u16(vpaddq_u16(fields, fields)));
    }
    for (; i < n; i++)
        distances[i] = (uint16_t)hamming_pair_neon(query, set + 32 * i);
}

void phash_hamming_init_neon(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_NEON) == 0)
        return;
    k->pair = hamming_pair_neon;
    k->many = hamming_many_neon;
    k->isa = "neon";
}

#else
typedef int phash_hamming_neon_is_not_built; /* ISO C wants a declaration */
#endif
