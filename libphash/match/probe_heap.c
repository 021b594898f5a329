/* SPDX-License-Identifier: Apache-2.0 */
#include "match/probe_heap.h"

#include "util/mem.h"

static phash_probe_node *node_of(const phash_probe_pool *pool, uint32_t link)
{
    return &pool->nodes[link - 1];
}

static uint32_t height_of(const phash_probe_pool *pool, uint32_t link)
{
    return link != 0 ? node_of(pool, link)->height : 0;
}

/* Put the children in order: the left one is never lower. */
static void settle(const phash_probe_pool *pool, phash_probe_node *node)
{
    if (height_of(pool, node->left) < height_of(pool, node->right)) {
        const uint32_t left = node->left;
        node->left = node->right;
        node->right = left;
    }
    node->height = height_of(pool, node->right) + 1;
}

/* The right spines, which are at most log2(n + 1) long, woven into one: down with the links turned round, up again. */
static uint32_t merge(const phash_probe_pool *pool, uint32_t a, uint32_t b)
{
    uint32_t above = 0;

    while (a != 0 && b != 0) {
        if (node_of(pool, b)->pattern.cost < node_of(pool, a)->pattern.cost) {
            const uint32_t swap = a;
            a = b;
            b = swap;
        }
        phash_probe_node *node = node_of(pool, a);
        const uint32_t below = node->right;
        node->right = above;
        above = a;
        a = below;
    }
    uint32_t done = a != 0 ? a : b;
    while (above != 0) {
        phash_probe_node *node = node_of(pool, above);
        const uint32_t next = node->right;
        node->right = done;
        settle(pool, node);
        done = above;
        above = next;
    }
    return done;
}

void phash_probe_push(phash_probe_pool *pool, phash_probe_heap *heap, const phash_probe_pattern *pattern)
{
    uint32_t link = pool->spare;

    if (link != 0)
        pool->spare = node_of(pool, link)->left;
    else if (pool->used < pool->room)
        link = ++pool->used;
    else
        return;
    *node_of(pool, link) = (phash_probe_node){*pattern, 0, 0, 1};
    heap->top = merge(pool, heap->top, link);
}

bool phash_probe_pop(phash_probe_pool *pool, phash_probe_heap *heap, phash_probe_pattern *pattern)
{
    const uint32_t link = heap->top;

    if (link == 0)
        return false;
    phash_probe_node *node = node_of(pool, link);
    *pattern = node->pattern;
    heap->top = merge(pool, node->left, node->right);
    node->left = pool->spare;
    pool->spare = link;
    return true;
}

void phash_probe_pool_wipe(phash_probe_pool *pool)
{
    if (pool->nodes != NULL)
        phash_wipe(pool->nodes, pool->used * sizeof *pool->nodes);
    pool->used = 0;
    pool->spare = 0;
}
