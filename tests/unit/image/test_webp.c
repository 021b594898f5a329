/* SPDX-License-Identifier: Apache-2.0 */
/* Files by libwebp's encoder, lossless where pixels are compared, and containers written here. */
#include "damage_support.h"
#include "support/photo.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_webp(void);

#include <webp/encode.h>

#define W 33u
#define H 25u
#define N ((size_t)W * H)

static uint8_t rgba[N * 4];

static void make_pixels(void)
{
    uint8_t rgb[N * 3];

    test_photo_rgb(rgb, W, H, 5);
    for (size_t i = 0; i < N; i++) {
        memcpy(rgba + 4 * i, rgb + 3 * i, 3);
        rgba[4 * i + 3] = i % W < 9 ? 0 : i % W < 30 ? (uint8_t)(i % 255) : 255;
    }
}

/* The simple file of the encoder; how: 0 lossless RGB, 1 lossless RGBA, 2 lossy, 3 lossy with alpha. */
static test_file encode(int how)
{
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    test_file file = {0};

    ck_assert(WebPConfigInit(&config) && WebPPictureInit(&picture));
    WebPMemoryWriterInit(&writer);
    config.lossless = how < 2;
    config.exact = 1;
    config.quality = 90;
    picture.use_argb = 1;
    picture.width = (int)W;
    picture.height = (int)H;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    ck_assert(how % 2 ? WebPPictureImportRGBA(&picture, rgba, 4 * (int)W)
                      : WebPPictureImportRGBX(&picture, rgba, 4 * (int)W));
    ck_assert(WebPEncode(&config, &picture));
    test_file_add(&file, writer.mem, writer.size);
    WebPMemoryWriterClear(&writer);
    WebPPictureFree(&picture);
    return file;
}

static void expect_pixels(uint8_t *out, bool alpha, bool drop)
{
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < 3; c++)
            out[3 * i + c] = alpha && !drop ? over_white(rgba[4 * i + c], rgba[4 * i + 3]) : rgba[4 * i + c];
}

START_TEST(still_pictures)
{
    uint8_t expected[N * 3];
    decode_run run = decode_run_new();

    make_pixels();
    for (int how = 0; how < 4; how++)
        for (int drop = 0; drop < (how == 3 ? 1 : 2); drop++) {
            test_file file = encode(how);
            expect_pixels(expected, how % 2, drop);
            check_pixels(&run, &file, drop ? PHASH_ALPHA_DROP : PHASH_ALPHA_WHITE, W, H, 3, expected,
                         how < 2 ? 0 : 100, "still"); /* lossy: edges may be far off, but not another picture */
            ck_assert_int_eq(run.info.has_alpha, how % 2);
            ck_assert_uint_eq(run.info.frames, 1);
            check_walk(&file, 1, "WebP");
            test_file_free(&file);
        }
    decode_run_free(&run);
}
END_TEST

/* --- containers --- */

static void add_le(test_file *f, uint32_t v, int n)
{
    for (int i = 0; i < n; i++)
        test_file_add(f, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

static void add_chunk(test_file *f, const char *type, const void *body, size_t size)
{
    test_file_add(f, type, 4);
    add_le(f, (uint32_t)size, 4);
    test_file_add(f, body, size);
    if (size % 2 == 1)
        add_le(f, 0, 1);
}

static test_file begin_extended(uint32_t flags)
{
    test_file f = {0};

    test_file_add(&f, "RIFF\0\0\0\0WEBPVP8X\12\0\0\0", 20);
    add_le(&f, flags, 4);
    add_le(&f, W - 1, 3);
    add_le(&f, H - 1, 3);
    return f;
}

static void end_extended(test_file *f)
{
    for (int i = 0; i < 4; i++)
        f->data[4 + i] = (uint8_t)((f->size - 8) >> 8 * i);
}

/* Two frames: the whole picture without alpha; over it, at (2, 4), the one with alpha, cut by nothing. */
static test_file animation(uint32_t flags, uint32_t second_x)
{
    test_file whole = encode(0), second = encode(1);
    test_file f = begin_extended(2 | 16), body = {0};

    add_chunk(&f, "ANIM", "\0\0\0\0\0\0", 6);
    for (int i = 0; i < 2; i++) {
        test_file *picture = i == 0 ? &whole : &second;
        body.size = 0;
        add_le(&body, i == 0 ? 0 : second_x, 3);
        add_le(&body, 0, 3);
        add_le(&body, W - 1, 3);
        add_le(&body, H - 1, 3);
        add_le(&body, 100, 3);
        add_le(&body, i == 0 ? 0 : flags, 1);
        test_file_add(&body, picture->data + 12, picture->size - 12);
        add_chunk(&f, "ANMF", body.data, body.size);
        test_file_free(picture);
    }
    test_file_free(&body);
    end_extended(&f);
    return f;
}

START_TEST(frames_of_animations)
{
    uint8_t expected[N * 3];
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    make_pixels();
    for (uint32_t replace = 0; replace < 2; replace++) {
        test_file file = animation(replace * 2, 0);
        for (uint32_t i = 0; i < 3; i++) {
            options.frame = i;
            ck_assert_msg(decode_file(&run, &file, &options) == PHASH_OK, "%s", run.diag.text);
            ck_assert_uint_eq(run.info.frames, 2);
            ck_assert_uint_eq(run.info.frame, i < 2 ? i : 1);
            /* The same picture under itself shows through unchanged; without it there is white. */
            expect_pixels(expected, i > 0 && replace, false);
            const phash_bitmap b = decode_reading(&run, 0, 0);
            ck_assert_uint_le(bitmap_difference(&b, expected), replace ? 0 : 1);
        }
        check_walk(&file, 2, "WebP");
        test_file_free(&file);
    }
    test_file file = animation(0, 1);
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_MALFORMED, "beyond the canvas");
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(orientation)
{
    decode_run run = decode_run_new();

    make_pixels();
    for (uint32_t o = 1; o <= 8; o++) {
        uint32_t w = W, h = H;
        uint8_t expected[N * 3];
        test_file picture = encode(0), f = begin_extended(8), exif = test_make_exif(o, o % 2 == 1);
        test_file_add(&f, picture.data + 12, picture.size - 12);
        add_chunk(&f, "EXIF", exif.data, exif.size);
        end_extended(&f);
        expect_pixels(expected, false, false);
        uint8_t *upright = turn_upright(expected, &w, &h, 3, o);
        check_pixels(&run, &f, PHASH_ALPHA_WHITE, w, h, 3, upright, 0, "orientation");
        ck_assert_uint_eq(run.info.orientation, o);
        free(upright);
        test_file_free(&picture);
        test_file_free(&f);
        test_file_free(&exif);
    }
    decode_run_free(&run);
}
END_TEST

/* Cut, and with sizes that agree with the cut, so that only the decoder can tell. The arithmetic decoders read some
 * bytes ahead, so the last few of a chunk may hold nothing. */
START_TEST(damage)
{
    decode_run run = decode_run_new();

    make_pixels();
    for (int how = 0; how < 5; how++) {
        test_file file = how < 4 ? encode(how) : animation(0, 0);
        check_cuts(&run, &file, file.size, "WebP");
        check_flips(&run, &file, "image/webp");
        check_allocations(&file, "WebP");
        test_file_free(&file);
    }
    for (int how = 0; how < 3; how += 2) {
        test_file file = encode(how);
        for (size_t cut = 16; cut < file.size - 24; cut += 2) {
            const uint32_t size = (uint32_t)(file.size - cut);
            for (int i = 0; i < 4; i++) {
                file.data[4 + i] = (uint8_t)((size - 8) >> 8 * i);
                file.data[16 + i] = (uint8_t)((size - 20) >> 8 * i);
            }
            decode_bytes(&run, file.data, size, NULL);
            ck_assert_msg(run.status != PHASH_OK, "%d shortened by %zu", how, cut);
        }
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

START_TEST(what_is_refused)
{
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    make_pixels();
    test_file file = encode(1);
    options.limits.max_memory = N * 8 - 1;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "bytes of memory");
    options.limits.max_memory = N * 8;
    ck_assert_int_eq(decode_file(&run, &file, &options), PHASH_OK);
    options.limits.max_pixels = N - 1;
    decode_file(&run, &file, &options);
    expect_refused(&run, PHASH_E_LIMIT, "33 x 25");
    test_file_free(&file);
    file = begin_extended(0);
    end_extended(&file);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_TRUNCATED, "no picture");
    file.data[28]++; /* a canvas of another height */
    test_file picture = encode(0);
    test_file_add(&file, picture.data + 12, picture.size - 12);
    end_extended(&file);
    decode_file(&run, &file, NULL);
    expect_refused(&run, PHASH_E_MALFORMED, "differ in size");
    test_file_free(&picture);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

Suite *suite_webp(void)
{
    Suite *s = suite_create("image/webp");
    TCase *c = tcase_create("webp");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, still_pictures);
    tcase_add_test(c, frames_of_animations);
    tcase_add_test(c, orientation);
    tcase_add_test(c, damage);
    tcase_add_test(c, what_is_refused);
    suite_add_tcase(s, c);
    return s;
}
