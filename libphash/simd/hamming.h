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

/** Find the hashes (32 bytes each, one after another) within radius (0..256) of query: stores their places, 0..n-1,
 *  ascending, and returns how many there are.
 *
 *  n may be 0 and is below 2^32; places has room for n; no alignment needed; exact in every variant. */
typedef size_t phash_hamming_within(uint32_t *places, const uint8_t *query, const uint8_t *set, size_t n,
                                    uint32_t radius);

/** The same for chosen hashes of a set: place i stands for the hash at set + 32 * ids[i]. */
typedef size_t phash_hamming_gather(uint32_t *places, const uint8_t *query, const uint8_t *set, const uint32_t *ids,
                                    size_t n, uint32_t radius);

/** The same for the first 12 bytes of hashes only, of which the first 8 lie at high + 8 * i and the other 4 at
 *  low + 4 * i: what is not within radius there is not within radius as a whole. Reads 12 bytes of query. */
typedef size_t phash_hamming_prefix(uint32_t *places, const uint8_t *query, const uint8_t *high, const uint8_t *low,
                                    size_t n, uint32_t radius);

typedef struct phash_hamming_kernels {
    phash_hamming_pair *pair;
    phash_hamming_many *many;
    phash_hamming_within *within;
    phash_hamming_gather *gather;
    phash_hamming_prefix *prefix;
    const char *isa; /* "c", "avx2", "avx512", "neon" */
} phash_hamming_kernels;

void phash_hamming_kernels_init(phash_hamming_kernels *k, uint32_t cpu_flags);

/* Variants finish short tails with these; pair_c is also what code without a table uses. */
phash_hamming_pair phash_hamming_pair_c;
phash_hamming_many phash_hamming_many_c;
phash_hamming_within phash_hamming_within_c;
phash_hamming_gather phash_hamming_gather_c;
phash_hamming_prefix phash_hamming_prefix_c;

void phash_hamming_init_avx2(phash_hamming_kernels *k, uint32_t cpu_flags);
void phash_hamming_init_avx512(phash_hamming_kernels *k, uint32_t cpu_flags);
void phash_hamming_init_neon(phash_hamming_kernels *k, uint32_t cpu_flags);

#endif
