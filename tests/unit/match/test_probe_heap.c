/* SPDX-License-Identifier: Apache-2.0 */
#include "match/probe_heap.h"

#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_probe_heap(void);

enum { ROOM = 300, HEAPS = 5 };

typedef struct shadow {
    float cost[ROOM];
    size_t n;
} shadow;

/* Index of the cheapest. */
static size_t cheapest(const shadow *s)
{
    size_t best = 0;

    for (size_t i = 1; i < s->n; i++)
        if (s->cost[i] < s->cost[best])
            best = i;
    return best;
}

/* A leftist heap of n nodes: at most log2(n + 1) on the way down the right. */
static void check_depth(const phash_probe_pool *pool, const phash_probe_heap *heap, size_t n)
{
    size_t depth = 0;

    for (uint32_t link = heap->top; link != 0; link = pool->nodes[link - 1].right)
        depth++;
    ck_assert_uint_le((size_t)1 << depth, n + 1);
}

/* What was popped has to be the cheapest of the list; NULL: nothing was. */
static void take_from(shadow *s, const phash_probe_pattern *x, size_t heap)
{
    ck_assert((s->n != 0) == (x != NULL));
    if (x == NULL)
        return;
    const size_t best = cheapest(s);
    ck_assert_float_eq(x->cost, s->cost[best]);
    ck_assert_uint_eq(x->flips, (uint64_t)x->cost * 3);
    ck_assert_uint_eq(x->stream, heap);
    s->cost[best] = s->cost[--s->n];
}

START_TEST(several_heaps_of_one_pool_agree_with_a_list)
{
    static phash_probe_node nodes[ROOM];
    static shadow shadows[HEAPS];
    phash_probe_pool pool = {nodes, ROOM, 0, 0};
    phash_probe_heap heaps[HEAPS] = {{0}};
    uint64_t seed = test_seed(31);
    test_rng rng = test_rng_init(seed);
    size_t live = 0;
    size_t dropped = 0;

    printf("seed %llu\n", (unsigned long long)seed);
    memset(shadows, 0, sizeof shadows);
    for (int i = 0; i < 200000; i++) {
        const size_t h = test_rng_below(&rng, HEAPS);
        shadow *s = &shadows[h];
        phash_probe_pattern x = {0, 0, 0, 0};
        const bool grow = i / 20000 % 2 == 0; /* up to the room, then down to nothing */
        if (test_rng_below(&rng, 10) < (grow ? 6u : 3u)) {
            x.cost = (float)test_rng_below(&rng, 1000); /* ties among them */
            x.flips = (uint64_t)x.cost * 3;
            x.stream = (uint32_t)h;
            phash_probe_push(&pool, &heaps[h], &x);
            if (live < ROOM) {
                s->cost[s->n++] = x.cost;
                live++;
            } else {
                dropped++;
            }
        } else if (phash_probe_pop(&pool, &heaps[h], &x)) {
            take_from(s, &x, h);
            live--;
        } else {
            take_from(s, NULL, h);
        }
        check_depth(&pool, &heaps[h], s->n);
    }
    ck_assert_uint_gt(dropped, 100);
    phash_probe_pool_wipe(&pool);
    for (size_t i = 0; i < sizeof nodes; i++)
        ck_assert_uint_eq(((const unsigned char *)nodes)[i], 0);
}
END_TEST

Suite *suite_probe_heap(void)
{
    Suite *s = suite_create("match/probe_heap");
    TCase *c = tcase_create("probe_heap");

    tcase_add_test(c, several_heaps_of_one_pool_agree_with_a_list);
    suite_add_tcase(s, c);
    return s;
}
