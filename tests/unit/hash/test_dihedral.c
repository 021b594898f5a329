/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"
#include "hash/hasher.h"

#include "support/rng.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Suite *suite_dihedral(void);

enum { SIDE = 64 };

START_TEST(names_are_those_of_the_header)
{
    static const char *const names[] = {"original", "rotate90", "rotate180", "rotate270",
                                        "flipx",    "flipy",    "flipplus1", "flipminus1"};

    for (int i = 0; i < PHASH_DIHEDRAL_COUNT; i++)
        ck_assert_str_eq(phash_dihedral_name((phash_dihedral)i), names[i]);
    ck_assert_str_eq(phash_dihedral_name((phash_dihedral)8), "unknown");
    ck_assert_str_eq(phash_dihedral_name((phash_dihedral)1000), "unknown");
}
END_TEST

/* Where pixel (y, x) of the turned picture comes from. */
static void source_of(int *out_y, int *out_x, int y, int x, phash_dihedral view)
{
    const int last = SIDE - 1;

    switch (view) {
    case PHASH_DIHEDRAL_ORIGINAL: *out_y = y, *out_x = x; break;
    case PHASH_DIHEDRAL_ROTATE90: *out_y = x, *out_x = last - y; break; /* counter-clockwise */
    case PHASH_DIHEDRAL_ROTATE180: *out_y = last - y, *out_x = last - x; break;
    case PHASH_DIHEDRAL_ROTATE270: *out_y = last - x, *out_x = y; break;
    case PHASH_DIHEDRAL_FLIP_X: *out_y = last - y, *out_x = x; break;
    case PHASH_DIHEDRAL_FLIP_Y: *out_y = y, *out_x = last - x; break;
    case PHASH_DIHEDRAL_FLIP_PLUS1: *out_y = x, *out_x = y; break;
    case PHASH_DIHEDRAL_FLIP_MINUS1: *out_y = last - x, *out_x = last - y; break;
    }
}

/* 64 x 64 pictures go to the DCT unfiltered, so turning the pixels and turning the coefficients agree up to
 * rounding. */
START_TEST(turned_coefficients_are_those_of_the_turned_picture)
{
    test_rng rng = test_rng_init(test_seed(41));
    const phash_dihedral view = (phash_dihedral)_i;
    uint8_t pixels[SIDE * SIDE];
    uint8_t turned_pixels[SIDE * SIDE];
    const phash_bitmap plain = {pixels, SIDE, SIDE, SIDE, PHASH_PIXELS_GREY};
    const phash_bitmap turned = {turned_pixels, SIDE, SIDE, SIDE, PHASH_PIXELS_GREY};
    phash_fingerprint f;
    phash_hasher *h = NULL;
    float expected[256];

    test_rng_fill(&rng, pixels, sizeof pixels);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int from_y = 0;
            int from_x = 0;
            source_of(&from_y, &from_x, y, x, view);
            turned_pixels[y * SIDE + x] = pixels[from_y * SIDE + from_x];
        }
    ck_assert_int_eq(phash_hasher_new(&h, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_hasher_run(h, &f, &plain, PHASH_SCALING_512), PHASH_OK);
    phash_dihedral_turn(expected, phash_hasher_coefficients(h), view);
    ck_assert_int_eq(phash_hasher_run(h, &f, &turned, PHASH_SCALING_512), PHASH_OK);
    for (size_t k = 0; k < 256; k++)
        ck_assert(fabsf(expected[k] - phash_hasher_coefficients(h)[k]) < 0.01f);
    phash_hasher_free(&h);
}
END_TEST

START_TEST(turns_compose)
{
    static const struct {
        phash_dihedral first;
        phash_dihedral second;
        phash_dihedral both;
    } rules[] = {
        {PHASH_DIHEDRAL_ROTATE90, PHASH_DIHEDRAL_ROTATE90, PHASH_DIHEDRAL_ROTATE180},
        {PHASH_DIHEDRAL_ROTATE90, PHASH_DIHEDRAL_ROTATE180, PHASH_DIHEDRAL_ROTATE270},
        {PHASH_DIHEDRAL_ROTATE90, PHASH_DIHEDRAL_ROTATE270, PHASH_DIHEDRAL_ORIGINAL},
        {PHASH_DIHEDRAL_FLIP_X, PHASH_DIHEDRAL_FLIP_X, PHASH_DIHEDRAL_ORIGINAL},
        {PHASH_DIHEDRAL_FLIP_Y, PHASH_DIHEDRAL_FLIP_Y, PHASH_DIHEDRAL_ORIGINAL},
        {PHASH_DIHEDRAL_FLIP_X, PHASH_DIHEDRAL_FLIP_Y, PHASH_DIHEDRAL_ROTATE180},
        {PHASH_DIHEDRAL_FLIP_PLUS1, PHASH_DIHEDRAL_FLIP_PLUS1, PHASH_DIHEDRAL_ORIGINAL},
        {PHASH_DIHEDRAL_FLIP_PLUS1, PHASH_DIHEDRAL_ROTATE180, PHASH_DIHEDRAL_FLIP_MINUS1},
    };
    float in[256];
    float once[256];
    float twice[256];
    float both[256];

    for (size_t i = 0; i < 256; i++)
        in[i] = (float)i + 1.0f;
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        phash_dihedral_turn(once, in, rules[r].first);
        phash_dihedral_turn(twice, once, rules[r].second);
        phash_dihedral_turn(both, in, rules[r].both);
        ck_assert_mem_eq(twice, both, sizeof both);
    }
}
END_TEST

START_TEST(first_of_eight_is_the_single_hash_except_at_64_x_64)
{
    test_rng rng = test_rng_init(test_seed(42));
    static uint8_t pixels[3 * 700 * 80];
    static const uint32_t sides[][2] = {{65, 64}, {64, 65}, {700, 80}, {64, 64}};
    phash_fingerprint one;
    phash_fingerprint eight[PHASH_DIHEDRAL_COUNT];
    phash_hasher *h = NULL;

    test_rng_fill(&rng, pixels, sizeof pixels);
    ck_assert_int_eq(phash_hasher_new(&h, 0, NULL), PHASH_OK);
    for (size_t i = 0; i < 4; i++) {
        const phash_bitmap b = {pixels, sides[i][0], sides[i][1], (size_t)3 * sides[i][0], PHASH_PIXELS_RGB};
        ck_assert_int_eq(phash_hasher_run(h, &one, &b, PHASH_SCALING_512), PHASH_OK);
        ck_assert_int_eq(phash_hasher_dihedral(h, eight, &b, PHASH_SCALING_512), PHASH_OK);
        /* Filtered once more, luminance that is not whole changes in its last bits. */
        ck_assert_int_eq(memcmp(one.margin, eight[0].margin, sizeof one.margin) == 0, i != 3);
        ck_assert_int_eq(eight[7].quality, eight[0].quality);
        ck_assert_uint_ne(phash_hash_distance(&eight[0].hash, &eight[1].hash), 0);
    }
    phash_hasher_free(&h);
}
END_TEST

Suite *suite_dihedral(void)
{
    Suite *s = suite_create("hash/dihedral");
    TCase *c = tcase_create("dihedral");

    tcase_add_test(c, names_are_those_of_the_header);
    tcase_add_loop_test(c, turned_coefficients_are_those_of_the_turned_picture, 0, PHASH_DIHEDRAL_COUNT);
    tcase_add_test(c, turns_compose);
    tcase_add_test(c, first_of_eight_is_the_single_hash_except_at_64_x_64);
    suite_add_tcase(s, c);
    return s;
}
