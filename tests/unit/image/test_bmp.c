/* SPDX-License-Identifier: Apache-2.0 */
#include "damage_support.h"
#include "support/make_raster.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_bmp(void);

#define W 37u
#define H 23u

static const test_bmp forms[] = {
    {.depth = 1}, {.depth = 2}, {.depth = 4}, {.depth = 8}, {.depth = 16}, {.depth = 24}, {.depth = 32},
    {.depth = 24, .top_down = true}, {.depth = 8, .top_down = true},
    {.depth = 1, .header = 12}, {.depth = 4, .header = 12}, {.depth = 8, .header = 12}, {.depth = 24, .header = 12},
    {.depth = 8, .header = 16}, {.depth = 24, .header = 16}, {.depth = 8, .header = 64}, {.depth = 24, .header = 64},
    {.depth = 8, .header = 52}, {.depth = 24, .header = 108}, {.depth = 8, .header = 124},
    {.depth = 8, .compression = 1}, {.depth = 4, .compression = 2}, {.depth = 8, .compression = 1, .header = 64},
    {.depth = 16, .compression = 3, .mask = {0xf800, 0x07e0, 0x001f}},
    {.depth = 16, .compression = 3, .mask = {0x000f, 0x00f0, 0x0f00}},
    {.depth = 32, .compression = 3, .mask = {0x3ff00000, 0x000ffc00, 0x000003ff}},
    {.depth = 32, .compression = 3, .header = 52, .mask = {0xff000000, 0x00ff0000, 0x0000ff00}},
    {.depth = 32, .compression = 3, .header = 56, .mask = {0xff, 0xff00, 0xff0000, 0xff000000}},
    {.depth = 32, .compression = 3, .header = 124, .mask = {0xff0000, 0xff00, 0xff, 0xff000000}},
    {.depth = 16, .compression = 6, .mask = {0xf00, 0xf0, 0xf, 0xf000}},
};
#define FORMS (sizeof forms / sizeof *forms)

static test_file make(size_t form, test_bmp *b, uint32_t *pixels, uint8_t palette[768])
{
    test_rng rng = test_rng_init(form + 1);

    *b = forms[form];
    b->width = W;
    b->height = H;
    test_rng_fill(&rng, palette, 768);
    if (b->depth <= 8) {
        b->palette = palette;
        b->n_colours = 1u << b->depth;
    }
    for (size_t i = 0; i < (size_t)W * H; i++) {
        uint8_t r[4];
        test_rng_fill(&rng, r, 4);
        pixels[i] = (uint32_t)r[0] << 24 | (uint32_t)r[1] << 16 | (uint32_t)r[2] << 8 | r[3];
        if (b->depth < 32)
            pixels[i] &= (1u << b->depth) - 1;
        if (b->compression == 1 || b->compression == 2) /* runs and stretches without */
            pixels[i] = i / 60 % 2 ? pixels[i] : (uint32_t)(i / 7) & ((1u << b->depth) - 1);
    }
    return test_make_bmp(b, pixels);
}

/* From the masks, in floating point. */
static void expected_pixel(uint8_t rgba[4], const test_bmp *b, uint32_t pixel)
{
    static const uint32_t masks16[4] = {0x7c00, 0x3e0, 0x1f, 0}, masks32[4] = {0xff0000, 0xff00, 0xff, 0};
    const uint32_t *mask = b->compression >= 3 ? b->mask : b->depth == 16 ? masks16 : masks32;

    if (b->depth <= 8) {
        memcpy(rgba, b->palette + 3 * pixel, 3);
        rgba[3] = 255;
        return;
    }
    for (int c = 0; c < 4; c++)
        rgba[c] = mask[c] != 0 ? (uint8_t)((double)(pixel & mask[c]) * 255.0 / mask[c] + 0.5) : 255;
}

START_TEST(every_form_gives_its_colours)
{
    static uint32_t pixels[W * H];
    uint8_t palette[768];
    uint8_t expected[W * H * 3];
    decode_run run = decode_run_new();
    char what[64];

    for (size_t f = 0; f < FORMS; f++)
        for (int drop = 0; drop < 2; drop++) {
            test_bmp b;
            test_file file = make(f, &b, pixels, palette);
            for (size_t i = 0; i < (size_t)W * H; i++) {
                uint8_t rgba[4];
                expected_pixel(rgba, &b, pixels[i]);
                for (size_t c = 0; c < 3; c++)
                    expected[3 * i + c] = drop ? rgba[c] : over_white(rgba[c], rgba[3]);
            }
            snprintf(what, sizeof what, "form %zu: %u bits, compression %u, header %u", f, b.depth, b.compression,
                     b.header);
            check_pixels(&run, &file, drop ? PHASH_ALPHA_DROP : PHASH_ALPHA_WHITE, W, H, 3, expected, 0, what);
            ck_assert_int_eq(run.info.has_alpha, b.mask[3] != 0);
            test_file_free(&file);
        }
    decode_run_free(&run);
}
END_TEST

START_TEST(alpha_of_nothing_but_zeros_is_ignored)
{
    const test_bmp b = {.width = 2, .height = 1, .depth = 32, .compression = 3, .header = 56,
                        .mask = {0xff0000, 0xff00, 0xff, 0xff000000}};
    const uint8_t expected[6] = {1, 2, 3, 4, 5, 6};
    decode_run run = decode_run_new();
    test_file file = test_make_bmp(&b, (const uint32_t[]){0x010203, 0x040506});

    check_pixels(&run, &file, PHASH_ALPHA_WHITE, 2, 1, 3, expected, 0, "alpha 0");
    ck_assert_int_eq(run.info.has_alpha, 0);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(damage)
{
    static uint32_t pixels[W * H];
    uint8_t palette[768];
    decode_run run = decode_run_new();

    for (size_t f = 0; f < FORMS; f++) {
        test_bmp b;
        test_file file = make(f, &b, pixels, palette);
        const size_t row = (W * b.depth + 7) / 8;
        const size_t padding = b.compression == 1 || b.compression == 2 ? 0 : (row + 3) / 4 * 4 - row;
        check_cuts(&run, &file, file.size - padding, "BMP");
        check_flips(&run, &file, "image/bmp");
        check_allocations(&file, "BMP");
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

static void refuse_changed(const test_bmp *b, size_t at, uint32_t value, phash_status status, const char *text)
{
    decode_run run = decode_run_new();
    uint32_t pixels[20 * 10] = {0};
    test_file file = test_make_bmp(b, pixels);
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

    memcpy(file.data + at, bytes, 4);
    decode_file(&run, &file, NULL);
    expect_refused(&run, status, text);
    test_file_free(&file);
    decode_run_free(&run);
}

START_TEST(what_is_refused)
{
    static const uint8_t palette[768];
    const test_bmp rgb = {.width = 20, .height = 10, .depth = 24};
    const test_bmp coded = {.width = 20, .height = 10, .depth = 8, .compression = 1, .palette = palette,
                            .n_colours = 3};
    const test_bmp fields = {.width = 20, .height = 10, .depth = 16, .compression = 3, .mask = {1, 2, 4}};
    const size_t pixels_at = 14 + 40 + 12;

    refuse_changed(&rgb, 18, 0x80000005, PHASH_E_MALFORMED, "below 0");
    refuse_changed(&rgb, 22, 0x80000000, PHASH_E_LIMIT, "limit of a side");
    refuse_changed(&rgb, 22, 0, PHASH_E_MALFORMED, "20 x 0");
    refuse_changed(&rgb, 22, 60000, PHASH_E_TRUNCATED, "ends early (row 10)");
    refuse_changed(&rgb, 26, 24u << 16 | 2, PHASH_E_MALFORMED, "planes");
    refuse_changed(&rgb, 26, 12u << 16 | 1, PHASH_E_UNSUPPORTED, "12 bits");
    refuse_changed(&rgb, 30, 4, PHASH_E_UNSUPPORTED, "compression 4");
    refuse_changed(&rgb, 10, 20, PHASH_E_MALFORMED, "within the header");
    refuse_changed(&rgb, 10, 0xffffffff, PHASH_E_TRUNCATED, "before the pixels");
    refuse_changed(&coded, 46, 257, PHASH_E_MALFORMED, "more than 256");
    refuse_changed(&coded, pixels_at, 0x00000200, PHASH_E_UNSUPPORTED, "leaves pixels out");
    refuse_changed(&coded, pixels_at, 0x00000014 | 3u << 8, PHASH_E_MALFORMED, "beyond the palette");
    refuse_changed(&coded, pixels_at, 0x00000015, PHASH_E_MALFORMED, "beyond the end of the row");
    refuse_changed(&coded, pixels_at, 0x00000013, PHASH_E_UNSUPPORTED, "leaves pixels out");
    refuse_changed(&coded, pixels_at, 0x01000014, PHASH_E_TRUNCATED, "the picture ends early");
    refuse_changed(&coded, 22, 0x8000000a | 0xfffffff0, PHASH_E_UNSUPPORTED, "compression 1");
    refuse_changed(&fields, 54, 5, PHASH_E_MALFORMED, "colour mask");
    refuse_changed(&fields, 54, 0x10000, PHASH_E_MALFORMED, "colour mask");
}
END_TEST

Suite *suite_bmp(void)
{
    Suite *s = suite_create("image/bmp");
    TCase *c = tcase_create("bmp");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_form_gives_its_colours);
    tcase_add_test(c, alpha_of_nothing_but_zeros_is_ignored);
    tcase_add_test(c, damage);
    tcase_add_test(c, what_is_refused);
    suite_add_tcase(s, c);
    return s;
}
