/* SPDX-License-Identifier: Apache-2.0 */
/* A query's buckets, then their ids, then the hashes these stand for lie at random places in memory. Each is asked
 * for (prefetched) a chunk ahead of being read, so that about a hundred fetches are under way at any time. */
#include "index/segment_search.h"

#include <string.h>

#define CHUNK 48u        /* probes, and spans that are not empty */
#define POOL 128u        /* candidates being fetched */
#define BLOCK ((size_t)512) /* hashes of a scan: 16 KiB stay in the nearest cache for all queries */

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch((address))
#else
#define PREFETCH(address) ((void)(address))
#endif

typedef struct probe {
    const uint32_t *bucket; /* its bound and the next one's */
    uint32_t band;
} probe;

typedef struct span {
    uint32_t start; /* ids[start] to ids[end - 1] of the band */
    uint32_t end;
    uint32_t band;
} span;

/* One query on its way through a segment's tables. */
typedef struct walk {
    const phash_ask *ask;
    const phash_segment *segment;
    const int8_t *budget; /* flips of each band */
    uint32_t query;       /* its place */
    uint64_t words[4];    /* of the query */
    uint64_t n_candidates;
    /* Where the tables were left because there are too many candidates: probes from here on were not made. */
    bool stopped;
    uint32_t stop_band;
    uint32_t stop_mask;
    probe probes[2][CHUNK];
    uint32_t n_probes[2];
    span spans[2][CHUNK];
    uint32_t n_spans[2];
    uint32_t turn; /* which of two is being filled */
    uint32_t pool[2][POOL];
    uint8_t pool_bands[2][POOL];
    uint32_t n_pool[2];
    uint32_t pool_turn;
} walk;

void phash_flips_init(phash_flips *flips)
{
    uint32_t n = 0;

    for (uint32_t bits = 0; bits <= PHASH_PLAN_FLIPS_MAX; bits++) {
        flips->first[bits] = n;
        uint32_t mask = (1u << bits) - 1;
        do {
            flips->masks[n++] = mask;
            if (mask == 0)
                break;
            /* The next number with as many ones (Beeler, Gosper and Schroeppel, HAKMEM, item 175). */
            const uint32_t low = mask & (~mask + 1);
            const uint32_t ripple = mask + low;
            mask = ripple | (((ripple ^ mask) / low) >> 2);
        } while (mask < 1u << PHASH_PLAN_WIDTH_MAX);
    }
    flips->first[PHASH_PLAN_FLIPS_MAX + 1] = n;
}

static uint32_t count_bits(uint32_t x)
{
    uint32_t n = 0;

    for (; x != 0; x &= x - 1)
        n++;
    return n;
}

/* Whether a hash that differs from the query by x was found through a band before `band`, or, when this is where the
 * tables were left, through an earlier probe of it. */
static bool was_found(const walk *w, const uint64_t x[4], uint32_t band, bool part_of_band)
{
    const phash_plan *plan = &w->segment->plan;
    uint32_t start = 0;

    for (uint32_t i = 0; i < band; i++) {
        if ((int)count_bits(phash_band_value(x, start, plan->widths[i])) <= w->budget[i])
            return true;
        start += plan->widths[i];
    }
    if (!part_of_band)
        return false;
    const uint32_t value = phash_band_value(x, start, plan->widths[band]);
    const uint32_t bits = count_bits(value);
    const uint32_t stop_bits = count_bits(w->stop_mask);
    return bits != stop_bits ? bits < stop_bits : value < w->stop_mask;
}

static void difference(uint64_t x[4], const walk *w, uint32_t id)
{
    memcpy(x, w->segment->hashes[id].bytes, 4 * sizeof *x);
    for (size_t i = 0; i < 4; i++)
        x[i] ^= w->words[i];
}

static void visit(const walk *w, uint32_t id)
{
    const phash_ask *ask = w->ask;
    const uint8_t *hash = w->segment->hashes[id].bytes;
    const phash_index_hit hit = {w->segment->first_id + id,
                                 ask->kernels->pair(ask->queries[w->query].bytes, hash)};

    ask->visit(ask->user, hit, w->query);
}

/* Compare the candidates of a pool; a hash is visited through the first band that has it. */
static void empty_pool(walk *w, uint32_t which)
{
    const phash_ask *ask = w->ask;
    uint32_t places[POOL];
    uint64_t x[4];
    const size_t found = ask->kernels->gather(places, ask->queries[w->query].bytes, w->segment->hashes->bytes,
                                              w->pool[which], w->n_pool[which], ask->radius);

    for (size_t i = 0; i < found; i++) {
        const uint32_t id = w->pool[which][places[i]];
        difference(x, w, id);
        if (!was_found(w, x, w->pool_bands[which][places[i]], false))
            visit(w, id);
    }
    w->n_pool[which] = 0;
}

/* Read the ids of spans and fetch their hashes. */
static void read_ids(walk *w, uint32_t which)
{
    const phash_segment *s = w->segment;
    uint32_t t = w->pool_turn;

    for (uint32_t i = 0; i < w->n_spans[which]; i++) {
        const span *sp = &w->spans[which][i];
        const uint32_t *ids = s->ids[sp->band];
        for (uint32_t j = sp->start; j < sp->end; j++) {
            const uint32_t id = ids[j];
            if (id >= s->n) /* only in a file that lies */
                continue;
            PREFETCH(&s->hashes[id]);
            w->pool[t][w->n_pool[t]] = id;
            w->pool_bands[t][w->n_pool[t]++] = (uint8_t)sp->band;
            if (w->n_pool[t] == POOL) {
                w->pool_turn = t = t ^ 1;
                empty_pool(w, t);
            }
        }
    }
    w->n_spans[which] = 0;
}

/* Leave the tables at this probe. */
static void stop(walk *w, const probe *p)
{
    uint32_t start = 0;

    for (uint32_t i = 0; i < p->band; i++)
        start += w->segment->plan.widths[i];
    const uint32_t value = phash_band_value(w->words, start, w->segment->plan.widths[p->band]);
    w->stopped = true;
    w->stop_band = p->band;
    w->stop_mask = (uint32_t)(p->bucket - w->segment->offsets[p->band]) ^ value;
}

/* Read the bounds of buckets and fetch the ids of those that are not empty. */
static void read_bounds(walk *w, uint32_t which)
{
    const phash_segment *s = w->segment;
    span *spans = w->spans[which];
    uint32_t n = 0;

    for (uint32_t i = 0; i < w->n_probes[which]; i++) {
        const probe *p = &w->probes[which][i];
        const uint32_t start = p->bucket[0];
        const uint32_t end = p->bucket[1];
        const bool filled = start < end && end <= s->n; /* ends past n are lies of a file */
        spans[n] = (span){start, end, p->band};
        n += filled;
        w->n_candidates += filled ? end - start : 0;
        if (w->n_candidates > s->candidate_limit) {
            stop(w, p);
            n -= filled;
            break;
        }
    }
    for (uint32_t i = 0; i < n; i++)
        PREFETCH(&s->ids[spans[i].band][spans[i].start]);
    w->n_spans[which] = n;
    w->n_probes[which] = 0;
}

/* A chunk of probes is full: what was asked for a chunk ago has come. */
static void turn_over(walk *w)
{
    const uint32_t before = w->turn ^ 1;

    read_ids(w, w->turn); /* spans of the chunk before the one before */
    if (!w->stopped)
        read_bounds(w, before);
    /* read_bounds filled spans[before]; the next turn reads them. */
    w->turn = before;
}

static void probe_band(walk *w, const phash_flips *flips, uint32_t band, uint32_t value)
{
    const uint32_t *offsets = w->segment->offsets[band];
    const uint32_t end = 1u << w->segment->plan.widths[band];

    for (int bits = 0; bits <= w->budget[band]; bits++) {
        const uint32_t *mask = flips->masks + flips->first[bits];
        const uint32_t *last = flips->masks + flips->first[bits + 1];
        for (; mask < last && *mask < end; mask++) {
            const uint32_t *bucket = &offsets[value ^ *mask];
            PREFETCH(bucket);
            w->probes[w->turn][w->n_probes[w->turn]++] = (probe){bucket, band};
            if (w->n_probes[w->turn] == CHUNK) {
                turn_over(w);
                if (w->stopped)
                    return;
            }
        }
    }
}

/* What the tables had not come to when they were left. */
static void scan_rest(const walk *w)
{
    const phash_ask *ask = w->ask;
    const phash_segment *s = w->segment;
    uint32_t places[BLOCK];
    uint64_t x[4];

    for (size_t first = 0; first < s->n; first += BLOCK) {
        const size_t n = s->n - first < BLOCK ? s->n - first : BLOCK;
        const size_t found = ask->kernels->within(places, ask->queries[w->query].bytes, s->hashes[first].bytes, n,
                                                  ask->radius);
        for (size_t i = 0; i < found; i++) {
            const uint32_t id = (uint32_t)first + places[i];
            difference(x, w, id);
            if (!was_found(w, x, w->stop_band, true))
                visit(w, id);
        }
    }
}

static void search_tables(walk *w, const phash_flips *flips)
{
    const phash_plan *plan = &w->segment->plan;
    uint32_t start = 0;

    memcpy(w->words, w->ask->queries[w->query].bytes, sizeof w->words);
    for (uint32_t band = 0; band < plan->n_bands && !w->stopped; band++) {
        probe_band(w, flips, band, phash_band_value(w->words, start, plan->widths[band]));
        start += plan->widths[band];
    }
    for (int i = 0; i < 3; i++) /* what is still under way */
        turn_over(w);
    empty_pool(w, w->pool_turn ^ 1);
    empty_pool(w, w->pool_turn);
    if (w->stopped)
        scan_rest(w);
}

void phash_scan_hashes(const phash_ask *ask, const phash_hash *hashes, uint32_t n, uint32_t first_id)
{
    uint32_t places[BLOCK];

    for (uint32_t first = 0; first < n; first += (uint32_t)BLOCK) {
        const size_t run = n - first < BLOCK ? n - first : BLOCK;
        for (uint32_t q = 0; q < ask->n_queries; q++) {
            const uint8_t *query = ask->queries[q].bytes;
            const size_t found = ask->kernels->within(places, query, hashes[first].bytes, run, ask->radius);
            for (size_t i = 0; i < found; i++) {
                const uint32_t place = first + places[i];
                const phash_index_hit hit = {first_id + place, ask->kernels->pair(query, hashes[place].bytes)};
                ask->visit(ask->user, hit, q);
            }
        }
    }
}

/* A scan of the first 12 bytes passes nearly all hashes over at small radii. */
static void scan_prefixes(const phash_ask *ask, const phash_segment *s)
{
    uint32_t places[BLOCK];

    for (uint32_t first = 0; first < s->n; first += (uint32_t)BLOCK) {
        const size_t run = s->n - first < BLOCK ? s->n - first : BLOCK;
        for (uint32_t q = 0; q < ask->n_queries; q++) {
            const uint8_t *query = ask->queries[q].bytes;
            const size_t found = ask->kernels->prefix(places, query, s->high + 8 * (size_t)first,
                                                      s->low + 4 * (size_t)first, run, ask->radius);
            for (size_t i = 0; i < found; i++) {
                const uint32_t place = first + places[i];
                const phash_index_hit hit = {s->first_id + place, ask->kernels->pair(query, s->hashes[place].bytes)};
                if (hit.distance <= ask->radius)
                    ask->visit(ask->user, hit, q);
            }
        }
    }
}

bool phash_segment_uses_tables(const phash_segment *segment, uint32_t radius)
{
    return segment->plan.n_bands != 0 && radius <= PHASH_RADIUS_MAX && !segment->budgets.scan[radius];
}

/* Of random hashes, one in 200 has 96 bits within this of a query's: mean 48, standard deviation 4.9. */
#define PREFIX_RADIUS_MAX 35

void phash_segment_search(const phash_ask *ask, const phash_segment *segment, const phash_flips *flips)
{
    if (phash_segment_uses_tables(segment, ask->radius)) {
        for (uint32_t q = 0; q < ask->n_queries; q++) {
            walk w;
            w.ask = ask;
            w.segment = segment;
            w.budget = segment->budgets.flips[ask->radius];
            w.query = q;
            w.n_candidates = 0;
            w.stopped = false;
            w.turn = w.pool_turn = 0;
            memset(w.n_probes, 0, sizeof w.n_probes);
            memset(w.n_spans, 0, sizeof w.n_spans);
            memset(w.n_pool, 0, sizeof w.n_pool);
            search_tables(&w, flips);
        }
    } else if (segment->high != NULL && ask->radius <= PREFIX_RADIUS_MAX) {
        scan_prefixes(ask, segment);
    } else {
        phash_scan_hashes(ask, segment->hashes, segment->n, segment->first_id);
    }
}
