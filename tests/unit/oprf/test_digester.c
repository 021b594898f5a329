/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers: RFC 1321, section A.5, and the examples of FIPS 180-4 (NIST, "Examples with Intermediate Values"). */
#include "support/failing_alloc.h"
#include "support/guard.h"
#include "support/hex.h"

#include <check.h>
#include <phash/digests.h>
#include <string.h>

Suite *suite_digester(void);

#define ALL (PHASH_DIGEST_MD5 | PHASH_DIGEST_SHA1 | PHASH_DIGEST_SHA256)

static void check_hex(const uint8_t *got, size_t size, const char *expected)
{
    uint8_t bytes[64];

    ck_assert_uint_eq(hex_decode(bytes, sizeof bytes, expected), size);
    ck_assert_mem_eq(got, bytes, size);
}

static const struct known {
    const char *text, *md5, *sha1, *sha256;
} known[] = {
    {"", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(known_answers)
{
    phash_digester *d = NULL;
    phash_digests out;

    ck_assert_int_eq(phash_digester_new(&d, ALL, NULL), PHASH_OK);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t size = strlen(known[i].text);
        for (size_t cut = 0; cut <= size; cut++) {
            ck_assert_int_eq(phash_digester_add(d, (const uint8_t *)known[i].text, cut), PHASH_OK);
            ck_assert_int_eq(phash_digester_add(d, NULL, 0), PHASH_OK);
            ck_assert_int_eq(phash_digester_add(d, (const uint8_t *)known[i].text + cut, size - cut), PHASH_OK);
            ck_assert_int_eq(phash_digester_finish(d, &out), PHASH_OK);
            ck_assert_uint_eq(out.known, ALL);
            check_hex(out.md5, 16, known[i].md5);
            check_hex(out.sha1, 20, known[i].sha1);
            check_hex(out.sha256, 32, known[i].sha256);
        }
    }
    phash_digester_free(&d);
    ck_assert_ptr_null(d);
    phash_digester_free(&d);
    phash_digester_free(NULL);
}
END_TEST

/* A million times "a", longer than the pieces the digester works in, against a page that ends there. */
START_TEST(long_input)
{
    phash_digester *d = NULL;
    phash_digests out;
    guard_buffer bytes = guard_new(1000000);

    memset(bytes.data, 'a', bytes.size);
    ck_assert_int_eq(phash_digester_new(&d, ALL, NULL), PHASH_OK);
    for (size_t first = 0; first <= bytes.size; first += 249999) {
        ck_assert_int_eq(phash_digester_add(d, bytes.data, first), PHASH_OK);
        ck_assert_int_eq(phash_digester_add(d, bytes.data + first, bytes.size - first), PHASH_OK);
        ck_assert_int_eq(phash_digester_finish(d, &out), PHASH_OK);
        check_hex(out.md5, 16, "7707d6ae4e027c70eea2a935c2296f21");
        check_hex(out.sha1, 20, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
        check_hex(out.sha256, 32, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }
    phash_digester_free(&d);
    guard_free(&bytes);
}
END_TEST

START_TEST(only_what_is_asked_for)
{
    static const uint8_t zeros[32];

    for (uint32_t algorithms = 1; algorithms <= ALL; algorithms++) {
        phash_digester *d = NULL;
        phash_digests out;
        memset(&out, 0xa5, sizeof out);
        ck_assert_int_eq(phash_digester_new(&d, algorithms, NULL), PHASH_OK);
        ck_assert_int_eq(phash_digester_add(d, (const uint8_t *)"given up", 8), PHASH_OK);
        ck_assert_int_eq(phash_digester_begin(d), PHASH_OK);
        ck_assert_int_eq(phash_digester_add(d, (const uint8_t *)"abc", 3), PHASH_OK);
        ck_assert_int_eq(phash_digester_finish(d, &out), PHASH_OK);
        ck_assert_uint_eq(out.known, algorithms);
        ck_assert_int_eq(memcmp(out.md5, zeros, 16) != 0, (algorithms & PHASH_DIGEST_MD5) != 0);
        ck_assert_int_eq(memcmp(out.sha1, zeros, 20) != 0, (algorithms & PHASH_DIGEST_SHA1) != 0);
        ck_assert_int_eq(memcmp(out.sha256, zeros, 32) != 0, (algorithms & PHASH_DIGEST_SHA256) != 0);
        if ((algorithms & PHASH_DIGEST_SHA1) != 0)
            check_hex(out.sha1, 20, known[1].sha1);
        phash_digester_free(&d);
    }
}
END_TEST

START_TEST(refusals)
{
    phash_digester *d = NULL;
    phash_digests out;

    ck_assert_int_eq(phash_digester_new(NULL, ALL, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_digester_new(&d, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_digester_new(&d, 8, NULL), PHASH_E_ARGUMENT);
    ck_assert_ptr_null(d);
    ck_assert_int_eq(phash_digester_begin(NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_digester_add(NULL, NULL, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_digester_finish(NULL, &out), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_digester_new(&d, ALL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digester_add(d, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_digester_finish(d, NULL), PHASH_E_ARGUMENT);
    phash_digester_free(&d);
    failing_alloc f = {.left = 0};
    const phash_options options = failing_alloc_options(&f);
    ck_assert_int_eq(phash_digester_new(&d, ALL, &options), PHASH_E_NO_MEMORY);
    ck_assert_ptr_null(d);
    ck_assert_int_eq(phash_digester_new(&d, ALL, &options), PHASH_OK);
    phash_digester_free(&d);
    ck_assert_int_eq(f.live, 0);
}
END_TEST

Suite *suite_digester(void)
{
    Suite *suite = suite_create("oprf/digester");
    TCase *tests = tcase_create("digester");

    tcase_add_test(tests, known_answers);
    tcase_add_test(tests, long_input);
    tcase_add_test(tests, only_what_is_asked_for);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    return suite;
}
