/* SPDX-License-Identifier: Apache-2.0 */
#include "index/best_hits.h"

#include <stdbool.h>
#include <string.h>

static void *item_at(const phash_best_hits *best, size_t i)
{
    return (uint8_t *)best->items + i * best->item_size;
}

static bool is_worse(const void *a, const void *b)
{
    phash_index_hit x;
    phash_index_hit y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x.distance != y.distance ? x.distance > y.distance : x.id > y.id;
}

void phash_best_init(phash_best_hits *best, void *items, size_t item_size, size_t capacity)
{
    best->items = items;
    best->item_size = item_size;
    best->capacity = capacity;
    best->n = 0;
    best->n_seen = 0;
}

/* Put item into the heap of n items whose root is free. */
static void sift_down(phash_best_hits *best, size_t n, const void *item)
{
    size_t hole = 0;

    for (;;) {
        size_t child = 2 * hole + 1;
        if (child >= n)
            break;
        if (child + 1 < n && is_worse(item_at(best, child + 1), item_at(best, child)))
            child++;
        if (!is_worse(item_at(best, child), item))
            break;
        memcpy(item_at(best, hole), item_at(best, child), best->item_size);
        hole = child;
    }
    memcpy(item_at(best, hole), item, best->item_size);
}

static void sift_up(phash_best_hits *best, size_t hole, const void *item)
{
    while (hole != 0 && is_worse(item, item_at(best, (hole - 1) / 2))) {
        memcpy(item_at(best, hole), item_at(best, (hole - 1) / 2), best->item_size);
        hole = (hole - 1) / 2;
    }
    memcpy(item_at(best, hole), item, best->item_size);
}

void phash_best_add(phash_best_hits *best, const void *item)
{
    best->n_seen++;
    if (best->n < best->capacity)
        sift_up(best, best->n++, item);
    else if (best->capacity != 0 && is_worse(best->items, item))
        sift_down(best, best->n, item);
}

/* Heap sort: unlike qsort it is promised not to allocate, and never takes quadratic time. */
void phash_best_finish(phash_best_hits *best)
{
    uint8_t worst[PHASH_BEST_ITEM_MAX];
    uint8_t last[PHASH_BEST_ITEM_MAX];

    for (size_t n = best->n; n > 1; n--) {
        memcpy(worst, best->items, best->item_size);
        memcpy(last, item_at(best, n - 1), best->item_size);
        sift_down(best, n - 1, last);
        memcpy(item_at(best, n - 1), worst, best->item_size);
    }
}
