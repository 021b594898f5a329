/* SPDX-License-Identifier: Apache-2.0 */
/* Which tokens to ask for: the likeliest variants of the bands of a picture's readings.
 *
 * Edits flip bits whose coefficient lies near the median; the margin says which. A token finds an entry only when all
 * bits of its band agree, so the plan asks for each band as it is and with its likeliest flips, best first over all
 * bands and readings together (docs/protocol.md, "Planning"). */
#ifndef PHASH_MATCH_PROBE_PLAN_H
#define PHASH_MATCH_PROBE_PLAN_H

#include "hashset/band.h"
#include "util/mem.h"

#include <phash/private.h>

/** One token to ask for. Secret. */
typedef struct phash_probe {
    uint64_t value; /* of the band */
    uint32_t band;
} phash_probe;

typedef struct phash_planner phash_planner;

/** Make a planner for up to `budget` probes a plan. */
PHASH_NODISCARD phash_status phash_planner_new(phash_planner **out, const phash_band_layout *layout, uint32_t budget,
                                               const phash_allocator *allocator);

/** Wipe and free. */
void phash_planner_free(phash_planner **planner);

/** Plan: distinct probes, likeliest first.
 *
 *  Out: probes  `budget` elements; returns how many were planned (budget but for n = 0, which gives 0)
 *  In:  readings  n <= PHASH_READINGS_PER_QUERY fingerprints, likeliest first
 *  Secret: readings and probes; the time taken depends on them. */
uint32_t phash_planner_run(phash_planner *planner, phash_probe *probes, const phash_fingerprint *readings, size_t n);

/** -log of the odds that the bit of a given rank flips; rank 0 has the smallest margin of 256. */
float phash_flip_cost(uint32_t rank);

#endif
