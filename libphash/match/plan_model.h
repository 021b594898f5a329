/* SPDX-License-Identifier: Apache-2.0 */
/* What the planner knows about edits: which bits flip, and in which order views are worth tokens. plan_model.c holds
 * the figures and is written by bench/private/plan_fit.py (docs/protocol.md, "Planning"). */
#ifndef PHASH_MATCH_PLAN_MODEL_H
#define PHASH_MATCH_PLAN_MODEL_H

#include <phash/hash.h>
#include <stddef.h>

enum { PHASH_PLAN_RANKS = 9, PHASH_PLAN_PLACES = 5, PHASH_PLAN_CLASSES = 3 };

/** Log odds that a bit stays, when the picture differs from the listed one by what this kind of view leaves: the sum of
 *  two lines with knots, one over the bit's rank by margin (0 is the smallest of 256), one over its place in zigzag
 *  order. */
typedef struct phash_plan_flips {
    float by_rank[PHASH_PLAN_RANKS];
    float by_place[PHASH_PLAN_PLACES];
} phash_plan_flips;

/** A view that was there when the model was fitted. */
typedef struct phash_plan_view {
    const char *name;   /* as phash_view_name gives it */
    uint32_t flips;     /* index in phash_plan_flips_of */
} phash_plan_view;

/** So many tokens for a view. */
typedef struct phash_plan_step {
    uint8_t view;  /* index in phash_plan_views */
    uint8_t count; /* at least 1 */
} phash_plan_step;

/** The steps for one number of bands, the most useful first; all together at least PHASH_BUDGET_MAX tokens. */
typedef struct phash_plan_schedule {
    const phash_plan_step *steps;
    size_t n;
} phash_plan_schedule;

/** Where the lines have their knots: ranks and places of 0..255, ascending from 0 to 255. */
extern const uint8_t phash_plan_rank_knots[PHASH_PLAN_RANKS];
extern const uint8_t phash_plan_place_knots[PHASH_PLAN_PLACES];
/** Figures of each class of views. Class 0 is the picture itself. */
extern const phash_plan_flips phash_plan_flips_of[PHASH_PLAN_CLASSES];
/** The views, and how many. */
extern const phash_plan_view phash_plan_views[];
extern const size_t phash_plan_view_count;
/** Schedules for 6, 7 and 8 bands. */
extern const phash_plan_schedule phash_plan_schedules[3];

#endif
