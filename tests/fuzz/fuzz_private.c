/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile requests to the evaluator, hostile responses to the client, hostile key files of evaluators and signers. The
 * first byte chooses. */
#include "support/guard.h"
#include "support/set_fixture.h"

#include <phash/private.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static phash_evaluator *evaluator;
static phash_query *query;
static uint8_t request[16384];
static uint8_t response[65536];

/* A set that lives as long as the fuzzer. */
static void begin(void)
{
    static set_bytes bytes;
    static phash_set *set;
    test_rng rng = test_rng_init(1);
    phash_hash hash = fixture_hash(&rng);
    phash_list *list = fixture_list(&hash, 1);
    phash_key *key = fixture_key(2);

    if (fixture_build(&bytes, key, list, 8, 64) != PHASH_OK ||
        phash_set_open_memory(&set, NULL, bytes.data, bytes.size, NULL) != PHASH_OK ||
        phash_query_new(&query, set, NULL) != PHASH_OK || phash_evaluator_new(&evaluator, key, 4, NULL) != PHASH_OK)
        abort();
    phash_key_free(&key);
    phash_list_free(&list);
}

static void hostile_response(const uint8_t *bytes, size_t size)
{
    phash_verdict verdict = PHASH_VERDICT_NO_MATCH;

    if (phash_query_begin(query, request, sizeof request, NULL, NULL, 0) != PHASH_OK)
        abort();
    if (phash_query_finish(query, &verdict, NULL, bytes, size) == PHASH_OK || verdict != PHASH_VERDICT_INDETERMINATE)
        abort(); /* no input can hold a valid proof for these fresh blinds */
}

static void hostile_request(const uint8_t *bytes, size_t size)
{
    size_t written = 0;
    uint32_t tokens = 0;
    phash_status st =
        phash_evaluator_answer(evaluator, response, sizeof response, &written, &tokens, NULL, bytes, size);

    if (written == 0 || (st != PHASH_OK && tokens != 0))
        abort(); /* every request is answered, and only evaluated ones are metered */
}

static void hostile_key(const uint8_t *bytes, size_t size)
{
    phash_key *key = NULL;

    if (phash_key_read(&key, NULL, bytes, size, NULL) != PHASH_OK && key != NULL)
        abort();
    phash_key_free(&key);
}

static void hostile_signer(const uint8_t *bytes, size_t size)
{
    phash_signer *signer = NULL;
    uint8_t public_key[PHASH_SIGNER_KEY_SIZE];

    if (phash_signer_read(&signer, NULL, bytes, size, NULL) != PHASH_OK && signer != NULL)
        abort();
    phash_signer_free(&signer);
    (void)!phash_signer_read_public(public_key, NULL, bytes, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (evaluator == NULL)
        begin();
    if (size == 0)
        return 0;
    guard_buffer b = guard_new(size - 1);
    if (size > 1)
        memcpy(b.data, data + 1, size - 1);
    switch (data[0] == 3 ? 3 : data[0] % 3) {
    case 0: hostile_request(b.data, size - 1); break;
    case 1: hostile_response(b.data, size - 1); break;
    case 2: hostile_key(b.data, size - 1); break;
    default: hostile_signer(b.data, size - 1); break;
    }
    guard_free(&b);
    return 0;
}
