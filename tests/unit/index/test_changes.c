/* SPDX-License-Identifier: Apache-2.0 */
/* Adding, removing and compacting, against a list kept beside. */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "index_fixture.h"

#include "index/index_handle.h"
#include "support/failing_alloc.h"

Suite *suite_changes(void);

#define N_MAX 40000

static phash_hash model[N_MAX];
static bool gone[N_MAX];
static uint32_t new_ids[N_MAX];
static phash_index_hit want[N_MAX];
static phash_index_hit got[N_MAX];

static void compare(test_rng *rng, const phash_index *index, size_t n)
{
    phash_hash query;
    phash_index_hit nearest;
    const uint32_t radius = test_rng_below(rng, 64);
    size_t expected = 0;
    size_t n_found;
    size_t left = 0;

    test_rng_fill(rng, &query, sizeof query);
    if (n != 0)
        query = model[test_rng_below(rng, (uint32_t)n)];
    flip_some(rng, &query, test_rng_below(rng, 40));
    for (size_t i = 0; i < n; i++) {
        const uint32_t d = naive_distance(&model[i], &query);
        if (!gone[i])
            want[left++] = (phash_index_hit){(uint32_t)i, d};
    }
    ck_assert_uint_eq(phash_index_count(index), left);
    for (size_t i = 0; i < left; i++)
        if (want[i].distance <= radius)
            want[expected++] = want[i];
    ck_assert_int_eq(phash_index_range(index, got, N_MAX, &n_found, &query, radius), PHASH_OK);
    ck_assert_uint_eq(n_found, expected);
    for (size_t i = 0; i < n_found; i++) {
        bool there = false; /* sets are small at these radii */
        for (size_t j = 0; j < expected && !there; j++)
            there = memcmp(&want[j], &got[i], sizeof *got) == 0;
        ck_assert(there);
    }
    ck_assert_int_eq(phash_index_nearest(index, &nearest, &query), PHASH_OK);
    ck_assert(left == 0 ? nearest.id == PHASH_INDEX_NONE : !gone[nearest.id]);
    if (expected != 0)
        ck_assert_uint_eq(nearest.id, got[0].id);
}

static void add_some(test_rng *rng, phash_index *index, size_t *n)
{
    uint32_t first;
    size_t count = test_rng_below(rng, test_rng_below(rng, 4) == 0 ? 6000 : 40);

    if (*n + count > N_MAX)
        count = N_MAX - *n;
    fill_shape(rng, model + *n, count, test_rng_below(rng, 4) == 0 ? SHAPE_FAMILIES : SHAPE_RANDOM);
    memset(gone + *n, 0, count);
    ck_assert_int_eq(phash_index_add(index, &first, model + *n, count), PHASH_OK);
    ck_assert_uint_eq(first, *n);
    *n += count;
}

static void remove_some(test_rng *rng, phash_index *index, size_t n)
{
    for (uint32_t i = test_rng_below(rng, 30); i > 0 && n != 0; i--) {
        const uint32_t id = test_rng_below(rng, (uint32_t)n);
        ck_assert_int_eq(phash_index_remove(index, id), gone[id] ? PHASH_E_ARGUMENT : PHASH_OK);
        gone[id] = true;
    }
    ck_assert_int_eq(phash_index_remove(index, (uint32_t)n), PHASH_E_ARGUMENT);
}

static void compact(phash_index *index, size_t *n)
{
    phash_index_info info;
    size_t kept = 0;

    ck_assert_int_eq(phash_index_compact(index, new_ids), PHASH_OK);
    for (size_t i = 0; i < *n; i++) {
        ck_assert_uint_eq(new_ids[i], gone[i] ? PHASH_INDEX_NONE : kept);
        if (!gone[i])
            model[kept++] = model[i];
    }
    memset(gone, 0, sizeof gone);
    *n = kept;
    ck_assert_int_eq(phash_index_get_info(index, &info), PHASH_OK);
    ck_assert_uint_eq(info.entries, kept);
    ck_assert_uint_eq(info.removed + info.pending, 0);
    ck_assert_uint_le(info.segments, 1);
}

START_TEST(changes_are_seen_by_every_search)
{
    uint64_t seed = test_seed(23);
    test_rng rng = test_rng_init(seed);
    uint32_t most_segments = 0;

    printf("changes: seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 12; round++) {
        phash_index *index = NULL;
        size_t n = test_rng_below(&rng, 3000);
        fill_shape(&rng, model, n, SHAPE_RANDOM);
        memset(gone, 0, sizeof gone);
        ck_assert_int_eq(phash_index_new(&index, model, n, NULL), PHASH_OK);
        for (int step = 0; step < 40; step++) {
            add_some(&rng, index, &n);
            if (round % 3 != 0)
                remove_some(&rng, index, n);
            if (test_rng_below(&rng, 15) == 0)
                compact(index, &n);
            most_segments = index->n_segments > most_segments ? index->n_segments : most_segments;
            compare(&rng, index, n);
        }
        phash_index_free(&index);
    }
    ck_assert_uint_gt(most_segments, 1);
}
END_TEST

START_TEST(segments_stay_few)
{
    test_rng rng = test_rng_init(test_seed(24));
    phash_index *index = NULL;

    fill_shape(&rng, model, 4097, SHAPE_RANDOM);
    ck_assert_int_eq(phash_index_new(&index, NULL, 0, NULL), PHASH_OK);
    for (int i = 0; i < 60; i++)
        ck_assert_int_eq(phash_index_add(index, NULL, model, 4097), PHASH_OK);
    ck_assert_uint_eq(phash_index_count(index), 60 * 4097);
    ck_assert_uint_le(index->n_segments, 4);
    phash_index_free(&index);
}
END_TEST

START_TEST(arguments)
{
    phash_index *index = NULL;
    phash_index_info info;

    fill_shape(&(test_rng){1}, model, 10, SHAPE_RANDOM);
    ck_assert_int_eq(phash_index_new(&index, model, 10, NULL), PHASH_OK);
    ck_assert_int_eq(phash_index_add(NULL, NULL, model, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_add(index, NULL, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_add(index, NULL, NULL, 0), PHASH_OK);
    if (SIZE_MAX > UINT32_MAX)
        ck_assert_int_eq(phash_index_add(index, NULL, model, (size_t)UINT32_MAX - 10), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_index_remove(NULL, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_compact(NULL, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_compact(index, NULL), PHASH_OK);
    ck_assert_int_eq(phash_index_remove(index, 9), PHASH_OK);
    ck_assert_int_eq(phash_index_compact(index, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_get_info(NULL, &info), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_get_info(index, NULL), PHASH_E_ARGUMENT);
    for (uint32_t i = 0; i < 9; i++)
        ck_assert_int_eq(phash_index_remove(index, i), PHASH_OK);
    ck_assert_int_eq(phash_index_compact(index, new_ids), PHASH_OK);
    ck_assert_uint_eq(phash_index_count(index), 0);
    ck_assert_int_eq(phash_index_add(index, NULL, model, 10), PHASH_OK);
    ck_assert_uint_eq(phash_index_count(index), 10);
    phash_index_free(&index);
}
END_TEST

/* Every allocation fails in turn; a failed change leaves what was there. */
START_TEST(changes_without_memory_change_nothing)
{
    enum { N = 5000 };
    test_rng rng = test_rng_init(test_seed(25));
    unsigned long n = 0;

    fill_shape(&rng, model, 2 * N, SHAPE_RANDOM);
    memset(gone, 0, sizeof gone);
    for (bool whole = false; !whole; n++) {
        failing_alloc f = {ULONG_MAX, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_index *index = NULL;
        ck_assert_int_eq(phash_index_new(&index, model, N, &o), PHASH_OK);
        f.left = n;
        phash_status added = phash_index_add(index, NULL, model + N, N);
        phash_status small = phash_index_add(index, NULL, model, 1);
        phash_status removed = phash_index_remove(index, 7);
        phash_status compacted = phash_index_compact(index, new_ids);
        whole = f.failed == 0;
        ck_assert_int_eq(added == PHASH_OK && small == PHASH_OK && removed == PHASH_OK && compacted == PHASH_OK,
                         whole);
        ck_assert_uint_eq(phash_index_count(index), (size_t)N + (added == PHASH_OK ? N : 0) +
                                                        (small == PHASH_OK) - (removed == PHASH_OK));
        phash_index_hit hit;
        ck_assert_int_eq(phash_index_nearest(index, &hit, &model[N - 1]), PHASH_OK);
        ck_assert_uint_eq(hit.distance, 0);
        phash_index_free(&index);
        ck_assert_int_eq(f.live, 0);
    }
    ck_assert_uint_gt(n, 8);
}
END_TEST

Suite *suite_changes(void)
{
    Suite *s = suite_create("index/changes");
    TCase *c = tcase_create("changes");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, changes_are_seen_by_every_search);
    tcase_add_test(c, segments_stay_few);
    tcase_add_test(c, arguments);
    tcase_add_test(c, changes_without_memory_change_nothing);
    suite_add_tcase(s, c);
    return s;
}
