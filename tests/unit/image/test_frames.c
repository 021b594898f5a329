/* SPDX-License-Identifier: Apache-2.0 */
/* All frames of a file, one after another. */
#include "damage_support.h"
#include "support/make_raster.h"
#include "support/photo.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_frames(void);

#define W 24u
#define H 16u
#define FRAMES 5u

static uint8_t palette[768];

/* Frames of noise; starts[i] is where frame i begins in the file. */
static test_file animation(size_t starts[FRAMES])
{
    uint8_t pixels[W * H];

    for (size_t i = 0; i < sizeof palette; i++)
        palette[i] = (uint8_t)(i * 37 + i / 3 * 11);
    test_file f = test_gif_begin(W, H, 4, palette);
    for (uint32_t k = 0; k < FRAMES; k++) {
        for (size_t i = 0; i < sizeof pixels; i++)
            pixels[i] = (uint8_t)((i * i + i / 7 + k * 3) % 16);
        starts[k] = f.size;
        /* The second one is restored and the others lie over the first. */
        test_gif_add(&f, 4, palette, &(test_gif_frame){k, 0, W - k, H, k == 1 ? 3 : 1, 5, k % 2 == 1, false, pixels});
    }
    test_gif_end(&f);
    return f;
}

static phash_status begin(decode_run *run, const test_file *file, const phash_decode_options *options)
{
    run->diag.text[0] = '\0';
    run->status = phash_decoder_begin(run->decoder, &run->info, &run->diag, file->data, file->size, options);
    return run->status;
}

static phash_status next(decode_run *run)
{
    run->diag.text[0] = '\0';
    run->status = phash_decoder_next(run->decoder, &run->info, &run->diag);
    return run->status;
}

START_TEST(frames_are_those_that_are_asked_for_alone)
{
    size_t starts[FRAMES];
    test_file gif = animation(starts);
    uint8_t rgb[W * H * 3];
    test_jpeg spec = {.width = W, .height = H, .colour = TEST_JPEG_YCBCR, .quality = 80, .orientation = 6};

    check_walk(&gif, FRAMES, "GIF");
    test_photo_rgb(rgb, W, H, 1);
    test_file jpeg = test_make_jpeg(&spec, rgb);
    check_walk(&jpeg, 1, "JPEG");
    test_file_free(&jpeg);
    test_file_free(&gif);
}
END_TEST

/* The blocks are whole; the codes of one frame make no sense. */
START_TEST(a_damaged_frame_does_not_hide_those_behind_it)
{
    size_t starts[FRAMES];
    decode_run run = decode_run_new();

    for (uint32_t bad = 0; bad < FRAMES; bad++) {
        test_file file = animation(starts);
        memset(file.data + starts[bad] + 8 + 10 + 2, 0xff, 4); /* behind both headers, bits, size of the sub-block */
        ck_assert_int_eq(begin(&run, &file, NULL), PHASH_OK);
        ck_assert_uint_eq(run.info.frames, FRAMES);
        for (uint32_t i = 0; i < FRAMES; i++) {
            next(&run);
            ck_assert_int_eq(run.status, i == bad ? PHASH_E_MALFORMED : PHASH_OK);
            ck_assert(run.info.frame == i && run.info.frames == FRAMES && run.info.width == W);
            ck_assert_uint_eq(phash_decoder_reading_count(run.decoder), i == bad ? 0 : 1);
            ck_assert_int_eq(run.diag.text[0] != '\0', i == bad);
        }
        ck_assert_int_eq(next(&run), PHASH_E_STATE);
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

START_TEST(nothing_is_open)
{
    size_t starts[FRAMES];
    test_file file = animation(starts), cut = file;
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    cut.size -= 20;
    ck_assert_int_eq(next(&run), PHASH_E_STATE); /* before anything */
    ck_assert_int_eq(begin(&run, &cut, NULL), PHASH_E_TRUNCATED);
    ck_assert(run.info.kind == PHASH_KIND_GIF && run.diag.text[0] != '\0');
    ck_assert_int_eq(next(&run), PHASH_E_STATE);
    ck_assert_int_eq(begin(&run, &file, &options), PHASH_OK);
    ck_assert_int_eq(next(&run), PHASH_OK);
    phash_decoder_end(run.decoder);
    ck_assert_uint_eq(phash_decoder_reading_count(run.decoder), 0);
    ck_assert_int_eq(next(&run), PHASH_E_STATE);
    ck_assert_int_eq(begin(&run, &file, &options), PHASH_OK);
    ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK); /* another picture in between */
    ck_assert_int_eq(next(&run), PHASH_E_STATE);
    ck_assert_int_eq(begin(&run, &file, &options), PHASH_OK);
    ck_assert_int_eq(next(&run), PHASH_OK);
    options.struct_size = 1;
    ck_assert_int_eq(begin(&run, &file, &options), PHASH_E_ARGUMENT);
    ck_assert_int_eq(next(&run), PHASH_E_STATE);
    ck_assert_int_eq(phash_decoder_begin(NULL, NULL, NULL, file.data, file.size, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_decoder_begin(run.decoder, NULL, NULL, NULL, 1, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_decoder_next(NULL, NULL, NULL), PHASH_E_ARGUMENT);
    phash_decoder_end(NULL);
    ck_assert_int_eq(begin(&run, &file, NULL), PHASH_OK); /* freed while open */
    decode_run_free(&run);
    test_file_free(&file);
}
END_TEST

/* 100 frames that say nothing new: each costs its own pixels, and the time is one account. */
START_TEST(the_time_is_for_all_frames_together)
{
    enum { MANY = 100, SIDE = 200 };
    static uint8_t pixels[SIDE * SIDE];
    uint8_t colours[12] = {0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255};
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    uint32_t seen = 0;

    test_file file = test_gif_begin(SIDE, SIDE, 2, colours);
    for (uint32_t i = 0; i < MANY; i++)
        test_gif_add(&file, 2, colours, &(test_gif_frame){0, 0, SIDE, SIDE, 1, -1, false, false, pixels});
    test_gif_end(&file);
    options.limits.max_cpu_ms = 1;
    ck_assert_int_eq(begin(&run, &file, &options), PHASH_OK);
    while (next(&run) == PHASH_OK)
        seen++;
    ck_assert_int_eq(run.status, PHASH_E_TIMEOUT);
    ck_assert_uint_lt(seen, MANY);
    ck_assert_int_eq(next(&run), PHASH_E_STATE); /* there is no time for another */
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

/* The second frame wants its surroundings restored and there is no memory for that: the third is as if it had not. */
START_TEST(memory_is_for_one_moment)
{
    size_t starts[FRAMES];
    test_file file = animation(starts);
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    options.limits.max_memory = W * H * 4 + 100;
    ck_assert_int_eq(begin(&run, &file, &options), PHASH_OK);
    for (uint32_t i = 0; i < FRAMES; i++)
        ck_assert_int_eq(next(&run), i == 1 ? PHASH_E_LIMIT : PHASH_OK);
    ck_assert_int_eq(next(&run), PHASH_E_STATE);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

#ifdef PHASH_WITH_TIFF
static void add_le(test_file *f, uint32_t v, int n)
{
    for (int i = 0; i < n; i++)
        test_file_add(f, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

/* Grey pages of one strip, each before its directory. bad: a page of an unknown compression; FRAMES for none. */
static test_file pages(uint32_t bad)
{
    test_file f = {0};
    uint8_t grey[W * H];

    test_file_add(&f, "II\52\0", 4);
    for (uint32_t k = 0; k < FRAMES; k++) {
        const uint32_t strip = (uint32_t)f.size + 4;
        const uint32_t tags[9][2] = {{256, W}, {257, H}, {258, 8}, {259, k == bad ? 34712 : 1}, {262, 1},
                                     {273, strip}, {277, 1}, {278, H}, {279, W * H}};
        test_photo_grey(grey, W, H, k);
        add_le(&f, strip + W * H, 4); /* ends the header, or the directory before */
        test_file_add(&f, grey, sizeof grey);
        add_le(&f, 9, 2);
        for (int t = 0; t < 9; t++) {
            add_le(&f, tags[t][0], 2);
            add_le(&f, 4, 2);
            add_le(&f, 1, 4);
            add_le(&f, tags[t][1], 4);
        }
    }
    add_le(&f, 0, 4);
    return f;
}

START_TEST(pages_of_a_tiff)
{
    decode_run run = decode_run_new();

    for (uint32_t bad = 0; bad <= FRAMES; bad++) {
        test_file file = pages(bad);
        if (bad == FRAMES)
            check_walk(&file, FRAMES, "TIFF");
        ck_assert_int_eq(begin(&run, &file, NULL), PHASH_OK);
        for (uint32_t i = 0; i < FRAMES; i++) {
            next(&run);
            ck_assert_msg(run.status == (i == bad ? PHASH_E_UNSUPPORTED : PHASH_OK), "%s", run.diag.text);
        }
        ck_assert_int_eq(next(&run), PHASH_E_STATE);
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST
#endif

Suite *suite_frames(void)
{
    Suite *s = suite_create("image/frames");
    TCase *c = tcase_create("frames");

    tcase_add_test(c, frames_are_those_that_are_asked_for_alone);
    tcase_add_test(c, a_damaged_frame_does_not_hide_those_behind_it);
    tcase_add_test(c, nothing_is_open);
    tcase_add_test(c, the_time_is_for_all_frames_together);
    tcase_add_test(c, memory_is_for_one_moment);
#ifdef PHASH_WITH_TIFF
    tcase_add_test(c, pages_of_a_tiff);
#endif
    suite_add_tcase(s, c);
    return s;
}
