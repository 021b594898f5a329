/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/digest_tree.h"

#include "util/bytes.h"
#include "util/mem.h"

#include <string.h>

phash_tree_shape phash_tree_shape_of(uint64_t n)
{
    phash_tree_shape s = {0};

    for (;;) {
        s.blocks[s.levels] = n;
        s.start[s.levels] = s.total;
        s.total += n;
        s.levels++;
        if (n <= 1 || s.levels == PHASH_TREE_LEVELS_MAX)
            return s;
        n = (n + PHASH_TREE_FANOUT - 1) / PHASH_TREE_FANOUT;
    }
}

phash_status phash_tree_digest(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE], uint32_t level, uint64_t index,
                               const uint8_t *block)
{
    uint8_t head[10];
    phash_writer w = phash_writer_init(head, sizeof head);

    phash_write_u8(&w, 0);
    phash_write_u8(&w, (uint8_t)level);
    phash_write_u64le(&w, index);
    phash_part parts[] = {{head, sizeof head}, {block, PHASH_TREE_BLOCK}};
    return phash_sha256(digest, out, parts, 2);
}

/* Digest blocks are numbered from the start of the body; trees have fewer than 2^32 of them but for absurd sizes, whose
 * higher blocks are simply never in the cache. */
static bool is_cached(const phash_tree_cache *cache, uint64_t block)
{
    return cache != NULL && block < UINT32_MAX &&
           cache->verified[block % PHASH_TREE_CACHE_SLOTS] == (uint32_t)(block + 1);
}

static void add_path(phash_tree_cache *cache, const phash_tree_shape *shape, uint64_t index, uint32_t levels)
{
    for (uint32_t level = 1; cache != NULL && level < levels; level++) {
        index /= PHASH_TREE_FANOUT;
        uint64_t block = shape->start[level] + index;
        if (block < UINT32_MAX)
            cache->verified[block % PHASH_TREE_CACHE_SLOTS] = (uint32_t)(block + 1);
    }
}

phash_status phash_tree_verify(phash_digest *digest, const phash_tree_shape *shape, phash_tree_cache *cache,
                               const uint8_t root[PHASH_SHA256_SIZE], const uint8_t *body, uint64_t index)
{
    uint64_t at = index;
    uint32_t level = 0;

    if (index >= shape->blocks[0])
        return PHASH_E_INTERNAL;
    for (; level < shape->levels; level++) {
        uint8_t got[PHASH_SHA256_SIZE];
        const uint8_t *want = root;
        uint64_t block = shape->start[level] + at;
        if (level != 0 && is_cached(cache, block))
            break; /* it and all above it have been verified */
        phash_status st = phash_tree_digest(digest, got, level, at, body + block * PHASH_TREE_BLOCK);
        if (st != PHASH_OK)
            return st;
        if (level + 1 < shape->levels)
            want = body + shape->start[level + 1] * PHASH_TREE_BLOCK + at * PHASH_SHA256_SIZE;
        if (memcmp(got, want, sizeof got) != 0) /* digests of public bytes */
            return PHASH_E_CHECKSUM;
        at /= PHASH_TREE_FANOUT;
    }
    add_path(cache, shape, index, level);
    return PHASH_OK;
}

uint8_t *phash_tree_leaf(const phash_tree_shape *shape, uint8_t *upper, uint64_t index)
{
    return upper + (shape->start[1] - shape->blocks[0]) * PHASH_TREE_BLOCK + index * PHASH_SHA256_SIZE;
}

phash_status phash_tree_build(phash_digest *digest, const phash_tree_shape *shape, uint8_t root[PHASH_SHA256_SIZE],
                              uint8_t *upper)
{
    for (uint32_t level = 1; level < shape->levels; level++) {
        bool top = level + 1 == shape->levels;
        uint8_t *blocks = upper + (shape->start[level] - shape->blocks[0]) * PHASH_TREE_BLOCK;
        uint8_t *next = top ? root : blocks + shape->blocks[level] * PHASH_TREE_BLOCK;
        for (uint64_t i = 0; i < shape->blocks[level]; i++) {
            phash_status st = phash_tree_digest(digest, next + i * PHASH_SHA256_SIZE, level, i,
                                                blocks + i * PHASH_TREE_BLOCK);
            if (st != PHASH_OK)
                return st;
        }
    }
    return PHASH_OK;
}
