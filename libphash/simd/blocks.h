/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: where the ids of a band's values are, read from blocks (docs/formats/index.md, "Blocks"). */
#ifndef PHASH_SIMD_BLOCKS_H
#define PHASH_SIMD_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/** A block is a cache line that tells where the ids of 2^shape neighbouring values begin: the place of the first id of
 *  the first value (4 bytes), then for each value, and for the one after the last, how much later its ids begin, in
 *  448 / 2^shape bits from bit 32 on. What is too large for its bits is stored as all ones: then a value's ids are
 *  only known to lie among those of others. A last block holds the number of all ids. */
#define PHASH_BLOCK_SIZE 64
#define PHASH_BLOCK_BITS 448u

/** How many places kernels may write past the last. */
#define PHASH_BLOCKS_SPARE 8

/** Read the blocks of n values: stores the spans that are not empty (starts[i] to ends[i] - 1, for the value kept[i])
 *  in the order of the values, and returns how many there are.
 *
 *  starts, ends and kept have room for n + PHASH_BLOCKS_SPARE; shape is 4, 5 or 6; blocks holds a block for each
 *  2^shape values and one more. A span that ends past n_ids is taken for empty: nothing in the blocks makes a reader
 *  leave the ids. Exact in every variant. */
typedef size_t phash_blocks_find(uint32_t *starts, uint32_t *ends, uint32_t *kept, const uint8_t *blocks,
                                 uint32_t shape, const uint32_t *values, size_t n, uint32_t n_ids);

typedef struct phash_blocks_kernels {
    phash_blocks_find *find;
    const char *isa; /* "c", "avx512" */
} phash_blocks_kernels;

void phash_blocks_kernels_init(phash_blocks_kernels *k, uint32_t cpu_flags);

/** The plain kernel; variants finish short tails with it. */
phash_blocks_find phash_blocks_find_c;

void phash_blocks_init_avx512(phash_blocks_kernels *k, uint32_t cpu_flags);

#endif
