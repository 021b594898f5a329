/* SPDX-License-Identifier: Apache-2.0 */
/* Queries that outlive their process (docs/protocol.md, "Saved queries"). Integers are little-endian, as in files.
 *
 *   mark 16, version 4, budget 4, set digest 32, key id 16, count of fingerprints 4,
 *   PHASH_READINGS_PER_QUERY times: hash 32, index 4; zeros after the last,
 *   budget inputs of 32, budget blinds of 32, budget blinded elements of 33,
 *   SHA-256 of all that
 */
#include "match/query.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

enum { STATE_VERSION = 0, READING_SIZE = PHASH_HASH_SIZE + 4, HEAD_SIZE = 16 + 4 + 4 };

static const char mark[16] = "phash query\n\0\0\0";

static size_t state_size(uint32_t budget)
{
    const size_t token = PHASH_TOKEN_INPUT_SIZE + PHASH_SCALAR_SIZE + PHASH_ELEMENT_SIZE;

    return HEAD_SIZE + PHASH_DIGEST_SIZE + PHASH_KEY_ID_SIZE + 4 + (size_t)PHASH_READINGS_PER_QUERY * READING_SIZE +
           budget * token + PHASH_SHA256_SIZE;
}

size_t phash_query_state_size(const phash_query *query)
{
    return state_size(query->budget);
}

/* SHA-256 of everything but the last PHASH_SHA256_SIZE bytes. */
static phash_status sum_up(const phash_query *q, uint8_t sum[PHASH_SHA256_SIZE], const uint8_t *state)
{
    const phash_part all = {state, state_size(q->budget) - PHASH_SHA256_SIZE};

    return phash_sha256(phash_voprf_digest(q->voprf), sum, &all, 1);
}

phash_status phash_query_save(const phash_query *query, uint8_t *state, size_t size)
{
    phash_set_info info;

    if (query == NULL || state == NULL)
        return PHASH_E_ARGUMENT;
    if (!query->waiting)
        return PHASH_E_STATE;
    if (size < state_size(query->budget))
        return PHASH_E_BUFFER_TOO_SMALL;
    phash_status st = phash_set_get_info(query->set, &info);
    if (st != PHASH_OK)
        return st;
    const size_t n = query->budget;
    phash_writer w = phash_writer_init(state, state_size(query->budget));
    phash_write_bytes(&w, mark, sizeof mark);
    phash_write_u32le(&w, STATE_VERSION);
    phash_write_u32le(&w, query->budget);
    phash_write_bytes(&w, info.digest, PHASH_DIGEST_SIZE);
    phash_write_bytes(&w, info.key_id, PHASH_KEY_ID_SIZE);
    phash_write_u32le(&w, (uint32_t)query->reading_count);
    for (size_t r = 0; r < query->reading_count; r++) {
        phash_write_bytes(&w, query->readings[r].hash.bytes, PHASH_HASH_SIZE);
        phash_write_u32le(&w, query->readings[r].index);
    }
    phash_write_zeros(&w, (PHASH_READINGS_PER_QUERY - query->reading_count) * READING_SIZE);
    phash_write_bytes(&w, query->inputs, n * PHASH_TOKEN_INPUT_SIZE);
    phash_write_bytes(&w, query->blinds, n * PHASH_SCALAR_SIZE);
    phash_write_bytes(&w, query->blinded, n * PHASH_ELEMENT_SIZE);
    st = w.failed || w.at + PHASH_SHA256_SIZE != w.size ? PHASH_E_INTERNAL : sum_up(query, state + w.at, state);
    if (st != PHASH_OK)
        phash_wipe(state, state_size(query->budget));
    return st;
}

/* Everything before the fingerprints: is this a state of a query about this set? */
static phash_status check_head(const phash_query *q, phash_diag *diag, phash_reader *r, const uint8_t *state)
{
    phash_set_info info;
    uint8_t sum[PHASH_SHA256_SIZE];
    const uint8_t *begin = phash_read_bytes(r, sizeof mark);
    const uint32_t version = phash_read_u32le(r);
    const uint32_t budget = phash_read_u32le(r);
    const uint8_t *digest = phash_read_bytes(r, PHASH_DIGEST_SIZE);
    const uint8_t *key_id = phash_read_bytes(r, PHASH_KEY_ID_SIZE);
    phash_status st = phash_set_get_info(q->set, &info);

    if (st != PHASH_OK)
        return st;
    if (begin == NULL || memcmp(begin, mark, sizeof mark) != 0)
        return phash_fail(diag, PHASH_E_MAGIC, "these bytes are not a saved query");
    if (version != STATE_VERSION)
        return phash_fail(diag, PHASH_E_VERSION, "the saved query has version %" PRIu32 "; this library knows %d",
                          version, STATE_VERSION);
    if (key_id == NULL)
        return phash_fail(diag, PHASH_E_TRUNCATED, "the saved query ends after %zu bytes", r->size);
    if (memcmp(key_id, info.key_id, PHASH_KEY_ID_SIZE) != 0)
        return phash_fail(diag, PHASH_E_KEY, "the query was saved for a set of another key");
    if (memcmp(digest, info.digest, PHASH_DIGEST_SIZE) != 0 || budget != q->budget)
        return phash_fail(diag, PHASH_E_KEY, "the query was saved for another set or another edition of it");
    if (r->size != state_size(q->budget))
        return phash_fail(diag, r->size < state_size(q->budget) ? PHASH_E_TRUNCATED : PHASH_E_RECORD,
                          "the saved query has %zu bytes instead of %zu", r->size, state_size(q->budget));
    st = sum_up(q, sum, state);
    if (st == PHASH_OK && memcmp(sum, state + r->size - PHASH_SHA256_SIZE, PHASH_SHA256_SIZE) != 0)
        st = phash_fail(diag, PHASH_E_CHECKSUM, "the saved query is damaged: it does not agree with its digest");
    phash_wipe(sum, sizeof sum);
    return st;
}

/* The probe that an input stands for; that of a random one is never looked at closely. */
static phash_probe probe_of(const phash_query *q, const uint8_t input[PHASH_TOKEN_INPUT_SIZE])
{
    uint8_t again[PHASH_TOKEN_INPUT_SIZE];
    phash_reader r = phash_reader_init(input, PHASH_TOKEN_INPUT_SIZE);
    phash_probe probe = {0, 0};

    (void)phash_read_bytes(&r, PHASH_TOKEN_INPUT_BAND);
    const uint32_t band = phash_read_u8(&r);
    (void)phash_read_u8(&r); /* number of bits: follows from the band */
    const uint64_t value = phash_read_u64le(&r);
    if (band < q->set->layout.bands) {
        phash_band_input(again, &q->set->layout, band, value);
        if (memcmp(again, input, sizeof again) == 0)
            probe = (phash_probe){value, band};
    }
    phash_wipe(again, sizeof again);
    return probe;
}

static phash_status read_body(phash_query *q, phash_diag *diag, phash_reader *r)
{
    const size_t n = q->budget;
    const uint32_t count = phash_read_u32le(r);

    if (count > PHASH_READINGS_PER_QUERY)
        return phash_fail(diag, PHASH_E_RECORD, "the saved query has %" PRIu32 " fingerprints; the limit is %d", count,
                          PHASH_READINGS_PER_QUERY);
    for (uint32_t i = 0; i < count; i++) {
        phash_read_copy(r, q->readings[i].hash.bytes, PHASH_HASH_SIZE);
        q->readings[i].index = phash_read_u32le(r);
    }
    q->reading_count = count;
    (void)phash_read_bytes(r, (PHASH_READINGS_PER_QUERY - count) * READING_SIZE);
    phash_read_copy(r, q->inputs, n * PHASH_TOKEN_INPUT_SIZE);
    for (size_t i = 0; i < n; i++)
        q->probes[i] = probe_of(q, q->inputs + i * PHASH_TOKEN_INPUT_SIZE);
    phash_read_copy(r, q->blinds, n * PHASH_SCALAR_SIZE);
    phash_read_copy(r, q->blinded, n * PHASH_ELEMENT_SIZE);
    return r->failed ? PHASH_E_INTERNAL : PHASH_OK;
}

phash_status phash_query_load(phash_query *query, phash_diag *diag, const uint8_t *state, size_t size)
{
    if (query == NULL || state == NULL)
        return PHASH_E_ARGUMENT;
    phash_query_forget(query);
    phash_query_forget_matches(query);
    phash_reader r = phash_reader_init(state, size);
    phash_status st = check_head(query, diag, &r, state);
    if (st == PHASH_OK)
        st = read_body(query, diag, &r);
    if (st == PHASH_OK)
        query->waiting = true;
    else
        phash_query_forget(query);
    return st;
}
