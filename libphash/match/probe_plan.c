/* SPDX-License-Identifier: Apache-2.0 */
#include "match/probe_plan.h"

#include "match/probe_heap.h"

#include <phash/match.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VIEWS = PHASH_VIEWS_MAX, NO_READING = UINT32_MAX };

/* A second reading of the same view (as stored, or with alpha dropped) is half as likely to be the one listed. */
#define LATER_READING_COST 0.7f

/* Flip patterns of one band of one reading, in order of likelihood. */
typedef struct stream {
    uint64_t value;
    uint32_t band;
    uint32_t bits;
    float cost[PHASH_BAND_BITS_MAX];       /* of flipping a bit, ascending */
    uint8_t position[PHASH_BAND_BITS_MAX]; /* which bit that is */
} stream;

/* All readings of one view take turns as their patterns' likelihoods say. */
typedef struct view_source {
    phash_probe_heap heap;
    const phash_plan_flips *flips;
    uint32_t first; /* reading, or NO_READING */
    bool begun;
} view_source;

/* One of the schedule's steps for views that exist. */
typedef struct planned_step {
    uint32_t view; /* id */
    uint32_t count;
} planned_step;

struct phash_planner {
    phash_allocator allocator;
    phash_band_layout layout;
    uint8_t place[PHASH_HASH_BITS]; /* of each hash bit in zigzag order */
    uint32_t budget;
    uint32_t views; /* that phash_hasher_views can make */
    size_t step_count;
    planned_step *steps;
    view_source sources[VIEWS];
    uint32_t next[PHASH_READINGS_PER_QUERY]; /* reading of the same view, or NO_READING */
    uint32_t stream_count;
    stream *streams;       /* PHASH_READINGS_PER_QUERY x bands */
    phash_probe_pool pool; /* what waits in all heaps */
    uint32_t slot_mask;
    uint16_t *slots; /* hash table of planned probes: index + 1, 0 is free */
};

/* Value at x of the line through the knots. */
static float on_line(const float *y, const uint8_t *knots, size_t n, uint32_t x)
{
    size_t k = 1;

    while (k + 1 < n && x > knots[k])
        k++;
    const float share = (float)(x - knots[k - 1]) / (float)(knots[k] - knots[k - 1]);
    return y[k - 1] + (y[k] - y[k - 1]) * share;
}

float phash_stay_odds(const phash_plan_flips *flips, uint32_t rank, uint32_t place)
{
    const float odds = on_line(flips->by_rank, phash_plan_rank_knots, PHASH_PLAN_RANKS, rank) +
                       on_line(flips->by_place, phash_plan_place_knots, PHASH_PLAN_PLACES, place);

    return odds > PHASH_STAY_MIN ? odds : PHASH_STAY_MIN;
}

static uint32_t count_views(void)
{
    uint32_t n = 0;

    while (n < VIEWS && strcmp(phash_view_name(n), "unknown") != 0)
        n++;
    return n;
}

static uint32_t view_id(const phash_planner *p, const char *name)
{
    for (uint32_t id = 0; id < p->views; id++)
        if (strcmp(phash_view_name(id), name) == 0)
            return id;
    return VIEWS;
}

/* The schedule goes by names, so that it holds when the list of views changes. Views that it does not know come at the
 * end, each band once. */
static void take_schedule(phash_planner *p, const phash_plan_schedule *schedule)
{
    uint32_t ids[VIEWS];
    bool known[VIEWS] = {false};

    for (uint32_t id = 0; id < VIEWS; id++)
        p->sources[id].flips = &phash_plan_flips_of[PHASH_PLAN_CLASSES - 1];
    for (size_t i = 0; i < phash_plan_view_count; i++) {
        ids[i] = view_id(p, phash_plan_views[i].name);
        if (ids[i] < VIEWS)
            p->sources[ids[i]].flips = &phash_plan_flips_of[phash_plan_views[i].flips];
    }
    for (size_t i = 0; i < schedule->n; i++) {
        const uint32_t id = ids[schedule->steps[i].view];
        if (id == VIEWS)
            continue;
        p->steps[p->step_count++] = (planned_step){id, schedule->steps[i].count};
        known[id] = true;
    }
    for (uint32_t id = 0; id < p->views; id++)
        if (!known[id])
            p->steps[p->step_count++] = (planned_step){id, p->layout.bands};
}

static phash_status planner_init(phash_planner *p, uint32_t bands, uint32_t budget)
{
    const phash_plan_schedule *schedule = &phash_plan_schedules[bands - PHASH_BANDS_MIN];
    const phash_allocator *a = &p->allocator;
    uint32_t slots = 2;

    while (slots < 2 * budget)
        slots *= 2;
    p->budget = budget;
    p->views = count_views();
    p->slot_mask = slots - 1;
    for (uint32_t at = 0; at < PHASH_HASH_BITS; at++)
        p->place[p->layout.bit[at]] = (uint8_t)at;
    p->steps = phash_alloc(a, schedule->n + VIEWS, sizeof *p->steps);
    p->streams = phash_alloc(a, (size_t)PHASH_READINGS_PER_QUERY * bands, sizeof *p->streams);
    p->slots = phash_alloc(a, slots, sizeof *p->slots);
    /* Each pattern taken adds at most one to those that wait. Duplicates are taken too, but a picture whose views give
     * the same probes four times over is no picture; phash_probe_push drops what there is no room for. */
    p->pool.room = PHASH_READINGS_PER_QUERY * bands + 4 * budget;
    p->pool.nodes = phash_alloc(a, p->pool.room, sizeof *p->pool.nodes);
    if (p->steps == NULL || p->streams == NULL || p->slots == NULL || p->pool.nodes == NULL)
        return PHASH_E_NO_MEMORY;
    take_schedule(p, schedule);
    return PHASH_OK;
}

phash_status phash_planner_new(phash_planner **out, uint32_t bands, uint32_t budget, const phash_options *options)
{
    phash_band_layout layout;

    if (out == NULL || budget == 0 || budget > PHASH_BUDGET_MAX || phash_band_layout_init(&layout, bands) != PHASH_OK)
        return PHASH_E_ARGUMENT;
    const phash_allocator a = phash_allocator_from(options);
    phash_planner *p = phash_alloc(&a, 1, sizeof *p);
    if (p == NULL)
        return PHASH_E_NO_MEMORY;
    p->allocator = a;
    p->layout = layout;
    const phash_status st = planner_init(p, bands, budget);
    if (st == PHASH_OK)
        *out = p;
    else
        phash_planner_free(&p);
    return st;
}

/* Wipes what the last plan left. */
static void forget_plan(phash_planner *p)
{
    if (p->streams != NULL)
        phash_wipe(p->streams, p->stream_count * sizeof *p->streams);
    if (p->slots != NULL)
        phash_wipe(p->slots, ((size_t)p->slot_mask + 1) * sizeof *p->slots);
    phash_probe_pool_wipe(&p->pool);
    p->stream_count = 0;
}

void phash_planner_free(phash_planner **planner)
{
    if (planner == NULL || *planner == NULL)
        return;
    phash_planner *p = *planner;
    phash_allocator a = p->allocator;
    forget_plan(p);
    phash_release(&a, p->steps);
    phash_release(&a, p->streams);
    phash_release(&a, p->slots);
    phash_release(&a, p->pool.nodes);
    phash_release_secret(&a, p, sizeof *p);
    *planner = NULL;
}

typedef struct ranked_bit {
    float margin;
    uint32_t bit;
} ranked_bit;

static int by_margin(const void *left, const void *right)
{
    const ranked_bit *a = left;
    const ranked_bit *b = right;

    if (a->margin < b->margin || a->margin > b->margin)
        return a->margin < b->margin ? -1 : 1;
    return (a->bit > b->bit) - (a->bit < b->bit);
}

/* odds[k]: log odds that bit k stays. */
static void find_odds(float odds[PHASH_HASH_BITS], const phash_planner *p, const phash_plan_flips *flips,
                      const phash_fingerprint *reading)
{
    ranked_bit bits[PHASH_HASH_BITS];

    for (uint32_t k = 0; k < PHASH_HASH_BITS; k++) {
        float margin = reading->margin[k];
        bits[k].margin = isfinite(margin) ? margin : 0;
        bits[k].bit = k;
    }
    qsort(bits, PHASH_HASH_BITS, sizeof *bits, by_margin);
    for (uint32_t rank = 0; rank < PHASH_HASH_BITS; rank++)
        odds[bits[rank].bit] = phash_stay_odds(flips, rank, p->place[bits[rank].bit]);
    phash_wipe(bits, sizeof bits);
}

/* -log(1 - p) of log odds that are not negative: log(1 + exp(-odds)), linear between multiples of a half, without the
 * mathematical library. */
static float stay_cost(float odds)
{
    static const float at_halves[] = {
        0.6931f, 0.4741f, 0.3133f, 0.2014f, 0.1269f, 0.0789f, 0.0486f, 0.0298f, 0.0181f, 0.0110f, 0.0067f,
        0.0041f, 0.0025f, 0.0015f, 0.0009f, 0.0006f, 0.0003f
    };
    const size_t last = sizeof at_halves / sizeof *at_halves - 1;
    const size_t half = (size_t)(2 * odds);

    if (half >= last)
        return at_halves[last];
    return at_halves[half] + (at_halves[half + 1] - at_halves[half]) * (2 * odds - (float)half);
}

/* Sort the bits of a band by how easily they flip, and give the cost of none flipped: the sum of -log(1 - p). */
static float stream_init(stream *s, const phash_band_layout *layout, uint32_t band, const phash_hash *hash,
                         const float odds[PHASH_HASH_BITS])
{
    float base = 0;

    s->value = phash_band_value(layout, hash, band);
    s->band = band;
    s->bits = phash_band_bits(layout, band);
    for (uint32_t i = 0; i < s->bits; i++) {
        const float cost = odds[layout->bit[layout->start[band] + i]];
        uint32_t at = i;
        base += stay_cost(cost);
        for (; at > 0 && s->cost[at - 1] > cost; at--) { /* insertion: at most 43 bits */
            s->cost[at] = s->cost[at - 1];
            s->position[at] = s->position[at - 1];
        }
        s->cost[at] = cost;
        s->position[at] = (uint8_t)i;
    }
    return base;
}

static void begin_source(phash_planner *p, view_source *source, const phash_fingerprint *readings)
{
    float odds[PHASH_HASH_BITS];
    float later = 0;

    for (uint32_t r = source->first; r != NO_READING; r = p->next[r]) {
        find_odds(odds, p, source->flips, &readings[r]);
        for (uint32_t j = 0; j < p->layout.bands; j++) {
            stream *s = &p->streams[p->stream_count];
            const float base = stream_init(s, &p->layout, j, &readings[r].hash, odds);
            const phash_probe_pattern whole = {0, base + later, p->stream_count++, 0};
            phash_probe_push(&p->pool, &source->heap, &whole);
        }
        later = LATER_READING_COST;
    }
    source->begun = true;
    phash_wipe(odds, sizeof odds);
}

/* The next patterns after one: its highest flip moved up by one, and one more flip above it. Starting from the lowest
 * bit this reaches every pattern once, never before a cheaper one. */
static void push_successors(phash_planner *p, phash_probe_heap *heap, const phash_probe_pattern *x)
{
    const stream *s = &p->streams[x->stream];
    const uint32_t next = x->flips == 0 ? 0 : x->last + 1;

    if (next >= s->bits)
        return;
    const phash_probe_pattern more = {x->flips | UINT64_C(1) << next, x->cost + s->cost[next], x->stream, next};
    phash_probe_push(&p->pool, heap, &more);
    if (x->flips != 0) {
        const phash_probe_pattern moved = {more.flips & ~(UINT64_C(1) << x->last), more.cost - s->cost[x->last],
                                           x->stream, next};
        phash_probe_push(&p->pool, heap, &moved);
    }
}

static uint64_t flipped_value(const stream *s, uint64_t flips)
{
    uint64_t value = s->value;

    for (uint32_t i = 0; flips >> i != 0; i++)
        if ((flips >> i & 1) != 0)
            value ^= UINT64_C(1) << s->position[i];
    return value;
}

/* Remember a probe; false when it was planned already. */
static bool add_probe(phash_planner *p, phash_probe *probes, uint32_t planned, phash_probe probe)
{
    uint64_t mixed = (probe.value ^ (uint64_t)probe.band << 56) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(mixed >> 40) & p->slot_mask;

    for (; p->slots[at] != 0; at = (at + 1) & p->slot_mask) {
        const phash_probe *other = &probes[p->slots[at] - 1];
        if (other->value == probe.value && other->band == probe.band)
            return false;
    }
    probes[planned] = probe;
    p->slots[at] = (uint16_t)(planned + 1);
    return true;
}

/* Up to `count` patterns of one view. Those that another view gave already count as well: a view that is nearly
 * another one needs no more tokens for that. */
static uint32_t take_step(phash_planner *p, phash_probe *probes, uint32_t planned, const planned_step *step,
                          const phash_fingerprint *readings)
{
    view_source *source = &p->sources[step->view];
    phash_probe_pattern x;

    if (source->first != NO_READING && !source->begun)
        begin_source(p, source, readings);
    for (uint32_t i = 0; i < step->count && planned < p->budget && phash_probe_pop(&p->pool, &source->heap, &x); i++) {
        const stream *s = &p->streams[x.stream];
        const phash_probe probe = {flipped_value(s, x.flips), s->band};
        planned += add_probe(p, probes, planned, probe);
        push_successors(p, &source->heap, &x);
    }
    return planned;
}

/* Readings by view. One that equals an earlier one adds nothing. */
static void sort_readings(phash_planner *p, const phash_fingerprint *readings, const uint32_t *ids, size_t n)
{
    uint32_t last[VIEWS];

    for (uint32_t id = 0; id < VIEWS; id++) {
        p->sources[id].first = NO_READING;
        p->sources[id].begun = false;
        p->sources[id].heap.top = 0;
    }
    for (uint32_t r = 0; r < n; r++) {
        const uint32_t id = ids != NULL ? ids[r] : 0;
        uint32_t earlier = 0;
        p->next[r] = NO_READING;
        while (earlier < r && (!phash_fingerprint_is_usable(&readings[earlier]) ||
                               memcmp(&readings[earlier].hash, &readings[r].hash, sizeof readings[r].hash) != 0))
            earlier++;
        if (earlier < r || !phash_fingerprint_is_usable(&readings[r]))
            continue;
        if (p->sources[id].first == NO_READING)
            p->sources[id].first = r;
        else
            p->next[last[id]] = r;
        last[id] = r;
    }
}

phash_status phash_planner_run(phash_planner *planner, phash_probe *probes, uint32_t *n_probes,
                               const phash_fingerprint *readings, const uint32_t *ids, size_t n)
{
    uint32_t planned = 0;

    if (planner == NULL || probes == NULL || n_probes == NULL || (readings == NULL && n != 0) ||
        n > PHASH_READINGS_PER_QUERY)
        return PHASH_E_ARGUMENT;
    for (size_t r = 0; ids != NULL && r < n; r++)
        if (ids[r] >= planner->views)
            return PHASH_E_ARGUMENT;
    sort_readings(planner, readings, ids, n);
    /* Again from the start when a few views have used up what was meant for all. */
    for (bool more = true; more && planned < planner->budget;) {
        more = false;
        for (size_t i = 0; i < planner->step_count && planned < planner->budget; i++) {
            planned = take_step(planner, probes, planned, &planner->steps[i], readings);
            more = more || planner->sources[planner->steps[i].view].heap.top != 0;
        }
    }
    forget_plan(planner);
    *n_probes = planned;
    return PHASH_OK;
}

phash_status phash_hash_bands(uint64_t *values, const phash_hash *hash, uint32_t bands)
{
    phash_band_layout layout;

    if (values == NULL || hash == NULL || phash_band_layout_init(&layout, bands) != PHASH_OK)
        return PHASH_E_ARGUMENT;
    for (uint32_t j = 0; j < bands; j++)
        values[j] = phash_band_value(&layout, hash, j);
    return PHASH_OK;
}
