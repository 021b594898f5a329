/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"
#include "hash/hasher.h"
#include "support/photo.h"
#include "support/rng.h"
#include "vectors/pdq_planes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_meaningless(void);

/* The flags of a picture, on which all functions must agree; how many of its views are flagged (SIZE_MAX: all). */
static uint32_t flags_of(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, size_t *flagged_views)
{
    const phash_bitmap b = {pixels, width, height, (size_t)width * (size_t)channels, (phash_pixels)channels};
    phash_fingerprint *views = calloc(PHASH_VIEWS_MAX, sizeof *views);
    phash_fingerprint eight[PHASH_DIHEDRAL_COUNT];
    uint32_t ids[PHASH_VIEWS_MAX];
    phash_fingerprint one;
    phash_hasher *h = NULL;
    size_t n = 0;

    ck_assert_ptr_nonnull(views);
    ck_assert_int_eq(phash_hasher_new(&h, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_hasher_run(h, &one, &b, PHASH_SCALING_512), PHASH_OK);
    ck_assert_int_eq(phash_hasher_dihedral(h, eight, &b, PHASH_SCALING_512), PHASH_OK);
    ck_assert_int_eq(
        phash_hasher_views(h, views, ids, &n, PHASH_VIEWS_MAX, &b, PHASH_SCALING_512, PHASH_VIEWS_ALL), PHASH_OK);
    ck_assert_uint_eq(views[0].flags, one.flags);
    for (int i = 0; i < PHASH_DIHEDRAL_COUNT; i++)
        ck_assert_uint_eq(eight[i].flags, one.flags);
    *flagged_views = 0;
    for (size_t i = 0; i < n; i++)
        *flagged_views += (views[i].flags & PHASH_FINGERPRINT_MEANINGLESS) != 0;
    if (*flagged_views == n)
        *flagged_views = SIZE_MAX;
    phash_hasher_free(&h);
    free(views);
    return one.flags;
}

static uint32_t flags_of_generated(const char *name, uint32_t width, uint32_t height, size_t *flagged_views)
{
    uint8_t *pixels = malloc((size_t)3 * width * height);
    uint32_t flags;

    ck_assert_ptr_nonnull(pixels);
    const int channels = pdq_plane_generate(pixels, name, width, height);
    ck_assert_int_gt(channels, 0);
    flags = flags_of(pixels, width, height, channels, flagged_views);
    free(pixels);
    return flags;
}

static const uint32_t sides[][2] = {{64, 64},   {65, 97},   {128, 128}, {512, 512}, {640, 480},
                                    {513, 300}, {300, 513}, {333, 777}, {1024, 768}};

START_TEST(gradients_and_flat_pictures_are_flagged)
{
    static const char *const names[] = {"grey_hgrad", "grey_vgrad", "grey_diag",  "const0",      "const1",
                                        "const128",   "const255",   "rgb_const",  "near128",     "near128dot"};
    size_t views;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
            const uint32_t flags = flags_of_generated(names[i], sides[s][0], sides[s][1], &views);
            ck_assert_msg(flags == PHASH_FINGERPRINT_MEANINGLESS, "%s", names[i]);
            ck_assert_msg(views != 0, "%s", names[i]);
            if (strstr(names[i], "const") != NULL)
                ck_assert_msg(views == SIZE_MAX, "%s", names[i]);
        }
}
END_TEST

START_TEST(stripes_and_bar_codes_are_flagged)
{
    enum { WIDTH = 800, HEIGHT = 600 };
    test_rng rng = test_rng_init(test_seed(81));
    uint8_t *pixels = malloc(WIDTH * HEIGHT);
    uint8_t bars[WIDTH];
    size_t views;

    ck_assert_ptr_nonnull(pixels);
    for (unsigned kind = 0; kind < 8; kind++) {
        for (unsigned x = 0; x < WIDTH; x++)
            bars[x] = kind < 4                          ? (uint8_t)((x / (5 + 12 * kind)) % 2 * 255)
                      : x % 4 == 0 || x == 0            ? (uint8_t)(test_rng_below(&rng, 2) * 255)
                                                        : bars[x - 1];
        for (unsigned y = 0; y < HEIGHT; y++)
            for (unsigned x = 0; x < WIDTH; x++)
                pixels[y * WIDTH + x] = kind % 2 != 0 ? bars[x] : bars[y];
        ck_assert_uint_eq(flags_of(pixels, WIDTH, HEIGHT, 1, &views), PHASH_FINGERPRINT_MEANINGLESS);
        ck_assert_uint_ne(views, 0);
    }
    free(pixels);
}
END_TEST

START_TEST(what_has_content_is_not_flagged)
{
    static const char *const names[] = {"rgb_xs32_1", "rgb_xs32_2463534242", "grey_xs32_1", "grey_vnoise",
                                        "rgb_vnoise", "grey_tri", "rgb_tri"};
    size_t views;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
            ck_assert_msg(flags_of_generated(names[i], sides[s][0], sides[s][1], &views) == 0, "%s", names[i]);
            ck_assert_uint_eq(views, 0);
        }
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint8_t pixels[3 * 300 * 200];
        test_photo_rgb(pixels, 300, 200, test_seed(82) + seed);
        ck_assert_uint_eq(flags_of(pixels, 300, 200, 3, &views), 0);
        ck_assert_uint_eq(views, 0);
    }
}
END_TEST

/* A quarter of the margins, 64, must reach the bound. */
START_TEST(the_bound_is_a_quarter_of_the_bits)
{
    phash_fingerprint f;
    float v[PHASH_HASH_BITS];

    for (size_t sound = 62; sound <= 66; sound++) {
        for (size_t k = 0; k < PHASH_HASH_BITS; k++)
            v[k] = k < sound ? (k % 2 != 0 ? 1.51f : 0.49f) : 1.0f;
        phash_fingerprint_bits(&f, v);
        ck_assert_uint_eq(f.flags, sound <= 63 ? PHASH_FINGERPRINT_MEANINGLESS : 0);
    }
}
END_TEST

Suite *suite_meaningless(void)
{
    Suite *s = suite_create("hash/meaningless");
    TCase *c = tcase_create("meaningless");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, gradients_and_flat_pictures_are_flagged);
    tcase_add_test(c, stripes_and_bar_codes_are_flagged);
    tcase_add_test(c, what_has_content_is_not_flagged);
    tcase_add_test(c, the_bound_is_a_quarter_of_the_bits);
    suite_add_tcase(s, c);
    return s;
}
