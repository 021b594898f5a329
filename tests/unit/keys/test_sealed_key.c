/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed keys: they open with their passphrase and not otherwise, and only as they were written. */
#include "keys/sealed_key.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_sealed_key(void);

static uint8_t phrase[] = "correct horse battery staple";
static const secret passphrase = {phrase, sizeof phrase - 1};
static sealed_key sealed;
static uint8_t file[SEALED_KEY_FILE_MAX];
static size_t size;
static uint8_t plain[171];

static void set_up(void)
{
    memset(&sealed, 0, sizeof sealed);
    memset(sealed.id, 0x5a, sizeof sealed.id);
    memset(sealed.public_key, 0x02, sizeof sealed.public_key);
    snprintf(sealed.created, sizeof sealed.created, "2026-11-23T16:00:00Z");
    sealed.log2_n = SEALED_LOG2_N_MIN;
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)('a' + i % 26);
    ck_assert(sealed_key_seal(&sealed, plain, sizeof plain, &passphrase));
    size = sealed_key_format(file, &sealed);
}

static sealed_answer open_bytes(const uint8_t *bytes, size_t n, const secret *with)
{
    static uint8_t out[PHASH_KEY_FILE_SIZE];
    sealed_key k;
    const char *why = NULL;
    size_t out_size = 99;

    if (!sealed_key_parse(&k, &why, bytes, n)) {
        ck_assert_ptr_nonnull(why);
        return SEALED_WRONG;
    }
    const sealed_answer answer = sealed_key_open(out, &out_size, &k, with);
    if (answer == SEALED_OPENED)
        ck_assert(out_size == sizeof plain && memcmp(out, plain, sizeof plain) == 0);
    else
        for (size_t i = 0; i < sizeof out; i++)
            ck_assert_msg(out[i] == 0 || out_size == 0, "what was not vouched for is left");
    memset(out, 0, sizeof out);
    return answer;
}

START_TEST(it_opens_with_its_passphrase_only)
{
    uint8_t other[sizeof phrase];
    const secret wrong = {other, sizeof phrase - 1};
    const secret shorter = {phrase, sizeof phrase - 2};

    memcpy(other, phrase, sizeof other);
    other[7] ^= 1;
    ck_assert_int_eq(open_bytes(file, size, &passphrase), SEALED_OPENED);
    ck_assert_int_eq(open_bytes(file, size, &wrong), SEALED_WRONG);
    ck_assert_int_eq(open_bytes(file, size, &shorter), SEALED_WRONG);
}
END_TEST

START_TEST(nothing_of_the_key_is_in_the_file_and_no_two_are_alike)
{
    uint8_t before[SEALED_KEY_FILE_MAX];
    const uint8_t digits[] = "6162636465666768"; /* abcdefgh in hexadecimal */

    for (size_t i = 0; i + 8 <= size; i++)
        ck_assert(memcmp(file + i, plain, 8) != 0 && (i + 16 > size || memcmp(file + i, digits, 16) != 0));
    memcpy(before, file, size);
    const sealed_key first = sealed;
    set_up();
    ck_assert(memcmp(first.salt, sealed.salt, sizeof first.salt) != 0);
    ck_assert(memcmp(first.nonce, sealed.nonce, sizeof first.nonce) != 0);
    ck_assert(memcmp(first.box, sealed.box, first.box_size) != 0);
}
END_TEST

/* Changes of a kind that the parser takes: only the tag is left to notice them. */
START_TEST(every_line_is_vouched_for)
{
    static const char *const lines[] = {"id ", "public ", "created ", "scrypt 14 8 1 ", "aes-256-gcm "};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        uint8_t copy[SEALED_KEY_FILE_MAX + 1] = {0};
        memcpy(copy, file, size);
        char *at = strstr((char *)copy, lines[i]);
        ck_assert_ptr_nonnull(at);
        at += strlen(lines[i]);
        *at = *at == '1' ? '2' : '1';
        ck_assert_int_eq(open_bytes(copy, size, &passphrase), SEALED_WRONG);
    }
    uint8_t last[SEALED_KEY_FILE_MAX];
    memcpy(last, file, size);
    last[size - 2] = last[size - 2] == '0' ? '1' : '0'; /* of the tag */
    ck_assert_int_eq(open_bytes(last, size, &passphrase), SEALED_WRONG);
    last[size - 2] = file[size - 2];
    last[size - 60] = last[size - 60] == '0' ? '1' : '0'; /* of the box */
    ck_assert_int_eq(open_bytes(last, size, &passphrase), SEALED_WRONG);
}
END_TEST

START_TEST(every_shorter_or_longer_file_is_refused)
{
    sealed_key k;
    const char *why;

    for (size_t n = 0; n < size; n++) {
        const bool taken = sealed_key_parse(&k, &why, file, n);
        ck_assert(!taken);
    }
    file[size] = '\n';
    ck_assert(!sealed_key_parse(&k, &why, file, size + 1));
    ck_assert(sealed_key_parse(&k, &why, file, size));
}
END_TEST

static bool parses_with(const char *from, const char *to, const char **why)
{
    sealed_key k;
    uint8_t copy[SEALED_KEY_FILE_MAX + 1] = {0};

    memcpy(copy, file, size);
    char *at = strstr((char *)copy, from);
    ck_assert_ptr_nonnull(at);
    memcpy(at, to, strlen(to));
    return sealed_key_parse(&k, why, copy, size);
}

START_TEST(the_work_that_a_file_can_ask_for_is_limited)
{
    const char *why;

    ck_assert(parses_with("scrypt 14 8 1 ", "scrypt 20 8 1 ", &why));
    ck_assert(!parses_with("scrypt 14 8 1 ", "scrypt 21 8 1 ", &why));
    ck_assert_ptr_nonnull(strstr(why, "work"));
    ck_assert(!parses_with("scrypt 14 8 1 ", "scrypt 99 8 1 ", &why));
    ck_assert(!parses_with("scrypt 14 8 1 ", "scrypt 13 8 1 ", &why));
    ck_assert(!parses_with("scrypt 14 8 1 ", "scrypt 00 8 1 ", &why));
    ck_assert(!parses_with("scrypt 14 8 1 ", "scrypt 14 9 1 ", &why));
    ck_assert(!parses_with("scrypt 14 8 1 ", "scrypt 14 8 2 ", &why));
    ck_assert(!parses_with("key 1", "key 2", &why));
    ck_assert_ptr_nonnull(strstr(why, "version"));
}
END_TEST

/* The file of docs/formats/key.md, made by another program. */
START_TEST(a_file_from_elsewhere_opens)
{
    static const char made[] =
        "libphash sealed key 1\n"
        "id 791559805f90f4997e275981ecc1f47b\n"
        "public 020a7d2914898187fbd97de394f95b21d3e9305aeda286b39b1238e490897d2529\n"
        "created 2026-11-23T16:00:00Z\n"
        "scrypt 14 8 1 000102030405060708090a0b0c0d0e0f\n"
        "aes-256-gcm 101112131415161718191a1b 9cbdb74a41aa5814db460280116c067c54dfd25898db21d4d254686bcac6ef7"
        "cdc1ca48c4c618dcdcfd08efef81b5c4e172204126250a71dbff8e5397d00857a706ae28dbf6a5f722893c900ee55b24402f"
        "b31f904289d1afbfac9a05328e08b9f23fc14f3ac7daeeb3072650ece2819533648d24df1b77e2583dad0cc3bff068bbd32e"
        "d95e91d2d1895d783bd8b82471e7ca7c7247ce5cbd2b09576cf31b2bd35f1f17c2d0a24fc564163713048fadfaf58fd0cca2"
        "defd9006e06\n";
    uint8_t words[] = "a passphrase of the example";
    const secret with = {words, sizeof words - 1};
    uint8_t out[PHASH_KEY_FILE_SIZE];
    sealed_key k;
    const char *why;
    size_t n = 0;

    ck_assert(sealed_key_parse(&k, &why, (const uint8_t *)made, sizeof made - 1));
    ck_assert_int_eq(sealed_key_open(out, &n, &k, &with), SEALED_OPENED);
    ck_assert(n > 24 && memcmp(out, "libphash evaluator key 1", 24) == 0);
}
END_TEST

Suite *suite_sealed_key(void)
{
    Suite *s = suite_create("keys/sealed_key");
    TCase *c = tcase_create("sealed_key");

    tcase_add_checked_fixture(c, set_up, NULL);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, it_opens_with_its_passphrase_only);
    tcase_add_test(c, nothing_of_the_key_is_in_the_file_and_no_two_are_alike);
    tcase_add_test(c, every_line_is_vouched_for);
    tcase_add_test(c, every_shorter_or_longer_file_is_refused);
    tcase_add_test(c, the_work_that_a_file_can_ask_for_is_limited);
    tcase_add_test(c, a_file_from_elsewhere_opens);
    suite_add_tcase(s, c);
    return s;
}
