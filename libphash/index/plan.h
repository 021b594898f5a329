/* SPDX-License-Identifier: Apache-2.0 */
/* Which bands of a hash get a table, and how many flips each is asked with (docs/index.md).
 *
 * A hash is cut into bands. An entry within r bits of a query differs, in at least one band i, in at most t_i bits,
 * if the t_i + 1 sum to more than r: else the differences would sum to at least the sum of t_i + 1 > r. So looking up,
 * for each band, every value within t_i flips of the query's finds every such entry (Norouzi, Punjani and Fleet,
 * "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012, with a budget for each band). */
#ifndef PHASH_INDEX_PLAN_H
#define PHASH_INDEX_PLAN_H

#include <phash/hash.h>
#include <phash/phash.h>
#include <stdbool.h>

#include "util/mem.h"

#define PHASH_PLAN_BANDS_MAX 32
#define PHASH_PLAN_WIDTH_MIN 8
#define PHASH_PLAN_WIDTH_MAX 27
#define PHASH_PLAN_FLIPS_MAX 3

/** Bands follow each other from bit 0; their widths sum to at most 256. Without bands every query is a scan. */
typedef struct phash_plan {
    uint32_t n_bands;
    uint8_t widths[PHASH_PLAN_BANDS_MAX];
} phash_plan;

/** How a query of each radius is answered. */
typedef struct phash_budgets {
    int8_t flips[PHASH_RADIUS_MAX + 1][PHASH_PLAN_BANDS_MAX]; /* of each band; -1: the band is not looked at */
    bool scan[PHASH_RADIUS_MAX + 1];                          /* looking at every hash costs less */
    float cost[PHASH_RADIUS_MAX + 1];                         /* expected nanoseconds */
} phash_budgets;

/** Bytes of the tables of a plan for n hashes; UINT64_MAX when the plan is none. */
uint64_t phash_plan_bytes(const phash_plan *plan, uint64_t n);

/** Whether widths and their sum are within bounds. */
bool phash_plan_is_valid(const phash_plan *plan);

/** Choose the plan that answers queries of a radius fastest with tables of at most max_bytes; no bands when a scan is
 *  expected to be as fast, or when nothing fits. prefix_ns is what the scan of 96 bits of a hash takes. May say
 *  PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_plan_choose(phash_plan *plan, uint64_t n, uint32_t radius, uint64_t max_bytes,
                                               double prefix_ns, const phash_allocator *allocator);

/** Work out the cheapest exact budgets of a plan for every radius. */
void phash_budgets_fill(phash_budgets *budgets, const phash_plan *plan, uint64_t n);

/** Candidates that cost about as much as a scan of n hashes: a query that meets more is better off scanning. */
uint64_t phash_plan_candidate_limit(uint64_t n);

#endif
