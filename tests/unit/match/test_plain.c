/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <phash/match.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/failing_alloc.h"
#include "support/rng.h"

Suite *suite_plain(void);

#define SOURCES 4
#define PER_SOURCE 120
#define READINGS 9

static const uint32_t radii[SOURCES] = {0, 20, 31, 63};

static uint32_t naive_distance(const phash_hash *a, const phash_hash *b)
{
    uint32_t d = 0;

    for (size_t i = 0; i < PHASH_HASH_BITS; i++)
        d += (uint32_t)((a->bytes[i / 8] ^ b->bytes[i / 8]) >> (i % 8)) & 1u;
    return d;
}

static phash_hash near_by(test_rng *rng, const phash_hash *centre, uint32_t flips)
{
    phash_hash h = *centre;

    for (uint32_t i = 0; i < flips; i++) {
        uint32_t bit = test_rng_below(rng, PHASH_HASH_BITS);
        h.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    return h;
}

static void add_source(phash_list *list, const char *name, const phash_hash *hashes, size_t n)
{
    ck_assert_int_eq(phash_list_source_begin(list, name, NULL, NULL), PHASH_OK);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(phash_list_add(list, &hashes[i], NULL, 0, -1), PHASH_OK);
    ck_assert_int_eq(phash_list_source_end(list, NULL), PHASH_OK);
}

static int by_distance_then_entry(const void *a, const void *b)
{
    const phash_match *x = a;
    const phash_match *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static size_t naive_find(phash_match *out, const phash_list *list, const uint32_t *r, const phash_hash *readings,
                         size_t n)
{
    size_t found = 0;

    for (size_t i = 0; i < phash_list_count(list); i++) {
        phash_list_entry e;
        phash_match m = {(uint32_t)i, UINT32_MAX, 0, 0};
        ck_assert_int_eq(phash_list_get_entry(list, &e, i), PHASH_OK);
        m.source = e.source;
        for (size_t k = 0; k < n; k++) {
            uint32_t d = naive_distance(&readings[k], &e.hash);
            if (d < m.distance) {
                m.distance = d;
                m.reading = (uint32_t)k;
            }
        }
        if (n != 0 && m.distance <= r[e.source])
            out[found++] = m;
    }
    qsort(out, found, sizeof *out, by_distance_then_entry);
    return found;
}

START_TEST(agrees_with_a_naive_loop)
{
    static phash_match want[SOURCES * PER_SOURCE];
    static phash_match got[SOURCES * PER_SOURCE];
    static phash_hash hashes[PER_SOURCE];
    phash_hash readings[READINGS];
    uint64_t seed = test_seed(5);
    test_rng rng = test_rng_init(seed);
    size_t total = 0;

    printf("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 40; round++) {
        phash_list *list = NULL;
        phash_matcher *matcher = NULL;
        phash_hash centre;
        size_t found;
        test_rng_fill(&rng, &centre, sizeof centre);
        ck_assert_int_eq(phash_list_new(&list, NULL, NULL), PHASH_OK);
        for (uint32_t s = 0; s < SOURCES; s++) {
            for (size_t i = 0; i < PER_SOURCE; i++)
                hashes[i] = near_by(&rng, &centre, test_rng_below(&rng, 90));
            hashes[0] = centre; /* the same in every list */
            add_source(list, "list", hashes, PER_SOURCE);
        }
        ck_assert_int_eq(phash_matcher_new(&matcher, list, radii, SOURCES, NULL), PHASH_OK);
        ck_assert_ptr_eq(phash_matcher_list(matcher), list);
        for (size_t n = 0; n <= READINGS; n++) {
            for (size_t k = 0; k < n; k++) /* with equal readings among them */
                readings[k] = k % 3 == 2 ? readings[k - 1] : near_by(&rng, &centre, test_rng_below(&rng, 60));
            if (n != 0 && round % 2 == 0)
                readings[n - 1] = centre;
            size_t expected = naive_find(want, list, radii, readings, n);
            total += expected;
            ck_assert_int_eq(phash_matcher_find(matcher, got, SOURCES * PER_SOURCE, &found, readings, n), PHASH_OK);
            ck_assert_uint_eq(found, expected);
            ck_assert_int_eq(memcmp(got, want, found * sizeof *got), 0);
            memset(got, 0, sizeof got);
            size_t room = expected / 3;
            ck_assert_int_eq(phash_matcher_find(matcher, got, room, &found, readings, n),
                             expected > room ? PHASH_E_BUFFER_TOO_SMALL : PHASH_OK);
            ck_assert_uint_eq(found, expected);
            ck_assert_int_eq(memcmp(got, want, room * sizeof *got), 0);
        }
        phash_matcher_free(&matcher);
        phash_list_free(&list);
    }
    ck_assert_uint_gt(total, 1000);
}
END_TEST

/* Fingerprints are asked about as their hashes are, those that say nothing left out. */
START_TEST(prints_that_may_not_be_matched_are_left_out)
{
    static phash_match want[PER_SOURCE];
    static phash_match got[PER_SOURCE];
    static phash_fingerprint prints[READINGS];
    phash_hash hashes[PER_SOURCE];
    phash_hash usable[READINGS];
    uint32_t place[READINGS];
    uint64_t seed = test_seed(6);
    test_rng rng = test_rng_init(seed);
    size_t none = 0;
    size_t total = 0;

    printf("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 200; round++) {
        phash_list *list = NULL;
        phash_matcher *matcher = NULL;
        phash_hash centre;
        size_t n = 0;
        size_t found = 0;
        size_t asked = 99;
        test_rng_fill(&rng, &centre, sizeof centre);
        for (size_t i = 0; i < PER_SOURCE; i++)
            hashes[i] = near_by(&rng, &centre, test_rng_below(&rng, 60));
        ck_assert_int_eq(phash_list_new(&list, NULL, NULL), PHASH_OK);
        add_source(list, "list", hashes, PER_SOURCE);
        ck_assert_int_eq(phash_matcher_new(&matcher, list, &radii[2], 1, NULL), PHASH_OK);
        size_t given = test_rng_below(&rng, READINGS + 1);
        for (uint32_t k = 0; k < given; k++) {
            prints[k] = (phash_fingerprint){.hash = near_by(&rng, &centre, test_rng_below(&rng, 40)), .quality = 50};
            switch (test_rng_below(&rng, 6)) {
            case 0: prints[k].quality = 49; break;
            case 1: prints[k].flags = PHASH_FINGERPRINT_MEANINGLESS; break;
            case 2: prints[k].flags = PHASH_FINGERPRINT_TOO_SMALL; break;
            default: usable[n] = prints[k].hash; place[n++] = k; break;
            }
            ck_assert_int_eq(phash_fingerprint_is_usable(&prints[k]), n != 0 && place[n - 1] == k);
        }
        size_t expected = naive_find(want, list, &radii[2], usable, n);
        for (size_t i = 0; i < expected; i++)
            want[i].reading = place[want[i].reading];
        ck_assert_int_eq(phash_matcher_find_prints(matcher, got, PER_SOURCE, &found, &asked, prints, given), PHASH_OK);
        ck_assert_uint_eq(asked, n);
        ck_assert_uint_eq(found, expected);
        ck_assert_int_eq(memcmp(got, want, found * sizeof *got), 0);
        none += n == 0;
        total += found;
        phash_matcher_free(&matcher);
        phash_list_free(&list);
    }
    ck_assert_uint_gt(none, 0);
    ck_assert_uint_gt(total, 1000);
    ck_assert_int_eq(phash_fingerprint_is_usable(NULL), 0);
}
END_TEST

START_TEST(equal_hashes_are_all_given_and_the_default_radius_is_31)
{
    phash_list *list = NULL;
    phash_matcher *matcher = NULL;
    phash_hash h[3] = {{{0}}, {{0}}, {{0}}};
    phash_match m[8];
    size_t n;

    memset(h[1].bytes, 0xff, 3); /* 31 bits away, then 32 */
    h[1].bytes[3] = 0x7f;
    memset(h[2].bytes, 0xff, 4);
    ck_assert_int_eq(phash_list_new(&list, NULL, NULL), PHASH_OK);
    add_source(list, "a", h, 3);
    add_source(list, "empty", h, 0);
    add_source(list, "b", h, 3);
    ck_assert_int_eq(phash_matcher_new(&matcher, list, NULL, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_matcher_find(matcher, m, 8, &n, h, 1), PHASH_OK);
    ck_assert_uint_eq(n, 4);
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(m[i].distance, i < 2 ? 0 : 31);
        ck_assert_uint_eq(m[i].source, i % 2 == 0 ? 0 : 2);
        ck_assert_uint_eq(m[i].entry, (i < 2 ? 0u : 1u) + (i % 2 == 0 ? 0u : 3u));
    }
    phash_matcher_free(&matcher);
    phash_list_free(&list);
}
END_TEST

START_TEST(arguments_and_states)
{
    phash_list *list = NULL;
    phash_matcher *matcher = NULL;
    phash_hash h = {{0}};
    phash_match m;
    uint32_t r[2] = {63, 64};
    phash_fingerprint print = {.quality = 100};
    size_t n = 7;
    size_t asked = 7;

    ck_assert_int_eq(phash_list_new(&list, NULL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_matcher_new(NULL, list, NULL, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_new(&matcher, NULL, NULL, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_source_begin(list, "a", NULL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_matcher_new(&matcher, list, NULL, 0, NULL), PHASH_E_STATE);
    ck_assert_int_eq(phash_list_source_end(list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_matcher_new(&matcher, list, r, 2, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_new(&matcher, list, r + 1, 1, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_new(&matcher, list, NULL, 1, NULL), PHASH_E_ARGUMENT);
    ck_assert_ptr_null(matcher);
    ck_assert_int_eq(phash_matcher_new(&matcher, list, r, 1, NULL), PHASH_OK);
    ck_assert_int_eq(phash_matcher_find(NULL, &m, 1, &n, &h, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find(matcher, NULL, 1, &n, &h, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find(matcher, &m, 1, NULL, &h, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find(matcher, &m, 1, &n, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find_prints(NULL, &m, 1, &n, &asked, &print, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find_prints(matcher, NULL, 1, &n, &asked, &print, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find_prints(matcher, &m, 1, NULL, &asked, &print, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find_prints(matcher, &m, 1, &n, NULL, &print, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_matcher_find_prints(matcher, &m, 1, &n, &asked, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_uint_eq(n, 7);
    ck_assert_uint_eq(asked, 7);
    ck_assert_int_eq(phash_matcher_find(matcher, NULL, 0, &n, &h, 1), PHASH_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_ptr_null(phash_matcher_list(NULL));
    phash_matcher_free(&matcher);
    phash_matcher_free(&matcher);
    phash_matcher_free(NULL);
    phash_list_free(&list);
}
END_TEST

START_TEST(every_failed_allocation_is_survived_and_matching_takes_none)
{
    phash_list *list = NULL;
    phash_hash h[10] = {{{0}}};
    phash_match m[2];
    unsigned long n = 0;
    size_t found;

    ck_assert_int_eq(phash_list_new(&list, NULL, NULL), PHASH_OK);
    add_source(list, "a", h, 10);
    for (;; n++) {
        failing_alloc f = {n, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_matcher *matcher = NULL;
        phash_status st = phash_matcher_new(&matcher, list, NULL, 0, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        if (st == PHASH_OK) {
            f.left = 0;
            ck_assert_int_eq(phash_matcher_find(matcher, m, 2, &found, h, 10), PHASH_E_BUFFER_TOO_SMALL);
            ck_assert_uint_eq(found, 10);
            ck_assert_int_eq(f.failed, 0);
        }
        phash_matcher_free(&matcher);
        ck_assert_int_eq(f.live, 0);
        if (st == PHASH_OK)
            break;
    }
    ck_assert_uint_gt(n, 2);
    phash_list_free(&list);
}
END_TEST

Suite *suite_plain(void)
{
    Suite *s = suite_create("match/plain");
    TCase *c = tcase_create("plain");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, agrees_with_a_naive_loop);
    tcase_add_test(c, prints_that_may_not_be_matched_are_left_out);
    tcase_add_test(c, equal_hashes_are_all_given_and_the_default_radius_is_31);
    tcase_add_test(c, arguments_and_states);
    tcase_add_test(c, every_failed_allocation_is_survived_and_matching_takes_none);
    suite_add_tcase(s, c);
    return s;
}
