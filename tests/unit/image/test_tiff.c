/* SPDX-License-Identifier: Apache-2.0 */
/* Uncompressed files written here, directory first and pixels last; compression is libtiff's, and tests/cli/scan/zoo.sh
 * has files of other writers. */
#include "damage_support.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_tiff(void);

#define W 37u
#define H 23u
#define TILE 16u

typedef struct spec {
    uint32_t bits, samples, photometric; /* 0 white is 0, 1 black is 0, 2 RGB, 3 palette, 5 CMYK */
    uint32_t extra;                      /* kind of the last sample: 0 none, 1 premultiplied alpha, 2 straight alpha */
    uint32_t rows; /* of a strip; 0 for tiles of 16 x 16 */
    bool planar, big_endian;
    uint32_t orientation;
} spec;

static const spec forms[] = {
    {1, 1, 1, 0, 23, false, false, 0}, {1, 1, 0, 0, 5, false, true, 0},  {2, 1, 1, 0, 7, false, false, 0},
    {4, 1, 0, 0, 0, false, false, 0},  {8, 1, 1, 0, 1, false, false, 1}, {8, 1, 0, 0, 0, false, true, 0},
    {16, 1, 1, 0, 4, false, true, 0},  {8, 2, 1, 2, 4, false, false, 0}, {8, 3, 2, 0, 23, false, false, 3},
    {8, 3, 2, 0, 0, true, false, 0},   {16, 3, 2, 0, 6, true, true, 0},  {16, 3, 2, 0, 0, false, false, 0},
    {8, 4, 2, 2, 5, false, false, 6},  {8, 4, 2, 1, 5, true, false, 0},  {16, 4, 2, 2, 0, false, true, 8},
    {8, 4, 5, 0, 9, false, false, 0},  {8, 5, 5, 2, 9, true, false, 0},  {1, 1, 3, 0, 9, false, false, 0},
    {4, 1, 3, 0, 9, false, true, 0},   {8, 1, 3, 0, 0, false, false, 0}, {8, 2, 3, 2, 9, false, false, 0},
};
#define FORMS (sizeof forms / sizeof *forms)

static uint16_t samples[W * H * 5];
static uint16_t palette[3 * 256];

static void add(test_file *f, const spec *s, uint32_t v, int n)
{
    for (int i = 0; i < n; i++)
        test_file_add(f, &(uint8_t){(uint8_t)(v >> 8 * (s->big_endian ? n - 1 - i : i))}, 1);
}

static void add_tag(test_file *f, const spec *s, uint32_t tag, uint32_t type, uint32_t count, uint32_t value)
{
    add(f, s, tag, 2);
    add(f, s, type, 2);
    add(f, s, count, 4);
    add(f, s, value, type == 3 && count == 1 ? 2 : 4);
    if (type == 3 && count == 1)
        add(f, s, 0, 2);
}

/* The samples of a rectangle (right and below of the picture: 0), of one plane or all, rows on whole bytes. */
static void add_unit(test_file *f, const spec *s, uint32_t x0, uint32_t y0, uint32_t w, uint32_t h, uint32_t plane)
{
    const uint32_t n = s->planar ? 1 : s->samples;

    for (uint32_t y = y0; y < y0 + h; y++) {
        uint32_t bits = 0;
        uint32_t held = 0;
        for (uint32_t i = 0; i < w * n; i++) {
            const uint32_t x = x0 + i / n, c = s->planar ? plane : i % n;
            const uint32_t v = x < W && y < H ? (uint32_t)samples[(y * W + x) * s->samples + c] : 0;
            if (s->bits >= 8) {
                add(f, s, v, (int)s->bits / 8);
                continue;
            }
            bits = bits << s->bits | (uint32_t)v;
            held += s->bits;
            if (held == 8 || i + 1 == w * n) {
                add(f, s, bits << (8 - held) & 255, 1);
                bits = held = 0;
            }
        }
    }
}

static uint32_t unit_count(const spec *s)
{
    const uint32_t n = s->rows != 0 ? (H + s->rows - 1) / s->rows : (W + TILE - 1) / TILE * ((H + TILE - 1) / TILE);

    return s->planar ? n * s->samples : n;
}

static void add_units(test_file *f, const spec *s, uint32_t *at, uint32_t *size)
{
    for (uint32_t p = 0; p < (s->planar ? s->samples : 1); p++) {
        const uint32_t h = s->rows != 0 ? s->rows : TILE, w = s->rows != 0 ? W : TILE;
        for (uint32_t y = 0; y < H; y += h)
            for (uint32_t x = 0; x < W; x += w) {
                *at = (uint32_t)f->size;
                add_unit(f, s, x, y, w, s->rows != 0 && h > H - y ? H - y : h, p);
                *size++ = (uint32_t)f->size - *at++;
            }
    }
}

static test_file make(const spec *s)
{
    const uint32_t n = unit_count(s);
    uint32_t at[128] = {0}, size[128] = {0};
    const uint32_t tags = 12u + (s->rows == 0 ? 1u : 0) + (s->photometric == 3 ? 1u : 0) + (s->extra != 0 ? 1u : 0);
    const uint32_t after = 8 + 2 + 12 * tags + 4;
    test_file f = {0};

    ck_assert_uint_le(n, 128);
    for (int turn = 0; turn < 2; turn++) { /* the first finds out where everything lies */
        f.size = 0;
        test_file_add(&f, s->big_endian ? "MM" : "II", 2);
        add(&f, s, 42, 2);
        add(&f, s, 8, 4);
        add(&f, s, tags, 2);
        add_tag(&f, s, 256, 4, 1, W);
        add_tag(&f, s, 257, 4, 1, H);
        add_tag(&f, s, 258, 3, s->samples, s->samples == 1 ? s->bits : s->samples == 2
                ? (s->bits << 16 | s->bits) : after + 8 * n);
        add_tag(&f, s, 259, 3, 1, 1);
        add_tag(&f, s, 262, 3, 1, s->photometric);
        if (s->rows != 0)
            add_tag(&f, s, 273, 4, n, n == 1 ? at[0] : after);
        add_tag(&f, s, 274, 3, 1, s->orientation != 0 ? s->orientation : 1);
        add_tag(&f, s, 277, 3, 1, s->samples);
        if (s->rows != 0) {
            add_tag(&f, s, 278, 4, 1, s->rows);
            add_tag(&f, s, 279, 4, n, n == 1 ? size[0] : after + 4 * n);
        }
        add_tag(&f, s, 284, 3, 1, s->planar ? 2 : 1);
        if (s->photometric == 3)
            add_tag(&f, s, 320, 3, 3u << s->bits, after + 8 * n + 2 * 5);
        if (s->rows == 0) {
            add_tag(&f, s, 322, 4, 1, TILE);
            add_tag(&f, s, 323, 4, 1, TILE);
            add_tag(&f, s, 324, 4, n, after);
            add_tag(&f, s, 325, 4, n, after + 4 * n);
        }
        if (s->extra != 0)
            add_tag(&f, s, 338, 3, 1, s->extra);
        add_tag(&f, s, 339, 3, 1, 1); /* one for all, as many write it */
        add(&f, s, 0, 4);
        ck_assert_uint_eq(f.size, after);
        for (uint32_t i = 0; i < n; i++)
            add(&f, s, at[i], 4);
        for (uint32_t i = 0; i < n; i++)
            add(&f, s, size[i], 4);
        for (uint32_t i = 0; i < 5; i++)
            add(&f, s, s->bits, 2);
        for (uint32_t i = 0; i < 3u << s->bits && s->photometric == 3; i++)
            add(&f, s, palette[i], 2);
        add_units(&f, s, at, size);
    }
    return f;
}

static void make_samples(const spec *s, uint64_t seed)
{
    test_rng rng = test_rng_init(seed);

    for (size_t i = 0; i < 3 * 256; i++)
        palette[i] = (uint16_t)test_rng_below(&rng, 65536);
    for (size_t i = 0; i < (size_t)W * H * s->samples; i++) {
        samples[i] = (uint16_t)test_rng_below(&rng, 1u << s->bits);
        if (s->extra == 1 && i % 4 == 3) /* no colour above its alpha */
            for (size_t c = 1; c < 4; c++)
                samples[i - c] = samples[i - c] > samples[i] ? samples[i] : samples[i - c];
    }
}

/* In floating point, from TIFF 6.0. */
static uint32_t expect_pixels(uint8_t *out, const spec *s, bool drop)
{
    const uint32_t colours = s->photometric < 2 ? 1 : 3;

    for (size_t i = 0; i < (size_t)W * H; i++) {
        const uint16_t *p = samples + i * s->samples;
        const double max = (1u << s->bits) - 1;
        const uint32_t alpha = s->extra != 0 ? (uint32_t)(p[s->samples - 1] * 255.0 / max + 0.5) : 255;
        for (uint32_t c = 0; c < colours; c++) {
            double v = s->photometric == 3 ? palette[(c << s->bits) + p[0]] * 255.0 / 65535 : p[c] * 255.0 / max;
            if (s->photometric == 0)
                v = 255 - v;
            if (s->photometric == 5)
                v = (255 - v) * (255 - p[3] * 255.0 / max) / 255;
            if (s->extra == 1) /* what is stored, and white in the rest */
                out[i * colours + c] = (uint8_t)(v + 255 - alpha + 0.5);
            else
                out[i * colours + c] = drop ? (uint8_t)(v + 0.5) : over_white((uint32_t)(v + 0.5), alpha);
        }
    }
    return colours;
}

START_TEST(every_form)
{
    uint8_t expected[W * H * 3];
    decode_run run = decode_run_new();
    char what[32];

    for (size_t f = 0; f < FORMS; f++)
        for (int drop = 0; drop < (forms[f].extra == 1 ? 1 : 2); drop++) {
            const spec *s = &forms[f];
            const uint32_t orientation = s->orientation != 0 ? s->orientation : 1;
            uint32_t w = W, h = H;
            make_samples(s, f + 1);
            test_file file = make(s);
            const uint32_t colours = expect_pixels(expected, s, drop);
            uint8_t *upright = turn_upright(expected, &w, &h, colours, orientation);
            snprintf(what, sizeof what, "form %zu", f);
            check_pixels(&run, &file, drop ? PHASH_ALPHA_DROP : PHASH_ALPHA_WHITE, w, h, colours, upright,
                         s->extra == 1 || s->photometric == 5 ? 1 : 0, what);
            ck_assert_uint_eq(run.info.orientation, orientation);
            free(upright);
            test_file_free(&file);
        }
    decode_run_free(&run);
}
END_TEST

START_TEST(damage)
{
    decode_run run = decode_run_new();

    for (size_t f = 0; f < FORMS; f++) {
        make_samples(&forms[f], f + 1);
        test_file file = make(&forms[f]);
        check_cuts(&run, &file, file.size, "TIFF");
        if (f % 4 == 1)
            check_flips(&run, &file, "image/tiff");
        check_allocations(&file, "TIFF");
        test_file_free(&file);
    }
    decode_run_free(&run);
}
END_TEST

/* tag: the n-th of the directory, from 0; its value becomes this. */
static void refuse_changed(size_t n, uint32_t value, phash_status status, const char *text)
{
    const spec s = {8, 3, 2, 0, 5, false, false, 0};
    decode_run run = decode_run_new();
    phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE);

    options.limits.max_memory = (uint64_t)64 << 20;
    make_samples(&s, 1);
    test_file file = make(&s);
    for (int i = 0; i < 4; i++)
        file.data[10 + 12 * n + 8 + (size_t)i] = (uint8_t)(value >> 8 * i);
    decode_file(&run, &file, &options);
    expect_refused(&run, status, text);
    test_file_free(&file);
    decode_run_free(&run);
}

START_TEST(what_is_refused)
{
    refuse_changed(0, 70000, PHASH_E_LIMIT, "limit of a side");
    refuse_changed(1, 0, PHASH_E_MALFORMED, "zero number of strips");
    refuse_changed(3, 5, PHASH_E_MALFORMED, ""); /* LZW that it is not */
    refuse_changed(3, 34712, PHASH_E_UNSUPPORTED, "34712");
    refuse_changed(4, 8, PHASH_E_UNSUPPORTED, "colour space 8");
    refuse_changed(4, 6, PHASH_E_UNSUPPORTED, "colour space 6");
    refuse_changed(4, 5, PHASH_E_MALFORMED, "too few samples");
    refuse_changed(5, 0xfffffff0, PHASH_E_TRUNCATED, "");
    refuse_changed(11, 3, PHASH_E_UNSUPPORTED, "sample format 3");
}
END_TEST

Suite *suite_tiff(void)
{
    Suite *s = suite_create("image/tiff");
    TCase *c = tcase_create("tiff");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_form);
    tcase_add_test(c, damage);
    tcase_add_test(c, what_is_refused);
    suite_add_tcase(s, c);
    return s;
}
