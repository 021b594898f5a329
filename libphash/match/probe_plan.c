/* SPDX-License-Identifier: Apache-2.0 */
#include "match/probe_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STREAMS_MAX (PHASH_READINGS_PER_QUERY * PHASH_BANDS_MAX)

/* How likely the bit of each margin rank is to flip under everyday edits (27 edits of 1,036 photographs; the
 * probabilities are .40 .30 .23 .14 .067 .018 .006 .001): log((1 - p) / p) and -log(1 - p) at these ranks, linear
 * between them. */
static const struct flip_knot {
    uint32_t rank;
    float odds;
    float stay;
} flip_knots[] = {
    {0, 0.405f, 0.511f},   {5, 0.847f, 0.357f},  {10, 1.208f, 0.261f},  {20, 1.815f, 0.151f},
    {40, 2.634f, 0.0693f}, {80, 3.999f, 0.0182f}, {120, 5.110f, 0.0060f}, {200, 6.907f, 0.0010f},
};
#define KNOTS (sizeof flip_knots / sizeof *flip_knots)

/* Readings after the first are about half as likely to be the one that was listed. */
#define LATER_READING_COST 0.7f

/* Flip patterns of one band of one reading, in order of likelihood. */
typedef struct stream {
    uint64_t value;
    float base; /* cost of no flip */
    uint32_t band;
    uint32_t bits;
    uint8_t position[PHASH_BAND_BITS_MAX]; /* bits of the band, likeliest to flip first */
    float cost[PHASH_BAND_BITS_MAX];       /* ascending */
} stream;

/* A pattern that waits in the heap: which of a stream's sorted bits are flipped. */
typedef struct pattern {
    float cost;
    uint32_t stream;
    uint32_t last; /* highest sorted index in flips */
    uint64_t flips;
} pattern;

struct phash_planner {
    phash_allocator allocator;
    phash_band_layout layout;
    uint32_t budget;
    size_t heap_room;
    size_t heap_size;
    pattern *heap;
    stream streams[STREAMS_MAX];
};

float phash_flip_cost(uint32_t rank)
{
    size_t k = 1;

    if (rank >= flip_knots[KNOTS - 1].rank)
        return flip_knots[KNOTS - 1].odds;
    while (rank >= flip_knots[k].rank)
        k++;
    const struct flip_knot *a = &flip_knots[k - 1];
    const struct flip_knot *b = &flip_knots[k];
    return a->odds + (b->odds - a->odds) * (float)(rank - a->rank) / (float)(b->rank - a->rank);
}

static float stay_cost(uint32_t rank)
{
    size_t k = 1;

    if (rank >= flip_knots[KNOTS - 1].rank)
        return flip_knots[KNOTS - 1].stay;
    while (rank >= flip_knots[k].rank)
        k++;
    const struct flip_knot *a = &flip_knots[k - 1];
    const struct flip_knot *b = &flip_knots[k];
    return a->stay + (b->stay - a->stay) * (float)(rank - a->rank) / (float)(b->rank - a->rank);
}

phash_status phash_planner_new(phash_planner **out, const phash_band_layout *layout, uint32_t budget,
                               const phash_allocator *allocator)
{
    phash_planner *p = phash_alloc(allocator, 1, sizeof *p);

    if (p == NULL)
        return PHASH_E_NO_MEMORY;
    p->allocator = *allocator;
    p->layout = *layout;
    p->budget = budget;
    /* Each pattern taken adds at most two, and every taken one but a duplicate is a probe; several readings can give
     * the same probe, at most once each. */
    p->heap_room = STREAMS_MAX + (size_t)budget * PHASH_READINGS_PER_QUERY * 2;
    p->heap = phash_alloc(allocator, p->heap_room, sizeof *p->heap);
    if (p->heap == NULL) {
        phash_planner_free(&p);
        return PHASH_E_NO_MEMORY;
    }
    *out = p;
    return PHASH_OK;
}

void phash_planner_free(phash_planner **planner)
{
    if (planner == NULL || *planner == NULL)
        return;
    phash_planner *p = *planner;
    phash_allocator a = p->allocator;
    phash_release_secret(&a, p->heap, p->heap_room * sizeof *p->heap);
    phash_release_secret(&a, p, sizeof *p);
    *planner = NULL;
}

static void heap_push(phash_planner *p, pattern x)
{
    if (p->heap_size == p->heap_room)
        return; /* cannot happen, see phash_planner_new; dropping an unlikely pattern would be harmless */
    size_t i = p->heap_size++;
    for (; i > 0 && p->heap[(i - 1) / 2].cost > x.cost; i = (i - 1) / 2)
        p->heap[i] = p->heap[(i - 1) / 2];
    p->heap[i] = x;
}

static pattern heap_pop(phash_planner *p)
{
    pattern top = p->heap[0];
    pattern x = p->heap[--p->heap_size];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < p->heap_size && p->heap[child + 1].cost < p->heap[child].cost)
            child++;
        if (child >= p->heap_size || p->heap[child].cost >= x.cost)
            break;
        p->heap[i] = p->heap[child];
        i = child;
    }
    p->heap[i] = x;
    return top;
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

/* rank[k] = how many bits have a smaller margin than bit k. */
static void rank_bits(uint32_t rank[PHASH_HASH_BITS], const phash_fingerprint *reading)
{
    ranked_bit bits[PHASH_HASH_BITS];

    for (uint32_t k = 0; k < PHASH_HASH_BITS; k++) {
        float margin = reading->margin[k];
        bits[k].margin = isfinite(margin) ? margin : 0;
        bits[k].bit = k;
    }
    qsort(bits, PHASH_HASH_BITS, sizeof *bits, by_margin);
    for (uint32_t i = 0; i < PHASH_HASH_BITS; i++)
        rank[bits[i].bit] = i;
    phash_wipe(bits, sizeof bits);
}

static void stream_init(stream *s, const phash_band_layout *layout, uint32_t band, const phash_fingerprint *reading,
                        const uint32_t rank[PHASH_HASH_BITS], float base)
{
    s->value = phash_band_value(layout, &reading->hash, band);
    s->band = band;
    s->bits = phash_band_bits(layout, band);
    s->base = base;
    for (uint32_t i = 0; i < s->bits; i++) {
        uint32_t r = rank[layout->bit[layout->start[band] + i]];
        float cost = phash_flip_cost(r);
        uint32_t at = i;
        s->base += stay_cost(r);
        for (; at > 0 && s->cost[at - 1] > cost; at--) { /* insertion: at most 43 bits */
            s->cost[at] = s->cost[at - 1];
            s->position[at] = s->position[at - 1];
        }
        s->cost[at] = cost;
        s->position[at] = (uint8_t)i;
    }
}

/* The next patterns after one: its highest flip moved up by one, and one more flip above it. Starting from the lowest
 * bit this reaches every pattern once, never before a cheaper one. */
static void push_successors(phash_planner *p, const pattern *x)
{
    const stream *s = &p->streams[x->stream];
    uint32_t next = x->flips == 0 ? 0 : x->last + 1;

    if (next >= s->bits)
        return;
    pattern more = {x->cost + s->cost[next], x->stream, next, x->flips | UINT64_C(1) << next};
    heap_push(p, more);
    if (x->flips != 0) {
        pattern moved = {more.cost - s->cost[x->last], x->stream, next, more.flips & ~(UINT64_C(1) << x->last)};
        heap_push(p, moved);
    }
}

static uint64_t flipped_value(const stream *s, uint64_t flips)
{
    uint64_t value = s->value;

    for (uint32_t i = 0; i < s->bits; i++)
        if ((flips >> i & 1) != 0)
            value ^= UINT64_C(1) << s->position[i];
    return value;
}

static bool is_planned(const phash_probe *probes, uint32_t n, uint32_t band, uint64_t value)
{
    for (uint32_t i = 0; i < n; i++)
        if (probes[i].value == value && probes[i].band == band)
            return true;
    return false;
}

uint32_t phash_planner_run(phash_planner *planner, phash_probe *probes, const phash_fingerprint *readings, size_t n)
{
    uint32_t rank[PHASH_HASH_BITS];
    uint32_t streams = 0;
    uint32_t planned = 0;

    planner->heap_size = 0;
    for (size_t r = 0; r < n && r < PHASH_READINGS_PER_QUERY; r++) {
        rank_bits(rank, &readings[r]);
        for (uint32_t j = 0; j < planner->layout.bands; j++) {
            stream_init(&planner->streams[streams], &planner->layout, j, &readings[r], rank,
                        r == 0 ? 0 : LATER_READING_COST);
            pattern whole = {planner->streams[streams].base, streams, 0, 0};
            heap_push(planner, whole);
            streams++;
        }
    }
    while (planned < planner->budget && planner->heap_size != 0) {
        pattern x = heap_pop(planner);
        const stream *s = &planner->streams[x.stream];
        uint64_t value = flipped_value(s, x.flips);
        if (!is_planned(probes, planned, s->band, value))
            probes[planned++] = (phash_probe){value, s->band};
        push_successors(planner, &x);
    }
    phash_wipe(rank, sizeof rank);
    phash_wipe(planner->heap, planner->heap_room * sizeof *planner->heap);
    phash_wipe(planner->streams, sizeof planner->streams);
    return planned;
}
