/* SPDX-License-Identifier: Apache-2.0 */
/* Which tokens to ask for: the likeliest variants of the bands of a picture's views.
 *
 * Edits flip bits whose coefficient lies near the median; the margin says which. A token finds an entry only when all
 * bits of its band agree, so the plan asks for each band as it is and with its likeliest flips, best first over all
 * bands of a view; and it goes from view to view as plan_model.c says (docs/protocol.md, "Planning").
 *
 * The planner itself is public, for those who measure: phash/private.h. */
#ifndef PHASH_MATCH_PROBE_PLAN_H
#define PHASH_MATCH_PROBE_PLAN_H

#include "hashset/band.h"
#include "match/plan_model.h"
#include "util/mem.h"

#include <phash/private.h>

/** Log odds that a bit stays as it is, never below PHASH_STAY_MIN: its rank by margin and its place in zigzag order,
 *  both 0..255. */
float phash_stay_odds(const phash_plan_flips *flips, uint32_t rank, uint32_t place);
#define PHASH_STAY_MIN 0.02f

#endif
