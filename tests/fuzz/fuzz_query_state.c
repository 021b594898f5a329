/* SPDX-License-Identifier: Apache-2.0 */
/* Loads hostile bytes as a saved query, as they are and with a digest that fits, and finishes what was loaded. The key
 * is that of seeds_private. */
#include "match/query.h"

#include "support/guard.h"
#include "support/set_fixture.h"

#include <phash/private.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static phash_set *set;
static phash_query *query;
static uint8_t response[8192];
static size_t response_size;

static void begin(void)
{
    test_rng rng = test_rng_init(3);
    static set_bytes bytes;
    phash_evaluator *evaluator = NULL;
    uint8_t request[8192];
    phash_hash hashes[6];

    for (size_t i = 0; i < 6; i++)
        hashes[i] = fixture_hash(&rng);
    phash_list *list = fixture_list(hashes, 6);
    phash_key *key = fixture_key(2);
    if (fixture_build(&bytes, key, list, 8, 64) != PHASH_OK ||
        phash_set_open_memory(&set, NULL, bytes.data, bytes.size, NULL) != PHASH_OK ||
        phash_query_new(&query, set, NULL) != PHASH_OK || phash_evaluator_new(&evaluator, key, 0, NULL) != PHASH_OK ||
        phash_query_begin(query, request, sizeof request, NULL, NULL, 0) != PHASH_OK ||
        phash_evaluator_answer(evaluator, response, sizeof response, &response_size, NULL, NULL, request,
                               phash_query_request_size(query)) != PHASH_OK)
        abort();
    phash_evaluator_free(&evaluator);
    phash_list_free(&list);
    phash_key_free(&key);
}

/* What was loaded gives a verdict or an error, and that once. The evaluator's answer is to another request: finishing
 * gets as far as the proof. */
static void use(const uint8_t *state, size_t size)
{
    phash_verdict verdict;
    const phash_status st = phash_query_load(query, NULL, state, size);

    if (st == PHASH_OK) {
        uint8_t *again = malloc(size);
        if (again == NULL || phash_query_save(query, again, size) != PHASH_OK)
            abort();
        free(again);
    }
    const phash_status finished = phash_query_finish(query, &verdict, NULL, response, response_size);
    if ((finished == PHASH_E_STATE) != (st != PHASH_OK) || (finished != PHASH_OK && verdict == PHASH_VERDICT_NO_MATCH))
        abort();
    if (phash_query_finish(query, &verdict, NULL, response, response_size) != PHASH_E_STATE)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (set == NULL)
        begin();
    guard_buffer b = guard_new(size);
    if (size != 0)
        memcpy(b.data, data, size);
    use(b.data, size);
    if (size > PHASH_SHA256_SIZE) {
        const phash_part all = {b.data, size - PHASH_SHA256_SIZE};
        if (phash_sha256(phash_voprf_digest(query->voprf), b.data + all.size, &all, 1) != PHASH_OK)
            abort();
        use(b.data, size);
    }
    guard_free(&b);
    return 0;
}
