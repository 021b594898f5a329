/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of public multiples: by tables of small multiples where the points are few, else by Pippenger's buckets, eight
 * windows at once where the processor has kernels for that. Figures: docs/private-performance.md. Variable time
 * throughout. */
#include "oprf/p256_batch.h"
#include "oprf/p256_limbs.h"
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

/* offset = half a digit's range at every position. Adding it to a scalar once makes digit - half the signed digits of
 * the scalar, in -half .. half - 1, so that half the buckets do. */
static void make_offset(uint64_t offset[5], int window)
{
    memset(offset, 0, 5 * sizeof *offset);
    for (int i = 0; i < windows_needed(window); i++) {
        int bit = window * i + window - 1;
        offset[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

static int signed_digit(const uint8_t scalar[32], const uint64_t offset[5], int window, int index)
{
    uint64_t sum[5] = {0};
    uint64_t carry = 0;
    int bit = window * index;
    int limb = bit / 64;

    limbs_from_bytes(sum, scalar);
    for (int i = 0; i < 5; i++)
        sum[i] = limb_add(sum[i], offset[i], &carry);
    uint64_t digit = sum[limb] >> (bit % 64);
    if (bit % 64 + window > 64 && limb < 4)
        digit |= sum[limb + 1] << (64 - bit % 64);
    return (int)(digit & ((UINT64_C(1) << window) - 1)) - (1 << (window - 1));
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
    uint64_t offset[5];
    phash_point acc = phash_point_identity;

    for (size_t i = 0; i < n; i++) {
        table[i][0] = phash_point_from_affine(&points[i]);
        for (int k = 1; k < TABLE_SIZE; k++)
            phash_point_add(&table[i][k], &table[i][k - 1], &table[i][0]);
    }
    make_offset(offset, TABLE_WINDOW);
    for (int w = windows_needed(TABLE_WINDOW) - 1; w >= 0; w--) {
        for (int i = 0; i < TABLE_WINDOW; i++)
            phash_point_add(&acc, &acc, &acc);
        for (size_t i = 0; i < n; i++)
            add_multiple(&acc, table[i], signed_digit(scalars[i], offset, TABLE_WINDOW, w));
    }
    *sum = acc;
}

static void sum_by_buckets(phash_point *sum, const phash_affine *points, const uint8_t (*scalars)[32], size_t n)
{
    phash_point bucket[BUCKETS_MAX];
    uint64_t offset[5];
    int window = choose_window(n);
    int buckets = 1 << (window - 1);
    phash_point total, acc = phash_point_identity;

    make_offset(offset, window);
    for (int w = windows_needed(window) - 1; w >= 0; w--) {
        for (int i = 0; i < buckets; i++)
            bucket[i] = phash_point_identity;
        for (size_t i = 0; i < n; i++) {
            int digit = signed_digit(scalars[i], offset, window, w);
            if (digit == 0)
                continue;
            phash_point p = phash_point_from_affine(&points[i]);
            if (digit < 0)
                phash_fe_neg(&p.y, &p.y);
            phash_point *into = &bucket[(digit < 0 ? -digit : digit) - 1];
            if (phash_fe_is_zero(&into->z) != 0)
                *into = p;
            else
                phash_point_add(into, into, &p);
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
    uint64_t offset[5];
    phash_p256_sums sums;
    phash_point p;

    make_offset(offset, LANES_WINDOW);
    for (int first = 0; first < LANES_DIGITS; first += LANES) {
        const int now = LANES_DIGITS - first < LANES ? LANES_DIGITS - first : LANES;
        memset(digits, 0, sizeof digits);
        for (size_t i = 0; i < n; i++)
            for (int lane = 0; lane < now; lane++)
                digits[i][lane] = (int8_t)signed_digit(scalars[i], offset, LANES_WINDOW, first + lane);
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
