/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/set_record.h"

#include "support/rng.h"
#include "util/mem.h"

#include <check.h>
#include <string.h>

Suite *suite_set_record(void);

static phash_digest *digest;
static uint8_t key[PHASH_AEAD_KEY_SIZE];
static uint8_t salt[PHASH_SET_SALT_SIZE];
static char label[PHASH_LABEL_MAX];

static void set_up(void)
{
    phash_allocator a = phash_allocator_from(NULL);
    test_rng rng = test_rng_init(41);

    ck_assert_int_eq(phash_digest_new(&digest, &a), PHASH_OK);
    test_rng_fill(&rng, key, sizeof key);
    test_rng_fill(&rng, salt, sizeof salt);
    test_rng_fill(&rng, (uint8_t *)label, sizeof label);
}

static void tear_down(void)
{
    phash_digest_free(&digest);
}

static phash_record sample(uint32_t source, uint32_t label_size)
{
    phash_record r = {.source = source, .label_size = label_size, .label = label};

    for (size_t i = 0; i < PHASH_HASH_SIZE; i++)
        r.hash.bytes[i] = (uint8_t)(i * 37 + 1);
    return r;
}

/* Peek, then open as a reader does; the status of the second, or PHASH_E_CHECKSUM when there was nothing to open. */
static phash_status reopen(phash_record *out, uint8_t *plain, const uint8_t *sealed, size_t room, const uint8_t *k,
                           const uint8_t *s, uint32_t offset)
{
    uint32_t size = 0;

    ck_assert_int_eq(phash_record_peek(digest, &size, sealed, k, s, offset), PHASH_OK);
    ck_assert(size == 0 || (size >= PHASH_RECORD_MIN && size <= PHASH_RECORD_MAX && size % PHASH_RECORD_UNIT == 0));
    return size == 0 || size > room ? PHASH_E_CHECKSUM
                                    : phash_record_open(digest, out, plain, sealed, size, k, s, offset);
}

START_TEST(all_sizes_open)
{
    static const uint32_t sources[] = {0, 1, 127, 128, 4095};
    uint8_t sealed[PHASH_RECORD_MAX];
    uint8_t plain[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE];

    ck_assert_uint_eq(phash_record_size(0, 0), PHASH_RECORD_MIN);
    ck_assert_uint_eq(phash_record_size(127, 2), PHASH_RECORD_MIN);
    ck_assert_uint_eq(phash_record_size(127, 3), PHASH_RECORD_MIN + 8);
    ck_assert_uint_eq(phash_record_size(4095, PHASH_LABEL_MAX), PHASH_RECORD_MAX);
    for (size_t s = 0; s < sizeof sources / sizeof *sources; s++)
        for (uint32_t n = 0; n <= PHASH_LABEL_MAX; n++) {
            const phash_record r = sample(sources[s], n);
            phash_record got;
            ck_assert_int_eq(phash_record_seal(digest, sealed, &r, key, salt, n * 7), PHASH_OK);
            ck_assert_int_eq(reopen(&got, plain, sealed, phash_record_size(r.source, n), key, salt, n * 7), PHASH_OK);
            ck_assert_uint_eq(got.source, r.source);
            ck_assert_uint_eq(got.label_size, n);
            ck_assert_mem_eq(got.hash.bytes, r.hash.bytes, PHASH_HASH_SIZE);
            ck_assert_mem_eq(got.label, label, n);
        }
}
END_TEST

START_TEST(nothing_else_opens)
{
    const phash_record r = sample(5, 20);
    uint8_t sealed[PHASH_RECORD_MAX] = {0};
    uint8_t plain[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE];
    phash_record got;
    const uint32_t size = phash_record_size(5, 20);

    ck_assert_int_eq(phash_record_seal(digest, sealed, &r, key, salt, 9), PHASH_OK);
    ck_assert_int_eq(reopen(&got, plain, sealed, size, key, salt, 9), PHASH_OK);
    ck_assert_int_eq(reopen(&got, plain, sealed, size, key, salt, 8), PHASH_E_CHECKSUM);
    for (uint32_t bit = 0; bit < 8 * size; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(reopen(&got, plain, sealed, sizeof sealed, key, salt, 9) == PHASH_E_CHECKSUM, "bit %u",
                      (unsigned)bit);
        for (size_t i = 0; i < size - PHASH_RECORD_TAG_SIZE && bit < 8; i++)
            ck_assert_uint_eq(plain[i], 0); /* what was not verified is not left lying about */
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (uint32_t bit = 0; bit < 128; bit++) {
        key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(reopen(&got, plain, sealed, sizeof sealed, key, salt, 9), PHASH_E_CHECKSUM);
        key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        salt[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(reopen(&got, plain, sealed, sizeof sealed, key, salt, 9), PHASH_E_CHECKSUM);
        salt[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_int_eq(phash_record_open(digest, &got, plain, sealed, size - 8, key, salt, 9), PHASH_E_CHECKSUM);
    ck_assert_int_eq(phash_record_open(digest, &got, plain, sealed, 40, key, salt, 9), PHASH_E_CHECKSUM);
}
END_TEST

/* Seal any text as a record of `size` bytes, as a builder with a fault or an intent might. */
static void seal_text(uint8_t *sealed, const uint8_t *text, uint32_t size)
{
    uint8_t full[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE];
    uint8_t nonce[PHASH_AEAD_NONCE_SIZE] = {9};
    uint8_t aad[PHASH_SET_SALT_SIZE + 4] = {0};

    memcpy(nonce + 4, salt, 8);
    memcpy(aad, salt, sizeof salt);
    aad[PHASH_SET_SALT_SIZE] = 9;
    ck_assert_int_eq(phash_aead_seal(digest, full, key, nonce, aad, sizeof aad, text, size - PHASH_RECORD_TAG_SIZE),
                     PHASH_OK);
    memcpy(sealed, full, size);
}

START_TEST(one_encoding_only)
{
    uint8_t sealed[PHASH_RECORD_MAX] = {0};
    uint8_t plain[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE];
    uint8_t text[PHASH_RECORD_MAX] = {0};
    phash_record got;

    seal_text(sealed, text, 48); /* source 0, no label, two zeros: as it should be */
    ck_assert_int_eq(reopen(&got, plain, sealed, 48, key, salt, 9), PHASH_OK);
    text[35] = 1; /* what fills the unit is not zero */
    seal_text(sealed, text, 48);
    ck_assert_int_eq(reopen(&got, plain, sealed, 48, key, salt, 9), PHASH_E_RECORD);
    text[35] = 0;
    seal_text(sealed, text, 56); /* a unit too many: the reader looks for the tag elsewhere */
    ck_assert_int_eq(reopen(&got, plain, sealed, 56, key, salt, 9), PHASH_E_CHECKSUM);
    static const uint8_t bad[][4] = {{0x80, 0x00, 0, 0}, {0x80, 0x80, 1, 0}, {0x80, 0x20, 0, 0}, {0, 0xe9, 0x07, 0},
                                     {0, 0x80, 0x00, 0}, {0, 0xff, 0x7f, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(text + 32, bad[i], 4);
        seal_text(sealed, text, 48);
        ck_assert_msg(reopen(&got, plain, sealed, 48, key, salt, 9) == PHASH_E_CHECKSUM, "fields %zu", i);
        ck_assert_int_eq(phash_record_open(digest, &got, plain, sealed, 48, key, salt, 9), PHASH_E_RECORD);
    }
}
END_TEST

/* A key tried on many records at once would be a gain if their key streams agreed. */
START_TEST(the_offset_is_in_the_key_stream)
{
    const phash_record r = sample(0, 0);
    uint8_t a[PHASH_RECORD_MIN], b[PHASH_RECORD_MIN];

    ck_assert_int_eq(phash_record_seal(digest, a, &r, key, salt, 1), PHASH_OK);
    ck_assert_int_eq(phash_record_seal(digest, b, &r, key, salt, 2), PHASH_OK);
    for (size_t at = 0; at + 4 <= sizeof a; at++)
        ck_assert_mem_ne(a + at, b + at, 4);
}
END_TEST

Suite *suite_set_record(void)
{
    Suite *s = suite_create("hashset/set_record");
    TCase *c = tcase_create("set_record");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, all_sizes_open);
    tcase_add_test(c, nothing_else_opens);
    tcase_add_test(c, one_encoding_only);
    tcase_add_test(c, the_offset_is_in_the_key_stream);
    suite_add_tcase(s, c);
    return s;
}
