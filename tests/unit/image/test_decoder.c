/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_support.h"
#include "support/photo.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_decoder(void);

/* An allocator whose n-th call fails, and which finds blocks that are given back unwiped or never. */
typedef struct hooks {
    long fail_at; /* counts down; 0 fails */
    long live;
    bool marked; /* some block still held a mark when it was released */
} hooks;

#define ROOM 32
static const uint8_t mark[8] = {0xde, 0xad, 0xc0, 0xde, 0xfe, 0xed, 0xfa, 0xce};

static void *hook_alloc(void *user, size_t size)
{
    hooks *h = user;

    if (h->fail_at >= 0 && h->fail_at-- == 0)
        return NULL;
    uint8_t *p = malloc(size + ROOM);
    if (p == NULL)
        return NULL;
    memcpy(p, &size, sizeof size);
    h->live++;
    return p + ROOM;
}

static void hook_release(void *user, void *ptr)
{
    hooks *h = user;
    size_t size;

    if (ptr == NULL)
        return;
    uint8_t *p = (uint8_t *)ptr - ROOM;
    memcpy(&size, p, sizeof size);
    for (size_t i = 0; i + sizeof mark <= size; i++)
        if (memcmp(p + ROOM + i, mark, sizeof mark) == 0)
            h->marked = true;
    free(p);
    h->live--;
}

static test_file jpeg_file(void)
{
    uint8_t rgb[60 * 40 * 3];
    test_jpeg spec = {.width = 60, .height = 40, .colour = TEST_JPEG_YCBCR, .orientation = 6};

    test_photo_rgb(rgb, 60, 40, 1);
    return test_make_jpeg(&spec, rgb);
}

/* A picture whose pixels carry the mark: in rows when RGBA, in the sampled pixels too when RGB. */
static test_file png_file(int colour_type, bool interlaced)
{
    uint8_t rows[64 * 20 * 4];
    test_png p = {.width = 64, .height = 20, .colour_type = colour_type, .interlaced = interlaced};
    test_file exif = test_make_exif(3, false);

    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = mark[i % sizeof mark];
    test_file file = test_make_png(&p, rows);
    test_png_insert_chunk(&file, test_png_find_chunk(&file, "IDAT"), "eXIf", exif.data, exif.size);
    test_file_free(&exif);
    return file;
}

START_TEST(every_allocation_may_fail)
{
    const phash_decode_options both = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_BOTH);

    for (int kind = 0; kind < 4; kind++) {
        test_file file = kind == 0 ? jpeg_file() : png_file(kind == 3 ? 2 : 6, kind == 2);
        bool good = false;
        for (long n = 0; !good; n++) {
            hooks h = {n, 0, false};
            phash_options o = {sizeof o, hook_alloc, hook_release, NULL, &h};
            phash_decoder *d = NULL;
            phash_diag diag = {""};
            phash_image_info info;
            ck_assert_int_lt(n, 200);
            phash_status st = phash_decoder_new(&d, &o);
            if (st == PHASH_OK) {
                st = phash_decoder_read(d, &info, &diag, file.data, file.size, &both);
                ck_assert_uint_eq(phash_decoder_reading_count(d), st != PHASH_OK ? 0 : kind % 3 == 0 ? 2 : 4);
            }
            good = st == PHASH_OK;
            if (good)
                ck_assert_int_ge(n, kind == 0 ? 4 : 6); /* the handle, the row, two or four readings, libpng's */
            else
                ck_assert_msg(st == PHASH_E_NO_MEMORY, "allocation %ld: %d %s", n, (int)st, diag.text);
            phash_decoder_free(&d);
            ck_assert_int_eq(h.live, 0);
            ck_assert(!h.marked);
        }
        test_file_free(&file);
    }
}
END_TEST

START_TEST(a_failure_leaves_the_decoder_usable)
{
    decode_run run = decode_run_new();
    test_file jpeg = jpeg_file();
    test_file png = png_file(6, false);
    test_file none = {0};

    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(decode_file(&run, &jpeg, NULL), PHASH_OK);
        ck_assert_uint_eq(decode_reading(&run, 0, 0).width, 40); /* upright */
        decode_bytes(&run, png.data, png.size - 1, NULL);
        expect_refused(&run, PHASH_E_TRUNCATED, "PNG");
        decode_bytes(&run, jpeg.data, jpeg.size / 2, NULL);
        expect_refused(&run, PHASH_E_TRUNCATED, "JPEG");
        ck_assert_int_eq(decode_file(&run, &png, NULL), PHASH_OK);
        ck_assert_int_eq(run.info.has_alpha, 1);
        decode_file(&run, &none, NULL);
        expect_refused(&run, PHASH_E_EMPTY, "empty");
        ck_assert_int_eq(phash_decoder_reading(run.decoder, &(phash_bitmap){0}, NULL, 0), PHASH_E_ARGUMENT);
    }
    test_file_free(&jpeg);
    test_file_free(&png);
    decode_run_free(&run);
}
END_TEST

START_TEST(other_kinds_are_named)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    decode_bytes(&run, (const uint8_t *)"\0\0\0\x14" "ftypheic\0\0\0\0", 16, NULL);
    expect_refused(&run, phash_kind_is_supported(PHASH_KIND_HEIF) ? PHASH_E_TRUNCATED : PHASH_E_UNSUPPORTED, "HEIF");
    ck_assert_int_eq(run.info.kind, PHASH_KIND_HEIF);
    ck_assert_uint_eq(run.info.orientation, 1);
    decode_bytes(&run, (const uint8_t *)"once upon a time", 16, NULL);
    expect_refused(&run, PHASH_E_FORMAT_UNKNOWN, "known kind");
    ck_assert_int_eq(run.info.kind, PHASH_KIND_UNKNOWN);
    options.limits.max_file_size = 15;
    decode_bytes(&run, (const uint8_t *)"\xff\xd8\xff" "once upon a t", 16, &options);
    expect_refused(&run, PHASH_E_LIMIT, "15 bytes");
    ck_assert_int_eq(run.info.kind, PHASH_KIND_JPEG);
    decode_run_free(&run);
}
END_TEST

START_TEST(arguments_are_checked)
{
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    phash_decoder *none = NULL;
    decode_run run = decode_run_new();
    const uint8_t byte = 0;

    ck_assert_int_eq(phash_decoder_new(NULL, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_decoder_read(NULL, NULL, NULL, &byte, 1, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_decoder_read(run.decoder, NULL, NULL, NULL, 1, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_decoder_read(run.decoder, NULL, NULL, NULL, 0, NULL), PHASH_E_EMPTY);
    options.struct_size = 4;
    ck_assert_int_eq(phash_decoder_read(run.decoder, NULL, NULL, &byte, 1, &options), PHASH_E_ARGUMENT);
    options = decode_options((phash_orientation)3, PHASH_ALPHA_WHITE);
    ck_assert_int_eq(phash_decoder_read(run.decoder, NULL, NULL, &byte, 1, &options), PHASH_E_ARGUMENT);
    options = decode_options(PHASH_ORIENTATION_APPLY, (phash_alpha)3);
    ck_assert_int_eq(phash_decoder_read(run.decoder, NULL, NULL, &byte, 1, &options), PHASH_E_ARGUMENT);
    options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);
    options.pipeline = (phash_pipeline)3;
    ck_assert_int_eq(phash_decoder_read(run.decoder, NULL, NULL, &byte, 1, &options), PHASH_E_ARGUMENT);
    ck_assert_uint_eq(phash_decoder_reading_count(NULL), 0);
    ck_assert_int_eq(phash_decoder_reading(NULL, &(phash_bitmap){0}, NULL, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_decoder_reading(run.decoder, NULL, NULL, 0), PHASH_E_ARGUMENT);
    phash_decoder_free(NULL);
    phash_decoder_free(&none);
    ck_assert_ptr_nonnull(strstr(phash_codec_description(), "JPEG ("));
    ck_assert_ptr_nonnull(strstr(phash_codec_description(), "PNG (libpng 1."));
    decode_run_free(&run);
}
END_TEST

Suite *suite_decoder(void)
{
    Suite *s = suite_create("image/decoder");
    TCase *c = tcase_create("decoder");

    tcase_add_test(c, every_allocation_may_fail);
    tcase_add_test(c, a_failure_leaves_the_decoder_usable);
    tcase_add_test(c, other_kinds_are_named);
    tcase_add_test(c, arguments_are_checked);
    suite_add_tcase(s, c);
    return s;
}
