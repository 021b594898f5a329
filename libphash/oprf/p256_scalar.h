/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic modulo n, the order of the P-256 group: blinds, keys and proof scalars.
 *
 * Our own code rather than OpenSSL's bignums, whose modular inverse and whose multiplication and division strip
 * leading zeros and so depend on the numbers. Constant time in every operand; outputs may be inputs. */
#ifndef PHASH_OPRF_P256_SCALAR_H
#define PHASH_OPRF_P256_SCALAR_H

#include <phash/phash.h>

/** A scalar in Montgomery form (value * 2^256 mod n), always below n, lowest limb first. */
typedef struct phash_scalar {
    uint64_t limb[4];
} phash_scalar;

/** out = a * b, a - b modulo the group order; out may be a or b. Constant time. */
void phash_scalar_mul(phash_scalar *out, const phash_scalar *a, const phash_scalar *b);
void phash_scalar_sub(phash_scalar *out, const phash_scalar *a, const phash_scalar *b);
/** out = 1 / a by Fermat's little theorem; 0 for a = 0. */
void phash_scalar_inv(phash_scalar *out, const phash_scalar *a);
/** Invert n scalars in place with one inversion (Montgomery's trick); scratch holds n. All must be non-zero:
 *  one zero makes every result zero. */
void phash_scalar_inv_batch(phash_scalar *scalars, phash_scalar *scratch, size_t n);

/** All ones when a is zero, else zero. */
uint64_t phash_scalar_is_zero(const phash_scalar *a);
/** Read 32 big-endian bytes. Returns all ones when the number is below n; else zero, and out is it modulo n. */
uint64_t phash_scalar_from_bytes(phash_scalar *out, const uint8_t bytes[32]);
/** out = the 48 big-endian bytes modulo n (hash_to_field with L = 48, RFC 9380, section 5.2). */
void phash_scalar_from_48_bytes(phash_scalar *out, const uint8_t bytes[48]);
/** The number itself, below n, lowest limb first. */
void phash_scalar_to_limbs(uint64_t out[4], const phash_scalar *a);
void phash_scalar_to_bytes(uint8_t bytes[32], const phash_scalar *a);

#endif
