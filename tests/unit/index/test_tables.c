/* SPDX-License-Identifier: Apache-2.0 */
/* The tables against looking at every hash, with plans, sets and limits that no sensible caller would have. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index_fixture.h"

#include "index/index_handle.h"

Suite *suite_tables(void);

#define N_MAX 700

static phash_hash set[N_MAX];
static phash_index_hit want[N_MAX];
static phash_index_hit got[N_MAX];

static void near_or_far(test_rng *rng, phash_hash *query, size_t n)
{
    test_rng_fill(rng, query, sizeof *query);
    if (n != 0 && test_rng_below(rng, 4) != 0) {
        *query = set[test_rng_below(rng, (uint32_t)n)];
        flip_some(rng, query, test_rng_below(rng, 70));
    }
}

static void compare_all_radii(const phash_index *index, const phash_hash *query, size_t n)
{
    size_t n_found;
    size_t expected = 0;
    phash_index_hit nearest;

    naive_hits(want, set, n, query);
    for (uint32_t radius = 0; radius <= PHASH_RADIUS_MAX; radius++) {
        while (expected < n && want[expected].distance <= radius)
            expected++;
        memset(got, 0xee, sizeof got);
        ck_assert_int_eq(phash_index_range(index, got, N_MAX, &n_found, query, radius), PHASH_OK);
        ck_assert_uint_eq(n_found, expected);
        ck_assert_int_eq(memcmp(got, want, expected * sizeof *got), 0);
    }
    ck_assert_int_eq(phash_index_nearest(index, &nearest, query), PHASH_OK);
    ck_assert_uint_eq(nearest.id, n != 0 ? want[0].id : PHASH_INDEX_NONE);
}

START_TEST(any_plan_finds_what_a_loop_finds)
{
    uint64_t seed = test_seed(17);
    test_rng rng = test_rng_init(seed);
    size_t by_tables = 0;

    printf("tables: seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 400; round++) {
        const size_t n = 1 + test_rng_below(&rng, round % 8 == 0 ? N_MAX : 200);
        const index_shape shape = (index_shape)(round % SHAPE_COUNT);
        const phash_plan plan = random_plan(&rng);
        /* A low limit leaves the tables in the middle of a band. */
        const uint64_t limit = round % 3 == 0 ? UINT64_MAX : test_rng_below(&rng, (uint32_t)n * 2 + 1);
        fill_shape(&rng, set, n, shape);
        phash_index *index = planned_index(set, n, &plan, limit);
        for (uint32_t radius = 0; radius <= PHASH_RADIUS_MAX; radius++)
            by_tables += phash_segment_uses_tables(index->segments[0], radius);
        for (int q = 0; q < 3; q++) {
            phash_hash query;
            near_or_far(&rng, &query, n);
            compare_all_radii(index, &query, n);
        }
        phash_index_free(&index);
    }
    ck_assert_uint_gt(by_tables, 400 * 20); /* else this says nothing of tables */
}
END_TEST

/* Numbers in blocks that are too large for their bits: 1 value for many hashes, at the start, in the middle and at the
 * end of a block. */
START_TEST(full_blocks_are_searched_whole)
{
    uint64_t seed = test_seed(18);
    test_rng rng = test_rng_init(seed);
    const phash_plan plan = {8, {12, 12, 12, 12, 12, 12, 12, 12}};

    printf("full blocks: seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 60; round++) {
        const size_t n = 300 + test_rng_below(&rng, 400);
        const uint16_t low = (uint16_t)test_rng_next(&rng);
        for (size_t i = 0; i < n; i++) {
            test_rng_fill(&rng, &set[i], sizeof set[i]);
            /* The same block of 64 values in the first band: the value among them differs a little, or not at all. */
            uint16_t value = (uint16_t)((low & ~63u) | (round % 2 != 0 ? low & 63u : test_rng_below(&rng, 64)));
            memcpy(set[i].bytes, &value, 2);
        }
        phash_index *index = planned_index(set, n, &plan, UINT64_MAX);
        ck_assert_uint_eq(index->segments[0]->shapes[0], 6);
        for (int q = 0; q < 4; q++) {
            phash_hash query;
            near_or_far(&rng, &query, n);
            compare_all_radii(index, &query, n);
        }
        phash_index_free(&index);
    }
}
END_TEST

START_TEST(batches_give_what_single_queries_give)
{
    uint64_t seed = test_seed(19);
    test_rng rng = test_rng_init(seed);
    static phash_hash queries[40];
    static phash_index_hit rows[40 * 8];
    size_t counts[40];

    printf("batches: seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 60; round++) {
        const size_t n = 1 + test_rng_below(&rng, N_MAX);
        const size_t n_queries = test_rng_below(&rng, 41);
        const uint32_t radius = test_rng_below(&rng, 64);
        const phash_plan plan = random_plan(&rng);
        fill_shape(&rng, set, n, (index_shape)(round % SHAPE_COUNT));
        phash_index *index = planned_index(set, n, &plan, round % 2 != 0 ? 50 : UINT64_MAX);
        phash_status want_status = PHASH_OK;
        for (size_t i = 0; i < n_queries; i++)
            near_or_far(&rng, &queries[i], n);
        memset(rows, 0xee, sizeof rows);
        phash_status st = phash_index_range_batch(index, rows, 8, counts, queries, n_queries, radius);
        for (size_t i = 0; i < n_queries; i++) {
            size_t n_found;
            phash_status one = phash_index_range(index, got, 8, &n_found, &queries[i], radius);
            want_status = one != PHASH_OK ? one : want_status;
            ck_assert_uint_eq(counts[i], n_found);
            ck_assert_int_eq(memcmp(rows + 8 * i, got, (n_found < 8 ? n_found : 8) * sizeof *got), 0);
        }
        ck_assert_int_eq(st, want_status);
        phash_index_free(&index);
    }
}
END_TEST

START_TEST(a_group_finds_each_entry_once_at_its_best)
{
    uint64_t seed = test_seed(20);
    test_rng rng = test_rng_init(seed);
    static phash_hash readings[300];
    static phash_index_group_hit hits[N_MAX];
    static uint32_t seen[N_MAX];

    printf("groups: seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 80; round++) {
        const size_t n = 1 + test_rng_below(&rng, N_MAX);
        const size_t n_readings = round % 5 == 0 ? 129 + test_rng_below(&rng, 170) : test_rng_below(&rng, 90);
        const uint32_t radius = test_rng_below(&rng, 64);
        const phash_plan plan = random_plan(&rng);
        size_t expected = 0;
        size_t n_found;
        fill_shape(&rng, set, n, (index_shape)(round % SHAPE_COUNT));
        phash_index *index = planned_index(set, n, &plan, round % 2 != 0 ? 50 : UINT64_MAX);
        for (size_t i = 0; i < n_readings; i++)
            near_or_far(&rng, &readings[i], n);
        memset(seen, 0, sizeof seen);
        ck_assert_int_eq(phash_index_range_group(index, hits, N_MAX, &n_found, readings, n_readings, radius),
                         PHASH_OK);
        for (size_t i = 0; i < n_found; i++) {
            ck_assert_uint_eq(seen[hits[i].id]++, 0);
            ck_assert_uint_eq(naive_distance(&set[hits[i].id], &readings[hits[i].reading]), hits[i].distance);
            ck_assert(i == 0 || hits[i - 1].distance < hits[i].distance ||
                      (hits[i - 1].distance == hits[i].distance && hits[i - 1].id < hits[i].id));
        }
        for (size_t id = 0; id < n; id++) {
            uint32_t best = UINT32_MAX;
            size_t reading = 0;
            for (size_t i = 0; i < n_readings; i++) {
                uint32_t d = naive_distance(&set[id], &readings[i]);
                reading = d < best ? i : reading;
                best = d < best ? d : best;
            }
            ck_assert_uint_eq(seen[id], best <= radius);
            expected += best <= radius;
            for (size_t i = 0; best <= radius && i < n_found; i++)
                if (hits[i].id == id) {
                    ck_assert_uint_eq(hits[i].distance, best);
                    ck_assert_uint_eq(hits[i].reading, reading);
                }
        }
        ck_assert_uint_eq(n_found, expected);
        phash_index_free(&index);
    }
}
END_TEST

/* The public way, at a size where tables are worth it, against the index that scans. */
START_TEST(chosen_plans_find_what_a_scan_finds)
{
    enum { N = 60000, Q = 60 };
    uint64_t seed = test_seed(21);
    test_rng rng = test_rng_init(seed);
    phash_hash *many = malloc(N * sizeof *many);
    static phash_index_hit other[N_MAX];

    printf("chosen plans: seed %llu\n", (unsigned long long)seed);
    ck_assert_ptr_nonnull(many);
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
        const phash_index_params scan = {sizeof scan, 0, 1};
        phash_index *a = NULL;
        phash_index *b = NULL;
        phash_index_info info;
        fill_shape(&rng, many, N, (index_shape)shape);
        ck_assert_int_eq(phash_index_new(&a, many, N, NULL), PHASH_OK);
        ck_assert_int_eq(phash_index_build(&b, many, N, &scan, NULL), PHASH_OK);
        ck_assert_int_eq(phash_index_get_info(a, &info), PHASH_OK);
        ck_assert_int_eq(info.method, PHASH_INDEX_TABLES);
        ck_assert_uint_le(info.table_bytes, 7 * info.hash_bytes + 4096);
        ck_assert_int_eq(phash_index_get_info(b, &info), PHASH_OK);
        ck_assert_int_eq(info.method, PHASH_INDEX_SCAN);
        for (int q = 0; q < Q; q++) {
            phash_hash query = many[test_rng_below(&rng, N)];
            size_t n_a;
            size_t n_b;
            const uint32_t radius = q % 2 != 0 ? 31 : test_rng_below(&rng, 64);
            flip_some(&rng, &query, test_rng_below(&rng, 40));
            phash_status st = phash_index_range(a, got, N_MAX, &n_a, &query, radius);
            ck_assert_int_eq(phash_index_range(b, other, N_MAX, &n_b, &query, radius), st);
            ck_assert_uint_eq(n_a, n_b);
            ck_assert_int_eq(memcmp(got, other, (n_a < N_MAX ? n_a : N_MAX) * sizeof *got), 0);
        }
        phash_index_free(&a);
        phash_index_free(&b);
    }
    free(many);
}
END_TEST

static size_t n_gathered;

static size_t counting_gather(uint32_t *places, const uint8_t *query, const uint8_t *hashes, const uint32_t *ids,
                              size_t n, uint32_t radius)
{
    n_gathered += n;
    return phash_hamming_gather_c(places, query, hashes, ids, n, radius);
}

static void count_hit(void *user, phash_index_hit hit, uint32_t query)
{
    (void)hit;
    (void)query;
    ++*(size_t *)user;
}

/* When all values are crowded, what the tables give stays under the limit, and the rest is scanned. */
START_TEST(crowded_tables_are_left)
{
    const phash_plan plan = {16, {16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16}};
    test_rng rng = test_rng_init(test_seed(22));

    fill_shape(&rng, set, N_MAX, SHAPE_CLUSTERED);
    phash_index *index = planned_index(set, N_MAX, &plan, 100);
    phash_hamming_kernels kernels = index->kernels;
    kernels.gather = counting_gather;
    for (int q = 0; q < 20; q++) {
        size_t hits = 0;
        size_t expected = 0;
        const phash_ask ask = {&kernels, &index->blocks, &set[q], 1, 31, count_hit, &hits};
        n_gathered = 0;
        phash_segment_search(&ask, index->segments[0], &index->flips);
        for (size_t i = 0; i < N_MAX; i++)
            expected += naive_distance(&set[i], &set[q]) <= 31;
        ck_assert_uint_eq(hits, expected);
        ck_assert_uint_le(n_gathered, 100);
    }
    phash_index_free(&index);
}
END_TEST

typedef struct asker {
    const phash_index *index;
    size_t found; /* in all */
} asker;

static void *ask_all(void *context)
{
    asker *a = context;
    size_t n_found;

    for (uint32_t radius = 0; radius < 64; radius += 9)
        for (size_t i = 0; i < N_MAX; i++)
            if (phash_index_range(a->index, NULL, 0, &n_found, &set[i], radius) != PHASH_E_ARGUMENT)
                a->found += n_found;
    return NULL;
}

START_TEST(threads_share_an_index)
{
    const phash_plan plan = {8, {12, 12, 12, 12, 12, 12, 12, 12}};
    test_rng rng = test_rng_init(test_seed(26));
    pthread_t threads[3];
    asker askers[4] = {{0}};

    fill_shape(&rng, set, N_MAX, SHAPE_FAMILIES);
    phash_index *index = planned_index(set, N_MAX, &plan, 200);
    for (int i = 0; i < 4; i++)
        askers[i].index = index;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_all, &askers[i]), 0);
    ask_all(&askers[3]);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(askers[i].found, askers[3].found);
    }
    phash_index_free(&index);
}
END_TEST

Suite *suite_tables(void)
{
    Suite *s = suite_create("index/tables");
    TCase *c = tcase_create("tables");

    tcase_set_timeout(c, 300);
    tcase_add_test(c, any_plan_finds_what_a_loop_finds);
    tcase_add_test(c, full_blocks_are_searched_whole);
    tcase_add_test(c, batches_give_what_single_queries_give);
    tcase_add_test(c, a_group_finds_each_entry_once_at_its_best);
    tcase_add_test(c, threads_share_an_index);
    tcase_add_test(c, crowded_tables_are_left);
    tcase_add_test(c, chosen_plans_find_what_a_scan_finds);
    suite_add_tcase(s, c);
    return s;
}
