/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/http_range.h"

#include <check.h>
#include <stdint.h>

Suite *suite_http_range(void);

#define WHOLE 1000u

typedef struct range_case {
    const char *value;
    range_kind kind;
    uint64_t first;
    uint64_t size;
} range_case;

static const range_case cases[] = {
    {"bytes=0-0", RANGE_PART, 0, 1},
    {"bytes=0-", RANGE_PART, 0, WHOLE},
    {"bytes=999-", RANGE_PART, 999, 1},
    {"bytes=10-19", RANGE_PART, 10, 10},
    {"bytes=10-5000", RANGE_PART, 10, 990},
    {"bytes=-1", RANGE_PART, 999, 1},
    {"bytes=-5000", RANGE_PART, 0, WHOLE},
    {"bytes=1000-", RANGE_OUTSIDE, 0, 0},
    {"bytes=1000-1001", RANGE_OUTSIDE, 0, 0},
    {"bytes=-0", RANGE_OUTSIDE, 0, 0},
    {"bytes=5-4", RANGE_WHOLE, 0, 0},
    {"bytes=", RANGE_WHOLE, 0, 0},
    {"bytes=-", RANGE_WHOLE, 0, 0},
    {"bytes=0", RANGE_WHOLE, 0, 0},
    {"bytes=0-1,3-4", RANGE_WHOLE, 0, 0},
    {"bytes= 0-1", RANGE_WHOLE, 0, 0},
    {"bytes=+1-2", RANGE_WHOLE, 0, 0},
    {"bytes=0-1x", RANGE_WHOLE, 0, 0},
    {"lines=0-1", RANGE_WHOLE, 0, 0},
    {"", RANGE_WHOLE, 0, 0},
    {"bytes=1844674407370955160-", RANGE_OUTSIDE, 0, 0},
    {"bytes=18446744073709551615-", RANGE_WHOLE, 0, 0},
    {"bytes=0-18446744073709551615", RANGE_WHOLE, 0, 0},
    {"bytes=99999999999999999999999-", RANGE_WHOLE, 0, 0},
};

START_TEST(ranges)
{
    const range_case *c = &cases[_i];
    uint64_t first = 77;
    uint64_t size = 77;

    ck_assert_msg(http_range_read(&first, &size, c->value, WHOLE) == c->kind, "%s", c->value);
    if (c->kind == RANGE_PART)
        ck_assert_msg(first == c->first && size == c->size, "%s: %ju bytes from %ju", c->value, (uintmax_t)size,
                      (uintmax_t)first);
}
END_TEST

START_TEST(nothing_lies_within_an_empty_file)
{
    uint64_t first;
    uint64_t size;

    ck_assert_int_eq(http_range_read(&first, &size, "bytes=0-", 0), RANGE_OUTSIDE);
    ck_assert_int_eq(http_range_read(&first, &size, "bytes=-5", 0), RANGE_OUTSIDE);
}
END_TEST

START_TEST(entity_tags)
{
    static const char etag[] = "\"abc\"";

    ck_assert(http_names_tag("\"abc\"", etag));
    ck_assert(http_names_tag("W/\"abc\"", etag));
    ck_assert(http_names_tag("*", etag));
    ck_assert(http_names_tag("\"x\", \"abc\"", etag));
    ck_assert(http_names_tag("\"x\",W/\"abc\" ,\"y\"", etag));
    ck_assert(!http_names_tag("", etag));
    ck_assert(!http_names_tag("abc", etag));
    ck_assert(!http_names_tag("\"abcd\"", etag));
    ck_assert(!http_names_tag("\"abc\"x", etag));
    ck_assert(!http_names_tag("\"ab\"", etag));
}
END_TEST

Suite *suite_http_range(void)
{
    Suite *s = suite_create("tools/http_range");
    TCase *c = tcase_create("http_range");

    tcase_add_loop_test(c, ranges, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(c, nothing_lies_within_an_empty_file);
    tcase_add_test(c, entity_tags);
    suite_add_tcase(s, c);
    return s;
}
