/* SPDX-License-Identifier: Apache-2.0 */
/* Mode POPRF of RFC 9497, section 3.3.3, over the library's elements, scalars and proof. Only its vectors want it: the
 * library itself has no use for public input. Blinding is that of the other modes. Not for secrets: wipes nothing. */
#ifndef PHASH_TESTS_POPRF_H
#define PHASH_TESTS_POPRF_H

#include "oprf/voprf_internal.h"

#define POPRF_MODE 0x02

/** Client: HashToScalar(framedInfo) * G + public_key, the key for poprf_finalize. */
bool poprf_tweaked_key(phash_voprf *v, uint8_t out[33], const uint8_t public_key[33], const phash_part *info);

/** Server: evaluate n blinded elements (BlindEvaluate), with the proof's nonce given. */
bool poprf_evaluate(phash_voprf *v, uint8_t *evaluated, uint8_t proof[64], const uint8_t secret[32],
                    const uint8_t *blinded, size_t n, const phash_part *info, const uint8_t nonce[32]);

typedef struct poprf_exchange {
    const phash_part *inputs;
    const uint8_t *blinds, *blinded, *evaluated; /* 32, 33 and 33 bytes an input */
    size_t n;
} poprf_exchange;

/** Client: verify, unblind and hash (Finalize); 32 bytes of output for each input. */
bool poprf_finalize(phash_voprf *v, uint8_t *outputs, const poprf_exchange *x, const uint8_t tweaked_key[33],
                    const uint8_t proof[64], const phash_part *info);

/** Server: the output for an input, directly (Evaluate). */
bool poprf_output(phash_voprf *v, uint8_t output[32], const uint8_t secret[32], const phash_part *input,
                  const phash_part *info);

#endif
