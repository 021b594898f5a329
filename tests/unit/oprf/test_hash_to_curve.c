/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/hash_to_curve.h"

#include "rfc_tables.h"
#include "support/hex.h"
#include "support/rng.h"

#include <check.h>
#include <string.h>

Suite *suite_hash_to_curve(void);

static phash_allocator allocator;
static phash_digest *digest;

static void set_up(void)
{
    allocator = phash_allocator_from(NULL);
    ck_assert_int_eq(phash_digest_new(&digest, &allocator), PHASH_OK);
}

static void tear_down(void)
{
    phash_digest_free(&digest);
    ck_assert_ptr_null(digest);
}

static size_t build_message(uint8_t *out, const rfc_message *m)
{
    size_t n = strlen(m->text);

    memcpy(out, m->text, n);
    memset(out + n, m->fill, (size_t)m->count);
    return n + (size_t)m->count;
}

static phash_fe fe_from_hex(const char *text)
{
    uint8_t bytes[32];
    phash_fe x;

    ck_assert_uint_eq(hex_decode(bytes, sizeof bytes, text), 32);
    ck_assert_uint_eq(phash_fe_from_bytes(&x, bytes), UINT64_MAX);
    return x;
}

static void check_point(const phash_affine *got, const char *const expected[2])
{
    phash_fe x = fe_from_hex(expected[0]);
    phash_fe y = fe_from_hex(expected[1]);

    ck_assert_mem_eq(&got->x, &x, sizeof x);
    ck_assert_mem_eq(&got->y, &y, sizeof y);
}

START_TEST(expands_as_rfc_9380)
{
    uint8_t message[600], tag[300], out[300], expected[300];
    phash_dst dst;

    for (size_t i = 0; i < sizeof rfc9380_expand / sizeof *rfc9380_expand; i++) {
        const expand_vector *v = &rfc9380_expand[i];
        phash_part part = {message, build_message(message, &v->message)};
        ck_assert_int_eq(phash_dst_init(digest, &dst, tag, build_message(tag, &v->tag)), PHASH_OK);
        ck_assert_int_eq(phash_expand_message(digest, out, v->size, &part, 1, &dst), PHASH_OK);
        ck_assert_uint_eq(hex_decode(expected, sizeof expected, v->uniform_bytes), v->size);
        ck_assert_msg(memcmp(out, expected, v->size) == 0, "vector %zu", i);
    }
}
END_TEST

START_TEST(expand_joins_parts_and_refuses)
{
    static const char text[] = "abcdef0123456789";
    const phash_part whole = {text, 16};
    const phash_part split[4] = {{text, 3}, {NULL, 0}, {text + 3, 12}, {text + 15, 1}};
    uint8_t a[40], b[40];
    phash_dst dst;

    ck_assert_int_eq(phash_dst_init(digest, &dst, "tag", 3), PHASH_OK);
    ck_assert_int_eq(phash_expand_message(digest, a, sizeof a, &whole, 1, &dst), PHASH_OK);
    ck_assert_int_eq(phash_expand_message(digest, b, sizeof b, split, 4, &dst), PHASH_OK);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_int_eq(phash_expand_message(digest, a, 0, &whole, 1, &dst), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_expand_message(digest, a, 255 * 32 + 1, &whole, 1, &dst), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_expand_message(digest, a, 32, split, 5, &dst), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_dst_init(digest, &dst, "", 0), PHASH_E_ARGUMENT);
}
END_TEST

START_TEST(maps_and_hashes_as_rfc_9380)
{
    uint8_t message[600];
    phash_dst dst;

    ck_assert_int_eq(phash_dst_init(digest, &dst, rfc9380_curve_tag, strlen(rfc9380_curve_tag)), PHASH_OK);
    for (size_t i = 0; i < 5; i++) {
        const curve_vector *v = &rfc9380_curve[i];
        phash_part part = {message, build_message(message, &v->message)};
        phash_point q;
        phash_affine a;
        phash_fe u = fe_from_hex(v->u[0]);
        phash_map_to_curve(&q, &u);
        phash_points_to_affine(&a, &q, 1);
        check_point(&a, v->q0);
        u = fe_from_hex(v->u[1]);
        phash_map_to_curve(&q, &u);
        phash_points_to_affine(&a, &q, 1);
        check_point(&a, v->q1);
        ck_assert_int_eq(phash_hash_to_curve(digest, NULL, &a, &part, 1, &dst), PHASH_OK);
        check_point(&a, v->p);
    }
}
END_TEST

static bool on_curve(const phash_affine *a)
{
    phash_fe left, right, t;

    phash_fe_sqr(&left, &a->y);
    phash_fe_sqr(&right, &a->x);
    phash_fe_mul(&right, &right, &a->x);
    phash_fe_add(&t, &a->x, &a->x);
    phash_fe_add(&t, &t, &a->x);
    phash_fe_sub(&right, &right, &t);
    phash_fe_add(&right, &right, &phash_curve_b);
    return phash_fe_equal(&left, &right) != 0;
}

/* u = 0 and u^2 = 1/10 make the denominator vanish: the exceptional case of section 6.6.2. */
START_TEST(maps_exceptional_values)
{
    phash_fe u = {{0}};
    phash_fe ten = phash_fe_one;
    phash_point q;
    phash_affine a;

    phash_map_to_curve(&q, &u);
    phash_points_to_affine(&a, &q, 1);
    ck_assert(on_curve(&a));
    for (int i = 0; i < 9; i++)
        phash_fe_add(&ten, &ten, &phash_fe_one);
    phash_fe_inv(&ten, &ten);
    ck_assert_uint_eq(phash_fe_sqrt(&u, &ten), UINT64_MAX); /* 10 is a square modulo p */
    for (int sign = 0; sign < 2; sign++) {
        phash_map_to_curve(&q, &u);
        phash_points_to_affine(&a, &q, 1);
        ck_assert(on_curve(&a));
        ck_assert_uint_eq(phash_fe_sgn0(&a.y), phash_fe_sgn0(&u));
        phash_fe_neg(&u, &u);
    }
}
END_TEST

START_TEST(batches_agree_with_single_hashes)
{
    test_rng rng = test_rng_init(31);
    uint8_t bytes[70][9];
    phash_part parts[70];
    phash_affine batch[70], one;
    phash_dst dst;

    ck_assert_int_eq(phash_dst_init(digest, &dst, "tag", 3), PHASH_OK);
    test_rng_fill(&rng, bytes, sizeof bytes);
    for (size_t i = 0; i < 70; i++)
        parts[i] = (phash_part){bytes[i], i % 10};
    static const size_t sizes[] = {1, 2, PHASH_POINT_BATCH - 1, PHASH_POINT_BATCH, PHASH_POINT_BATCH + 1, 70};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        ck_assert_int_eq(phash_hash_to_curve(digest, NULL, batch, parts, sizes[k], &dst), PHASH_OK);
        for (size_t i = 0; i < sizes[k]; i++) {
            ck_assert_int_eq(phash_hash_to_curve(digest, NULL, &one, &parts[i], 1, &dst), PHASH_OK);
            ck_assert_mem_eq(&batch[i], &one, sizeof one);
            ck_assert(on_curve(&one));
        }
    }
}
END_TEST

Suite *suite_hash_to_curve(void)
{
    Suite *s = suite_create("oprf/hash_to_curve");
    TCase *c = tcase_create("hash_to_curve");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, expands_as_rfc_9380);
    tcase_add_test(c, expand_joins_parts_and_refuses);
    tcase_add_test(c, maps_and_hashes_as_rfc_9380);
    tcase_add_test(c, maps_exceptional_values);
    tcase_add_test(c, batches_agree_with_single_hashes);
    suite_add_tcase(s, c);
    return s;
}
