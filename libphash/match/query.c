/* SPDX-License-Identifier: Apache-2.0 */
/* The device's side of the exchange: plan, blind, ask; then verify, look up, check the exact distance. */
#include "match/query.h"

#include "match/wire.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <phash/match.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

phash_status phash_query_new(phash_query **out, const phash_set *set, const phash_options *options)
{
    if (out == NULL || set == NULL)
        return PHASH_E_ARGUMENT;
    phash_allocator a = phash_allocator_from(options);
    phash_query *q = phash_alloc(&a, 1, sizeof *q);
    if (q == NULL)
        return PHASH_E_NO_MEMORY;
    const size_t n = set->manifest.budget;
    q->allocator = a;
    q->set = set;
    q->budget = set->manifest.budget;
    q->probes = phash_alloc(&a, n, sizeof *q->probes);
    q->parts = phash_alloc(&a, n, sizeof *q->parts);
    q->inputs = phash_alloc(&a, n, PHASH_TOKEN_INPUT_SIZE);
    q->blinds = phash_alloc(&a, n, PHASH_SCALAR_SIZE);
    q->blinded = phash_alloc(&a, n, PHASH_ELEMENT_SIZE);
    q->tokens = phash_alloc(&a, n, PHASH_VOPRF_OUTPUT_SIZE);
    phash_status st = PHASH_E_NO_MEMORY;
    if (q->probes != NULL && q->parts != NULL && q->inputs != NULL && q->blinds != NULL && q->blinded != NULL &&
        q->tokens != NULL)
        st = phash_voprf_new(&q->voprf, &a);
    for (size_t i = 0; st == PHASH_OK && i < n; i++)
        q->parts[i] = (phash_part){q->inputs + i * PHASH_TOKEN_INPUT_SIZE, PHASH_TOKEN_INPUT_SIZE};
    if (st == PHASH_OK)
        st = phash_planner_new(&q->planner, set->layout.bands, q->budget, options);
    if (st == PHASH_OK)
        *out = q;
    else
        phash_query_free(&q);
    return st;
}

void phash_query_forget(phash_query *q)
{
    const size_t n = q->budget;

    phash_wipe(q->readings, q->reading_count * sizeof *q->readings);
    phash_wipe(q->probes, n * sizeof *q->probes);
    phash_wipe(q->inputs, n * PHASH_TOKEN_INPUT_SIZE);
    phash_wipe(q->blinds, n * PHASH_SCALAR_SIZE);
    phash_wipe(q->tokens, n * PHASH_VOPRF_OUTPUT_SIZE);
    q->reading_count = 0;
    q->waiting = false;
}

void phash_query_forget_matches(phash_query *q)
{
    if (q->matches != NULL)
        phash_wipe(q->matches, q->match_count * sizeof *q->matches);
    q->match_count = 0;
}

void phash_query_free(phash_query **query)
{
    if (query == NULL || *query == NULL)
        return;
    phash_query *q = *query;
    phash_allocator a = q->allocator;
    const size_t n = q->budget;
    phash_planner_free(&q->planner);
    phash_voprf_free(&q->voprf);
    phash_release_secret(&a, q->probes, n * sizeof *q->probes);
    phash_release(&a, q->parts);
    phash_release_secret(&a, q->inputs, n * PHASH_TOKEN_INPUT_SIZE);
    phash_release_secret(&a, q->blinds, n * PHASH_SCALAR_SIZE);
    phash_release_secret(&a, q->blinded, n * PHASH_ELEMENT_SIZE);
    phash_release_secret(&a, q->tokens, n * PHASH_VOPRF_OUTPUT_SIZE);
    phash_release_secret(&a, q->matches, q->match_room * sizeof *q->matches);
    phash_release_secret(&a, q, sizeof *q);
    *query = NULL;
}

size_t phash_query_request_size(const phash_query *query)
{
    return PHASH_REQUEST_HEAD_SIZE + (size_t)query->budget * PHASH_ELEMENT_SIZE;
}

size_t phash_query_response_size(const phash_query *query)
{
    return PHASH_RESPONSE_HEAD_SIZE + (size_t)query->budget * PHASH_ELEMENT_SIZE + PHASH_PROOF_SIZE;
}

/* Inputs of the planned probes, then random ones up to the budget: the evaluator sees the same number always. */
static phash_status make_inputs(phash_query *q, const phash_fingerprint *readings, const uint32_t *ids, size_t n)
{
    uint32_t planned = 0;
    const phash_status st = phash_planner_run(q->planner, q->probes, &planned, readings, ids, n);

    if (st != PHASH_OK)
        return st;
    for (uint32_t i = 0; i < planned; i++)
        phash_band_input(q->inputs + (size_t)i * PHASH_TOKEN_INPUT_SIZE, &q->set->layout, q->probes[i].band,
                         q->probes[i].value);
    return phash_random(&q->allocator, q->inputs + (size_t)planned * PHASH_TOKEN_INPUT_SIZE,
                        (size_t)(q->budget - planned) * PHASH_TOKEN_INPUT_SIZE);
}

static phash_status blind_inputs(phash_query *q)
{
    phash_status st = PHASH_OK;

    for (uint32_t i = 0; st == PHASH_OK && i < q->budget; i++)
        st = phash_scalar_random(q->voprf, q->blinds + (size_t)i * PHASH_SCALAR_SIZE);
    if (st == PHASH_OK)
        st = phash_voprf_blind_batch(q->voprf, q->blinded, q->blinds, q->parts, q->budget);
    return st;
}

static void write_request(const phash_query *q, uint8_t *request, size_t size)
{
    phash_writer w = phash_writer_init(request, size);

    phash_write_u8(&w, PHASH_WIRE_VERSION);
    phash_write_u8(&w, PHASH_WIRE_REQUEST);
    phash_write_u16be(&w, (uint16_t)q->budget);
    phash_write_bytes(&w, q->set->manifest.id, PHASH_SET_ID_SIZE);
    phash_write_bytes(&w, q->set->key_id, PHASH_KEY_ID_SIZE);
    phash_write_bytes(&w, q->blinded, (size_t)q->budget * PHASH_ELEMENT_SIZE);
}

phash_status phash_query_begin(phash_query *query, uint8_t *request, size_t size, const phash_fingerprint *readings,
                               const uint32_t *ids, size_t n)
{
    if (query == NULL || request == NULL || (readings == NULL && n != 0) || n > PHASH_READINGS_PER_QUERY)
        return PHASH_E_ARGUMENT;
    if (size < phash_query_request_size(query))
        return PHASH_E_BUFFER_TOO_SMALL;
    phash_query_forget(query);
    phash_query_forget_matches(query);
    for (size_t i = 0; i < n; i++) {
        if (!phash_fingerprint_is_usable(&readings[i]))
            continue;
        query->readings[query->reading_count++] = (phash_query_reading){readings[i].hash, (uint32_t)i};
    }
    phash_status st = make_inputs(query, readings, ids, n);
    if (st == PHASH_OK)
        st = blind_inputs(query);
    if (st != PHASH_OK) {
        phash_query_forget(query);
        return st;
    }
    write_request(query, request, size);
    query->waiting = true;
    return PHASH_OK;
}

static const char *refusal_text(uint32_t code)
{
    switch (code) {
    case PHASH_WIRE_BAD_MESSAGE: return "it found the request malformed";
    case PHASH_WIRE_BAD_VERSION: return "it does not speak this version";
    case PHASH_WIRE_UNKNOWN_KEY: return "it does not serve this set's key";
    case PHASH_WIRE_TOO_MANY: return "the request has more tokens than it allows";
    case PHASH_WIRE_BAD_ELEMENT: return "it found an element invalid";
    case PHASH_WIRE_UNAVAILABLE: return "it is in trouble; ask again later";
    default: return "for a reason this version does not know";
    }
}

/* The evaluated elements and the proof behind them, or an error. */
static phash_status read_response(const phash_query *q, const uint8_t **evaluated, const uint8_t **proof,
                                  phash_diag *diag, const uint8_t *response, size_t size)
{
    phash_reader r = phash_reader_init(response, size);
    uint32_t version = phash_read_u8(&r);
    uint32_t type = phash_read_u8(&r);
    uint32_t n = phash_read_u16be(&r);

    if (r.failed || version != PHASH_WIRE_VERSION)
        return phash_fail(diag, PHASH_E_MESSAGE, "the evaluator's answer is not of version %u", PHASH_WIRE_VERSION);
    if (type == PHASH_WIRE_ERROR && size == PHASH_ERROR_SIZE)
        return phash_fail(diag, PHASH_E_REFUSED, "the evaluator refused: %s (code %" PRIu32 ")", refusal_text(n), n);
    if (type != PHASH_WIRE_RESPONSE || n != q->budget || size != phash_query_response_size(q))
        return phash_fail(diag, PHASH_E_MESSAGE, "the evaluator's answer of %zu bytes does not fit the request", size);
    const uint8_t *key_id = phash_read_bytes(&r, PHASH_KEY_ID_SIZE);
    if (key_id == NULL || memcmp(key_id, q->set->key_id, PHASH_KEY_ID_SIZE) != 0)
        return phash_fail(diag, PHASH_E_KEY, "the evaluator answered with another key than the set's");
    *evaluated = phash_read_bytes(&r, (size_t)n * PHASH_ELEMENT_SIZE);
    *proof = phash_read_bytes(&r, PHASH_PROOF_SIZE);
    return r.failed ? PHASH_E_INTERNAL : PHASH_OK;
}

static phash_status add_match(phash_query *q, const phash_found_match *match)
{
    if (q->match_count == q->match_room) {
        size_t room = q->match_room != 0 ? 2 * q->match_room : 16;
        phash_found_match *grown = phash_realloc(&q->allocator, q->matches, q->match_room, room, sizeof *grown);
        if (grown == NULL)
            return PHASH_E_NO_MEMORY;
        q->matches = grown;
        q->match_room = room;
    }
    q->matches[q->match_count++] = *match;
    return PHASH_OK;
}

/* Every entry a token opens: kept when within its radius of a reading, forgotten at once when not. */
static phash_status look_up(phash_query *q, phash_diag *diag, const uint8_t *token, const phash_probe *probe)
{
    phash_found_match match;
    bool found = true;
    phash_status st = PHASH_OK;

    for (uint32_t n = 0; st == PHASH_OK && found; n++) {
        st = phash_set_lookup(q->set, phash_voprf_digest(q->voprf), &q->cache, diag, &match.entry, &found, token,
                              probe->band, probe->value, n);
        if (st != PHASH_OK || !found)
            break;
        match.distance = UINT32_MAX;
        for (size_t r = 0; r < q->reading_count; r++) {
            uint32_t d = phash_hash_distance(&match.entry.hash, &q->readings[r].hash);
            if (d < match.distance) {
                match.distance = d;
                match.reading = q->readings[r].index;
            }
        }
        if (match.distance <= match.entry.radius)
            st = add_match(q, &match);
    }
    phash_wipe(&match, sizeof match);
    return st;
}

static int by_entry(const void *left, const void *right)
{
    const phash_found_match *a = left;
    const phash_found_match *b = right;

    return (a->entry.entry > b->entry.entry) - (a->entry.entry < b->entry.entry);
}

static int by_distance(const void *left, const void *right)
{
    const phash_found_match *a = left;
    const phash_found_match *b = right;

    if (a->distance != b->distance)
        return a->distance > b->distance ? 1 : -1;
    if (a->entry.source != b->entry.source)
        return a->entry.source > b->entry.source ? 1 : -1;
    return strcmp(a->entry.label, b->entry.label);
}

/* An entry can be found through several bands: keep it once; then nearest first. */
static void settle_matches(phash_query *q)
{
    size_t n = 0;

    if (q->match_count == 0)
        return;
    qsort(q->matches, q->match_count, sizeof *q->matches, by_entry);
    for (size_t i = 0; i < q->match_count; i++)
        if (n == 0 || q->matches[i].entry.entry != q->matches[n - 1].entry.entry)
            q->matches[n++] = q->matches[i];
    phash_wipe(q->matches + n, (q->match_count - n) * sizeof *q->matches);
    q->match_count = n;
    qsort(q->matches, n, sizeof *q->matches, by_distance);
}

phash_status phash_query_finish(phash_query *query, phash_verdict *verdict, phash_diag *diag, const uint8_t *response,
                                size_t size)
{
    const uint8_t *evaluated = NULL;
    const uint8_t *proof = NULL;

    if (verdict == NULL)
        return PHASH_E_ARGUMENT;
    *verdict = PHASH_VERDICT_INDETERMINATE;
    if (query == NULL || (response == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    if (!query->waiting)
        return PHASH_E_STATE;
    phash_status st = read_response(query, &evaluated, &proof, diag, response, size);
    if (st == PHASH_OK) {
        st = phash_voprf_finalize(query->voprf, query->tokens, query->parts, query->blinds, query->blinded, evaluated,
                                  query->budget, query->set->manifest.public_key, proof);
        if (st == PHASH_E_PROOF_INVALID)
            (void)phash_fail(diag, st, "the evaluator's proof does not verify: it did not use the set's key");
        if (st == PHASH_E_POINT_INVALID)
            (void)phash_fail(diag, st, "the evaluator's answer holds an invalid point");
    }
    for (uint32_t i = 0; st == PHASH_OK && i < query->budget; i++)
        st = look_up(query, diag, query->tokens + (size_t)i * PHASH_VOPRF_OUTPUT_SIZE, &query->probes[i]);
    if (st == PHASH_OK && query->reading_count != 0) {
        settle_matches(query);
        *verdict = query->match_count != 0 ? PHASH_VERDICT_MATCH : PHASH_VERDICT_NO_MATCH;
    } else {
        phash_query_forget_matches(query);
    }
    phash_query_forget(query);
    return st;
}

size_t phash_query_match_count(const phash_query *query)
{
    return query->match_count;
}

phash_status phash_query_get_match(const phash_query *query, phash_private_match *match, size_t i)
{
    if (query == NULL || match == NULL || i >= query->match_count)
        return PHASH_E_ARGUMENT;
    const phash_found_match *m = &query->matches[i];
    match->hash = m->entry.hash;
    match->distance = m->distance;
    match->radius = m->entry.radius;
    match->reading = m->reading;
    match->source = m->entry.source;
    match->label = m->entry.label;
    match->label_size = m->entry.label_size;
    return PHASH_OK;
}
