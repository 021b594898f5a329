/* SPDX-License-Identifier: Apache-2.0 */
#include "support/set_fixture.h"

#include <check.h>
#include <string.h>

Suite *suite_key_file(void);

static size_t write_key(uint8_t bytes[PHASH_KEY_FILE_SIZE], uint64_t seed)
{
    phash_key *key = fixture_key(seed);
    size_t size = 0;

    ck_assert_int_eq(phash_key_write(key, bytes, PHASH_KEY_FILE_SIZE, &size), PHASH_OK);
    phash_key_free(&key);
    ck_assert_ptr_null(key);
    phash_key_free(&key);
    phash_key_free(NULL);
    return size;
}

START_TEST(reads_back_what_was_written)
{
    uint8_t bytes[PHASH_KEY_FILE_SIZE];
    uint8_t again[PHASH_KEY_FILE_SIZE];
    size_t size = write_key(bytes, 1);
    size_t size_again = 0;
    phash_key *key = NULL;

    ck_assert_mem_eq(bytes, "libphash evaluator key 1\nsecret ", 32);
    ck_assert_int_eq(phash_key_read(&key, NULL, bytes, size, NULL), PHASH_OK);
    ck_assert_int_eq(phash_key_write(key, again, sizeof again, &size_again), PHASH_OK);
    ck_assert_uint_eq(size, size_again);
    ck_assert_mem_eq(bytes, again, size);
    ck_assert_int_eq(phash_key_write(key, again, size - 1, &size_again), PHASH_E_BUFFER_TOO_SMALL);
    phash_key_free(&key);
}
END_TEST

START_TEST(every_damaged_byte_is_refused)
{
    uint8_t bytes[PHASH_KEY_FILE_SIZE];
    size_t size = write_key(bytes, 2);

    for (size_t i = 0; i < size; i++) {
        phash_key *key = NULL;
        phash_diag diag = {""};
        bytes[i] ^= 1; /* keeps hexadecimal digits digits, but for a few */
        ck_assert_int_ne(phash_key_read(&key, &diag, bytes, size, NULL), PHASH_OK);
        ck_assert_ptr_null(key);
        ck_assert_uint_ne(strlen(diag.text), 0);
        bytes[i] ^= 1;
    }
    for (size_t cut = 0; cut < size; cut++) {
        phash_key *key = NULL;
        ck_assert_int_ne(phash_key_read(&key, NULL, bytes, cut, NULL), PHASH_OK);
    }
}
END_TEST

START_TEST(out_of_range_secrets_are_refused)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    uint8_t bytes[PHASH_KEY_FILE_SIZE];
    size_t size = write_key(bytes, 3);
    phash_key *key = NULL;

    memcpy(bytes + 32, zeros, 64);
    ck_assert_int_eq(phash_key_read(&key, NULL, bytes, size, NULL), PHASH_E_KEY);
    memcpy(bytes + 32, order, 64);
    ck_assert_int_eq(phash_key_read(&key, NULL, bytes, size, NULL), PHASH_E_KEY);
    bytes[23] = '2';
    ck_assert_int_eq(phash_key_read(&key, NULL, bytes, size, NULL), PHASH_E_VERSION);
    ck_assert_int_eq(phash_key_read(&key, NULL, (const uint8_t *)"x", 1, NULL), PHASH_E_MAGIC);
}
END_TEST

START_TEST(keys_differ)
{
    phash_key *a = NULL;
    phash_key *b = NULL;
    uint8_t pa[PHASH_PUBLIC_KEY_SIZE];
    uint8_t pb[PHASH_PUBLIC_KEY_SIZE];
    uint8_t ia[PHASH_KEY_ID_SIZE];
    uint8_t ib[PHASH_KEY_ID_SIZE];

    ck_assert_int_eq(phash_key_new(&a, NULL), PHASH_OK);
    ck_assert_int_eq(phash_key_new(&b, NULL), PHASH_OK);
    phash_key_public(a, pa, ia);
    phash_key_public(b, pb, ib);
    ck_assert_mem_ne(pa, pb, sizeof pa);
    ck_assert_mem_ne(ia, ib, sizeof ia);
    phash_key_free(&a);
    phash_key_free(&b);
}
END_TEST

Suite *suite_key_file(void)
{
    Suite *s = suite_create("hashset/key_file");
    TCase *c = tcase_create("key_file");

    tcase_add_test(c, reads_back_what_was_written);
    tcase_add_test(c, every_damaged_byte_is_refused);
    tcase_add_test(c, out_of_range_secrets_are_refused);
    tcase_add_test(c, keys_differ);
    suite_add_tcase(s, c);
    return s;
}
