/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a set file as bytes: what is written is read back, and nothing else is accepted. */
#include "hashset/set_head.h"

#include "support/failing_alloc.h"
#include "support/guard.h"
#include "support/rng.h"

#include <check.h>
#include <string.h>

Suite *suite_set_head(void);

#define ENTRY PHASH_SIGNATURE_ENTRY_SIZE
#define MANY (PHASH_SIGNATURES_MAX + 1)

static phash_allocator allocator;
static phash_digest *digest;
static uint8_t manifest[9000];
static uint8_t signatures[MANY * ENTRY]; /* sorted */
static phash_diag diag;

static void set_up(void)
{
    test_rng rng = test_rng_init(21);

    allocator = phash_allocator_from(NULL);
    ck_assert_int_eq(phash_digest_new(&digest, &allocator), PHASH_OK);
    test_rng_fill(&rng, manifest, sizeof manifest);
    test_rng_fill(&rng, signatures, sizeof signatures);
    for (size_t i = 0; i < MANY; i++)
        signatures[i * ENTRY] = (uint8_t)(i + 1);
    diag.text[0] = '\0';
}

static void tear_down(void)
{
    phash_digest_free(&digest);
}

static uint8_t *make(phash_set_head *head, size_t manifest_size, uint32_t count)
{
    uint8_t *bytes = NULL;

    *head = (phash_set_head){.manifest = manifest, .manifest_size = manifest_size, .signatures = signatures,
                             .signature_count = count};
    ck_assert_int_eq(phash_set_head_make(&bytes, head, digest, NULL, &allocator), PHASH_OK);
    return bytes;
}

/* Reads from memory that ends at an unmapped page. */
static phash_status read_copy(phash_set_head *out, const uint8_t *bytes, size_t size)
{
    guard_buffer b = guard_new(size);

    if (size != 0)
        memcpy(b.data, bytes, size);
    diag.text[0] = '\0';
    phash_status st = phash_set_head_read(out, digest, &diag, b.data, size);
    guard_free(&b);
    return st;
}

START_TEST(what_is_written_is_read_back)
{
    /* sizes around the end of a block: 4096 - 48 - 2 fills the first one */
    static const size_t sizes[] = {0, 1, 300, 4045, 4046, 4047, 4048, 4049, 8142, 8143, 9000};
    static const uint32_t counts[] = {0, 1, 2, 42, PHASH_SIGNATURES_MAX};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            phash_set_head made, got;
            uint8_t *bytes = make(&made, sizes[i], counts[k]);
            size_t used = 48 + sizes[i] + 2 + counts[k] * ENTRY;
            ck_assert_uint_eq(made.size, (used + 4095) / 4096 * 4096);
            ck_assert_int_eq(phash_set_head_read(&got, digest, NULL, bytes, made.size), PHASH_OK);
            ck_assert_uint_eq(got.size, made.size);
            ck_assert_uint_eq(got.manifest_size, sizes[i]);
            ck_assert_uint_eq(got.signature_count, counts[k]);
            ck_assert_mem_eq(got.digest, made.digest, sizeof got.digest);
            ck_assert_ptr_eq(got.manifest, bytes + 48);
            ck_assert_ptr_eq(got.signatures, bytes + 48 + sizes[i] + 2);
            ck_assert_mem_eq(got.manifest, manifest, sizes[i]);
            ck_assert_mem_eq(got.signatures, signatures, counts[k] * ENTRY);
            ck_assert_mem_eq(bytes, "\x89PHB\r\n\x1a\n", 8);
            phash_release(&allocator, bytes);
        }
}
END_TEST

START_TEST(cut_heads_are_refused)
{
    phash_set_head made, got;
    uint8_t *bytes = make(&made, 300, 3);

    ck_assert_int_eq(read_copy(&got, bytes, made.size), PHASH_OK);
    for (size_t cut = 0; cut < made.size; cut++)
        ck_assert_int_eq(read_copy(&got, bytes, cut), cut < 8 ? PHASH_E_MAGIC : PHASH_E_TRUNCATED);
    phash_release(&allocator, bytes);
}
END_TEST

/* Signature and zeros aside, every bit counts; in the signature area the order of the keys does. */
START_TEST(changed_bytes_are_found)
{
    phash_set_head made, got;
    uint8_t *bytes = make(&made, 300, 2);
    size_t area = 48 + 300;
    size_t end = area + 2 + 2 * ENTRY;

    for (size_t i = 0; i < made.size; i++) {
        for (unsigned bit = 0; bit < 8; bit += i < end ? 1 : 3) {
            bytes[i] ^= (uint8_t)(1u << bit);
            phash_status st = read_copy(&got, bytes, made.size);
            bool signature_byte = i >= area + 2 && i < end;
            if (!signature_byte)
                ck_assert_msg(st != PHASH_OK && st != PHASH_E_NO_MEMORY, "byte %zu, bit %u: %d", i, bit, st);
            else
                ck_assert(st == PHASH_OK || st == PHASH_E_ORDER);
            bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
    bytes[made.size - 1] = 1;
    ck_assert_int_eq(read_copy(&got, bytes, made.size), PHASH_E_ORDER);
    ck_assert_str_eq(diag.text, "byte 4095 between signatures and body is not zero");
    phash_release(&allocator, bytes);
}
END_TEST

START_TEST(signers_are_sorted_and_different)
{
    phash_set_head made, got;
    uint8_t *bytes = make(&made, 300, 3);
    uint8_t *area = bytes + 48 + 300 + 2;
    uint8_t swapped[ENTRY];
    uint8_t *none = NULL;

    memcpy(swapped, area, ENTRY);
    memcpy(area, area + ENTRY, ENTRY);
    ck_assert_int_eq(read_copy(&got, bytes, made.size), PHASH_E_ORDER);
    ck_assert_str_eq(diag.text, "signature 2 is of the same signer as the one before");
    memcpy(area + ENTRY, swapped, ENTRY);
    ck_assert_int_eq(read_copy(&got, bytes, made.size), PHASH_E_ORDER);
    ck_assert_str_eq(diag.text, "signature 2 is out of order");
    /* the last byte of the key decides too */
    memcpy(area + ENTRY, area, ENTRY);
    area[ENTRY + 31] = (uint8_t)(area[31] + 1);
    area[31] = (uint8_t)(area[ENTRY + 31] - 1);
    ck_assert_int_eq(read_copy(&got, bytes, made.size), area[31] == 255 ? PHASH_E_ORDER : PHASH_OK);

    phash_set_head head = {.manifest = manifest, .manifest_size = 9, .signatures = area, .signature_count = 2};
    memcpy(area, area + ENTRY, ENTRY);
    ck_assert_int_eq(phash_set_head_make(&none, &head, digest, NULL, &allocator), PHASH_E_ORDER);
    ck_assert_ptr_null(none);
    phash_release(&allocator, bytes);
}
END_TEST

START_TEST(limits_hold)
{
    phash_set_head made, got;
    uint8_t *bytes = make(&made, 300, PHASH_SIGNATURES_MAX);
    uint8_t *none = NULL;
    phash_set_head head = {.manifest = manifest, .manifest_size = 300, .signatures = signatures,
                           .signature_count = MANY};

    ck_assert_int_eq(phash_set_head_make(&none, &head, digest, &diag, &allocator), PHASH_E_LIMIT);
    ck_assert_str_eq(diag.text, "65 signatures; the limit is 64");
    bytes[48 + 300] = MANY;
    ck_assert_int_eq(read_copy(&got, bytes, made.size), PHASH_E_LIMIT);
    bytes[48 + 300 + 1] = 0xff;
    ck_assert_int_eq(read_copy(&got, bytes, made.size), PHASH_E_LIMIT);
    memset(bytes + 12, 0xff, 4);
    ck_assert_int_eq(read_copy(&got, bytes, made.size), PHASH_E_LIMIT);
    head = (phash_set_head){.manifest = manifest, .manifest_size = PHASH_SET_MANIFEST_MAX + 1};
    ck_assert_int_eq(phash_set_head_make(&none, &head, digest, NULL, &allocator), PHASH_E_LIMIT);
    ck_assert_ptr_null(none);
    phash_release(&allocator, bytes);
}
END_TEST

START_TEST(memory_may_be_short)
{
    failing_alloc f = {0, 0, 0};
    phash_options o = failing_alloc_options(&f);
    phash_allocator a = phash_allocator_from(&o);
    phash_set_head head = {.manifest = manifest, .manifest_size = 300};
    uint8_t *none = NULL;

    ck_assert_int_eq(phash_set_head_make(&none, &head, digest, NULL, &a), PHASH_E_NO_MEMORY);
    ck_assert_ptr_null(none);
}
END_TEST

Suite *suite_set_head(void)
{
    Suite *s = suite_create("hashset/set_head");
    TCase *c = tcase_create("set_head");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_is_written_is_read_back);
    tcase_add_test(c, cut_heads_are_refused);
    tcase_add_test(c, changed_bytes_are_found);
    tcase_add_test(c, signers_are_sorted_and_different);
    tcase_add_test(c, limits_hold);
    tcase_add_test(c, memory_may_be_short);
    suite_add_tcase(s, c);
    return s;
}
