/* SPDX-License-Identifier: Apache-2.0 */
#include "util/bytes.h"

#include "support/guard.h"

#include <check.h>
#include <string.h>

Suite *suite_bytes(void);

START_TEST(reads_back_what_was_written)
{
    guard_buffer b = guard_new(1 + 2 + 4 + 8 + 2 + 3);
    phash_writer w = phash_writer_init(b.data, b.size);

    phash_write_u8(&w, 0x12);
    phash_write_u16le(&w, 0x3456);
    phash_write_u32le(&w, 0x789abcdeu);
    phash_write_u64le(&w, UINT64_C(0x0123456789abcdef));
    phash_write_u16be(&w, 0xfedc);
    phash_write_zeros(&w, 3);
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.at, b.size);

    phash_reader r = phash_reader_init(b.data, b.size);
    ck_assert_uint_eq(phash_read_u8(&r), 0x12);
    ck_assert_uint_eq(phash_read_u16le(&r), 0x3456);
    ck_assert_uint_eq(phash_read_u32le(&r), 0x789abcdeu);
    ck_assert_uint_eq(phash_read_u64le(&r), UINT64_C(0x0123456789abcdef));
    ck_assert_uint_eq(phash_read_u16be(&r), 0xfedc);
    ck_assert_uint_eq(phash_reader_left(&r), 3);
    ck_assert(!r.failed);
    guard_free(&b);
}
END_TEST

START_TEST(stays_failed_past_the_end)
{
    guard_buffer b = guard_new(3);
    memset(b.data, 0xff, 3);
    phash_reader r = phash_reader_init(b.data, b.size);

    ck_assert_uint_eq(phash_read_u32be(&r), 0);
    ck_assert(r.failed);
    ck_assert_uint_eq(phash_read_u8(&r), 0); /* one byte is there, but the reader has failed */
    ck_assert_uint_eq(phash_reader_left(&r), 0);
    ck_assert_ptr_null(phash_read_bytes(&r, SIZE_MAX));

    phash_writer w = phash_writer_init(b.data, b.size);
    phash_write_u32le(&w, 1);
    ck_assert(w.failed);
    phash_write_u8(&w, 7);
    ck_assert_uint_eq(b.data[0], 0xff);
    guard_free(&b);
}
END_TEST

START_TEST(counts_without_a_buffer)
{
    phash_writer w = phash_writer_init(NULL, 0);

    phash_write_u64le(&w, 1);
    phash_write_bytes(&w, "abc", 3);
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.at, 11);
}
END_TEST

Suite *suite_bytes(void)
{
    Suite *s = suite_create("util/bytes");
    TCase *c = tcase_create("bytes");

    tcase_add_test(c, reads_back_what_was_written);
    tcase_add_test(c, stays_failed_past_the_end);
    tcase_add_test(c, counts_without_a_buffer);
    suite_add_tcase(s, c);
    return s;
}
