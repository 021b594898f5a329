/* SPDX-License-Identifier: Apache-2.0 */
#include "image/sampler.h"

#include "decode_support.h"
#include "support/guard.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_sampler(void);

/* The pixels a reading shows, from the definition: alpha first, on the whole picture. */
static uint8_t *without_alpha(const uint8_t *pixels, size_t n, uint32_t channels, bool dropped)
{
    const uint32_t colours = channels <= 2 ? 1 : 3;
    uint8_t *out = need(n * colours);

    for (size_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < colours; c++) {
            const uint8_t *p = pixels + i * channels;
            const double a = channels % 2 == 0 && !dropped ? p[colours] / 255.0 : 1.0;
            out[i * colours + c] = (uint8_t)(a * p[c] + (1 - a) * 255 + 0.5);
        }
    return out;
}

/* One row as a decoder gives it: into its place, when the sampler offers one, and half of those by the ordinary way. */
static void feed_row(phash_sampler *s, const uint8_t *row, uint32_t y)
{
    const phash_sampler_picture *p = &s->picture;
    uint8_t *direct = phash_sampler_direct_row(s);
    const bool plain = p->channels % 2 == 1 && p->width <= 512 && p->height <= 512 &&
                       (p->orientation == 1 || p->want_orientation == PHASH_ORIENTATION_IGNORE);

    if (plain)
        ck_assert_ptr_nonnull(direct);
    if (direct == NULL || y % 4 == 3) {
        phash_sampler_row(s, row);
        return;
    }
    memcpy(direct, row, (size_t)p->width * p->channels);
    phash_sampler_direct_taken(s);
}

static void feed(phash_sampler *s, const phash_sampler_picture *p, const uint8_t *pixels)
{
    const size_t size = (size_t)p->width * p->channels;
    guard_buffer row = guard_new(size); /* ends at an unmapped page */

    ck_assert_int_eq(phash_sampler_begin(s, p), PHASH_OK);
    for (uint32_t y = 0; y < p->height; y++) {
        memcpy(row.data, pixels + y * size, size);
        feed_row(s, row.data, y);
    }
    guard_free(&row);
    ck_assert_ptr_null(phash_sampler_direct_row(s));
    ck_assert_uint_eq(phash_sampler_count(s), 0);
    ck_assert_int_eq(phash_sampler_end(s), PHASH_OK);
}

static void check_reading(const phash_sampler *s, const phash_sampler_picture *p, const uint8_t *pixels, uint32_t index,
                          bool stored, bool dropped)
{
    const uint32_t colours = p->channels <= 2 ? 1 : 3;
    uint32_t w = p->width;
    uint32_t h = p->height;
    phash_bitmap bitmap;
    uint32_t reading = 99;
    uint8_t *plain = without_alpha(pixels, (size_t)w * h, p->channels, dropped);
    uint8_t *upright = turn_upright(plain, &w, &h, colours, stored ? 1 : p->orientation);
    const uint32_t whole_width = w;
    const uint32_t whole_height = h;
    uint8_t *expected = sample_whole(upright, &w, &h, colours);

    ck_assert_int_eq(phash_sampler_reading(s, &bitmap, &reading, index), PHASH_OK);
    ck_assert_uint_eq(bitmap.width, w);
    ck_assert_uint_eq(bitmap.height, h);
    ck_assert_uint_eq(bitmap.picture_width, whole_width);
    ck_assert_uint_eq(bitmap.picture_height, whole_height);
    ck_assert_uint_eq((uint32_t)bitmap.pixels, colours);
    ck_assert_msg(bitmap_difference(&bitmap, expected) == 0, "%ux%u channels %u orientation %u reading %u", p->width,
                  p->height, p->channels, p->orientation, index);
    ck_assert_uint_eq(reading, (stored && p->orientation != 1 ? PHASH_READING_STORED : 0u) |
                                   (dropped && s->translucent ? PHASH_READING_ALPHA_DROPPED : 0u));
    free(plain);
    free(upright);
    free(expected);
}

/* All readings of one picture, in the promised order. */
static void check_picture(phash_sampler *s, const phash_sampler_picture *p, const uint8_t *pixels, bool translucent)
{
    const bool turned = p->orientation != 1;
    const bool upright = p->want_orientation != PHASH_ORIENTATION_IGNORE || !turned;
    const bool stored = p->want_orientation != PHASH_ORIENTATION_APPLY && turned;
    const bool twice = p->want_alpha == PHASH_ALPHA_BOTH && translucent;
    uint32_t index = 0;

    feed(s, p, pixels);
    for (int pass = 0; pass < (twice ? 2 : 1); pass++) {
        const bool dropped = pass == 1 || p->want_alpha == PHASH_ALPHA_DROP;
        if (upright)
            check_reading(s, p, pixels, index++, false, dropped);
        if (stored)
            check_reading(s, p, pixels, index++, true, dropped);
    }
    ck_assert_uint_eq(phash_sampler_count(s), index);
    ck_assert_int_eq(phash_sampler_reading(s, &(phash_bitmap){0}, NULL, index), PHASH_E_ARGUMENT);
}

static uint32_t random_side(test_rng *rng)
{
    switch (test_rng_below(rng, 5)) {
    case 0: return 512;
    case 4: return 1 + test_rng_below(rng, 20);
    case 1: return 505 + test_rng_below(rng, 16);
    case 2: return 1 + test_rng_below(rng, 600);
    default: return 500 + test_rng_below(rng, 700);
    }
}

/* The property the room rests on: sampling while rows come equals turning the whole picture, then sampling. */
START_TEST(equals_turning_then_sampling)
{
    const uint64_t seed = test_seed(77001);
    test_rng rng = test_rng_init(seed);
    const phash_allocator a = phash_allocator_from(NULL);
    phash_sampler *s = need(sizeof *s);

    printf("image/sampler: seed %llu\n", (unsigned long long)seed);
    phash_sampler_init(s, &a);
    for (uint32_t i = 0; i < 192; i++) {
        phash_sampler_picture p = {random_side(&rng), random_side(&rng), 1 + i / 8 % 4, 1 + i % 8,
                                   (phash_orientation)test_rng_below(&rng, 3), (phash_alpha)test_rng_below(&rng, 3)};
        const size_t size = (size_t)p.width * p.height * p.channels;
        uint8_t *pixels = need(size);
        test_rng_fill(&rng, pixels, size);
        const bool translucent = p.channels % 2 == 0 && test_rng_below(&rng, 3) != 0;
        for (size_t k = p.channels - 1; p.channels % 2 == 0 && k < size; k += p.channels)
            if (!translucent || p.width * p.height == 1)
                pixels[k] = translucent ? 7 : 255;
        check_picture(s, &p, pixels, translucent);
        ck_assert_int_eq(s->translucent, translucent);
        free(pixels);
    }
    phash_sampler_clear(s);
    free(s);
}
END_TEST

/* One pixel that no sample looks at still makes the picture translucent. */
START_TEST(alpha_is_seen_between_samples)
{
    const phash_allocator a = phash_allocator_from(NULL);
    phash_sampler *s = need(sizeof *s);
    phash_sampler_picture p = {1024, 1024, 4, 1, PHASH_ORIENTATION_APPLY, PHASH_ALPHA_BOTH};
    const size_t size = (size_t)p.width * p.height * p.channels;
    uint8_t *pixels = need(size);

    memset(pixels, 255, size);
    phash_sampler_init(s, &a);
    feed(s, &p, pixels);
    ck_assert_uint_eq(phash_sampler_count(s), 1);
    pixels[((size_t)1023 * 1024 + 1023) * 4 + 3] = 254;
    feed(s, &p, pixels);
    ck_assert_uint_eq(phash_sampler_count(s), 2);
    feed(s, &p, memset(pixels, 255, size)); /* and the next picture starts afresh */
    ck_assert_uint_eq(phash_sampler_count(s), 1);
    phash_sampler_clear(s);
    free(pixels);
    free(s);
}
END_TEST

START_TEST(an_incomplete_picture_is_none)
{
    const phash_allocator a = phash_allocator_from(NULL);
    phash_sampler *s = need(sizeof *s);
    phash_sampler_picture p = {4, 3, 1, 1, PHASH_ORIENTATION_APPLY, PHASH_ALPHA_WHITE};
    const uint8_t row[4] = {1, 2, 3, 4};

    phash_sampler_init(s, &a);
    ck_assert_int_eq(phash_sampler_end(s), PHASH_E_INTERNAL);
    ck_assert_int_eq(phash_sampler_begin(s, &p), PHASH_OK);
    phash_sampler_row(s, row);
    phash_sampler_row(s, row);
    ck_assert_int_eq(phash_sampler_end(s), PHASH_E_INTERNAL);
    ck_assert_uint_eq(phash_sampler_count(s), 0);
    phash_sampler_row(s, row);
    phash_sampler_row(s, row); /* one too many is ignored */
    ck_assert_int_eq(phash_sampler_end(s), PHASH_OK);
    ck_assert_uint_eq(phash_sampler_count(s), 1);
    phash_sampler_forget(s);
    ck_assert_uint_eq(phash_sampler_count(s), 0);
    for (int i = 0; i < 4; i++) {
        phash_sampler_picture bad = p;
        (i == 0 ? &bad.width : i == 1 ? &bad.height : i == 2 ? &bad.channels : &bad.orientation)[0] = i == 3 ? 9 : 0;
        ck_assert_int_eq(phash_sampler_begin(s, &bad), PHASH_E_ARGUMENT);
    }
    phash_sampler_clear(s);
    free(s);
}
END_TEST

/* Largest legal sides: positions stay inside and 64-bit products do not wrap. */
START_TEST(huge_sides)
{
    const phash_allocator a = phash_allocator_from(NULL);
    phash_sampler *s = need(sizeof *s);
    phash_sampler_picture p = {UINT32_MAX, UINT32_MAX, 1, 7, PHASH_ORIENTATION_BOTH, PHASH_ALPHA_WHITE};

    phash_sampler_init(s, &a);
    ck_assert_int_eq(phash_sampler_begin(s, &p), PHASH_OK);
    for (uint32_t v = 0; v < 2; v++)
        for (uint32_t k = 1; k < 512; k++) {
            ck_assert_uint_gt(s->view[v].line[k], s->view[v].line[k - 1]);
            ck_assert_uint_gt(s->view[v].tap[k], s->view[v].tap[k - 1]);
        }
    phash_sampler_clear(s);
    free(s);
}
END_TEST

Suite *suite_sampler(void)
{
    Suite *s = suite_create("image/sampler");
    TCase *c = tcase_create("sampler");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, equals_turning_then_sampling);
    tcase_add_test(c, alpha_is_seen_between_samples);
    tcase_add_test(c, an_incomplete_picture_is_none);
    tcase_add_test(c, huge_sides);
    suite_add_tcase(s, c);
    return s;
}
