/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing_alloc.h"
#include "support/hex.h"

#include <check.h>
#include <phash/digest_list.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

Suite *suite_digest_list(void);

/* Of the text "abc": RFC 1321, section A.5; FIPS 180-4. */
#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static phash_digests abc;

static void set_up(void)
{
    abc.known = 7;
    hex_decode(abc.md5, 16, MD5);
    hex_decode(abc.sha1, 20, SHA1);
    hex_decode(abc.sha256, 32, SHA256);
}

typedef struct bad {
    char reasons[2000];
} bad;

static void note_bad(void *user, const phash_bad_row *row)
{
    bad *b = user;
    const size_t size = strlen(b->reasons);

    snprintf(b->reasons + size, sizeof b->reasons - size, "%d:%s\n", (int)row->line, row->reason);
}

static phash_digest_list *read_text(const char *text, size_t size, size_t step, bad *b, phash_list_counts *counts)
{
    phash_digest_list *list = NULL;

    memset(b, 0, sizeof *b);
    ck_assert_int_eq(phash_digest_list_new(&list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_begin(list, "list", note_bad, b), PHASH_OK);
    for (size_t at = 0; at < size; at += step)
        ck_assert_int_eq(phash_digest_list_feed(list, (const uint8_t *)text + at, size - at < step ? size - at : step),
                         PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_end(list, counts), PHASH_OK);
    ck_assert_uint_eq(phash_digest_list_find(list, &abc), 0); /* not sealed yet */
    ck_assert_int_eq(phash_digest_list_seal(list), PHASH_OK);
    return list;
}

/* One row each, which must be found by the digest named, with the label. */
static const struct shape {
    const char *text, *label;
    uint32_t algorithm;
} shapes[] = {
    {MD5, "", 1},
    {SHA1 "\n", "", 2},
    {"# comment\n\n" SHA256 "\r\n", "", 4},
    {"\xef\xbb\xbf" MD5, "", 1},
    {"  " MD5 "\n", NULL, 0}, /* blanks before a digest are not what any program writes */
    {MD5 "  a file.jpg\n", "a file.jpg", 1},
    {SHA1 " *binary", "binary", 2},
    {SHA256 " one word", "one word", 4},
    {SHA256 "\tone tab", "one tab", 4},
    {"\\" MD5 "  a\\nb\\\\c\\r", "a\nb\\c\r", 1},
    {MD5 "  a\\nb", "a\\nb", 1},
    {"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD,label, and more", "label, and more", 4},
    {MD5 ",\"a \"\"quoted\"\", label\"", "a \"quoted\", label", 1},
    {MD5 ",\"a\",b", "\"a\",b", 1},
    {MD5 ";x", "x", 1},
    {MD5 ":68:Eicar-Test", "Eicar-Test", 1},
    {MD5 ":name", "name", 1},
    {"MD5 (a (1) = b.jpg) = " MD5, "a (1) = b.jpg", 1},
    {"SHA256 (x) = " SHA256, "x", 4},
    {"SHA2-256(x)= " SHA256, "x", 4},
    {"sha1 (x) = " SHA1 "  ", "x", 2},
    {"\\SHA1 (a\\nb) = " SHA1, "a\nb", 2},
    {"%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## x\n##\n3," MD5 "," SHA256 ",/a,\"b\n", "/a,\"b", 4},
    {"%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n3," MD5 ",f", "f", 1},
    {"\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\"\n\"" SHA1 "\",\"" MD5 "\",\"0\",\"x, y\",3\n", "x, y", 2},
    {"md5,sha1,sha256,label\n" MD5 ",,,z\n", "z", 1},
    {"sha256,md5\n" SHA256 "," MD5, "", 4},
    {"Label,SHA_256\nq," SHA256, "q", 4},
    {"hash,path\n" SHA1 ",p\n", "p", 2},
};

START_TEST(every_shape)
{
    bad b;
    phash_list_counts counts;
    phash_digest_hit hit;

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t step = 1; step < 4; step++) {
            const struct shape *s = &shapes[i];
            phash_digest_list *list = read_text(s->text, strlen(s->text), step == 3 ? 1000 : step, &b, &counts);
            if (s->label == NULL) {
                ck_assert_uint_eq(counts.bad_rows, 1);
            } else {
                ck_assert_msg(counts.entries == 1 && counts.bad_rows == 0, "shape %d: %s", (int)i, b.reasons);
                ck_assert_uint_eq(phash_digest_list_algorithms(list), s->algorithm);
                ck_assert_uint_eq(phash_digest_list_find(list, &abc), 1);
                ck_assert_int_eq(phash_digest_list_get_hit(list, &hit, &abc, 0), PHASH_OK);
                ck_assert_uint_eq(hit.algorithm, s->algorithm);
                ck_assert_msg(hit.label_size == strlen(s->label) && memcmp(hit.label, s->label, hit.label_size) == 0,
                              "shape %d: label %.*s", (int)i, (int)hit.label_size, (const char *)hit.label);
            }
            phash_digest_list_free(&list);
        }
}
END_TEST

static const struct refused {
    const char *text, *reason;
} refused[] = {
    {"hello", "1:not an MD5"},
    {MD5 "0", "1:not an MD5"},
    {MD5 "x", "1:not an MD5"},
    {"MD5 (x) = " SHA1, "1:a digest has the wrong length"},
    {"SHA1 (x) = z9993e364706816aba3e25717850c26c9cd0d89d", "1:a digest is not hexadecimal"},
    {"\nD41D8CD98F00B204E9800998ECF8427E  empty", "2:the digest of no bytes"},
    {"da39a3ee5e6b4b0d3255bfef95601890afd80709", "1:the digest of no bytes"},
    {"SHA256 (e) = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "1:the digest of no bytes"},
    {"md5,label\n,x", "2:no digest in it"},
    {"md5,label\n" SHA1 ",x", "2:a digest has the wrong length"},
    {"md5,label\n" MD5 ",\"x", "2:a quoted field is not closed"},
    {"md5,label\n" MD5 ",\"x\"y", "2:a quoted field is not closed"},
    {"hash,label\nabc,x", "2:not an MD5"},
};

START_TEST(bad_rows_are_told)
{
    bad b;
    phash_list_counts counts;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char text[400];
        const bool header = strchr(refused[i].text, ',') != NULL;
        snprintf(text, sizeof text, "%s\n%s\n", refused[i].text, header ? "" : MD5);
        phash_digest_list *list = read_text(text, strlen(text), 7, &b, &counts);
        ck_assert_msg(strncmp(b.reasons, refused[i].reason, strlen(refused[i].reason)) == 0, "row %d: %s", (int)i,
                      b.reasons);
        ck_assert_uint_eq(counts.bad_rows, 1);
        ck_assert_uint_eq(counts.entries, header ? 0 : 1);
        ck_assert_uint_eq(phash_digest_list_find(list, &abc), header ? 0 : 1);
        phash_digest_list_free(&list);
    }
}
END_TEST

START_TEST(long_lines)
{
    static char text[70000 + sizeof MD5];
    bad b;
    phash_list_counts counts;

    for (size_t over = 0; over < 3; over++) {
        const size_t size = PHASH_LIST_ROW_MAX + over - 1;
        memset(text, 'x', sizeof text);
        memcpy(text, MD5 " ", 33);
        memcpy(text + size, "\n" SHA1, 41);
        for (size_t step = 1000; step < 200000; step *= 14) {
            phash_digest_list *list = read_text(text, size + 41, step, &b, &counts);
            ck_assert_uint_eq(counts.bad_rows, over == 2);
            ck_assert_uint_eq(phash_digest_list_find(list, &abc), over == 2 ? 1 : 2);
            phash_digest_list_free(&list);
        }
    }
}
END_TEST

START_TEST(duplicates_keep_their_labels)
{
    static const char text[] = MD5 "  one\n" SHA256 "  two\n" MD5 "  three\n" SHA1 "  four\n" SHA256 "  five\n";
    static const char *const want[] = {"two", "five", "four", "one", "three", "six"};
    phash_digest_list *list = NULL;
    phash_digest_hit hit;
    phash_digests some = abc;

    ck_assert_int_eq(phash_digest_list_new(&list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_begin(list, "a", NULL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_begin(list, "b", NULL, NULL), PHASH_E_STATE);
    ck_assert_int_eq(phash_digest_list_seal(list), PHASH_E_STATE);
    ck_assert_int_eq(phash_digest_list_feed(list, (const uint8_t *)text, sizeof text - 1), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_end(list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_end(list, NULL), PHASH_E_STATE);
    ck_assert_int_eq(phash_digest_list_source_begin(list, "b", NULL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_feed(list, (const uint8_t *)MD5 " six", 36), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_end(list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_feed(list, NULL, 0), PHASH_E_STATE);
    ck_assert_int_eq(phash_digest_list_seal(list), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_begin(list, "c", NULL, NULL), PHASH_E_STATE);
    ck_assert_uint_eq(phash_digest_list_count(list), 6);
    ck_assert_uint_eq(phash_digest_list_find(list, &abc), 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(phash_digest_list_get_hit(list, &hit, &abc, i), PHASH_OK);
        ck_assert_str_eq((const char *)hit.label, want[i]);
        ck_assert_str_eq(phash_digest_list_source_name(list, hit.source), i == 5 ? "b" : "a");
    }
    ck_assert_int_eq(phash_digest_list_get_hit(list, &hit, &abc, 6), PHASH_E_ARGUMENT);
    some.known = PHASH_DIGEST_SHA1;
    ck_assert_uint_eq(phash_digest_list_find(list, &some), 1);
    some.sha1[19] ^= 1;
    ck_assert_uint_eq(phash_digest_list_find(list, &some), 0);
    phash_digest_list_free(&list);
    phash_digest_list_free(&list);
    phash_digest_list_free(NULL);
}
END_TEST

/* Many digests that differ in few places: the neighbours of the one that is asked for must not be found. */
START_TEST(neighbours)
{
    phash_digest_list *list = NULL;
    char line[100];

    ck_assert_int_eq(phash_digest_list_new(&list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_source_begin(list, "a", NULL, NULL), PHASH_OK);
    for (unsigned i = 0; i < 3000; i++) {
        const int n = snprintf(line, sizeof line, "%032x\n", (i * 2654435761u) >> 16 << 1 | 1);
        ck_assert_int_eq(phash_digest_list_feed(list, (const uint8_t *)line, (size_t)n), PHASH_OK);
    }
    ck_assert_int_eq(phash_digest_list_source_end(list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_digest_list_seal(list), PHASH_OK);
    for (unsigned i = 0; i < 3000; i++) {
        phash_digests d = {.known = 1};
        const unsigned value = (i * 2654435761u) >> 16 << 1 | 1;
        size_t same = 0;
        for (unsigned k = 0; k < 3000; k++)
            same += ((k * 2654435761u) >> 16 << 1 | 1) == value;
        for (int b = 0; b < 4; b++)
            d.md5[15 - b] = (uint8_t)(value >> 8 * b);
        ck_assert_uint_eq(phash_digest_list_find(list, &d), same);
        d.md5[15] ^= 1;
        ck_assert_uint_eq(phash_digest_list_find(list, &d), 0);
    }
    phash_digest_list_free(&list);
}
END_TEST

START_TEST(failing_memory)
{
    for (unsigned long left = 0;; left++) {
        failing_alloc f = {.left = left};
        const phash_options options = failing_alloc_options(&f);
        phash_digest_list *list = NULL;
        phash_status st = phash_digest_list_new(&list, &options);
        if (st == PHASH_OK)
            st = phash_digest_list_source_begin(list, "a", NULL, NULL);
        if (st == PHASH_OK)
            st = phash_digest_list_feed(list, (const uint8_t *)MD5 " label\n" SHA1, 80);
        if (st == PHASH_OK)
            st = phash_digest_list_source_end(list, NULL);
        ck_assert(st == (f.failed ? PHASH_E_NO_MEMORY : PHASH_OK));
        if (f.failed && list != NULL)
            ck_assert_int_eq(phash_digest_list_seal(list), PHASH_E_STATE);
        phash_digest_list_free(&list);
        ck_assert_int_eq(f.live, 0);
        if (!f.failed)
            break;
    }
}
END_TEST

Suite *suite_digest_list(void)
{
    Suite *suite = suite_create("hashset/digest_list");
    TCase *tests = tcase_create("digest_list");

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, every_shape);
    tcase_add_test(tests, bad_rows_are_told);
    tcase_add_test(tests, long_lines);
    tcase_add_test(tests, duplicates_keep_their_labels);
    tcase_add_test(tests, neighbours);
    tcase_add_test(tests, failing_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
