/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/plane.h"

#include "support/rng.h"
#include "util/cpu.h"
#include "vectors/pdq_reference.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_filter(void);

/* A plane at its pitch, with the same samples packed for the literal filter. */
typedef struct planes {
    phash_plane plane;
    float *packed;
    float *spare;
    float *literal_spare;
    phash_filter_space *space;
    phash_box_kernels box;
} planes;

static float *new_floats(size_t n)
{
    float *p = calloc(n, sizeof *p);

    ck_assert_ptr_nonnull(p);
    return p;
}

/* With as much working memory as the plane has, or with the least. */
static planes draw(test_rng *rng, size_t rows, size_t cols, uint32_t cpu_flags, bool roomy)
{
    planes p;

    p.plane = (phash_plane){NULL, phash_plane_pitch(cols), rows, cols};
    p.plane.data = new_floats(rows * p.plane.pitch);
    p.packed = new_floats(rows * cols);
    const size_t spare = (roomy ? rows * (p.plane.pitch + 64) : 0) + PHASH_FILTER_SPARE_MIN;
    p.spare = new_floats(spare);
    p.literal_spare = new_floats(rows * cols);
    p.space = calloc(1, sizeof *p.space);
    ck_assert_ptr_nonnull(p.space);
    p.space->spare = p.spare;
    p.space->spare_floats = spare;
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < cols; x++)
            p.plane.data[y * p.plane.pitch + x] = p.packed[y * cols + x] =
                (float)test_rng_below(rng, 1u << 24) * (255.0f / 16777216.0f);
    phash_box_kernels_init(&p.box, cpu_flags);
    return p;
}

static void clear(planes *p)
{
    free(p->plane.data);
    free(p->packed);
    free(p->spare);
    free(p->literal_spare);
    free(p->space);
}

/* Sizes on every path: narrow, within the sampled size, bands that do not fill, larger. */
static const size_t sizes[][2] = {{5, 5},     {64, 64},   {90, 40},   {40, 90},   {63, 512},  {512, 64},  {512, 512},
                                  {375, 500}, {65, 300},  {33, 129},  {31, 257},  {97, 65},   {513, 64},  {64, 513},
                                  {600, 700}, {7, 1300},  {1300, 7},  {20, 6500}, {511, 511}, {94, 384},  {127, 5}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static const uint32_t masks[] = {0, PHASH_CPU_SSE2,
                                 PHASH_CPU_SSE2 | PHASH_CPU_SSSE3 | PHASH_CPU_AVX2 | PHASH_CPU_NEON, UINT32_MAX};

START_TEST(grid_is_the_literal_one)
{
    const uint64_t seed = test_seed(31);
    test_rng rng = test_rng_init(seed);
    float grid[PHASH_GRID_SIZE];
    const size_t rows = sizes[_i][0];
    const size_t cols = sizes[_i][1];

    printf("seed %llu\n", (unsigned long long)seed);
    for (size_t m = 0; m < 2 * sizeof masks / sizeof *masks; m++) {
        planes p = draw(&rng, rows, cols, phash_cpu_flags() & masks[m / 2], m % 2 != 0);
        phash_plane_to_grid(grid, &p.plane, p.space, &p.box);
        pdq_reference_filter(p.packed, p.literal_spare, rows, cols);
        for (size_t i = 0; i < 64; i++)
            for (size_t j = 0; j < 64; j++) {
                const size_t y = phash_grid_source(i, rows);
                const size_t x = phash_grid_source(j, cols);
                ck_assert_uint_eq(y, (2 * i + 1) * rows / 128);
                ck_assert(grid[64 * i + j] == p.packed[y * cols + x]);
            }
        clear(&p);
    }
}
END_TEST

START_TEST(whole_plane_is_the_literal_one)
{
    test_rng rng = test_rng_init(test_seed(32));
    const size_t rows = sizes[_i][0];
    const size_t cols = sizes[_i][1];

    for (size_t m = 0; m < 2 * sizeof masks / sizeof *masks; m++) {
        planes p = draw(&rng, rows, cols, phash_cpu_flags() & masks[m / 2], m % 2 != 0);
        phash_plane_filter(&p.plane, p.space, &p.box);
        pdq_reference_filter(p.packed, p.literal_spare, rows, cols);
        for (size_t y = 0; y < rows; y++)
            ck_assert_mem_eq(p.plane.data + y * p.plane.pitch, p.packed + y * cols, cols * sizeof(float));
        clear(&p);
    }
}
END_TEST

Suite *suite_filter(void)
{
    Suite *s = suite_create("hash/filter");
    TCase *c = tcase_create("filter");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, grid_is_the_literal_one, 0, SIZES);
    tcase_add_loop_test(c, whole_plane_is_the_literal_one, 0, SIZES);
    suite_add_tcase(s, c);
    return s;
}
