/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/margin.h"

#include "support/rng.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Suite *suite_margin(void);

enum { LINES = PHASH_MARGIN_LINES };

typedef struct margins {
    phash_plane plane;
    float *floats; /* rows + 2 * LINES rows of pitch */
} margins;

static margins margins_new(test_rng *rng, size_t rows, size_t cols)
{
    margins m = {{NULL, cols + PHASH_MARGIN_ROOM, rows, cols}, NULL};
    const size_t n = (rows + (size_t)2 * LINES) * m.plane.pitch;

    m.floats = malloc(n * sizeof *m.floats);
    ck_assert_ptr_nonnull(m.floats);
    for (size_t i = 0; i < n; i++)
        m.floats[i] = -1.0f;
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < cols; x++)
            m.floats[y * m.plane.pitch + x] = (float)test_rng_below(rng, 25501) / 100.0f;
    m.plane.data = m.floats;
    return m;
}

static float at(const margins *m, size_t y, size_t x)
{
    return m->floats[y * m->plane.pitch + x];
}

/* The definition, sample by sample: of n samples of an edge, `step` floats apart, what is expected beyond sample i. */
static double expected(const float *edge, size_t step, size_t n, size_t i, size_t t, size_t across)
{
    const long reach = (long)floor(2 * (double)(t * 2 + 1) / 2 * (double)across / 125 + 0.5);
    double sum = 0;
    int count = 0;

    for (long k = (long)i - reach; k <= (long)i + reach; k++)
        if (k >= 0 && k < (long)n) {
            sum += (double)edge[(size_t)k * step];
            count++;
        }
    return ((double)edge[i * step] + sum / count) / 2;
}

static void check_near(double a, double b)
{
    ck_assert_msg(fabs(a - b) < 1e-3, "%g is not %g", a, b);
}

START_TEST(margins_follow_their_definition)
{
    static const size_t sides[][2] = {{512, 512}, {300, 200}, {5, 5}, {5, 512}, {512, 7}, {64, 480}};
    test_rng rng = test_rng_init(test_seed(8101));
    const size_t rows = sides[_i][0];
    const size_t cols = sides[_i][1];
    margins m = margins_new(&rng, rows, cols);
    const size_t pitch = m.plane.pitch;
    const float last = at(&m, rows - 1, cols - 1);

    ck_assert(phash_margin_fits(rows, cols));
    phash_margin_fill(&m.plane);
    ck_assert(at(&m, rows - 1, cols - 1) == last);
    for (size_t t = 0; t < LINES; t++) {
        for (size_t x = 0; x < cols; x++) {
            check_near(at(&m, rows + t, x), expected(m.floats, 1, cols, x, t, rows));
            check_near(at(&m, rows + LINES + t, x), expected(m.floats + (rows - 1) * pitch, 1, cols, x, t, rows));
        }
        for (size_t y = 0; y < rows; y++) {
            check_near(at(&m, y, cols + t), expected(m.floats, pitch, rows, y, t, cols));
            check_near(at(&m, y, cols + LINES + t), expected(m.floats + cols - 1, pitch, rows, y, t, cols));
        }
        for (size_t side = 0; side < 2; side++)
            for (size_t k = 0; k < LINES; k++) {
                const size_t y = rows + LINES * side + t;
                ck_assert(at(&m, y, cols + k) == at(&m, y, 0));
                ck_assert(at(&m, y, cols + LINES + k) == at(&m, y, cols - 1));
            }
    }
    for (size_t y = 0; y < rows; y++) /* what is free beyond the margins stays so */
        ck_assert(at(&m, y, cols + (size_t)2 * LINES) == -1.0f);
    free(m.floats);
}
END_TEST

START_TEST(places_outside_are_lines_of_the_margins)
{
    ck_assert_uint_eq(phash_margin_index(false, 0, 1000, 300, true), 300);
    ck_assert_uint_eq(phash_margin_index(false, 7, 1000, 300, true), 300);
    ck_assert_uint_eq(phash_margin_index(false, 8, 1000, 300, true), 301);
    ck_assert_uint_eq(phash_margin_index(true, 8, 1000, 300, true), 300 + LINES + 1);
    ck_assert_uint_eq(phash_margin_index(false, 103, 1000, 300, true), 300 + LINES - 1);
    ck_assert_uint_eq(phash_margin_index(false, 5000, 1000, 300, true), 300 + LINES - 1);
    ck_assert_uint_eq(phash_margin_index(true, 5000, 1000, 300, true), 300 + 2 * LINES - 1);
    ck_assert_uint_eq(phash_margin_index(false, 5000, 1000, 300, false), 0);
    ck_assert_uint_eq(phash_margin_index(true, 0, 1000, 300, false), 299);
    ck_assert(phash_margin_fits(512, 512));
    ck_assert(!phash_margin_fits(513, 5) && !phash_margin_fits(5, 513));
}
END_TEST

Suite *suite_margin(void)
{
    Suite *s = suite_create("hash/margin");
    TCase *c = tcase_create("margin");

    tcase_add_loop_test(c, margins_follow_their_definition, 0, 6);
    tcase_add_test(c, places_outside_are_lines_of_the_margins);
    suite_add_tcase(s, c);
    return s;
}
