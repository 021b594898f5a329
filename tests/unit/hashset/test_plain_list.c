/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <phash/list.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/failing_alloc.h"
#include "support/rng.h"

Suite *suite_plain_list(void);

/* 32 bytes 0x01, 0x23, ... and the same in other spellings. */
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UPPER "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define BASE64 "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8="
#define HEX2 "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"

static phash_list *list;
static phash_list_counts counts;
static phash_bad_row bad[64];
static size_t n_bad;

static void setup(void)
{
    ck_assert_int_eq(phash_list_new(&list, NULL, NULL), PHASH_OK);
    n_bad = 0;
}

static void teardown(void)
{
    phash_list_free(&list);
    ck_assert_ptr_null(list);
}

static void note_bad(void *user, const phash_bad_row *row)
{
    (void)user;
    if (n_bad < sizeof bad / sizeof *bad)
        bad[n_bad] = *row;
    n_bad++;
}

static void load_bytes(const void *bytes, size_t size)
{
    ck_assert_int_eq(phash_list_source_begin(list, "test.txt", note_bad, NULL), PHASH_OK);
    ck_assert_int_eq(phash_list_feed(list, bytes, size), PHASH_OK);
    ck_assert_int_eq(phash_list_source_end(list, &counts), PHASH_OK);
}

static void load(const char *text)
{
    load_bytes(text, strlen(text));
}

static phash_list_entry entry_at(size_t i)
{
    phash_list_entry e;

    ck_assert_int_eq(phash_list_get_entry(list, &e, i), PHASH_OK);
    return e;
}

static void expect_label(size_t i, const char *label, int32_t quality, uint64_t line)
{
    phash_list_entry e = entry_at(i);

    ck_assert_msg(e.label_size == strlen(label) && memcmp(e.label, label, e.label_size) == 0,
                  "entry %zu: label '%.*s', expected '%s'", i, (int)e.label_size, (const char *)e.label, label);
    ck_assert_int_eq(e.quality, quality);
    ck_assert_uint_eq(e.line, line);
}

static void expect_hash(size_t i, const char *hex)
{
    phash_hash want;
    phash_list_entry e = entry_at(i);

    ck_assert_int_eq(phash_hash_from_text(&want, hex, 64), PHASH_OK);
    ck_assert_mem_eq(e.hash.bytes, want.bytes, sizeof want);
    ck_assert_mem_eq(phash_list_hashes(list)[i].bytes, want.bytes, sizeof want);
}

START_TEST(every_spelling_of_a_row)
{
    static const struct {
        const char *row;
        const char *label;
        int32_t quality;
    } cases[] = {
        {HEX, "", -1},
        {UPPER, "", -1},
        {BASE64, "", -1},
        {"ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8", "", -1},
        {"  " HEX "\t", "", -1},
        {"pdq " HEX, "", -1},
        {"PDQ   " HEX ",x", "x", -1},
        {"hash=" HEX, "", -1},
        {"hash=" BASE64 ",x", "x", -1},
        {HEX ",", "", -1},
        {HEX ",any thing, at all", "any thing, at all", -1},
        {HEX ", leading blank", " leading blank", -1},
        {HEX ",77", "77", -1},
        {HEX ",77,a.jpg", "a.jpg", 77},
        {HEX ",0,a,b.jpg", "a,b.jpg", 0},
        {HEX ",100,", "", 100},
        {HEX ",101,a.jpg", "101,a.jpg", -1},
        {HEX "," HEX2, HEX2, -1},
        {HEX "," HEX2 ",3,a,b,c,d,e", HEX2 ",3,a,b,c,d,e", -1},
        {HEX ",5,\"a,\"\"b\"\".jpg\"", "a,\"b\".jpg", 5},
        {HEX ",\"quoted\"", "quoted", -1},
        {HEX ",5,\"two\",\"fields\"", "\"two\",\"fields\"", 5},
        {HEX ",5,5\" disk.jpg", "5\" disk.jpg", 5},
        {HEX ",5, \"blank first\"", " \"blank first\"", 5},
        {"\"" HEX "\",\"9\",\"p\"", "p", 9},
        {"hash=" HEX ",norm=256,delta=0,quality=92,filename=a,b=c.jpg", "a,b=c.jpg", 92},
        {"hash=" HEX ",quality=x,filename=", "", -1},
        {"hash=" HEX ",norm=1", "", -1},
        {"pdq," HEX ",collab,MALICIOUS,\"a b\"", "collab,MALICIOUS,\"a b\"", -1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        load(cases[i].row);
        ck_assert_msg(phash_list_count(list) == i + 1 && n_bad == 0, "%s: %s", cases[i].row,
                      n_bad != 0 ? bad[0].reason : "no entry");
        expect_hash(i, HEX);
        expect_label(i, cases[i].label, cases[i].quality, 1);
        ck_assert_uint_eq(entry_at(i).source, i);
    }
}
END_TEST

START_TEST(eight_hashes_across)
{
    load(HEX "," HEX2 "," HEX "," HEX2 "," HEX "," HEX2 "," HEX "," BASE64 ",80,a,b.jpg\n" HEX2 ",3,c\n");
    ck_assert_uint_eq(phash_list_count(list), 9);
    ck_assert_uint_eq(counts.rows, 2);
    ck_assert_uint_eq(counts.entries, 9);
    for (size_t i = 0; i < 8; i++) {
        expect_label(i, "a,b.jpg", 80, 1);
        ck_assert_uint_eq(entry_at(i).variant, i);
        expect_hash(i, i % 2 == 1 && i < 7 ? HEX2 : HEX);
    }
    expect_label(8, "c", 3, 2);
    ck_assert_uint_eq(entry_at(8).variant, 0);
}
END_TEST

START_TEST(lines_marks_comments_and_headers)
{
    load("\xef\xbb\xbf# a list, \"unbalanced\r\n\r\nhash,quality,path\r\n" HEX ",50,a\r\n   \n  # more\n" HEX2
         ",51,\"b\r\nc\"\r\nHash,Quality,Path\n" HEX ",52,d");
    ck_assert_uint_eq(n_bad, 0);
    ck_assert_uint_eq(phash_list_count(list), 3);
    ck_assert_uint_eq(counts.ignored, 6);
    ck_assert_uint_eq(counts.rows, 3);
    expect_label(0, "a", 50, 4);
    expect_label(1, "b\r\nc", 51, 7);
    expect_label(2, "d", 52, 10);
    load("");
    ck_assert_uint_eq(counts.rows + counts.ignored, 0);
    load("\n\r\n#");
    ck_assert_uint_eq(counts.ignored, 3);
}
END_TEST

START_TEST(columns_follow_the_header)
{
    load("FilePath,Hash\nx/a.jpg," HEX "\n\"q,\"\"r\"\"\"," HEX2 "\nno,quotes,here," HEX "\nshort\n");
    ck_assert_uint_eq(phash_list_count(list), 3);
    expect_label(0, "x/a.jpg", -1, 2);
    expect_label(1, "q,\"r\"", -1, 3);
    expect_label(2, "no,quotes,here", -1, 4);
    expect_hash(1, HEX2);
    ck_assert_uint_eq(n_bad, 1);
    ck_assert_uint_eq(bad[0].line, 5);

    load("signal_type,signal_str,collab,category,tags\npdq," HEX ",c,k,t\nvideo_md5,0123,c,k,t\nHASH_PDQ," HEX2 ",d\n");
    ck_assert_uint_eq(phash_list_count(list), 5);
    expect_label(3, "c,k,t", -1, 2);
    expect_label(4, "d", -1, 4);
    ck_assert_uint_eq(n_bad, 2);
    ck_assert_str_eq(bad[1].reason, "signal type is not pdq");
    ck_assert_uint_eq(bad[1].source, 1);

    load("hash,quality,path\n" HEX ",1,un,quoted\n" HEX "\n" HEX ",2,\"x\"\n");
    load("PATH,quality,other,PDQ_hash\nun,quoted,4,x," HEX2 "\n");
    ck_assert_uint_eq(phash_list_count(list), 9);
    expect_label(8, "un,quoted", 4, 2);
    expect_hash(8, HEX2);
    expect_label(5, "un,quoted", 1, 2);
    expect_label(6, "", -1, 3);
    expect_label(7, "x", 2, 4);
}
END_TEST

START_TEST(a_header_comes_first_or_is_repeated)
{
    load(HEX ",x\nhash,path\npath,hash\n" HEX ",hash\n");
    ck_assert_uint_eq(n_bad, 2);
    ck_assert_uint_eq(phash_list_count(list), 2);
    expect_label(1, "hash", -1, 4);
    load("hash,path\n" HEX ",x\npath,hash\n" HEX ",y\n");
    ck_assert_uint_eq(n_bad, 3);
    ck_assert_uint_eq(phash_list_count(list), 4);
}
END_TEST

START_TEST(bad_rows_say_why_and_the_rest_is_read)
{
    static const struct {
        const char *row;
        const char *part; /* of the reason */
    } cases[] = {
        {"00000000000000000000000000000000", "MD5"},
        {"da39a3ee5e6b4b0d3255bfef95601890afd80709,x", "SHA-1"},
        {HEX HEX, "SHA-512"},
        {"0123", "not 64"},
        {HEX "0", "not 64"},
        {"g" HEX, "base64"},
        {"hello", "base64"},
        {",x", "no hash"},
        {"video_md5 00000000000000000000000000000000", "signal type"},
        {HEX "  a.jpg", "checksum"},
        {HEX ",1,\"a\"b", "closing quote"},
        {HEX ",1,\"a\"\rb", "closing quote"},
        {HEX ",1,\"open", "closing quote"}, /* closed by the quote of the next row, where text follows */
    };
    const size_t n = sizeof cases / sizeof *cases;
    char text[256];

    for (size_t i = 0; i < n; i++) {
        n_bad = 0;
        snprintf(text, sizeof text, "\n%s\n" HEX2 ",7,\"x\"\n", cases[i].row);
        load(text);
        ck_assert_msg(n_bad == 1 && bad[0].line == 2, "%s: %zu bad rows", cases[i].row, n_bad);
        ck_assert_msg(strstr(bad[0].reason, cases[i].part) != NULL, "%s: %s", cases[i].row, bad[0].reason);
        ck_assert_uint_eq(counts.rows, 2);
        ck_assert_uint_eq(counts.bad_rows, 1);
        ck_assert_uint_eq(phash_list_count(list), i + 1);
        expect_label(i, "x", 7, 3);
    }
}
END_TEST

START_TEST(an_open_quote_spoils_one_line)
{
    load(HEX ",1,\"open\n" HEX ",2,a\n" HEX ",3,b\n");
    ck_assert_uint_eq(n_bad, 1);
    ck_assert_uint_eq(bad[0].line, 1);
    ck_assert_str_eq(bad[0].reason, "a quoted field is not closed");
    ck_assert_uint_eq(phash_list_count(list), 2);
    expect_label(0, "a", 2, 2);
    expect_label(1, "b", 3, 3);
}
END_TEST

/* Rows around the limit, in one line and over several. */
START_TEST(long_rows)
{
    static char text[3 * PHASH_LIST_ROW_MAX];
    const size_t head = strlen(HEX ",");

    for (size_t extra = 0; extra < 3; extra++) {
        for (int form = 0; form < 4; form++) {
            const bool multi = form % 2 == 1;
            const char *rest = form < 2 ? "\r\n" HEX2 "\n" : "\n" HEX2 "\n";
            size_t size = PHASH_LIST_ROW_MAX - 1 + extra;
            n_bad = 0;
            memset(text, 'x', sizeof text);
            memcpy(text, HEX ",", head);
            if (multi) {
                text[head] = '"';
                text[head + 1] = '\n';
                text[size - 1] = '"';
            }
            memcpy(text + size, rest, strlen(rest));
            size_t before = phash_list_count(list);
            load_bytes(text, size + strlen(rest));
            size_t added = phash_list_count(list) - before;
            if (extra < 2) {
                ck_assert_uint_eq(n_bad, 0);
                ck_assert_uint_eq(added, 2);
                ck_assert_uint_eq(entry_at(before).label_size, size - head - (multi ? 2 : 0));
            } else {
                /* the second line of the broken row is no hash either */
                ck_assert_uint_eq(n_bad, multi ? 2 : 1);
                ck_assert_uint_eq(added, 1);
                ck_assert_uint_eq(bad[0].line, 1);
                ck_assert_str_eq(bad[0].reason, "the row is longer than 65536 bytes");
            }
            expect_hash(phash_list_count(list) - 1, HEX2);
        }
    }
    memset(text, 'x', sizeof text);
    text[0] = '#';
    n_bad = 0;
    load_bytes(text, sizeof text);
    ck_assert_uint_eq(n_bad, 0);
    ck_assert_uint_eq(counts.ignored, 1);
}
END_TEST

/* Each of these lines ends inside quotes whichever way it is entered: read naively, that is one row limit of
 * re-reading per line. Finishing at all is the test: it would be half an hour instead of a moment. */
START_TEST(hostile_quoting_takes_linear_time)
{
    static char text[1 << 16];
    const size_t line = strlen("a\",\"b\n");

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "a\",\"b\n"[i % line];
    ck_assert_int_eq(phash_list_source_begin(list, "hostile", NULL, NULL), PHASH_OK);
    for (size_t i = 0; i < 1024; i++)
        ck_assert_int_eq(phash_list_feed(list, (const uint8_t *)text, sizeof text / line * line), PHASH_OK);
    ck_assert_int_eq(phash_list_source_end(list, &counts), PHASH_OK);
    ck_assert_uint_eq(counts.bad_rows, sizeof text / line * 1024);
}
END_TEST

/* Any bytes written as RFC 4180 says come back as they were. */
START_TEST(quoted_labels_round_trip)
{
    uint64_t seed = test_seed(20261122);
    test_rng rng = test_rng_init(seed);
    char text[1024];
    uint8_t label[128];

    printf("seed %llu\n", (unsigned long long)seed);
    for (size_t round = 0; round < 2000; round++) {
        size_t n = test_rng_below(&rng, sizeof label);
        for (size_t i = 0; i < n; i++)
            label[i] = test_rng_below(&rng, 2) ? (uint8_t)test_rng_next(&rng)
                                               : (uint8_t)"\",\r\n\0#"[test_rng_below(&rng, 6)];
        size_t size = (size_t)sprintf(text, HEX ",50,\"");
        for (size_t i = 0; i < n; i++) {
            if (label[i] == '"')
                text[size++] = '"';
            text[size++] = (char)label[i];
        }
        size += (size_t)sprintf(text + size, "\"\n" HEX2 ",51,\n");
        load_bytes(text, size);
        phash_list_entry e = entry_at(2 * round);
        ck_assert_uint_eq(e.label_size, n);
        ck_assert_mem_eq(e.label, label, n);
        expect_label(2 * round + 1, "", 51, entry_at(2 * round + 1).line);
        ck_assert_uint_eq(n_bad, 0);
    }
}
END_TEST

static size_t make_nasty(char *out, size_t size, test_rng *rng)
{
    static const char *const bits[] = {HEX, HEX2, BASE64, ",", ",", "\n", "\n", "\r\n", "\"", "\"\"", "#", " ",
                                       "50", "pdq ", "hash=", "filename=", "quality=3", "hash,path\n", "x",
                                       "\xef\xbb\xbf"};
    size_t n = 0;

    for (;;) {
        const char *bit = bits[test_rng_below(rng, sizeof bits / sizeof *bits)];
        if (n + strlen(bit) > size)
            return n;
        memcpy(out + n, bit, strlen(bit));
        n += strlen(bit);
    }
}

START_TEST(chunks_never_matter)
{
    uint64_t seed = test_seed(4);
    test_rng rng = test_rng_init(seed);
    char text[2000];

    printf("seed %llu\n", (unsigned long long)seed);
    for (size_t round = 0; round < 300; round++) {
        size_t size = make_nasty(text, test_rng_below(&rng, sizeof text), &rng);
        n_bad = 0;
        load_bytes(text, size);
        phash_list_counts whole = counts;
        size_t whole_bad = n_bad;
        size_t n = whole.entries;
        size_t first = phash_list_count(list) - n;
        phash_bad_row seen[64];
        memcpy(seen, bad, sizeof seen);
        n_bad = 0;
        ck_assert_int_eq(phash_list_source_begin(list, "cut", note_bad, NULL), PHASH_OK);
        for (size_t at = 0, step; at < size; at += step) {
            step = 1 + test_rng_below(&rng, round % 2 == 0 ? 1 : 100);
            step = step < size - at ? step : size - at;
            ck_assert_int_eq(phash_list_feed(list, (const uint8_t *)text + at, step), PHASH_OK);
        }
        ck_assert_int_eq(phash_list_source_end(list, &counts), PHASH_OK);
        ck_assert_mem_eq(&counts, &whole, sizeof whole);
        ck_assert_uint_eq(n_bad, whole_bad);
        for (size_t i = 0; i < n_bad && i < 64; i++)
            ck_assert(bad[i].line == seen[i].line && bad[i].reason == seen[i].reason);
        for (size_t i = 0; i < n; i++) {
            phash_list_entry a = entry_at(first + i);
            phash_list_entry b = entry_at(first + n + i);
            ck_assert_mem_eq(&a.hash, &b.hash, sizeof a.hash);
            ck_assert(a.line == b.line && a.quality == b.quality && a.variant == b.variant);
            ck_assert(a.label_size == b.label_size && memcmp(a.label, b.label, a.label_size) == 0);
        }
    }
}
END_TEST

START_TEST(states_and_arguments)
{
    phash_list_entry e;
    const uint8_t byte = '\n';
    phash_hash hash = {{1}};
    phash_list_limits old = {1, 0, 0};

    ck_assert_int_eq(phash_list_new(NULL, NULL, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_new(&(phash_list *){NULL}, &old, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_feed(list, &byte, 1), PHASH_E_STATE);
    ck_assert_int_eq(phash_list_add(list, &hash, NULL, 0, -1), PHASH_E_STATE);
    ck_assert_int_eq(phash_list_source_end(list, NULL), PHASH_E_STATE);
    ck_assert_int_eq(phash_list_source_begin(list, NULL, NULL, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_source_begin(list, "", NULL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_list_source_begin(list, "", NULL, NULL), PHASH_E_STATE);
    ck_assert_int_eq(phash_list_feed(list, NULL, 0), PHASH_OK);
    ck_assert_int_eq(phash_list_feed(list, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_add(list, &hash, NULL, 1, -1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_add(list, &hash, NULL, 0, 101), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_add(list, &hash, &byte, 1, 100), PHASH_OK);
    ck_assert_int_eq(phash_list_is_open(list), 1);
    ck_assert_int_eq(phash_list_source_end(list, NULL), PHASH_OK);
    ck_assert_int_eq(phash_list_is_open(list), 0);
    expect_label(0, "\n", 100, 0);
    ck_assert_int_eq(phash_list_get_entry(list, &e, 1), PHASH_E_ARGUMENT);
    ck_assert_ptr_null(phash_list_source_name(list, 1));
    ck_assert_str_eq(phash_list_source_name(list, 0), "");
    ck_assert_int_eq(phash_list_get_counts(list, &counts, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_list_get_counts(list, &counts, 0), PHASH_OK);
    ck_assert_uint_eq(counts.entries, 1);
    ck_assert_uint_eq(phash_list_count(NULL) + phash_list_source_count(NULL), 0);
    ck_assert_ptr_null(phash_list_hashes(NULL));
    phash_list_source_cancel(NULL);
    phash_list_free(NULL);
    phash_list_free(&(phash_list *){NULL});
}
END_TEST

START_TEST(a_cancelled_source_is_taken_back)
{
    load(HEX ",a\n");
    ck_assert_int_eq(phash_list_source_begin(list, "second", NULL, NULL), PHASH_OK);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(phash_list_feed(list, (const uint8_t *)(HEX2 ",bbbbbbbbbbbbbbbbbbbb\n"), 86), PHASH_OK);
    ck_assert_uint_eq(phash_list_count(list), 1001);
    phash_list_source_cancel(list);
    ck_assert_uint_eq(phash_list_count(list), 1);
    ck_assert_uint_eq(phash_list_source_count(list), 1);
    expect_label(0, "a", -1, 1);
    load(HEX2 ",c\n");
    expect_label(1, "c", -1, 1);
    ck_assert_uint_eq(entry_at(1).source, 1);
}
END_TEST

START_TEST(limits_hold)
{
    phash_list_limits l = {sizeof l, 3, 0};
    phash_list *small = NULL;

    ck_assert_int_eq(phash_list_new(&small, &l, NULL), PHASH_OK);
    ck_assert_int_eq(phash_list_source_begin(small, "x", NULL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_list_feed(small, (const uint8_t *)(HEX "\n" HEX "\n" HEX "\n"), 195), PHASH_OK);
    ck_assert_int_eq(phash_list_feed(small, (const uint8_t *)(HEX "\n"), 65), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_list_feed(small, (const uint8_t *)(HEX "\n"), 65), PHASH_E_STATE);
    ck_assert_uint_eq(phash_list_count(small), 0);
    ck_assert_uint_eq(phash_list_source_count(small), 0);
    phash_list_free(&small);

    l.max_entries = 0;
    l.max_memory = 400000;
    ck_assert_int_eq(phash_list_new(&small, &l, NULL), PHASH_OK);
    ck_assert_int_eq(phash_list_source_begin(small, "x", NULL, NULL), PHASH_OK);
    phash_status st = PHASH_OK;
    int n = 0;
    for (; st == PHASH_OK && n < 10000; n++)
        st = phash_list_feed(small, (const uint8_t *)(HEX ",0123456789\n"), 76);
    ck_assert_int_eq(st, PHASH_E_LIMIT);
    ck_assert_int_gt(n, 500);
    ck_assert_int_lt(n, 3000);
    phash_list_free(&small);
}
END_TEST

/* One run with the n-th allocation failing. */
static phash_status run_short_of_memory(failing_alloc *f)
{
    phash_options o = failing_alloc_options(f);
    phash_list *l = NULL;
    phash_status st = phash_list_new(&l, NULL, &o);

    for (int s = 0; s < 2 && st == PHASH_OK; s++) {
        size_t before = phash_list_count(l);
        st = phash_list_source_begin(l, s == 0 ? "first" : "second", NULL, NULL);
        for (int i = 0; i < 300 && st == PHASH_OK; i++)
            st = phash_list_feed(l, (const uint8_t *)(HEX ",0123456789012345678901234567890123456789\n"), 106);
        if (st == PHASH_OK)
            st = phash_list_source_end(l, NULL);
        if (st == PHASH_OK)
            continue;
        /* still usable: what was there is there, and there is memory again */
        ck_assert_uint_eq(phash_list_count(l), before);
        ck_assert_uint_eq(phash_list_source_count(l), (unsigned)s);
        ck_assert_int_eq(phash_list_source_begin(l, "again", NULL, NULL), PHASH_OK);
        ck_assert_int_eq(phash_list_feed(l, (const uint8_t *)HEX, 64), PHASH_OK);
        ck_assert_int_eq(phash_list_source_end(l, NULL), PHASH_OK);
        ck_assert_uint_eq(phash_list_count(l), before + 1);
    }
    phash_list_free(&l);
    return st;
}

START_TEST(every_failed_allocation_is_survived)
{
    unsigned long n = 0;

    for (;; n++) {
        failing_alloc f = {n, 0, 0};
        phash_status st = run_short_of_memory(&f);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        if (!f.failed)
            break;
    }
    ck_assert_uint_gt(n, 10);
}
END_TEST

Suite *suite_plain_list(void)
{
    Suite *s = suite_create("hashset/plain_list");
    TCase *c = tcase_create("plain_list");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, every_spelling_of_a_row);
    tcase_add_test(c, eight_hashes_across);
    tcase_add_test(c, lines_marks_comments_and_headers);
    tcase_add_test(c, columns_follow_the_header);
    tcase_add_test(c, a_header_comes_first_or_is_repeated);
    tcase_add_test(c, bad_rows_say_why_and_the_rest_is_read);
    tcase_add_test(c, an_open_quote_spoils_one_line);
    tcase_add_test(c, long_rows);
    tcase_add_test(c, hostile_quoting_takes_linear_time);
    tcase_add_test(c, quoted_labels_round_trip);
    tcase_add_test(c, chunks_never_matter);
    tcase_add_test(c, states_and_arguments);
    tcase_add_test(c, a_cancelled_source_is_taken_back);
    tcase_add_test(c, limits_hold);
    tcase_add_test(c, every_failed_allocation_is_survived);
    suite_add_tcase(s, c);
    return s;
}
