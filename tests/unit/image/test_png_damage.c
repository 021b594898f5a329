/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged and hostile PNG files: never a picture, never a crash, never slow. */
#include "decode_support.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_png_damage(void);

static uint8_t palette[4 * 3] = {1, 2, 3, 200, 100, 50, 9, 8, 7, 255, 254, 253};
static uint8_t palette_alpha[4] = {255, 0, 128, 255};

static test_file small_png(int colour_type, int depth, bool interlaced)
{
    test_png p = {.width = 21, .height = 17, .colour_type = colour_type, .bit_depth = depth, .interlaced = interlaced};
    uint8_t rows[21 * 8 * 17];
    test_rng rng = test_rng_init(9);

    if (colour_type == 3) {
        p.palette = palette;
        p.n_palette = 4;
        p.palette_alpha = palette_alpha;
    }
    test_rng_fill(&rng, rows, sizeof rows);
    return test_make_png(&p, rows);
}

static const int kinds[][3] = {{0, 8, 0}, {2, 8, 1}, {3, 2, 0}, {6, 16, 0}};
#define N_KINDS (sizeof kinds / sizeof *kinds)

START_TEST(no_cut_is_a_picture)
{
    decode_run run = decode_run_new();

    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = small_png(kinds[k][0], kinds[k][1], kinds[k][2]);
        for (size_t n = 0; n < file.size; n++) {
            decode_bytes(&run, file.data, n, NULL);
            ck_assert_int_eq(run.status, n == 0 ? PHASH_E_EMPTY : n < 8 ? PHASH_E_FORMAT_UNKNOWN : PHASH_E_TRUNCATED);
        }
        ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
        test_file_add(&file, "what follows IEND", 17);
        ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

/* Every chunk has a CRC and everything up to IEND is in a chunk: no single flipped bit goes unnoticed. */
START_TEST(no_flipped_bit_is_a_picture)
{
    decode_run run = decode_run_new();

    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = small_png(kinds[k][0], kinds[k][1], kinds[k][2]);
        test_png_insert_chunk(&file, test_png_find_chunk(&file, "IEND"), "tEXt", "a\0b", 3);
        for (size_t bit = 0; bit < file.size * 8; bit++) {
            file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert_msg(decode_file(&run, &file, NULL) != PHASH_OK, "kind %zu, bit %zu", k, bit);
            file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

/* With the CRCs set right again the bits reach the parsers behind. */
START_TEST(flipped_bits_with_right_crcs_are_bounded)
{
    const uint64_t seed = test_seed(1212);
    test_rng rng = test_rng_init(seed);
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_BOTH);
    uint32_t refused = 0;

    printf("image/png_damage: seed %llu\n", (unsigned long long)seed);
    options.limits.max_pixels = 1u << 20;
    options.limits.max_memory = 8u << 20;
    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = small_png(kinds[k][0], kinds[k][1], kinds[k][2]);
        for (int i = 0; i < 1500; i++) {
            test_file copy = {0};
            test_file_add(&copy, file.data, file.size);
            for (uint32_t n = 1 + test_rng_below(&rng, 3); n > 0; n--) {
                const uint32_t at = 8 + test_rng_below(&rng, (uint32_t)file.size - 8);
                copy.data[at] ^= (uint8_t)(1u << test_rng_below(&rng, 8));
            }
            test_png_fix_crcs(copy.data, copy.size);
            refused += decode_file(&run, &copy, &options) != PHASH_OK;
            test_file_free(&copy);
        }
        test_file_free(&file);
    }
    ck_assert_uint_gt(refused, 2000);
    decode_run_free(&run);
}
END_TEST

START_TEST(the_frame_is_checked)
{
    decode_run run = decode_run_new();
    test_file file = small_png(0, 8, false);
    const size_t idat = test_png_find_chunk(&file, "IDAT");

    test_png_insert_chunk(&file, 8, "tEXt", "a\0b", 3);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "IHDR");
    memcpy(file.data + 12, "CgBI", 4);
    test_png_fix_crcs(file.data, file.size);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_UNSUPPORTED, "CgBI");
    test_file_free(&file);

    file = small_png(0, 8, false);
    file.data[idat] = 0x80;
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "a chunk of 2147");
    test_file_free(&file);

    file = small_png(0, 8, false); /* no IDAT */
    test_file_splice(&file, idat, test_png_find_chunk(&file, "IEND") - idat, NULL, 0);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "no picture data");
    test_file_free(&file);

    file = small_png(0, 8, false); /* an unknown critical chunk */
    test_png_insert_chunk(&file, idat, "CRIT", "x", 1);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "PNG");
    test_file_free(&file);

    file = small_png(0, 8, false); /* the picture data interrupted */
    test_png_insert_chunk(&file, test_png_find_chunk(&file, "IEND"), "tEXt", "a\0b", 3);
    test_png_insert_chunk(&file, test_png_find_chunk(&file, "IEND"), "IDAT", "", 0);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "interrupted");
    test_file_free(&file);

    file = small_png(3, 2, false); /* a transparency chunk longer than the palette */
    const size_t trns = test_png_find_chunk(&file, "tRNS");
    test_file_splice(&file, trns, 12 + 4, NULL, 0);
    test_png_insert_chunk(&file, trns, "tRNS", "12345678", 8);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "tRNS");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(too_little_and_too_much_data)
{
    decode_run run = decode_run_new();
    const size_t exact = 100 * (200 + 1);

    test_file file = test_make_png_zeros(200, 100, 8, 0, false, exact);
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    test_file_free(&file);
    file = test_make_png_zeros(200, 100, 8, 0, false, exact - 1);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_TRUNCATED, "Not enough image data");
    test_file_free(&file);
    /* More than the header promises: every pixel is there, and viewers show it. Pins libpng's texts. */
    file = test_make_png_zeros(200, 100, 8, 0, false, exact + 100);
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    test_file_free(&file);
    file = test_make_png_zeros(200, 100, 8, 0, false, exact);
    test_png_insert_chunk(&file, test_png_find_chunk(&file, "IEND"), "IDAT", "extra", 5);
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
    /* A wrong checksum of the pixels (Adler-32, the last 4 bytes of the stream) is damage. */
    const size_t idat = test_png_find_chunk(&file, "IDAT");
    const size_t length = (size_t)file.data[idat + 2] << 8 | file.data[idat + 3];
    file.data[idat + 8 + length - 1] ^= 1;
    test_png_fix_crcs(file.data, file.size);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "incorrect data check");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(bombs_are_refused_at_once)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    test_file file = test_make_png_zeros(60000, 60000, 8, 6, false, 1u << 20);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_LIMIT, "268435456 pixels");
    ck_assert_uint_eq(run.info.width, 60000);
    test_file_free(&file);
    file = test_make_png_zeros(70000, 10, 8, 0, false, 1000);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_LIMIT, "65500");
    test_file_free(&file);
    file = test_make_png_zeros(65536, 65536, 8, 0, false, 1000); /* 0 pixels, if counted in 32 bits */
    options.limits.max_side = 100000;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "4294967296 pixels");
    test_file_free(&file);
    file = test_make_png_zeros(30000, 30000, 8, 0, true, 1u << 20);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_LIMIT, "268435456 pixels");
    options.limits.max_pixels = UINT64_MAX;
    options.limits.max_memory = 1u << 20; /* no frame is held */
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_TRUNCATED, "Not enough image data");
    options.limits.max_memory = 0;
    test_file_free(&file);
    file = test_make_png_zeros(0, 10, 8, 0, false, 1000);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "0 x 10");
    test_file_free(&file);
    /* libpng's own memory is limited too */
    file = small_png(6, 16, false);
    options.limits.max_memory = 4000;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "4000 bytes of memory");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

/* Chunks of text that inflate a thousandfold, before and behind the picture data: nobody inflates them. */
START_TEST(text_bombs_cost_nothing)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    test_file text = test_deflate('a', 7900000);
    test_file ztxt = {0};
    test_file itxt = {0};
    test_file file = small_png(0, 8, false);
    test_file bomb = {0};
    const size_t idat = test_png_find_chunk(&file, "IDAT");

    test_file_add(&ztxt, "k\0", 3);
    test_file_add(&ztxt, text.data, text.size);
    test_file_add(&itxt, "k\0\1\0\0", 6);
    test_file_add(&itxt, text.data, text.size);
    test_file_add(&bomb, file.data, idat);
    for (int i = 0; i < 300; i++)
        test_png_add_chunk(&bomb, i % 2 ? "zTXt" : "iTXt", (i % 2 ? ztxt : itxt).data, (i % 2 ? ztxt : itxt).size);
    test_file_add(&bomb, file.data + idat, test_png_find_chunk(&file, "IEND") - idat);
    for (int i = 0; i < 300; i++)
        test_png_add_chunk(&bomb, "iTXt", itxt.data, itxt.size);
    test_png_add_chunk(&bomb, "IEND", NULL, 0);
    options.limits.max_memory = 1u << 20;
    options.limits.max_cpu_ms = 500; /* inflated it would take 10 s and 4 GB */
    decode_file(&run, &bomb, &options);
    ck_assert_msg(run.status == PHASH_OK, "%s", run.diag.text);
    test_file_free(&text);
    test_file_free(&ztxt);
    test_file_free(&itxt);
    test_file_free(&file);
    test_file_free(&bomb);
    decode_run_free(&run);
}
END_TEST

START_TEST(time_is_limited)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    options.limits.max_cpu_ms = 1;
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        test_file file = test_make_png_zeros(3000, 3000, 8, 0, interlaced, 3001 * 3003);
        decode_file(&run, &file, &options);
        expect_refused(&run, PHASH_E_TIMEOUT, "1 ms");
        test_file_free(&file);
    }
    /* Data behind the last row, which libpng inflates to the end in one go. */
    test_file file = test_make_png_zeros(8, 8, 8, 0, false, 100u << 20);
    options.limits.max_cpu_ms = 10;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_TIMEOUT, "10 ms");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

Suite *suite_png_damage(void)
{
    Suite *s = suite_create("image/png_damage");
    TCase *c = tcase_create("png_damage");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, no_cut_is_a_picture);
    tcase_add_test(c, no_flipped_bit_is_a_picture);
    tcase_add_test(c, flipped_bits_with_right_crcs_are_bounded);
    tcase_add_test(c, the_frame_is_checked);
    tcase_add_test(c, too_little_and_too_much_data);
    tcase_add_test(c, bombs_are_refused_at_once);
    tcase_add_test(c, text_bombs_cost_nothing);
    tcase_add_test(c, time_is_limited);
    suite_add_tcase(s, c);
    return s;
}
