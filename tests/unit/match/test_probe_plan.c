/* SPDX-License-Identifier: Apache-2.0 */
#include "match/probe_plan.h"

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
static phash_probe probes[BUDGET];

static void set_up(void)
{
    phash_allocator a = phash_allocator_from(NULL);

    ck_assert_int_eq(phash_band_layout_init(&layout, 6), PHASH_OK);
    ck_assert_int_eq(phash_planner_new(&planner, &layout, BUDGET, &a), PHASH_OK);
}

static void tear_down(void)
{
    phash_planner_free(&planner);
}

START_TEST(likelier_bits_cost_less)
{
    for (uint32_t r = 1; r < PHASH_HASH_BITS; r++)
        ck_assert_float_ge(phash_flip_cost(r), phash_flip_cost(r - 1));
    /* the model's own figures: .40 at rank 0, .14 at rank 20, .001 at rank 200 */
    ck_assert_float_eq_tol(phash_flip_cost(0), logf(.6f / .4f), 0.01f);
    ck_assert_float_eq_tol(phash_flip_cost(20), logf(.86f / .14f), 0.01f);
    ck_assert_float_eq_tol(phash_flip_cost(200), logf(.999f / .001f), 0.01f);
}
END_TEST

START_TEST(budget_is_filled_with_distinct_probes)
{
    uint64_t seed = test_seed(3);
    printf("probe_plan: seed %llu\n", (unsigned long long)seed);
    test_rng rng = test_rng_init(seed);

    for (int round = 0; round < 20; round++) {
        phash_fingerprint p[PHASH_READINGS_PER_QUERY];
        size_t n = 1 + (size_t)round % PHASH_READINGS_PER_QUERY;
        phash_hash h = fixture_hash(&rng);
        for (size_t r = 0; r < n; r++) { /* half of the readings are equal: the worst for distinctness */
            phash_hash other = fixture_flip(&rng, &h, r % 2 == 0 ? 0 : 4);
            p[r] = fixture_print(&rng, &other, NULL);
            if (r % 2 == 0 && r != 0)
                memcpy(p[r].margin, p[0].margin, sizeof p[r].margin);
        }
        ck_assert_uint_eq(phash_planner_run(planner, probes, p, n), BUDGET);
        for (uint32_t i = 0; i < BUDGET; i++) {
            ck_assert_uint_lt(probes[i].band, 6);
            ck_assert_uint_eq(probes[i].value >> phash_band_bits(&layout, probes[i].band), 0);
            for (uint32_t k = 0; k < i; k++)
                ck_assert(probes[i].band != probes[k].band || probes[i].value != probes[k].value);
        }
    }
    ck_assert_uint_eq(phash_planner_run(planner, probes, NULL, 0), 0);
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
        double odds = (double)phash_flip_cost(rank);
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

START_TEST(probes_come_in_order_and_none_is_passed_over)
{
    test_rng rng = test_rng_init(9);
    phash_hash h = fixture_hash(&rng);
    phash_fingerprint p = fixture_print(&rng, &h, NULL);
    static double all[6 * 43 * 43];
    size_t n = 0;

    ck_assert_uint_eq(phash_planner_run(planner, probes, &p, 1), BUDGET);
    for (uint32_t i = 1; i < BUDGET; i++)
        ck_assert_double_ge(cost_of(&p, &probes[i]) + 0.05, cost_of(&p, &probes[i - 1]));
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
    while (cheaper < n && all[cheaper] < last - 0.05)
        cheaper++;
    ck_assert_uint_le(cheaper, BUDGET);
    ck_assert_uint_gt(cheaper, BUDGET / 4);
}
END_TEST

START_TEST(margins_that_are_no_numbers_do_no_harm)
{
    test_rng rng = test_rng_init(10);
    phash_hash h = fixture_hash(&rng);
    phash_fingerprint p = fixture_print(&rng, &h, NULL);

    for (uint32_t k = 0; k < PHASH_HASH_BITS; k++)
        p.margin[k] = k % 3 == 0 ? NAN : k % 3 == 1 ? INFINITY : 0;
    ck_assert_uint_eq(phash_planner_run(planner, probes, &p, 1), BUDGET);
}
END_TEST

Suite *suite_probe_plan(void)
{
    Suite *s = suite_create("match/probe_plan");
    TCase *c = tcase_create("probe_plan");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, likelier_bits_cost_less);
    tcase_add_test(c, budget_is_filled_with_distinct_probes);
    tcase_add_test(c, probes_come_in_order_and_none_is_passed_over);
    tcase_add_test(c, margins_that_are_no_numbers_do_no_harm);
    suite_add_tcase(s, c);
    return s;
}
