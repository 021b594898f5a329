/* SPDX-License-Identifier: Apache-2.0 */
/* Exact search by looking at every hash, a block at a time: the distances of a block stay in the nearest cache. */
#include "index/best_hits.h"
#include "index/index_visit.h"
#include "simd/hamming.h"
#include "util/cpu.h"
#include "util/mem.h"

#include <string.h>

#define ALIGNMENT ((size_t)64) /* two hashes, one cache line */
#define BLOCK ((size_t)256)    /* hashes: 8 KiB, and 512 bytes of distances */

struct phash_index {
    phash_allocator allocator;
    void *storage;      /* what was allocated */
    phash_hash *hashes; /* aligned, inside storage */
    size_t n;
    phash_hamming_kernels kernels;
};

phash_status phash_index_new(phash_index **out, const phash_hash *hashes, size_t n, const phash_options *options)
{
    if (out == NULL || (hashes == NULL && n != 0))
        return PHASH_E_ARGUMENT;
    if (n > UINT32_MAX - 1) /* PHASH_INDEX_NONE is no id */
        return PHASH_E_LIMIT;
    phash_allocator allocator = phash_allocator_from(options);
    phash_index *index = phash_alloc(&allocator, 1, sizeof *index);
    if (index == NULL)
        return PHASH_E_NO_MEMORY;
    void *storage = phash_alloc(&allocator, n + ALIGNMENT / sizeof *hashes, sizeof *hashes);
    if (storage == NULL) {
        phash_release(&allocator, index);
        return PHASH_E_NO_MEMORY;
    }
    index->allocator = allocator;
    index->storage = storage;
    index->hashes = (phash_hash *)(void *)((uint8_t *)storage + (-(uintptr_t)storage & (ALIGNMENT - 1)));
    index->n = n;
    phash_hamming_kernels_init(&index->kernels, phash_cpu_flags());
    if (n != 0)
        memcpy(index->hashes, hashes, n * sizeof *hashes);
    *out = index;
    return PHASH_OK;
}

void phash_index_free(phash_index **index)
{
    if (index == NULL || *index == NULL)
        return;
    phash_allocator allocator = (*index)->allocator;
    phash_release(&allocator, (*index)->storage);
    phash_release(&allocator, *index);
    *index = NULL;
}

size_t phash_index_count(const phash_index *index)
{
    return index != NULL ? index->n : 0;
}

uint32_t phash_index_distance(const phash_index *index, uint32_t id, const phash_hash *query)
{
    return index->kernels.pair(query->bytes, index->hashes[id].bytes);
}

void phash_index_visit(const phash_index *index, const phash_hash *query, uint32_t radius,
                       void (*visit)(void *user, phash_index_hit hit), void *user)
{
    uint16_t distances[BLOCK];

    for (size_t first = 0; first < index->n; first += BLOCK) {
        size_t n = index->n - first < BLOCK ? index->n - first : BLOCK;
        index->kernels.many(distances, query->bytes, index->hashes[first].bytes, n);
        for (size_t i = 0; i < n; i++) {
            if (distances[i] <= radius) {
                const phash_index_hit hit = {(uint32_t)(first + i), distances[i]};
                visit(user, hit);
            }
        }
    }
}

static void keep_hit(void *user, phash_index_hit hit)
{
    phash_best_add(user, &hit);
}

phash_status phash_index_range(const phash_index *index, phash_index_hit *hits, size_t capacity, size_t *n_found,
                               const phash_hash *query, uint32_t radius)
{
    phash_best_hits best;

    if (index == NULL || (hits == NULL && capacity != 0) || n_found == NULL || query == NULL ||
        radius > PHASH_RADIUS_MAX)
        return PHASH_E_ARGUMENT;
    phash_best_init(&best, hits, sizeof *hits, capacity);
    phash_index_visit(index, query, radius, keep_hit, &best);
    phash_best_finish(&best);
    *n_found = best.n_seen;
    return best.n_seen > capacity ? PHASH_E_BUFFER_TOO_SMALL : PHASH_OK;
}

phash_status phash_index_nearest(const phash_index *index, phash_index_hit *hit, const phash_hash *query)
{
    phash_index_hit nearest = {PHASH_INDEX_NONE, UINT32_MAX};
    uint16_t distances[BLOCK];

    if (index == NULL || hit == NULL || query == NULL)
        return PHASH_E_ARGUMENT;
    for (size_t first = 0; first < index->n; first += BLOCK) {
        size_t n = index->n - first < BLOCK ? index->n - first : BLOCK;
        index->kernels.many(distances, query->bytes, index->hashes[first].bytes, n);
        for (size_t i = 0; i < n; i++) {
            if (distances[i] < nearest.distance) {
                nearest.id = (uint32_t)(first + i);
                nearest.distance = distances[i];
            }
        }
    }
    *hit = nearest;
    return PHASH_OK;
}
