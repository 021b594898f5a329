/* SPDX-License-Identifier: Apache-2.0 */
/* Discrete logarithm equality proofs for batches (RFC 9497, section 2.2). The letters are the RFC's: the proof
 * shows that B = k A (A the generator, B the public key) and D[i] = k C[i] for every i. */
#include "oprf/voprf_internal.h"

#include "oprf/declassify.h"
#include "util/bytes.h"
#include "util/mem.h"

#include <string.h>

/* From so many points on their sum is made faster by the kernels. */
#define LANES_FROM 8

typedef struct composites {
    phash_affine m, z;
} composites;

static void write_sized(phash_writer *w, const void *bytes, size_t size)
{
    phash_write_u16be(w, (uint16_t)size);
    phash_write_bytes(w, bytes, size);
}

static void write_point(phash_writer *w, const phash_affine *point)
{
    uint8_t bytes[PHASH_ELEMENT_SIZE];

    phash_affine_encode(bytes, point);
    write_sized(w, bytes, sizeof bytes);
}

static phash_status make_seed(phash_voprf *v, uint8_t seed[PHASH_SHA256_SIZE], const uint8_t *public_key)
{
    uint8_t transcript[2 + PHASH_ELEMENT_SIZE + 2 + PHASH_SEED_DST_SIZE];
    phash_writer w = phash_writer_init(transcript, sizeof transcript);

    write_sized(&w, public_key, PHASH_ELEMENT_SIZE);
    write_sized(&w, v->seed_dst, sizeof v->seed_dst);
    const phash_part part = {transcript, w.at};
    return phash_sha256(v->digest, seed, &part, 1);
}

/* weights[i] = d_i, the random combination's factors, as bytes. */
static phash_status make_weights(phash_voprf *v, uint8_t (*weights)[PHASH_SCALAR_SIZE], const phash_batch *batch)
{
    uint8_t seed[PHASH_SHA256_SIZE];
    uint8_t transcript[2 + PHASH_SHA256_SIZE + 2 + 2 * (2 + PHASH_ELEMENT_SIZE) + 9];

    phash_status st = make_seed(v, seed, batch->public_key);
    for (size_t i = 0; st == PHASH_OK && i < batch->n; i++) {
        phash_writer w = phash_writer_init(transcript, sizeof transcript);
        phash_scalar d;
        write_sized(&w, seed, sizeof seed);
        phash_write_u16be(&w, (uint16_t)i);
        write_sized(&w, batch->blinded + i * PHASH_ELEMENT_SIZE, PHASH_ELEMENT_SIZE);
        write_sized(&w, batch->evaluated + i * PHASH_ELEMENT_SIZE, PHASH_ELEMENT_SIZE);
        phash_write_bytes(&w, "Composite", 9);
        const phash_part part = {transcript, w.at};
        st = phash_hash_to_scalar(v->digest, &d, &part, 1, &v->to_scalar);
        if (st == PHASH_OK)
            phash_scalar_to_bytes(weights[i], &d);
    }
    return st;
}

/* The points and the weights are public. */
static phash_status weighted_sum(phash_voprf *v, phash_affine *out, const phash_affine *points,
                                 const uint8_t (*weights)[PHASH_SCALAR_SIZE], size_t n)
{
    phash_point sum;

    if (n == 1) { /* no sum to share doublings in: OpenSSL takes a third of the time */
        phash_scalar weight;
        (void)phash_scalar_from_bytes(&weight, weights[0]);
        phash_status st = phash_affine_mul(v, out, points, &weight);
        PHASH_DECLASSIFY(out, sizeof *out);
        return st;
    }
    if (v->kernels.fast && n >= LANES_FROM)
        phash_lanes_multi_scalar_var(&v->kernels, &sum, points, weights, n);
    else
        phash_multi_scalar_var(&sum, points, weights, n);
    phash_points_to_affine(out, &sum, 1);
    return phash_affine_is_identity(out) != 0 ? PHASH_E_POINT_INVALID : PHASH_OK;
}

/* ComputeComposites; with the secret key ComputeCompositesFast, which takes Z = k M. */
static phash_status compute_composites(phash_voprf *v, composites *out, const phash_batch *batch,
                                       const phash_scalar *secret)
{
    uint8_t(*weights)[PHASH_SCALAR_SIZE] = phash_alloc(&v->allocator, batch->n, sizeof *weights);
    phash_status st = PHASH_E_NO_MEMORY;

    if (weights == NULL)
        return st;
    st = make_weights(v, weights, batch);
    const uint8_t(*fixed)[PHASH_SCALAR_SIZE] = (const uint8_t(*)[PHASH_SCALAR_SIZE])weights;
    if (st == PHASH_OK)
        st = weighted_sum(v, &out->m, batch->blinded_points, fixed, batch->n);
    if (st == PHASH_OK && secret != NULL)
        st = phash_affine_mul(v, &out->z, &out->m, secret);
    else if (st == PHASH_OK)
        st = weighted_sum(v, &out->z, batch->evaluated_points, fixed, batch->n);
    phash_release(&v->allocator, weights);
    return st;
}

static phash_status make_challenge(phash_voprf *v, phash_scalar *c, const uint8_t *public_key, const composites *mz,
                                   const phash_affine *t2, const phash_affine *t3)
{
    uint8_t transcript[5 * (2 + PHASH_ELEMENT_SIZE) + 9];
    phash_writer w = phash_writer_init(transcript, sizeof transcript);

    write_sized(&w, public_key, PHASH_ELEMENT_SIZE);
    write_point(&w, &mz->m);
    write_point(&w, &mz->z);
    write_point(&w, t2);
    write_point(&w, t3);
    phash_write_bytes(&w, "Challenge", 9);
    const phash_part part = {transcript, w.at};
    return phash_hash_to_scalar(v->digest, c, &part, 1, &v->to_scalar);
}

phash_status phash_proof_generate(phash_voprf *v, uint8_t proof[PHASH_PROOF_SIZE], const phash_batch *batch,
                                  const phash_scalar *secret, const phash_scalar *nonce)
{
    composites mz;
    phash_affine t2, t3;
    phash_scalar c, s;

    phash_status st = compute_composites(v, &mz, batch, secret);
    if (st == PHASH_OK)
        st = phash_affine_mul(v, &t2, NULL, nonce);
    if (st == PHASH_OK)
        st = phash_affine_mul(v, &t3, &mz.m, nonce);
    if (st == PHASH_OK)
        st = make_challenge(v, &c, batch->public_key, &mz, &t2, &t3);
    if (st != PHASH_OK)
        return st;
    phash_scalar_mul(&s, &c, secret);
    phash_scalar_sub(&s, nonce, &s);
    phash_scalar_to_bytes(proof, &c);
    phash_scalar_to_bytes(proof + PHASH_SCALAR_SIZE, &s);
    phash_wipe(&s, sizeof s); /* published now, but computed beside the key */
    return PHASH_OK;
}

/* out = s * a + c * b; a NULL is the generator. All public. */
static phash_status sum_of_two(phash_voprf *v, phash_affine *out, const phash_affine *a, const phash_scalar *s,
                               const phash_affine *b, const phash_scalar *c)
{
    phash_affine sa, cb;

    phash_status st = phash_affine_mul(v, &sa, a, s);
    if (st == PHASH_OK)
        st = phash_affine_mul(v, &cb, b, c);
    if (st != PHASH_OK)
        return st;
    PHASH_DECLASSIFY(&sa, sizeof sa);
    PHASH_DECLASSIFY(&cb, sizeof cb);
    phash_point left = phash_point_from_affine(&sa);
    phash_point right = phash_point_from_affine(&cb);
    phash_point_add(&left, &left, &right);
    phash_points_to_affine(out, &left, 1);
    return phash_affine_is_identity(out) != 0 ? PHASH_E_POINT_INVALID : PHASH_OK;
}

phash_status phash_proof_verify(phash_voprf *v, const uint8_t proof[PHASH_PROOF_SIZE], const phash_batch *batch,
                                const phash_affine *public_key)
{
    composites mz;
    phash_affine t2, t3;
    phash_scalar c, s, expected;
    uint8_t bytes[PHASH_SCALAR_SIZE];

    if (phash_scalar_from_bytes(&c, proof) == 0 || phash_scalar_from_bytes(&s, proof + PHASH_SCALAR_SIZE) == 0)
        return PHASH_E_PROOF_INVALID;
    phash_status st = compute_composites(v, &mz, batch, NULL);
    if (st == PHASH_OK)
        st = sum_of_two(v, &t2, NULL, &s, public_key, &c);
    if (st == PHASH_OK)
        st = sum_of_two(v, &t3, &mz.m, &s, &mz.z, &c);
    if (st == PHASH_OK)
        st = make_challenge(v, &expected, batch->public_key, &mz, &t2, &t3);
    if (st == PHASH_E_POINT_INVALID)
        return PHASH_E_PROOF_INVALID; /* a sum that is the identity has no encoding; an honest proof never meets it */
    if (st != PHASH_OK)
        return st;
    phash_scalar_to_bytes(bytes, &expected);
    return phash_mem_equal_ct(bytes, proof, sizeof bytes) ? PHASH_OK : PHASH_E_PROOF_INVALID;
}
