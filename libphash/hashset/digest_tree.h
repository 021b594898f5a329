/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of SHA-256 digests over fixed blocks: a reader that trusts the root can verify any block by itself
 * (Merkle, "A Digital Signature Based on a Conventional Encryption Function", 1987). */
#ifndef PHASH_HASHSET_DIGEST_TREE_H
#define PHASH_HASHSET_DIGEST_TREE_H

#include "oprf/digest.h"

#include <phash/phash.h>

#define PHASH_TREE_BLOCK 4096u
#define PHASH_TREE_FANOUT (PHASH_TREE_BLOCK / PHASH_SHA256_SIZE) /* 128 */
#define PHASH_TREE_LEVELS_MAX 7u                                /* 128^6 = 2^42 blocks */

/** Where the levels lie. Level 0 is the body; level l + 1 holds the digests of the blocks of level l, padded with zeros
 *  to whole blocks; the last level is one block, and its digest is the root. */
typedef struct phash_tree_shape {
    uint32_t levels;                          /* at least 1 */
    uint64_t blocks[PHASH_TREE_LEVELS_MAX];   /* blocks of each level */
    uint64_t start[PHASH_TREE_LEVELS_MAX];    /* first block of each level, counted from the start of the body */
    uint64_t total;                           /* blocks of all levels */
} phash_tree_shape;

/** Shape for a body of n blocks, 1 <= n < 2^40. */
phash_tree_shape phash_tree_shape_of(uint64_t n);

/** Digest of one block: SHA-256(0x00 || level || index, 8 bytes little-endian || block). */
PHASH_NODISCARD phash_status phash_tree_digest(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE], uint32_t level,
                                               uint64_t index, const uint8_t *block);

#define PHASH_TREE_CACHE_SLOTS 512u

/** Digest blocks that have been verified already: looking up many tokens would verify the same few again and again.
 *  Of fixed size, so that memory does not grow with the set; all zeros is an empty one. One per thread and tree. */
typedef struct phash_tree_cache {
    uint32_t verified[PHASH_TREE_CACHE_SLOTS]; /* low half of (block + 1), at slot block % PHASH_TREE_CACHE_SLOTS */
} phash_tree_cache;

/** Verify block `index` of level 0 up to the root, or up to a digest block that is in the cache. The block itself is
 *  hashed every time. body is the whole tree (shape->total blocks), untrusted. cache may be NULL.
 *  PHASH_E_CHECKSUM when a digest does not agree. */
PHASH_NODISCARD phash_status phash_tree_verify(phash_digest *digest, const phash_tree_shape *shape,
                                               phash_tree_cache *cache, const uint8_t root[PHASH_SHA256_SIZE],
                                               const uint8_t *body, uint64_t index);

/** Where the digest of block `index` of level 0 belongs, in `upper`: the blocks of all levels but 0, in order. Only for
 *  shapes of two levels or more. */
uint8_t *phash_tree_leaf(const phash_tree_shape *shape, uint8_t *upper, uint64_t index);

/** Compute the levels above the first digest level, and the root. upper is zeros but for the digests of level 0. */
PHASH_NODISCARD phash_status phash_tree_build(phash_digest *digest, const phash_tree_shape *shape,
                                              uint8_t root[PHASH_SHA256_SIZE], uint8_t *upper);

#endif
