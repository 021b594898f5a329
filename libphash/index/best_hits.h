/* SPDX-License-Identifier: Apache-2.0 */
/* The best hits of a search in memory of the caller, when there may be more than fit. */
#ifndef PHASH_INDEX_BEST_HITS_H
#define PHASH_INDEX_BEST_HITS_H

#include <phash/index.h>

/* items is a heap of n items of item_size bytes, the worst at the root. An item begins with a phash_index_hit,
 * by which it is ordered: distance, then id. item_size is at most PHASH_BEST_ITEM_MAX. */
typedef struct phash_best_hits {
    void *items;
    size_t item_size;
    size_t capacity;
    size_t n;
    size_t n_seen;
} phash_best_hits;

#define PHASH_BEST_ITEM_MAX 64

/** Begin with nothing; items has room for capacity items and may be NULL when that is 0. */
void phash_best_init(phash_best_hits *best, void *items, size_t item_size, size_t capacity);
/** Count an item, and keep it while it is among the capacity best. Ids must be distinct. */
void phash_best_add(phash_best_hits *best, const void *item);
/** Sort the kept items, best first; after that no more can be added. */
void phash_best_finish(phash_best_hits *best);

#endif
