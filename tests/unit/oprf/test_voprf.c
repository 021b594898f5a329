/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol as RFC 9497 prints it, and round trips. */
#include "oprf/voprf.h"

#include "oprf/voprf_internal.h"
#include "rfc_tables.h"
#include "support/hex.h"
#include "support/rng.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_voprf(void);

typedef struct exchange {
    size_t n;
    uint8_t input[2][64];
    phash_part parts[2];
    uint8_t blinds[64], blinded[66], evaluated[66], outputs[64], proof[64], nonce[32];
} exchange;

static exchange read_vector(const oprf_vector *v)
{
    static exchange x;

    memset(&x, 0, sizeof x);
    x.n = v->n;
    for (size_t i = 0; i < v->n; i++) {
        x.parts[i] = (phash_part){x.input[i], hex_decode(x.input[i], 64, v->input[i])};
        ck_assert_uint_eq(hex_decode(x.blinds + 32 * i, 32, v->blind[i]), 32);
        ck_assert_uint_eq(hex_decode(x.blinded + 33 * i, 33, v->blinded[i]), 33);
        ck_assert_uint_eq(hex_decode(x.evaluated + 33 * i, 33, v->evaluated[i]), 33);
        ck_assert_uint_eq(hex_decode(x.outputs + 32 * i, 32, v->output[i]), 32);
    }
    if (v->proof != NULL) {
        ck_assert_uint_eq(hex_decode(x.proof, 64, v->proof), 64);
        ck_assert_uint_eq(hex_decode(x.nonce, 32, v->nonce), 32);
    }
    return x;
}

static phash_voprf *open_mode(const oprf_mode *m, uint8_t secret[32], uint8_t public_key[33])
{
    phash_allocator a = phash_allocator_from(NULL);
    phash_voprf *v = NULL;
    uint8_t seed[32], info[64], expected[33];

    ck_assert_int_eq(phash_voprf_new_mode(&v, &a, m->mode), PHASH_OK);
    ck_assert_uint_eq(hex_decode(seed, 32, m->seed), 32);
    size_t info_size = hex_decode(info, sizeof info, m->key_info);
    ck_assert_int_eq(phash_voprf_derive_key(v, secret, public_key, seed, info, info_size), PHASH_OK);
    ck_assert_uint_eq(hex_decode(expected, 32, m->secret), 32);
    ck_assert_mem_eq(secret, expected, 32);
    if (m->public_key != NULL) {
        ck_assert_uint_eq(hex_decode(expected, 33, m->public_key), 33);
        ck_assert_mem_eq(public_key, expected, 33);
    }
    return v;
}

static void check_outputs(phash_voprf *v, const exchange *x, const uint8_t secret[32], const uint8_t outputs[64])
{
    uint8_t direct[32];

    ck_assert_mem_eq(outputs, x->outputs, 32 * x->n);
    for (size_t i = 0; i < x->n; i++) {
        ck_assert_int_eq(phash_voprf_output(v, direct, secret, x->input[i], x->parts[i].size), PHASH_OK);
        ck_assert_mem_eq(direct, x->outputs + 32 * i, 32);
    }
}

START_TEST(voprf_mode_byte_for_byte)
{
    const oprf_mode *m = &rfc9497_modes[1];
    uint8_t secret[32], pk[33], blinded[66], evaluated[66], proof[64], outputs[64];
    phash_voprf *v = open_mode(m, secret, pk);

    ck_assert_uint_eq(m->n, 3);
    for (size_t k = 0; k < m->n; k++) {
        exchange x = read_vector(&m->vectors[k]);
        for (size_t i = 0; i < x.n; i++)
            ck_assert_int_eq(phash_voprf_blind(v, blinded + 33 * i, x.blinds + 32 * i, x.input[i], x.parts[i].size),
                             PHASH_OK);
        ck_assert_mem_eq(blinded, x.blinded, 33 * x.n);
        ck_assert_int_eq(phash_voprf_blind_batch(v, blinded, x.blinds, x.parts, x.n), PHASH_OK);
        ck_assert_mem_eq(blinded, x.blinded, 33 * x.n);
        ck_assert_int_eq(phash_voprf_evaluate(v, evaluated, proof, NULL, secret, pk, blinded, x.n, x.nonce), PHASH_OK);
        ck_assert_mem_eq(evaluated, x.evaluated, 33 * x.n);
        ck_assert_mem_eq(proof, x.proof, 64);
        ck_assert_int_eq(
            phash_voprf_finalize(v, outputs, x.parts, x.blinds, blinded, evaluated, x.n, pk, proof), PHASH_OK);
        check_outputs(v, &x, secret, outputs);
    }
    phash_voprf_free(&v);
    ck_assert_ptr_null(v);
}
END_TEST

START_TEST(oprf_mode_byte_for_byte)
{
    const oprf_mode *m = &rfc9497_modes[0];
    uint8_t secret[32], pk[33], blinded[33], evaluated[33], outputs[64];
    phash_voprf *v = open_mode(m, secret, pk);

    ck_assert_uint_eq(m->n, 2);
    for (size_t k = 0; k < m->n; k++) {
        exchange x = read_vector(&m->vectors[k]);
        phash_affine point;
        phash_scalar key;
        ck_assert_int_eq(phash_voprf_blind(v, blinded, x.blinds, x.input[0], x.parts[0].size), PHASH_OK);
        ck_assert_mem_eq(blinded, x.blinded, 33);
        ck_assert_int_eq(phash_elements_decode(v, &point, blinded, 1, NULL), PHASH_OK);
        ck_assert_int_eq(phash_scalar_read(&key, secret), PHASH_OK);
        ck_assert_int_eq(phash_elements_evaluate(v, evaluated, &point, 1, &key), PHASH_OK);
        ck_assert_mem_eq(evaluated, x.evaluated, 33);
        ck_assert_int_eq(phash_elements_decode(v, &point, evaluated, 1, NULL), PHASH_OK);
        ck_assert_int_eq(phash_elements_finalize(v, outputs, x.parts, x.blinds, &point, 1), PHASH_OK);
        check_outputs(v, &x, secret, outputs);
    }
    phash_voprf_free(&v);
}
END_TEST

/* Fresh blinds and nonces, sizes around the chunk: the output depends on key and input alone. */
START_TEST(round_trips_with_fresh_randomness)
{
    enum { most = 70 };
    static uint8_t inputs[most][20], blinds[32 * most], blinded[33 * most], evaluated[33 * most], outputs[32 * most];
    static const size_t sizes[] = {1, 2, 3, 31, 32, 33, most};
    uint64_t seed = test_seed(41);
    test_rng rng = test_rng_init(seed);
    uint8_t secret[32], pk[33], proof[64], again[64], direct[32];
    phash_part parts[most];
    phash_voprf *v = open_mode(&rfc9497_modes[1], secret, pk);

    printf("seed %llu\n", (unsigned long long)seed);
    test_rng_fill(&rng, inputs, sizeof inputs);
    for (size_t i = 0; i < most; i++) {
        parts[i] = (phash_part){inputs[i], i % 21};
        ck_assert_int_eq(phash_scalar_random(v, blinds + 32 * i), PHASH_OK);
    }
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t n = sizes[k];
        ck_assert_int_eq(phash_voprf_blind_batch(v, blinded, blinds, parts, n), PHASH_OK);
        ck_assert_int_eq(phash_voprf_evaluate(v, evaluated, again, NULL, secret, pk, blinded, n, NULL), PHASH_OK);
        ck_assert_int_eq(phash_voprf_evaluate(v, evaluated, proof, NULL, secret, pk, blinded, n, NULL), PHASH_OK);
        ck_assert_mem_ne(again, proof, 64);
        ck_assert_int_eq(phash_voprf_finalize(v, outputs, parts, blinds, blinded, evaluated, n, pk, proof), PHASH_OK);
        for (size_t i = 0; i < n; i++) {
            ck_assert_int_eq(phash_voprf_output(v, direct, secret, inputs[i], parts[i].size), PHASH_OK);
            ck_assert_mem_eq(outputs + 32 * i, direct, 32);
        }
    }
    phash_voprf_free(&v);
}
END_TEST

START_TEST(blinding_with_one_is_hashing)
{
    static const uint8_t one[32] = {[31] = 1};
    uint8_t secret[32], pk[33], a[33], b[33];
    phash_voprf *v = open_mode(&rfc9497_modes[1], secret, pk);

    ck_assert_int_eq(phash_voprf_hash_to_group(v, a, (const uint8_t *)"abc", 3), PHASH_OK);
    ck_assert_int_eq(phash_voprf_blind(v, b, one, (const uint8_t *)"abc", 3), PHASH_OK);
    ck_assert_mem_eq(a, b, 33);
    ck_assert_int_eq(phash_voprf_public_key(v, b, secret), PHASH_OK);
    ck_assert_mem_eq(b, pk, 33);
    ck_assert_ptr_nonnull(phash_voprf_digest(v));
    phash_voprf_free(&v);
}
END_TEST

Suite *suite_voprf(void)
{
    Suite *s = suite_create("oprf/voprf");
    TCase *c = tcase_create("voprf");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, voprf_mode_byte_for_byte);
    tcase_add_test(c, oprf_mode_byte_for_byte);
    tcase_add_test(c, round_trips_with_fresh_randomness);
    tcase_add_test(c, blinding_with_one_is_hashing);
    suite_add_tcase(s, c);
    return s;
}
