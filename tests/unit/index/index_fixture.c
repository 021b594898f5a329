/* SPDX-License-Identifier: Apache-2.0 */
#include "index_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "support/index_bytes.h"

void flip_some(test_rng *rng, phash_hash *h, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bit = test_rng_below(rng, PHASH_HASH_BITS);
        h->bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

void fill_shape(test_rng *rng, phash_hash *set, size_t n, index_shape shape)
{
    phash_hash centre;

    test_rng_fill(rng, &centre, sizeof centre);
    for (size_t i = 0; i < n; i++) {
        test_rng_fill(rng, &set[i], sizeof set[i]);
        if (shape == SHAPE_FAMILIES && test_rng_below(rng, 8) == 0)
            centre = set[i];
        if (shape == SHAPE_ALL_ZERO || shape == SHAPE_ONE_BITS)
            memset(&set[i], 0, sizeof set[i]);
        if (shape == SHAPE_ALL_EQUAL || shape == SHAPE_CLUSTERED ||
            (shape == SHAPE_FAMILIES && test_rng_below(rng, 2) != 0))
            set[i] = centre;
        if (shape == SHAPE_SAME_BAND)
            memcpy(set[i].bytes, centre.bytes, 8);
        if (shape == SHAPE_CLUSTERED || shape == SHAPE_FAMILIES)
            flip_some(rng, &set[i], test_rng_below(rng, 80));
        if (shape == SHAPE_ONE_BITS)
            flip_some(rng, &set[i], test_rng_below(rng, 4));
    }
}

uint32_t naive_distance(const phash_hash *a, const phash_hash *b)
{
    uint32_t d = 0;

    for (size_t i = 0; i < PHASH_HASH_BITS; i++)
        d += (uint32_t)((a->bytes[i / 8] ^ b->bytes[i / 8]) >> (i % 8)) & 1u;
    return d;
}

static int by_distance_then_id(const void *a, const void *b)
{
    const phash_index_hit *x = a;
    const phash_index_hit *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

void naive_hits(phash_index_hit *hits, const phash_hash *set, size_t n, const phash_hash *query)
{
    for (size_t i = 0; i < n; i++)
        hits[i] = (phash_index_hit){(uint32_t)i, naive_distance(&set[i], query)};
    qsort(hits, n, sizeof *hits, by_distance_then_id);
}

phash_plan random_plan(test_rng *rng)
{
    phash_plan plan = {0, {0}};
    const uint32_t widest = 9 + test_rng_below(rng, 6); /* tables of all widths would take long to fill */
    uint32_t bits = 0;

    for (;;) {
        const uint32_t width = PHASH_PLAN_WIDTH_MIN + test_rng_below(rng, widest - PHASH_PLAN_WIDTH_MIN + 1);
        if (bits + width > PHASH_HASH_BITS || plan.n_bands == PHASH_PLAN_BANDS_MAX || test_rng_below(rng, 24) == 0)
            break;
        plan.widths[plan.n_bands++] = (uint8_t)width;
        bits += width;
    }
    if (plan.n_bands == 0)
        plan.widths[plan.n_bands++] = 12;
    return plan;
}

phash_index *planned_index(const phash_hash *set, size_t n, const phash_plan *plan, uint64_t limit)
{
    phash_index *index = NULL;
    const phash_hash_run run = {set, n};

    if (phash_index_make(&index, PHASH_RADIUS_DEFAULT, 0, NULL) != PHASH_OK ||
        phash_segment_build(&index->segments[0], &run, 1, plan, PHASH_RADIUS_DEFAULT, &index->allocator) != PHASH_OK)
        abort();
    index->n_segments = 1;
    index->n_ids = (uint32_t)n;
    index->segments[0]->candidate_limit = limit;
    index_force_tables(index);
    return index;
}
