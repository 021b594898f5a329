/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluator's side: bytes of a request in, bytes of a response out, nothing kept. */
#include "hashset/key.h"
#include "match/wire.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <phash/private.h>

#include <inttypes.h>
#include <string.h>

struct phash_evaluator {
    phash_allocator allocator;
    phash_voprf *voprf;
    uint8_t secret[PHASH_SCALAR_SIZE];
    uint8_t public_key[PHASH_ELEMENT_SIZE];
    uint8_t key_id[PHASH_KEY_ID_SIZE];
    uint32_t max_tokens;
};

phash_status phash_evaluator_new(phash_evaluator **out, const phash_key *key, uint32_t max_tokens,
                                 const phash_options *options)
{
    if (out == NULL || key == NULL || max_tokens > PHASH_VOPRF_BATCH_MAX)
        return PHASH_E_ARGUMENT;
    phash_allocator a = phash_allocator_from(options);
    phash_evaluator *e = phash_alloc(&a, 1, sizeof *e);
    if (e == NULL)
        return PHASH_E_NO_MEMORY;
    e->allocator = a;
    e->max_tokens = max_tokens != 0 ? max_tokens : PHASH_BUDGET_MAX;
    memcpy(e->secret, key->secret, sizeof e->secret);
    memcpy(e->public_key, key->public_key, sizeof e->public_key);
    memcpy(e->key_id, key->id, sizeof e->key_id);
    phash_status st = phash_voprf_new(&e->voprf, &a);
    if (st == PHASH_OK)
        *out = e;
    else
        phash_evaluator_free(&e);
    return st;
}

void phash_evaluator_free(phash_evaluator **evaluator)
{
    if (evaluator == NULL || *evaluator == NULL)
        return;
    phash_evaluator *e = *evaluator;
    phash_allocator a = e->allocator;
    phash_voprf_free(&e->voprf);
    phash_release_secret(&a, e, sizeof *e);
    *evaluator = NULL;
}

size_t phash_evaluator_response_max(const phash_evaluator *evaluator)
{
    return PHASH_RESPONSE_HEAD_SIZE + (size_t)evaluator->max_tokens * PHASH_ELEMENT_SIZE + PHASH_PROOF_SIZE;
}

/* Why a request was turned away. */
typedef struct refusal {
    phash_wire_error code;
    size_t index;
} refusal;

static phash_status refuse(refusal *why, phash_wire_error code, size_t index, phash_status status)
{
    why->code = code;
    why->index = index;
    return status;
}

static phash_status read_request(const phash_evaluator *e, const uint8_t **elements, uint32_t *count, refusal *why,
                                 phash_diag *diag, const uint8_t *request, size_t size)
{
    phash_reader r = phash_reader_init(request, size);
    uint32_t version = phash_read_u8(&r);
    uint32_t type = phash_read_u8(&r);
    uint32_t n = phash_read_u16be(&r);
    const uint8_t *set_id = phash_read_bytes(&r, PHASH_SET_ID_SIZE);
    const uint8_t *key_id = phash_read_bytes(&r, PHASH_KEY_ID_SIZE);

    (void)set_id; /* names the set for logs and metering of the operator's own; any is answered */
    if (size >= 1 && version != PHASH_WIRE_VERSION)
        return refuse(why, PHASH_WIRE_BAD_VERSION, 0,
                      phash_fail(diag, PHASH_E_VERSION, "request of version %" PRIu32 "; this evaluator speaks %u",
                                 version, PHASH_WIRE_VERSION));
    if (r.failed || type != PHASH_WIRE_REQUEST)
        return refuse(why, PHASH_WIRE_BAD_MESSAGE, 0,
                      phash_fail(diag, PHASH_E_MESSAGE, "not a request, or cut short: %zu bytes", size));
    if (memcmp(key_id, e->key_id, sizeof e->key_id) != 0)
        return refuse(why, PHASH_WIRE_UNKNOWN_KEY, 0,
                      phash_fail(diag, PHASH_E_KEY, "the request is for another key than this evaluator's"));
    if (n > e->max_tokens)
        return refuse(why, PHASH_WIRE_TOO_MANY, 0,
                      phash_fail(diag, PHASH_E_LIMIT, "%" PRIu32 " tokens; the limit is %" PRIu32, n, e->max_tokens));
    *elements = phash_read_bytes(&r, (size_t)n * PHASH_ELEMENT_SIZE);
    if (n == 0 || r.failed || phash_reader_left(&r) != 0)
        return refuse(why, PHASH_WIRE_BAD_MESSAGE, 0,
                      phash_fail(diag, PHASH_E_MESSAGE, "%zu bytes do not fit a count of %" PRIu32 " tokens", size, n));
    *count = n;
    return PHASH_OK;
}

static phash_status write_error(const phash_evaluator *e, uint8_t *response, size_t size, size_t *written,
                                const refusal *why, phash_status status)
{
    phash_writer w = phash_writer_init(response, size);

    if (size < PHASH_ERROR_SIZE)
        return status;
    phash_write_u8(&w, PHASH_WIRE_VERSION);
    phash_write_u8(&w, PHASH_WIRE_ERROR);
    phash_write_u16be(&w, (uint16_t)why->code);
    phash_write_u16be(&w, (uint16_t)why->index);
    phash_write_bytes(&w, e->key_id, sizeof e->key_id);
    *written = w.at;
    return status;
}

/* Evaluate straight into the response; the proof follows the elements. */
static phash_status write_response(phash_evaluator *e, uint8_t *response, size_t size, size_t *written, refusal *why,
                                   phash_diag *diag, const uint8_t *elements, uint32_t n)
{
    size_t bad = 0;
    size_t total = PHASH_RESPONSE_HEAD_SIZE + (size_t)n * PHASH_ELEMENT_SIZE + PHASH_PROOF_SIZE;
    phash_writer w = phash_writer_init(response, size);

    if (size < total)
        return refuse(why, PHASH_WIRE_UNAVAILABLE, 0, PHASH_E_BUFFER_TOO_SMALL);
    phash_write_u8(&w, PHASH_WIRE_VERSION);
    phash_write_u8(&w, PHASH_WIRE_RESPONSE);
    phash_write_u16be(&w, (uint16_t)n);
    phash_write_bytes(&w, e->key_id, sizeof e->key_id);
    uint8_t *evaluated = response + w.at;
    phash_status st = phash_voprf_evaluate(e->voprf, evaluated, evaluated + (size_t)n * PHASH_ELEMENT_SIZE, &bad,
                                           e->secret, e->public_key, elements, n, NULL);
    if (st == PHASH_E_POINT_INVALID)
        return refuse(why, PHASH_WIRE_BAD_ELEMENT, bad,
                      phash_fail(diag, st, "element %zu of the request is not a valid point", bad));
    if (st != PHASH_OK)
        return refuse(why, PHASH_WIRE_UNAVAILABLE, 0, st);
    *written = total;
    return PHASH_OK;
}

phash_status phash_evaluator_answer(phash_evaluator *evaluator, uint8_t *response, size_t size, size_t *written,
                                    uint32_t *tokens, phash_diag *diag, const uint8_t *request, size_t request_size)
{
    const uint8_t *elements = NULL;
    uint32_t n = 0;
    refusal why = {PHASH_WIRE_UNAVAILABLE, 0};

    if (evaluator == NULL || response == NULL || written == NULL || (request == NULL && request_size != 0))
        return PHASH_E_ARGUMENT;
    *written = 0;
    if (tokens != NULL)
        *tokens = 0;
    phash_status st = read_request(evaluator, &elements, &n, &why, diag, request, request_size);
    if (st == PHASH_OK)
        st = write_response(evaluator, response, size, written, &why, diag, elements, n);
    if (st != PHASH_OK)
        return write_error(evaluator, response, size, written, &why, st);
    if (tokens != NULL)
        *tokens = n;
    return PHASH_OK;
}
