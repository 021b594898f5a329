/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"

#include "support/rng.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_fingerprint(void);

static int compare_floats(const void *x, const void *y)
{
    const float a = *(const float *)x;
    const float b = *(const float *)y;

    return (a > b) - (a < b);
}

START_TEST(median_is_the_128th_smallest)
{
    const uint64_t seed = test_seed(21);
    test_rng rng = test_rng_init(seed);
    float v[256];
    float sorted[256];

    printf("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 3000; round++) {
        const uint32_t kinds = 1 + test_rng_below(&rng, round % 2 ? 300 : 4); /* few kinds: many ties */
        for (size_t i = 0; i < 256; i++)
            v[i] = (float)test_rng_below(&rng, kinds) - 1.5f;
        for (size_t i = 0; i < 256 && round % 7 == 0; i++) /* of all sizes, and far from 0 */
            v[i] = ldexpf(v[i] - (round % 2 ? 400.0f : 0.0f), (int)test_rng_below(&rng, 200) - 100);
        if (round % 5 == 0)
            qsort(v, 256, sizeof *v, compare_floats);
        memcpy(sorted, v, sizeof v);
        qsort(sorted, 256, sizeof *sorted, compare_floats);
        ck_assert(phash_lower_median(v) == sorted[127]);
    }
}
END_TEST

START_TEST(one_large_coefficient_sets_its_bit)
{
    phash_fingerprint f;
    float v[256];

    for (size_t k = 0; k < 256; k++) {
        for (size_t i = 0; i < 256; i++)
            v[i] = -1.0f;
        v[k] = 2.5f;
        phash_fingerprint_bits(&f, v);
        for (size_t byte = 0; byte < 32; byte++)
            ck_assert_uint_eq(f.hash.bytes[byte], byte == 31 - k / 8 ? 1u << (k % 8) : 0u);
        for (size_t i = 0; i < 256; i++)
            ck_assert(f.margin[i] == (i == k ? 3.5f : 0.0f));
    }
}
END_TEST

START_TEST(distinct_values_set_half_of_the_bits)
{
    phash_fingerprint f;
    float v[256];
    size_t ones = 0;

    for (size_t i = 0; i < 256; i++)
        v[i] = (float)((i * 37) % 256) - 100.0f;
    phash_fingerprint_bits(&f, v);
    for (size_t k = 0; k < 256; k++) {
        const int bit = f.hash.bytes[31 - k / 8] >> (k % 8) & 1;
        ones += (size_t)bit;
        ck_assert_int_eq(bit, v[k] > 27.0f);
        ck_assert(f.margin[k] == fabsf(v[k] - 27.0f));
    }
    ck_assert_uint_eq(ones, 128);
}
END_TEST

START_TEST(equal_values_set_no_bit)
{
    phash_fingerprint f;
    float v[256];

    for (size_t i = 0; i < 256; i++)
        v[i] = i % 2 != 0 ? 0.0f : -0.0f;
    phash_fingerprint_bits(&f, v);
    for (size_t i = 0; i < 32; i++)
        ck_assert_uint_eq(f.hash.bytes[i], 0);
}
END_TEST

Suite *suite_fingerprint(void)
{
    Suite *s = suite_create("hash/fingerprint");
    TCase *c = tcase_create("fingerprint");

    tcase_add_test(c, median_is_the_128th_smallest);
    tcase_add_test(c, one_large_coefficient_sets_its_bit);
    tcase_add_test(c, distinct_values_set_half_of_the_bits);
    tcase_add_test(c, equal_values_set_no_bit);
    suite_add_tcase(s, c);
    return s;
}
