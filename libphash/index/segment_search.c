/* SPDX-License-Identifier: Apache-2.0 */
/* A query's buckets, then their ids, then the hashes these stand for lie at random places in memory. Each is asked
 * for (prefetched) a chunk ahead of being read, so that about a hundred fetches are under way at any time. */
#include "index/segment_search.h"

#include <string.h>

#define CHUNK 64u        /* probes, and spans that are not empty */
#define POOL 128u        /* candidates being fetched */
#define BLOCK ((size_t)512) /* hashes of a scan: 16 KiB stay in the nearest cache for all queries */

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch((address))
#else
#define PREFETCH(address) ((void)(address))
#endif

/* Values to look for: runs of values of one band. */
typedef struct probes {
    uint32_t values[CHUNK];
    uint32_t n;
    struct {
        uint32_t band;
        uint32_t end; /* of its values */
    } runs[CHUNK];
    uint32_t n_runs;
} probes;

/* Where the ids of values are, perhaps with those of others: ids[start] to ids[end - 1] of the band. */
typedef struct id_spans {
    uint32_t starts[CHUNK + PHASH_BLOCKS_SPARE];
    uint32_t ends[CHUNK + PHASH_BLOCKS_SPARE];
    uint32_t values[CHUNK + PHASH_BLOCKS_SPARE];
    uint8_t bands[CHUNK];
    uint32_t n;
} id_spans;

/* Ids whose hashes are being fetched, and the probe that found each. */
typedef struct pool {
    uint32_t ids[POOL];
    uint32_t values[POOL];
    uint8_t bands[POOL];
    uint32_t n;
} pool;

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
    probes probes[2];
    id_spans spans[2];
    uint32_t turn; /* which of two is being filled */
    pool pools[2];
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
    for (uint32_t width = 0; width <= PHASH_PLAN_WIDTH_MAX; width++) {
        uint32_t count = 1; /* binomial coefficients */
        for (uint32_t bits = 0; bits <= PHASH_PLAN_FLIPS_MAX; bits++) {
            flips->counts[width][bits] = count;
            count = bits < width ? count * (width - bits) / (bits + 1) : 0;
        }
    }
}

static uint32_t count_bits(uint32_t x)
{
    uint32_t n = 0;

    for (; x != 0; x &= x - 1)
        n++;
    return n;
}

static uint32_t band_value(const walk *w, const uint64_t words[4], uint32_t band)
{
    return phash_band_value(words, w->segment->starts[band], w->segment->plan.widths[band]);
}

/* Whether a hash that differs from the query by x was found through a band before `band`, or, when this is where the
 * tables were left, through an earlier probe of it. */
static bool was_found(const walk *w, const uint64_t x[4], uint32_t band, bool part_of_band)
{
    for (uint32_t i = 0; i < band; i++)
        if ((int)count_bits(band_value(w, x, i)) <= w->budget[i])
            return true;
    if (!part_of_band)
        return false;
    const uint32_t value = band_value(w, x, band);
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

/* Compare the candidates of a pool; a hash is visited through the first band that has it, and there through its own
 * value, not another one in whose span it lies. */
static void empty_pool(walk *w, uint32_t which)
{
    const phash_ask *ask = w->ask;
    pool *p = &w->pools[which];
    uint32_t places[POOL];
    uint64_t x[4];
    const size_t found = ask->kernels->gather(places, ask->queries[w->query].bytes, w->segment->hashes->bytes, p->ids,
                                              p->n, ask->radius);

    for (size_t i = 0; i < found; i++) {
        const uint32_t id = p->ids[places[i]];
        const uint32_t band = p->bands[places[i]];
        difference(x, w, id);
        if (band_value(w, x, band) == (p->values[places[i]] ^ band_value(w, w->words, band)) &&
            !was_found(w, x, band, false))
            visit(w, id);
    }
    p->n = 0;
}

/* Read the ids of spans and fetch their hashes. */
static void read_ids(walk *w, id_spans *spans)
{
    const phash_segment *s = w->segment;
    pool *p = &w->pools[w->pool_turn];

    for (uint32_t i = 0; i < spans->n; i++) {
        const uint32_t *ids = s->ids[spans->bands[i]];
        for (uint32_t j = spans->starts[i]; j < spans->ends[i]; j++) {
            const uint32_t id = ids[j];
            if (id >= s->n) /* only in a file that lies */
                continue;
            PREFETCH(&s->hashes[id]);
            p->ids[p->n] = id;
            p->values[p->n] = spans->values[i];
            p->bands[p->n++] = spans->bands[i];
            if (p->n == POOL) {
                w->pool_turn ^= 1;
                empty_pool(w, w->pool_turn);
                p = &w->pools[w->pool_turn];
            }
        }
    }
    spans->n = 0;
}

/* Leave the tables before this probe. */
static void stop(walk *w, uint32_t value, uint32_t band)
{
    w->stopped = true;
    w->stop_band = band;
    w->stop_mask = value ^ band_value(w, w->words, band);
}

/* Read the blocks of values and fetch their ids. */
static void read_blocks(walk *w, probes *p, id_spans *to)
{
    const phash_segment *s = w->segment;
    uint32_t begin = 0;

    for (uint32_t r = 0; r < p->n_runs; r++) {
        const uint32_t band = p->runs[r].band;
        const uint32_t *ids = s->ids[band];
        const uint32_t n = (uint32_t)w->ask->blocks->find(to->starts + to->n, to->ends + to->n, to->values + to->n,
                                                          s->blocks[band], s->shapes[band], p->values + begin,
                                                          p->runs[r].end - begin, s->n);
        for (uint32_t i = to->n; i < to->n + n; i++) {
            PREFETCH(&ids[to->starts[i]]);
            to->bands[i] = (uint8_t)band;
            w->n_candidates += to->ends[i] - to->starts[i];
        }
        to->n += n;
        begin = p->runs[r].end;
    }
    if (w->n_candidates > s->candidate_limit) {
        stop(w, p->values[0], p->runs[0].band);
        to->n = 0;
    }
    p->n = p->n_runs = 0;
}

/* A chunk of probes is full: what was asked for a chunk ago has come. */
static void turn_over(walk *w)
{
    const uint32_t before = w->turn ^ 1;

    read_ids(w, &w->spans[w->turn]); /* of the chunk before the one before */
    if (!w->stopped)
        read_blocks(w, &w->probes[before], &w->spans[before]); /* the next turn reads these spans */
    w->turn = before;
}

/* Ask for values of a band that differ from the query's by some of the flips: as many as there is room for. Returns how
 * many. */
static uint32_t probe_some(probes *p, const phash_segment *s, uint32_t band, uint32_t value, const uint32_t *flips,
                           uint32_t n_flips)
{
    const uint32_t n = n_flips < CHUNK - p->n ? n_flips : CHUNK - p->n;
    const uint32_t shape = s->shapes[band];
    const uint8_t *blocks = s->blocks[band];

    for (uint32_t i = 0; i < n; i++) {
        const uint32_t other = value ^ flips[i];
        PREFETCH(blocks + (size_t)(other >> shape) * PHASH_BLOCK_SIZE);
        p->values[p->n + i] = other;
    }
    p->n += n;
    if (p->n_runs == 0 || p->runs[p->n_runs - 1].band != band)
        p->runs[p->n_runs++].band = band;
    p->runs[p->n_runs - 1].end = p->n;
    return n;
}

static void probe_band(walk *w, const phash_flips *flips, uint32_t band, uint32_t value)
{
    const uint32_t width = w->segment->plan.widths[band];

    for (int bits = 0; bits <= w->budget[band]; bits++) {
        const uint32_t *next = flips->masks + flips->first[bits];
        uint32_t left = flips->counts[width][bits];
        while (left != 0 && !w->stopped) {
            const uint32_t made = probe_some(&w->probes[w->turn], w->segment, band, value, next, left);
            next += made;
            left -= made;
            if (w->probes[w->turn].n == CHUNK)
                turn_over(w);
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
    memcpy(w->words, w->ask->queries[w->query].bytes, sizeof w->words);
    for (uint32_t band = 0; band < w->segment->plan.n_bands && !w->stopped; band++)
        probe_band(w, flips, band, band_value(w, w->words, band));
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
            w.probes[0].n = w.probes[1].n = 0;
            w.probes[0].n_runs = w.probes[1].n_runs = 0;
            w.spans[0].n = w.spans[1].n = 0;
            w.pools[0].n = w.pools[1].n = 0;
            search_tables(&w, flips);
        }
    } else if (segment->high != NULL && ask->radius <= PREFIX_RADIUS_MAX) {
        scan_prefixes(ask, segment);
    } else {
        phash_scan_hashes(ask, segment->hashes, segment->n, segment->first_id);
    }
}
