/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipelines share (facts, refusals, turning) and what each decodes. */
#include "decode_support.h"
#include "support/photo.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_pipelines(void);

#define N_PIPELINES 3

static phash_decode_options options_of(phash_pipeline pipeline)
{
    phash_decode_options o = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_BOTH);

    o.pipeline = pipeline;
    return o;
}

/* Rings of every frequency: quickly made at any size, and no row or column is like another. */
static void rings(uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels)
{
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < channels; c++)
                *pixels++ = (uint8_t)((x * x + (3 + c) * y * y) >> 10);
}

static test_file jpeg_of(const test_jpeg *spec)
{
    const uint32_t channels = spec->colour == TEST_JPEG_GREY ? 1 : 3;
    uint8_t *pixels = need((size_t)spec->width * spec->height * channels);

    if (channels == 3 && spec->width < 100)
        test_photo_rgb(pixels, spec->width, spec->height, 12);
    else
        rings(pixels, spec->width, spec->height, channels);
    test_file file = test_make_jpeg(spec, pixels);
    free(pixels);
    return file;
}

START_TEST(names)
{
    ck_assert_str_eq(phash_pipeline_name(PHASH_PIPELINE_EXACT), "pdq-512nn exact");
    ck_assert_str_eq(phash_pipeline_name(PHASH_PIPELINE_LUMA), "pdq-512nn luma");
    ck_assert_str_eq(phash_pipeline_name(PHASH_PIPELINE_SCALED), "pdq-512nn scaled");
    ck_assert_str_eq(phash_pipeline_name((phash_pipeline)3), "unknown");
}
END_TEST

/* Both readings of a turned luminance picture against the whole one at `scale` eighths. */
static void check_luma(decode_run *run, const test_file *file, unsigned scale, uint32_t orientation)
{
    uint32_t w = 0, h = 0, channels = 0;
    uint8_t *whole = decode_whole_jpeg(file, true, scale, &w, &h, &channels);
    uint32_t stored_w = w, stored_h = h;
    uint8_t *upright = turn_upright(whole, &w, &h, 1, orientation);
    uint8_t *expected = sample_whole(upright, &w, &h, 1);
    uint8_t *stored = sample_whole(whole, &stored_w, &stored_h, 1);

    ck_assert_uint_eq(phash_decoder_reading_count(run->decoder), orientation == 1 ? 1 : 2);
    phash_bitmap b = decode_reading(run, 0, 0);
    ck_assert(b.width == w && b.height == h && b.pixels == PHASH_PIXELS_GREY);
    ck_assert_uint_eq(bitmap_difference(&b, expected), 0);
    if (orientation != 1) {
        b = decode_reading(run, 1, PHASH_READING_STORED);
        ck_assert_uint_eq(bitmap_difference(&b, stored), 0);
    }
    free(whole);
    free(upright);
    free(expected);
    free(stored);
}

/* Sides, and the eighths to which libjpeg is to scale: the smallest that leave both at least 512. */
static const struct {
    uint32_t width, height;
    unsigned eighths;
} scales[] = {
    {512, 512, 8},   {512, 300, 8},   {1, 1, 8},       {511, 4000, 8},  {513, 513, 8},   {584, 584, 8},
    {585, 585, 7},   {585, 584, 8},   {681, 700, 7},   {682, 681, 7},   {682, 682, 6},   {817, 1000, 6},
    {818, 817, 6},   {818, 818, 5},   {1022, 999, 5},  {1023, 1023, 4}, {1023, 900, 5},  {1362, 1500, 4},
    {1363, 1363, 3}, {2044, 2044, 3}, {2045, 2100, 2}, {4088, 4088, 2}, {4089, 4089, 1},
};

START_TEST(luma_and_scaled_of_every_layout)
{
    static const int h_samp[][3] = {{2, 1, 1}, {1, 1, 1}, {2, 1, 1}, {1, 1, 1}, {1, 2, 2}};
    static const int v_samp[][3] = {{2, 1, 1}, {1, 1, 1}, {1, 1, 1}, {2, 1, 1}, {1, 2, 2}};
    decode_run run = decode_run_new();

    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        test_jpeg spec = {.width = scales[i].width, .height = scales[i].height, .orientation = 1 + i % 8,
                          .colour = i % 6 == 5 ? TEST_JPEG_GREY : TEST_JPEG_YCBCR, .progressive = i % 4 == 3};
        if (spec.colour == TEST_JPEG_YCBCR) {
            memcpy(spec.h_samp, h_samp[i % 5], sizeof spec.h_samp);
            memcpy(spec.v_samp, v_samp[i % 5], sizeof spec.v_samp);
        }
        test_file file = jpeg_of(&spec);
        /* full size again and again would take most of the time of this suite */
        for (int p = spec.width > 1500 ? PHASH_PIPELINE_SCALED : PHASH_PIPELINE_LUMA; p < N_PIPELINES; p++) {
            const phash_decode_options options = options_of((phash_pipeline)p);
            decode_file(&run, &file, &options);
            ck_assert_msg(run.status == PHASH_OK, "%s", run.diag.text);
            ck_assert_uint_eq(run.info.width, spec.width);
            ck_assert_uint_eq(run.info.height, spec.height);
            ck_assert_uint_eq(run.info.orientation, spec.orientation);
            check_luma(&run, &file, p == PHASH_PIPELINE_SCALED ? scales[i].eighths : 8, spec.orientation);
        }
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

/* Readings of the other pipelines equal those of the exact one. */
static void check_same(decode_run run[N_PIPELINES], const test_file *file)
{
    for (int p = 0; p < N_PIPELINES; p++) {
        const phash_decode_options options = options_of((phash_pipeline)p);
        ck_assert_int_eq(decode_file(&run[p], file, &options), PHASH_OK);
        const uint32_t n = phash_decoder_reading_count(run[p].decoder);
        ck_assert_uint_eq(n, phash_decoder_reading_count(run[0].decoder));
        for (uint32_t r = 0; r < n; r++) {
            phash_bitmap a, b;
            ck_assert_int_eq(phash_decoder_reading(run[0].decoder, &a, NULL, r), PHASH_OK);
            ck_assert_int_eq(phash_decoder_reading(run[p].decoder, &b, NULL, r), PHASH_OK);
            ck_assert(a.width == b.width && a.height == b.height && a.pixels == b.pixels && a.stride == b.stride);
            ck_assert_uint_eq(bitmap_difference(&b, a.data), 0);
        }
    }
}

START_TEST(other_pictures_are_decoded_exactly)
{
    static const test_jpeg_colour colours[] = {TEST_JPEG_RGB, TEST_JPEG_CMYK, TEST_JPEG_YCCK, TEST_JPEG_CMYK_PLAIN};
    decode_run run[N_PIPELINES] = {decode_run_new(), decode_run_new(), decode_run_new()};
    uint8_t *rgba = need(1100 * 1050 * 4);

    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        test_jpeg spec = {.width = 1100, .height = 1050, .colour = colours[i], .orientation = 6};
        test_file file = jpeg_of(&spec);
        check_same(run, &file);
        ck_assert_int_eq(decode_reading(&run[PHASH_PIPELINE_SCALED], 0, 0).pixels, PHASH_PIXELS_RGB);
        test_file_free(&file);
    }
    test_rng rng = test_rng_init(4);
    test_rng_fill(&rng, rgba, 1100 * 1050 * 4);
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        test_png p = {.width = 1100, .height = 1050, .colour_type = 6, .interlaced = interlaced == 1};
        test_file file = test_make_png(&p, rgba);
        check_same(run, &file);
        test_file_free(&file);
    }
    free(rgba);
    for (int p = 0; p < N_PIPELINES; p++)
        decode_run_free(&run[p]);
}
END_TEST

/* The larger ones are scaled to 5/8 and 1/8; stripes keep the files small. */
static const test_jpeg kinds[] = {
    {.width = 35, .height = 27, .colour = TEST_JPEG_YCBCR, .quality = 60},
    {.width = 35, .height = 27, .colour = TEST_JPEG_YCBCR, .quality = 60, .progressive = true, .restart = 2},
    {.width = 27, .height = 35, .colour = TEST_JPEG_YCBCR, .separate_scans = true},
    {.width = 20, .height = 20, .colour = TEST_JPEG_YCCK, .quality = 50},
    {.width = 821, .height = 820, .colour = TEST_JPEG_YCBCR, .quality = 1},
    {.width = 821, .height = 820, .colour = TEST_JPEG_YCBCR, .quality = 1, .progressive = true},
    {.width = 4100, .height = 4097, .colour = TEST_JPEG_YCBCR, .quality = 1, .restart = 40},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)
#define N_SMALL 4
#define LARGEST (N_KINDS - 1)

/* A flat picture with a few edges: a small file of any size. */
static test_file damage_file(const test_jpeg *spec)
{
    if (spec->width < 100)
        return jpeg_of(spec);
    uint8_t *rgb = need((size_t)spec->width * spec->height * 3);
    for (uint32_t y = 0; y < spec->height; y++)
        memset(rgb + (size_t)y * spec->width * 3, y / 300 % 2 ? 200 : 20, (size_t)spec->width * 3);
    test_file file = test_make_jpeg(spec, rgb);
    free(rgb);
    return file;
}

/* At every byte of the small files; of the large ones at some places and in all of the last bytes, which are most of
 * interest: with scaled output, too, no row comes early enough to hide the missing end. */
START_TEST(no_cut_is_a_picture_in_any_pipeline)
{
    decode_run run = decode_run_new();

    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = damage_file(&kinds[k]);
        for (int p = 0; p < N_PIPELINES; p++) {
            const phash_decode_options options = options_of((phash_pipeline)p);
            const size_t step = k < N_SMALL ? 1 : file.size / (k == LARGEST ? 8 : 60);
            const size_t tail = k == LARGEST ? 8 : 40;
            for (size_t n = 3; n < file.size; n += n >= file.size - tail ? 1 : step) {
                if (n > file.size - tail - step && n < file.size - tail)
                    n = file.size - tail;
                decode_bytes(&run, file.data, n, &options);
                ck_assert_msg(run.status == PHASH_E_TRUNCATED, "kind %zu %s, %zu of %zu bytes: %d %s", k,
                              phash_pipeline_name((phash_pipeline)p), n, file.size, (int)run.status, run.diag.text);
            }
            ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
        }
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

/* Without the end marker, of which 2, 1 and 0 bytes are left. The decoder reads ahead and usually runs into the end
 * while it still makes pixels; in some of these it has all bits of the last block before. */
START_TEST(the_end_marker_counts)
{
    decode_run run = decode_run_new();

    for (uint32_t width = 8; width <= 1024; width += 8) {
        test_jpeg spec = {.width = width, .height = 8, .colour = TEST_JPEG_GREY};
        uint8_t *grey = need((size_t)width * 8);
        memset(grey, 77, (size_t)width * 8);
        test_file file = test_make_jpeg(&spec, grey);
        for (int p = 0; p < N_PIPELINES; p++) {
            const phash_decode_options options = options_of((phash_pipeline)p);
            ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
            for (size_t missing = 1; missing <= 2; missing++)
                ck_assert_int_eq(decode_bytes(&run, file.data, file.size - missing, &options), PHASH_E_TRUNCATED);
        }
        test_file_free(&file);
        free(grey);
    }
    decode_run_free(&run);
}
END_TEST

/* A cut that looks whole (EOI put behind it) and a flipped bit: every pipeline says the same as the exact one. */
START_TEST(damage_is_judged_alike)
{
    const uint64_t seed = test_seed(99);
    test_rng rng = test_rng_init(seed);
    decode_run run = decode_run_new();
    uint32_t refused = 0;

    printf("image/pipelines: seed %llu\n", (unsigned long long)seed);
    for (size_t k = 0; k < N_KINDS; k++) {
        test_file file = damage_file(&kinds[k]);
        const int rounds = k < N_SMALL ? 600 : k == LARGEST ? 6 : 40;
        for (int i = 0; i < rounds; i++) {
            test_file copy = {0};
            test_file_add(&copy, file.data, file.size);
            if (i % 4 == 0) {
                copy.size = 4 + test_rng_below(&rng, (uint32_t)file.size - 4);
                test_file_add(&copy, "\xff\xd9", 2);
            } else {
                copy.data[test_rng_below(&rng, (uint32_t)copy.size)] ^= (uint8_t)(1u << test_rng_below(&rng, 8));
            }
            phash_status exact = PHASH_OK;
            for (int p = 0; p < N_PIPELINES; p++) {
                phash_decode_options options = options_of((phash_pipeline)p);
                options.limits.max_pixels = 32u << 20;
                decode_file(&run, &copy, &options);
                exact = p == 0 ? run.status : exact;
                ck_assert_msg(run.status == exact, "kind %zu round %d %s: %d %s, not %d", k, i,
                              phash_pipeline_name((phash_pipeline)p), (int)run.status, run.diag.text, (int)exact);
            }
            refused += exact != PHASH_OK;
            test_file_free(&copy);
        }
        test_file_free(&file);
    }
    ck_assert_uint_gt(refused, 800);
    decode_run_free(&run);
}
END_TEST

Suite *suite_pipelines(void)
{
    Suite *s = suite_create("image/pipelines");
    TCase *c = tcase_create("pipelines");

    tcase_set_timeout(c, 180);
    tcase_add_test(c, names);
    tcase_add_test(c, luma_and_scaled_of_every_layout);
    tcase_add_test(c, other_pictures_are_decoded_exactly);
    tcase_add_test(c, no_cut_is_a_picture_in_any_pipeline);
    tcase_add_test(c, the_end_marker_counts);
    tcase_add_test(c, damage_is_judged_alike);
    suite_add_tcase(s, c);
    return s;
}
