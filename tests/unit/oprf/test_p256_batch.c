/* SPDX-License-Identifier: Apache-2.0 */
/* Batches by the kernels, the processor's and the plain ones, give what single operations give. */
#include "oprf/p256_batch.h"

#include "oprf/voprf_internal.h"
#include "support/rng.h"
#include "util/cpu.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_p256_batch(void);

enum { MOST = 600 };

static phash_voprf *v;
static test_rng rng;
static phash_affine points[MOST];
static uint8_t encoded[MOST * 33], scalar_bytes[MOST][32];
static phash_scalar scalars[MOST];

static void set_up(void)
{
    const phash_allocator allocator = phash_allocator_from(NULL);
    uint64_t seed = test_seed(43);
    uint8_t bytes[48];

    printf("seed %llu\n", (unsigned long long)seed);
    rng = test_rng_init(seed);
    ck_assert_int_eq(phash_voprf_new(&v, &allocator), PHASH_OK);
    for (size_t i = 0; i < MOST; i++) {
        phash_fe u[1][2];
        for (int j = 0; j < 2; j++) {
            test_rng_fill(&rng, bytes, sizeof bytes);
            phash_fe_from_48_bytes(&u[0][j], bytes);
        }
        phash_points_map(NULL, &points[i], (const phash_fe(*)[2])u, 1);
        phash_affine_encode(encoded + 33 * i, &points[i]);
        test_rng_fill(&rng, bytes, sizeof bytes);
        phash_scalar_from_48_bytes(&scalars[i], bytes);
        phash_scalar_to_bytes(scalar_bytes[i], &scalars[i]);
    }
}

static void tear_down(void)
{
    phash_voprf_free(&v);
}

/* 0: the plain kernels, made to be used; 1: the processor's, when it has any that are fast. */
static bool choose_kernels(phash_p256_kernels *k, int which)
{
    phash_p256_kernels_init(k, which == 0 ? 0 : phash_cpu_flags());
    if (which == 0)
        k->fast = true;
    return k->fast;
}

START_TEST(kernels_pay_in_batches_only)
{
    phash_p256_kernels k;

    phash_p256_kernels_init(&k, 0);
    ck_assert(!phash_batch_pays(&k, 100));
    ck_assert(!phash_batch_pays(NULL, 100));
    k.fast = true;
    ck_assert(phash_batch_pays(&k, 2));
    ck_assert(!phash_batch_pays(&k, 1));
    ck_assert(!phash_batch_pays(&k, 0));
}
END_TEST

START_TEST(products_are_those_of_single_multiplications)
{
    phash_affine out[20], one;

    if (!choose_kernels(&v->kernels, _i))
        return;
    for (size_t n = 1; n <= 20; n += n < 9 ? 1 : 5)
        for (size_t step = 0; step <= 1; step++) {
            ck_assert_int_eq(phash_affines_mul(v, out, points, scalars, step, n), PHASH_OK);
            for (size_t i = 0; i < n; i++) {
                ck_assert_int_eq(phash_affine_mul(v, &one, &points[i], &scalars[i * step]), PHASH_OK);
                ck_assert_mem_eq(&out[i], &one, sizeof one);
            }
        }
}
END_TEST

START_TEST(a_product_that_is_the_identity_is_refused)
{
    phash_affine out[9];
    phash_scalar some[9];

    if (!choose_kernels(&v->kernels, _i))
        return;
    for (size_t at = 0; at < 9; at++) {
        memcpy(some, scalars, sizeof some);
        memset(&some[at], 0, sizeof some[at]);
        ck_assert_int_eq(phash_affines_mul(v, out, points, some, 1, 9), PHASH_E_POINT_INVALID);
    }
}
END_TEST

/* x + p for the smallest x >= 1 that is on the curve: only the range tells it from that x. */
static void write_above_prime(uint8_t out[33])
{
    static const uint8_t prime_plus_one[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, [19] = 1};
    uint8_t small[33] = {2};
    phash_affine ignored;

    do
        small[32]++;
    while (!phash_affine_decode(&ignored, small, 33));
    out[0] = 2;
    memcpy(out + 1, prime_plus_one, 32);
    out[32] = (uint8_t)(small[32] - 1);
}

/* Every way to be no element, at every place: the index is that of the first. */
START_TEST(decoding_finds_the_first_bad_element)
{
    phash_p256_kernels k;
    uint8_t bytes[19 * 33];
    phash_affine out[19];

    if (!choose_kernels(&k, _i))
        return;
    ck_assert_uint_eq(phash_points_decode(&k, out, encoded, 19), 19);
    ck_assert_mem_eq(out, points, sizeof out);
    for (size_t at = 0; at < 19; at++)
        for (int kind = 0; kind < 5; kind++) {
            memcpy(bytes, encoded, sizeof bytes);
            uint8_t *bad = bytes + 33 * at;
            switch (kind) {
            case 0: bad[0] = 4; break;
            case 1: bad[0] = 0; break;
            case 2: write_above_prime(bad); break;
            case 3: memset(bad, 0, 33); break;
            default:
                do /* until off the curve */
                    bad[32]++;
                while (phash_affine_decode(&out[0], bad, 33));
            }
            if (at + 3 < 19)
                bytes[33 * (at + 3)] = 5; /* a later one must not matter */
            ck_assert_uint_eq(phash_points_decode(&k, out, bytes, 19), at);
            ck_assert_mem_eq(out, points, at * sizeof *out);
        }
}
END_TEST

START_TEST(sums_are_those_of_the_plain_way)
{
    static const size_t sizes[] = {1, 2, 8, 33, 511, 512, 513, MOST};
    static uint8_t same[40][32];
    phash_p256_kernels k;
    phash_point sums[2];
    phash_affine affine[2];

    if (!choose_kernels(&k, _i))
        return;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        phash_multi_scalar_var(&sums[0], points, (const uint8_t(*)[32])scalar_bytes, sizes[i]);
        phash_lanes_multi_scalar_var(&k, &sums[1], points, (const uint8_t(*)[32])scalar_bytes, sizes[i]);
        phash_points_to_affine(affine, sums, 2);
        ck_assert_mem_eq(&affine[0], &affine[1], sizeof affine[0]);
    }
    /* the same point with the same scalar again and again, then with its opposite */
    phash_affine again[40];
    for (int i = 0; i < 40; i++) {
        again[i] = points[0];
        memcpy(same[i], scalar_bytes[0], 32);
        if (i >= 20)
            phash_fe_neg(&again[i].y, &again[i].y);
    }
    for (size_t n = 20; n <= 40; n += 10) {
        phash_multi_scalar_var(&sums[0], again, (const uint8_t(*)[32])same, n);
        phash_lanes_multi_scalar_var(&k, &sums[1], again, (const uint8_t(*)[32])same, n);
        phash_points_to_affine(affine, sums, 2);
        ck_assert_mem_eq(&affine[0], &affine[1], sizeof affine[0]);
    }
    ck_assert(phash_affine_is_identity(&affine[1]) != 0);
}
END_TEST

/* A whole exchange by kernels and without: the same bytes. */
START_TEST(exchanges_are_the_same_bytes)
{
    enum { n = 43 };
    static uint8_t blinded[2][33 * n], evaluated[2][33 * n], proof[2][64], outputs[3][32 * n];
    const uint8_t seed[32] = {9};
    uint8_t inputs[n][11], secret[32], pk[33];
    phash_part parts[n];

    test_rng_fill(&rng, inputs, sizeof inputs);
    for (size_t i = 0; i < n; i++)
        parts[i] = (phash_part){inputs[i], i % 12};
    ck_assert_int_eq(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0), PHASH_OK);
    const uint8_t *blinds = &scalar_bytes[0][0];
    for (int w = 0; w < 2; w++) {
        if (w == 1)
            phash_p256_kernels_init(&v->kernels, 0);
        else if (!choose_kernels(&v->kernels, _i))
            return;
        ck_assert_int_eq(phash_voprf_blind_batch(v, blinded[w], blinds, parts, n), PHASH_OK);
        ck_assert_int_eq(
            phash_voprf_evaluate(v, evaluated[w], proof[w], NULL, secret, pk, blinded[w], n, scalar_bytes[100]),
            PHASH_OK);
        ck_assert_int_eq(phash_voprf_finalize(v, outputs[w], parts, blinds, blinded[w], evaluated[w], n, pk, proof[w]),
                         PHASH_OK);
        ck_assert_int_eq(phash_voprf_output_batch(v, outputs[2], secret, parts, n), PHASH_OK);
        ck_assert_mem_eq(outputs[2], outputs[w], sizeof outputs[2]);
    }
    ck_assert_mem_eq(blinded[0], blinded[1], sizeof blinded[0]);
    ck_assert_mem_eq(evaluated[0], evaluated[1], sizeof evaluated[0]);
    ck_assert_mem_eq(proof[0], proof[1], sizeof proof[0]);
    ck_assert_mem_eq(outputs[0], outputs[1], sizeof outputs[0]);
}
END_TEST

START_TEST(output_batches_refuse_what_single_outputs_refuse)
{
    uint8_t secret[32] = {0}, outputs[64];
    const phash_part parts[2] = {{"a", 1}, {NULL, 1}};

    ck_assert_int_eq(phash_voprf_output_batch(v, outputs, secret, parts, 1), PHASH_E_KEY);
    secret[31] = 1;
    ck_assert_int_eq(phash_voprf_output_batch(v, outputs, secret, parts, 1), PHASH_OK);
    ck_assert_int_eq(phash_voprf_output_batch(v, outputs, secret, parts, 2), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_output_batch(v, outputs, secret, parts, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_output_batch(v, outputs, secret, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_output_batch(v, outputs, NULL, parts, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_output_batch(v, NULL, secret, parts, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_output_batch(NULL, outputs, secret, parts, 1), PHASH_E_ARGUMENT);
}
END_TEST

Suite *suite_p256_batch(void)
{
    Suite *s = suite_create("oprf/p256_batch");
    TCase *t = tcase_create("batches");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, kernels_pay_in_batches_only);
    tcase_add_loop_test(t, products_are_those_of_single_multiplications, 0, 2);
    tcase_add_loop_test(t, a_product_that_is_the_identity_is_refused, 0, 2);
    tcase_add_loop_test(t, decoding_finds_the_first_bad_element, 0, 2);
    tcase_add_loop_test(t, sums_are_those_of_the_plain_way, 0, 2);
    tcase_add_loop_test(t, exchanges_are_the_same_bytes, 0, 2);
    tcase_add_test(t, output_batches_refuse_what_single_outputs_refuse);
    suite_add_tcase(s, t);
    return s;
}
