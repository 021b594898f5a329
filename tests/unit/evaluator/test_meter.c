/* SPDX-License-Identifier: Apache-2.0 */
/* The meter: what it grants, and that neither restarts nor clocks make it grant more. */
#define _POSIX_C_SOURCE 200809L
#include "unit/evaluator/meter_fixture.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_meter(void);

START_TEST(each_credential_has_a_bucket_of_its_own)
{
    uint64_t retry = 0;
    meter_counts counts;

    ck_assert(open_with(NULL, "b", &limits));
    ck_assert_int_eq(meter_take(m, "a", 1000, &retry), METER_GRANTED);
    ck_assert_uint_eq(retry, 0);
    ck_assert_int_eq(meter_take(m, "a", 10, &retry), METER_SPENT);
    ck_assert(retry == 10 || retry == 11);
    ck_assert_int_eq(meter_take(m, "b", 1000, NULL), METER_GRANTED);
    running += 11000;
    ck_assert_int_eq(meter_take(m, "a", 10, NULL), METER_GRANTED);
    meter_give_back(m, "a", 10);
    ck_assert_uint_eq(left("a"), 11);
    meter_totals(m, &counts);
    ck_assert_uint_eq(counts.credentials, 2);
    ck_assert_uint_ge(counts.granted_elements, 2010);
    ck_assert(counts.working && !counts.persistent);
}
END_TEST

START_TEST(what_is_no_id_is_not_granted)
{
    char id[METER_CREDENTIAL_MAX + 2];

    memset(id, 'x', sizeof id);
    id[sizeof id - 1] = '\0';
    ck_assert(open_with(NULL, "b", &limits));
    ck_assert_int_eq(meter_take(m, NULL, 1, NULL), METER_FAILED);
    ck_assert_int_eq(meter_take(m, "", 1, NULL), METER_FAILED);
    ck_assert_int_eq(meter_take(m, id, 1, NULL), METER_FAILED);
    id[METER_CREDENTIAL_MAX] = '\0';
    ck_assert_int_eq(meter_take(m, id, 1, NULL), METER_GRANTED);
    meter_give_back(m, "", 1);
    meter_give_back(m, "never seen", 1);
}
END_TEST

START_TEST(a_restart_forgets_nothing)
{
    struct stat info;

    ck_assert(open_with(file, "b", &limits));
    ck_assert_int_eq(stat(file, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
    ck_assert_int_eq(meter_take(m, "a", 900, NULL), METER_GRANTED);
    ck_assert(reopen("b"));
    ck_assert_uint_eq(left("a"), 100);
    running += 50000;
    wall += 50000;
    ck_assert(reopen("b")); /* the machine went on */
    ck_assert_uint_eq(left("a"), 150);
    ck_assert(meter_close(&m));
    wall += 50000;
    running = 7;
    ck_assert(open_with(file, "c", &limits)); /* the machine was started anew */
    ck_assert_uint_eq(left("a"), 200);
    ck_assert_uint_eq(left("b"), 1000);
}
END_TEST

START_TEST(setting_the_clock_grants_nothing)
{
    ck_assert(open_with(file, "b", &limits));
    ck_assert_int_eq(meter_take(m, "a", 1000, NULL), METER_GRANTED);
    wall += UINT64_C(86400000) * 400;
    ck_assert_uint_eq(left("a"), 0);
    ck_assert(reopen("b"));
    ck_assert_uint_eq(left("a"), 0);
    wall -= UINT64_C(86400000) * 800;
    ck_assert(reopen("b"));
    ck_assert_uint_eq(left("a"), 0);
    /* a start of the machine with its clock set back: what is missing stays so, and refills from then on */
    ck_assert(meter_close(&m));
    wall -= 1000000;
    running = 3;
    ck_assert(open_with(file, "c", &limits));
    ck_assert_uint_eq(left("a"), 0);
    running += 20000;
    wall += 20000;
    ck_assert_uint_eq(left("a"), 20);
    ck_assert(meter_close(&m));
    wall += 10000;
    running = 3;
    ck_assert(open_with(file, "d", &limits));
    ck_assert_uint_eq(left("a"), 30);
}
END_TEST

/* Spend everything in a process that ends without closing, as if it was killed; the clock is set in it meanwhile. */
static void spend_and_die(uint64_t step)
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        bool good = open_with(file, "b", &limits) && meter_take(m, "a", 1000, NULL) == METER_GRANTED && meter_flush(m);
        wall += step;
        _exit(good && meter_flush(m) ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

START_TEST(a_step_of_the_clock_between_two_processes_is_no_time)
{
    spend_and_die(0);
    wall += 500000;
    running += 1000;
    ck_assert(open_with(file, "b", &limits));
    ck_assert_uint_eq(left("a"), 1);
}
END_TEST

/* A step of the time of day while the meter runs: rows that did not change get stamps of the new time. */
START_TEST(a_step_of_the_clock_does_not_count_as_time_at_the_next_start)
{
    spend_and_die(500000);
    wall += 501000;
    running = 1;
    ck_assert(open_with(file, "c", &limits));
    ck_assert_uint_eq(left("a"), 1);
}
END_TEST

START_TEST(other_limits_keep_what_was_spent)
{
    const meter_limits smaller = {60, 60, 100};
    const meter_limits larger = {60, 3600, 5000};

    ck_assert(open_with(file, "b", &limits));
    ck_assert_int_eq(meter_take(m, "a", 300, NULL), METER_GRANTED);
    ck_assert(meter_close(&m));
    ck_assert(open_with(file, "b", &smaller));
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_SPENT);
    ck_assert(meter_close(&m));
    ck_assert(open_with(file, "b", &larger));
    ck_assert_int_eq(meter_take(m, "a", 4901, NULL), METER_SPENT);
    ck_assert_int_eq(meter_take(m, "a", 4900, NULL), METER_GRANTED);
}
END_TEST

START_TEST(full_buckets_are_given_up_and_the_number_is_limited)
{
    char id[32];
    meter_counts counts;

    ck_assert(open_with(file, "b", &limits));
    for (unsigned i = 0; i < METER_CREDENTIALS_MAX; i++) {
        snprintf(id, sizeof id, "credential %u", i);
        ck_assert_int_eq(meter_take(m, id, i % 2 == 0 ? 1 : 500, NULL), METER_GRANTED);
    }
    ck_assert_int_eq(meter_take(m, "one more", 1, NULL), METER_FAILED);
    ck_assert_int_eq(meter_take(m, "credential 3", 1, NULL), METER_GRANTED);
    ck_assert(meter_flush(m));
    running += 2000;
    ck_assert(meter_flush(m));
    meter_totals(m, &counts);
    ck_assert_uint_eq(counts.credentials, METER_CREDENTIALS_MAX / 2);
    ck_assert_int_eq(meter_take(m, "one more", 1, NULL), METER_GRANTED);
    ck_assert(reopen("b")); /* rows of full buckets are gone too */
    meter_totals(m, &counts);
    ck_assert_uint_eq(counts.credentials, METER_CREDENTIALS_MAX / 2 + 1);
}
END_TEST

typedef struct taker {
    pthread_t thread;
    uint64_t got;
} taker;

static void *take_all(void *user)
{
    taker *t = user;
    char id[16];

    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof id, "c%d", i % 7);
        if (meter_take(m, id, 1, NULL) == METER_GRANTED)
            t->got++;
        if (i % 5000 == 0)
            meter_flush(m);
    }
    return NULL;
}

START_TEST(threads_together_get_the_limit_exactly)
{
    taker takers[4] = {{0}};
    uint64_t got = 0;

    ck_assert(open_with(file, "b", &limits));
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&takers[i].thread, NULL, take_all, &takers[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(takers[i].thread, NULL);
        got += takers[i].got;
    }
    ck_assert_uint_eq(got, 7 * limits.burst);
}
END_TEST

START_TEST(operators_see_totals_and_no_names)
{
    text out = {0};
    meter_counts counts;

    ck_assert(open_with(file, "b", &limits));
    ck_assert_int_eq(meter_take(m, "somebody", 700, NULL), METER_GRANTED);
    ck_assert_int_eq(meter_take(m, "somebody", 301, NULL), METER_SPENT);
    meter_totals(m, &counts);
    meter_write(&out, &counts);
    text_put_bytes(&out, "", 1);
    ck_assert(text_ok(&out));
    ck_assert_ptr_nonnull(strstr(out.data, "\nphash_meter_elements_total{answer=\"granted\"} 700\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\nphash_meter_elements_total{answer=\"spent\"} 301\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\nphash_meter_credentials 1\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\nphash_meter_working 1\n"));
    ck_assert_ptr_null(strstr(out.data, "somebody"));
    text_free(&out);
}
END_TEST

Suite *suite_meter(void)
{
    Suite *s = suite_create("evaluator/meter");
    TCase *c = tcase_create("meter");

    tcase_add_checked_fixture(c, meter_set_up, meter_tear_down);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, each_credential_has_a_bucket_of_its_own);
    tcase_add_test(c, what_is_no_id_is_not_granted);
    tcase_add_test(c, a_restart_forgets_nothing);
    tcase_add_test(c, setting_the_clock_grants_nothing);
    tcase_add_test(c, a_step_of_the_clock_between_two_processes_is_no_time);
    tcase_add_test(c, a_step_of_the_clock_does_not_count_as_time_at_the_next_start);
    tcase_add_test(c, other_limits_keep_what_was_spent);
    tcase_add_test(c, full_buckets_are_given_up_and_the_number_is_limited);
    tcase_add_test(c, threads_together_get_the_limit_exactly);
    tcase_add_test(c, operators_see_totals_and_no_names);
    suite_add_tcase(s, c);
    return s;
}
