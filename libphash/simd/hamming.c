/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/hamming.h"

#include "util/cpu.h"

#include <string.h>

/* Ones in a word: sums of neighbouring 1, 2, 4 and 8-bit fields, then of the eight bytes by a product
 * (Warren, "Hacker's Delight", section 5-1). */
static uint32_t count_ones(uint64_t x)
{
    x -= (x >> 1) & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (uint32_t)((x * UINT64_C(0x0101010101010101)) >> 56);
}

uint32_t phash_hamming_pair_c(const uint8_t *a, const uint8_t *b)
{
    uint64_t x[4];
    uint64_t y[4];
    uint32_t ones = 0;

    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    for (size_t i = 0; i < 4; i++)
        ones += count_ones(x[i] ^ y[i]);
    return ones;
}

void phash_hamming_many_c(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n)
{
    for (size_t i = 0; i < n; i++)
        distances[i] = (uint16_t)phash_hamming_pair_c(query, set + 32 * i);
}

/* Every place is stored, and kept when the count moves past it: no branch to mispredict. */
size_t phash_hamming_within_c(uint32_t *places, const uint8_t *query, const uint8_t *set, size_t n, uint32_t radius)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        places[found] = (uint32_t)i;
        found += phash_hamming_pair_c(query, set + 32 * i) <= radius;
    }
    return found;
}

size_t phash_hamming_gather_c(uint32_t *places, const uint8_t *query, const uint8_t *set, const uint32_t *ids,
                              size_t n, uint32_t radius)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        places[found] = (uint32_t)i;
        found += phash_hamming_pair_c(query, set + 32 * (size_t)ids[i]) <= radius;
    }
    return found;
}

size_t phash_hamming_prefix_c(uint32_t *places, const uint8_t *query, const uint8_t *high, const uint8_t *low,
                              size_t n, uint32_t radius)
{
    size_t found = 0;
    uint64_t q[2] = {0, 0};
    uint64_t x[2] = {0, 0};

    memcpy(q, query, 12);
    for (size_t i = 0; i < n; i++) {
        memcpy(&x[0], high + 8 * i, 8);
        memcpy(&x[1], low + 4 * i, 4);
        places[found] = (uint32_t)i;
        found += count_ones(x[0] ^ q[0]) + count_ones(x[1] ^ q[1]) <= radius;
    }
    return found;
}

void phash_hamming_kernels_init(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    k->pair = phash_hamming_pair_c;
    k->many = phash_hamming_many_c;
    k->within = phash_hamming_within_c;
    k->gather = phash_hamming_gather_c;
    k->prefix = phash_hamming_prefix_c;
    k->isa = "c";
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_hamming_init_avx2(k, cpu_flags);
    phash_hamming_init_avx512(k, cpu_flags);
#elif !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
    phash_hamming_init_neon(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
