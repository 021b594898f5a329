/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets against exact arithmetic: never a unit more than the limit, never one less. */
#include "evaluator/token_bucket.h"
#include "support/rng.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>

Suite *suite_token_bucket(void);

static bucket_rule rule_of(uint64_t refill, uint64_t period, uint64_t burst)
{
    bucket_rule rule;
    const meter_limits limits = {refill, period, burst};

    ck_assert(bucket_rule_from(&rule, &limits));
    return rule;
}

START_TEST(a_full_bucket_gives_the_burst_and_no_more)
{
    const bucket_rule rule = rule_of(10, 60, 100);
    token_bucket b = {0, 5000};
    uint64_t wait;

    ck_assert(bucket_take(&b, &rule, 5000, 60, &wait));
    ck_assert(bucket_take(&b, &rule, 5000, 40, &wait));
    ck_assert_uint_eq(bucket_missing(&b, &rule), 100);
    ck_assert(!bucket_take(&b, &rule, 5000, 1, &wait));
    ck_assert_uint_eq(wait, 6000);
    ck_assert(!bucket_take(&b, &rule, 5000, 10, &wait));
    ck_assert_uint_eq(wait, 60000);
}
END_TEST

START_TEST(it_is_there_when_it_was_said_to_be_and_not_before)
{
    const bucket_rule rule = rule_of(7, 3, 50);
    token_bucket b = {0};
    uint64_t wait;

    ck_assert(bucket_take(&b, &rule, 0, 50, &wait));
    for (uint64_t now = 0, n = 1; n <= 50; n++) {
        token_bucket copy = b;
        ck_assert(!bucket_take(&copy, &rule, now, n, &wait));
        copy = b;
        ck_assert(!bucket_take(&copy, &rule, now + wait - 1, n, &wait));
        copy = b;
        bucket_take(&copy, &rule, now, n, &wait);
        ck_assert(bucket_take(&copy, &rule, now + wait, n, &wait));
    }
}
END_TEST

START_TEST(more_than_the_burst_is_never_there)
{
    const bucket_rule rule = rule_of(10, 60, 100);
    token_bucket b = {0};
    uint64_t wait = 1;

    ck_assert(!bucket_take(&b, &rule, 0, 101, &wait));
    ck_assert_uint_eq(wait, 0); /* it is full already */
    ck_assert(!bucket_take(&b, &rule, 0, UINT64_MAX, &wait));
    ck_assert(!bucket_take(&b, &rule, UINT64_MAX, UINT64_MAX, &wait));
    ck_assert_uint_eq(b.missing, 0);
}
END_TEST

/* However it is taken, in any window what was given is at most the burst and what came in. */
START_TEST(the_rate_is_kept_exactly)
{
    const uint64_t seed = test_seed(20261124);
    test_rng rng = test_rng_init(seed);

    printf("seed %" PRIu64 "\n", seed);
    for (int round = 0; round < 200; round++) {
        const uint64_t refill = 1 + test_rng_below(&rng, 5000);
        const uint64_t period = 1 + test_rng_below(&rng, 100000);
        const uint64_t burst = 1 + test_rng_below(&rng, 3000);
        const bucket_rule rule = rule_of(refill, period, burst);
        token_bucket b = {0};
        uint64_t now = 0, given = 0, wait;
        for (int i = 0; i < 300; i++) {
            now += test_rng_below(&rng, 20000);
            const uint64_t n = 1 + test_rng_below(&rng, 2 * (uint32_t)burst);
            if (bucket_take(&b, &rule, now, n, &wait))
                given += n;
            else
                ck_assert(n > burst || wait > 0);
            ck_assert_uint_le(given * period * 1000, burst * period * 1000 + now * refill);
        }
    }
}
END_TEST

START_TEST(time_that_goes_back_gives_nothing)
{
    const bucket_rule rule = rule_of(1000, 1, 100);
    token_bucket b = {0};
    uint64_t wait;

    ck_assert(bucket_take(&b, &rule, 1000000, 100, &wait));
    ck_assert(!bucket_take(&b, &rule, 1000, 1, &wait));
    ck_assert(!bucket_take(&b, &rule, 1000000, 1, &wait)); /* nor what lies between, a second time */
    ck_assert(bucket_take(&b, &rule, 1000001, 1, &wait));
    ck_assert(!bucket_take(&b, &rule, 1000001, 1, &wait));
}
END_TEST

START_TEST(no_product_overflows)
{
    const bucket_rule rule = rule_of(METER_REFILL_MAX, METER_PERIOD_MAX, 100000000);
    token_bucket b = {0};
    uint64_t wait;

    ck_assert(bucket_take(&b, &rule, 0, 100000000, &wait));
    bucket_age(&b, &rule, UINT64_MAX);
    ck_assert_uint_eq(b.missing, 0);
    bucket_put_back(&b, &rule, UINT64_MAX);
    ck_assert_uint_eq(b.missing, 0);
    b = bucket_restored(&rule, UINT64_MAX, 0, 17);
    ck_assert_uint_eq(b.missing, rule.capacity);
    ck_assert_uint_eq(b.at_ms, 17);
    b = bucket_restored(&rule, UINT64_MAX, UINT64_MAX, 17);
    ck_assert_uint_eq(b.missing, 0);
}
END_TEST

START_TEST(limits_out_of_range_are_refused)
{
    static const meter_limits bad[] = {
        {0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {METER_REFILL_MAX + 1, 1, 1}, {1, METER_PERIOD_MAX + 1, 1},
        {1, 1, UINT64_MAX}, {1, METER_PERIOD_MAX, UINT64_C(1) << 32},
    };
    bucket_rule rule;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert(!bucket_rule_from(&rule, &bad[i]));
}
END_TEST

/* A part of an element that is missing counts as one: what is written never grants more. */
START_TEST(restoring_gives_nothing_away)
{
    const bucket_rule rule = rule_of(3, 7, 1000);
    token_bucket b = {0};
    uint64_t wait;

    for (uint64_t now = 0; now < 100000; now += 777) {
        bucket_take(&b, &rule, now, 13, &wait);
        const token_bucket again = bucket_restored(&rule, bucket_missing(&b, &rule), 0, now);
        ck_assert_uint_ge(again.missing, b.missing);
        ck_assert_uint_lt(again.missing - b.missing, rule.unit);
    }
}
END_TEST

Suite *suite_token_bucket(void)
{
    Suite *s = suite_create("evaluator/token_bucket");
    TCase *c = tcase_create("token_bucket");

    tcase_add_test(c, a_full_bucket_gives_the_burst_and_no_more);
    tcase_add_test(c, it_is_there_when_it_was_said_to_be_and_not_before);
    tcase_add_test(c, more_than_the_burst_is_never_there);
    tcase_add_test(c, the_rate_is_kept_exactly);
    tcase_add_test(c, time_that_goes_back_gives_nothing);
    tcase_add_test(c, no_product_overflows);
    tcase_add_test(c, limits_out_of_range_are_refused);
    tcase_add_test(c, restoring_gives_nothing_away);
    suite_add_tcase(s, c);
    return s;
}
