/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/p256_field.h"

#include "bignum.h"
#include "oprf/p256_limbs.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_p256_field(void);

#define PRIME "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define ROUNDS 4000u

static uint8_t expected[32];
static uint8_t got[32];

static void check_result(const model *m, const phash_fe *result, const char *what, unsigned round)
{
    static const uint64_t prime[4] = {UINT64_MAX, UINT64_C(0xffffffff), 0, UINT64_C(0xffffffff00000001)};

    model_result(m, expected);
    phash_fe_to_bytes(got, result);
    ck_assert_msg(memcmp(expected, got, 32) == 0, "%s differs in round %u", what, round);
    ck_assert_msg(limbs_less(result->limb, prime) == 1, "%s is not below p in round %u", what, round);
}

START_TEST(agrees_with_bignum)
{
    uint64_t seed = test_seed(1);
    test_rng rng = test_rng_init(seed);
    model m = model_new(PRIME);

    printf("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint8_t a[32], b[32];
        phash_fe x, y, r;
        model_draw(&m, &rng, i, a);
        model_draw(&m, &rng, i < 264 && i % 3 != 0 ? i / 3 : 1000 + i, b);
        model_set(&m, a, b);
        ck_assert_uint_eq(phash_fe_from_bytes(&x, a), UINT64_MAX);
        ck_assert_uint_eq(phash_fe_from_bytes(&y, b), UINT64_MAX);
        BN_mod_add(m.r, m.a, m.b, m.m, m.ctx);
        phash_fe_add(&r, &x, &y);
        check_result(&m, &r, "add", i);
        BN_mod_sub(m.r, m.a, m.b, m.m, m.ctx);
        phash_fe_sub(&r, &x, &y);
        check_result(&m, &r, "sub", i);
        BN_mod_mul(m.r, m.a, m.b, m.m, m.ctx);
        phash_fe_mul(&r, &x, &y);
        check_result(&m, &r, "mul", i);
        BN_mod_sqr(m.r, m.a, m.m, m.ctx);
        phash_fe_sqr(&r, &x);
        check_result(&m, &r, "sqr", i);
        phash_fe_mul(&x, &x, &x); /* output over input */
        check_result(&m, &x, "mul in place", i);
        ck_assert_uint_eq(phash_fe_sgn0(&y), b[31] & 1u);
    }
    model_free(&m);
}
END_TEST

/* a + b, a - b and a * b for values that are extreme as limbs, that is, in Montgomery form. */
START_TEST(extreme_limbs)
{
    static const uint64_t nasty[] = {0, 1, UINT64_C(0xffffffff), UINT64_C(0x100000000), UINT64_MAX - 1, UINT64_MAX};
    test_rng rng = test_rng_init(2);
    model m = model_new(PRIME);
    BIGNUM *r_inverse = BN_new();

    BN_set_bit(r_inverse, 256);
    ck_assert_ptr_nonnull(BN_mod_inverse(r_inverse, r_inverse, m.m, m.ctx));
    for (unsigned i = 0; i < 20000; i++) {
        phash_fe v[2], product;
        uint8_t bytes[2][32];
        for (int k = 0; k < 2; k++) {
            for (int j = 0; j < 4; j++)
                v[k].limb[j] = nasty[test_rng_below(&rng, 6)];
            if (v[k].limb[3] >= UINT64_C(0xffffffff00000001))
                v[k].limb[3] = UINT64_C(0xffffffff00000000);
            limbs_to_bytes(bytes[k], v[k].limb);
        }
        model_set(&m, bytes[0], bytes[1]);
        BN_mod_mul(m.r, m.a, m.b, m.m, m.ctx); /* a b R^-2 is what to_bytes(mul()) gives */
        BN_mod_mul(m.r, m.r, r_inverse, m.m, m.ctx);
        BN_mod_mul(m.r, m.r, r_inverse, m.m, m.ctx);
        phash_fe_mul(&product, &v[0], &v[1]);
        check_result(&m, &product, "mul", i);
        BN_mod_sqr(m.r, m.a, m.m, m.ctx);
        BN_mod_mul(m.r, m.r, r_inverse, m.m, m.ctx);
        BN_mod_mul(m.r, m.r, r_inverse, m.m, m.ctx);
        phash_fe_sqr(&product, &v[0]);
        check_result(&m, &product, "sqr", i);
        BN_mod_sub(m.r, m.a, m.b, m.m, m.ctx);
        BN_mod_mul(m.r, m.r, r_inverse, m.m, m.ctx);
        phash_fe_sub(&product, &v[0], &v[1]);
        check_result(&m, &product, "sub", i);
    }
    BN_free(r_inverse);
    model_free(&m);
}
END_TEST

START_TEST(inverse_and_square_root)
{
    test_rng rng = test_rng_init(3);
    model m = model_new(PRIME);
    BIGNUM *exponent = BN_dup(m.m);

    BN_sub_word(exponent, 3);
    BN_rshift(exponent, exponent, 2);
    for (unsigned i = 0; i < 600; i++) {
        uint8_t a[32];
        phash_fe x, r, back;
        model_draw(&m, &rng, i, a);
        model_set(&m, a, a);
        (void)phash_fe_from_bytes(&x, a);
        phash_fe_inv(&r, &x);
        if (BN_is_zero(m.a))
            BN_zero(m.r);
        else
            BN_mod_inverse(m.r, m.a, m.m, m.ctx);
        check_result(&m, &r, "inv", i);
        BN_mod_exp(m.r, m.a, exponent, m.m, m.ctx);
        phash_fe_pow_p3d4(&r, &x);
        check_result(&m, &r, "pow", i);
        uint64_t is_square = phash_fe_sqrt(&r, &x);
        ck_assert_uint_eq(is_square, BN_kronecker(m.a, m.m, m.ctx) >= 0 ? UINT64_MAX : 0);
        phash_fe_sqr(&back, &r);
        ck_assert(!is_square || phash_fe_equal(&back, &x) == UINT64_MAX);
    }
    BN_free(exponent);
    model_free(&m);
}
END_TEST

START_TEST(reads_and_reduces)
{
    test_rng rng = test_rng_init(4);
    model m = model_new(PRIME);
    phash_fe x;

    for (unsigned i = 0; i < 2000; i++) {
        uint8_t wide[48];
        test_rng_fill(&rng, wide, sizeof wide);
        if (i < 96)
            memset(i < 48 ? wide : wide + (i - 48), i % 2 != 0 ? 0xff : 0, i < 48 ? i + 1 : 96 - i);
        BN_bin2bn(wide, sizeof wide, m.r);
        BN_nnmod(m.r, m.r, m.m, m.ctx);
        phash_fe_from_48_bytes(&x, wide);
        check_result(&m, &x, "48 bytes", i);
    }
    memset(got, 0xff, 32); /* 2^256 - 1 is out of range */
    ck_assert_uint_eq(phash_fe_from_bytes(&x, got), 0);
    BN_bn2binpad(m.m, got, 32); /* so is p */
    ck_assert_uint_eq(phash_fe_from_bytes(&x, got), 0);
    ck_assert_uint_eq(phash_fe_is_zero(&x), UINT64_MAX);
    got[31]--;
    ck_assert_uint_eq(phash_fe_from_bytes(&x, got), UINT64_MAX);
    model_free(&m);
}
END_TEST

START_TEST(selects_and_compares)
{
    static const phash_fe zero = {{0}};
    phash_fe r, n;

    phash_fe_select(&r, UINT64_MAX, &phash_fe_one, &zero);
    ck_assert_uint_eq(phash_fe_equal(&r, &phash_fe_one), UINT64_MAX);
    phash_fe_select(&r, 0, &phash_fe_one, &zero);
    ck_assert_uint_eq(phash_fe_is_zero(&r), UINT64_MAX);
    ck_assert_uint_eq(phash_fe_equal(&r, &phash_fe_one), 0);
    phash_fe_neg(&n, &zero);
    ck_assert_uint_eq(phash_fe_is_zero(&n), UINT64_MAX);
    phash_fe_neg(&n, &phash_fe_one);
    phash_fe_add(&r, &n, &phash_fe_one);
    ck_assert_uint_eq(phash_fe_is_zero(&r), UINT64_MAX);
    for (int i = 0; i < 256; i++) {
        phash_fe x = {{0}};
        x.limb[i / 64] = UINT64_C(1) << (i % 64);
        ck_assert_uint_eq(phash_fe_is_zero(&x), 0);
    }
}
END_TEST

/* Both ways to a 128-bit product give what long multiplication gives. */
START_TEST(wide_product)
{
    test_rng rng = test_rng_init(5);

    for (int i = 0; i < 20000; i++) {
        uint64_t v[4];
        for (int j = 0; j < 4; j++) {
            v[j] = test_rng_next(&rng);
            if (test_rng_below(&rng, 3) == 0)
                v[j] = test_rng_below(&rng, 2) != 0 ? UINT64_MAX : v[j] & UINT64_C(0xffffffff);
        }
        uint64_t carry = v[3];
        uint64_t low = limb_mul_add(v[0], v[1], v[2], &carry);
        uint64_t sum[2] = {v[2], 0}; /* add v0, shifted, for every bit of v1 */
        sum[0] += v[3];
        sum[1] += sum[0] < v[3];
        for (int bit = 0; bit < 64; bit++)
            if ((v[1] >> bit & 1) != 0) {
                uint64_t add = v[0] << bit;
                sum[0] += add;
                sum[1] += (sum[0] < add) + (bit != 0 ? v[0] >> (64 - bit) : 0);
            }
        ck_assert_uint_eq(low, sum[0]);
        ck_assert_uint_eq(carry, sum[1]);
    }
}
END_TEST

Suite *suite_p256_field(void)
{
    Suite *s = suite_create("oprf/p256_field");
    TCase *c = tcase_create("p256_field");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, agrees_with_bignum);
    tcase_add_test(c, extreme_limbs);
    tcase_add_test(c, inverse_and_square_root);
    tcase_add_test(c, reads_and_reduces);
    tcase_add_test(c, selects_and_compares);
    tcase_add_test(c, wide_product);
    suite_add_tcase(s, c);
    return s;
}
