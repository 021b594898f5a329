/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: in how many of 256 bits do hashes differ. */
#ifndef PHASH_SIMD_HAMMING_H
#define PHASH_SIMD_HAMMING_H

#include <stddef.h>
#include <stdint.h>

/** Count the differing bits of two hashes of 32 bytes: 0..256. No alignment needed; a may be b. */
typedef uint32_t phash_hamming_pair(const uint8_t *a, const uint8_t *b);

/** Count the differing bits between query (32 bytes) and each of n hashes (32 bytes each, one after another):
 *  distances[i] = pair(query, set + 32 * i).
 *
 *  n may be 0; no alignment needed; distances must not overlap the inputs; exact in every variant. */
typedef void phash_hamming_many(uint16_t *distances, const uint8_t *query, const uint8_t *set, size_t n);

typedef struct phash_hamming_kernels {
    phash_hamming_pair *pair;
    phash_hamming_many *many;
    const char *isa; /* "c", "avx2", "avx512", "neon" */
} phash_hamming_kernels;

void phash_hamming_kernels_init(phash_hamming_kernels *k, uint32_t cpu_flags);

/* Variants finish short tails with these; pair_c is also what code without a table uses. */
phash_hamming_pair phash_hamming_pair_c;
phash_hamming_many phash_hamming_many_c;

void phash_hamming_init_avx2(phash_hamming_kernels *k, uint32_t cpu_flags);
void phash_hamming_init_avx512(phash_hamming_kernels *k, uint32_t cpu_flags);
void phash_hamming_init_neon(phash_hamming_kernels *k, uint32_t cpu_flags);

#endif
