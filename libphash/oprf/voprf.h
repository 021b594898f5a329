/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9497 VOPRF(P-256, SHA-256): the oblivious pseudo-random function behind private matching.
 *
 * Elements travel as 33 bytes (SEC 1 compressed), scalars as 32 big-endian bytes. Every element that comes from
 * outside is decoded by phash_voprf's own rule first: exactly 33 bytes, prefix 02 or 03, on the curve, not the
 * identity (RFC 9497 s. 4.3; OpenSSL's decoder alone accepts more). */
#ifndef PHASH_OPRF_VOPRF_H
#define PHASH_OPRF_VOPRF_H

#include "oprf/digest.h"
#include "util/mem.h"

#include <phash/phash.h>

#define PHASH_ELEMENT_SIZE 33
#define PHASH_SCALAR_SIZE 32
#define PHASH_PROOF_SIZE 64
#define PHASH_VOPRF_OUTPUT_SIZE 32
#define PHASH_VOPRF_BATCH_MAX 65535u /* RFC 9497 s. 2.2.1: indices are two bytes */

/** Group, bignum context and digests: one per thread. */
typedef struct phash_voprf phash_voprf;

/** Make a context. PHASH_E_NO_MEMORY when the allocator or OpenSSL cannot. */
PHASH_NODISCARD phash_status phash_voprf_new(phash_voprf **out, const phash_allocator *allocator);
/** Wipe and free a context and store NULL. */
void phash_voprf_free(phash_voprf **v);

/** The digest context inside, for callers that need both. Borrowed. */
phash_digest *phash_voprf_digest(phash_voprf *v);

/** PHASH_OK when size bytes are a valid element; else PHASH_E_POINT_INVALID. */
PHASH_NODISCARD phash_status phash_element_check(phash_voprf *v, const uint8_t *element, size_t size);

/** PHASH_OK when 1 <= scalar < group order; else PHASH_E_KEY. */
PHASH_NODISCARD phash_status phash_scalar_check(phash_voprf *v, const uint8_t scalar[PHASH_SCALAR_SIZE]);

/** Uniform scalar in 1..order-1 by rejection from the allocator's random hook. Secret: out. */
PHASH_NODISCARD phash_status phash_scalar_random(phash_voprf *v, uint8_t out[PHASH_SCALAR_SIZE]);

/** Derive a key pair from a 32-byte seed (RFC 9497 s. 3.2.1 DeriveKeyPair, mode VOPRF). Secret: secret. */
PHASH_NODISCARD phash_status phash_voprf_derive_key(phash_voprf *v, uint8_t secret[PHASH_SCALAR_SIZE],
                                                    uint8_t public_key[PHASH_ELEMENT_SIZE], const uint8_t seed[32],
                                                    const uint8_t *info, size_t info_size);

/** public_key = secret * G. PHASH_E_KEY for an out-of-range secret. */
PHASH_NODISCARD phash_status phash_voprf_public_key(phash_voprf *v, uint8_t public_key[PHASH_ELEMENT_SIZE],
                                                    const uint8_t secret[PHASH_SCALAR_SIZE]);

/** HashToGroup(input) with DST "HashToGroup-" || contextString (RFC 9497 s. 4.3: P256_XMD:SHA-256_SSWU_RO_).
 *  Constant time in input (its length is public). Secret: input and out. */
PHASH_NODISCARD phash_status phash_voprf_hash_to_group(phash_voprf *v, uint8_t out[PHASH_ELEMENT_SIZE],
                                                       const uint8_t *input, size_t size);

/** Client: blinded = blind * HashToGroup(input). PHASH_E_POINT_INVALID when the input maps to the identity;
 *  PHASH_E_KEY for a blind out of range. Inputs are at most 65535 bytes here and below (RFC 9497, s. 1.2).
 *  Constant time in input and blind. Secret: input, blind. */
PHASH_NODISCARD phash_status phash_voprf_blind(phash_voprf *v, uint8_t blinded[PHASH_ELEMENT_SIZE],
                                               const uint8_t blind[PHASH_SCALAR_SIZE], const uint8_t *input,
                                               size_t size);

/** phash_voprf_blind for n inputs, faster together: 1 <= n <= PHASH_VOPRF_BATCH_MAX. blinded is n elements, wiped
 *  unless PHASH_OK; blinds is n scalars, each of 1..order-1 (else PHASH_E_KEY). */
PHASH_NODISCARD phash_status phash_voprf_blind_batch(phash_voprf *v, uint8_t *blinded, const uint8_t *blinds,
                                                     const phash_part *inputs, size_t n);

/** Server: evaluated[i] = secret * blinded[i] and one batch proof (RFC 9497 s. 3.3.2, 2.2.1).
 *
 *  Out:  evaluated  n * PHASH_ELEMENT_SIZE bytes, not overlapping blinded; zeros when memory runs out late
 *        proof      PHASH_PROOF_SIZE bytes (c, then s)
 *        bad        index of the first invalid element when PHASH_E_POINT_INVALID; may be NULL
 *  In:   blinded    n * PHASH_ELEMENT_SIZE bytes, untrusted;  n  1..PHASH_VOPRF_BATCH_MAX
 *        nonce      the proof's random scalar; NULL (always, but for vectors) draws one
 *  Returns: PHASH_OK; PHASH_E_POINT_INVALID, and nothing is evaluated; PHASH_E_KEY for a bad key; PHASH_E_RANDOM.
 *  Secret: secret, nonce. Constant time in both. */
PHASH_NODISCARD phash_status phash_voprf_evaluate(phash_voprf *v, uint8_t *evaluated, uint8_t proof[PHASH_PROOF_SIZE],
                                                  size_t *bad, const uint8_t secret[PHASH_SCALAR_SIZE],
                                                  const uint8_t public_key[PHASH_ELEMENT_SIZE], const uint8_t *blinded,
                                                  size_t n, const uint8_t *nonce);

/** Client: verify the batch proof, unblind and hash (RFC 9497 s. 3.3.2 Finalize).
 *
 *  Out:  outputs    n * PHASH_VOPRF_OUTPUT_SIZE bytes; wiped unless PHASH_OK
 *  In:   inputs     n parts; blinds n * PHASH_SCALAR_SIZE; blinded, evaluated n * PHASH_ELEMENT_SIZE
 *  Returns: PHASH_OK; PHASH_E_POINT_INVALID; PHASH_E_PROOF_INVALID; PHASH_E_KEY for a bad public key or blind.
 *  Blinds are inverted together (one inversion for all, Montgomery's trick), in constant time. */
PHASH_NODISCARD phash_status phash_voprf_finalize(phash_voprf *v, uint8_t *outputs, const phash_part *inputs,
                                                  const uint8_t *blinds, const uint8_t *blinded,
                                                  const uint8_t *evaluated, size_t n,
                                                  const uint8_t public_key[PHASH_ELEMENT_SIZE],
                                                  const uint8_t proof[PHASH_PROOF_SIZE]);

/** Key holder: output = VOPRF(secret, input) directly, for building sets (RFC 9497 s. 3.3.1 Evaluate).
 *  Secret: secret, output. */
PHASH_NODISCARD phash_status phash_voprf_output(phash_voprf *v, uint8_t output[PHASH_VOPRF_OUTPUT_SIZE],
                                                const uint8_t secret[PHASH_SCALAR_SIZE], const uint8_t *input,
                                                size_t size);

/** phash_voprf_output for n >= 1 inputs, faster together. outputs is n * PHASH_VOPRF_OUTPUT_SIZE bytes, wiped unless
 *  PHASH_OK; constant time in the contents of inputs and in secret. Secret: secret, inputs, outputs. */
PHASH_NODISCARD phash_status phash_voprf_output_batch(phash_voprf *v, uint8_t *outputs,
                                                      const uint8_t secret[PHASH_SCALAR_SIZE],
                                                      const phash_part *inputs, size_t n);

#endif
