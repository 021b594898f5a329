/* SPDX-License-Identifier: Apache-2.0 */
#include "util/diag.h"

#include <check.h>
#include <string.h>

Suite *suite_diag(void);

START_TEST(first_message_wins)
{
    phash_diag d = {""};

    ck_assert_int_eq(phash_fail(&d, PHASH_E_LIMIT, "row %d", 7), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_fail(&d, PHASH_E_IO, "later"), PHASH_E_IO);
    ck_assert_str_eq(d.text, "row 7");
    ck_assert_int_eq(phash_fail(NULL, PHASH_E_IO, "nowhere"), PHASH_E_IO);
}
END_TEST

START_TEST(long_and_dirty_text_is_tamed)
{
    phash_diag d = {""};
    char text[1000];

    memset(text, 'a', sizeof text - 1);
    text[0] = '\n';
    text[1] = '\x80';
    text[sizeof text - 1] = '\0';
    (void)phash_fail(&d, PHASH_E_IO, "%s", text);
    ck_assert_uint_eq(strlen(d.text), sizeof d.text - 1);
    ck_assert_int_eq(d.text[0], '?');
    ck_assert_int_eq(d.text[1], '?');
}
END_TEST

START_TEST(every_status_has_its_own_words)
{
    static const int numbers[] = {0,  1,  2,  3,  4,  10, 11, 12, 13, 20, 21, 22, 23, 40, 41, 42,
                                  43, 44, 50, 51, 52, 53, 54, 55, 56, 60, 61, 62, 63, 64, 65, 90};
    const size_t n = sizeof numbers / sizeof *numbers;

    for (size_t i = 0; i < n; i++) {
        const char *text = phash_status_string((phash_status)numbers[i]);
        ck_assert_str_ne(text, "unknown status");
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(text, phash_status_string((phash_status)numbers[j]));
    }
    ck_assert_str_eq(phash_status_string((phash_status)9999), "unknown status");
    ck_assert_str_eq(phash_version(), PHASH_VERSION_STRING);
}
END_TEST

Suite *suite_diag(void)
{
    Suite *s = suite_create("util/diag");
    TCase *c = tcase_create("diag");

    tcase_add_test(c, first_message_wins);
    tcase_add_test(c, long_and_dirty_text_is_tamed);
    tcase_add_test(c, every_status_has_its_own_words);
    suite_add_tcase(s, c);
    return s;
}
