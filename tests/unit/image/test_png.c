/* SPDX-License-Identifier: Apache-2.0 */
/* What pictures mean: depth, palettes, transparency, interlacing. Damage is in test_png_damage.c. */
#include "decode_support.h"
#include "support/photo.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_png(void);

static const uint32_t samples_of[7] = {1, 0, 3, 1, 2, 0, 4};

/* Sample i of a packed row. */
static uint32_t sample_at(const uint8_t *row, uint32_t i, int depth)
{
    if (depth == 16)
        return (uint32_t)row[2 * i] << 8 | row[2 * i + 1];
    const uint32_t shift = 8 - (uint32_t)depth - i * (uint32_t)depth % 8;
    return (uint32_t)row[i * (uint32_t)depth / 8] >> shift & ((1u << depth) - 1);
}

/* Grey, grey and alpha, RGB or RGBA of 8 bits, from the definitions of the PNG specification (s. 12 and 13.12). */
static uint8_t *unpack(const test_png *p, const uint8_t *rows, uint32_t *channels)
{
    const int depth = p->bit_depth != 0 ? p->bit_depth : 8;
    const uint32_t n = samples_of[p->colour_type];
    const uint32_t colours = p->colour_type == 3 ? 3 : n - (n % 2 == 0);
    const bool alpha = n % 2 == 0 || p->palette_alpha != NULL || p->has_key;
    const double scale = 255.0 / ((1u << depth) - 1);

    *channels = colours + alpha;
    uint8_t *out = need((size_t)p->width * p->height * *channels);
    uint8_t *o = out;
    for (uint32_t y = 0; y < p->height; y++)
        for (uint32_t x = 0; x < p->width; x++, o += *channels) {
            uint32_t v[4] = {0};
            for (uint32_t c = 0; c < n; c++)
                v[c] = sample_at(rows + y * test_png_row_size(p), x * n + c, depth);
            if (p->colour_type == 3) {
                memcpy(o, p->palette + (size_t)v[0] * 3, 3);
                if (alpha)
                    o[3] = p->palette_alpha[v[0]];
                continue;
            }
            for (uint32_t c = 0; c < n; c++)
                o[c] = (uint8_t)(v[c] * scale + 0.5);
            if (p->has_key)
                o[colours] = v[0] == p->key[0] && (n == 1 || (v[1] == p->key[1] && v[2] == p->key[2])) ? 0 : 255;
        }
    return out;
}

/* Decode with alpha both ways and compare all readings with the whole picture. */
static void check_png(decode_run *run, const test_png *p, const uint8_t *rows, uint32_t orientation)
{
    const phash_decode_options options = decode_options(PHASH_ORIENTATION_APPLY, PHASH_ALPHA_BOTH);
    test_file file = test_make_png(p, rows);
    uint32_t channels = 0;
    uint8_t *pixels = unpack(p, rows, &channels);
    const uint32_t colours = channels <= 2 ? 1 : 3;
    const size_t n = (size_t)p->width * p->height;
    bool translucent = false;

    if (orientation != 0) {
        test_file exif = test_make_exif(orientation, true);
        /* also behind the picture data */
        test_png_insert_chunk(&file, test_png_find_chunk(&file, orientation % 2 ? "IDAT" : "IEND"), "eXIf", exif.data,
                              exif.size);
        test_file_free(&exif);
    }
    for (size_t i = 0; channels % 2 == 0 && i < n; i++)
        translucent |= pixels[i * channels + colours] != 255;
    decode_file(run, &file, &options);
    ck_assert_msg(run->status == PHASH_OK, "%s", run->diag.text);
    ck_assert_int_eq(run->info.has_alpha, translucent);
    ck_assert_uint_eq(phash_decoder_reading_count(run->decoder), translucent ? 2 : 1);
    for (uint32_t r = 0; r < (translucent ? 2u : 1u); r++) {
        uint32_t w = p->width, h = p->height;
        uint8_t *flat = need(n * colours);
        for (size_t i = 0; i < n; i++)
            for (uint32_t c = 0; c < colours; c++) {
                const uint32_t a = channels % 2 == 0 && r == 0 ? pixels[i * channels + colours] : 255;
                flat[i * colours + c] = (uint8_t)((a * pixels[i * channels + c] + (255 - a) * 255 + 127) / 255);
            }
        uint8_t *upright = turn_upright(flat, &w, &h, colours, orientation != 0 ? orientation : 1);
        uint8_t *expected = sample_whole(upright, &w, &h, colours);
        phash_bitmap b = decode_reading(run, r, r == 0 ? 0 : PHASH_READING_ALPHA_DROPPED);
        ck_assert(b.width == w && b.height == h && (uint32_t)b.pixels == colours);
        const uint32_t off = bitmap_difference(&b, expected);
        ck_assert_msg(off == 0, "type %d depth %d interlaced %d %ux%u reading %u: off by %u", p->colour_type,
                      p->bit_depth, p->interlaced, p->width, p->height, r, off);
        free(flat);
        free(upright);
        free(expected);
    }
    free(pixels);
    test_file_free(&file);
}

START_TEST(every_type_and_depth)
{
    static const int types[][2] = {{0, 1}, {0, 2}, {0, 4},  {0, 8}, {0, 16}, {2, 8},  {2, 16}, {3, 1},
                                   {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
    static const uint32_t sides[][2] = {{37, 23}, {1, 1}, {5, 600}, {131, 520}};
    const uint64_t seed = test_seed(88);
    test_rng rng = test_rng_init(seed);
    decode_run run = decode_run_new();
    uint8_t palette[256 * 3];
    uint8_t palette_alpha[256];

    printf("image/png: seed %llu\n", (unsigned long long)seed);
    test_rng_fill(&rng, palette, sizeof palette);
    test_rng_fill(&rng, palette_alpha, sizeof palette_alpha);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (uint32_t v = 0; v < 16; v++) {
            test_png p = {.width = sides[v / 4][0], .height = sides[v / 4][1], .colour_type = types[t][0],
                          .bit_depth = types[t][1], .interlaced = v % 2 == 1};
            const size_t size = test_png_row_size(&p) * p.height;
            uint8_t *rows = need(size);
            test_rng_fill(&rng, rows, size);
            if (p.colour_type == 3) {
                p.palette = palette;
                p.n_palette = 1u << p.bit_depth;
                p.palette_alpha = v / 2 % 2 == 1 ? palette_alpha : NULL;
            } else if (p.colour_type < 4 && v / 2 % 2 == 1) {
                p.has_key = true;
                for (uint32_t c = 0; c < samples_of[p.colour_type]; c++) /* the colour of a pixel in the middle */
                    p.key[c] = (uint16_t)sample_at(rows + p.height / 2 * test_png_row_size(&p),
                                                   p.width / 2 * samples_of[p.colour_type] + c, p.bit_depth);
            }
            check_png(&run, &p, rows, 0);
            free(rows);
        }
    decode_run_free(&run);
}
END_TEST

/* All 65,536 values, as one 256 x 256 picture: round(v * 255 / 65535). */
START_TEST(sixteen_bits_are_rounded)
{
    decode_run run = decode_run_new();
    test_png p = {.width = 256, .height = 256, .colour_type = 0, .bit_depth = 16};
    uint8_t *rows = need(256 * 512);

    for (size_t i = 0; i < 65536; i++) {
        rows[2 * i] = (uint8_t)(i >> 8);
        rows[2 * i + 1] = (uint8_t)i;
    }
    test_file file = test_make_png(&p, rows);
    decode_file(&run, &file, NULL);
    phash_bitmap b = decode_reading(&run, 0, 0);
    for (uint32_t i = 0; i < 65536; i++)
        ck_assert_uint_eq(b.data[i / 256 * b.stride + i % 256], (i * 255u * 2 + 65535) / (2 * 65535));
    free(rows);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

/* A 16-bit colour key is compared with all 16 bits. */
START_TEST(a_key_is_not_rounded)
{
    decode_run run = decode_run_new();
    const uint8_t rows[] = {0x12, 0x34, 0x12, 0x35};
    test_png p = {.width = 2, .height = 1, .colour_type = 0, .bit_depth = 16, .has_key = true, .key = {0x1234}};
    test_file file = test_make_png(&p, rows);

    decode_file(&run, &file, NULL);
    phash_bitmap b = decode_reading(&run, 0, 0);
    ck_assert_uint_eq(b.data[0], 255);
    ck_assert_uint_eq(b.data[1], 0x12);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

START_TEST(orientation_from_exif)
{
    decode_run run = decode_run_new();
    test_png p = {.width = 650, .height = 90, .colour_type = 6};
    uint8_t *rows = need(650 * 90 * 4);
    test_rng rng = test_rng_init(3);

    test_rng_fill(&rng, rows, 650 * 90 * 4);
    for (uint32_t o = 1; o <= 8; o++) {
        p.interlaced = o % 3 == 0;
        check_png(&run, &p, rows, o);
        ck_assert_uint_eq(run.info.orientation, o);
        ck_assert_int_eq(run.info.kind, PHASH_KIND_PNG);
    }
    free(rows);
    decode_run_free(&run);
}
END_TEST

/* One pixel that is not opaque, in each place of the 8 x 8 pattern of the passes, sampled or not; and none. */
START_TEST(opacity_of_interlaced_pictures)
{
    decode_run run = decode_run_new();
    test_png p = {.width = 530, .height = 17, .colour_type = 4, .interlaced = true};
    const size_t size = 530 * 17 * 2;
    uint8_t *rows = need(size);

    memset(rows, 255, size);
    check_png(&run, &p, rows, 0);
    ck_assert_int_eq(run.info.has_alpha, 0);
    for (size_t i = 0; i < 64; i++) {
        uint8_t *alpha = rows + ((8 + i / 8) * 530 + 512 + i % 8) * 2 + 1;
        *alpha = 254;
        check_png(&run, &p, rows, 0);
        ck_assert_int_eq(run.info.has_alpha, 1);
        *alpha = 255;
    }
    free(rows);
    decode_run_free(&run);
}
END_TEST

/* Four readings, in order. */
START_TEST(all_readings)
{
    decode_run run = decode_run_new();
    const phash_decode_options options = decode_options(PHASH_ORIENTATION_BOTH, PHASH_ALPHA_BOTH);
    const uint8_t rows[] = {10, 0, 20, 128}; /* black-ish: transparent, half */
    test_png p = {.width = 2, .height = 1, .colour_type = 4};
    test_file file = test_make_png(&p, rows);
    test_file exif = test_make_exif(2, false);
    static const uint8_t expected[4][2] = {{137, 255}, {255, 137}, {20, 10}, {10, 20}};
    static const uint32_t flags[] = {0, PHASH_READING_STORED, PHASH_READING_ALPHA_DROPPED,
                                     PHASH_READING_STORED | PHASH_READING_ALPHA_DROPPED};

    test_png_insert_chunk(&file, test_png_find_chunk(&file, "IDAT"), "eXIf", exif.data, exif.size);
    decode_file(&run, &file, &options);
    ck_assert_uint_eq(phash_decoder_reading_count(run.decoder), 4);
    for (uint32_t i = 0; i < 4; i++) {
        phash_bitmap b = decode_reading(&run, i, flags[i]);
        ck_assert_mem_eq(b.data, expected[i], 2);
    }
    const phash_decode_options as_meta = decode_options(PHASH_ORIENTATION_IGNORE, PHASH_ALPHA_DROP);
    decode_file(&run, &file, &as_meta);
    ck_assert_uint_eq(phash_decoder_reading_count(run.decoder), 1);
    ck_assert_mem_eq(decode_reading(&run, 0, flags[3]).data, expected[3], 2);
    test_file_free(&exif);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

/* Gamma, chromaticities, a profile, a background, text and private chunks change nothing; nor does an animation. */
START_TEST(other_chunks_change_nothing)
{
    decode_run run = decode_run_new();
    test_png p = {.width = 8, .height = 8, .colour_type = 2};
    uint8_t rows[8 * 8 * 3];
    uint8_t *big = need(3u << 20);
    memset(big, 'x', 3u << 20);
    test_photo_rgb(rows, 8, 8, 2);
    test_file file = test_make_png(&p, rows);
    const size_t at = test_png_find_chunk(&file, "IDAT");

    test_png_insert_chunk(&file, at, "gAMA", "\0\0\x10\0", 4);
    test_png_insert_chunk(&file, at, "bKGD", "\0\x10\0\x20\0\x30", 6);
    test_png_insert_chunk(&file, at, "iCCP", "not a profile", 13);
    test_png_insert_chunk(&file, at, "sBIT", "\4\4\4", 3);
    test_png_insert_chunk(&file, at, "acTL", "\0\0\0\2\0\0\0\0", 8);
    test_png_insert_chunk(&file, at, "prVW", big, 3u << 20); /* more than libpng takes by our settings */
    test_png_insert_chunk(&file, test_png_find_chunk(&file, "IEND"), "tEXt", "a\0b", 3);
    test_png_insert_chunk(&file, test_png_find_chunk(&file, "IEND"), "fdAT", "\0\0\0\1rubbish", 11);
    decode_file(&run, &file, NULL);
    phash_bitmap b = decode_reading(&run, 0, 0);
    ck_assert_uint_eq(bitmap_difference(&b, rows), 0);
    free(big);
    test_file_free(&file);
    decode_run_free(&run);
}
END_TEST

Suite *suite_png(void)
{
    Suite *s = suite_create("image/png");
    TCase *c = tcase_create("png");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, every_type_and_depth);
    tcase_add_test(c, sixteen_bits_are_rounded);
    tcase_add_test(c, a_key_is_not_rounded);
    tcase_add_test(c, orientation_from_exif);
    tcase_add_test(c, opacity_of_interlaced_pictures);
    tcase_add_test(c, all_readings);
    tcase_add_test(c, other_chunks_change_nothing);
    suite_add_tcase(s, c);
    return s;
}
