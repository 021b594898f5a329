/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/border.h"

#include "hash/hasher.h"
#include "hash/view_list.h"
#include "support/photo.h"
#include "support/rng.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_border(void);

enum { ROWS = 120, COLS = 200, PITCH = 210 };

typedef struct frame {
    size_t left, top, right, bottom;
} frame;

static bool is_inside(frame f, size_t y, size_t x)
{
    return y >= f.top && y < ROWS - f.bottom && x >= f.left && x < COLS - f.right;
}

/* Noise over the whole range in a frame of one grey, which is itself off by up to `ripple`. */
static void fill(float *plane, frame f, float grey, uint32_t ripple, uint64_t seed)
{
    test_rng rng = test_rng_init(seed);

    for (size_t y = 0; y < ROWS; y++)
        for (size_t x = 0; x < PITCH; x++) {
            const float noise = (float)test_rng_below(&rng, 2 * ripple + 1) - (float)ripple;
            const float inside = (float)test_rng_below(&rng, 256);
            plane[y * PITCH + x] = x < COLS && is_inside(f, y, x) ? inside : grey + noise;
        }
}

static void expect(const float *plane, frame f)
{
    const phash_plane whole = {(float *)(uintptr_t)plane, PITCH, ROWS, COLS};
    phash_plane inner;

    ck_assert_int_eq(phash_border_find(&inner, &whole), f.left + f.top + f.right + f.bottom != 0);
    ck_assert_uint_eq((size_t)(inner.data - plane), f.top * PITCH + f.left);
    ck_assert_uint_eq(inner.rows, ROWS - f.top - f.bottom);
    ck_assert_uint_eq(inner.cols, COLS - f.left - f.right);
    ck_assert_uint_eq(inner.pitch, PITCH);
}

START_TEST(frames_are_found_to_the_pixel)
{
    static const frame frames[] = {{0, 0, 0, 0},  {1, 0, 0, 0},    {0, 1, 0, 0},     {0, 0, 1, 0},
                                   {0, 0, 0, 1},  {50, 0, 0, 0},   {0, 30, 0, 0},    {0, 0, 50, 0},
                                   {0, 0, 0, 30}, {7, 11, 13, 17}, {50, 30, 50, 30}, {0, 18, 0, 0}};
    static const float greys[] = {0.0f, 255.0f, 118.5f};
    float *plane = malloc(sizeof(float) * ROWS * PITCH);

    ck_assert_ptr_nonnull(plane);
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
        for (size_t g = 0; g < 3; g++)
            for (uint32_t ripple = 0; ripple <= 10; ripple += 5) {
                fill(plane, frames[i], greys[g], ripple, test_seed(71) + i);
                expect(plane, frames[i]);
            }
    free(plane);
}
END_TEST

START_TEST(some_strays_are_forgiven)
{
    float *plane = malloc(sizeof(float) * ROWS * PITCH);

    ck_assert_ptr_nonnull(plane);
    fill(plane, (frame){0, 20, 0, 0}, 100.0f, 3, test_seed(72));
    plane[10 * PITCH + 50] = 0.0f;
    plane[10 * PITCH + 150] = 255.0f;
    expect(plane, (frame){0, 20, 0, 0});
    plane[10 * PITCH + 80] = 255.0f;
    expect(plane, (frame){0, 10, 0, 0});
    free(plane);
}
END_TEST

START_TEST(at_most_a_quarter_of_a_side_is_cut)
{
    float *plane = malloc(sizeof(float) * ROWS * PITCH);

    ck_assert_ptr_nonnull(plane);
    fill(plane, (frame){0, 50, 0, 0}, 30.0f, 0, test_seed(73));
    expect(plane, (frame){0, 30, 0, 0});
    fill(plane, (frame){80, 60, 80, 60}, 30.0f, 0, test_seed(73));
    expect(plane, (frame){50, 30, 50, 30});
    free(plane);
}
END_TEST

START_TEST(smallest_planes_keep_something)
{
    float five[25] = {0};
    const phash_plane whole = {five, 5, 5, 5};
    phash_plane inner;

    ck_assert(phash_border_find(&inner, &whole));
    ck_assert_uint_eq(inner.rows, 3);
    ck_assert_uint_eq(inner.cols, 3);
    ck_assert_ptr_eq(inner.data, five + 6);
}
END_TEST

/* ---- through phash_hasher_views ---- */

/* The border view of a photo of width x height in a frame, or false. *first is the view of all, *alone what
 * phash_hasher_run says of the same. */
static bool border_view(phash_fingerprint *out, phash_fingerprint *first, phash_fingerprint *alone,
                        const uint8_t *framed, uint32_t width, uint32_t height)
{
    const phash_bitmap b = {framed, width, height, width, PHASH_PIXELS_GREY};
    phash_fingerprint *views = calloc(PHASH_VIEWS_MAX, sizeof *views);
    uint32_t ids[PHASH_VIEWS_MAX];
    phash_hasher *h = NULL;
    size_t n = 0;
    bool found = false;

    ck_assert_ptr_nonnull(views);
    ck_assert_int_eq(phash_hasher_new(&h, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_hasher_run(h, alone, &b, PHASH_SCALING_512), PHASH_OK);
    ck_assert_int_eq(
        phash_hasher_views(h, views, ids, &n, PHASH_VIEWS_MAX, &b, PHASH_SCALING_512, PHASH_VIEWS_EDITS), PHASH_OK);
    *first = views[0];
    for (size_t i = 0; i < n; i++)
        if (phash_view_list[ids[i]].kind == PHASH_VIEW_BORDER) {
            ck_assert_str_eq(phash_view_name(ids[i]), "border");
            *out = views[i];
            found = true;
        }
    phash_hasher_free(&h);
    free(views);
    return found;
}

/* In each size the frame around the photo takes that many pixels left, top, right, bottom. The last is so narrow
 * inside that filtering it uses up the plane. */
START_TEST(what_is_inside_is_fingerprinted)
{
    static const uint32_t shapes[][6] = {{600, 450, 0, 75, 0, 75},  {600, 450, 0, 0, 0, 68}, {600, 450, 0, 68, 0, 0},
                                         {600, 450, 48, 36, 48, 36}, {400, 300, 8, 6, 8, 6}, {60, 300, 14, 0, 14, 0}};
    const uint32_t *s = shapes[_i];
    const uint32_t width = s[0] + s[2] + s[4];
    const uint32_t height = s[1] + s[3] + s[5];
    uint8_t *photo = malloc((size_t)s[0] * s[1]);
    uint8_t *framed = malloc((size_t)width * height);
    const phash_bitmap b = {photo, s[0], s[1], s[0], PHASH_PIXELS_GREY};
    phash_fingerprint original;
    phash_fingerprint view;
    phash_fingerprint first;
    phash_fingerprint alone;
    phash_hasher *h = NULL;

    ck_assert(photo != NULL && framed != NULL);
    test_photo_grey(photo, s[0], s[1], test_seed(74));
    memset(framed, 250, (size_t)width * height);
    for (uint32_t y = 0; y < s[1]; y++)
        memcpy(framed + (size_t)(y + s[3]) * width + s[2], photo + (size_t)y * s[0], s[0]);
    ck_assert_int_eq(phash_hasher_new(&h, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_hasher_run(h, &original, &b, PHASH_SCALING_512), PHASH_OK);
    phash_hasher_free(&h);
    ck_assert(border_view(&view, &first, &alone, framed, width, height));
    ck_assert_uint_le(phash_hash_distance(&view.hash, &original.hash), 16);
    ck_assert_mem_eq(&first, &alone, sizeof first);
    free(photo);
    free(framed);
}
END_TEST

START_TEST(photos_without_a_border_have_no_such_view)
{
    uint8_t *photo = malloc(300 * 200);
    phash_fingerprint view;
    phash_fingerprint first;
    phash_fingerprint alone;

    ck_assert_ptr_nonnull(photo);
    test_photo_grey(photo, 300, 200, test_seed(75));
    ck_assert(!border_view(&view, &first, &alone, photo, 300, 200));
    free(photo);
}
END_TEST

Suite *suite_border(void)
{
    Suite *s = suite_create("hash/border");
    TCase *c = tcase_create("border");

    tcase_add_test(c, frames_are_found_to_the_pixel);
    tcase_add_test(c, some_strays_are_forgiven);
    tcase_add_test(c, at_most_a_quarter_of_a_side_is_cut);
    tcase_add_test(c, smallest_planes_keep_something);
    tcase_add_loop_test(c, what_is_inside_is_fingerprinted, 0, 6);
    tcase_add_test(c, photos_without_a_border_have_no_such_view);
    suite_add_tcase(s, c);
    return s;
}
