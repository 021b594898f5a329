/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/band.h"

#include "support/rng.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

Suite *suite_band(void);

START_TEST(bands_partition_the_hash)
{
    for (uint32_t m = PHASH_BANDS_MIN; m <= PHASH_BANDS_MAX; m++) {
        phash_band_layout l;
        uint8_t seen[PHASH_HASH_BITS] = {0};
        ck_assert_int_eq(phash_band_layout_init(&l, m), PHASH_OK);
        ck_assert_uint_eq(l.start[0], 0);
        ck_assert_uint_eq(l.start[m], PHASH_HASH_BITS);
        for (uint32_t p = 0; p < PHASH_HASH_BITS; p++)
            seen[l.bit[p]]++;
        for (uint32_t k = 0; k < PHASH_HASH_BITS; k++)
            ck_assert_uint_eq(seen[k], 1);
        for (uint32_t j = 0; j < m; j++) {
            ck_assert_uint_ge(phash_band_bits(&l, j), 256 / m);
            ck_assert_uint_le(phash_band_bits(&l, j), 256 / m + 1);
        }
    }
    phash_band_layout l;
    ck_assert_int_eq(phash_band_layout_init(&l, 5), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_band_layout_init(&l, 9), PHASH_E_ARGUMENT);
}
END_TEST

START_TEST(order_is_zigzag_from_low_frequencies)
{
    /* the first and last places of JPEG's zigzag, on 16 x 16: bit = 16 * row + column */
    static const uint8_t first[] = {0, 1, 16, 32, 17, 2, 3, 18, 33, 48, 64};
    phash_band_layout l;

    ck_assert_int_eq(phash_band_layout_init(&l, 6), PHASH_OK);
    ck_assert_mem_eq(l.bit, first, sizeof first);
    ck_assert_uint_eq(l.bit[255], 255);
    for (uint32_t p = 1; p < PHASH_HASH_BITS; p++) {
        uint32_t before = l.bit[p - 1] / 16 + l.bit[p - 1] % 16;
        uint32_t here = l.bit[p] / 16 + l.bit[p] % 16;
        ck_assert(here == before || here == before + 1);
    }
}
END_TEST

START_TEST(a_bit_changes_one_band_only)
{
    uint64_t seed = test_seed(1);
    printf("band: seed %llu\n", (unsigned long long)seed);
    test_rng rng = test_rng_init(seed);

    for (uint32_t m = PHASH_BANDS_MIN; m <= PHASH_BANDS_MAX; m++) {
        phash_band_layout l;
        phash_hash h;
        ck_assert_int_eq(phash_band_layout_init(&l, m), PHASH_OK);
        test_rng_fill(&rng, h.bytes, sizeof h.bytes);
        for (uint32_t p = 0; p < PHASH_HASH_BITS; p++) {
            phash_hash other = h;
            uint32_t k = l.bit[p];
            other.bytes[31 - k / 8] ^= (uint8_t)(1u << (k % 8));
            for (uint32_t j = 0; j < m; j++) {
                uint64_t change = phash_band_value(&l, &h, j) ^ phash_band_value(&l, &other, j);
                bool inside = p >= l.start[j] && p < l.start[j + 1];
                ck_assert_uint_eq(change, inside ? UINT64_C(1) << (p - l.start[j]) : 0);
            }
        }
    }
}
END_TEST

START_TEST(inputs_are_unambiguous)
{
    phash_band_layout six;
    phash_band_layout eight;
    uint8_t a[PHASH_TOKEN_INPUT_SIZE];
    uint8_t b[PHASH_TOKEN_INPUT_SIZE];

    ck_assert_int_eq(phash_band_layout_init(&six, 6), PHASH_OK);
    ck_assert_int_eq(phash_band_layout_init(&eight, 8), PHASH_OK);
    phash_band_input(a, &six, 0, 5);
    ck_assert_mem_eq(a, "libphash band token\0", 20);
    static const uint8_t tail[] = {0, 6, 0, 42, 5, 0, 0, 0, 0, 0, 0, 0};
    ck_assert_mem_eq(a + 20, tail, sizeof tail);
    phash_band_input(b, &eight, 0, 5);
    ck_assert_mem_ne(a, b, sizeof a);
    phash_band_input(b, &six, 1, 5);
    ck_assert_mem_ne(a, b, sizeof a);
    phash_band_input(b, &six, 0, 4);
    ck_assert_mem_ne(a, b, sizeof a);
}
END_TEST

Suite *suite_band(void)
{
    Suite *s = suite_create("hashset/band");
    TCase *c = tcase_create("band");

    tcase_add_test(c, bands_partition_the_hash);
    tcase_add_test(c, order_is_zigzag_from_low_frequencies);
    tcase_add_test(c, a_bit_changes_one_band_only);
    tcase_add_test(c, inputs_are_unambiguous);
    suite_add_tcase(s, c);
    return s;
}
