/* SPDX-License-Identifier: Apache-2.0 */
/* Every hash of a segment within a radius, by its tables or by looking at all of them. */
#ifndef PHASH_INDEX_SEGMENT_SEARCH_H
#define PHASH_INDEX_SEGMENT_SEARCH_H

#include "index/segment.h"

/** Takes a hit; query is the place of the query it belongs to. */
typedef void (*phash_visit_fn)(void *user, phash_index_hit hit, uint32_t query);

/** Queries and what becomes of their hits. Each hash within the radius (0..256) of a query is visited once for it, in
 *  no particular order. */
typedef struct phash_ask {
    const phash_hamming_kernels *kernels;
    const phash_blocks_kernels *blocks;
    const phash_hash *queries;
    uint32_t n_queries;
    uint32_t radius;
    phash_visit_fn visit;
    void *user;
} phash_ask;

/** Flips of a band's value, and how many bits each has: bits first, then numeric order, so that those of a narrower
 *  band are the first of each number of bits. */
typedef struct phash_flips {
    uint32_t first[PHASH_PLAN_FLIPS_MAX + 1]; /* where flips of so many bits begin */
    uint32_t counts[PHASH_PLAN_WIDTH_MAX + 1][PHASH_PLAN_FLIPS_MAX + 1]; /* how many a band of some width has */
    uint32_t masks[1 + 27 + 351 + 2925];
} phash_flips;

/** Fill in the flips of PHASH_PLAN_WIDTH_MAX bits. */
void phash_flips_init(phash_flips *flips);

/** Look at n hashes; the first has the id first_id. */
void phash_scan_hashes(const phash_ask *ask, const phash_hash *hashes, uint32_t n, uint32_t first_id);

/** Search a segment, whichever way is expected to be faster. Allocates nothing. */
void phash_segment_search(const phash_ask *ask, const phash_segment *segment, const phash_flips *flips);

/** Whether a query of this radius goes through the tables. */
bool phash_segment_uses_tables(const phash_segment *segment, uint32_t radius);

#endif
