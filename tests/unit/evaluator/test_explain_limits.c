/* SPDX-License-Identifier: Apache-2.0 */
/* What --explain-limits prints: the figures of docs/threat-model.md for its limit, others for others. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "evaluator/explain_limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_explain_limits(void);

/* All runs of spaces as one, so that widths of columns do not matter. */
static char *explained(uint64_t refill, uint64_t period, uint64_t burst, uint64_t entries)
{
    const meter_limits limits = {refill, period, burst};
    char *page = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&page, &size);

    ck_assert_ptr_nonnull(f);
    explain_limits(f, &limits, entries);
    ck_assert_int_eq(fclose(f), 0);
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        if (page[i] != ' ' || n == 0 || page[n - 1] != ' ')
            page[n++] = page[i];
    page[n] = '\0';
    return page;
}

static void has(const char *page, const char *what)
{
    ck_assert_msg(strstr(page, what) != NULL, "no '%s' in:\n%s", what, page);
}

/* 2,000 pictures of 256 tokens a day, a million entries. */
START_TEST(the_table_of_the_threat_model)
{
    char *page = explained(512000, 86400, 25600, 1000000);

    has(page, "512,000 elements in 24 hours, at most 25,600 at once");
    has(page, "or 2,000 pictures of 256 elements");
    has(page, "\n 6 42 0.12 8.6 days 23,518 years\n");
    has(page, "\n 7 36 7.5 3.2 hours 367 years\n");
    has(page, "\n 8 32 119 12 minutes 23 years\n");
    has(page, "2,000 a day as any device does it,\n512,000 a day with one element each");
    has(page, "found; 100 tries");
    has(page, "\n 6 one at 1 picture in 17,180\n");
    free(page);
}
END_TEST

START_TEST(another_limit_and_list_give_other_figures)
{
    char *page = explained(1, 1, 256, 10000);

    has(page, "1 element in 1 second, at most 256 at once");
    has(page, "86,400 elements a day, or 338 pictures");
    has(page, "For 10,000 entries");
    has(page, "\n 6 42 0.0002 14 years 139,366 years\n");
    has(page, "\n 8 32 0.2 5 days 136 years\n");
    free(page);
}
END_TEST

START_TEST(no_more_entries_are_opened_than_there_are)
{
    char *page = explained(UINT64_C(1) << 40, 1, 1000, 5);

    has(page, "\n 6 42 5 0.8 seconds 4 seconds\n");
    has(page, "\n 8 32 5 ");
    free(page);
}
END_TEST

START_TEST(no_limit_no_list_and_absurd_ones)
{
    char *page = explained(0, 0, 0, 1000000);

    has(page, "There is no limit");
    free(page);
    page = explained(512000, 86400, 25600, 0);
    has(page, "nothing to guess");
    ck_assert_ptr_null(strstr(page, "inf"));
    free(page);
    page = explained(METER_REFILL_MAX, 1, UINT64_MAX, UINT64_MAX);
    ck_assert_ptr_null(strstr(page, "inf"));
    ck_assert_ptr_null(strstr(page, "nan"));
    free(page);
    page = explained(1, METER_PERIOD_MAX, 1, 1);
    ck_assert_ptr_null(strstr(page, "inf"));
    free(page);
}
END_TEST

START_TEST(lines_fit_a_terminal)
{
    static const meter_limits limits[] = {{512000, 86400, 25600}, {METER_REFILL_MAX, 1, UINT64_MAX}, {0, 0, 0}};
    char line[512];

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        FILE *f = tmpfile();
        ck_assert_ptr_nonnull(f);
        explain_limits(f, &limits[i], UINT64_C(2147483648));
        rewind(f);
        while (fgets(line, sizeof line, f) != NULL)
            ck_assert_msg(strlen(line) <= 101, "%s", line);
        fclose(f);
    }
}
END_TEST

Suite *suite_explain_limits(void)
{
    Suite *s = suite_create("evaluator/explain_limits");
    TCase *c = tcase_create("explain_limits");

    tcase_add_test(c, the_table_of_the_threat_model);
    tcase_add_test(c, another_limit_and_list_give_other_figures);
    tcase_add_test(c, no_more_entries_are_opened_than_there_are);
    tcase_add_test(c, no_limit_no_list_and_absurd_ones);
    tcase_add_test(c, lines_fit_a_terminal);
    suite_add_tcase(s, c);
    return s;
}
