/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "index_fixture.h"

#include "index/segment.h"
#include "support/failing_alloc.h"

Suite *suite_plan(void);

/* Whether each radius that is not scanned has budgets whose flips + 1 sum to more than it. */
static void check_budgets(const phash_plan *plan, uint64_t n)
{
    phash_budgets b;

    phash_budgets_fill(&b, plan, n);
    for (uint32_t radius = 0; radius <= PHASH_RADIUS_MAX; radius++) {
        int reach = 0;
        for (uint32_t i = 0; i < plan->n_bands; i++) {
            ck_assert_int_le(b.flips[radius][i], PHASH_PLAN_FLIPS_MAX);
            reach += b.flips[radius][i] + 1;
        }
        ck_assert(b.scan[radius] || reach > (int)radius);
        ck_assert(reach <= (int)radius + 1); /* and none is wasted */
    }
}

START_TEST(plans_are_exact_and_fit)
{
    static const uint64_t sizes[] = {0, 1, 255, 2000, 30000, 1000000, 10000000, 100000000, UINT32_MAX - 1};
    static const uint32_t radii[] = {0, 1, 15, 31, 47, 63};
    phash_allocator a = phash_allocator_from(NULL);
    size_t with_tables = 0;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t r = 0; r < sizeof radii / sizeof *radii; r++)
            for (uint64_t ratio = 0; ratio <= 8; ratio++) {
                phash_plan plan;
                const uint64_t bytes = ratio * 32 * sizes[i];
                ck_assert_int_eq(phash_plan_choose(&plan, sizes[i], radii[r], bytes, 4.5, &a), PHASH_OK);
                ck_assert(phash_plan_is_valid(&plan));
                ck_assert_uint_le(phash_plan_bytes(&plan, sizes[i]), bytes);
                check_budgets(&plan, sizes[i]);
                with_tables += plan.n_bands != 0;
            }
    ck_assert_uint_gt(with_tables, 150);
}
END_TEST

START_TEST(random_plans_have_exact_budgets)
{
    test_rng rng = test_rng_init(test_seed(5));

    for (int i = 0; i < 300; i++) {
        const phash_plan plan = random_plan(&rng);
        check_budgets(&plan, test_rng_next(&rng) >> (32 + test_rng_below(&rng, 32)));
    }
}
END_TEST

/* The plan measured to be best at a million hashes and the usual radius. */
START_TEST(a_million_hashes_get_twelve_bands)
{
    phash_allocator a = phash_allocator_from(NULL);
    phash_plan plan;

    ck_assert_int_eq(phash_plan_choose(&plan, 1000000, 31, 7 * 32000000, 0.3, &a), PHASH_OK);
    ck_assert_uint_eq(plan.n_bands, 12);
    ck_assert_uint_eq(plan.widths[0], 22);
    ck_assert_uint_eq(plan.widths[11], 20);
}
END_TEST

START_TEST(widths_out_of_bounds_are_refused)
{
    phash_plan plan = {1, {7}};

    ck_assert(!phash_plan_is_valid(&plan));
    plan.widths[0] = 8;
    ck_assert(phash_plan_is_valid(&plan));
    plan.widths[0] = 28;
    ck_assert(!phash_plan_is_valid(&plan));
    plan = (phash_plan){33, {8}};
    ck_assert(!phash_plan_is_valid(&plan));
    plan = (phash_plan){11, {24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 16}};
    ck_assert(phash_plan_is_valid(&plan));
    plan.widths[10] = 17;
    ck_assert(!phash_plan_is_valid(&plan));
}
END_TEST

START_TEST(the_model_says_when_memory_is_short)
{
    failing_alloc f = {0, 0, 0};
    phash_options o = failing_alloc_options(&f);
    phash_allocator a = phash_allocator_from(&o);
    phash_plan plan;

    ck_assert_int_eq(phash_plan_choose(&plan, 100000, 31, 1u << 30, 4.5, &a), PHASH_E_NO_MEMORY);
}
END_TEST

Suite *suite_plan(void)
{
    Suite *s = suite_create("index/plan");
    TCase *c = tcase_create("plan");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, plans_are_exact_and_fit);
    tcase_add_test(c, random_plans_have_exact_budgets);
    tcase_add_test(c, a_million_hashes_get_twelve_bands);
    tcase_add_test(c, widths_out_of_bounds_are_refused);
    tcase_add_test(c, the_model_says_when_memory_is_short);
    suite_add_tcase(s, c);
    return s;
}
