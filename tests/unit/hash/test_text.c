/* SPDX-License-Identifier: Apache-2.0 */
#include <phash/hash.h>

#include "support/guard.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_text(void);

static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
static const char base64[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=";

static phash_hash counting(void)
{
    phash_hash h;

    for (size_t i = 0; i < sizeof h.bytes; i++)
        h.bytes[i] = (uint8_t)i;
    h.bytes[31] = 0xff;
    return h;
}

/* The text ends at an unmapped page: it is not a C string. */
static phash_status read_text(phash_hash *out, const char *text, size_t size)
{
    guard_buffer b = guard_new(size);

    memcpy(b.data, text, size);
    phash_status st = phash_hash_from_text(out, (const char *)b.data, size);
    guard_free(&b);
    return st;
}

START_TEST(hex_is_lower_case_and_first_byte_first)
{
    phash_hash h = counting();
    char text[PHASH_HEX_SIZE];

    memset(text, 'x', sizeof text);
    phash_hash_to_hex(text, &h);
    ck_assert_str_eq(text, hex);
}
END_TEST

START_TEST(all_forms_read_back)
{
    const phash_hash expected = counting();
    phash_hash h = {{0}};
    char upper[64];

    for (size_t i = 0; i < 64; i++)
        upper[i] = (char)(hex[i] >= 'a' && hex[i] <= 'f' ? hex[i] - 32 : hex[i]);
    ck_assert_int_eq(read_text(&h, hex, 64), PHASH_OK);
    ck_assert_mem_eq(&h, &expected, sizeof h);
    memset(&h, 0, sizeof h);
    ck_assert_int_eq(read_text(&h, upper, 64), PHASH_OK);
    ck_assert_mem_eq(&h, &expected, sizeof h);
    memset(&h, 0, sizeof h);
    ck_assert_int_eq(read_text(&h, base64, 44), PHASH_OK);
    ck_assert_mem_eq(&h, &expected, sizeof h);
    memset(&h, 0, sizeof h);
    ck_assert_int_eq(read_text(&h, base64, 43), PHASH_OK);
    ck_assert_mem_eq(&h, &expected, sizeof h);
}
END_TEST

START_TEST(both_base64_alphabets)
{
    phash_hash a;
    phash_hash b;

    ck_assert_int_eq(read_text(&a, "++//++//++//++//++//++//++//++//++//++//++8", 43), PHASH_OK);
    ck_assert_int_eq(read_text(&b, "--__--__--__--__--__--__--__--__--__--__--8", 43), PHASH_OK);
    ck_assert_mem_eq(&a, &b, sizeof a);
    ck_assert_uint_eq(a.bytes[0], 0xfb);
    ck_assert_uint_eq(a.bytes[31], 0xef);
}
END_TEST

START_TEST(anything_else_is_refused)
{
    phash_hash h = counting();
    const phash_hash before = h;
    char text[80];

    for (size_t size = 0; size < 70; size++) {
        memset(text, 'A', sizeof text);
        if (size != 64 && size != 43)
            ck_assert_int_eq(read_text(&h, text, size), PHASH_E_RECORD);
    }
    for (size_t at = 0; at < 64; at++) {
        memcpy(text, hex, 64);
        text[at] = 'g';
        ck_assert_int_eq(read_text(&h, text, 64), PHASH_E_RECORD);
    }
    for (size_t at = 0; at < 43; at++) {
        memcpy(text, base64, 44);
        text[at] = '.';
        ck_assert_int_eq(read_text(&h, text, 44), PHASH_E_RECORD);
    }
    memcpy(text, base64, 44);
    text[42] = '9'; /* the two bits beyond the hash must be zero */
    ck_assert_int_eq(read_text(&h, text, 44), PHASH_E_RECORD);
    memcpy(text, base64, 44);
    text[43] = 'A';
    ck_assert_int_eq(read_text(&h, text, 44), PHASH_E_RECORD);
    ck_assert_int_eq(phash_hash_from_text(NULL, hex, 64), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hash_from_text(&h, NULL, 64), PHASH_E_ARGUMENT);
    ck_assert_mem_eq(&h, &before, sizeof h);
}
END_TEST

START_TEST(distance_counts_bits)
{
    test_rng rng = test_rng_init(test_seed(11));
    phash_hash a = {{0}};
    phash_hash b = {{0}};

    ck_assert_uint_eq(phash_hash_distance(&a, &a), 0);
    memset(&b, 0xff, sizeof b);
    ck_assert_uint_eq(phash_hash_distance(&a, &b), 256);
    test_rng_fill(&rng, &a, sizeof a);
    for (size_t bit = 0; bit < 256; bit++) {
        b = a;
        b.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        ck_assert_uint_eq(phash_hash_distance(&a, &b), 1);
        ck_assert_uint_eq(phash_hash_distance(&b, &a), 1);
    }
    ck_assert_uint_eq(phash_hash_distance(NULL, &a), 256);
    ck_assert_uint_eq(phash_hash_distance(&a, NULL), 256);
}
END_TEST

Suite *suite_text(void)
{
    Suite *s = suite_create("hash/text");
    TCase *c = tcase_create("text");

    tcase_add_test(c, hex_is_lower_case_and_first_byte_first);
    tcase_add_test(c, all_forms_read_back);
    tcase_add_test(c, both_base64_alphabets);
    tcase_add_test(c, anything_else_is_refused);
    tcase_add_test(c, distance_counts_bits);
    suite_add_tcase(s, c);
    return s;
}
