/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange as a whole, and the privacy properties that docs/threat-model.md claims. */
#include "match/wire.h"

#include "support/failing_alloc.h"
#include "support/set_fixture.h"

#include <phash/private.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_private(void);

#define N 30
#define BUDGET 64
static phash_hash hashes[N];
static phash_key *key;
static set_bytes bytes;
static phash_set *set;
static phash_query *query;
static phash_evaluator *evaluator;
static uint8_t request[16384];
static uint8_t response[65536];
static test_rng rng;

static void set_up(void)
{
    rng = test_rng_init(21);
    for (size_t i = 0; i < N; i++)
        hashes[i] = fixture_hash(&rng);
    hashes[1] = fixture_flip(&rng, &hashes[0], 4); /* a near-duplicate */
    phash_list *list = fixture_list(hashes, N);
    key = fixture_key(22);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 6, BUDGET), PHASH_OK);
    ck_assert_int_eq(phash_set_open_memory(&set, NULL, bytes.data, bytes.size, NULL), PHASH_OK);
    ck_assert_int_eq(phash_query_new(&query, set, NULL), PHASH_OK);
    ck_assert_int_eq(phash_evaluator_new(&evaluator, key, 0, NULL), PHASH_OK);
    phash_list_free(&list);
}

static void tear_down(void)
{
    phash_evaluator_free(&evaluator);
    phash_query_free(&query);
    phash_set_free(&set);
    set_bytes_free(&bytes);
    phash_key_free(&key);
}

static size_t ask(const phash_fingerprint *p, size_t n)
{
    size_t size = 0;
    uint32_t tokens = 0;

    ck_assert_int_eq(phash_query_begin(query, request, sizeof request, p, NULL, n), PHASH_OK);
    ck_assert_int_eq(phash_evaluator_answer(evaluator, response, sizeof response, &size, &tokens, NULL, request,
                                            phash_query_request_size(query)),
                     PHASH_OK);
    ck_assert_uint_eq(tokens, BUDGET);
    ck_assert_uint_eq(size, phash_query_response_size(query));
    return size;
}

static phash_verdict exchange(const phash_fingerprint *p, size_t n)
{
    phash_verdict verdict;
    phash_diag diag = {""};
    size_t size = ask(p, n);

    ck_assert_msg(phash_query_finish(query, &verdict, &diag, response, size) == PHASH_OK, "%s", diag.text);
    return verdict;
}

START_TEST(listed_hashes_match_with_their_distance)
{
    for (size_t i = 2; i < 10; i++) {
        phash_hash edited = fixture_flip(&rng, &hashes[i], (uint32_t)i);
        phash_fingerprint p = fixture_print(&rng, &edited, &hashes[i]);
        phash_private_match m;
        char label[32];
        snprintf(label, sizeof label, "photo-%zu", i);
        ck_assert_int_eq(exchange(&p, 1), PHASH_VERDICT_MATCH);
        ck_assert_uint_eq(phash_query_match_count(query), 1);
        ck_assert_int_eq(phash_query_get_match(query, &m, 0), PHASH_OK);
        ck_assert_uint_eq(m.distance, i);
        ck_assert_str_eq(m.label, label);
        ck_assert_mem_eq(m.hash.bytes, hashes[i].bytes, PHASH_HASH_SIZE);
        ck_assert_int_eq(phash_query_get_match(query, &m, 1), PHASH_E_ARGUMENT);
    }
}
END_TEST

START_TEST(strangers_do_not_match)
{
    for (int i = 0; i < 5; i++) {
        phash_hash h = fixture_hash(&rng);
        phash_fingerprint p = fixture_print(&rng, &h, NULL);
        ck_assert_int_eq(exchange(&p, 1), PHASH_VERDICT_NO_MATCH);
        ck_assert_uint_eq(phash_query_match_count(query), 0);
    }
}
END_TEST

/* A token that opens an entry too far away must not be reported: the exact distance decides. */
START_TEST(a_shared_band_is_not_a_match)
{
    phash_hash far = hashes[5];
    phash_fingerprint p;

    for (size_t i = 0; i < 14; i++)
        far.bytes[i] ^= 0xff; /* coefficient rows 9 to 15: the first band, diagonals 0 to 8, stays */
    p = fixture_print(&rng, &far, NULL);
    ck_assert_int_eq(exchange(&p, 1), PHASH_VERDICT_NO_MATCH);
}
END_TEST

START_TEST(all_near_entries_are_found_nearest_first)
{
    phash_fingerprint p = fixture_print(&rng, &hashes[1], NULL);
    phash_private_match a;
    phash_private_match b;

    ck_assert_int_eq(exchange(&p, 1), PHASH_VERDICT_MATCH);
    ck_assert_uint_eq(phash_query_match_count(query), 2);
    ck_assert_int_eq(phash_query_get_match(query, &a, 0), PHASH_OK);
    ck_assert_int_eq(phash_query_get_match(query, &b, 1), PHASH_OK);
    ck_assert_str_eq(a.label, "photo-1");
    ck_assert_uint_eq(a.distance, 0);
    ck_assert_str_eq(b.label, "photo-0");
    ck_assert_uint_eq(b.distance, 4);
}
END_TEST

START_TEST(any_reading_can_match)
{
    phash_hash other = fixture_hash(&rng);
    phash_fingerprint p[3] = {fixture_print(&rng, &other, NULL), fixture_print(&rng, &other, NULL),
                              fixture_print(&rng, &hashes[7], NULL)};
    phash_private_match m;

    p[1].quality = 10; /* left out, but the numbering stays */
    ck_assert_int_eq(exchange(p, 3), PHASH_VERDICT_MATCH);
    ck_assert_int_eq(phash_query_get_match(query, &m, 0), PHASH_OK);
    ck_assert_uint_eq(m.reading, 2);
    ck_assert_uint_eq(m.distance, 0);
    p[1].quality = 100; /* as good as the others, but noise */
    p[1].flags = PHASH_FINGERPRINT_MEANINGLESS;
    p[1].hash = hashes[8];
    ck_assert_int_eq(exchange(p, 3), PHASH_VERDICT_MATCH);
    ck_assert_uint_eq(phash_query_match_count(query), 1);
    ck_assert_int_eq(phash_query_get_match(query, &m, 0), PHASH_OK);
    ck_assert_uint_eq(m.reading, 2);
}
END_TEST

START_TEST(what_cannot_be_judged_is_indeterminate)
{
    phash_fingerprint p = fixture_print(&rng, &hashes[7], NULL);

    p.quality = PHASH_QUALITY_MIN - 1;
    ck_assert_int_eq(exchange(&p, 1), PHASH_VERDICT_INDETERMINATE);
    ck_assert_uint_eq(phash_query_match_count(query), 0);
    p.quality = 100;
    for (uint32_t flag = PHASH_FINGERPRINT_TOO_SMALL; flag <= PHASH_FINGERPRINT_MEANINGLESS; flag *= 2) {
        p.flags = flag;
        ck_assert_int_eq(exchange(&p, 1), PHASH_VERDICT_INDETERMINATE);
        ck_assert_uint_eq(phash_query_match_count(query), 0);
    }
    ck_assert_int_eq(exchange(NULL, 0), PHASH_VERDICT_INDETERMINATE);
}
END_TEST

START_TEST(a_lying_evaluator_is_caught)
{
    phash_key *other = fixture_key(23);
    phash_evaluator *liar = NULL;
    phash_fingerprint p = fixture_print(&rng, &hashes[3], NULL);
    phash_verdict verdict;
    size_t size = 0;
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    uint8_t ids[2][PHASH_KEY_ID_SIZE];

    /* another key that claims to be the set's */
    ck_assert_int_eq(phash_evaluator_new(&liar, other, 0, NULL), PHASH_OK);
    phash_key_public(key, public_key, ids[0]);
    phash_key_public(other, public_key, ids[1]);
    ck_assert_int_eq(phash_query_begin(query, request, sizeof request, &p, NULL, 1), PHASH_OK);
    memcpy(request + 4 + PHASH_SET_ID_SIZE, ids[1], PHASH_KEY_ID_SIZE);
    ck_assert_int_eq(phash_evaluator_answer(liar, response, sizeof response, &size, NULL, NULL, request,
                                            phash_query_request_size(query)),
                     PHASH_OK);
    memcpy(response + 4, ids[0], PHASH_KEY_ID_SIZE);
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, size), PHASH_E_PROOF_INVALID);
    ck_assert_int_eq(verdict, PHASH_VERDICT_INDETERMINATE);
    ck_assert_uint_eq(phash_query_match_count(query), 0);
    phash_evaluator_free(&liar);
    phash_key_free(&other);
}
END_TEST

START_TEST(every_changed_byte_of_a_response_is_caught)
{
    phash_fingerprint p = fixture_print(&rng, &hashes[3], NULL);
    phash_verdict verdict;

    for (size_t i = 0; i < phash_query_response_size(query); i += 1 + i / 8) {
        size_t size = ask(&p, 1);
        response[i] ^= 1;
        ck_assert_int_ne(phash_query_finish(query, &verdict, NULL, response, size), PHASH_OK);
        ck_assert_int_eq(verdict, PHASH_VERDICT_INDETERMINATE);
    }
    for (size_t cut = 1; cut < 200; cut += 20) {
        size_t size = ask(&p, 1);
        ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, size - cut), PHASH_E_MESSAGE);
        ck_assert_int_eq(verdict, PHASH_VERDICT_INDETERMINATE);
    }
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, 10), PHASH_E_STATE); /* it is over */
}
END_TEST

static void refused(phash_status want, uint32_t code, size_t size)
{
    size_t written = 0;
    uint32_t tokens = 99;
    phash_verdict verdict;
    phash_diag diag = {""};

    ck_assert_int_eq(
        phash_evaluator_answer(evaluator, response, sizeof response, &written, &tokens, &diag, request, size), want);
    ck_assert_uint_eq(written, PHASH_ERROR_SIZE);
    ck_assert_uint_eq(tokens, 0);
    ck_assert_uint_eq((uint32_t)(response[2] << 8 | response[3]), code);
    ck_assert_uint_ne(strlen(diag.text), 0);
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, written), PHASH_E_REFUSED);
    ck_assert_int_eq(verdict, PHASH_VERDICT_INDETERMINATE);
}

START_TEST(bad_requests_are_refused_with_the_rule)
{
    phash_fingerprint p = fixture_print(&rng, &hashes[3], NULL);
    size_t size = phash_query_request_size(query);

#define BEGIN() ck_assert_int_eq(phash_query_begin(query, request, sizeof request, &p, NULL, 1), PHASH_OK)
    BEGIN();
    request[0] = 9;
    refused(PHASH_E_VERSION, PHASH_WIRE_BAD_VERSION, size);
    BEGIN();
    request[1] = 2;
    refused(PHASH_E_MESSAGE, PHASH_WIRE_BAD_MESSAGE, size);
    BEGIN();
    refused(PHASH_E_MESSAGE, PHASH_WIRE_BAD_MESSAGE, size - 1);
    BEGIN();
    refused(PHASH_E_MESSAGE, PHASH_WIRE_BAD_MESSAGE, 3);
    BEGIN();
    refused(PHASH_E_MESSAGE, PHASH_WIRE_BAD_MESSAGE, 0);
    BEGIN();
    request[20] ^= 1;
    refused(PHASH_E_KEY, PHASH_WIRE_UNKNOWN_KEY, size);
    BEGIN();
    request[2] = 0xff;
    refused(PHASH_E_LIMIT, PHASH_WIRE_TOO_MANY, size);
    BEGIN();
    request[PHASH_REQUEST_HEAD_SIZE + 3 * PHASH_ELEMENT_SIZE] = 4;
    refused(PHASH_E_POINT_INVALID, PHASH_WIRE_BAD_ELEMENT, size);
    ck_assert_uint_eq(response[5], 3); /* which element */
#undef BEGIN
}
END_TEST

START_TEST(a_damaged_set_gives_no_verdict)
{
    phash_fingerprint p = fixture_print(&rng, &hashes[3], NULL);
    phash_verdict verdict;
    size_t size = ask(&p, 1);

    for (size_t i = 4096; i < bytes.size; i += 97) /* all of the body: some block that is read is hit */
        bytes.data[i] ^= 1;
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, size), PHASH_E_CHECKSUM);
    ck_assert_int_eq(verdict, PHASH_VERDICT_INDETERMINATE);
    ck_assert_uint_eq(phash_query_match_count(query), 0);
}
END_TEST

START_TEST(contracts_are_kept)
{
    static phash_fingerprint p[PHASH_READINGS_PER_QUERY + 1];
    phash_verdict verdict;
    size_t written;

    memset(p, 0, sizeof p);
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, 4), PHASH_E_STATE);
    ck_assert_int_eq(phash_query_begin(query, request, 10, p, NULL, 1), PHASH_E_BUFFER_TOO_SMALL);
    ck_assert_int_eq(phash_query_begin(query, request, sizeof request, p, NULL, PHASH_READINGS_PER_QUERY + 1),
                     PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_query_begin(query, request, sizeof request, NULL, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_query_begin(query, request, sizeof request, NULL, NULL, 0), PHASH_OK);
    ck_assert_int_eq(phash_evaluator_answer(evaluator, response, 100, &written, NULL, NULL, request,
                                            phash_query_request_size(query)),
                     PHASH_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(written, PHASH_ERROR_SIZE); /* "in trouble", never an empty answer */
    phash_query_free(NULL);
    phash_evaluator_free(NULL);
}
END_TEST

START_TEST(failing_memory_and_randomness_are_errors)
{
    phash_fingerprint p = fixture_print(&rng, &hashes[3], NULL);
    unsigned long fail_at = 0;
    phash_status st;

    do {
        failing_alloc f = {fail_at++, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_query *q = NULL;
        phash_verdict verdict = PHASH_VERDICT_NO_MATCH;
        size_t size = 0;
        st = phash_query_new(&q, set, &o);
        if (st == PHASH_OK)
            st = phash_query_begin(q, request, sizeof request, &p, NULL, 1);
        if (st == PHASH_OK) {
            ck_assert_int_eq(phash_evaluator_answer(evaluator, response, sizeof response, &size, NULL, NULL, request,
                                                    phash_query_request_size(q)),
                             PHASH_OK);
            st = phash_query_finish(q, &verdict, NULL, response, size);
            ck_assert_int_eq(verdict, st == PHASH_OK ? PHASH_VERDICT_MATCH : PHASH_VERDICT_INDETERMINATE);
        }
        phash_query_free(&q);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        ck_assert_int_eq(f.live, 0);
    } while (st != PHASH_OK);
    ck_assert_uint_gt(fail_at, 8);
}
END_TEST

Suite *suite_private(void)
{
    Suite *s = suite_create("match/private");
    TCase *c = tcase_create("private");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, listed_hashes_match_with_their_distance);
    tcase_add_test(c, strangers_do_not_match);
    tcase_add_test(c, a_shared_band_is_not_a_match);
    tcase_add_test(c, all_near_entries_are_found_nearest_first);
    tcase_add_test(c, any_reading_can_match);
    tcase_add_test(c, what_cannot_be_judged_is_indeterminate);
    tcase_add_test(c, a_lying_evaluator_is_caught);
    tcase_add_test(c, every_changed_byte_of_a_response_is_caught);
    tcase_add_test(c, bad_requests_are_refused_with_the_rule);
    tcase_add_test(c, a_damaged_set_gives_no_verdict);
    tcase_add_test(c, contracts_are_kept);
    tcase_add_test(c, failing_memory_and_randomness_are_errors);
    suite_add_tcase(s, c);
    return s;
}
