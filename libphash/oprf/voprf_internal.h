/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the VOPRF share. */
#ifndef PHASH_OPRF_VOPRF_INTERNAL_H
#define PHASH_OPRF_VOPRF_INTERNAL_H

#include "oprf/hash_to_curve.h"
#include "oprf/voprf.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

/* Modes of RFC 9497, section 3.1. The library runs VOPRF; OPRF exists for the RFC's vectors. (So does POPRF, 0x02, in
 * the tests: its steps are not here, but the tags and the proof serve it too.) */
#define PHASH_MODE_OPRF 0x00
#define PHASH_MODE_VOPRF 0x01

#define PHASH_CONTEXT_SIZE 20 /* "OPRFV1-" || mode || "-P256-SHA256" */
#define PHASH_SEED_DST_SIZE (5 + PHASH_CONTEXT_SIZE)

struct phash_voprf {
    phash_allocator allocator;
    phash_digest *digest;
    EC_GROUP *group;
    EC_POINT *factor, *product;
    BIGNUM *x, *y, *scalar;
    phash_p256_kernels kernels;
    phash_dst to_group, to_scalar, derive_key;
    uint8_t seed_dst[PHASH_SEED_DST_SIZE]; /* "Seed-" || contextString, hashed as text, not as a DST */
};

/** phash_voprf_new with the tags of any mode. */
PHASH_NODISCARD phash_status phash_voprf_new_mode(phash_voprf **out, const phash_allocator *allocator, uint8_t mode);

/** out = scalar * point, or scalar * G for a NULL point, by OpenSSL's constant-time multiplication.
 *  PHASH_E_POINT_INVALID when that is the identity. Secret: scalar, point, out. */
PHASH_NODISCARD phash_status phash_affine_mul(phash_voprf *v, phash_affine *out, const phash_affine *point,
                                              const phash_scalar *scalar);

/** PHASH_E_POINT_INVALID when one of n points is the identity. Constant time but for the answer. Secret: points. */
PHASH_NODISCARD phash_status phash_affines_check(const phash_affine *points, size_t n);

/** out[i] = scalars[i * step] * points[i] for n points, by the kernels where they are fast, else by phash_affine_mul.
 *  out may be points. PHASH_E_POINT_INVALID when a product is the identity. Secret: scalars, points, out. */
PHASH_NODISCARD phash_status phash_affines_mul(phash_voprf *v, phash_affine *out, const phash_affine *points,
                                               const phash_scalar *scalars, size_t step, size_t n);

/** Read a secret scalar or blind: PHASH_E_KEY unless 1 <= scalar < order. */
PHASH_NODISCARD phash_status phash_scalar_read(phash_scalar *out, const uint8_t bytes[PHASH_SCALAR_SIZE]);

/** Decode n elements; *bad is the index of the first invalid one. */
PHASH_NODISCARD phash_status phash_elements_decode(phash_voprf *v, phash_affine *out, const uint8_t *elements, size_t n,
                                                   size_t *bad);

/** RFC 9497 BlindEvaluate without the proof: evaluated[i] = secret * points[i], encoded. */
PHASH_NODISCARD phash_status phash_elements_evaluate(phash_voprf *v, uint8_t *evaluated, const phash_affine *points,
                                                     size_t n, const phash_scalar *secret);

/** RFC 9497 Finalize without the proof: outputs[i] = H(inputs[i], evaluated[i] / blinds[i]). */
PHASH_NODISCARD phash_status phash_elements_finalize(phash_voprf *v, uint8_t *outputs, const phash_part *inputs,
                                                     const uint8_t *blinds, const phash_affine *evaluated, size_t n);

/** Both lists of a batch proof, as bytes and as points; public. */
typedef struct phash_batch {
    const uint8_t *public_key;
    const uint8_t *blinded;
    const uint8_t *evaluated;
    const phash_affine *blinded_points;
    const phash_affine *evaluated_points; /* NULL when generating: not needed with the key */
    size_t n;
} phash_batch;

/** GenerateProof (RFC 9497, section 2.2.1) with the given nonce. Secret: secret, nonce. */
PHASH_NODISCARD phash_status phash_proof_generate(phash_voprf *v, uint8_t proof[PHASH_PROOF_SIZE],
                                                  const phash_batch *batch, const phash_scalar *secret,
                                                  const phash_scalar *nonce);

/** VerifyProof (RFC 9497, section 2.2.2). PHASH_E_PROOF_INVALID when it does not hold. */
PHASH_NODISCARD phash_status phash_proof_verify(phash_voprf *v, const uint8_t proof[PHASH_PROOF_SIZE],
                                                const phash_batch *batch, const phash_affine *public_key);

#endif
