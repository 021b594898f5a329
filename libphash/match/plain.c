/* SPDX-License-Identifier: Apache-2.0 */
#include "index/best_hits.h"
#include "index/index_visit.h"
#include "util/mem.h"

#include <phash/match.h>
#include <stdbool.h>

struct phash_matcher {
    phash_allocator allocator;
    const phash_list *list; /* borrowed */
    phash_index *index;     /* ids are entry indices */
    uint32_t *radii;        /* per source */
    uint32_t widest;
};

/* A match is kept as an item of phash_best_hits, so it begins as a hit does. Entries are numbered in order of
 * source, then line: ordering by entry is ordering by these. */
_Static_assert(offsetof(phash_match, entry) == offsetof(phash_index_hit, id), "a match begins like a hit");
_Static_assert(offsetof(phash_match, distance) == offsetof(phash_index_hit, distance), "a match begins like a hit");
_Static_assert(sizeof(phash_match) <= PHASH_BEST_ITEM_MAX, "a match is small");

/* What is asked about: hashes as they are, or the fingerprints among them that may be matched. */
typedef struct search {
    const phash_matcher *matcher;
    const phash_hash *hashes; /* or NULL */
    const phash_fingerprint *prints;
    size_t n_readings;
    const uint32_t *places; /* of the readings that are being asked about together, `together` of them */
    size_t together;
    phash_best_hits best;
} search;

#define TOGETHER 256 /* readings that are asked about together: more than the views of two readings of a picture */

/* Take over the radii and note the widest. */
static phash_status set_radii(phash_matcher *m, const uint32_t *radii, uint32_t n)
{
    m->radii = phash_alloc(&m->allocator, n, sizeof *radii);
    if (m->radii == NULL)
        return PHASH_E_NO_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        m->radii[i] = radii != NULL ? radii[i] : PHASH_RADIUS_DEFAULT;
        if (m->radii[i] > PHASH_RADIUS_MAX)
            return PHASH_E_ARGUMENT;
        if (m->radii[i] > m->widest)
            m->widest = m->radii[i];
    }
    return PHASH_OK;
}

static phash_status build_index(phash_matcher *m, const phash_options *options)
{
    const phash_index_params params = {.struct_size = sizeof params, .radius = m->widest};

    return phash_index_build(&m->index, phash_list_hashes(m->list), phash_list_count(m->list), &params, options);
}

phash_status phash_matcher_new(phash_matcher **out, const phash_list *list, const uint32_t *radii, size_t n_radii,
                               const phash_options *options)
{
    if (out == NULL || list == NULL || (radii == NULL && n_radii != 0) ||
        (radii != NULL && n_radii != phash_list_source_count(list)))
        return PHASH_E_ARGUMENT;
    if (phash_list_is_open(list))
        return PHASH_E_STATE;
    phash_allocator allocator = phash_allocator_from(options);
    phash_matcher *m = phash_alloc(&allocator, 1, sizeof *m);
    if (m == NULL)
        return PHASH_E_NO_MEMORY;
    m->allocator = allocator;
    m->list = list;
    phash_status st = set_radii(m, radii, phash_list_source_count(list));
    if (st == PHASH_OK)
        st = build_index(m, options);
    if (st == PHASH_OK)
        *out = m;
    else
        phash_matcher_free(&m);
    return st;
}

void phash_matcher_free(phash_matcher **matcher)
{
    if (matcher == NULL || *matcher == NULL)
        return;
    phash_matcher *m = *matcher;
    phash_allocator allocator = m->allocator;
    phash_index_free(&m->index);
    phash_release(&allocator, m->radii);
    phash_release(&allocator, m);
    *matcher = NULL;
}

const phash_list *phash_matcher_list(const phash_matcher *matcher)
{
    return matcher != NULL ? matcher->list : NULL;
}

int phash_fingerprint_is_usable(const phash_fingerprint *print)
{
    const uint32_t unfit = PHASH_FINGERPRINT_TOO_SMALL | PHASH_FINGERPRINT_MEANINGLESS;

    return print != NULL && print->quality >= PHASH_QUALITY_MIN && (print->flags & unfit) == 0;
}

/* The hash of a reading, or NULL when it may not be matched. */
static const phash_hash *hash_of(const search *s, size_t reading)
{
    if (s->hashes != NULL)
        return &s->hashes[reading];
    return phash_fingerprint_is_usable(&s->prints[reading]) ? &s->prints[reading].hash : NULL;
}

/* Whether a reading that was or will be asked about with others comes nearer, or as near and earlier. */
static bool is_beaten(const search *s, phash_index_hit hit, uint32_t reading)
{
    const uint32_t first = s->places[0];
    const uint32_t last = s->places[s->together - 1];

    for (size_t i = 0; i < s->n_readings; i++) {
        const phash_hash *hash = i >= first && i <= last ? NULL : hash_of(s, i);
        if (hash == NULL)
            continue;
        const uint32_t distance = phash_index_distance(s->matcher->index, hit.id, hash);
        if (distance < hit.distance || (distance == hit.distance && i < reading))
            return true;
    }
    return false;
}

static void take_hit(void *user, phash_index_hit hit, uint32_t place)
{
    search *s = user;
    const uint32_t reading = s->places[place];
    phash_list_entry entry;

    if (phash_list_get_entry(s->matcher->list, &entry, hit.id) != PHASH_OK ||
        hit.distance > s->matcher->radii[entry.source] || is_beaten(s, hit, reading))
        return;
    const phash_match match = {hit.id, hit.distance, entry.source, reading};
    phash_best_add(&s->best, &match);
}

/* Ask about all readings, a good many at a time. Returns how many there were to ask about. */
static size_t ask(search *s, phash_match *matches, size_t capacity, size_t *n_found)
{
    phash_hash hashes[TOGETHER];
    uint32_t places[TOGETHER];
    size_t asked = 0;

    phash_best_init(&s->best, matches, sizeof *matches, capacity);
    s->places = places;
    for (size_t reading = 0; reading < s->n_readings;) {
        for (s->together = 0; reading < s->n_readings && s->together < TOGETHER; reading++) {
            const phash_hash *hash = hash_of(s, reading);
            if (hash == NULL)
                continue;
            hashes[s->together] = *hash;
            places[s->together++] = (uint32_t)reading;
        }
        if (s->together != 0)
            phash_index_visit_group(s->matcher->index, hashes, s->together, s->matcher->widest, take_hit, s);
        asked += s->together;
    }
    phash_best_finish(&s->best);
    *n_found = s->best.n_seen;
    return asked;
}

phash_status phash_matcher_find(const phash_matcher *matcher, phash_match *matches, size_t capacity, size_t *n_found,
                                const phash_hash *readings, size_t n_readings)
{
    search s = {.matcher = matcher, .hashes = readings, .n_readings = n_readings};

    if (matcher == NULL || (matches == NULL && capacity != 0) || n_found == NULL ||
        (readings == NULL && n_readings != 0) || n_readings > UINT32_MAX)
        return PHASH_E_ARGUMENT;
    (void)ask(&s, matches, capacity, n_found);
    return *n_found > capacity ? PHASH_E_BUFFER_TOO_SMALL : PHASH_OK;
}

phash_status phash_matcher_find_prints(const phash_matcher *matcher, phash_match *matches, size_t capacity,
                                       size_t *n_found, size_t *n_asked, const phash_fingerprint *prints,
                                       size_t n_prints)
{
    search s = {.matcher = matcher, .prints = prints, .n_readings = n_prints};

    if (matcher == NULL || (matches == NULL && capacity != 0) || n_found == NULL || n_asked == NULL ||
        (prints == NULL && n_prints != 0) || n_prints > UINT32_MAX)
        return PHASH_E_ARGUMENT;
    *n_asked = ask(&s, matches, capacity, n_found);
    return *n_found > capacity ? PHASH_E_BUFFER_TOO_SMALL : PHASH_OK;
}
