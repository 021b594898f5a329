/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/p256_scalar.h"

#include "bignum.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_p256_scalar(void);

#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static uint8_t expected[32];
static uint8_t got[32];

static void check_result(const model *m, const phash_scalar *result, const char *what, unsigned round)
{
    model_result(m, expected);
    phash_scalar_to_bytes(got, result);
    ck_assert_msg(memcmp(expected, got, 32) == 0, "%s differs in round %u", what, round);
}

START_TEST(agrees_with_bignum)
{
    uint64_t seed = test_seed(11);
    test_rng rng = test_rng_init(seed);
    model m = model_new(ORDER);

    printf("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t a[32], b[32];
        phash_scalar x, y, r;
        model_draw(&m, &rng, i, a);
        model_draw(&m, &rng, i < 264 && i % 3 != 0 ? i / 3 : 1000 + i, b);
        model_set(&m, a, b);
        ck_assert_uint_eq(phash_scalar_from_bytes(&x, a), UINT64_MAX);
        ck_assert_uint_eq(phash_scalar_from_bytes(&y, b), UINT64_MAX);
        BN_mod_mul(m.r, m.a, m.b, m.m, m.ctx);
        phash_scalar_mul(&r, &x, &y);
        check_result(&m, &r, "mul", i);
        BN_mod_sub(m.r, m.a, m.b, m.m, m.ctx);
        phash_scalar_sub(&r, &x, &y);
        check_result(&m, &r, "sub", i);
        if (i > 500)
            continue;
        BN_zero(m.r);
        if (!BN_is_zero(m.a))
            BN_mod_inverse(m.r, m.a, m.m, m.ctx);
        phash_scalar_inv(&r, &x);
        check_result(&m, &r, "inv", i);
    }
    model_free(&m);
}
END_TEST

START_TEST(reads_and_reduces)
{
    test_rng rng = test_rng_init(12);
    model m = model_new(ORDER);
    phash_scalar x;

    for (unsigned i = 0; i < 2000; i++) {
        uint8_t wide[48];
        test_rng_fill(&rng, wide, sizeof wide);
        if (i < 96)
            memset(i < 48 ? wide : wide + (i - 48), i % 2 != 0 ? 0xff : 0, i < 48 ? i + 1 : 96 - i);
        BN_bin2bn(wide, sizeof wide, m.r);
        BN_nnmod(m.r, m.r, m.m, m.ctx);
        phash_scalar_from_48_bytes(&x, wide);
        check_result(&m, &x, "48 bytes", i);
    }
    memset(got, 0xff, 32);
    ck_assert_uint_eq(phash_scalar_from_bytes(&x, got), 0);
    BN_bn2binpad(m.m, got, 32);
    ck_assert_uint_eq(phash_scalar_from_bytes(&x, got), 0);
    ck_assert_uint_eq(phash_scalar_is_zero(&x), UINT64_MAX);
    got[31]--;
    ck_assert_uint_eq(phash_scalar_from_bytes(&x, got), UINT64_MAX);
    ck_assert_uint_eq(phash_scalar_is_zero(&x), 0);
    model_free(&m);
}
END_TEST

START_TEST(batch_inverse)
{
    test_rng rng = test_rng_init(13);
    model m = model_new(ORDER);
    phash_scalar v[40], scratch[40], single[40];

    for (size_t n = 0; n <= 40; n++) {
        for (size_t i = 0; i < n; i++) {
            uint8_t bytes[32];
            model_draw(&m, &rng, (unsigned)(1 + i * n), bytes); /* 0 is drawn only for round 0 */
            (void)phash_scalar_from_bytes(&v[i], bytes);
            phash_scalar_inv(&single[i], &v[i]);
        }
        phash_scalar_inv_batch(v, scratch, n);
        ck_assert_msg(memcmp(v, single, n * sizeof *v) == 0, "batch of %zu", n);
    }
    model_free(&m);
}
END_TEST

Suite *suite_p256_scalar(void)
{
    Suite *s = suite_create("oprf/p256_scalar");
    TCase *c = tcase_create("p256_scalar");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, agrees_with_bignum);
    tcase_add_test(c, reads_and_reduces);
    tcase_add_test(c, batch_inverse);
    suite_add_tcase(s, c);
    return s;
}
