/* SPDX-License-Identifier: Apache-2.0 */
#include "damage_support.h"
#include "support/make_raster.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_gif(void);

#define W 61u
#define H 47u
#define N ((size_t)W * H)

static uint8_t palette[768];

static void fill(uint8_t *pixels, size_t n, uint32_t bits, uint64_t seed, bool runs)
{
    test_rng rng = test_rng_init(seed);

    for (int i = 0; i < 768; i++)
        palette[i] = (uint8_t)(i * 37 + i / 3 * 11);
    test_rng_fill(&rng, pixels, n);
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint8_t)((runs ? i / 23 : pixels[i]) & ((1u << bits) - 1));
}

static test_file one_frame(uint32_t bits, bool interlaced, bool local, const uint8_t *pixels)
{
    test_file f = test_gif_begin(W, H, bits, palette);
    const test_gif_frame frame = {0, 0, W, H, 0, -1, interlaced, local, pixels};

    test_gif_add(&f, bits, palette, &frame);
    test_gif_end(&f);
    return f;
}

START_TEST(every_depth_and_order)
{
    uint8_t pixels[N], expected[N * 3];
    decode_run run = decode_run_new();
    char what[64];

    for (uint32_t bits = 1; bits <= 8; bits++)
        for (uint32_t v = 0; v < 8; v++) {
            fill(pixels, N, bits, bits, v & 4);
            test_file file = one_frame(bits, v & 1, v & 2, pixels);
            for (size_t i = 0; i < N; i++)
                memcpy(expected + 3 * i, palette + 3 * pixels[i], 3);
            snprintf(what, sizeof what, "%u bits, variant %u", bits, v);
            check_pixels(&run, &file, PHASH_ALPHA_WHITE, W, H, 3, expected, 0, what);
            ck_assert(run.info.frames == 1 && run.info.frame == 0 && run.info.has_alpha == 0);
            test_file_free(&file);
        }
    decode_run_free(&run);
}
END_TEST

/* Four frames on a screen of 4 x 1: index 0 is transparent where a frame says so. */
typedef struct step {
    test_gif_frame frame;
    uint8_t pixels[4];
    int shown[4]; /* palette indices; -1 is transparent */
} step;

static const step steps[] = {
    {{.x = 0, .width = 4, .height = 1, .disposal = 0, .transparent = 0}, {1, 2, 0, 3}, {1, 2, -1, 3}},
    {{.x = 1, .width = 2, .height = 1, .disposal = 2, .transparent = -1}, {4, 5}, {1, 4, 5, 3}},
    {{.x = 0, .width = 1, .height = 1, .disposal = 3, .transparent = -1}, {6}, {6, -1, -1, 3}},
    {{.x = 2, .width = 2, .height = 1, .disposal = 1, .transparent = 0}, {0, 7}, {1, -1, -1, 7}},
    {{.x = 3, .width = 9, .height = 9, .disposal = 1, .transparent = -1}, {0}, {1, -1, -1, 0}},
};
#define STEPS (sizeof steps / sizeof *steps)

static test_file animation(void)
{
    static const uint8_t zeros[81];
    test_file f = test_gif_begin(4, 1, 3, palette);

    for (size_t i = 0; i < STEPS; i++) {
        test_gif_frame frame = steps[i].frame;
        frame.pixels = frame.width * frame.height > 4 ? zeros : steps[i].pixels;
        test_gif_add(&f, 3, palette, &frame);
    }
    test_gif_end(&f);
    return f;
}

START_TEST(frames_are_put_together_as_a_viewer_does)
{
    uint8_t unused[4];
    fill(unused, 4, 3, 1, false);
    test_file file = animation();
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    for (uint32_t i = 0; i < STEPS + 2; i++) {
        uint8_t expected[12];
        const step *s = &steps[i < STEPS ? i : STEPS - 1]; /* the last one, when there are fewer */
        for (int x = 0; x < 4; x++)
            for (int c = 0; c < 3; c++)
                expected[3 * x + c] = s->shown[x] < 0 ? 255 : palette[3 * s->shown[x] + c];
        options.frame = i;
        decode_file(&run, &file, &options);
        const phash_bitmap b = decode_reading(&run, 0, 0);
        ck_assert_uint_eq(run.info.frames, STEPS);
        ck_assert_uint_eq(run.info.frame, i < STEPS ? i : STEPS - 1);
        ck_assert(b.width == 4 && b.height == 1);
        ck_assert_msg(bitmap_difference(&b, expected) == 0, "frame %u", i);
    }
    check_walk(&file, STEPS, "GIF");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(alpha_dropped_shows_the_colour_of_the_transparent_index)
{
    uint8_t unused[4], expected[12];
    fill(unused, 4, 3, 1, false);
    test_file file = animation();
    decode_run run = decode_run_new();

    for (int x = 0; x < 4; x++)
        memcpy(expected + 3 * x, palette + 3 * steps[0].pixels[x], 3);
    check_pixels(&run, &file, PHASH_ALPHA_DROP, 4, 1, 3, expected, 0, "dropped");
    ck_assert_int_eq(run.info.has_alpha, 1);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

/* A first frame larger than the screen, and a screen of nothing. */
START_TEST(the_first_frame_widens_the_screen)
{
    uint8_t pixels[N];
    decode_run run = decode_run_new();

    fill(pixels, N, 4, 9, false);
    for (int k = 0; k < 2; k++) {
        test_file file = one_frame(4, false, false, pixels);
        file.data[6] = k == 0 ? 0 : 9;
        file.data[8] = k == 0 ? 0 : 60;
        ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
        ck_assert_uint_eq(run.info.width, W);
        ck_assert_uint_eq(run.info.height, k == 0 ? H : 60);
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

START_TEST(damage)
{
    uint8_t pixels[N];
    decode_run run = decode_run_new();

    for (uint32_t v = 0; v < 4; v++) {
        fill(pixels, N, 5, v, v & 2);
        test_file file = one_frame(5, v & 1, false, pixels);
        check_cuts(&run, &file, file.size, "GIF");
        check_flips(&run, &file, "image/gif");
        check_allocations(&file, "GIF");
        test_file_free(&file);
    }
    test_file file = animation();
    check_cuts(&run, &file, file.size, "animated GIF");
    check_flips(&run, &file, "image/gif");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

/* at: from the end of the global palette, where the graphic control extension (8 bytes) and then the frame begin. */
static void refuse_changed(size_t at, const char *bytes, size_t n, phash_status status, const char *text)
{
    uint8_t pixels[N];
    decode_run run = decode_run_new();

    fill(pixels, N, 4, 9, false);
    test_file file = one_frame(4, false, false, pixels);
    memcpy(file.data + 13 + 48 + at, bytes, n);
    decode_file(&run, &file, NULL);
    expect_refused(&run, status, text);
    test_file_free(&file);
    decode_run_free(&run);
}

START_TEST(what_is_refused)
{
    uint8_t pixels[N] = {0};
    decode_run run = decode_run_new();

    refuse_changed(0, "\0", 1, PHASH_E_MALFORMED, "no block");
    refuse_changed(0, "\x3b", 1, PHASH_E_MALFORMED, "no frame");
    refuse_changed(8 + 5, "\0\0", 2, PHASH_E_MALFORMED, "without pixels");
    refuse_changed(8 + 5, "\xff\xff\xff\xff", 4, PHASH_E_LIMIT, "limit of a side");
    refuse_changed(8 + 5, "\xff\x7f\xff\x1f", 4, PHASH_E_TRUNCATED, "less data");
    refuse_changed(8 + 7, "\x30", 1, PHASH_E_TRUNCATED, "end early");
    refuse_changed(8 + 10, "\x09", 1, PHASH_E_MALFORMED, "number of bits");
    refuse_changed(8 + 10, "\x01", 1, PHASH_E_MALFORMED, "number of bits");
    refuse_changed(8 + 10, "\x05", 1, PHASH_E_MALFORMED, "row 0");
    fill(pixels, N, 4, 9, false);
    test_file file = one_frame(4, false, false, pixels);
    file.data[10] &= 0x7f; /* now the palette is taken for blocks */
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "no block");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(memory_is_bounded_before_it_is_taken)
{
    uint8_t pixels[N];
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    fill(pixels, N, 4, 9, false);
    test_file file = one_frame(4, false, false, pixels);
    options.limits.max_memory = N * 4 - 1;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "11467 bytes of memory");
    options.limits.max_memory = N * 4;
    ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

Suite *suite_gif(void)
{
    Suite *s = suite_create("image/gif");
    TCase *c = tcase_create("gif");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_depth_and_order);
    tcase_add_test(c, frames_are_put_together_as_a_viewer_does);
    tcase_add_test(c, alpha_dropped_shows_the_colour_of_the_transparent_index);
    tcase_add_test(c, the_first_frame_widens_the_screen);
    tcase_add_test(c, damage);
    tcase_add_test(c, what_is_refused);
    tcase_add_test(c, memory_is_bounded_before_it_is_taken);
    suite_add_tcase(s, c);
    return s;
}
