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

void phash_hamming_kernels_init(phash_hamming_kernels *k, uint32_t cpu_flags)
{
    k->pair = phash_hamming_pair_c;
    k->many = phash_hamming_many_c;
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
