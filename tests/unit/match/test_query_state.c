/* SPDX-License-Identifier: Apache-2.0 */
/* Queries that are saved between request and response. */
#include "exchange_fixture.h"

#include "support/failing_alloc.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_query_state(void);

static exchange_fixture f;
static phash_query *query;
static uint8_t request[16384];
static uint8_t response[65536];
static uint8_t *state;
static size_t size;

static void set_up(void)
{
    exchange_fixture_init(&f, 41);
    ck_assert_int_eq(phash_query_new(&query, f.set, NULL), PHASH_OK);
    size = phash_query_state_size(query);
    state = malloc(size);
    ck_assert_ptr_nonnull(state);
}

static void tear_down(void)
{
    free(state);
    phash_query_free(&query);
    exchange_fixture_clear(&f);
}

static void save(picture_kind kind)
{
    exchange_begin(query, request, &f.pictures[kind]);
    ck_assert_int_eq(phash_query_save(query, state, size), PHASH_OK);
}

/* Load into a query of its own, as another process would, and finish. */
static phash_verdict finish_elsewhere(size_t *matches, phash_private_match *m)
{
    phash_query *other = NULL;
    phash_verdict verdict = PHASH_VERDICT_INDETERMINATE;
    const size_t answer = exchange_answer(&f, query, response, request);

    ck_assert_int_eq(phash_query_new(&other, f.set, NULL), PHASH_OK);
    ck_assert_int_eq(phash_query_load(other, NULL, state, size), PHASH_OK);
    ck_assert_int_eq(phash_query_finish(other, &verdict, NULL, response, answer), PHASH_OK);
    *matches = phash_query_match_count(other);
    if (*matches != 0) {
        ck_assert_int_eq(phash_query_get_match(other, m, 0), PHASH_OK);
        m->label = NULL;
    }
    ck_assert_int_eq(phash_query_finish(other, &verdict, NULL, response, answer), PHASH_E_STATE);
    phash_query_free(&other);
    return *matches != 0 ? PHASH_VERDICT_MATCH : verdict;
}

START_TEST(another_process_comes_to_the_same_verdict)
{
    static const phash_verdict want[PICTURE_KINDS] = {PHASH_VERDICT_MATCH, PHASH_VERDICT_NO_MATCH,
                                                      PHASH_VERDICT_NO_MATCH, PHASH_VERDICT_INDETERMINATE,
                                                      PHASH_VERDICT_INDETERMINATE, PHASH_VERDICT_INDETERMINATE};

    for (int kind = 0; kind < PICTURE_KINDS; kind++) {
        phash_private_match m;
        phash_verdict verdict;
        size_t n;
        /* the listed one as the last of its views, to see that places are kept */
        if (kind == PICTURE_LISTED) {
            picture_prints *p = &f.pictures[kind];
            const phash_fingerprint swap = p->prints[0];
            p->prints[0] = p->prints[4];
            p->prints[4] = swap;
            p->ids[0] = p->ids[4];
            p->ids[4] = 0;
            p->prints[2].quality = 0;
        }
        save((picture_kind)kind);
        verdict = finish_elsewhere(&n, &m);
        if (want[kind] == PHASH_VERDICT_NO_MATCH)
            ck_assert_uint_eq(n, 0);
        else
            ck_assert_int_eq(verdict, want[kind]);
        if (n != 0) {
            ck_assert_uint_eq(m.reading, 4);
            ck_assert_uint_eq(m.distance, 0);
        }
        /* the query that was saved goes on as well */
        ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, phash_query_response_size(query)),
                         PHASH_OK);
        ck_assert_int_eq(verdict, want[kind]);
    }
}
END_TEST

START_TEST(a_query_that_waits_for_nothing_cannot_be_saved)
{
    phash_verdict verdict;

    memset(state, 0xee, size);
    ck_assert_int_eq(phash_query_save(query, state, size), PHASH_E_STATE);
    exchange_begin(query, request, &f.pictures[PICTURE_LISTED]);
    ck_assert_int_eq(phash_query_save(query, state, size - 1), PHASH_E_BUFFER_TOO_SMALL);
    ck_assert_int_eq(phash_query_save(NULL, state, size), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_query_save(query, NULL, size), PHASH_E_ARGUMENT);
    for (size_t i = 0; i < size; i++)
        ck_assert_uint_eq(state[i], 0xee);
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, 3), PHASH_E_MESSAGE);
    ck_assert_int_eq(phash_query_save(query, state, size), PHASH_E_STATE);
}
END_TEST

START_TEST(every_changed_byte_is_refused)
{
    phash_verdict verdict;

    save(PICTURE_LISTED);
    for (size_t i = 0; i < size; i += i < 200 ? 1 : 61) {
        phash_diag diag = {""};
        state[i] ^= 0x10;
        const phash_status st = phash_query_load(query, &diag, state, size);
        ck_assert_int_eq(st, i < 16                ? PHASH_E_MAGIC
                             : i < 20              ? PHASH_E_VERSION
                             : i < 24 + 32 + 16    ? PHASH_E_KEY
                                                   : PHASH_E_CHECKSUM);
        ck_assert_uint_ne(strlen(diag.text), 0);
        ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, 4), PHASH_E_STATE);
        state[i] ^= 0x10;
    }
    ck_assert_int_eq(phash_query_load(query, NULL, state, size), PHASH_OK);
}
END_TEST

START_TEST(every_other_length_is_refused)
{
    save(PICTURE_STRANGE);
    for (size_t cut = 0; cut < size; cut += cut < 100 ? 1 : 997) {
        uint8_t *exact = malloc(cut != 0 ? cut : 1); /* so that sanitizers see one byte too far */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, state, cut);
        const phash_status st = phash_query_load(query, NULL, exact, cut);
        ck_assert(st == PHASH_E_TRUNCATED || (cut < 24 && (st == PHASH_E_MAGIC || st == PHASH_E_VERSION)));
        free(exact);
    }
    uint8_t *longer = calloc(size + 1, 1);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, state, size);
    ck_assert_int_eq(phash_query_load(query, NULL, longer, size + 1), PHASH_E_RECORD);
    free(longer);
    ck_assert_int_eq(phash_query_load(NULL, NULL, state, size), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_query_load(query, NULL, NULL, size), PHASH_E_ARGUMENT);
}
END_TEST

static void refused(const phash_key *key, const phash_list *list, uint64_t sequence, uint32_t budget, const char *why)
{
    phash_set_params params = {.struct_size = sizeof params, .bands = 6, .budget = budget, .sequence = sequence,
                               .created = 1700000000, .name = "test"};
    set_bytes bytes = {NULL, 0, 0};
    phash_set *set = NULL;
    phash_query *other = NULL;
    phash_diag diag = {""};
    phash_verdict verdict;

    ck_assert_int_eq(phash_set_build(NULL, NULL, key, list, NULL, &params, fixture_write, &bytes, NULL, NULL, NULL),
                     PHASH_OK);
    ck_assert_int_eq(phash_set_open_memory(&set, NULL, bytes.data, bytes.size, NULL), PHASH_OK);
    ck_assert_int_eq(phash_query_new(&other, set, NULL), PHASH_OK);
    /* one that waits is dropped all the same */
    ck_assert_int_eq(phash_query_begin(other, request, sizeof request, NULL, NULL, 0), PHASH_OK);
    ck_assert_int_eq(phash_query_load(other, &diag, state, size), PHASH_E_KEY);
    ck_assert_msg(strstr(diag.text, why) != NULL, "%s", diag.text);
    ck_assert_int_eq(phash_query_finish(other, &verdict, NULL, response, 4), PHASH_E_STATE);
    ck_assert_int_eq(verdict, PHASH_VERDICT_INDETERMINATE);
    phash_query_free(&other);
    phash_set_free(&set);
    set_bytes_free(&bytes);
}

START_TEST(other_sets_editions_and_keys_are_refused)
{
    phash_key *other_key = fixture_key(77);

    save(PICTURE_LISTED);
    refused(other_key, f.list, 3, EXCHANGE_BUDGET, "another key");
    refused(f.key, f.list, 4, EXCHANGE_BUDGET, "another edition");
    refused(f.key, f.list, 3, EXCHANGE_BUDGET + 1, "another edition");
    phash_key_free(&other_key);
}
END_TEST

START_TEST(the_size_says_nothing_about_the_picture)
{
    for (int kind = 0; kind < PICTURE_KINDS; kind++) {
        save((picture_kind)kind);
        ck_assert_uint_eq(phash_query_state_size(query), size);
    }
    picture_prints *p = &f.pictures[PICTURE_LISTED];
    phash_fingerprint *many = calloc(PHASH_READINGS_PER_QUERY, sizeof *many);
    ck_assert_ptr_nonnull(many);
    for (size_t i = 0; i < PHASH_READINGS_PER_QUERY; i++) {
        many[i] = p->prints[i % EXCHANGE_VIEWS];
        many[i].hash.bytes[i % 32] ^= (uint8_t)i;
    }
    ck_assert_int_eq(phash_query_begin(query, request, sizeof request, many, NULL, PHASH_READINGS_PER_QUERY), PHASH_OK);
    ck_assert_int_eq(phash_query_save(query, state, size), PHASH_OK);
    phash_private_match m;
    size_t n;
    ck_assert_int_eq(finish_elsewhere(&n, &m), PHASH_VERDICT_MATCH);
    free(many);
}
END_TEST

Suite *suite_query_state(void)
{
    Suite *s = suite_create("match/query_state");
    TCase *c = tcase_create("query_state");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, another_process_comes_to_the_same_verdict);
    tcase_add_test(c, a_query_that_waits_for_nothing_cannot_be_saved);
    tcase_add_test(c, every_changed_byte_is_refused);
    tcase_add_test(c, every_other_length_is_refused);
    tcase_add_test(c, other_sets_editions_and_keys_are_refused);
    tcase_add_test(c, the_size_says_nothing_about_the_picture);
    suite_add_tcase(s, c);
    return s;
}
