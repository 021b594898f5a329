/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, the field of P-256 (SP 800-186, s. 3.2.1.3).
 *
 * Every function is constant time in its operands: no branch and no index depends on them. Outputs may be the
 * same object as inputs. */
#ifndef PHASH_OPRF_P256_FIELD_H
#define PHASH_OPRF_P256_FIELD_H

#include <phash/phash.h>

/** A field element in Montgomery form (value * 2^256 mod p), always below p, lowest limb first. */
typedef struct phash_fe {
    uint64_t limb[4];
} phash_fe;

extern const phash_fe phash_fe_one;

/** out = a + b, a - b, -a, a * b, a * a; out may be a or b. Constant time. */
void phash_fe_add(phash_fe *out, const phash_fe *a, const phash_fe *b);
void phash_fe_sub(phash_fe *out, const phash_fe *a, const phash_fe *b);
void phash_fe_neg(phash_fe *out, const phash_fe *a);
void phash_fe_mul(phash_fe *out, const phash_fe *a, const phash_fe *b);
void phash_fe_sqr(phash_fe *out, const phash_fe *a);
/** out = a^((p-3)/4): the one fixed addition chain; inverse and square root are a few steps from it. */
void phash_fe_pow_p3d4(phash_fe *out, const phash_fe *a);
/** out = 1 / a by Fermat's little theorem; 0 for a = 0. */
void phash_fe_inv(phash_fe *out, const phash_fe *a);
/** out = a^((p+1)/4): a square root of a when a is a square; then the mask returned is all ones, else zero. */
uint64_t phash_fe_sqrt(phash_fe *out, const phash_fe *a);

/** mask all ones: out = a; mask zero: out = b. */
void phash_fe_select(phash_fe *out, uint64_t mask, const phash_fe *a, const phash_fe *b);
/** All ones when it holds, else zero. */
uint64_t phash_fe_is_zero(const phash_fe *a);
uint64_t phash_fe_equal(const phash_fe *a, const phash_fe *b);
/** sgn0 (RFC 9380, section 4.1): 1 when the value in 0..p-1 is odd, else 0. */
uint64_t phash_fe_sgn0(const phash_fe *a);

/** Read 32 big-endian bytes. Returns all ones when the number is below p; else zero, and out is it modulo p. */
uint64_t phash_fe_from_bytes(phash_fe *out, const uint8_t bytes[32]);
/** out = the 48 big-endian bytes modulo p (hash_to_field with L = 48, RFC 9380, section 5.2). */
void phash_fe_from_48_bytes(phash_fe *out, const uint8_t bytes[48]);
void phash_fe_to_bytes(uint8_t bytes[32], const phash_fe *a);

#endif
