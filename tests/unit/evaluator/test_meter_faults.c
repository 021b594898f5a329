/* SPDX-License-Identifier: Apache-2.0 */
/* The meter in trouble: whatever happens to its file or its process, it grants no more than it may. */
#define _GNU_SOURCE /* RLIMIT_FSIZE, usleep, MAP_ANONYMOUS */
#include "support/rng.h"
#include "unit/evaluator/meter_fixture.h"

#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_meter_faults(void);

START_TEST(one_process_has_the_file)
{
    ck_assert(open_with(file, "b", &limits));
    pid_t child = fork();
    if (child == 0) {
        m = NULL;
        _exit(open_with(file, "b", &limits) ? 1 : 0);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(meter_take(m, "a", 1000, NULL), METER_GRANTED);
    ck_assert(reopen("b"));
    ck_assert_uint_eq(left("a"), 0);
}
END_TEST

START_TEST(a_file_that_another_program_locks_is_refused)
{
    sqlite3 *other = NULL;

    ck_assert(open_with(file, "b", &limits) && meter_close(&m));
    ck_assert_int_eq(sqlite3_open(file, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    ck_assert(!open_with(file, "b", &limits));
    sqlite3_close(other);
    ck_assert(open_with(file, "b", &limits));
}
END_TEST

static void change(const char *sql)
{
    sqlite3 *other = NULL;

    ck_assert_int_eq(sqlite3_open(file, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
}

START_TEST(foreign_and_manipulated_files_are_refused)
{
    static const char *const changes[] = {
        "UPDATE bucket SET missing = -5",
        "UPDATE bucket SET wall_ms = -5",
        "UPDATE bucket SET credential = ''",
        "UPDATE bucket SET credential = printf('%.*c', 200, 'x')",
        "UPDATE bucket SET credential = 'a' || char(0) || 'b'",
        "CREATE TRIGGER t AFTER INSERT ON bucket BEGIN DELETE FROM bucket; END",
        "CREATE TABLE more (a)",
        "PRAGMA application_id = 7",
        "DROP TABLE bucket; CREATE TABLE bucket (credential, missing, wall_ms, running_ms, boot)",
    };

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        ck_assert(open_with(file, "b", &limits));
        ck_assert_int_eq(meter_take(m, "a", 5, NULL), METER_GRANTED);
        ck_assert(meter_close(&m));
        change(changes[i]);
        ck_assert_msg(!open_with(file, "b", &limits), "%s", changes[i]);
        unlink(file);
    }
    FILE *f = fopen(file, "wb");
    ck_assert_ptr_nonnull(f);
    fputs("no database at all, but long enough to look like one of something else", f);
    fclose(f);
    ck_assert(!open_with(file, "b", &limits));
    unlink(file);
    ck_assert_int_eq(mkfifo(file, 0600), 0);
    ck_assert(!open_with(file, "b", &limits));
    unlink(file);
    ck_assert(!open_with("/nowhere/m.db", "b", &limits));
}
END_TEST

/* Whatever is overwritten: the file is refused, or the damage was where nothing stands, or a number in a row is another
 * one; the process lives. */
START_TEST(damage_is_survived)
{
    const uint64_t seed = test_seed(20261125);
    test_rng rng = test_rng_init(seed);
    unsigned refused = 0;
    char id[32];
    static uint8_t whole[1 << 20];

    printf("seed %" PRIu64 "\n", seed);
    ck_assert(open_with(file, "b", &limits));
    for (unsigned i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "credential %u", i);
        ck_assert_int_eq(meter_take(m, id, 500, NULL), METER_GRANTED);
    }
    ck_assert(meter_close(&m));
    int fd = open(file, O_RDWR | O_CLOEXEC);
    const ssize_t size = read(fd, whole, sizeof whole);
    ck_assert(size > 8192 && (size_t)size < sizeof whole);
    for (int round = 0; round < 40; round++) {
        uint8_t garbage[64];
        test_rng_fill(&rng, garbage, sizeof garbage);
        const off_t at = round == 0 ? 20 : (off_t)test_rng_below(&rng, (uint32_t)size - 64);
        ck_assert_int_eq(pwrite(fd, whole, (size_t)size, 0), size);
        ck_assert_int_eq(pwrite(fd, garbage, sizeof garbage, at), (ssize_t)sizeof garbage);
        if (!open_with(file, "b", &limits))
            refused++;
        meter_close(&m);
    }
    close(fd);
    ck_assert_uint_ge(refused, 5);
}
END_TEST

/* The disk is full: an error until there is room again, and then nothing is lost. */
START_TEST(a_full_disk_grants_nothing)
{
    struct rlimit before, small;
    meter_counts counts;
    char id[128];

    ck_assert(open_with(file, "b", &limits));
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 20000;
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "a long id so that more pages are needed: credential %d", i);
        ck_assert_int_eq(meter_take(m, id, 600, NULL), METER_GRANTED);
    }
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const bool flushed = meter_flush(m);
    const meter_answer answer = meter_take(m, "a", 1, NULL);
    const meter_answer known = meter_take(m, id, 1, NULL);
    meter_totals(m, &counts);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert(!flushed && !counts.working && counts.flush_failures == 1);
    ck_assert_int_eq(answer, METER_FAILED);
    ck_assert_int_eq(known, METER_FAILED);
    ck_assert(meter_flush(m));
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_GRANTED);
    ck_assert(reopen("b"));
    ck_assert_uint_eq(left(id), 400);
    meter_totals(m, &counts);
    ck_assert_uint_eq(counts.credentials, 2001);
}
END_TEST

START_TEST(a_file_that_was_moved_away_grants_nothing)
{
    char old[128];

    ck_assert(open_with(file, "b", &limits));
    snprintf(old, sizeof old, "%s.old", file);
    ck_assert_int_eq(rename(file, old), 0);
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_GRANTED);
    ck_assert(!meter_flush(m));
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_FAILED);
    ck_assert_int_eq(rename(old, file), 0);
    ck_assert(meter_flush(m));
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_GRANTED);
}
END_TEST

/* Without a flush for two intervals a crash would forget too much. */
START_TEST(a_flush_that_does_not_come_stops_the_grants)
{
    meter_counts counts;

    ck_assert(open_with(file, "b", &limits));
    ck_assert_int_eq(meter_take(m, "a", 10, NULL), METER_GRANTED);
    running += 119000;
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_GRANTED);
    running += 2000;
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_FAILED);
    meter_totals(m, &counts);
    ck_assert_uint_eq(counts.unwritten_ms, 121000);
    ck_assert(!counts.working);
    ck_assert(meter_flush(m));
    ck_assert_int_eq(meter_take(m, "a", 1, NULL), METER_GRANTED);
}
END_TEST

/* What the child shares with its parent, and outlives it. */
typedef struct witness {
    volatile uint64_t granted;
    volatile uint64_t safe; /* granted before a flush that succeeded */
    volatile bool opened;
} witness;

static void spend_until_killed(witness *w)
{
    const meter_limits one_for_all = {1, METER_PERIOD_MAX, 100000};

    m = NULL;
    if (!meter_open(&m, file, &one_for_all, 1))
        _exit(3);
    w->opened = true;
    for (;;) {
        const uint64_t before = w->granted;
        for (int i = 0; i < 3; i++)
            if (meter_take(m, "a", 1, NULL) == METER_GRANTED)
                w->granted++;
        if (!meter_flush(m))
            _exit(4);
        w->safe = before + 3 <= w->granted ? before + 3 : w->granted;
    }
}

/* kill -9 at any instant of the writing: the file opens again, and holds all that was flushed and nothing that was
 * never granted. */
START_TEST(killed_while_writing)
{
    const uint64_t seed = test_seed(20261126);
    test_rng rng = test_rng_init(seed);
    witness *w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const meter_limits one_for_all = {1, METER_PERIOD_MAX, 100000};
    uint64_t spent = 0;

    printf("seed %" PRIu64 "\n", seed);
    ck_assert(w != MAP_FAILED);
    for (int round = 0; round < 60; round++) {
        memset(w, 0, sizeof *w);
        const pid_t child = fork();
        if (child == 0)
            spend_until_killed(w);
        while (!w->opened)
            usleep(200);
        usleep(test_rng_below(&rng, 15000));
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        int status = 0;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status));
        ck_assert(meter_open(&m, file, &one_for_all, 60));
        uint64_t room = 0;
        for (uint64_t step = 65536; step != 0; step /= 2)
            if (meter_take(m, "a", step, NULL) == METER_GRANTED)
                room += step;
        meter_give_back(m, "a", room);
        ck_assert(meter_close(&m));
        const uint64_t now = one_for_all.burst - room;
        /* restoring rounds up: one element may be added at each start */
        ck_assert_uint_ge(now, spent + w->safe);
        ck_assert_uint_le(now, spent + w->granted + 3 + 2);
        spent = now;
    }
    munmap(w, sizeof *w);
    ck_assert_uint_gt(spent, 60);
}
END_TEST

/* The thread that flushes at intervals is there: without a call to meter_flush or meter_close. */
START_TEST(the_interval_is_kept)
{
    meter_counts counts;

    ck_assert(meter_open(&m, file, &limits, 1));
    ck_assert_int_eq(meter_take(m, "a", 10, NULL), METER_GRANTED);
    for (int i = 0; i < 400; i++) {
        meter_totals(m, &counts);
        if (counts.flushes >= 2)
            break;
        usleep(10000);
    }
    ck_assert_uint_ge(counts.flushes, 2);
    ck_assert_uint_eq(counts.unwritten_ms, 0);
}
END_TEST

Suite *suite_meter_faults(void)
{
    Suite *s = suite_create("evaluator/meter_faults");
    TCase *c = tcase_create("meter_faults");

    tcase_add_checked_fixture(c, meter_set_up, meter_tear_down);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, one_process_has_the_file);
    tcase_add_test(c, a_file_that_another_program_locks_is_refused);
    tcase_add_test(c, foreign_and_manipulated_files_are_refused);
    tcase_add_test(c, damage_is_survived);
    tcase_add_test(c, a_full_disk_grants_nothing);
    tcase_add_test(c, a_file_that_was_moved_away_grants_nothing);
    tcase_add_test(c, a_flush_that_does_not_come_stops_the_grants);
    tcase_add_test(c, killed_while_writing);
    tcase_add_test(c, the_interval_is_kept);
    suite_add_tcase(s, c);
    return s;
}
