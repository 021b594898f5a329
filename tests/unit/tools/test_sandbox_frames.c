/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile decoder process says of many frames: refused, or as good as an honest one's. */
#include "sandbox/sandbox_answer.h"
#include "support/rng.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_sandbox_frames(void);

#define FRAMES 6u
#define VIEWS 3u

static const picture_wanted wanted = {.views = PHASH_VIEWS_ALL, .max_frames = 10};
static sandbox_frames *said;
static picture_views views;

/* Every second frame could be decoded. */
static void set_up(void)
{
    said = calloc(1, sizeof *said);
    ck_assert_ptr_nonnull(said);
    ck_assert(picture_views_init(&views, &wanted));
    said->n = FRAMES / 2;
    said->n_views = FRAMES / 2 * VIEWS;
    for (uint32_t i = 0; i < said->n; i++)
        said->frame[i] = (picture_frame){.quality = 100, .frame = 2 * i, .width = 320, .height = 240, .views = VIEWS};
    for (uint32_t i = 0; i < said->n_views; i++)
        said->view[i] = (picture_view){.quality = 100, .label = {0, i % VIEWS}};
}

static void tear_down(void)
{
    picture_views_clear(&views);
    free(said);
}

START_TEST(what_is_sound_comes_through)
{
    ck_assert(sandbox_frames_take(&views.frames, said, &wanted));
    ck_assert_uint_eq(views.frames.n, FRAMES / 2);
    ck_assert_uint_eq(views.frames.n_views, FRAMES / 2 * VIEWS);
    ck_assert_uint_eq(views.frames.frame[2].frame, 4);
    ck_assert_uint_eq(views.frames.view[4].label.view, 1);
    said->n = said->n_views = 0;
    ck_assert(sandbox_frames_take(&views.frames, said, &wanted));
    ck_assert_uint_eq(views.frames.n, 0);
}
END_TEST

/* One lie at a time. */
enum {
    TOO_MANY, HUGE_NUMBER, VIEWS_HUGE, VIEWS_OF_NO_FRAME, VIEWS_MISSING, VIEWS_OF_ONE, QUALITY, WIDTH, HEIGHT,
    FRAME_BEYOND, FRAME_TWICE, FRAME_BEFORE, VIEW_UNKNOWN, READING_UNKNOWN, VIEW_UNUSABLE, VIEW_FLAGS, LIES
};

static void lie(int which)
{
    switch (which) {
    case TOO_MANY: said->n = 11; break;
    case HUGE_NUMBER: said->n = UINT32_MAX; break;
    case VIEWS_HUGE: said->n_views = UINT32_MAX; break;
    case VIEWS_OF_NO_FRAME: said->n_views++; break;
    case VIEWS_MISSING: said->n_views--; break;
    case VIEWS_OF_ONE: said->frame[0].views = UINT32_MAX - 8; break;
    case QUALITY: said->frame[1].quality = 101; break;
    case WIDTH: said->frame[1].width = 0; break;
    case HEIGHT: said->frame[2].height = 0; break;
    case FRAME_BEYOND: said->frame[2].frame = 10; break;
    case FRAME_TWICE: said->frame[1].frame = 0; break;
    case FRAME_BEFORE: said->frame[2].frame = 1; break;
    case VIEW_UNKNOWN: said->view[8].label.view = 100000; break;
    case READING_UNKNOWN: said->view[0].label.reading = 4; break;
    case VIEW_UNUSABLE: said->view[3].quality = 1; break;
    default: said->view[3].flags = PHASH_FINGERPRINT_TOO_SMALL; break;
    }
}

START_TEST(every_lie_is_refused)
{
    lie(_i);
    ck_assert_msg(!sandbox_frames_take(&views.frames, said, &wanted), "lie %d was believed", _i);
    ck_assert_uint_eq(views.frames.n, 0);
    ck_assert_uint_eq(views.frames.n_views, 0);
}
END_TEST

START_TEST(random_bytes_lead_nowhere)
{
    const uint64_t seed = test_seed(20261123);
    test_rng rng = test_rng_init(seed);

    printf("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < 2000; i++) {
        said->n = test_rng_below(&rng, 12);
        said->n_views = test_rng_below(&rng, 40);
        test_rng_fill(&rng, (uint8_t *)said->frame + test_rng_below(&rng, 200), 4);
        if (sandbox_frames_take(&views.frames, said, &wanted))
            for (size_t k = 0, first = 0; k < views.frames.n; first += views.frames.frame[k++].views)
                picture_views_show_frame(&views, k, first);
    }
}
END_TEST

Suite *suite_sandbox_frames(void)
{
    Suite *s = suite_create("tools/sandbox_frames");
    TCase *c = tcase_create("sandbox_frames");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, what_is_sound_comes_through);
    tcase_add_loop_test(c, every_lie_is_refused, 0, LIES);
    tcase_add_test(c, random_bytes_lead_nowhere);
    suite_add_tcase(s, c);
    return s;
}
