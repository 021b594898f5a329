/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a hostile decoder process: refused, or as good as an honest one's. */
#define _POSIX_C_SOURCE 200809L
#include "sandbox/sandbox_answer.h"
#include "support/guard.h"
#include "support/rng.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_sandbox_answer(void);

static sandbox_answer *answer;
static test_rng rng;

static void set_up(void)
{
    uint64_t seed = test_seed(20261123);

    printf("seed %" PRIu64 "\n", seed);
    rng = test_rng_init(seed);
    answer = calloc(1, sizeof *answer);
    ck_assert_ptr_nonnull(answer);
}

static void tear_down(void)
{
    free(answer);
}

static void put_print(phash_fingerprint *p)
{
    test_rng_fill(&rng, &p->hash, sizeof p->hash);
    p->quality = (int32_t)(50 + test_rng_below(&rng, 51));
    p->flags = 0;
    for (int i = 0; i < PHASH_HASH_BITS; i++)
        p->margin[i] = (float)test_rng_below(&rng, 1000) / 8;
}

/* What an honest process says of a picture with two readings and as many views of each. */
static void put_sound(uint32_t views)
{
    static const picture_wanted all = {.views = PHASH_VIEWS_ALL, .dihedral = true, .margins = true};
    static picture p;
    static phash_fingerprint print[SANDBOX_VIEWS_MAX];
    static view_label label[SANDBOX_VIEWS_MAX];
    picture_views v = {.print = print, .label = label};

    picture_reset(&p);
    p.info = (phash_image_info){PHASH_KIND_JPEG, 640, 480, 6, 0};
    p.readings = 2;
    p.reading[0] = 0;
    p.reading[1] = PHASH_READING_STORED;
    for (int i = 0; i < PHASH_READINGS_MAX; i++)
        put_print(&p.print[i]);
    for (int i = 0; i < PHASH_DIHEDRAL_COUNT; i++)
        put_print(&p.dihedral[i]);
    for (v.n = 0; v.n < 2 * (size_t)views; v.n++) {
        put_print(&v.print[v.n]);
        v.label[v.n] = (view_label){p.reading[v.n % 2], (uint32_t)v.n / 2};
    }
    sandbox_answer_put(answer, &p, &v, &all);
}

/* Views that end where memory ends. */
static picture_views guarded_views(const picture_wanted *wanted, guard_buffer *prints, guard_buffer *labels)
{
    picture_views v = {0};

    *prints = guard_new(picture_views_room(wanted) * sizeof *v.print);
    *labels = guard_new(picture_views_room(wanted) * sizeof *v.label);
    v.print = (phash_fingerprint *)(void *)prints->data;
    v.label = (view_label *)(void *)labels->data;
    return v;
}

static bool print_is_sound(const phash_fingerprint *p)
{
    bool good = p->quality >= 0 && p->quality <= 100 && (p->flags & ~(uint32_t)PHASH_FINGERPRINT_MEANINGLESS) == 0;

    for (int i = 0; good && i < PHASH_HASH_BITS; i++)
        good = isfinite(p->margin[i]) && p->margin[i] >= 0;
    return good;
}

/* Whatever was answered, this is what the program may see. */
static void check_taken(bool taken, const picture *p, const picture_views *v, const picture_wanted *wanted)
{
    ck_assert_uint_lt(p->trouble, REASON_COUNT);
    ck_assert_ptr_nonnull(memchr(p->why, '\0', sizeof p->why));
    ck_assert_uint_le(p->readings, PHASH_READINGS_MAX);
    ck_assert_uint_le(v->n, picture_views_room(wanted));
    if (!taken || p->readings == 0) {
        ck_assert_uint_eq(p->readings, 0);
        ck_assert_uint_eq(v->n, 0);
        ck_assert(!taken || p->trouble != REASON_NONE);
        return;
    }
    ck_assert_uint_eq(p->trouble, REASON_NONE);
    ck_assert(p->info.width != 0 && p->info.height != 0 && p->info.orientation <= 8);
    ck_assert_str_ne(phash_kind_name(p->info.kind), "unknown");
    for (uint32_t i = 0; i < p->readings; i++)
        ck_assert(print_is_sound(&p->print[i]) && strcmp(phash_reading_name(p->reading[i]), "unknown") != 0);
    for (int i = 0; wanted->dihedral && i < PHASH_DIHEDRAL_COUNT; i++)
        ck_assert(print_is_sound(&p->dihedral[i]));
    for (size_t i = 0; i < v->n; i++)
        ck_assert(print_is_sound(&v->print[i]) && strcmp(phash_view_name(v->label[i].view), "unknown") != 0);
}

static bool take(const picture_wanted *wanted, picture *p)
{
    guard_buffer prints;
    guard_buffer labels;
    picture_views v = guarded_views(wanted, &prints, &labels);
    bool taken = sandbox_answer_take(p, &v, answer, wanted);

    check_taken(taken, p, &v, wanted);
    guard_free(&prints);
    guard_free(&labels);
    return taken;
}

START_TEST(what_is_sound_comes_through)
{
    const picture_wanted wanted = {.views = PHASH_VIEWS_ALL, .dihedral = true, .margins = true};
    picture_views v;
    static picture p;

    ck_assert(picture_views_init(&v, &wanted));
    put_sound(60);
    ck_assert(sandbox_answer_take(&p, &v, answer, &wanted));
    check_taken(true, &p, &v, &wanted);
    ck_assert_uint_eq(p.readings, 2);
    ck_assert_uint_eq(v.n, 120);
    ck_assert_int_eq(p.info.kind, PHASH_KIND_JPEG);
    ck_assert(p.info.width == 640 && p.info.height == 480 && p.info.orientation == 6 && p.info.has_alpha == 0);
    ck_assert_uint_eq(p.reading[1], PHASH_READING_STORED);
    ck_assert_mem_eq(p.print, answer->print, 2 * sizeof *p.print);
    ck_assert_mem_eq(p.dihedral, answer->dihedral, sizeof p.dihedral);
    for (size_t i = 0; i < v.n; i++) {
        const picture_view *said = &answer->view[i];
        ck_assert_mem_eq(&v.print[i].hash, &said->hash, sizeof said->hash);
        ck_assert(v.print[i].quality == said->quality && v.print[i].flags == said->flags);
        ck_assert_mem_eq(v.print[i].margin, answer->margin[i], sizeof v.print[i].margin);
        ck_assert(v.label[i].reading == said->label.reading && v.label[i].view == said->label.view);
    }
    picture_views_clear(&v);
}
END_TEST

START_TEST(trouble_comes_through)
{
    const picture_wanted wanted = {.views = PHASH_VIEWS_ALL};
    static picture p;

    answer->facts =
        (sandbox_facts){.trouble = REASON_TRUNCATED, .kind = PHASH_KIND_PNG, .width = 7, .why = "too short"};
    ck_assert(take(&wanted, &p));
    ck_assert_int_eq(p.trouble, REASON_TRUNCATED);
    ck_assert_str_eq(p.why, "too short");
    ck_assert_int_eq(p.info.kind, PHASH_KIND_PNG);
    ck_assert_uint_eq(p.info.width, 7);
}
END_TEST

/* One lie at a time. */
enum {
    NO_ANSWER, TROUBLE_AND_PRINTS, TROUBLE_TOO_LARGE, TROUBLE_OF_OTHERS, NO_TROUBLE, NO_PRINTS_BUT_VIEWS, KIND,
    KIND_HUGE, NO_KIND, WIDTH, HEIGHT, ORIENTATION, ALPHA, READINGS, READING, VIEWS_TOO_MANY, VIEWS_HUGE,
    WHY_WITHOUT_END, QUALITY_BELOW, QUALITY_ABOVE, FLAGS, MARGIN_NAN, MARGIN_INFINITE, MARGIN_BELOW, DIHEDRAL,
    VIEW_MARGIN, VIEW_UNUSABLE, VIEW_UNKNOWN, VIEW_OF_NO_READING, LIES
};

static void lie(int which)
{
    sandbox_facts *f = &answer->facts;

    switch (which) {
    case NO_ANSWER: memset(f, 0, sizeof *f); break;
    case TROUBLE_AND_PRINTS: f->trouble = REASON_CORRUPT; break;
    case TROUBLE_TOO_LARGE: f->readings = f->views = 0, f->trouble = REASON_COUNT; break;
    case TROUBLE_OF_OTHERS: f->readings = f->views = 0, f->trouble = REASON_UNREADABLE; break;
    case NO_TROUBLE: f->readings = f->views = 0; break;
    case NO_PRINTS_BUT_VIEWS: f->readings = 0, f->trouble = REASON_CORRUPT; break;
    case KIND: f->kind = 4711; break;
    case KIND_HUGE: f->kind = UINT32_MAX; break;
    case NO_KIND: f->kind = PHASH_KIND_UNKNOWN; break;
    case WIDTH: f->width = 0; break;
    case HEIGHT: f->height = 0; break;
    case ORIENTATION: f->orientation = 9; break;
    case ALPHA: f->has_alpha = 2; break;
    case READINGS: f->readings = PHASH_READINGS_MAX + 1; break;
    case READING: f->reading[1] = 4; break;
    case VIEWS_TOO_MANY: f->views = 2 * PHASH_VIEWS_MAX + 1; break;
    case VIEWS_HUGE: f->views = UINT32_MAX; break;
    case WHY_WITHOUT_END: memset(f->why, 'a', sizeof f->why); break;
    case QUALITY_BELOW: answer->print[1].quality = -1; break;
    case QUALITY_ABOVE: answer->print[0].quality = 101; break;
    case FLAGS: answer->print[1].flags = PHASH_FINGERPRINT_TOO_SMALL; break;
    case MARGIN_NAN: answer->print[1].margin[255] = NAN; break;
    case MARGIN_INFINITE: answer->print[0].margin[0] = INFINITY; break;
    case MARGIN_BELOW: answer->print[0].margin[100] = -1; break;
    case DIHEDRAL: answer->dihedral[7].margin[3] = NAN; break;
    case VIEW_MARGIN: answer->margin[19][3] = NAN; break;
    case VIEW_UNUSABLE: answer->view[3].quality = 1; break;
    case VIEW_UNKNOWN: answer->view[19].label.view = 100000; break;
    default: answer->view[0].label.reading = PHASH_READING_ALPHA_DROPPED; break;
    }
}

START_TEST(every_lie_is_refused)
{
    const picture_wanted wanted = {.views = PHASH_VIEWS_ALL, .dihedral = true, .margins = true};
    static picture p;

    put_sound(10);
    ck_assert(take(&wanted, &p));
    lie(_i);
    ck_assert_msg(!take(&wanted, &p), "lie %d was believed", _i);
}
END_TEST

START_TEST(views_that_nobody_asked_for_are_refused)
{
    const picture_wanted none = {.views = PHASH_VIEWS_NONE};
    static picture p;

    put_sound(1);
    ck_assert(take(&none, &p));
    answer->view[1].label.view = 3;
    ck_assert(!take(&none, &p));
    put_sound(2);
    ck_assert(!take(&none, &p));
}
END_TEST

START_TEST(random_bytes_lead_nowhere)
{
    const picture_wanted wanted[] = {{.views = PHASH_VIEWS_ALL, .dihedral = true, .margins = true},
                                     {.views = PHASH_VIEWS_NONE}};
    static picture p;
    size_t taken = 0;

    for (int i = 0; i < 3000; i++) {
        put_sound(1 + test_rng_below(&rng, 3));
        if (i % 3 == 0)
            test_rng_fill(&rng, answer, sizeof answer->facts + 2000);
        for (uint32_t n = test_rng_below(&rng, 4); i % 3 == 1 && n > 0; n--) /* mostly sound */
            test_rng_fill(&rng, (uint8_t *)answer + 4 * test_rng_below(&rng, sizeof answer->facts / 4), 4);
        for (uint32_t n = test_rng_below(&rng, 4); i % 3 == 2 && n > 0; n--) /* small numbers */
            ((uint32_t *)(void *)answer)[test_rng_below(&rng, 12)] = test_rng_below(&rng, 20);
        taken += take(&wanted[i % 2], &p);
    }
    ck_assert_uint_gt(taken, 100); /* else nothing behind the first check was tried */
    ck_assert_uint_lt(taken, 2700);
}
END_TEST

#if !defined(__SANITIZE_THREAD__) /* a race on purpose */
static atomic_bool finished;

/* Another thread in place of a process that changes its answer while it is read. */
static void *keep_changing(void *argument)
{
    volatile sandbox_facts *f = &answer->facts;

    for (uint32_t i = 0; !atomic_load(&finished); i++) {
        f->views = i % 2 != 0 ? UINT32_MAX / 2 : 2;
        f->readings = i % 3 != 0 ? 2 : 100;
        answer->margin[1][7] = i % 5 != 0 ? NAN : 1;
        answer->view[0].label.view = i % 7 != 0 ? 0 : 77777;
    }
    return argument;
}

START_TEST(what_was_checked_cannot_change_any_more)
{
    const picture_wanted wanted = {.views = PHASH_VIEWS_NONE, .margins = true};
    static picture p;
    pthread_t thread;

    put_sound(1);
    atomic_store(&finished, false);
    ck_assert_int_eq(pthread_create(&thread, NULL, keep_changing, NULL), 0);
    for (int i = 0; i < 3000; i++)
        (void)take(&wanted, &p);
    atomic_store(&finished, true);
    pthread_join(thread, NULL);
}
END_TEST
#endif

Suite *suite_sandbox_answer(void)
{
    Suite *s = suite_create("tools/sandbox_answer");
    TCase *c = tcase_create("sandbox_answer");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, what_is_sound_comes_through);
    tcase_add_test(c, trouble_comes_through);
    tcase_add_loop_test(c, every_lie_is_refused, 0, LIES);
    tcase_add_test(c, views_that_nobody_asked_for_are_refused);
    tcase_add_test(c, random_bytes_lead_nowhere);
#if !defined(__SANITIZE_THREAD__)
    tcase_add_test(c, what_was_checked_cannot_change_any_more);
#endif
    suite_add_tcase(s, c);
    return s;
}
