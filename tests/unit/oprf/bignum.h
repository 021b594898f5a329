/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's bignums as the model that field and scalar arithmetic are compared with. */
#ifndef PHASH_TESTS_BIGNUM_H
#define PHASH_TESTS_BIGNUM_H

#include "support/rng.h"

#include <openssl/bn.h>

typedef struct model {
    BN_CTX *ctx;
    BIGNUM *m; /* the modulus */
    BIGNUM *a, *b, *r;
} model;

/** Aborts when OpenSSL is out of memory. */
model model_new(const char *modulus_hex);
void model_free(model *m);

/** 32 bytes for round i of a test: edge values (0, 1, m - 1, powers of two, runs of ones) first, then half random, half
 *  with long runs of equal bits. Always below the modulus. */
void model_draw(const model *m, test_rng *rng, unsigned i, uint8_t out[32]);

/** r as 32 big-endian bytes. */
void model_result(const model *m, uint8_t out[32]);
/** Set a and b. */
void model_set(model *m, const uint8_t a[32], const uint8_t b[32]);

#endif
