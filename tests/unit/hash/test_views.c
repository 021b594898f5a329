/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"
#include "hash/hasher.h"
#include "hash/view_list.h"

#include "support/guard.h"
#include "support/photo.h"
#include "support/rng.h"
#include "util/cpu.h"
#include "vectors/cpu_masks.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_views(void);

typedef struct views {
    phash_fingerprint out[PHASH_VIEWS_MAX];
    uint32_t ids[PHASH_VIEWS_MAX];
    size_t n;
} views;

static phash_hasher *new_hasher(uint64_t max_plane)
{
    phash_hasher *h = NULL;

    ck_assert_int_eq(phash_hasher_new(&h, max_plane, NULL), PHASH_OK);
    return h;
}

static void run(views *v, phash_hasher *h, const phash_bitmap *b, phash_scaling scaling, phash_views which)
{
    memset(v, 0x5a, sizeof *v);
    ck_assert_int_eq(phash_hasher_views(h, v->out, v->ids, &v->n, PHASH_VIEWS_MAX, b, scaling, which), PHASH_OK);
    ck_assert_uint_le(v->n, PHASH_VIEWS_MAX);
}

static void *allocate(size_t size)
{
    void *p = malloc(size);

    ck_assert_ptr_nonnull(p);
    return p;
}

static uint8_t *new_photo(uint32_t width, uint32_t height, uint64_t seed)
{
    uint8_t *pixels = allocate((size_t)width * height);

    test_photo_grey(pixels, width, height, seed);
    return pixels;
}

START_TEST(the_list_is_sound)
{
    size_t kinds[4] = {0};

    ck_assert_uint_le(phash_view_count, PHASH_VIEWS_MAX);
    ck_assert_str_eq(phash_view_name(0), "original");
    ck_assert_str_eq(phash_view_name((uint32_t)phash_view_count), "unknown");
    ck_assert_str_eq(phash_view_name(UINT32_MAX), "unknown");
    for (uint32_t id = 0; id < phash_view_count; id++) {
        const phash_view *v = &phash_view_list[id];
        kinds[v->kind]++;
        ck_assert_str_eq(phash_view_name(id), v->name);
        for (uint32_t other = 0; other < id; other++)
            ck_assert_str_ne(v->name, phash_view_name(other));
        if (v->kind == PHASH_VIEW_FLIP)
            ck_assert_str_eq(v->name, phash_dihedral_name(v->flip));
        if (v->half_degrees != 0) /* as far as sines, cosines and places reach */
            ck_assert(abs(v->half_degrees) <= 12 && v->left >= -100 && v->left <= 0 && v->left == v->top &&
                      v->left == v->right && v->left == v->bottom);
        if (v->kind == PHASH_VIEW_EDIT)
            ck_assert(v->half_degrees != 0 || v->left != 0 || v->top != 0 || v->right != 0 || v->bottom != 0);
    }
    ck_assert_int_eq(phash_view_list[0].kind, PHASH_VIEW_ORIGINAL);
    ck_assert_uint_eq(kinds[PHASH_VIEW_ORIGINAL], 1);
    ck_assert_uint_eq(kinds[PHASH_VIEW_BORDER], 1);
    ck_assert_uint_eq(kinds[PHASH_VIEW_FLIP], PHASH_DIHEDRAL_COUNT - 1);
}
END_TEST

static const uint32_t sizes[][2] = {{512, 512}, {700, 500}, {300, 200}, {64, 64}, {63, 65}, {65, 30},
                                    {30, 65},   {5, 5},     {40, 400}, {2, 1000}, {511, 512}};

START_TEST(first_view_is_the_single_hash)
{
    const uint32_t width = sizes[_i][0];
    const uint32_t height = sizes[_i][1];
    uint8_t *pixels = new_photo(width, height, test_seed(61));
    const phash_bitmap b = {pixels, width, height, width, PHASH_PIXELS_GREY};
    phash_hasher *h = new_hasher(0);
    phash_fingerprint one;
    views *v = allocate(sizeof *v);

    for (int which = PHASH_VIEWS_NONE; which <= (int)PHASH_VIEWS_ALL; which++) {
        ck_assert_int_eq(phash_hasher_run(h, &one, &b, PHASH_SCALING_512), PHASH_OK);
        const float last = phash_hasher_grid(h)[PHASH_GRID_SIZE - 1];
        run(v, h, &b, PHASH_SCALING_512, (phash_views)which);
        ck_assert_uint_eq(v->ids[0], 0);
        ck_assert_mem_eq(&v->out[0], &one, sizeof one);
        ck_assert(phash_hasher_grid(h)[PHASH_GRID_SIZE - 1] == last);
        for (size_t i = 1; i < v->n; i++) {
            const bool border = phash_view_list[v->ids[i]].kind == PHASH_VIEW_BORDER;
            ck_assert_uint_gt(v->ids[i], v->ids[i - 1]);
            ck_assert(border || v->out[i].quality == one.quality);
        }
    }
    free(v);
    phash_hasher_free(&h);
    free(pixels);
}
END_TEST

START_TEST(large_planes_work_without_sampling)
{
    enum { WIDTH = 600, HEIGHT = 520 };
    uint8_t *pixels = new_photo(WIDTH, HEIGHT, test_seed(62));
    const phash_bitmap whole = {pixels, WIDTH, HEIGHT, WIDTH, PHASH_PIXELS_GREY};
    const phash_bitmap part = {pixels + 24, WIDTH - 24, HEIGHT, WIDTH, PHASH_PIXELS_GREY}; /* 4 % off the left */
    phash_hasher *h = new_hasher((uint64_t)WIDTH * HEIGHT);
    phash_fingerprint one;
    views *v = allocate(sizeof *v);
    uint32_t nearest = 256;

    run(v, h, &whole, PHASH_SCALING_NONE, PHASH_VIEWS_EDITS);
    ck_assert_int_eq(phash_hasher_run(h, &one, &whole, PHASH_SCALING_NONE), PHASH_OK);
    ck_assert_mem_eq(&v->out[0], &one, sizeof one);
    ck_assert_int_eq(phash_hasher_run(h, &one, &part, PHASH_SCALING_NONE), PHASH_OK);
    for (size_t i = 0; i < v->n; i++) {
        const uint32_t d = phash_hash_distance(&v->out[i].hash, &one.hash);
        nearest = d < nearest ? d : nearest;
    }
    ck_assert_uint_le(nearest, 20);
    ck_assert_uint_gt(phash_hash_distance(&v->out[0].hash, &one.hash), nearest + 10);
    phash_hasher_free(&h);
    h = new_hasher(0);
    ck_assert_int_eq(phash_hasher_views(h, v->out, v->ids, &v->n, PHASH_VIEWS_MAX, &whole, PHASH_SCALING_NONE,
                                        PHASH_VIEWS_EDITS),
                     PHASH_E_LIMIT);
    free(v);
    phash_hasher_free(&h);
    free(pixels);
}
END_TEST

/* A picture that a decoder has sampled, and one that the hasher samples: the views are the same if the bitmap says what
 * the proportions were, and turned ones differ if it does not. */
START_TEST(sampled_bitmaps_keep_the_proportions_of_the_picture)
{
    enum { WIDE = 1280, HIGH = 640 };
    uint8_t *pixels = new_photo(WIDE, HIGH, test_seed(69));
    uint8_t *sampled = allocate(512 * 512);
    const phash_bitmap whole = {pixels, WIDE, HIGH, WIDE, PHASH_PIXELS_GREY};
    phash_bitmap part = {sampled, 512, 512, 512, PHASH_PIXELS_GREY};
    phash_hasher *h = new_hasher(0);
    views *expected = allocate(sizeof *expected);
    views *v = allocate(sizeof *v);

    for (size_t i = 0; i < (size_t)512 * 512; i++)
        sampled[i] = pixels[i / 512 * HIGH / 512 * WIDE + i % 512 * WIDE / 512];
    run(expected, h, &whole, PHASH_SCALING_512, PHASH_VIEWS_ALL);
    run(v, h, &part, PHASH_SCALING_512, PHASH_VIEWS_ALL);
    ck_assert_uint_eq(v->n, expected->n);
    for (size_t i = 0; i < v->n; i++) {
        const bool same = memcmp(&v->out[i], &expected->out[i], sizeof v->out[i]) == 0;
        ck_assert(same == (phash_view_list[v->ids[i]].half_degrees == 0));
    }
    part.picture_width = WIDE;
    part.picture_height = HIGH;
    run(v, h, &part, PHASH_SCALING_512, PHASH_VIEWS_ALL);
    ck_assert_mem_eq(v, expected, sizeof *v);
    part.picture_width = 1; /* strange ones do no harm */
    part.picture_height = UINT32_MAX;
    run(v, h, &part, PHASH_SCALING_512, PHASH_VIEWS_ALL);
    part.picture_width = UINT32_MAX;
    part.picture_height = 1;
    run(v, h, &part, PHASH_SCALING_512, PHASH_VIEWS_ALL);
    ck_assert_mem_eq(&v->out[0], &expected->out[0], sizeof v->out[0]);
    free(v);
    free(expected);
    phash_hasher_free(&h);
    free(sampled);
    free(pixels);
}
END_TEST

START_TEST(which_views_there_are)
{
    uint8_t *pixels = new_photo(300, 200, test_seed(63));
    const phash_bitmap b = {pixels, 300, 200, 300, PHASH_PIXELS_GREY};
    phash_hasher *h = new_hasher(0);
    phash_fingerprint eight[PHASH_DIHEDRAL_COUNT];
    views *v = allocate(sizeof *v);

    run(v, h, &b, PHASH_SCALING_512, PHASH_VIEWS_NONE);
    ck_assert_uint_eq(v->n, 1);
    ck_assert_int_eq(phash_hasher_dihedral(h, eight, &b, PHASH_SCALING_512), PHASH_OK);
    for (int with_edits = 0; with_edits < 2; with_edits++) {
        size_t flips = 0;
        size_t edits = 0;
        run(v, h, &b, PHASH_SCALING_512, with_edits ? PHASH_VIEWS_ALL : PHASH_VIEWS_FLIPS);
        for (size_t i = 0; i < v->n; i++) {
            const phash_view *view = &phash_view_list[v->ids[i]];
            edits += view->kind == PHASH_VIEW_EDIT;
            if (view->kind != PHASH_VIEW_FLIP)
                continue;
            ck_assert_mem_eq(&v->out[i], &eight[view->flip], sizeof *eight);
            flips++;
        }
        ck_assert_uint_eq(flips, 7);
        ck_assert_uint_eq(edits, with_edits ? phash_view_count - 9 : 0);
    }
    run(v, h, &b, PHASH_SCALING_512, PHASH_VIEWS_EDITS);
    for (size_t i = 0; i < v->n; i++)
        ck_assert_int_ne(phash_view_list[v->ids[i]].kind, PHASH_VIEW_FLIP);
    free(v);
    phash_hasher_free(&h);
    free(pixels);
}
END_TEST

START_TEST(every_processor_makes_the_same_views)
{
    const uint32_t width = sizes[_i][0];
    const uint32_t height = sizes[_i][1];
    uint8_t *pixels = new_photo(width, height, test_seed(64));
    const phash_bitmap b = {pixels, width, height, width, PHASH_PIXELS_GREY};
    uint32_t masks[CPU_MASKS_MAX];
    const size_t n = cpu_masks(masks, phash_cpu_flags());
    views *expected = allocate(sizeof *expected);
    views *v = allocate(sizeof *v);

    for (size_t i = 0; i < n; i++) {
        phash_hasher *h = NULL;
        ck_assert_int_eq(phash_hasher_new_with_cpu(&h, 0, NULL, masks[i]), PHASH_OK);
        run(i == 0 ? expected : v, h, &b, PHASH_SCALING_512, PHASH_VIEWS_ALL);
        phash_hasher_free(&h);
        if (i != 0)
            ck_assert_mem_eq(v, expected, sizeof *v);
    }
    free(v);
    free(expected);
    free(pixels);
}
END_TEST

/* ---- what a view shows: pictures that were really edited come nearest to the view that undoes it ---- */

enum { WIDTH = 800, HEIGHT = 600 };

/* One picture, its hash, and what is left after an edit. */
typedef struct edited {
    uint8_t *whole;
    uint8_t *pixels;
    uint32_t width;
    uint32_t height;
} edited;

static edited edited_new(uint64_t seed)
{
    edited e = {new_photo(WIDTH, HEIGHT, seed), allocate((size_t)WIDTH * HEIGHT), WIDTH, HEIGHT};

    memcpy(e.pixels, e.whole, (size_t)WIDTH * HEIGHT);
    return e;
}

static void edited_free(edited *e)
{
    free(e->whole);
    free(e->pixels);
}

static void cut(edited *e, uint32_t left, uint32_t top, uint32_t right, uint32_t bottom)
{
    e->width = WIDTH - left - right;
    e->height = HEIGHT - top - bottom;
    for (uint32_t y = 0; y < e->height; y++)
        memcpy(e->pixels + (size_t)y * e->width, e->whole + (size_t)(y + top) * WIDTH + left, e->width);
}

static int clamped(double position, int n)
{
    const int whole = (int)floor(position);

    return whole < 0 ? 0 : whole < n ? whole : n - 1;
}

/* Counter-clockwise about the centre; the edge is repeated outside. */
static void turn(edited *e, double degrees)
{
    const double angle = degrees * 3.14159265358979323846 / 180;

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const double dx = x + 0.5 - WIDTH / 2.0;
            const double dy = y + 0.5 - HEIGHT / 2.0;
            const int from_x = clamped(WIDTH / 2.0 + dx * cos(angle) - dy * sin(angle), WIDTH);
            const int from_y = clamped(HEIGHT / 2.0 + dy * cos(angle) + dx * sin(angle), HEIGHT);
            e->pixels[y * WIDTH + x] = e->whole[from_y * WIDTH + from_x];
        }
}

/* Distance of the nearest view of `query` to the hash of `listed`, and its name; *plain is that without views. */
static uint32_t nearest(const char **name, uint32_t *plain, const phash_bitmap *query, const phash_bitmap *listed)
{
    phash_hasher *h = new_hasher(0);
    phash_fingerprint target;
    views *v = allocate(sizeof *v);
    uint32_t best = UINT32_MAX;

    ck_assert_int_eq(phash_hasher_run(h, &target, listed, PHASH_SCALING_512), PHASH_OK);
    run(v, h, query, PHASH_SCALING_512, PHASH_VIEWS_EDITS);
    *plain = phash_hash_distance(&v->out[0].hash, &target.hash);
    for (size_t i = 0; i < v->n; i++) {
        const uint32_t d = phash_hash_distance(&v->out[i].hash, &target.hash);
        if (d < best) {
            best = d;
            *name = phash_view_name(v->ids[i]);
        }
    }
    free(v);
    phash_hasher_free(&h);
    return best;
}

static bool starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* The edited picture asked about while the whole is listed, and the other way round. */
static void check_edit(const edited *e, const char *forward, const char *backward)
{
    const phash_bitmap whole = {e->whole, WIDTH, HEIGHT, WIDTH, PHASH_PIXELS_GREY};
    const phash_bitmap part = {e->pixels, e->width, e->height, e->width, PHASH_PIXELS_GREY};

    for (int back = 0; back < 2; back++) {
        const char *name = "none";
        const char *expected = back ? backward : forward;
        uint32_t plain;
        const uint32_t d = nearest(&name, &plain, back ? &whole : &part, back ? &part : &whole);
        printf("%s: nearest %s at %u, plain %u\n", expected, name, (unsigned)d, (unsigned)plain);
        ck_assert(starts(name, expected));
        ck_assert_uint_le(d, 31);
        ck_assert_uint_lt(d + 12, plain);
    }
}

START_TEST(trimmed_sides_are_extended_and_the_other_way_round)
{
    static const struct {
        uint32_t sides[4];
        const char *name;
    } cuts[] = {{{48, 0, 0, 0}, "left"},   {{0, 36, 0, 0}, "top"},     {{0, 0, 48, 0}, "right"},
                {{0, 0, 0, 36}, "bottom"}, {{40, 0, 40, 0}, "width"},  {{0, 30, 0, 30}, "height"},
                {{24, 18, 24, 18}, "all"}};
    edited e = edited_new(test_seed(65));
    char extend[32];
    char trim[32];

    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        cut(&e, cuts[i].sides[0], cuts[i].sides[1], cuts[i].sides[2], cuts[i].sides[3]);
        snprintf(extend, sizeof extend, "extend-%s-", cuts[i].name);
        snprintf(trim, sizeof trim, "trim-%s-", cuts[i].name);
        check_edit(&e, extend, trim);
    }
    edited_free(&e);
}
END_TEST

START_TEST(turned_pictures_are_turned_back)
{
    edited e = edited_new(test_seed(66));

    for (int degrees = -3; degrees <= 3; degrees++) {
        char back[16];
        char same[16];
        if (degrees == 0)
            continue;
        snprintf(back, sizeof back, "rotate%+d", -degrees);
        snprintf(same, sizeof same, "rotate%+d", degrees);
        turn(&e, degrees);
        check_edit(&e, back, same);
    }
    edited_free(&e);
}
END_TEST

/* ---- the contract ---- */

START_TEST(room_is_asked_for_before_anything_is_written)
{
    uint8_t *pixels = new_photo(100, 90, test_seed(67));
    const phash_bitmap b = {pixels, 100, 90, 100, PHASH_PIXELS_GREY};
    static const size_t needed[] = {1, 8, 0, 0};
    phash_hasher *h = new_hasher(0);

    for (int which = 0; which < 4; which++) {
        const size_t all = phash_view_count;
        const size_t n_needed = which == 3 ? all : which == 2 ? all - 7 : needed[which];
        guard_buffer out = guard_new(n_needed * sizeof(phash_fingerprint));
        guard_buffer ids = guard_new(n_needed * sizeof(uint32_t));
        phash_fingerprint *f = (phash_fingerprint *)(void *)out.data;
        uint32_t *id = (uint32_t *)(void *)ids.data;
        size_t n = 1000;
        memset(out.data, 0x5a, out.size);
        for (size_t capacity = 0; capacity < n_needed; capacity++) {
            ck_assert_int_eq(
                phash_hasher_views(h, f, id, &n, capacity, &b, PHASH_SCALING_512, (phash_views)which),
                PHASH_E_BUFFER_TOO_SMALL);
            ck_assert_uint_eq(n, n_needed);
            ck_assert_uint_eq(out.data[0], 0x5a);
        }
        ck_assert_int_eq(phash_hasher_views(h, f, id, &n, n_needed, &b, PHASH_SCALING_512, (phash_views)which),
                         PHASH_OK);
        ck_assert_uint_le(n, n_needed);
        guard_free(&out);
        guard_free(&ids);
    }
    phash_hasher_free(&h);
    free(pixels);
}
END_TEST

START_TEST(mistakes_are_refused_and_leave_the_output_alone)
{
    uint8_t pixels[100] = {0};
    const phash_bitmap good = {pixels, 10, 10, 10, PHASH_PIXELS_GREY};
    const phash_bitmap no_width = {pixels, 0, 10, 10, PHASH_PIXELS_GREY};
    const phash_bitmap no_height = {pixels, 10, 0, 10, PHASH_PIXELS_GREY};
    const phash_bitmap short_stride = {pixels, 10, 10, 9, PHASH_PIXELS_GREY};
    phash_hasher *h = new_hasher(0);
    views *v = allocate(sizeof *v);
    views *before = allocate(sizeof *before);

    memset(v, 0x5a, sizeof *v);
    memcpy(before, v, sizeof *v);
#define REFUSED(hasher, out, ids, n, bitmap, scaling, which)                                                          \
    ck_assert_int_eq(phash_hasher_views(hasher, out, ids, n, PHASH_VIEWS_MAX, bitmap, scaling, which), PHASH_E_ARGUMENT)
    for (int i = 0; i < 4; i++) {
        const phash_views which = (phash_views)i;
        REFUSED(NULL, v->out, v->ids, &v->n, &good, PHASH_SCALING_512, which);
        REFUSED(h, NULL, v->ids, &v->n, &good, PHASH_SCALING_512, which);
        REFUSED(h, v->out, NULL, &v->n, &good, PHASH_SCALING_512, which);
        REFUSED(h, v->out, v->ids, NULL, &good, PHASH_SCALING_512, which);
        REFUSED(h, v->out, v->ids, &v->n, NULL, PHASH_SCALING_512, which);
        REFUSED(h, v->out, v->ids, &v->n, &no_width, PHASH_SCALING_512, which);
        REFUSED(h, v->out, v->ids, &v->n, &no_height, PHASH_SCALING_NONE, which);
        REFUSED(h, v->out, v->ids, &v->n, &short_stride, PHASH_SCALING_512, which);
        REFUSED(h, v->out, v->ids, &v->n, &good, (phash_scaling)2, which);
    }
    REFUSED(h, v->out, v->ids, &v->n, &good, PHASH_SCALING_512, (phash_views)4);
#undef REFUSED
    ck_assert_mem_eq(v, before, sizeof *v);
    free(v);
    free(before);
    phash_hasher_free(&h);
}
END_TEST

START_TEST(small_pictures_have_one_view)
{
    uint8_t pixels[4 * 500];
    const phash_bitmap sides[] = {{pixels, 4, 500, 4, PHASH_PIXELS_GREY}, {pixels, 500, 4, 500, PHASH_PIXELS_GREY}};
    static const phash_fingerprint expected = {.flags = PHASH_FINGERPRINT_TOO_SMALL};
    phash_hasher *h = new_hasher(0);
    views *v = allocate(sizeof *v);

    memset(pixels, 9, sizeof pixels);
    for (int which = 0; which < 8; which++) {
        run(v, h, &sides[which / 4], PHASH_SCALING_512, (phash_views)(which % 4));
        ck_assert_uint_eq(v->n, 1);
        ck_assert_uint_eq(v->ids[0], 0);
        ck_assert_mem_eq(&v->out[0], &expected, sizeof expected);
    }
    free(v);
    phash_hasher_free(&h);
}
END_TEST

static void *counting_alloc(void *user, size_t size)
{
    ++*(size_t *)user;
    return malloc(size);
}

static void plain_release(void *user, void *ptr)
{
    (void)user;
    free(ptr);
}

START_TEST(views_allocate_nothing_and_remember_nothing)
{
    size_t blocks = 0;
    const phash_options options = {sizeof options, counting_alloc, plain_release, NULL, &blocks};
    const size_t n = sizeof sizes / sizeof *sizes;
    phash_hasher *used = NULL;
    views *v = allocate(sizeof *v);
    views *w = allocate(sizeof *w);

    ck_assert_int_eq(phash_hasher_new(&used, 0, &options), PHASH_OK);
    for (size_t i = 0; i < 2 * n; i++) {
        const uint32_t *side = sizes[i * 3 % n];
        uint8_t *pixels = new_photo(side[0], side[1], test_seed(68));
        const phash_bitmap b = {pixels, side[0], side[1], side[0], PHASH_PIXELS_GREY};
        phash_hasher *fresh = new_hasher(0);
        run(v, used, &b, PHASH_SCALING_512, PHASH_VIEWS_ALL);
        run(w, fresh, &b, PHASH_SCALING_512, PHASH_VIEWS_ALL);
        ck_assert_mem_eq(v, w, sizeof *v);
        phash_hasher_free(&fresh);
        free(pixels);
    }
    ck_assert_uint_eq(blocks, 1);
    phash_hasher_free(&used);
    free(v);
    free(w);
}
END_TEST

Suite *suite_views(void)
{
    Suite *s = suite_create("hash/views");
    TCase *c = tcase_create("views");
    const int n = sizeof sizes / sizeof *sizes;

    tcase_set_timeout(c, 120);
    tcase_add_test(c, the_list_is_sound);
    tcase_add_loop_test(c, first_view_is_the_single_hash, 0, n);
    tcase_add_test(c, large_planes_work_without_sampling);
    tcase_add_test(c, sampled_bitmaps_keep_the_proportions_of_the_picture);
    tcase_add_test(c, which_views_there_are);
    tcase_add_loop_test(c, every_processor_makes_the_same_views, 0, n);
    tcase_add_test(c, trimmed_sides_are_extended_and_the_other_way_round);
    tcase_add_test(c, turned_pictures_are_turned_back);
    tcase_add_test(c, room_is_asked_for_before_anything_is_written);
    tcase_add_test(c, mistakes_are_refused_and_leave_the_output_alone);
    tcase_add_test(c, small_pictures_have_one_view);
    tcase_add_test(c, views_allocate_nothing_and_remember_nothing);
    suite_add_tcase(s, c);
    return s;
}
