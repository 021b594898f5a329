/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/credentials.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_credentials(void);

/* SHA-256 of "abc" (FIPS 180-4, the example) and of the empty string. */
#define OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static credentials *read_text(const char *lines)
{
    return credentials_read("test", lines, strlen(lines));
}

START_TEST(a_token_names_its_owner)
{
    phash_digester *d = NULL;
    credentials *c = read_text("# who\n\nalice " OF_ABC "\r\n  \nbob.2@x \t" OF_NOTHING);

    ck_assert_ptr_nonnull(c);
    ck_assert_int_eq(phash_digester_new(&d, PHASH_DIGEST_SHA256, NULL), PHASH_OK);
    ck_assert_str_eq(credentials_find(c, d, "abc", 3), "alice");
    ck_assert_str_eq(credentials_find(c, d, "", 0), "bob.2@x");
    ck_assert_ptr_null(credentials_find(c, d, "abd", 3));
    ck_assert_ptr_null(credentials_find(c, d, OF_ABC, 64)); /* the file is no help */
    ck_assert_str_eq(credentials_find(c, d, "abc", 3), "alice");
    phash_digester_free(&d);
    credentials_free(&c);
    ck_assert_ptr_null(c);
}
END_TEST

static const char *const refused[] = {
    "",
    "# nobody\n",
    "alice",
    "alice \n",
    "alice " OF_ABC "0\n",
    "alice ba78\n",
    "alice" OF_ABC "\n",
    "al/ice " OF_ABC "\n",
    " alice " OF_ABC "\n",
    "alice ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
    "alice " OF_ABC "\nbob " OF_ABC "\n", /* who of them would pay? */
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa " OF_ABC "\n",
};

START_TEST(what_is_malformed_lets_nobody_in)
{
    ck_assert_ptr_null(read_text(refused[_i]));
}
END_TEST

START_TEST(no_byte_of_a_line_may_be_zero)
{
    static const char line[] = "al\0ce " OF_ABC "\n";

    ck_assert_ptr_null(credentials_read("test", line, sizeof line - 1));
}
END_TEST

START_TEST(many_are_found)
{
    enum { MANY = 1000 };
    static char lines[MANY * 80];
    char *at = lines;
    phash_digester *d = NULL;
    phash_digests digests;
    char token[32];
    char name[32];

    ck_assert_int_eq(phash_digester_new(&d, PHASH_DIGEST_SHA256, NULL), PHASH_OK);
    for (int i = 0; i < MANY; i++) {
        const int n = snprintf(token, sizeof token, "token %d", i);
        ck_assert_int_eq(phash_digester_begin(d), PHASH_OK);
        ck_assert_int_eq(phash_digester_add(d, (const uint8_t *)token, (size_t)n), PHASH_OK);
        ck_assert_int_eq(phash_digester_finish(d, &digests), PHASH_OK);
        at += snprintf(at, 16, "n%d ", i);
        for (size_t k = 0; k < sizeof digests.sha256; k++)
            at += snprintf(at, 3, "%02X", digests.sha256[k]);
        *at++ = '\n';
    }
    credentials *c = credentials_read("test", lines, (size_t)(at - lines));
    ck_assert_ptr_nonnull(c);
    for (int i = 0; i < MANY; i++) {
        snprintf(token, sizeof token, "token %d", i);
        snprintf(name, sizeof name, "n%d", i);
        ck_assert_str_eq(credentials_find(c, d, token, strlen(token)), name);
    }
    credentials_free(&c);
    phash_digester_free(&d);
}
END_TEST

Suite *suite_credentials(void)
{
    Suite *s = suite_create("tools/credentials");
    TCase *c = tcase_create("credentials");

    tcase_add_test(c, a_token_names_its_owner);
    tcase_add_loop_test(c, what_is_malformed_lets_nobody_in, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(c, no_byte_of_a_line_may_be_zero);
    tcase_add_test(c, many_are_found);
    suite_add_tcase(s, c);
    return s;
}
