/* SPDX-License-Identifier: Apache-2.0 */
/* Memory through the hooks: under 2 MB with one reading, for decoder and hasher together, whatever is hashed. libjpeg
 * takes its own from malloc and does not count; libpng takes it from the hooks and is added. */
#include "decode_support.h"

#include <phash/hash.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_memory(void);

#define BOUND ((size_t)2 << 20)
#define LIBPNG ((size_t)220000) /* two rows of 4000 pixels, inflate's window, its own structures */
#define ROOM 32 /* before each block, for its size */

typedef struct meter {
    size_t live;
    size_t peak;
} meter;

static void *meter_alloc(void *user, size_t size)
{
    meter *m = user;
    uint8_t *p = need(size + ROOM);

    memcpy(p, &size, sizeof size);
    m->live += size;
    m->peak = m->live > m->peak ? m->live : m->peak;
    return p + ROOM;
}

static void meter_release(void *user, void *ptr)
{
    meter *m = user;
    size_t size;

    if (ptr == NULL)
        return;
    uint8_t *p = (uint8_t *)ptr - ROOM;
    memcpy(&size, p, sizeof size);
    m->live -= size;
    free(p);
}

/* Decode, hash, and hash all views. */
static void hash_file(decode_run *run, phash_hasher *hasher, const test_file *file, phash_pipeline pipeline,
                      const char *what)
{
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    phash_fingerprint *prints = need(PHASH_VIEWS_MAX * sizeof *prints);
    uint32_t ids[PHASH_VIEWS_MAX];
    phash_bitmap bitmap;
    size_t n;

    options.pipeline = pipeline;
    decode_file(run, file, &options);
    ck_assert_msg(run->status == PHASH_OK, "%s: %s", what, run->diag.text);
    ck_assert_uint_eq(phash_decoder_reading_count(run->decoder), 1);
    ck_assert_int_eq(phash_decoder_reading(run->decoder, &bitmap, NULL, 0), PHASH_OK);
    ck_assert_int_eq(phash_hasher_run(hasher, prints, &bitmap, PHASH_SCALING_512), PHASH_OK);
    ck_assert_int_eq(phash_hasher_views(hasher, prints, ids, &n, PHASH_VIEWS_MAX, &bitmap, PHASH_SCALING_512,
                                        PHASH_VIEWS_ALL), PHASH_OK);
    free(prints);
}

static void check_peak(const test_file *file, size_t bound, const char *what)
{
    for (int p = 0; p < 3; p++) {
        meter m = {0, 0};
        const phash_options hooks = {sizeof hooks, meter_alloc, meter_release, NULL, &m};
        decode_run run = {0};
        phash_hasher *hasher = NULL;
        ck_assert_int_eq(phash_decoder_new(&run.decoder, &hooks), PHASH_OK);
        ck_assert_int_eq(phash_hasher_new(&hasher, 0, &hooks), PHASH_OK);
        hash_file(&run, hasher, file, (phash_pipeline)p, what);
        printf("%s, %s: %zu bytes\n", what, phash_pipeline_name((phash_pipeline)p), m.peak);
        ck_assert_msg(m.peak > 512 * 512 && m.peak < bound, "%s, %s: %zu bytes", what,
                      phash_pipeline_name((phash_pipeline)p), m.peak);
        decode_run_free(&run);
        phash_hasher_free(&hasher);
        ck_assert_uint_eq(m.live, 0);
    }
}

static test_file grey_jpeg(uint32_t width, uint32_t height, bool full_chroma)
{
    test_jpeg spec = {.width = width, .height = height, .colour = TEST_JPEG_YCBCR, .quality = 50,
                      .full_chroma = full_chroma, .orientation = 6};
    uint8_t *rgb = need((size_t)width * height * 3);

    memset(rgb, 99, (size_t)width * height * 3);
    test_file file = test_make_jpeg(&spec, rgb);
    free(rgb);
    return file;
}

START_TEST(small_jpeg)
{
    test_file file = grey_jpeg(500, 375, false);

    check_peak(&file, BOUND, "JPEG 500 x 375");
    test_file_free(&file);
}
END_TEST

START_TEST(jpeg_of_12_megapixels)
{
    for (int full_chroma = 0; full_chroma < 2; full_chroma++) {
        test_file file = grey_jpeg(4000, 3000, full_chroma);
        check_peak(&file, BOUND, "JPEG 4000 x 3000");
        test_file_free(&file);
        file = grey_jpeg(65500, 40, full_chroma);
        check_peak(&file, BOUND + (size_t)3 * 65500, "JPEG 65500 x 40"); /* a row */
        test_file_free(&file);
    }
}
END_TEST

START_TEST(png_of_12_megapixels)
{
    for (int interlaced = 0; interlaced < 2; interlaced++) {
        /* 4 bytes a pixel and a filter byte a row; of the seven passes together there are at most twice as many rows */
        test_file file = test_make_png_zeros(4000, 3000, 8, 6, interlaced, 4000u * 3000 * 4 + 2 * 3000);
        check_peak(&file, BOUND + LIBPNG, interlaced ? "interlaced PNG" : "PNG");
        test_file_free(&file);
    }
}
END_TEST

/* Buffers that grow from picture to picture give back the old ones. */
START_TEST(growing_pictures)
{
    static const uint32_t sides[] = {100, 1300, 700, 2000};
    meter m = {0, 0};
    const phash_options hooks = {sizeof hooks, meter_alloc, meter_release, NULL, &m};
    decode_run run = {0};

    ck_assert_int_eq(phash_decoder_new(&run.decoder, &hooks), PHASH_OK);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        test_file file = grey_jpeg(sides[i], sides[i], false);
        ck_assert_int_eq(decode_file(&run, &file, NULL), PHASH_OK);
        ck_assert_uint_lt(m.peak, BOUND);
        test_file_free(&file);
    }
    decode_run_free(&run);
    ck_assert_uint_eq(m.live, 0);
}
END_TEST

Suite *suite_memory(void)
{
    Suite *s = suite_create("image/memory");
    TCase *c = tcase_create("memory");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, small_jpeg);
    tcase_add_test(c, jpeg_of_12_megapixels);
    tcase_add_test(c, png_of_12_megapixels);
    tcase_add_test(c, growing_pictures);
    suite_add_tcase(s, c);
    return s;
}
