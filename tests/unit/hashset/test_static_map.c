/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/static_map.h"

#include "support/failing_alloc.h"
#include "support/rng.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_static_map(void);

static phash_allocator plain;

/* A map of n random keys and values, and what came of solving it. */
typedef struct solved_map {
    phash_map_shape shape;
    uint8_t *slots;
    uint8_t *cells;
    size_t cell_bytes;
    size_t stride;
    uint32_t value_size;
    uint32_t seed;
} solved_map;

static phash_status solve(solved_map *m, test_rng *rng, size_t n, uint32_t value_size)
{
    phash_map_scratch scratch;

    m->shape = phash_map_shape_for(n);
    m->value_size = value_size;
    m->stride = PHASH_MAP_KEY_SIZE + value_size;
    m->cell_bytes = (size_t)phash_map_cells(&m->shape) * value_size;
    m->slots = malloc(n * m->stride);
    m->cells = malloc(m->cell_bytes);
    ck_assert(m->slots != NULL && m->cells != NULL);
    test_rng_fill(rng, m->slots, n * m->stride);
    test_rng_fill(rng, m->cells, m->cell_bytes);
    ck_assert_int_eq(phash_map_scratch_init(&scratch, &m->shape, n, &plain), PHASH_OK);
    phash_status st = phash_map_solve(m->cells, &m->seed, &scratch, &m->shape, m->slots, m->stride, value_size);
    phash_map_scratch_clear(&scratch);
    return st;
}

static void map_free(solved_map *m)
{
    free(m->slots);
    free(m->cells);
}

static void look_up(uint8_t *out, const solved_map *m, const uint8_t *key)
{
    uint64_t cells[PHASH_MAP_ARITY];

    memset(out, 0, m->value_size);
    phash_map_cells_of(cells, &m->shape, m->seed, key);
    for (size_t c = 0; c < PHASH_MAP_ARITY; c++) {
        ck_assert_uint_lt(cells[c], phash_map_cells(&m->shape));
        for (size_t d = 0; d < c; d++)
            ck_assert_uint_ne(cells[c], cells[d]);
        for (uint32_t b = 0; b < m->value_size; b++)
            out[b] ^= m->cells[cells[c] * m->value_size + b];
    }
}

static void check_size(test_rng *rng, size_t n, uint32_t value_size)
{
    solved_map m;
    uint8_t value[32];

    ck_assert_msg(solve(&m, rng, n, value_size) == PHASH_OK, "%zu keys", n);
    ck_assert_msg(m.seed < 16, "%zu keys: seed %u", n, (unsigned)m.seed);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *slot = m.slots + i * m.stride;
        look_up(value, &m, slot);
        ck_assert_msg(memcmp(value, slot + PHASH_MAP_KEY_SIZE, value_size) == 0, "key %zu of %zu", i, n);
    }
    map_free(&m);
}

START_TEST(every_key_finds_its_value)
{
    test_rng rng = test_rng_init(test_seed(31));

    plain = phash_allocator_from(NULL);
    for (size_t n = 1; n <= 130; n++)
        check_size(&rng, n, 3);
    for (size_t n = 150; n <= 9000; n = n * 5 / 4)
        check_size(&rng, n, 19);
    check_size(&rng, 60000, 20);
    check_size(&rng, 250000, 3);
}
END_TEST

START_TEST(other_keys_find_noise)
{
    enum { N = 3000 };
    test_rng rng = test_rng_init(test_seed(32));
    solved_map m;
    uint8_t key[PHASH_MAP_KEY_SIZE];
    uint8_t value[8];
    uint32_t count[256] = {0};
    double chi2 = 0;

    plain = phash_allocator_from(NULL);
    ck_assert_int_eq(solve(&m, &rng, N, 8), PHASH_OK);
    for (int i = 0; i < 32000; i++) {
        test_rng_fill(&rng, key, sizeof key);
        look_up(value, &m, key);
        for (size_t b = 0; b < sizeof value; b++)
            count[value[b]]++;
    }
    for (int i = 0; i < 256; i++)
        chi2 += ((double)count[i] - 1000) * ((double)count[i] - 1000) / 1000;
    /* 255 degrees of freedom; the 32000 sums share 3200 cells, so wider bounds than for independent bytes */
    ck_assert_msg(chi2 < 1000, "chi-square %g", chi2);
    map_free(&m);
}
END_TEST

START_TEST(equal_keys_are_refused)
{
    static const phash_map_shape shape = {4, 3};
    phash_map_scratch scratch;
    uint8_t slots[10 * 19];
    uint8_t cells[6 * 16 * 3];
    uint32_t seed;
    test_rng rng = test_rng_init(33);

    plain = phash_allocator_from(NULL);
    test_rng_fill(&rng, slots, sizeof slots);
    test_rng_fill(&rng, cells, sizeof cells);
    memcpy(slots + 7 * 19, slots + 2 * 19, PHASH_MAP_KEY_SIZE);
    ck_assert_int_eq(phash_map_scratch_init(&scratch, &shape, 10, &plain), PHASH_OK);
    ck_assert_int_eq(phash_map_solve(cells, &seed, &scratch, &shape, slots, 19, 3), PHASH_E_INTERNAL);
    /* more equal keys than a cell can count */
    phash_map_scratch_clear(&scratch);
    uint8_t *many = calloc(600, 19);
    ck_assert_ptr_nonnull(many);
    ck_assert_int_eq(phash_map_scratch_init(&scratch, &shape, 600, &plain), PHASH_OK);
    ck_assert_int_eq(phash_map_solve(cells, &seed, &scratch, &shape, many, 19, 3), PHASH_E_INTERNAL);
    phash_map_scratch_clear(&scratch);
    free(many);
}
END_TEST

/* Keys that cannot be peeled at some seed are solved at a later one: a shape so tight that the first often fails. */
START_TEST(later_seeds_serve)
{
    enum { N = 40, V = 4 };
    static const phash_map_shape tight = {4, 1}; /* 64 cells in 4 segments, each key in all four */
    test_rng rng = test_rng_init(test_seed(34));
    uint32_t later = 0;

    plain = phash_allocator_from(NULL);
    for (int round = 0; round < 200; round++) {
        phash_map_scratch scratch;
        solved_map m = {.shape = tight, .stride = 20, .value_size = V};
        uint8_t slots[N * 20];
        uint8_t cells[64 * V];
        uint8_t value[V];
        test_rng_fill(&rng, slots, sizeof slots);
        test_rng_fill(&rng, cells, sizeof cells);
        ck_assert_int_eq(phash_map_scratch_init(&scratch, &tight, N, &plain), PHASH_OK);
        ck_assert_int_eq(phash_map_solve(cells, &m.seed, &scratch, &tight, slots, 20, V), PHASH_OK);
        phash_map_scratch_clear(&scratch);
        m.cells = cells;
        later += m.seed != 0;
        for (size_t i = 0; i < N; i++) {
            look_up(value, &m, slots + i * 20);
            ck_assert_mem_eq(value, slots + i * 20 + PHASH_MAP_KEY_SIZE, V);
        }
    }
    ck_assert_uint_gt(later, 3);
}
END_TEST

/* The cells that no key determines keep what was in them: nothing of the table is left empty. */
START_TEST(free_cells_stay_random)
{
    test_rng rng = test_rng_init(35);
    solved_map m;

    plain = phash_allocator_from(NULL);
    ck_assert_int_eq(solve(&m, &rng, 20, 16), PHASH_OK);
    for (size_t at = 0; at < m.cell_bytes; at += 16) {
        uint32_t zeros = 0;
        for (size_t b = 0; b < 16; b++)
            zeros += m.cells[at + b] == 0;
        ck_assert_uint_lt(zeros, 4);
    }
    map_free(&m);
}
END_TEST

START_TEST(shapes_are_pinned)
{
    static const struct {
        uint64_t n;
        uint32_t log, starts;
    } want[] = {{1, 2, 1}, {10, 2, 4}, {300, 4, 26}, {1000, 5, 42}, {60000, 9, 134}, {1000000, 12, 261},
                {10000000, 14, 654}, {UINT64_C(1) << 31, 18, 8804}};

    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        phash_map_shape s = phash_map_shape_for(want[i].n);
        ck_assert_msg(s.log == want[i].log && s.starts == want[i].starts, "%llu keys: 2^%u, %u",
                      (unsigned long long)want[i].n, (unsigned)s.log, (unsigned)s.starts);
        ck_assert_uint_ge(phash_map_cells(&s), want[i].n);
        ck_assert_uint_eq(phash_map_cells(&s) >> 32, 0);
    }
    for (uint64_t n = 1; n < UINT64_C(1) << 31; n = n * 9 / 8 + 1) {
        phash_map_shape s = phash_map_shape_for(n);
        ck_assert(s.log >= PHASH_MAP_LOG_MIN && s.log <= PHASH_MAP_LOG_MAX && s.starts >= 1);
        ck_assert_uint_ge(phash_map_cells(&s), n);
    }
}
END_TEST

/* Places are part of the format: worked out by the formula in docs/formats/blinded-set.md, with another program. */
START_TEST(places_are_pinned)
{
    static const uint64_t want[2][PHASH_MAP_ARITY] = {{839865, 844968, 851891, 853240},
                                                      {484822, 488552, 492095, 495953}};
    const phash_map_shape shape = {12, 260};
    uint8_t key[PHASH_MAP_KEY_SIZE];
    uint64_t cells[PHASH_MAP_ARITY];

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(17 * i + 3);
    for (uint32_t i = 0; i < 2; i++) {
        phash_map_cells_of(cells, &shape, i * 777, key);
        for (size_t c = 0; c < PHASH_MAP_ARITY; c++)
            ck_assert_uint_eq(cells[c], want[i][c]);
    }
}
END_TEST

START_TEST(failing_memory_is_an_error)
{
    const phash_map_shape shape = phash_map_shape_for(100);
    phash_map_scratch scratch;
    unsigned long fail_at = 0;
    phash_status st;

    do {
        failing_alloc f = {fail_at++, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_allocator a = phash_allocator_from(&o);
        st = phash_map_scratch_init(&scratch, &shape, 100, &a);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        phash_map_scratch_clear(&scratch);
        phash_map_scratch_clear(&scratch);
        ck_assert_int_eq(f.live, 0);
    } while (st != PHASH_OK);
    ck_assert_uint_eq(fail_at, 6);
}
END_TEST

Suite *suite_static_map(void)
{
    Suite *s = suite_create("hashset/static_map");
    TCase *c = tcase_create("static_map");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, every_key_finds_its_value);
    tcase_add_test(c, other_keys_find_noise);
    tcase_add_test(c, equal_keys_are_refused);
    tcase_add_test(c, later_seeds_serve);
    tcase_add_test(c, free_cells_stay_random);
    tcase_add_test(c, shapes_are_pinned);
    tcase_add_test(c, places_are_pinned);
    tcase_add_test(c, failing_memory_is_an_error);
    suite_add_tcase(s, c);
    return s;
}
