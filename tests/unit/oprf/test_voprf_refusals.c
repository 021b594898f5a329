/* SPDX-License-Identifier: Apache-2.0 */
/* What the VOPRF must not accept, and what happens when memory or randomness is short. */
#include "oprf/voprf.h"

#include "support/failing_alloc.h"
#include "support/guard.h"
#include "support/hex.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_voprf_refusals(void);

#define GENERATOR_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GENERATOR_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
enum { n = 5 };

static phash_allocator allocator;
static phash_voprf *v;
static uint8_t secret[32], pk[33], blinds[32 * n], blinded[33 * n], evaluated[33 * n], proof[64], outputs[32 * n];
static phash_part inputs[n];

static void set_up(void)
{
    static const uint8_t seed[32] = {7};
    static const char text[] = "0123456789";

    allocator = phash_allocator_from(NULL);
    ck_assert_int_eq(phash_voprf_new(&v, &allocator), PHASH_OK);
    ck_assert_int_eq(phash_voprf_derive_key(v, secret, pk, seed, NULL, 0), PHASH_OK);
    for (size_t i = 0; i < n; i++) {
        inputs[i] = (phash_part){text + i, 2};
        ck_assert_int_eq(phash_scalar_random(v, blinds + 32 * i), PHASH_OK);
    }
    ck_assert_int_eq(phash_voprf_blind_batch(v, blinded, blinds, inputs, n), PHASH_OK);
    ck_assert_int_eq(phash_voprf_evaluate(v, evaluated, proof, NULL, secret, pk, blinded, n, NULL), PHASH_OK);
}

static void tear_down(void)
{
    phash_voprf_free(&v);
    phash_voprf_free(&v);
    phash_voprf_free(NULL);
}

/* Finalize must give status, and zeros unless PHASH_OK. */
static void check_finalize(phash_status status)
{
    static const uint8_t zeros[sizeof outputs];

    memset(outputs, 0xa5, sizeof outputs);
    ck_assert_int_eq(phash_voprf_finalize(v, outputs, inputs, blinds, blinded, evaluated, n, pk, proof), status);
    if (status != PHASH_OK)
        ck_assert_mem_eq(outputs, zeros, sizeof outputs);
}

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

START_TEST(refuses_every_wrong_proof)
{
    check_finalize(PHASH_OK);
    for (size_t i = 0; i < 64; i++) {
        proof[i] ^= (uint8_t)(1u << (i % 8));
        check_finalize(PHASH_E_PROOF_INVALID);
        proof[i] ^= (uint8_t)(1u << (i % 8));
    }
    swap(proof, proof + 32, 32);
    check_finalize(PHASH_E_PROOF_INVALID);
    memset(proof, 0, 64);
    check_finalize(PHASH_E_PROOF_INVALID);
    memset(proof, 0xff, 64);
    check_finalize(PHASH_E_PROOF_INVALID);
}
END_TEST

/* The order itself in place of zero. (That s + order is refused for a valid s cannot be shown: it fits 32 bytes
 * once in 2^32 proofs.) */
START_TEST(refuses_unreduced_proof_scalars)
{
    uint8_t the_order[32];

    hex_decode(the_order, 32, ORDER);
    memcpy(proof + 32, the_order, 32);
    check_finalize(PHASH_E_PROOF_INVALID);
    memcpy(proof, the_order, 32);
    check_finalize(PHASH_E_PROOF_INVALID);
}
END_TEST

START_TEST(refuses_swapped_and_substituted_elements)
{
    uint8_t other[33];

    swap(evaluated, evaluated + 33, 33);
    check_finalize(PHASH_E_PROOF_INVALID);
    swap(blinded, blinded + 33, 33); /* both swapped: indices are bound too */
    check_finalize(PHASH_E_PROOF_INVALID);
    swap(evaluated, evaluated + 33, 33);
    swap(blinded, blinded + 33, 33);
    check_finalize(PHASH_OK);
    memcpy(other, evaluated + 99, 33);
    evaluated[99] ^= 1; /* the negated point */
    check_finalize(PHASH_E_PROOF_INVALID);
    memcpy(evaluated + 99, other, 33);
    memcpy(evaluated + 33, evaluated, 33);
    check_finalize(PHASH_E_PROOF_INVALID);
}
END_TEST

START_TEST(refuses_another_key)
{
    uint8_t other_secret[32], other_pk[33], right_pk[33];
    static const uint8_t seed[32] = {8};

    ck_assert_int_eq(phash_voprf_derive_key(v, other_secret, other_pk, seed, NULL, 0), PHASH_OK);
    memcpy(right_pk, pk, 33);
    memcpy(pk, other_pk, 33); /* the right evaluation against the wrong public key */
    check_finalize(PHASH_E_PROOF_INVALID);
    /* an evaluator that uses another key but claims ours */
    ck_assert_int_eq(phash_voprf_evaluate(v, evaluated, proof, NULL, other_secret, right_pk, blinded, n, NULL),
                     PHASH_OK);
    memcpy(pk, right_pk, 33);
    check_finalize(PHASH_E_PROOF_INVALID);
    /* one element evaluated with another key */
    ck_assert_int_eq(phash_voprf_evaluate(v, evaluated, proof, NULL, secret, pk, blinded, n, NULL), PHASH_OK);
    check_finalize(PHASH_OK);
    uint8_t one_proof[64];
    ck_assert_int_eq(
        phash_voprf_evaluate(v, evaluated + 66, one_proof, NULL, other_secret, other_pk, blinded + 66, 1, NULL),
        PHASH_OK);
    check_finalize(PHASH_E_PROOF_INVALID);
    memset(pk, 0, 33);
    check_finalize(PHASH_E_KEY);
}
END_TEST

START_TEST(refuses_invalid_elements)
{
    static const uint8_t zeros[33];
    size_t bad = 99;
    uint8_t out[33 * n], old[33], p[64];

    memset(out, 0xa5, sizeof out);
    memset(p, 0xa5, sizeof p);
    memcpy(old, blinded + 66, 33);
    memcpy(blinded + 66, zeros, 33);
    ck_assert_int_eq(phash_voprf_evaluate(v, out, p, &bad, secret, pk, blinded, n, NULL), PHASH_E_POINT_INVALID);
    ck_assert_uint_eq(bad, 2);
    for (size_t i = 0; i < sizeof out; i++)
        ck_assert_uint_eq(out[i], 0xa5);
    for (size_t i = 0; i < sizeof p; i++)
        ck_assert_uint_eq(p[i], 0xa5);
    check_finalize(PHASH_E_POINT_INVALID);
    memcpy(blinded + 66, old, 33);
    memcpy(evaluated + 132, zeros, 33);
    check_finalize(PHASH_E_POINT_INVALID);
}
END_TEST

START_TEST(element_rule)
{
    static const struct {
        const char *hex;
        phash_status status;
    } cases[] = {
        {"03" GENERATOR_X, PHASH_OK},
        {"02" GENERATOR_X, PHASH_OK},
        {"020000000000000000000000000000000000000000000000000000000000000000", PHASH_OK},
        {"020000000000000000000000000000000000000000000000000000000000000001", PHASH_E_POINT_INVALID},
        {"020000000000000000000000000000000000000000000000000000000000000005", PHASH_OK},
        {"02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", PHASH_E_POINT_INVALID}, /* x = p */
        {"02ffffffff00000001000000000000000000000001000000000000000000000004", PHASH_E_POINT_INVALID}, /* p + 5 */
        {"02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", PHASH_E_POINT_INVALID},
        {"", PHASH_E_POINT_INVALID},
        {"00", PHASH_E_POINT_INVALID}, /* the identity in SEC 1 */
        {"04" GENERATOR_X GENERATOR_Y, PHASH_E_POINT_INVALID},
        {"07" GENERATOR_X GENERATOR_Y, PHASH_E_POINT_INVALID},
        {"03" GENERATOR_X "00", PHASH_E_POINT_INVALID},
    };
    uint8_t bytes[80];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = hex_decode(bytes, sizeof bytes, cases[i].hex);
        guard_buffer b = guard_new(size);
        memcpy(b.data, bytes, size);
        ck_assert_msg(phash_element_check(v, b.data, size) == cases[i].status, "case %zu", i);
        guard_free(&b);
    }
    ck_assert_uint_eq(hex_decode(bytes, sizeof bytes, "03" GENERATOR_X), 33);
    for (unsigned prefix = 0; prefix < 256; prefix++) {
        bytes[0] = (uint8_t)prefix;
        ck_assert_int_eq(phash_element_check(v, bytes, 33),
                         prefix == 2 || prefix == 3 ? PHASH_OK : PHASH_E_POINT_INVALID);
    }
    bytes[0] = 3;
    for (size_t size = 0; size < 80; size++)
        ck_assert_int_eq(phash_element_check(v, bytes, size), size == 33 ? PHASH_OK : PHASH_E_POINT_INVALID);
}
END_TEST

START_TEST(scalar_rule)
{
    uint8_t s[32] = {0};
    uint8_t out[33], p[64];

    ck_assert_int_eq(phash_scalar_check(v, s), PHASH_E_KEY);
    ck_assert_int_eq(phash_voprf_public_key(v, out, s), PHASH_E_KEY);
    ck_assert_int_eq(phash_voprf_output(v, outputs, s, NULL, 0), PHASH_E_KEY);
    ck_assert_int_eq(phash_voprf_blind(v, out, s, NULL, 0), PHASH_E_KEY);
    ck_assert_int_eq(phash_voprf_evaluate(v, out, p, NULL, s, pk, blinded, 1, NULL), PHASH_E_KEY);
    ck_assert_int_eq(phash_voprf_evaluate(v, out, p, NULL, secret, pk, blinded, 1, s), PHASH_E_KEY);
    s[31] = 1;
    ck_assert_int_eq(phash_scalar_check(v, s), PHASH_OK);
    hex_decode(s, 32, ORDER);
    ck_assert_int_eq(phash_scalar_check(v, s), PHASH_E_KEY);
    memcpy(blinds + 96, s, 32); /* a bad blind among good ones */
    check_finalize(PHASH_E_KEY);
    s[31]--;
    ck_assert_int_eq(phash_scalar_check(v, s), PHASH_OK);
    s[31] += 2;
    ck_assert_int_eq(phash_scalar_check(v, s), PHASH_E_KEY);
    memset(s, 0xff, 32);
    ck_assert_int_eq(phash_scalar_check(v, s), PHASH_E_KEY);
}
END_TEST

START_TEST(refuses_bad_sizes)
{
    static uint8_t big[65536];
    uint8_t out[33], p[64];
    const size_t over = PHASH_VOPRF_BATCH_MAX + 1u;

    ck_assert_int_eq(phash_voprf_evaluate(v, out, p, NULL, secret, pk, blinded, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_evaluate(v, out, p, NULL, secret, pk, blinded, over, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_finalize(v, outputs, inputs, blinds, blinded, evaluated, 0, pk, proof),
                     PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_finalize(v, outputs, inputs, blinds, blinded, evaluated, over, pk, proof),
                     PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_blind_batch(v, blinded, blinds, inputs, 0), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_blind_batch(v, blinded, blinds, inputs, over), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_blind(v, out, blinds, big, sizeof big), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_blind(v, out, blinds, big, sizeof big - 1), PHASH_OK);
    ck_assert_int_eq(phash_voprf_blind(v, out, blinds, NULL, 1), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_output(v, out, secret, big, sizeof big), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_derive_key(v, secret, pk, secret, big, sizeof big), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_new(NULL, &allocator), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_voprf_evaluate(v, NULL, p, NULL, secret, pk, blinded, 1, NULL), PHASH_E_ARGUMENT);
}
END_TEST

/* Everything once, with the n-th allocation failing, for n = 0, 1, ... until none fails. */
START_TEST(survives_failing_allocation)
{
    for (unsigned long fail_at = 0;; fail_at++) {
        failing_alloc f = {fail_at, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_allocator a = phash_allocator_from(&o);
        phash_voprf *w = NULL;
        uint8_t e[33 * n], p[64], out[32 * n];
        phash_status st = phash_voprf_new(&w, &a);
        if (st == PHASH_OK)
            st = phash_voprf_evaluate(w, e, p, NULL, secret, pk, blinded, n, NULL);
        if (st == PHASH_OK)
            st = phash_voprf_finalize(w, out, inputs, blinds, blinded, e, n, pk, p);
        phash_voprf_free(&w);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        if (!f.failed) {
            ck_assert_uint_ge(fail_at, 6);
            break;
        }
    }
}
END_TEST

static int broken_random(void *user, uint8_t *out, size_t size)
{
    (void)user;
    (void)out;
    (void)size;
    return -1;
}

static int stuck_random(void *user, uint8_t *out, size_t size)
{
    memset(out, *(const int *)user, size);
    return 0;
}

/* Refused twice (order, then zero), then good. */
static int third_time_lucky(void *user, uint8_t *out, size_t size)
{
    int *calls = user;

    memset(out, 0, size);
    if (*calls == 0)
        hex_decode(out, size, ORDER);
    if (*calls == 2)
        out[size - 1] = 5;
    ++*calls;
    return 0;
}

START_TEST(survives_failing_randomness)
{
    static const uint8_t five[32] = {[31] = 5};
    phash_allocator a = allocator;
    phash_voprf *w = NULL;
    uint8_t s[32] = {0xa5}, e[33], p[64];
    int state = 0;

    a.random = broken_random;
    ck_assert_int_eq(phash_voprf_new(&w, &a), PHASH_OK);
    ck_assert_int_eq(phash_scalar_random(w, s), PHASH_E_RANDOM);
    ck_assert_uint_eq(s[0], 0xa5);
    ck_assert_int_eq(phash_voprf_evaluate(w, e, p, NULL, secret, pk, blinded, 1, NULL), PHASH_E_RANDOM);
    phash_voprf_free(&w);
    a.random = stuck_random;
    a.user = &state;
    for (int k = 0; k < 2; k++) {
        state = k != 0 ? 0xff : 0;
        ck_assert_int_eq(phash_voprf_new(&w, &a), PHASH_OK);
        ck_assert_int_eq(phash_scalar_random(w, s), PHASH_E_RANDOM);
        phash_voprf_free(&w);
    }
    a.random = third_time_lucky;
    state = 0;
    ck_assert_int_eq(phash_voprf_new(&w, &a), PHASH_OK);
    ck_assert_int_eq(phash_scalar_random(w, s), PHASH_OK);
    ck_assert_mem_eq(s, five, 32);
    ck_assert_int_eq(state, 3);
    phash_voprf_free(&w);
}
END_TEST

Suite *suite_voprf_refusals(void)
{
    Suite *s = suite_create("oprf/voprf_refusals");
    TCase *c = tcase_create("voprf_refusals");

    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, refuses_every_wrong_proof);
    tcase_add_test(c, refuses_unreduced_proof_scalars);
    tcase_add_test(c, refuses_swapped_and_substituted_elements);
    tcase_add_test(c, refuses_another_key);
    tcase_add_test(c, refuses_invalid_elements);
    tcase_add_test(c, element_rule);
    tcase_add_test(c, scalar_rule);
    tcase_add_test(c, refuses_bad_sizes);
    tcase_add_test(c, survives_failing_allocation);
    tcase_add_test(c, survives_failing_randomness);
    suite_add_tcase(s, c);
    return s;
}
