/* SPDX-License-Identifier: Apache-2.0 */
#include "search_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void random_hash(uint8_t *hash, uint64_t *state)
{
    for (size_t i = 0; i < 32; i += 8) {
        const uint64_t x = next(state);
        memcpy(hash + i, &x, 8);
    }
}

/* Flip exactly n different bits. */
static void flip(uint8_t *hash, uint32_t n, uint64_t *state)
{
    uint8_t flipped[32] = {0};

    while (n > 0) {
        const uint32_t bit = (uint32_t)(next(state) >> 56);
        const uint8_t mask = (uint8_t)(1u << (bit % 8));
        if ((flipped[bit / 8] & mask) != 0)
            continue;
        flipped[bit / 8] |= mask;
        hash[bit / 8] ^= mask;
        n--;
    }
}

static void fill_clustered(uint8_t *hashes, size_t n, uint64_t *state)
{
    uint8_t centre[32];
    size_t left = 0;

    for (size_t i = 0; i < n; i++) {
        if (left == 0) {
            left = 2 + (size_t)(next(state) % 99);
            random_hash(centre, state);
        }
        memcpy(hashes + 32 * i, centre, 32);
        flip(hashes + 32 * i, (uint32_t)(next(state) % 21), state);
        left--;
    }
}

void make_data(bench_data *data, size_t n, size_t n_queries, uint32_t radius, int clustered, uint64_t seed)
{
    uint8_t *hashes = malloc(32 * n);
    uint8_t *queries = malloc(32 * n_queries);

    if (hashes == NULL || queries == NULL) {
        fprintf(stderr, "bench-search: out of memory\n");
        exit(2);
    }
    if (clustered)
        fill_clustered(hashes, n, &seed);
    for (size_t i = 0; !clustered && i < n; i++)
        random_hash(hashes + 32 * i, &seed);
    for (size_t i = 0; i < n_queries; i++) {
        random_hash(queries + 32 * i, &seed);
        if (i % 2 == 0) {
            memcpy(queries + 32 * i, hashes + 32 * (next(&seed) % n), 32);
            flip(queries + 32 * i, (uint32_t)(i / 2 % 41), &seed);
        }
    }
    *data = (bench_data){hashes, n, queries, n_queries, radius};
}

void free_data(bench_data *data)
{
    free((void *)(uintptr_t)data->hashes);
    free((void *)(uintptr_t)data->queries);
}

static uint32_t distance(const uint8_t *a, const uint8_t *b)
{
    uint64_t x[4];
    uint64_t y[4];
    uint32_t ones = 0;

    memcpy(x, a, 32);
    memcpy(y, b, 32);
    for (size_t i = 0; i < 4; i++)
        for (uint64_t z = x[i] ^ y[i]; z != 0; z &= z - 1)
            ones++;
    return ones;
}

/* The number of ones in 64 bits is enough to pass most hashes over, and quicker than the loop above. */
static uint32_t first_word(const uint8_t *a, const uint8_t *b)
{
    uint64_t x;
    uint64_t y;

    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    x ^= y;
    x -= (x >> 1) & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + ((x >> 2) & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (uint32_t)((x * UINT64_C(0x0101010101010101)) >> 56);
}

void find_all(const bench_data *data, size_t query, bench_found *found)
{
    const uint8_t *q = data->queries + 32 * query;

    found->n = 0;
    for (size_t i = 0; i < data->n; i++) {
        const uint8_t *hash = data->hashes + 32 * i;
        uint32_t part = 0;
        for (size_t at = 0; at < 32 && part <= data->radius; at += 8)
            part += first_word(q + at, hash + at);
        if (part > data->radius || distance(q, hash) > data->radius)
            continue;
        if (found->n < found->capacity)
            found->ids[found->n] = (uint32_t)i;
        found->n++;
    }
}

static int by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void compare_found(const bench_found *truth, bench_found *found, double counts[3])
{
    size_t i = 0;
    size_t j = 0;

    if (truth->n > truth->capacity || found->n > found->capacity) {
        fprintf(stderr, "bench-search: a query has more entries than there is room for\n");
        exit(2);
    }
    if (found->n != 0)
        qsort(found->ids, found->n, sizeof *found->ids, by_id);
    while (i < truth->n || j < found->n) {
        if (j == found->n || (i < truth->n && truth->ids[i] < found->ids[j])) {
            i++;
        } else if (i == truth->n || found->ids[j] < truth->ids[i]) {
            counts[2]++;
            j++;
        } else {
            counts[1]++;
            i++;
            j++;
        }
    }
    counts[0] += (double)truth->n;
}
