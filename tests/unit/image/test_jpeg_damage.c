/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged and hostile JPEG files: never a picture, never a crash, never slow. */
#include "decode_support.h"
#include "support/photo.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_jpeg_damage(void);

static test_file small_jpeg(const test_jpeg *spec)
{
    uint8_t *pixels = need((size_t)spec->width * spec->height * 3);

    if (spec->colour == TEST_JPEG_GREY)
        test_photo_grey(pixels, spec->width, spec->height, 31);
    else
        test_photo_rgb(pixels, spec->width, spec->height, 31);
    test_file file = test_make_jpeg(spec, pixels);
    free(pixels);
    return file;
}

static const test_jpeg kinds[] = {
    {.width = 35, .height = 27, .colour = TEST_JPEG_YCBCR, .quality = 60},
    {.width = 35, .height = 27, .colour = TEST_JPEG_YCBCR, .quality = 60, .progressive = true, .orientation = 6},
    {.width = 35, .height = 27, .colour = TEST_JPEG_GREY, .restart = 2},
    {.width = 27, .height = 35, .colour = TEST_JPEG_YCBCR, .separate_scans = true},
    {.width = 20, .height = 20, .colour = TEST_JPEG_YCCK, .quality = 50, .progressive = true, .restart = 1},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

START_TEST(no_cut_is_a_picture)
{
    decode_run run = decode_run_new();

    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = small_jpeg(&kinds[k]);
        for (size_t n = 0; n < file.size; n++) {
            decode_bytes(&run, file.data, n, NULL);
            ck_assert_msg(run.status == (n == 0 ? PHASH_E_EMPTY : n < 3 ? PHASH_E_FORMAT_UNKNOWN : PHASH_E_TRUNCATED),
                          "kind %zu, %zu of %zu bytes: %d %s", k, n, file.size, (int)run.status, run.diag.text);
        }
        ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
        test_file_add(&file, "trailing bytes", 14); /* cameras append; what comes after EOI is not the picture's */
        ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

/* The nastier cut: EOI put behind what is left, so that the file looks whole. */
START_TEST(no_cut_with_an_end_is_a_picture)
{
    decode_run run = decode_run_new();

    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = small_jpeg(&kinds[k]);
        const size_t sos = test_jpeg_find_marker(&file, 0xda, 0);
        for (size_t n = sos; n < file.size - 2; n++) {
            test_file cut = {0};
            if (file.data[n - 1] == 0xff)
                continue; /* EOI would be a stuffed byte's tail */
            test_file_add(&cut, file.data, n);
            test_file_add(&cut, "\xff\xd9", 2);
            decode_file(&run, &cut, NULL);
            /* Of the last bytes of a scan the decoder may need nothing but padding bits. */
            ck_assert_msg(run.status != PHASH_OK || n + 3 >= file.size, "kind %zu, %zu of %zu bytes", k, n, file.size);
            test_file_free(&cut);
        }
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

/* What libjpeg passes without a word: whole scans missing. */
START_TEST(missing_scans_are_noticed)
{
    decode_run run = decode_run_new();

    for (size_t k = 0; k < N_KINDS; k++) {
        if (!kinds[k].progressive && !kinds[k].separate_scans)
            continue;
        test_file file = small_jpeg(&kinds[k]);
        uint32_t n_scans = 0;
        while (test_jpeg_find_marker(&file, 0xda, n_scans) != 0)
            n_scans++;
        ck_assert_uint_ge(n_scans, 3);
        for (uint32_t i = 1; i < n_scans; i++) {
            test_file cut = {0};
            test_file_add(&cut, file.data, test_jpeg_find_marker(&file, 0xda, i));
            /* a table segment for the next scan may have come before it: harmless */
            test_file_add(&cut, "\xff\xd9", 2);
            decode_file(&run, &cut, NULL);
            expect_refused(&run, PHASH_E_TRUNCATED, kinds[k].progressive ? "end before coefficient" : "has no scan");
            test_file_free(&cut);
        }
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

START_TEST(flipped_bits_are_bounded)
{
    const uint64_t seed = test_seed(4711);
    test_rng rng = test_rng_init(seed);
    decode_run run = decode_run_new();
    uint32_t refused = 0;
    phash_decode_options options = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_BOTH);

    printf("image/jpeg_damage: seed %llu\n", (unsigned long long)seed);
    options.limits.max_pixels = 1u << 20;
    options.limits.max_memory = 8u << 20;
    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = small_jpeg(&kinds[k]);
        for (int i = 0; i < 1500; i++) {
            const uint32_t bit = test_rng_below(&rng, (uint32_t)file.size * 8);
            file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            refused += decode_file(&run, &file, &options) != PHASH_OK;
            file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
        test_file_free(&file);
    }
    ck_assert_uint_gt(refused, 2000);
    decode_run_free(&run);
}
END_TEST

START_TEST(extraneous_bytes)
{
    decode_run run = decode_run_new();
    test_file file = small_jpeg(&kinds[0]);
    const size_t dht = test_jpeg_find_marker(&file, 0xc4, 0);
    const size_t eoi = test_jpeg_find_marker(&file, 0xd9, 0);

    test_file_splice(&file, eoi, 0, "\0\0\0\0\0\0\0\0\0\0\0\0", 12); /* padding, as some cameras write */
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    file.data[eoi + 10] = 0x55; /* data that nobody decoded */
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "extraneous");
    file.data[eoi + 10] = 0;
    test_file_splice(&file, dht, 0, "rubbish", 7); /* between segments of the header it means nothing */
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(harmless_warnings_are_counted)
{
    decode_run run = decode_run_new();
    test_file file = small_jpeg(&kinds[0]);

    const size_t sos = test_jpeg_find_marker(&file, 0xda, 0);
    const size_t sos_size = 2 + (size_t)file.data[sos + 3];
    file.data[sos + sos_size - 2] = 0; /* Se of a sequential scan: not used by any decoder */
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    file.data[2 + 9] = 2; /* JFIF 2 */
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    /* "Adobe" APP14 with an unknown transform */
    test_file_splice(&file, 2, 0, "\xff\xee\0\x0e" "Adobe\0\x64\0\0\0\0\x07", 16);
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    for (int i = 0; i < 1000; i++) /* a byte of rubbish before each of a thousand segments */
        test_file_splice(&file, 2, 0, "\xff\xfe\0\x02x", 5);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "more than 1000 warnings");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(many_scans_are_refused)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    test_file file = test_make_jpeg_scans(8000, 8000, 1000);

    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_LIMIT, "100 scans");
    ck_assert_uint_eq(run.info.width, 8000);
    test_file_free(&file);
    file = test_make_jpeg_scans(100, 70, 100);
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    options.limits.max_scans = 99;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "99 scans");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(memory_and_pixels_are_limited)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    test_file file = test_make_jpeg_scans(64, 64, 2);
    const size_t sof = test_jpeg_find_marker(&file, 0xc2, 0);

    file.data[sof + 5] = file.data[sof + 7] = 65500 >> 8;
    file.data[sof + 6] = file.data[sof + 8] = 65500 & 255;
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_LIMIT, "268435456 pixels");
    options.limits.max_pixels = UINT64_MAX;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "536870912 bytes of memory");
    options.limits.max_side = 65499;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "65499");
    file.data[sof + 5] = file.data[sof + 6] = 0xff; /* more than libjpeg itself takes */
    options.limits.max_side = 70000;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "65500");
    ck_assert_uint_eq(run.info.height, 65535);
    test_file_free(&file);

    test_jpeg spec = {.width = 400, .height = 300, .colour = TEST_JPEG_YCBCR, .progressive = true};
    file = small_jpeg(&spec); /* 400 x 300 x 3/2 coefficients of 2 bytes */
    options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    options.limits.max_memory = 200000;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "200000 bytes");
    options.limits.max_memory = 2000000;
    ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(time_is_limited)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    options.limits.max_cpu_ms = 1;
    for (uint32_t scans = 1; scans <= 40; scans += 39) {
        test_file file = test_make_jpeg_scans(4000, 4000, scans);
        decode_file(&run, &file, &options);
        expect_refused(&run, PHASH_E_TIMEOUT, "1 ms");
        test_file_free(&file);
    }
    test_jpeg spec = {.width = 2000, .height = 2000, .colour = TEST_JPEG_YCBCR};
    test_file file = small_jpeg(&spec);
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_TIMEOUT, "1 ms");
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

Suite *suite_jpeg_damage(void)
{
    Suite *s = suite_create("image/jpeg_damage");
    TCase *c = tcase_create("jpeg_damage");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, no_cut_is_a_picture);
    tcase_add_test(c, no_cut_with_an_end_is_a_picture);
    tcase_add_test(c, missing_scans_are_noticed);
    tcase_add_test(c, flipped_bits_are_bounded);
    tcase_add_test(c, extraneous_bytes);
    tcase_add_test(c, harmless_warnings_are_counted);
    tcase_add_test(c, many_scans_are_refused);
    tcase_add_test(c, memory_and_pixels_are_limited);
    tcase_add_test(c, time_is_limited);
    suite_add_tcase(s, c);
    return s;
}
