/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/hasher.h"

#include "support/guard.h"
#include "support/rng.h"
#include "util/cpu.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_hasher(void);

static phash_hasher *new_hasher(uint64_t max_plane)
{
    phash_hasher *h = NULL;

    ck_assert_int_eq(phash_hasher_new(&h, max_plane, NULL), PHASH_OK);
    ck_assert_ptr_nonnull(h);
    return h;
}

static phash_fingerprint run(phash_hasher *h, const phash_bitmap *b, phash_scaling scaling)
{
    phash_fingerprint f;

    memset(&f, 0x5a, sizeof f);
    ck_assert_int_eq(phash_hasher_run(h, &f, b, scaling), PHASH_OK);
    return f;
}

/* Memory hooks that count, fail on demand and look at what comes back. */
typedef struct counter {
    size_t blocks;
    size_t size;
    bool fail;
    bool wiped;
} counter;

static void *counting_alloc(void *user, size_t size)
{
    counter *c = user;

    c->blocks++;
    c->size = size;
    return c->fail ? NULL : malloc(size);
}

static void counting_release(void *user, void *ptr)
{
    counter *c = user;
    const uint8_t *bytes = ptr;

    c->wiped = true;
    for (size_t i = 0; i < c->size; i++)
        c->wiped = c->wiped && bytes[i] == 0;
    free(ptr);
}

START_TEST(one_block_wiped_when_freed)
{
    counter c = {0, 0, false, false};
    const phash_options options = {sizeof options, counting_alloc, counting_release, NULL, &c};
    uint8_t pixels[600 * 10];
    const phash_bitmap b = {pixels, 600, 10, 600, PHASH_PIXELS_GREY};
    phash_hasher *h = NULL;

    memset(pixels, 77, sizeof pixels);
    ck_assert_int_eq(phash_hasher_new(&h, 0, &options), PHASH_OK);
    (void)run(h, &b, PHASH_SCALING_512);
    ck_assert_uint_eq(c.blocks, 1);
    ck_assert_uint_lt(c.size, 1300000); /* as hash.h says */
    phash_hasher_free(&h);
    ck_assert_ptr_null(h);
    ck_assert(c.wiped);
    phash_hasher_free(&h);
    phash_hasher_free(NULL);
}
END_TEST

START_TEST(new_reports_what_it_cannot_do)
{
    counter c = {0, 0, true, false};
    const phash_options options = {sizeof options, counting_alloc, counting_release, NULL, &c};
    phash_hasher *h = (phash_hasher *)&c;

    ck_assert_int_eq(phash_hasher_new(NULL, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hasher_new(&h, 0, &options), PHASH_E_NO_MEMORY);
    ck_assert_int_eq(phash_hasher_new(&h, ((uint64_t)1 << 28) + 1, NULL), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_hasher_new(&h, UINT64_MAX, NULL), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_hasher_new(&h, (uint64_t)1 << 28, &options), PHASH_E_NO_MEMORY);
    ck_assert_ptr_eq(h, (phash_hasher *)&c);
}
END_TEST

START_TEST(bad_bitmaps_are_refused_and_leave_the_output_alone)
{
    uint8_t pixels[4 * 100];
    const phash_bitmap good = {pixels, 10, 10, 40, PHASH_PIXELS_RGBA};
    phash_hasher *h = new_hasher(0);
    phash_fingerprint f[PHASH_DIHEDRAL_COUNT];
    phash_fingerprint before[PHASH_DIHEDRAL_COUNT];
    phash_bitmap bad[6];

    memset(pixels, 1, sizeof pixels);
    memset(f, 0x5a, sizeof f);
    memcpy(before, f, sizeof f);
    for (size_t i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].data = NULL;
    bad[1].width = 0;
    bad[2].height = 0;
    bad[3].stride = 39;
    bad[4].pixels = (phash_pixels)2;
    bad[5].width = 0x40000001u; /* times 4 it is 4 in 32 bits */
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(phash_hasher_run(h, f, &bad[i], PHASH_SCALING_512), PHASH_E_ARGUMENT);
        ck_assert_int_eq(phash_hasher_dihedral(h, f, &bad[i], PHASH_SCALING_512), PHASH_E_ARGUMENT);
    }
    ck_assert_int_eq(phash_hasher_run(h, f, &good, (phash_scaling)2), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hasher_run(NULL, f, &good, PHASH_SCALING_512), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hasher_run(h, NULL, &good, PHASH_SCALING_512), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hasher_run(h, f, NULL, PHASH_SCALING_512), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hasher_dihedral(NULL, f, &good, PHASH_SCALING_512), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hasher_dihedral(h, NULL, &good, PHASH_SCALING_512), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_hasher_dihedral(h, f, NULL, PHASH_SCALING_512), PHASH_E_ARGUMENT);
    ck_assert_mem_eq(f, before, sizeof f);
    phash_hasher_free(&h);
}
END_TEST

START_TEST(planes_larger_than_agreed_are_refused)
{
    uint8_t *pixels = calloc(600, 600);
    const phash_bitmap b = {pixels, 600, 600, 600, PHASH_PIXELS_GREY};
    const phash_bitmap small = {pixels, 10, 10, 600, PHASH_PIXELS_GREY};
    const phash_bitmap large = {pixels, 10, 11, 600, PHASH_PIXELS_GREY};
    phash_fingerprint f;

    ck_assert_ptr_nonnull(pixels);
    phash_hasher *h = new_hasher(0);
    ck_assert_int_eq(phash_hasher_run(h, &f, &b, PHASH_SCALING_NONE), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_hasher_run(h, &f, &b, PHASH_SCALING_512), PHASH_OK);
    phash_hasher_free(&h);
    h = new_hasher(600 * 600);
    ck_assert_int_eq(phash_hasher_run(h, &f, &b, PHASH_SCALING_NONE), PHASH_OK);
    phash_hasher_free(&h);
    h = new_hasher(100);
    ck_assert_int_eq(phash_hasher_run(h, &f, &small, PHASH_SCALING_NONE), PHASH_OK);
    ck_assert_int_eq(phash_hasher_run(h, &f, &large, PHASH_SCALING_NONE), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_hasher_run(h, &f, &b, PHASH_SCALING_512), PHASH_OK);
    phash_hasher_free(&h);
    free(pixels);
}
END_TEST

static void *guarded_alloc(void *user, size_t size)
{
    guard_buffer *b = user;

    *b = guard_new((size + 15) / 16 * 16); /* aligned like malloc's */
    return b->data;
}

static void guarded_release(void *user, void *ptr)
{
    ck_assert_ptr_eq(((guard_buffer *)user)->data, ptr);
    guard_free(user);
}

/* The block ends at an unmapped page, and these planes fill it in the most awkward shapes. */
START_TEST(long_planes_stay_in_their_memory)
{
    static const uint32_t sides[][2] = {{5, 52428}, {52428, 5}, {63, 4161}, {64, 4096}, {512, 512}, {513, 511}};
    uint8_t *pixels = malloc(512 * 512);
    guard_buffer block;
    const phash_options options = {sizeof options, guarded_alloc, guarded_release, NULL, &block};
    phash_hasher *guarded = NULL;
    phash_hasher *plain = NULL;

    ck_assert_ptr_nonnull(pixels);
    for (size_t i = 0; i < 512 * 512; i++)
        pixels[i] = (uint8_t)((i * 2654435761u) >> 13);
    ck_assert_int_eq(phash_hasher_new(&guarded, 0, &options), PHASH_OK);
    ck_assert_int_eq(phash_hasher_new_with_cpu(&plain, 0, NULL, 0), PHASH_OK);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        const phash_bitmap b = {pixels, sides[i][0], sides[i][1], sides[i][0], PHASH_PIXELS_GREY};
        const phash_fingerprint f = run(guarded, &b, PHASH_SCALING_NONE);
        const phash_fingerprint g = run(plain, &b, PHASH_SCALING_NONE);
        ck_assert_mem_eq(&f, &g, sizeof f);
    }
    phash_hasher_free(&guarded);
    phash_hasher_free(&plain);
    free(pixels);
}
END_TEST

START_TEST(small_pictures_are_flagged)
{
    uint8_t pixels[4 * 1000];
    phash_hasher *h = new_hasher(0);
    static const phash_fingerprint expected = {.flags = PHASH_FINGERPRINT_TOO_SMALL};
    phash_fingerprint eight[PHASH_DIHEDRAL_COUNT];
    const phash_bitmap sides[] = {{pixels, 4, 500, 4, PHASH_PIXELS_GREY},
                                  {pixels, 500, 4, 500, PHASH_PIXELS_GREY},
                                  {pixels, 1, 1, 1, PHASH_PIXELS_GREY}};

    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 89);
    for (size_t i = 0; i < 3; i++) {
        phash_fingerprint f = run(h, &sides[i], PHASH_SCALING_512);
        ck_assert_mem_eq(&f, &expected, sizeof f);
        ck_assert_int_eq(phash_hasher_dihedral(h, eight, &sides[i], PHASH_SCALING_NONE), PHASH_OK);
        for (int v = 0; v < PHASH_DIHEDRAL_COUNT; v++)
            ck_assert_mem_eq(&eight[v], &expected, sizeof f);
    }
    /* 2 x 1000 is stretched to 512 x 512 first, and 5 x 5 is large enough. */
    const phash_bitmap tall = {pixels, 2, 1000, 4, PHASH_PIXELS_GREY};
    const phash_bitmap five = {pixels, 5, 5, 5, PHASH_PIXELS_GREY};
    ck_assert_uint_eq(run(h, &tall, PHASH_SCALING_512).flags, 0);
    ck_assert_uint_eq(run(h, &tall, PHASH_SCALING_NONE).flags, PHASH_FINGERPRINT_TOO_SMALL);
    ck_assert_uint_eq(run(h, &five, PHASH_SCALING_NONE).flags, 0);
    phash_hasher_free(&h);
}
END_TEST

/* The 512 step is nearest neighbour before anything else, so doing it by hand changes nothing. */
static void check_sampling(uint32_t width, uint32_t height, size_t size, size_t gap)
{
    test_rng rng = test_rng_init(test_seed(51));
    const size_t stride = width * size + gap;
    guard_buffer in = guard_new(stride * (height - 1) + width * size);
    uint8_t *sampled = malloc(512 * 512 * size);
    const phash_bitmap b = {in.data, width, height, stride, (phash_pixels)size};
    const phash_bitmap by_hand = {sampled, 512, 512, 512 * size, (phash_pixels)size};
    phash_hasher *h = new_hasher(0);

    ck_assert_ptr_nonnull(sampled);
    test_rng_fill(&rng, in.data, in.size);
    for (size_t y = 0; y < 512; y++)
        for (size_t x = 0; x < 512; x++)
            memcpy(sampled + (512 * y + x) * size,
                   in.data + y * height / 512 * stride + x * width / 512 * size, size);
    const phash_fingerprint f = run(h, &b, PHASH_SCALING_512);
    const phash_fingerprint g = run(h, &by_hand, PHASH_SCALING_NONE);
    ck_assert_mem_eq(&f, &g, sizeof f);
    phash_hasher_free(&h);
    guard_free(&in);
    free(sampled);
}

START_TEST(sampling_is_nearest_neighbour)
{
    check_sampling(1000, 700, 1, 3);
    check_sampling(513, 300, 3, 0);
    check_sampling(300, 513, 3, 5);
    check_sampling(512, 900, 4, 0);
    check_sampling(900, 512, 4, 1);
    check_sampling(2, 1000, 3, 0);
}
END_TEST

START_TEST(pixels_under_the_limit_are_not_sampled)
{
    test_rng rng = test_rng_init(test_seed(52));
    guard_buffer in = guard_new(512 * 511);
    const phash_bitmap b = {in.data, 512, 511, 512, PHASH_PIXELS_GREY};
    phash_hasher *h = new_hasher(0);

    test_rng_fill(&rng, in.data, in.size);
    const phash_fingerprint f = run(h, &b, PHASH_SCALING_512);
    const phash_fingerprint g = run(h, &b, PHASH_SCALING_NONE);
    ck_assert_mem_eq(&f, &g, sizeof f);
    phash_hasher_free(&h);
    guard_free(&in);
}
END_TEST

START_TEST(alpha_is_composited_over_white)
{
    enum { SIDE = 100 };
    test_rng rng = test_rng_init(test_seed(53));
    static uint8_t rgba[4 * SIDE * SIDE];
    static uint8_t rgb[3 * SIDE * SIDE];
    const phash_bitmap with = {rgba, SIDE, SIDE, 4 * SIDE, PHASH_PIXELS_RGBA};
    const phash_bitmap without = {rgb, SIDE, SIDE, 3 * SIDE, PHASH_PIXELS_RGB};
    phash_hasher *h = new_hasher(0);

    test_rng_fill(&rng, rgba, sizeof rgba);
    for (int opaque = 0; opaque < 2; opaque++) {
        for (size_t i = 0; i < SIDE * SIDE; i++) {
            if (opaque)
                rgba[4 * i + 3] = 255;
            const unsigned a = rgba[4 * i + 3];
            for (size_t c = 0; c < 3; c++)
                rgb[3 * i + c] = (uint8_t)((a * rgba[4 * i + c] + (255 - a) * 255 + 127) / 255);
            ck_assert(!opaque || rgb[3 * i] == rgba[4 * i]);
        }
        const phash_fingerprint f = run(h, &with, PHASH_SCALING_512);
        const phash_fingerprint g = run(h, &without, PHASH_SCALING_512);
        ck_assert_mem_eq(&f, &g, sizeof f);
    }
    phash_hasher_free(&h);
}
END_TEST

/* Nothing of one picture may reach the next. */
START_TEST(runs_do_not_remember)
{
    test_rng rng = test_rng_init(test_seed(54));
    static uint8_t pixels[700 * 600];
    static const uint32_t sides[][2] = {{700, 600}, {64, 64}, {300, 30}, {3, 3}, {30, 300}, {500, 375}, {512, 512}};
    phash_hasher *used = new_hasher(0);

    test_rng_fill(&rng, pixels, sizeof pixels);
    for (size_t i = 0; i < 49; i++) {
        const size_t which = (i * 3 + i / 7) % 7;
        const phash_bitmap b = {pixels, sides[which][0], sides[which][1], 700, PHASH_PIXELS_GREY};
        phash_hasher *fresh = new_hasher(0);
        const phash_fingerprint f = run(used, &b, PHASH_SCALING_512);
        const phash_fingerprint g = run(fresh, &b, PHASH_SCALING_512);
        ck_assert_mem_eq(&f, &g, sizeof f);
        phash_hasher_free(&fresh);
    }
    phash_hasher_free(&used);
}
END_TEST

START_TEST(kernels_have_a_name)
{
    phash_hasher *h = NULL;

    ck_assert_int_eq(phash_hasher_new_with_cpu(&h, 0, NULL, 0), PHASH_OK);
    ck_assert_str_eq(phash_hasher_kernels(h), "c");
    phash_hasher_free(&h);
    h = new_hasher(0);
#if !defined(PHASH_NO_SIMD)
    ck_assert_int_eq(strcmp(phash_hasher_kernels(h), "c") != 0,
                     (phash_cpu_flags() & (PHASH_CPU_AVX2 | PHASH_CPU_NEON)) != 0);
#endif
    phash_hasher_free(&h);
    ck_assert_str_eq(phash_hasher_kernels(NULL), "none");
}
END_TEST

Suite *suite_hasher(void)
{
    Suite *s = suite_create("hash/hasher");
    TCase *c = tcase_create("hasher");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, one_block_wiped_when_freed);
    tcase_add_test(c, new_reports_what_it_cannot_do);
    tcase_add_test(c, bad_bitmaps_are_refused_and_leave_the_output_alone);
    tcase_add_test(c, planes_larger_than_agreed_are_refused);
    tcase_add_test(c, long_planes_stay_in_their_memory);
    tcase_add_test(c, small_pictures_are_flagged);
    tcase_add_test(c, sampling_is_nearest_neighbour);
    tcase_add_test(c, pixels_under_the_limit_are_not_sampled);
    tcase_add_test(c, alpha_is_composited_over_white);
    tcase_add_test(c, runs_do_not_remember);
    tcase_add_test(c, kernels_have_a_name);
    suite_add_tcase(s, c);
    return s;
}
