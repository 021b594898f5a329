/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of public multiples: by tables of small multiples where the points are few, else by Pippenger's buckets, eight
 * windows at once where the processor has kernels for that. Figures: docs/private-performance.md. Variable time
 * throughout. */
#include "oprf/p256_batch.h"
#include "oprf/p256_point.h"

#include <string.h>

#define WINDOW_MAX 8
#define BUCKETS_MAX (1 << (WINDOW_MAX - 1))

#define FEW_MAX 32 /* points; from about 40 on buckets take fewer additions than tables, which need 24 KiB here */
#define TABLE_WINDOW 4
#define TABLE_SIZE (1 << (TABLE_WINDOW - 1))

/* Digits of `window` bits, so many that the topmost has room for the carry. */
static int windows_needed(int window)
{
    return (256 + window) / window;
}

/* Additions for n points: per window n into buckets, the first into each being free, and two passes over the buckets;
 * 256 doublings. */
static int choose_window(size_t n)
{
    int best = 2;
    uint64_t least = UINT64_MAX;

    for (int window = 2; window <= WINDOW_MAX; window++) {
        uint64_t cost = (uint64_t)windows_needed(window) * (n + ((uint64_t)1 << (window - 1)));
        if (cost < least) {
            least = cost;
            best = window;
        }
    }
    return best;
}

/* Digit `index` of the scalar, -half .. half with half = 2^(window - 1), so that half the buckets do (Booth 1951):
 * the window + 1 bits from window * index - 1 on, halved and rounded, less 2^window when the topmost is set. */
static int signed_digit(const uint8_t scalar[32], int window, int index)
{
    const int bit = window * index;
    uint32_t three = 0; /* bytes, the first below the one with that bit */

    for (int i = 0; i < 3; i++) {
        int at = 32 - bit / 8 - i;
        three |= at >= 0 && at < 32 ? (uint32_t)scalar[at] << (8 * i) : 0;
    }
    uint32_t bits = (three >> (bit % 8 + 7)) & ((UINT32_C(2) << window) - 1);
    return (int)((bits + 1) >> 1) - (int)((bits >> window) << window);
}

/* total = 1 * bucket[0] + 2 * bucket[1] + ..., by running sums from the top. */
static void sum_buckets(phash_point *total, const phash_point *bucket, int n)
{
    phash_point running = phash_point_identity;

    *total = phash_point_identity;
    for (int i = n - 1; i >= 0; i--) {
        phash_point_add(&running, &running, &bucket[i]);
        phash_point_add(total, total, &running);
    }
}

/* acc += digit * point with table[k - 1] = k * point. */
static void add_multiple(phash_point *acc, const phash_point *table, int digit)
{
    if (digit == 0)
        return;
    phash_point p = table[(digit < 0 ? -digit : digit) - 1];
    if (digit < 0)
        phash_fe_neg(&p.y, &p.y);
    phash_point_add(acc, acc, &p);
}

/* Straus 1964: a table for every point, one run of doublings for all. n <= FEW_MAX */
static void sum_by_tables(phash_point *sum, const phash_affine *points, const uint8_t (*scalars)[32], size_t n)
{
    phash_point table[FEW_MAX][TABLE_SIZE];
    phash_point acc = phash_point_identity;

    for (size_t i = 0; i < n; i++) {
        table[i][0] = phash_point_from_affine(&points[i]);
        for (int k = 1; k < TABLE_SIZE; k++)
            phash_point_add(&table[i][k], &table[i][k - 1], &table[i][0]);
    }
    for (int w = windows_needed(TABLE_WINDOW) - 1; w >= 0; w--) {
        for (int i = 0; i < TABLE_WINDOW; i++)
            phash_point_add(&acc, &acc, &acc);
        for (size_t i = 0; i < n; i++)
            add_multiple(&acc, table[i], signed_digit(scalars[i], TABLE_WINDOW, w));
    }
    *sum = acc;
}

static void sum_by_buckets(phash_point *sum, const phash_affine *points, const uint8_t (*scalars)[32], size_t n)
{
    phash_point bucket[BUCKETS_MAX];
    int window = choose_window(n);
    int buckets = 1 << (window - 1);
    phash_point total, acc = phash_point_identity;

    for (int w = windows_needed(window) - 1; w >= 0; w--) {
        for (int i = 0; i < buckets; i++)
            bucket[i] = phash_point_identity;
        for (size_t i = 0; i < n; i++) {
            int digit = signed_digit(scalars[i], window, w);
            if (digit == 0)
                continue;
            phash_affine p = points[i];
            if (digit < 0)
                phash_fe_neg(&p.y, &p.y);
            phash_point *into = &bucket[(digit < 0 ? -digit : digit) - 1];
            if (phash_fe_is_zero(&into->z) != 0)
                *into = phash_point_from_affine(&p);
            else
                phash_point_add_affine(into, into, &p);
        }
        sum_buckets(&total, bucket, buckets);
        for (int i = 0; i < window; i++)
            phash_point_add(&acc, &acc, &acc);
        phash_point_add(&acc, &acc, &total);
    }
    *sum = acc;
}

void phash_multi_scalar_var(phash_point *sum, const phash_affine *points, const uint8_t (*scalars)[32], size_t n)
{
    if (n <= FEW_MAX)
        sum_by_tables(sum, points, scalars, n);
    else
        sum_by_buckets(sum, points, scalars, n);
}

#define LANES PHASH_P256_LANES
#define LANES_WINDOW 6
#define LANES_DIGITS ((256 + LANES_WINDOW) / LANES_WINDOW) /* as windows_needed() */
#define LANES_BLOCK 512                                    /* points whose digits wait on the stack */

_Static_assert(1 << (LANES_WINDOW - 1) == PHASH_P256_WEIGHT_MAX, "digits are weights of the kernel");
_Static_assert(sizeof(phash_affine) == 8 * sizeof(uint64_t), "the kernel takes eight limbs for a point");

static void get(phash_fe *out, const phash_p256_numbers *from, size_t lane)
{
    for (int i = 0; i < 4; i++)
        out->limb[i] = from->limb[i][lane];
}

/* windows[w] += the sum over n <= LANES_BLOCK points by digit w of their scalars, eight windows at a time. */
static void add_block(const phash_p256_kernels *kernels, phash_point *windows, const phash_affine *points,
                      const uint8_t (*scalars)[32], size_t n)
{
    int8_t digits[LANES_BLOCK][LANES];
    phash_p256_sums sums;
    phash_point p;

    for (int first = 0; first < LANES_DIGITS; first += LANES) {
        const int now = LANES_DIGITS - first < LANES ? LANES_DIGITS - first : LANES;
        memset(digits, 0, sizeof digits);
        for (size_t i = 0; i < n; i++)
            for (int lane = 0; lane < now; lane++)
                digits[i][lane] = (int8_t)signed_digit(scalars[i], LANES_WINDOW, first + lane);
        kernels->sums(&sums, (const uint64_t(*)[8])(const void *)points, (const int8_t(*)[LANES])digits, n);
        for (int lane = 0; lane < now; lane++) {
            get(&p.x, &sums.x, (size_t)lane);
            get(&p.y, &sums.y, (size_t)lane);
            get(&p.z, &sums.z, (size_t)lane);
            phash_point_add(&windows[first + lane], &windows[first + lane], &p);
        }
    }
}

void phash_lanes_multi_scalar_var(const phash_p256_kernels *kernels, phash_point *sum, const phash_affine *points,
                                  const uint8_t (*scalars)[32], size_t n)
{
    phash_point windows[LANES_DIGITS];
    phash_point acc = phash_point_identity;

    for (int w = 0; w < LANES_DIGITS; w++)
        windows[w] = phash_point_identity;
    for (size_t at = 0; at < n; at += LANES_BLOCK)
        add_block(kernels, windows, points + at, scalars + at, n - at < LANES_BLOCK ? n - at : LANES_BLOCK);
    for (int w = LANES_DIGITS - 1; w >= 0; w--) {
        for (int i = 0; i < LANES_WINDOW; i++)
            phash_point_add(&acc, &acc, &acc);
        phash_point_add(&acc, &acc, &windows[w]);
    }
    *sum = acc;
}
