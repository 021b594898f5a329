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

phash_status phash_tree_verify(phash_digest *digest, const phash_tree_shape *shape,
                               const uint8_t root[PHASH_SHA256_SIZE], const uint8_t *body, uint64_t index)
{
    if (index >= shape->blocks[0])
        return PHASH_E_INTERNAL;
    for (uint32_t level = 0; level < shape->levels; level++) {
        uint8_t got[PHASH_SHA256_SIZE];
        const uint8_t *want = root;
        const uint8_t *block = body + (shape->start[level] + index) * PHASH_TREE_BLOCK;
        phash_status st = phash_tree_digest(digest, got, level, index, block);
        if (st != PHASH_OK)
            return st;
        if (level + 1 < shape->levels)
            want = body + shape->start[level + 1] * PHASH_TREE_BLOCK + index * PHASH_SHA256_SIZE;
        if (memcmp(got, want, sizeof got) != 0) /* digests of public bytes */
            return PHASH_E_CHECKSUM;
        index /= PHASH_TREE_FANOUT;
    }
    return PHASH_OK;
}

phash_status phash_tree_build(phash_digest *digest, const phash_tree_shape *shape, uint8_t root[PHASH_SHA256_SIZE],
                              uint8_t *body)
{
    for (uint32_t level = 0; level < shape->levels; level++) {
        bool top = level + 1 == shape->levels;
        uint8_t *next = top ? root : body + shape->start[level + 1] * PHASH_TREE_BLOCK;
        if (!top)
            memset(next, 0, shape->blocks[level + 1] * PHASH_TREE_BLOCK);
        for (uint64_t i = 0; i < shape->blocks[level]; i++) {
            const uint8_t *block = body + (shape->start[level] + i) * PHASH_TREE_BLOCK;
            phash_status st = phash_tree_digest(digest, next + i * PHASH_SHA256_SIZE, level, i, block);
            if (st != PHASH_OK)
                return st;
        }
    }
    return PHASH_OK;
}
