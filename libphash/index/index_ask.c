/* SPDX-License-Identifier: Apache-2.0 */
/* The questions an index answers. */
#include "index/best_hits.h"
#include "index/index_handle.h"
#include "index/index_visit.h"

#include <string.h>

#define BATCH ((size_t)16)     /* queries that are scanned for together */
#define READINGS ((size_t)128) /* whose distances to a hash are taken at a time */

typedef struct plain_visit {
    void (*visit)(void *user, phash_index_hit hit);
    void *user;
} plain_visit;

static void pass_plain(void *user, phash_index_hit hit, uint32_t query)
{
    const plain_visit *p = user;

    (void)query;
    p->visit(p->user, hit);
}

void phash_index_visit(const phash_index *index, const phash_hash *query, uint32_t radius,
                       void (*visit)(void *user, phash_index_hit hit), void *user)
{
    plain_visit p = {visit, user};
    phash_ask ask = {NULL, NULL, query, 1, radius, pass_plain, &p};

    phash_index_ask(index, &ask);
}

/* Keeps a hit in the list of its query. */
static void keep_hit(void *user, phash_index_hit hit, uint32_t query)
{
    phash_best_hits *best = user;

    phash_best_add(&best[query], &hit);
}

phash_status phash_index_range_batch(const phash_index *index, phash_index_hit *hits, size_t capacity, size_t *n_found,
                                     const phash_hash *queries, size_t n_queries, uint32_t radius)
{
    phash_best_hits best[BATCH];
    phash_status st = PHASH_OK;

    if (index == NULL || (hits == NULL && capacity != 0) || (n_found == NULL && n_queries != 0) ||
        (queries == NULL && n_queries != 0) || radius > PHASH_RADIUS_MAX)
        return PHASH_E_ARGUMENT;
    for (size_t first = 0; first < n_queries; first += BATCH) {
        const size_t n = n_queries - first < BATCH ? n_queries - first : BATCH;
        phash_ask ask = {NULL, NULL, queries + first, (uint32_t)n, radius, keep_hit, best};
        for (size_t i = 0; i < n; i++)
            phash_best_init(&best[i], hits != NULL ? hits + (first + i) * capacity : NULL, sizeof *hits, capacity);
        phash_index_ask(index, &ask);
        for (size_t i = 0; i < n; i++) {
            phash_best_finish(&best[i]);
            n_found[first + i] = best[i].n_seen;
            if (best[i].n_seen > capacity)
                st = PHASH_E_BUFFER_TOO_SMALL;
        }
    }
    return st;
}

phash_status phash_index_range(const phash_index *index, phash_index_hit *hits, size_t capacity, size_t *n_found,
                               const phash_hash *query, uint32_t radius)
{
    return phash_index_range_batch(index, hits, capacity, n_found, query, 1, radius);
}

/* Readings of one picture: each entry is passed on once. */
typedef struct group {
    const phash_index *index;
    const phash_hash *readings;
    size_t n_readings;
    uint32_t radius;
    void (*visit)(void *user, phash_index_hit hit, uint32_t reading);
    void *user;
} group;

/* An entry comes once for each reading that has it within the radius. It is passed on with the first of these, so that
 * no memory for the entries seen so far is needed; all distances are taken to find the first and the nearest. */
static void pass_best(void *user, phash_index_hit hit, uint32_t reading)
{
    const group *g = user;
    const uint8_t *hash = phash_index_hash(g->index, hit.id)->bytes;
    uint16_t distances[READINGS];
    uint32_t best = reading;

    for (size_t first = 0; first < g->n_readings; first += READINGS) {
        const size_t n = g->n_readings - first < READINGS ? g->n_readings - first : READINGS;
        g->index->kernels.many(distances, hash, g->readings[first].bytes, n);
        for (size_t i = 0; i < n; i++) {
            if (first + i < reading && distances[i] <= g->radius)
                return;
            if (distances[i] < hit.distance) {
                hit.distance = distances[i];
                best = (uint32_t)(first + i);
            }
        }
    }
    g->visit(g->user, hit, best);
}

void phash_index_visit_group(const phash_index *index, const phash_hash *readings, size_t n_readings, uint32_t radius,
                             void (*visit)(void *user, phash_index_hit hit, uint32_t reading), void *user)
{
    group g = {index, readings, n_readings, radius, visit, user};
    phash_ask ask = {NULL, NULL, readings, (uint32_t)n_readings, radius, pass_best, &g};

    phash_index_ask(index, &ask);
}

_Static_assert(offsetof(phash_index_group_hit, id) == offsetof(phash_index_hit, id), "begins like a hit");
_Static_assert(offsetof(phash_index_group_hit, distance) == offsetof(phash_index_hit, distance), "begins like a hit");

static void keep_group_hit(void *user, phash_index_hit hit, uint32_t reading)
{
    const phash_index_group_hit item = {hit.id, hit.distance, reading};

    phash_best_add(user, &item);
}

phash_status phash_index_range_group(const phash_index *index, phash_index_group_hit *hits, size_t capacity,
                                     size_t *n_found, const phash_hash *readings, size_t n_readings, uint32_t radius)
{
    phash_best_hits best;

    if (index == NULL || (hits == NULL && capacity != 0) || n_found == NULL ||
        (readings == NULL && n_readings != 0) || n_readings > UINT32_MAX || radius > PHASH_RADIUS_MAX)
        return PHASH_E_ARGUMENT;
    phash_best_init(&best, hits, sizeof *hits, capacity);
    phash_index_visit_group(index, readings, n_readings, radius, keep_group_hit, &best);
    phash_best_finish(&best);
    *n_found = best.n_seen;
    return best.n_seen > capacity ? PHASH_E_BUFFER_TOO_SMALL : PHASH_OK;
}

static void keep_nearest(void *user, phash_index_hit hit, uint32_t query)
{
    phash_index_hit *nearest = user;

    (void)query;
    if (hit.distance < nearest->distance || (hit.distance == nearest->distance && hit.id < nearest->id))
        *nearest = hit;
}

/* Looks at n hashes for one nearer than the nearest so far. They come in order of their ids, so that of several as near
 * the first is kept. */
static void scan_nearest(const phash_index *index, phash_index_hit *nearest, const phash_hash *query,
                         const phash_hash *hashes, uint32_t n, uint32_t first_id)
{
    enum { BLOCK = 256 };
    uint32_t places[BLOCK];

    for (uint32_t first = 0; first < n && nearest->distance != 0; first += BLOCK) {
        const uint32_t run = n - first < BLOCK ? n - first : BLOCK;
        const uint32_t below = nearest->distance < PHASH_HASH_BITS ? nearest->distance - 1 : PHASH_HASH_BITS;
        const size_t found = index->kernels.within(places, query->bytes, hashes[first].bytes, run, below);
        for (size_t i = 0; i < found; i++) {
            const uint32_t place = first + places[i];
            const phash_index_hit hit = {first_id + place,
                                         index->kernels.pair(query->bytes, hashes[place].bytes)};
            if (hit.distance < nearest->distance && !phash_index_is_removed(index, hit.id))
                *nearest = hit;
        }
    }
}

phash_status phash_index_nearest(const phash_index *index, phash_index_hit *hit, const phash_hash *query)
{
    static const uint32_t steps[] = {7, 15, 23, PHASH_RADIUS_DEFAULT}; /* most queries have a near copy or none */
    phash_index_hit nearest = {PHASH_INDEX_NONE, UINT32_MAX};

    if (index == NULL || hit == NULL || query == NULL)
        return PHASH_E_ARGUMENT;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && nearest.id == PHASH_INDEX_NONE; i++) {
        phash_ask ask = {NULL, NULL, query, 1, steps[i], keep_nearest, &nearest};
        if (index->n_segments == 0 || !phash_segment_uses_tables(index->segments[0], steps[i]))
            break; /* then a scan is as good */
        phash_index_ask(index, &ask);
    }
    if (nearest.id == PHASH_INDEX_NONE) {
        for (uint32_t i = 0; i < index->n_segments; i++) {
            const phash_segment *s = index->segments[i];
            scan_nearest(index, &nearest, query, s->hashes, s->n, s->first_id);
        }
        scan_nearest(index, &nearest, query, index->tail, index->n_tail, index->n_ids - index->n_tail);
    }
    *hit = nearest;
    return PHASH_OK;
}
