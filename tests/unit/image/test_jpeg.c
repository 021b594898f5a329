/* SPDX-License-Identifier: Apache-2.0 */
/* What pictures mean: colour, orientation, sampling. Damage is in test_jpeg_damage.c. */
#include "decode_support.h"
#include "support/photo.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_jpeg(void);

/* The whole picture as anybody would decode it: grey or RGB. */
static uint8_t *plain_decode(const test_file *file, uint32_t *width, uint32_t *height, uint32_t *channels)
{
    return decode_whole_jpeg(file, false, 8, width, height, channels);
}

static uint8_t *photo(uint32_t width, uint32_t height, uint64_t seed)
{
    uint8_t *rgb = need((size_t)width * height * 3);

    test_photo_rgb(rgb, width, height, seed);
    return rgb;
}

START_TEST(same_pixels_as_a_plain_decode)
{
    static const uint32_t sides[][2] = {{40, 30}, {1, 1}, {512, 512}, {513, 300}, {31, 900}, {603, 577}};
    decode_run run = decode_run_new();

    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        uint8_t *pixels = photo(sides[i][0], sides[i][1], i);
        for (unsigned kind = 0; kind < 16; kind++) {
            const test_jpeg_colour colour = (test_jpeg_colour)(kind % 4 < 3 ? kind % 4 : TEST_JPEG_YCBCR);
            test_jpeg spec = {.width = sides[i][0], .height = sides[i][1], .colour = colour,
                              .progressive = kind / 4 % 2 == 1, .full_chroma = kind % 4 == 3,
                              .separate_scans = kind / 4 == 2, .restart = kind / 4 == 3 ? 3 : 0};
            test_file file = test_make_jpeg(&spec, pixels);
            uint32_t w = 0, h = 0, channels = 0;
            uint8_t *whole = plain_decode(&file, &w, &h, &channels);
            uint8_t *expected = sample_whole(whole, &w, &h, channels);
            decode_file(&run, &file, NULL);
            phash_bitmap b = decode_reading(&run, 0, 0);
            ck_assert(b.width == w && b.height == h && (uint32_t)b.pixels == channels);
            ck_assert_msg(bitmap_difference(&b, expected) == 0, "sides %zu kind %u", i, kind);
            ck_assert_uint_eq(run.info.width, spec.width);
            ck_assert_uint_eq(run.info.height, spec.height);
            ck_assert_int_eq(run.info.kind, PHASH_KIND_JPEG);
            ck_assert_int_eq(run.info.has_alpha, 0);
            free(whole);
            free(expected);
            test_file_free(&file);
        }
        free(pixels);
    }
    decode_run_free(&run);
}
END_TEST

/* Through ink and back: within the losses of 8-bit inks and quality 100. */
START_TEST(cmyk_comes_back_as_the_rgb_it_was)
{
    static const test_jpeg_colour colours[] = {TEST_JPEG_CMYK, TEST_JPEG_YCCK, TEST_JPEG_CMYK_PLAIN};
    decode_run run = decode_run_new();
    uint8_t *rgb = photo(300, 200, 5);

    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        test_jpeg spec = {.width = 300, .height = 200, .colour = colours[i], .quality = 100, .full_chroma = true};
        test_file file = test_make_jpeg(&spec, rgb);
        decode_file(&run, &file, NULL);
        phash_bitmap b = decode_reading(&run, 0, 0);
        ck_assert_int_eq(b.pixels, PHASH_PIXELS_RGB);
        ck_assert_msg(bitmap_difference(&b, rgb) <= 6, "colour %zu: off by %u", i, bitmap_difference(&b, rgb));
        test_file_free(&file);
    }
    free(rgb);
    decode_run_free(&run);
}
END_TEST

START_TEST(all_orientations)
{
    decode_run run = decode_run_new();
    uint8_t *rgb = photo(700, 420, 6);

    for (uint32_t o = 1; o <= 8; o++) {
        test_jpeg spec = {.width = 700, .height = 420, .colour = TEST_JPEG_YCBCR, .orientation = o,
                          .exif_big_endian = o % 2 == 0};
        test_file file = test_make_jpeg(&spec, rgb);
        uint32_t w = 0, h = 0, channels = 0;
        uint8_t *whole = plain_decode(&file, &w, &h, &channels);
        uint8_t *upright = turn_upright(whole, &w, &h, 3, o);
        uint8_t *expected = sample_whole(upright, &w, &h, 3);
        uint32_t sw = 700, sh = 420;
        uint8_t *stored = sample_whole(whole, &sw, &sh, 3);

        phash_decode_options options = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_BOTH);
        decode_file(&run, &file, &options);
        phash_bitmap b = decode_reading(&run, 0, 0);
        ck_assert_uint_eq(bitmap_difference(&b, expected), 0);
        ck_assert_uint_eq(run.info.orientation, o);
        ck_assert_uint_eq(run.info.width, 700);
        ck_assert_uint_eq(phash_decoder_reading_count(run.decoder), o == 1 ? 1 : 2);
        if (o != 1) {
            b = decode_reading(&run, 1, PHASH_READING_STORED);
            ck_assert_uint_eq(bitmap_difference(&b, stored), 0);
        }
        options.orientation = PHASH_ORIENTATION_IGNORE;
        decode_file(&run, &file, &options);
        b = decode_reading(&run, 0, o == 1 ? 0 : PHASH_READING_STORED);
        ck_assert_uint_eq(bitmap_difference(&b, stored), 0);
        ck_assert_uint_eq(phash_decoder_reading_count(run.decoder), 1);
        free(whole);
        free(upright);
        free(expected);
        free(stored);
        test_file_free(&file);
    }
    free(rgb);
    decode_run_free(&run);
}
END_TEST

/* An XMP segment before the EXIF one, and a second EXIF segment, which does not count. */
START_TEST(the_first_exif_counts)
{
    decode_run run = decode_run_new();
    uint8_t *rgb = photo(16, 16, 7);
    test_jpeg spec = {.width = 16, .height = 16, .colour = TEST_JPEG_YCBCR, .orientation = 6};
    test_file file = test_make_jpeg(&spec, rgb);
    spec.orientation = 3;
    test_file other = test_make_jpeg(&spec, rgb);
    const size_t at = test_jpeg_find_marker(&other, 0xe1, 0);
    const size_t size = 2 + ((size_t)other.data[at + 2] << 8 | other.data[at + 3]);

    test_file_splice(&file, 2, 0, other.data + at, size);
    test_file_splice(&file, 2, 0, "\xff\xe1\0\x0dhttp://ns.a", 15);
    decode_file(&run, &file, NULL);
    ck_assert_uint_eq(run.info.orientation, 3);
    /* A tag out of range is no orientation, and then the next segment counts. */
    const size_t mine = test_jpeg_find_marker(&file, 0xe1, 1);
    file.data[mine + 4 + 6 + 18] = 9;
    decode_file(&run, &file, NULL);
    ck_assert_uint_eq(run.info.orientation, 6);
    test_file_free(&file);
    test_file_free(&other);
    free(rgb);
    decode_run_free(&run);
}
END_TEST

START_TEST(what_is_not_decoded_says_so)
{
    decode_run run = decode_run_new();
    uint8_t *rgb = photo(24, 24, 8);
    test_jpeg spec = {.width = 24, .height = 24, .colour = TEST_JPEG_YCBCR};
    test_file file = test_make_jpeg(&spec, rgb);
    const size_t sof = test_jpeg_find_marker(&file, 0xc0, 0);

    file.data[sof + 4] = 12;
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_UNSUPPORTED, "precision");
    ck_assert_uint_eq(run.info.width, 24); /* known, though refused */
    file.data[sof + 4] = 8;
    file.data[sof + 1] = 0xc3; /* lossless */
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_UNSUPPORTED, "0xc3");
    file.data[sof + 1] = 0xc0;
    file.data[sof + 5] = file.data[sof + 6] = 0; /* height 0: DNL */
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_UNSUPPORTED, "DNL");
    test_file_free(&file);

    spec.arithmetic = true;
    file = test_make_jpeg(&spec, rgb);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_UNSUPPORTED, "arithmetic");
    test_file_free(&file);

    /* A two-component file: a grey one whose headers are widened is enough, they are checked first. */
    spec.arithmetic = false;
    spec.colour = TEST_JPEG_GREY;
    uint8_t grey[24 * 24];
    test_photo_grey(grey, 24, 24, 8);
    file = test_make_jpeg(&spec, grey);
    const size_t at = test_jpeg_find_marker(&file, 0xc0, 0);
    static const uint8_t sof2[] = {0xff, 0xc0, 0, 14, 8, 0, 24, 0, 24, 2, 1, 0x11, 0, 2, 0x11, 0};
    test_file_splice(&file, at, 13, sof2, sizeof sof2);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_UNSUPPORTED, "2 components");
    test_file_free(&file);
    free(rgb);
    decode_run_free(&run);
}
END_TEST

Suite *suite_jpeg(void)
{
    Suite *s = suite_create("image/jpeg");
    TCase *c = tcase_create("jpeg");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, same_pixels_as_a_plain_decode);
    tcase_add_test(c, cmyk_comes_back_as_the_rgb_it_was);
    tcase_add_test(c, all_orientations);
    tcase_add_test(c, the_first_exif_counts);
    tcase_add_test(c, what_is_not_decoded_says_so);
    suite_add_tcase(s, c);
    return s;
}
