/* SPDX-License-Identifier: Apache-2.0 */
#include "match/probe_plan.h"

#include "support/failing_alloc.h"
#include "support/set_fixture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_probe_plan(void);

#define BUDGET 256
static phash_band_layout layout;
static phash_planner *planner;
static phash_probe probes[PHASH_BUDGET_MAX];
static phash_fingerprint prints[PHASH_READINGS_PER_QUERY];
static uint32_t ids[PHASH_READINGS_PER_QUERY];
static uint32_t n_views;

static void set_up(void)
{
    ck_assert_int_eq(phash_band_layout_init(&layout, 6), PHASH_OK);
    ck_assert_int_eq(phash_planner_new(&planner, 6, BUDGET, NULL), PHASH_OK);
    for (n_views = 0; strcmp(phash_view_name(n_views), "unknown") != 0; n_views++)
        continue;
}

static void tear_down(void)
{
    phash_planner_free(&planner);
}

static uint32_t plan(const phash_fingerprint *p, const uint32_t *of, size_t n)
{
    uint32_t planned = 99999;

    ck_assert_int_eq(phash_planner_run(planner, probes, &planned, p, of, n), PHASH_OK);
    return planned;
}

START_TEST(likelier_bits_cost_less)
{
    for (size_t c = 0; c < PHASH_PLAN_CLASSES; c++) {
        const phash_plan_flips *f = &phash_plan_flips_of[c];
        for (uint32_t place = 0; place < PHASH_HASH_BITS; place += 51) {
            for (uint32_t r = 1; r < PHASH_HASH_BITS; r++)
                ck_assert_float_ge(phash_stay_odds(f, r, place), phash_stay_odds(f, r - 1, place));
            ck_assert_float_ge(phash_stay_odds(f, 0, place), PHASH_STAY_MIN);
            ck_assert_float_gt(phash_stay_odds(f, 255, place), 3.0f);
        }
        /* at the knots, and half way between two of them */
        ck_assert_float_eq_tol(phash_stay_odds(f, 200, 192), f->by_rank[7] + f->by_place[3], 1e-5f);
        ck_assert_float_eq_tol(phash_stay_odds(f, 160, 32),
                               (f->by_rank[6] + f->by_rank[7]) / 2 + (f->by_place[0] + f->by_place[1]) / 2, 1e-4f);
        ck_assert_float_eq_tol(phash_stay_odds(f, 255, 255), f->by_rank[8] + f->by_place[4], 1e-5f);
    }
}
END_TEST

/* The model goes by the names of views: when the list of views changed, fit it again (bench/private/plan_fit.sh). */
START_TEST(the_model_fits_the_list_of_views)
{
    ck_assert_uint_eq(phash_plan_view_count, n_views);
    for (size_t i = 0; i < phash_plan_view_count; i++) {
        size_t found = 0;
        for (uint32_t id = 0; id < n_views; id++)
            found += strcmp(phash_view_name(id), phash_plan_views[i].name) == 0;
        ck_assert_msg(found == 1, "no view is called %s", phash_plan_views[i].name);
        ck_assert_uint_lt(phash_plan_views[i].flips, PHASH_PLAN_CLASSES);
    }
    ck_assert_str_eq(phash_plan_views[phash_plan_schedules[0].steps[0].view].name, "original");
    ck_assert_uint_eq(phash_plan_rank_knots[0] + phash_plan_place_knots[0], 0);
    ck_assert_uint_eq(phash_plan_rank_knots[PHASH_PLAN_RANKS - 1], 255);
    ck_assert_uint_eq(phash_plan_place_knots[PHASH_PLAN_PLACES - 1], 255);
    for (size_t m = 0; m < 3; m++) {
        size_t tokens = 0;
        for (size_t i = 0; i < phash_plan_schedules[m].n; i++) {
            ck_assert_uint_lt(phash_plan_schedules[m].steps[i].view, phash_plan_view_count);
            ck_assert_uint_ge(phash_plan_schedules[m].steps[i].count, 1);
            tokens += phash_plan_schedules[m].steps[i].count;
        }
        ck_assert_uint_ge(tokens, PHASH_BUDGET_MAX);
    }
}
END_TEST

START_TEST(budget_is_filled_with_distinct_probes)
{
    uint64_t seed = test_seed(3);
    printf("probe_plan: seed %llu\n", (unsigned long long)seed);
    test_rng rng = test_rng_init(seed);

    for (int round = 0; round < 30; round++) {
        const size_t n = round < 20 ? 1 + (size_t)round : 1 + test_rng_below(&rng, PHASH_READINGS_PER_QUERY);
        phash_hash h = fixture_hash(&rng);
        for (size_t r = 0; r < n; r++) { /* many are equal or nearly: the worst for distinctness */
            phash_hash other = fixture_flip(&rng, &h, r % 2 == 0 ? 0 : test_rng_below(&rng, 4));
            prints[r] = fixture_print(&rng, &other, NULL);
            if (r % 2 == 0 && r != 0)
                memcpy(prints[r].margin, prints[0].margin, sizeof prints[r].margin);
            ids[r] = test_rng_below(&rng, n_views);
        }
        ck_assert_uint_eq(plan(prints, round % 3 == 0 ? NULL : ids, n), BUDGET);
        for (uint32_t i = 0; i < BUDGET; i++) {
            ck_assert_uint_lt(probes[i].band, 6);
            ck_assert_uint_eq(probes[i].value >> phash_band_bits(&layout, probes[i].band), 0);
            for (uint32_t k = 0; k < i; k++)
                ck_assert(probes[i].band != probes[k].band || probes[i].value != probes[k].value);
        }
    }
    ck_assert_uint_eq(plan(NULL, NULL, 0), 0);
}
END_TEST

/* Cost of the pattern that turns a fingerprint's band into a probe, computed the slow way. */
static double cost_of(const phash_fingerprint *p, const phash_probe *probe)
{
    double cost = 0;

    for (uint32_t at = layout.start[probe->band]; at < layout.start[probe->band + 1]; at++) {
        uint32_t k = layout.bit[at];
        uint32_t rank = 0;
        for (uint32_t other = 0; other < PHASH_HASH_BITS; other++)
            rank += p->margin[other] < p->margin[k] || (!(p->margin[other] > p->margin[k]) && other < k);
        double odds = (double)phash_stay_odds(&phash_plan_flips_of[0], rank, at);
        uint32_t bit = (uint32_t)(probe->value >> (at - layout.start[probe->band])) & 1u;
        double flips = (double)(phash_hash_bit(&p->hash, k) ^ bit);
        cost += log1p(exp(-odds)) + flips * odds; /* -log(1 - p), and the odds when it flips */
    }
    return cost;
}

static int by_double(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

START_TEST(probes_of_a_view_come_in_order_and_none_is_passed_over)
{
    test_rng rng = test_rng_init(9);
    phash_hash h = fixture_hash(&rng);
    phash_fingerprint p = fixture_print(&rng, &h, NULL);
    static double all[6 * 43 * 43];
    const double slack = 0.3; /* the planner's sum over unflipped bits is of straight lines */
    size_t n = 0;

    ck_assert_uint_eq(plan(&p, NULL, 1), BUDGET);
    for (uint32_t i = 1; i < BUDGET; i++)
        ck_assert_double_ge(cost_of(&p, &probes[i]) + slack, cost_of(&p, &probes[i - 1]));
    /* all patterns of up to two flips: the cheapest of them must not be cheaper than what was planned */
    for (uint32_t j = 0; j < 6; j++) {
        uint64_t whole = phash_band_value(&layout, &h, j);
        for (uint32_t a = 0; a < phash_band_bits(&layout, j); a++)
            for (uint32_t b = 0; b <= a; b++) {
                phash_probe probe = {whole ^ UINT64_C(1) << a ^ (b < a ? UINT64_C(1) << b : 0), j};
                all[n++] = cost_of(&p, &probe);
            }
    }
    qsort(all, n, sizeof *all, by_double);
    double last = cost_of(&p, &probes[BUDGET - 1]);
    size_t cheaper = 0;
    while (cheaper < n && all[cheaper] < last - slack)
        cheaper++;
    ck_assert_uint_le(cheaper, BUDGET);
    ck_assert_uint_gt(cheaper, BUDGET / 8);
}
END_TEST

/* Which of n fingerprints a probe comes from, when they are far from each other: the one with the fewest flips. */
static size_t origin(const phash_probe *probe, size_t n)
{
    size_t best = 0;
    int fewest = 999;

    for (size_t r = 0; r < n; r++) {
        uint64_t x = phash_band_value(&layout, &prints[r].hash, probe->band) ^ probe->value;
        int flips = 0;
        for (; x != 0; x &= x - 1)
            flips++;
        if (flips < fewest) {
            fewest = flips;
            best = r;
        }
    }
    return best;
}

START_TEST(views_get_what_the_schedule_gives)
{
    test_rng rng = test_rng_init(11);
    size_t expected[3] = {0, 0, 0};
    size_t got[3] = {0, 0, 0};
    size_t total = 0;

    for (uint32_t v = 0; v < 3; v++) {
        phash_hash h = fixture_hash(&rng);
        prints[v] = fixture_print(&rng, &h, NULL);
        ids[v] = v == 0 ? 0 : 4 * v;
    }
    const phash_plan_schedule *schedule = &phash_plan_schedules[0];
    for (size_t again = 0; total < BUDGET; again++)
        for (size_t i = 0; i < schedule->n && total < BUDGET; i++)
            for (uint32_t v = 0; v < 3; v++)
                if (strcmp(phash_plan_views[schedule->steps[i].view].name, phash_view_name(ids[v])) == 0) {
                    size_t count = schedule->steps[i].count;
                    count = count < BUDGET - total ? count : BUDGET - total;
                    expected[v] += count;
                    total += count;
                }
    ck_assert_uint_eq(plan(prints, ids, 3), BUDGET);
    for (uint32_t i = 0; i < BUDGET; i++)
        got[origin(&probes[i], 3)]++;
    for (uint32_t v = 0; v < 3; v++) {
        ck_assert_uint_eq(got[v], expected[v]);
        ck_assert_uint_gt(got[v], 0);
    }
    /* without ids they are readings of the picture itself, and the first is likelier */
    memset(got, 0, sizeof got);
    ck_assert_uint_eq(plan(prints, NULL, 3), BUDGET);
    for (uint32_t i = 0; i < BUDGET; i++)
        got[origin(&probes[i], 3)]++;
    ck_assert_uint_gt(got[0], got[1]);
    ck_assert_uint_gt(got[0], got[2]);
    ck_assert_uint_gt(got[1], BUDGET / 16);
    ck_assert_uint_gt(got[2], BUDGET / 16);
}
END_TEST

START_TEST(a_larger_budget_begins_like_a_smaller_one)
{
    static phash_probe more[PHASH_BUDGET_MAX];
    test_rng rng = test_rng_init(12);
    phash_planner *large = NULL;
    uint32_t n = 0;

    for (uint32_t v = 0; v < n_views; v++) {
        phash_hash h = fixture_hash(&rng);
        prints[v] = fixture_print(&rng, &h, NULL);
        ids[v] = v;
    }
    ck_assert_int_eq(phash_planner_new(&large, 6, PHASH_BUDGET_MAX, NULL), PHASH_OK);
    ck_assert_int_eq(phash_planner_run(large, more, &n, prints, ids, n_views), PHASH_OK);
    ck_assert_uint_eq(n, PHASH_BUDGET_MAX);
    ck_assert_uint_eq(plan(prints, ids, n_views), BUDGET);
    for (uint32_t i = 0; i < BUDGET; i++)
        ck_assert(probes[i].band == more[i].band && probes[i].value == more[i].value);
    phash_planner_free(&large);
}
END_TEST

START_TEST(what_may_not_be_matched_is_not_asked_about)
{
    static phash_probe alone[BUDGET];
    test_rng rng = test_rng_init(13);
    phash_hash h[4];

    for (uint32_t i = 0; i < 4; i++) {
        h[i] = fixture_hash(&rng);
        prints[i] = fixture_print(&rng, &h[i], NULL);
        ids[i] = i;
    }
    ids[3] = 1;
    prints[0].quality = PHASH_QUALITY_MIN - 1;
    prints[2].flags = PHASH_FINGERPRINT_MEANINGLESS;
    prints[3].flags = PHASH_FINGERPRINT_TOO_SMALL;
    ck_assert_uint_eq(plan(prints, ids, 4), BUDGET);
    memcpy(alone, probes, sizeof alone);
    ck_assert_uint_eq(plan(&prints[1], &ids[1], 1), BUDGET);
    for (uint32_t i = 0; i < BUDGET; i++)
        ck_assert(probes[i].band == alone[i].band && probes[i].value == alone[i].value);
    /* an equal one is left out, but not when the first of the two is */
    prints[3] = prints[1];
    ck_assert_uint_eq(plan(prints, ids, 4), BUDGET);
    ck_assert_mem_eq(&probes[BUDGET - 1].value, &alone[BUDGET - 1].value, sizeof probes->value);
    prints[1].quality = 0;
    ck_assert_uint_eq(plan(prints, ids, 4), BUDGET);
    ck_assert_mem_eq(&probes[BUDGET - 1].value, &alone[BUDGET - 1].value, sizeof probes->value);
    prints[3].quality = 0;
    ck_assert_uint_eq(plan(prints, ids, 4), 0);
}
END_TEST

START_TEST(margins_that_are_no_numbers_do_no_harm)
{
    test_rng rng = test_rng_init(10);
    phash_hash h = fixture_hash(&rng);
    phash_fingerprint p = fixture_print(&rng, &h, NULL);

    for (uint32_t k = 0; k < PHASH_HASH_BITS; k++)
        p.margin[k] = k % 3 == 0 ? NAN : k % 3 == 1 ? INFINITY : 0;
    ck_assert_uint_eq(plan(&p, NULL, 1), BUDGET);
}
END_TEST

START_TEST(contracts_are_kept)
{
    phash_planner *p = NULL;
    phash_hash h = {{0}};
    uint64_t values[8];
    uint32_t n = 7;

    ck_assert_int_eq(phash_planner_new(NULL, 6, 64, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_new(&p, 5, 64, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_new(&p, 9, 64, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_new(&p, 6, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_new(&p, 6, PHASH_BUDGET_MAX + 1, NULL), PHASH_E_ARGUMENT);
    ck_assert_ptr_null(p);
    memset(prints, 0, sizeof prints);
    ids[0] = n_views;
    ck_assert_int_eq(phash_planner_run(planner, probes, &n, prints, ids, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_run(planner, probes, &n, prints, NULL, PHASH_READINGS_PER_QUERY + 1),
                     PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_run(planner, probes, &n, NULL, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_run(planner, NULL, &n, prints, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_run(planner, probes, NULL, prints, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_planner_run(NULL, probes, &n, prints, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_uint_eq(n, 7);
    ck_assert_int_eq(phash_hash_bands(values, &h, 9), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hash_bands(NULL, &h, 6), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hash_bands(values, NULL, 6), PHASH_E_ARGUMENT);
    phash_planner_free(NULL);
    phash_planner_free(&p);
}
END_TEST

START_TEST(bands_are_those_of_the_layout)
{
    test_rng rng = test_rng_init(14);

    for (uint32_t m = 6; m <= 8; m++) {
        phash_hash h = fixture_hash(&rng);
        phash_band_layout l;
        uint64_t values[9] = {0};
        values[m] = 12345;
        ck_assert_int_eq(phash_band_layout_init(&l, m), PHASH_OK);
        ck_assert_int_eq(phash_hash_bands(values, &h, m), PHASH_OK);
        for (uint32_t j = 0; j < m; j++)
            ck_assert_uint_eq(values[j], phash_band_value(&l, &h, j));
        ck_assert_uint_eq(values[m], 12345);
    }
}
END_TEST

START_TEST(every_failed_allocation_is_survived_and_planning_takes_none)
{
    phash_status st;
    unsigned long fail_at = 0;

    memset(prints, 0, sizeof prints);
    prints[0].quality = 100;
    do {
        failing_alloc f = {fail_at++, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_planner *p = NULL;
        uint32_t n = 0;
        st = phash_planner_new(&p, 7, 64, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        if (st == PHASH_OK) {
            f.left = 0;
            ck_assert_int_eq(phash_planner_run(p, probes, &n, prints, NULL, 1), PHASH_OK);
            ck_assert_int_eq(f.failed, 0);
        }
        phash_planner_free(&p);
        ck_assert_int_eq(f.live, 0);
    } while (st != PHASH_OK);
    ck_assert_uint_gt(fail_at, 3);
}
END_TEST

Suite *suite_probe_plan(void)
{
    Suite *s = suite_create("match/probe_plan");
    TCase *c = tcase_create("probe_plan");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, likelier_bits_cost_less);
    tcase_add_test(c, the_model_fits_the_list_of_views);
    tcase_add_test(c, budget_is_filled_with_distinct_probes);
    tcase_add_test(c, probes_of_a_view_come_in_order_and_none_is_passed_over);
    tcase_add_test(c, views_get_what_the_schedule_gives);
    tcase_add_test(c, a_larger_budget_begins_like_a_smaller_one);
    tcase_add_test(c, what_may_not_be_matched_is_not_asked_about);
    tcase_add_test(c, margins_that_are_no_numbers_do_no_harm);
    tcase_add_test(c, contracts_are_kept);
    tcase_add_test(c, bands_are_those_of_the_layout);
    tcase_add_test(c, every_failed_allocation_is_survived_and_planning_takes_none);
    suite_add_tcase(s, c);
    return s;
}
