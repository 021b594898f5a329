/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing to P-256 and to integers below its order (RFC 9380, suite P256_XMD:SHA-256_SSWU_RO_).
 * Constant time in the contents of messages; their lengths, and the DST, are public. */
#ifndef PHASH_OPRF_HASH_TO_CURVE_H
#define PHASH_OPRF_HASH_TO_CURVE_H

#include "oprf/digest.h"
#include "oprf/p256_batch.h"
#include "oprf/p256_point.h"
#include "oprf/p256_scalar.h"

#define PHASH_MESSAGE_PARTS_MAX 4

/** A domain separation tag, ready for use: DST || its length, a longer one than 255 bytes hashed first
 *  (RFC 9380, sections 5.3.1 and 5.3.3). */
typedef struct phash_dst {
    uint8_t bytes[256];
    size_t size;
} phash_dst;

/** size >= 1 (RFC 9380, section 3.1: a tag must not be empty). */
PHASH_NODISCARD phash_status phash_dst_init(phash_digest *digest, phash_dst *out, const void *tag, size_t size);

/** expand_message_xmd with SHA-256 (RFC 9380, section 5.3.1). size is 1..255 * 32; n <= PHASH_MESSAGE_PARTS_MAX. */
PHASH_NODISCARD phash_status phash_expand_message(phash_digest *digest, uint8_t *out, size_t size,
                                                  const phash_part *message, size_t n, const phash_dst *dst);

/** map_to_curve_simple_swu for A = -3, Z = -10 (RFC 9380, sections 6.6.2 and 8.2), as a projective point. */
void phash_map_to_curve(phash_point *out, const phash_fe *u);

/** hash_to_curve of n messages, one part each, faster together. The identity, which no known message maps to, comes out
 *  as (0, 0). kernels may be NULL. Secret: messages and out. */
PHASH_NODISCARD phash_status phash_hash_to_curve(phash_digest *digest, const phash_p256_kernels *kernels,
                                                 phash_affine *out, const phash_part *messages, size_t n,
                                                 const phash_dst *dst);

/** hash_to_field for one element modulo the group order (RFC 9497, section 4.3, HashToScalar). */
PHASH_NODISCARD phash_status phash_hash_to_scalar(phash_digest *digest, phash_scalar *out, const phash_part *message,
                                                  size_t n, const phash_dst *dst);

#endif
