/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/poprf.h"

#define MOST 4 /* inputs of a batch */

/* m = HashToScalar("Info" || len(info) || info), the length as two bytes */
static bool hash_info(phash_voprf *v, phash_scalar *m, const phash_part *info)
{
    const uint8_t length[2] = {(uint8_t)(info->size >> 8), (uint8_t)info->size};
    const phash_part framed[] = {{"Info", 4}, {length, 2}, *info};

    return info->size <= UINT16_MAX && phash_hash_to_scalar(v->digest, m, framed, 3, &v->to_scalar) == PHASH_OK;
}

/* t = secret + m; the library only subtracts */
static bool tweak_secret(phash_voprf *v, phash_scalar *t, const uint8_t secret[32], const phash_part *info)
{
    const phash_scalar zero = {{0}};
    phash_scalar m, k;

    if (!hash_info(v, &m, info) || phash_scalar_read(&k, secret) != PHASH_OK)
        return false;
    phash_scalar_sub(&m, &zero, &m);
    phash_scalar_sub(t, &k, &m);
    return phash_scalar_is_zero(t) == 0;
}

bool poprf_tweaked_key(phash_voprf *v, uint8_t out[33], const uint8_t public_key[33], const phash_part *info)
{
    phash_scalar m;
    phash_affine pk, tweak, sum;

    if (!hash_info(v, &m, info) || phash_affine_mul(v, &tweak, NULL, &m) != PHASH_OK ||
        !phash_affine_decode(&pk, public_key, 33))
        return false;
    phash_point a = phash_point_from_affine(&tweak);
    phash_point b = phash_point_from_affine(&pk);
    phash_point_add(&a, &a, &b);
    phash_points_to_affine(&sum, &a, 1);
    if (phash_affine_is_identity(&sum) != 0)
        return false;
    phash_affine_encode(out, &sum);
    return true;
}

/* The proof is that blinded[i] = t * evaluated[i]: against mode VOPRF the two lists change places. */
bool poprf_evaluate(phash_voprf *v, uint8_t *evaluated, uint8_t proof[64], const uint8_t secret[32],
                    const uint8_t *blinded, size_t n, const phash_part *info, const uint8_t nonce[32])
{
    uint8_t tweaked_key[33];
    phash_scalar t, inverse, r;
    phash_affine points[MOST], key;

    if (n > MOST || !tweak_secret(v, &t, secret, info) || phash_scalar_read(&r, nonce) != PHASH_OK ||
        phash_elements_decode(v, points, blinded, n, NULL) != PHASH_OK)
        return false;
    phash_scalar_inv(&inverse, &t);
    if (phash_elements_evaluate(v, evaluated, points, n, &inverse) != PHASH_OK ||
        phash_elements_decode(v, points, evaluated, n, NULL) != PHASH_OK ||
        phash_affine_mul(v, &key, NULL, &t) != PHASH_OK)
        return false;
    phash_affine_encode(tweaked_key, &key);
    const phash_batch batch = {tweaked_key, evaluated, blinded, points, NULL, n};
    return phash_proof_generate(v, proof, &batch, &t, &r) == PHASH_OK;
}

/* Hash(len(input) || input || len(info) || info || len(element) || element || "Finalize") */
static bool hash_output(phash_voprf *v, uint8_t out[32], const phash_part *input, const phash_part *info,
                        const phash_affine *point)
{
    const uint8_t input_length[2] = {(uint8_t)(input->size >> 8), (uint8_t)input->size};
    const uint8_t info_length[2] = {(uint8_t)(info->size >> 8), (uint8_t)info->size};
    uint8_t element[2 + 33] = {0, 33};
    const phash_part parts[] = {{input_length, 2}, *input, {info_length, 2}, *info, {element, 35}, {"Finalize", 8}};

    phash_affine_encode(element + 2, point);
    return phash_sha256(v->digest, out, parts, sizeof parts / sizeof *parts) == PHASH_OK;
}

bool poprf_finalize(phash_voprf *v, uint8_t *outputs, const poprf_exchange *x, const uint8_t tweaked_key[33],
                    const uint8_t proof[64], const phash_part *info)
{
    phash_affine key, blinded[MOST], evaluated[MOST], unblinded;
    phash_scalar blind;
    bool ok = x->n <= MOST && phash_affine_decode(&key, tweaked_key, 33) &&
              phash_elements_decode(v, blinded, x->blinded, x->n, NULL) == PHASH_OK &&
              phash_elements_decode(v, evaluated, x->evaluated, x->n, NULL) == PHASH_OK;

    const phash_batch batch = {tweaked_key, x->evaluated, x->blinded, evaluated, blinded, x->n};
    ok = ok && phash_proof_verify(v, proof, &batch, &key) == PHASH_OK;
    for (size_t i = 0; ok && i < x->n; i++) {
        ok = phash_scalar_read(&blind, x->blinds + 32 * i) == PHASH_OK;
        if (ok)
            phash_scalar_inv(&blind, &blind);
        ok = ok && phash_affine_mul(v, &unblinded, &evaluated[i], &blind) == PHASH_OK &&
             hash_output(v, outputs + 32 * i, &x->inputs[i], info, &unblinded);
    }
    return ok;
}

bool poprf_output(phash_voprf *v, uint8_t output[32], const uint8_t secret[32], const phash_part *input,
                  const phash_part *info)
{
    phash_affine point;
    phash_scalar t;

    if (!tweak_secret(v, &t, secret, info) ||
        phash_hash_to_curve(v->digest, &v->kernels, &point, input, 1, &v->to_group) != PHASH_OK)
        return false;
    phash_scalar_inv(&t, &t);
    return phash_affine_mul(v, &point, &point, &t) == PHASH_OK && hash_output(v, output, input, info, &point);
}
