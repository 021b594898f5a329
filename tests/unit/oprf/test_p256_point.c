/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/p256_point.h"

#include "support/rng.h"

#include <check.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdio.h>
#include <string.h>

Suite *suite_p256_point(void);

static EC_GROUP *group;
static BN_CTX *ctx;

static void set_up(void)
{
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    ctx = BN_CTX_new();
    ck_assert(group != NULL && ctx != NULL);
}

static void tear_down(void)
{
    EC_GROUP_free(group);
    BN_CTX_free(ctx);
}

/* k * G by OpenSSL, compressed; returns the size (1 for the identity). */
static size_t multiple(uint8_t out[33], const BIGNUM *k)
{
    EC_POINT *p = EC_POINT_new(group);

    ck_assert_int_eq(EC_POINT_mul(group, p, k, NULL, NULL, ctx), 1);
    size_t size = EC_POINT_point2oct(group, p, POINT_CONVERSION_COMPRESSED, out, 33, ctx);
    EC_POINT_free(p);
    return size;
}

static phash_point multiple_of_g(long k)
{
    BIGNUM *bn = BN_new();
    uint8_t bytes[33];
    phash_affine a;
    phash_point p = phash_point_identity;

    BN_set_word(bn, (BN_ULONG)(k < 0 ? -k : k));
    BN_set_negative(bn, k < 0);
    if (multiple(bytes, bn) == 33) {
        ck_assert(phash_affine_decode(&a, bytes, 33));
        p = phash_point_from_affine(&a);
    }
    BN_free(bn);
    return p;
}

static void scale(phash_point *p, test_rng *rng)
{
    uint8_t bytes[48];
    phash_fe factor;

    test_rng_fill(rng, bytes, sizeof bytes);
    phash_fe_from_48_bytes(&factor, bytes);
    phash_fe_mul(&p->x, &p->x, &factor);
    phash_fe_mul(&p->y, &p->y, &factor);
    phash_fe_mul(&p->z, &p->z, &factor);
}

START_TEST(addition_is_complete)
{
    test_rng rng = test_rng_init(21);

    for (long a = -6; a <= 6; a++)
        for (long b = -6; b <= 6; b++) {
            phash_point p = multiple_of_g(a), q = multiple_of_g(b), want = multiple_of_g(a + b), sum;
            phash_affine got, expected;
            scale(&p, &rng);
            scale(&q, &rng);
            phash_point_add(&sum, &p, &q);
            phash_points_to_affine(&got, &sum, 1);
            phash_points_to_affine(&expected, &want, 1);
            ck_assert_msg(memcmp(&got, &expected, sizeof got) == 0, "%ld + %ld", a, b);
            ck_assert_uint_eq(phash_affine_is_identity(&got), a + b == 0 ? UINT64_MAX : 0);
            if (b != 0) {
                phash_affine affine;
                phash_points_to_affine(&affine, &q, 1);
                phash_point_add_affine(&sum, &p, &affine);
                phash_points_to_affine(&got, &sum, 1);
                ck_assert_msg(memcmp(&got, &expected, sizeof got) == 0, "%ld + affine %ld", a, b);
            }
            phash_point_add(&sum, &p, &q);
            phash_point_add(&p, &p, &q); /* in place */
            ck_assert_mem_eq(&p, &sum, sizeof p);
        }
}
END_TEST

START_TEST(normalises_with_identities_inside)
{
    test_rng rng = test_rng_init(22);

    for (size_t n = 1; n <= PHASH_POINT_BATCH; n++) {
        phash_point points[PHASH_POINT_BATCH];
        phash_affine got[PHASH_POINT_BATCH], one;
        for (size_t i = 0; i < n; i++) {
            points[i] = multiple_of_g((long)test_rng_below(&rng, 5) - 2);
            scale(&points[i], &rng);
        }
        phash_points_to_affine(got, points, n);
        for (size_t i = 0; i < n; i++) {
            phash_points_to_affine(&one, &points[i], 1);
            ck_assert_mem_eq(&got[i], &one, sizeof one);
        }
    }
}
END_TEST

START_TEST(decode_agrees_with_openssl)
{
    uint64_t seed = test_seed(23);
    test_rng rng = test_rng_init(seed);
    EC_POINT *p = EC_POINT_new(group);
    unsigned accepted = 0;

    printf("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 600; i++) {
        uint8_t bytes[33], back[33];
        phash_affine a;
        test_rng_fill(&rng, bytes, sizeof bytes);
        bytes[0] = (uint8_t)(2 + bytes[0] % 2);
        if (i % 4 == 0)
            memset(bytes + 1, 0xff, 4 + (size_t)(i % 8)); /* near p */
        int theirs = EC_POINT_oct2point(group, p, bytes, sizeof bytes, ctx);
        bool ours = phash_affine_decode(&a, bytes, sizeof bytes);
        ck_assert_int_eq(ours, theirs);
        if (!ours)
            continue;
        accepted++;
        phash_affine_encode(back, &a);
        ck_assert_mem_eq(back, bytes, sizeof back);
    }
    ck_assert_uint_gt(accepted, 150);
    ck_assert_uint_lt(accepted, 450);
    EC_POINT_free(p);
}
END_TEST

/* The sum of d_i * (k_i G) against (sum d_i k_i) G; scalars include 0, 1, order - 1 and repeated points. */
static void check_multi_scalar(test_rng *rng, size_t n)
{
    static phash_affine points[300];
    static uint8_t scalars[300][32];
    const BIGNUM *order = EC_GROUP_get0_order(group);
    BIGNUM *total = BN_new(), *k = BN_new(), *d = BN_new();
    uint8_t bytes[33], got[33];
    phash_point sum;
    phash_affine a;

    for (size_t i = 0; i < n; i++) {
        BN_set_word(k, 1 + test_rng_below(rng, i % 3 == 0 ? 2 : 1u << 30));
        ck_assert_uint_eq(multiple(bytes, k), 33);
        ck_assert(phash_affine_decode(&points[i], bytes, 33));
        test_rng_fill(rng, scalars[i], 32);
        if (i % 5 == 1)
            memset(scalars[i], i % 2 != 0 ? 0 : 0xff, 31);
        BN_bin2bn(scalars[i], 32, d);
        BN_nnmod(d, d, order, ctx);
        if (i % 7 == 2)
            BN_sub(d, order, BN_value_one());
        BN_bn2binpad(d, scalars[i], 32);
        BN_mod_mul(k, k, d, order, ctx);
        BN_mod_add(total, total, k, order, ctx);
    }
    phash_multi_scalar_var(&sum, points, (const uint8_t(*)[32])scalars, n);
    phash_points_to_affine(&a, &sum, 1);
    size_t size = multiple(bytes, total);
    ck_assert_uint_eq(phash_affine_is_identity(&a), size == 1 ? UINT64_MAX : 0);
    if (size == 33) {
        phash_affine_encode(got, &a);
        ck_assert_msg(memcmp(got, bytes, 33) == 0, "sum of %zu", n);
    }
    BN_free(total);
    BN_free(k);
    BN_free(d);
}

START_TEST(multi_scalar_agrees_with_openssl)
{
    uint64_t seed = test_seed(24);
    test_rng rng = test_rng_init(seed);

    printf("seed %llu\n", (unsigned long long)seed);
    for (size_t n = 1; n < 300; n += n < 36 ? 1 : 31)
        check_multi_scalar(&rng, n);
}
END_TEST

START_TEST(multi_scalar_can_be_the_identity)
{
    static const uint8_t scalars[2][32] = {{[31] = 9}, {[31] = 3}};
    phash_point p = multiple_of_g(1), q = multiple_of_g(-3), sum;
    phash_affine points[2], a;

    phash_points_to_affine(&points[0], &p, 1);
    phash_points_to_affine(&points[1], &q, 1);
    phash_multi_scalar_var(&sum, points, scalars, 2);
    phash_points_to_affine(&a, &sum, 1);
    ck_assert_uint_eq(phash_affine_is_identity(&a), UINT64_MAX);
}
END_TEST

Suite *suite_p256_point(void)
{
    Suite *s = suite_create("oprf/p256_point");
    TCase *c = tcase_create("p256_point");

    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, addition_is_complete);
    tcase_add_test(c, normalises_with_identities_inside);
    tcase_add_test(c, decode_agrees_with_openssl);
    tcase_add_test(c, multi_scalar_agrees_with_openssl);
    tcase_add_test(c, multi_scalar_can_be_the_identity);
    suite_add_tcase(s, c);
    return s;
}
