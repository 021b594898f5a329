/* SPDX-License-Identifier: Apache-2.0 */
/* The device's side: hash, blind, verify, unblind; and the direct output for the builder of a set. */
#include "oprf/voprf_internal.h"

#include "util/mem.h"

#include <string.h>

#define CHUNK PHASH_POINT_BATCH /* inputs handled together on the stack */

static bool inputs_ok(const phash_part *inputs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((inputs[i].data == NULL && inputs[i].size != 0) || inputs[i].size > UINT16_MAX)
            return false; /* RFC 9497, section 1.2: PrivateInput is at most 2^16 - 1 bytes */
    return true;
}

phash_status phash_voprf_hash_to_group(phash_voprf *v, uint8_t out[PHASH_ELEMENT_SIZE], const uint8_t *input,
                                       size_t size)
{
    const phash_part part = {input, size};
    phash_affine p;

    if (v == NULL || out == NULL || !inputs_ok(&part, 1))
        return PHASH_E_ARGUMENT;
    phash_status st = phash_hash_to_curve(v->digest, &v->kernels, &p, &part, 1, &v->to_group);
    if (st == PHASH_OK)
        st = phash_affines_check(&p, 1);
    if (st == PHASH_OK)
        phash_affine_encode(out, &p);
    phash_wipe(&p, sizeof p);
    return st;
}

static phash_status blind_chunk(phash_voprf *v, uint8_t *blinded, const uint8_t *blinds, const phash_part *inputs,
                                size_t n)
{
    phash_affine points[CHUNK];
    phash_scalar factors[CHUNK];

    phash_status st = phash_hash_to_curve(v->digest, &v->kernels, points, inputs, n, &v->to_group);
    if (st == PHASH_OK)
        st = phash_affines_check(points, n);
    for (size_t i = 0; st == PHASH_OK && i < n; i++)
        st = phash_scalar_read(&factors[i], blinds + i * PHASH_SCALAR_SIZE);
    if (st == PHASH_OK)
        st = phash_affines_mul(v, points, points, factors, 1, n);
    for (size_t i = 0; st == PHASH_OK && i < n; i++)
        phash_affine_encode(blinded + i * PHASH_ELEMENT_SIZE, &points[i]);
    phash_wipe(points, sizeof points);
    phash_wipe(factors, sizeof factors);
    return st;
}

phash_status phash_voprf_blind_batch(phash_voprf *v, uint8_t *blinded, const uint8_t *blinds,
                                     const phash_part *inputs, size_t n)
{
    phash_status st = PHASH_OK;

    if (v == NULL || blinded == NULL || blinds == NULL || inputs == NULL || n == 0 || n > PHASH_VOPRF_BATCH_MAX ||
        !inputs_ok(inputs, n))
        return PHASH_E_ARGUMENT;
    for (size_t at = 0; st == PHASH_OK && at < n; at += CHUNK)
        st = blind_chunk(v, blinded + at * PHASH_ELEMENT_SIZE, blinds + at * PHASH_SCALAR_SIZE, inputs + at,
                         n - at < CHUNK ? n - at : CHUNK);
    if (st != PHASH_OK)
        phash_wipe(blinded, n * PHASH_ELEMENT_SIZE);
    return st;
}

phash_status phash_voprf_blind(phash_voprf *v, uint8_t blinded[PHASH_ELEMENT_SIZE],
                               const uint8_t blind[PHASH_SCALAR_SIZE], const uint8_t *input, size_t size)
{
    const phash_part part = {input, size};

    return phash_voprf_blind_batch(v, blinded, blind, &part, 1);
}

/* out = H(len(input) || input || len(element) || element || "Finalize"), lengths as two bytes. */
static phash_status hash_output(phash_voprf *v, uint8_t *out, const phash_part *input, const phash_affine *point)
{
    const uint8_t input_length[2] = {(uint8_t)(input->size >> 8), (uint8_t)input->size};
    uint8_t element[2 + PHASH_ELEMENT_SIZE] = {0, PHASH_ELEMENT_SIZE};
    const phash_part parts[] = {{input_length, 2}, *input, {element, sizeof element}, {"Finalize", 8}};

    phash_affine_encode(element + 2, point);
    phash_status st = phash_sha256(v->digest, out, parts, 4);
    phash_wipe(element, sizeof element);
    return st;
}

static phash_status finalize_chunk(phash_voprf *v, uint8_t *outputs, const phash_part *inputs, const uint8_t *blinds,
                                   const phash_affine *evaluated, size_t n)
{
    phash_scalar inverse[CHUNK];
    phash_scalar scratch[CHUNK];
    phash_affine unblinded[CHUNK];
    phash_status st = PHASH_OK;

    for (size_t i = 0; st == PHASH_OK && i < n; i++)
        st = phash_scalar_read(&inverse[i], blinds + i * PHASH_SCALAR_SIZE);
    if (st == PHASH_OK)
        phash_scalar_inv_batch(inverse, scratch, n);
    if (st == PHASH_OK)
        st = phash_affines_mul(v, unblinded, evaluated, inverse, 1, n);
    for (size_t i = 0; st == PHASH_OK && i < n; i++)
        st = hash_output(v, outputs + i * PHASH_VOPRF_OUTPUT_SIZE, &inputs[i], &unblinded[i]);
    phash_wipe(inverse, sizeof inverse);
    phash_wipe(unblinded, sizeof unblinded);
    return st;
}

phash_status phash_elements_finalize(phash_voprf *v, uint8_t *outputs, const phash_part *inputs, const uint8_t *blinds,
                                     const phash_affine *evaluated, size_t n)
{
    phash_status st = PHASH_OK;

    for (size_t at = 0; st == PHASH_OK && at < n; at += CHUNK)
        st = finalize_chunk(v, outputs + at * PHASH_VOPRF_OUTPUT_SIZE, inputs + at, blinds + at * PHASH_SCALAR_SIZE,
                            evaluated + at, n - at < CHUNK ? n - at : CHUNK);
    return st;
}

phash_status phash_voprf_finalize(phash_voprf *v, uint8_t *outputs, const phash_part *inputs, const uint8_t *blinds,
                                  const uint8_t *blinded, const uint8_t *evaluated, size_t n,
                                  const uint8_t public_key[PHASH_ELEMENT_SIZE], const uint8_t proof[PHASH_PROOF_SIZE])
{
    phash_affine *points = NULL;
    phash_affine pk;
    phash_status st;

    if (v == NULL || outputs == NULL || inputs == NULL || blinds == NULL || blinded == NULL || evaluated == NULL ||
        public_key == NULL || proof == NULL || n == 0 || n > PHASH_VOPRF_BATCH_MAX || !inputs_ok(inputs, n))
        return PHASH_E_ARGUMENT;
    st = PHASH_E_KEY;
    if (!phash_affine_decode(&pk, public_key, PHASH_ELEMENT_SIZE))
        goto done;
    st = PHASH_E_NO_MEMORY;
    points = phash_alloc(&v->allocator, 2 * n, sizeof *points);
    if (points == NULL)
        goto done;
    st = phash_elements_decode(v, points, blinded, n, NULL);
    if (st == PHASH_OK)
        st = phash_elements_decode(v, points + n, evaluated, n, NULL);
    if (st == PHASH_OK) {
        const phash_batch batch = {public_key, blinded, evaluated, points, points + n, n};
        st = phash_proof_verify(v, proof, &batch, &pk);
    }
    if (st == PHASH_OK)
        st = phash_elements_finalize(v, outputs, inputs, blinds, points + n, n);

done:
    if (st != PHASH_OK)
        phash_wipe(outputs, n * PHASH_VOPRF_OUTPUT_SIZE);
    phash_release(&v->allocator, points);
    return st;
}

static phash_status output_chunk(phash_voprf *v, uint8_t *outputs, const phash_scalar *secret, const phash_part *inputs,
                                 size_t n)
{
    phash_affine points[CHUNK];

    phash_status st = phash_hash_to_curve(v->digest, &v->kernels, points, inputs, n, &v->to_group);
    if (st == PHASH_OK)
        st = phash_affines_check(points, n);
    if (st == PHASH_OK)
        st = phash_affines_mul(v, points, points, secret, 0, n);
    for (size_t i = 0; st == PHASH_OK && i < n; i++)
        st = hash_output(v, outputs + i * PHASH_VOPRF_OUTPUT_SIZE, &inputs[i], &points[i]);
    phash_wipe(points, sizeof points);
    return st;
}

phash_status phash_voprf_output_batch(phash_voprf *v, uint8_t *outputs, const uint8_t secret[PHASH_SCALAR_SIZE],
                                      const phash_part *inputs, size_t n)
{
    phash_scalar k;

    if (v == NULL || outputs == NULL || secret == NULL || inputs == NULL || n == 0 ||
        n > SIZE_MAX / PHASH_VOPRF_OUTPUT_SIZE || !inputs_ok(inputs, n))
        return PHASH_E_ARGUMENT;
    phash_status st = phash_scalar_read(&k, secret);
    for (size_t at = 0; st == PHASH_OK && at < n; at += CHUNK)
        st = output_chunk(v, outputs + at * PHASH_VOPRF_OUTPUT_SIZE, &k, inputs + at, n - at < CHUNK ? n - at : CHUNK);
    if (st != PHASH_OK)
        phash_wipe(outputs, n * PHASH_VOPRF_OUTPUT_SIZE);
    phash_wipe(&k, sizeof k);
    return st;
}

phash_status phash_voprf_output(phash_voprf *v, uint8_t output[PHASH_VOPRF_OUTPUT_SIZE],
                                const uint8_t secret[PHASH_SCALAR_SIZE], const uint8_t *input, size_t size)
{
    const phash_part part = {input, size};

    return phash_voprf_output_batch(v, output, secret, &part, 1);
}
