/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <phash/index.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index/best_hits.h"
#include "support/failing_alloc.h"
#include "support/rng.h"

Suite *suite_index(void);

#define N_MAX 1500

static phash_hash set[N_MAX];
static phash_index_hit want[N_MAX];
static phash_index_hit got[N_MAX];

static uint32_t naive_distance(const phash_hash *a, const phash_hash *b)
{
    uint32_t d = 0;

    for (size_t i = 0; i < PHASH_HASH_BITS; i++)
        d += (uint32_t)((a->bytes[i / 8] ^ b->bytes[i / 8]) >> (i % 8)) & 1u;
    return d;
}

static int by_distance_then_id(const void *a, const void *b)
{
    const phash_index_hit *x = a;
    const phash_index_hit *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void flip_bits(test_rng *rng, phash_hash *h, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bit = test_rng_below(rng, PHASH_HASH_BITS);
        h->bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

enum shape { RANDOM, CLUSTERED, ALL_EQUAL, ALL_ZERO, SHAPES };

static void fill(test_rng *rng, enum shape shape, size_t n)
{
    phash_hash centre;

    test_rng_fill(rng, &centre, sizeof centre);
    for (size_t i = 0; i < n; i++) {
        if (shape == RANDOM)
            test_rng_fill(rng, &set[i], sizeof set[i]);
        else if (shape == ALL_ZERO)
            memset(&set[i], 0, sizeof set[i]);
        else
            set[i] = centre;
        if (shape == CLUSTERED)
            flip_bits(rng, &set[i], test_rng_below(rng, 80));
    }
}

/* One query at all radii, with room for all, for half of them, and for none. */
static void compare_with_naive(const phash_index *index, const phash_hash *query, size_t n)
{
    phash_index_hit nearest;
    size_t n_found;

    for (size_t i = 0; i < n; i++) {
        want[i].id = (uint32_t)i;
        want[i].distance = naive_distance(&set[i], query);
    }
    qsort(want, n, sizeof *want, by_distance_then_id);
    ck_assert_int_eq(phash_index_nearest(index, &nearest, query), PHASH_OK);
    ck_assert_uint_eq(nearest.id, n == 0 ? PHASH_INDEX_NONE : want[0].id);
    ck_assert_uint_eq(nearest.distance, n == 0 ? UINT32_MAX : want[0].distance);
    size_t expected = 0;
    for (uint32_t radius = 0; radius <= PHASH_RADIUS_MAX; radius++) {
        while (expected < n && want[expected].distance <= radius)
            expected++;
        memset(got, 0xee, sizeof got);
        ck_assert_int_eq(phash_index_range(index, got, N_MAX, &n_found, query, radius), PHASH_OK);
        ck_assert_uint_eq(n_found, expected);
        ck_assert_int_eq(memcmp(got, want, expected * sizeof *got), 0);
        size_t room = expected / 2;
        phash_status full = expected > room ? PHASH_E_BUFFER_TOO_SMALL : PHASH_OK;
        memset(got, 0xee, sizeof got);
        ck_assert_int_eq(phash_index_range(index, got, room, &n_found, query, radius), full);
        ck_assert_uint_eq(n_found, expected);
        ck_assert_int_eq(memcmp(got, want, room * sizeof *got), 0);
        if (room < N_MAX)
            ck_assert_uint_eq(got[room].id, 0xeeeeeeee);
        ck_assert_int_eq(phash_index_range(index, NULL, 0, &n_found, query, radius), full);
        ck_assert_uint_eq(n_found, expected);
    }
}

START_TEST(agrees_with_a_naive_loop)
{
    static const size_t sizes[] = {0, 1, 2, 3, 255, 256, 257, 511, 512, 513, N_MAX};
    uint64_t seed = test_seed(31);
    test_rng rng = test_rng_init(seed);

    printf("seed %llu\n", (unsigned long long)seed);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int shape = 0; shape < SHAPES; shape++) {
            phash_index *index = NULL;
            size_t n = sizes[s];
            fill(&rng, (enum shape)shape, n);
            ck_assert_int_eq(phash_index_new(&index, set, n, NULL), PHASH_OK);
            ck_assert_uint_eq(phash_index_count(index), n);
            for (int q = 0; q < 4; q++) {
                phash_hash query;
                memset(&query, 0, sizeof query);
                if (q == 0 || n == 0)
                    test_rng_fill(&rng, &query, sizeof query);
                else if (q < 3)
                    query = set[q == 1 ? n - 1 : test_rng_below(&rng, (uint32_t)n)];
                if (q == 2)
                    flip_bits(&rng, &query, test_rng_below(&rng, 70));
                compare_with_naive(index, &query, n);
            }
            phash_index_free(&index);
            ck_assert_ptr_null(index);
        }
    }
}
END_TEST

START_TEST(best_hits_are_the_best_in_any_order)
{
    uint64_t seed = test_seed(7);
    test_rng rng = test_rng_init(seed);

    printf("seed %llu\n", (unsigned long long)seed);
    for (size_t round = 0; round < 500; round++) {
        size_t n = test_rng_below(&rng, 200);
        size_t capacity = test_rng_below(&rng, 220);
        phash_best_hits best;
        for (size_t i = 0; i < n; i++) {
            want[i].id = (uint32_t)i;
            want[i].distance = test_rng_below(&rng, 10);
        }
        for (size_t i = n; i > 1; i--) {
            size_t j = test_rng_below(&rng, (uint32_t)i);
            phash_index_hit hit = want[j];
            want[j] = want[i - 1];
            want[i - 1] = hit;
        }
        phash_best_init(&best, got, sizeof *got, capacity);
        for (size_t i = 0; i < n; i++)
            phash_best_add(&best, &want[i]);
        phash_best_finish(&best);
        qsort(want, n, sizeof *want, by_distance_then_id);
        ck_assert_uint_eq(best.n_seen, n);
        ck_assert_uint_eq(best.n, n < capacity ? n : capacity);
        ck_assert_int_eq(memcmp(got, want, best.n * sizeof *got), 0);
    }
}
END_TEST

START_TEST(arguments)
{
    phash_index *index = NULL;
    phash_hash h = {{0}};
    phash_index_hit hit;
    size_t n;

    ck_assert_int_eq(phash_index_new(NULL, &h, 1, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_new(&index, NULL, 1, NULL), PHASH_E_ARGUMENT);
    if (SIZE_MAX > UINT32_MAX)
        ck_assert_int_eq(phash_index_new(&index, &h, (size_t)UINT32_MAX, NULL), PHASH_E_LIMIT);
    ck_assert_int_eq(phash_index_new(&index, NULL, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_index_range(NULL, &hit, 1, &n, &h, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_range(index, NULL, 1, &n, &h, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_range(index, &hit, 1, NULL, &h, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_range(index, &hit, 1, &n, NULL, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_range(index, &hit, 1, &n, &h, 64), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_range(index, &hit, 1, &n, &h, 63), PHASH_OK);
    ck_assert_int_eq(phash_index_nearest(NULL, &hit, &h), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_nearest(index, NULL, &h), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_nearest(index, &hit, NULL), PHASH_E_ARGUMENT);
    ck_assert_uint_eq(phash_index_count(NULL), 0);
    phash_index_free(&index);
    phash_index_free(&index);
    phash_index_free(NULL);
}
END_TEST

START_TEST(memory_comes_from_the_hooks_and_searching_takes_none)
{
    unsigned long n = 0;
    phash_index_hit hits[4];
    size_t found;

    memset(set, 0, sizeof set);
    for (;; n++) {
        failing_alloc f = {n, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_index *index = NULL;
        phash_status st = phash_index_new(&index, set, 10, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        if (st == PHASH_OK) {
            f.left = 0;
            ck_assert_int_eq(phash_index_range(index, hits, 4, &found, set, 63), PHASH_E_BUFFER_TOO_SMALL);
            ck_assert_int_eq(phash_index_nearest(index, hits, set), PHASH_OK);
            ck_assert_int_eq(f.failed, 0);
        }
        phash_index_free(&index);
        ck_assert_int_eq(f.live, 0);
        if (st == PHASH_OK)
            break;
    }
    ck_assert_uint_gt(n, 1);
}
END_TEST

Suite *suite_index(void)
{
    Suite *s = suite_create("index/index");
    TCase *c = tcase_create("index");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, agrees_with_a_naive_loop);
    tcase_add_test(c, best_hits_are_the_best_in_any_order);
    tcase_add_test(c, arguments);
    tcase_add_test(c, memory_comes_from_the_hooks_and_searching_takes_none);
    suite_add_tcase(s, c);
    return s;
}
