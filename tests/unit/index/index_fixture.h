/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the index share: sets that are hard on it, and the plainest search there is. */
#ifndef PHASH_TESTS_INDEX_FIXTURE_H
#define PHASH_TESTS_INDEX_FIXTURE_H

#include <phash/index.h>

#include "index/plan.h"
#include "support/rng.h"

typedef enum index_shape {
    SHAPE_RANDOM,
    SHAPE_CLUSTERED,  /* copies of one hash with up to 79 flips */
    SHAPE_FAMILIES,   /* a few such clusters of near copies among random hashes */
    SHAPE_ALL_EQUAL,
    SHAPE_ALL_ZERO,
    SHAPE_SAME_BAND,  /* random, but for the first 64 bits, which are the same in all */
    SHAPE_ONE_BITS,   /* zeros with single ones */
    SHAPE_COUNT
} index_shape;

void fill_shape(test_rng *rng, phash_hash *set, size_t n, index_shape shape);

/** Flip up to n bits. */
void flip_some(test_rng *rng, phash_hash *h, uint32_t n);

uint32_t naive_distance(const phash_hash *a, const phash_hash *b);

/** All n hashes as hits, by distance, then id. */
void naive_hits(phash_index_hit *hits, const phash_hash *set, size_t n, const phash_hash *query);

/** A plan of random widths, from few bits to all 256. */
phash_plan random_plan(test_rng *rng);

/** An index that searches by the tables of this plan at every radius, whatever that costs. limit is the number of
 *  candidates at which a query leaves the tables. */
phash_index *planned_index(const phash_hash *set, size_t n, const phash_plan *plan, uint64_t limit);

#endif
