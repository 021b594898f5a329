/* SPDX-License-Identifier: Apache-2.0 */
/* The key holder's side: blind evaluation with its proof. */
#include "oprf/voprf_internal.h"

#include "oprf/declassify.h"
#include "util/mem.h"

phash_status phash_elements_evaluate(phash_voprf *v, uint8_t *evaluated, const phash_affine *points, size_t n,
                                     const phash_scalar *secret)
{
    phash_affine products[PHASH_POINT_BATCH];
    phash_status st = PHASH_OK;

    for (size_t at = 0; st == PHASH_OK && at < n; at += PHASH_POINT_BATCH) {
        const size_t now = n - at < PHASH_POINT_BATCH ? n - at : PHASH_POINT_BATCH;
        st = phash_affines_mul(v, products, points + at, secret, 0, now);
        for (size_t i = 0; st == PHASH_OK && i < now; i++)
            phash_affine_encode(evaluated + (at + i) * PHASH_ELEMENT_SIZE, &products[i]);
    }
    PHASH_DECLASSIFY(evaluated, n * PHASH_ELEMENT_SIZE); /* sent, and hashed into the proof's public weights */
    return st;
}

/* The proof's nonce: the given one, or a fresh one. */
static phash_status choose_nonce(phash_voprf *v, phash_scalar *out, const uint8_t *given)
{
    uint8_t drawn[PHASH_SCALAR_SIZE];

    if (given != NULL)
        return phash_scalar_read(out, given);
    phash_status st = phash_scalar_random(v, drawn);
    if (st == PHASH_OK)
        st = phash_scalar_read(out, drawn);
    phash_wipe(drawn, sizeof drawn);
    return st;
}

phash_status phash_voprf_evaluate(phash_voprf *v, uint8_t *evaluated, uint8_t proof[PHASH_PROOF_SIZE], size_t *bad,
                                  const uint8_t secret[PHASH_SCALAR_SIZE],
                                  const uint8_t public_key[PHASH_ELEMENT_SIZE], const uint8_t *blinded, size_t n,
                                  const uint8_t *nonce)
{
    phash_affine *points = NULL;
    phash_affine ignored;
    phash_scalar k, r;
    phash_status st;

    if (v == NULL || evaluated == NULL || proof == NULL || secret == NULL || public_key == NULL || blinded == NULL ||
        n == 0 || n > PHASH_VOPRF_BATCH_MAX)
        return PHASH_E_ARGUMENT;
    if ((st = phash_scalar_read(&k, secret)) != PHASH_OK || (st = choose_nonce(v, &r, nonce)) != PHASH_OK)
        goto done;
    st = PHASH_E_KEY;
    if (!phash_affine_decode(&ignored, public_key, PHASH_ELEMENT_SIZE))
        goto done;
    st = PHASH_E_NO_MEMORY;
    points = phash_alloc(&v->allocator, n, sizeof *points);
    if (points == NULL)
        goto done;
    st = phash_elements_decode(v, points, blinded, n, bad);
    if (st != PHASH_OK)
        goto done; /* nothing written yet */
    st = phash_elements_evaluate(v, evaluated, points, n, &k);
    if (st == PHASH_OK) {
        const phash_batch batch = {public_key, blinded, evaluated, points, NULL, n};
        st = phash_proof_generate(v, proof, &batch, &k, &r);
    }
    if (st != PHASH_OK)
        phash_wipe(evaluated, n * PHASH_ELEMENT_SIZE);

done:
    phash_wipe(&k, sizeof k);
    phash_wipe(&r, sizeof r);
    phash_release(&v->allocator, points);
    return st;
}
