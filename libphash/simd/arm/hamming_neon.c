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

/* Four distances: pairwise sums of bytes, then of 16-bit fields, until each hash has one field. */
static inline uint16x4_t four_distances(uint8x16_t q0, uint8x16_t q1, const uint8_t *hash)
{
    uint8x16_t ab = vpaddq_u8(count_hash(q0, q1, hash), count_hash(q0, q1, hash + 32));
    uint8x16_t cd = vpaddq_u8(count_hash(q0, q1, hash + 64), count_hash(q0, q1, hash + 96));
    uint16x8_t fields = vpaddlq_u8(vpaddq_u8(ab, cd)); /* two of each hash, at most 128 */

    return vget_low_u16(vpaddq_u16(fields, fields));
}

static void hamming_many_neon(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n)
{
    const uint8x16_t q0 = vld1q_u8(query);
    const uint8x16_t q1 = vld1q_u8(query + 16);
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        vst1_u16(distances + i, four_distances(q0, q1, set + 32 * i));
    for (; i < n; i++)
        distances[i] = (uint16_t)hamming_pair_neon(query, set + 32 * i);
}

/* Most groups of four have nothing near: one test passes them over. */
static size_t hamming_within_neon(uint32_t *places, const uint8_t *query, const uint8_t *set, size_t n,
                                  uint32_t radius)
{
    const uint8x16_t q0 = vld1q_u8(query);
    const uint8x16_t q1 = vld1q_u8(query + 16);
    const uint16x4_t limit = vdup_n_u16((uint16_t)(radius < 256 ? radius : 256));
    size_t found = 0;
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        uint64_t near = vget_lane_u64(vreinterpret_u64_u16(vcle_u16(four_distances(q0, q1, set + 32 * i), limit)), 0);
        for (uint32_t lane = 0; near != 0; lane++, near >>= 16)
            if ((near & 1) != 0)
                places[found++] = (uint32_t)i + lane;
    }
    for (; i < n; i++) {
        places[found] = (uint32_t)i;
        found += hamming_pair_neon(query, set + 32 * i) <= radius;
    }
    return found;
}

static size_t hamming_gather_neon(uint32_t *places, const uint8_t *query, const uint8_t *set, const uint32_t *ids,
                                  size_t n, uint32_t radius)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        places[found] = (uint32_t)i;
        found += hamming_pair_neon(query, set + 32 * (size_t)ids[i]) <= radius;
    }
    return found;
}

/* Four at a time: byte counts of both parts are summed to 32-bit fields, one for each hash. */
static size_t hamming_prefix_neon(uint32_t *places, const uint8_t *query, const uint8_t *high, const uint8_t *low,
                                  size_t n, uint32_t radius)
{
    const uint8x16_t q = vcombine_u8(vld1_u8(query), vld1_u8(query));
    const uint8x16_t p = vreinterpretq_u8_u32(vld1q_dup_u32((const uint32_t *)(const void *)(query + 8)));
    size_t found = 0;
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        uint8x16_t ab = vpaddq_u8(vcntq_u8(veorq_u8(q, vld1q_u8(high + 8 * i))),
                                  vcntq_u8(veorq_u8(q, vld1q_u8(high + 8 * i + 16))));
        uint32x4_t sum = vpaddlq_u16(vpaddlq_u8(ab));
        sum = vaddq_u32(sum, vpaddlq_u16(vpaddlq_u8(vcntq_u8(veorq_u8(p, vld1q_u8(low + 4 * i))))));
        uint16x4_t near = vmovn_u32(vcleq_u32(sum, vdupq_n_u32(radius)));
        uint64_t bits = vget_lane_u64(vreinterpret_u64_u16(near), 0);
        for (uint32_t lane = 0; bits != 0; lane++, bits >>= 16)
            if ((bits & 1) != 0)
                places[found++] = (uint32_t)i + lane;
    }
    size_t tail = phash_hamming_prefix_c(places + found, query, high + 8 * i, low + 4 * i, n - i, radius);
    for (size_t j = found; j < found + tail; j++)
        places[j] += (uint32_t)i;
    return found + tail;
}

void phash_hamming_init_neon(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_NEON) == 0)
        return;
    k->pair = hamming_pair_neon;
    k->many = hamming_many_neon;
    k->within = hamming_within_neon;
    k->gather = hamming_gather_neon;
    k->prefix = hamming_prefix_neon;
    k->isa = "neon";
}

#else
typedef int phash_hamming_neon_is_not_built; /* ISO C wants a declaration */
#endif
