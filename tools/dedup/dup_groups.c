/* SPDX-License-Identifier: Apache-2.0 */
#include "dedup/dup_groups.h"

#include <phash/index.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Items with equal hashes are one in the index: a thousand copies of a picture are not a million pairs. */
typedef struct grouping {
    dup_item *items;
    uint32_t *parent; /* a forest of joined items (Galler and Fischer, 1964) */
    uint32_t *first;  /* of each distinct hash an item that has it */
    phash_hash *distinct;
    size_t n;
    size_t n_distinct;
    phash_index *index;
    phash_index_group_hit *hits;
    size_t room;
} grouping;

static uint32_t root_of(grouping *g, uint32_t i)
{
    while (g->parent[i] != i) {
        g->parent[i] = g->parent[g->parent[i]];
        i = g->parent[i];
    }
    return i;
}

/* Of two groups the one with the larger picture, or the earlier one, gives the name. */
static void join(grouping *g, uint32_t a, uint32_t b, uint32_t distance)
{
    if (distance < g->items[a].distance)
        g->items[a].distance = distance;
    if (distance < g->items[b].distance)
        g->items[b].distance = distance;
    a = root_of(g, a);
    b = root_of(g, b);
    if (a == b)
        return;
    const uint64_t size_a = g->items[a].size;
    const uint64_t size_b = g->items[b].size;
    const bool a_leads = size_a > size_b || (size_a == size_b && a < b);
    g->parent[a_leads ? b : a] = a_leads ? a : b;
}

typedef struct hash_place {
    phash_hash hash;
    uint32_t item;
} hash_place;

static int by_hash(const void *left, const void *right)
{
    const hash_place *a = left;
    const hash_place *b = right;
    const int order = memcmp(a->hash.bytes, b->hash.bytes, PHASH_HASH_SIZE);

    return order != 0 ? order : (a->item > b->item) - (a->item < b->item);
}

/* Join equal hashes and keep one of each. */
static phash_status find_distinct(grouping *g)
{
    hash_place *places = malloc(g->n * sizeof *places);

    if (places == NULL)
        return PHASH_E_NO_MEMORY;
    for (size_t i = 0; i < g->n; i++)
        places[i] = (hash_place){g->items[i].hashes[0], (uint32_t)i};
    qsort(places, g->n, sizeof *places, by_hash);
    for (size_t i = 0; i < g->n; i++) {
        const bool is_new = i == 0 || memcmp(&places[i].hash, &places[i - 1].hash, sizeof places[i].hash) != 0;
        if (!is_new) {
            join(g, g->first[g->n_distinct - 1], places[i].item, 0);
            continue;
        }
        g->first[g->n_distinct] = places[i].item;
        g->distinct[g->n_distinct++] = places[i].hash;
    }
    free(places);
    return PHASH_OK;
}

static phash_status look_up(grouping *g, size_t *found, const dup_item *item, uint32_t radius)
{
    phash_status st = phash_index_range_group(g->index, g->hits, g->room, found, item->hashes, item->n, radius);

    if (st != PHASH_E_BUFFER_TOO_SMALL)
        return st;
    phash_index_group_hit *grown = realloc(g->hits, *found * sizeof *grown);
    if (grown == NULL)
        return PHASH_E_NO_MEMORY;
    g->hits = grown;
    g->room = *found;
    return phash_index_range_group(g->index, g->hits, g->room, found, item->hashes, item->n, radius);
}

static phash_status join_near(grouping *g, uint32_t radius)
{
    const phash_index_params params = {.struct_size = sizeof params, .radius = radius};
    phash_status st = phash_index_build(&g->index, g->distinct, g->n_distinct, &params, NULL);

    for (size_t d = 0; st == PHASH_OK && d < g->n_distinct; d++) {
        const uint32_t item = g->first[d];
        size_t found = 0;
        st = look_up(g, &found, &g->items[item], radius);
        for (size_t i = 0; st == PHASH_OK && i < found; i++)
            if (g->hits[i].id != d)
                join(g, item, g->first[g->hits[i].id], g->hits[i].distance);
    }
    return st;
}

static void settle(grouping *g)
{
    for (size_t i = 0; i < g->n; i++)
        g->items[i].group = root_of(g, (uint32_t)i);
}

phash_status dup_groups(dup_item *items, size_t n, uint32_t radius)
{
    grouping g = {.items = items, .n = n};
    phash_status st = PHASH_E_NO_MEMORY;

    if (n >= UINT32_MAX)
        return PHASH_E_LIMIT;
    if (n == 0)
        return PHASH_OK;
    g.parent = malloc(n * sizeof *g.parent);
    g.first = malloc(n * sizeof *g.first);
    g.distinct = malloc(n * sizeof *g.distinct);
    if (g.parent != NULL && g.first != NULL && g.distinct != NULL) {
        for (size_t i = 0; i < n; i++) {
            g.parent[i] = (uint32_t)i;
            items[i].distance = UINT32_MAX;
        }
        st = find_distinct(&g);
    }
    if (st == PHASH_OK)
        st = join_near(&g, radius);
    if (st == PHASH_OK)
        settle(&g);
    phash_index_free(&g.index);
    free(g.hits);
    free(g.parent);
    free(g.first);
    free(g.distinct);
    return st;
}
