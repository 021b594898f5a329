/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, HMAC-SHA-256, HKDF-SHA-256 and AES-128-GCM from OpenSSL: the one file through which other rooms
 * reach digests and authenticated encryption. */
#ifndef PHASH_OPRF_DIGEST_H
#define PHASH_OPRF_DIGEST_H

#include "util/mem.h"

#include <phash/phash.h>

#define PHASH_SHA256_SIZE 32
#define PHASH_AEAD_KEY_SIZE 16
#define PHASH_AEAD_NONCE_SIZE 12
#define PHASH_AEAD_TAG_SIZE 16

/** Fetched algorithms and reusable contexts: one per thread. */
typedef struct phash_digest phash_digest;

/** Make a context. PHASH_E_NO_MEMORY when the allocator or OpenSSL cannot. */
PHASH_NODISCARD phash_status phash_digest_new(phash_digest **out, const phash_allocator *allocator);
/** Free a context and store NULL. */
void phash_digest_free(phash_digest **digest);

/** One part of an input that is hashed as if the parts were joined. */
typedef struct phash_part {
    const void *data; /* may be NULL when size is 0 */
    size_t size;
} phash_part;

/** SHA-256 of n parts. On failure (OpenSSL out of memory) PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_sha256(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE],
                                          const phash_part *parts, size_t n);

/** HMAC-SHA-256 under a secret key of n parts (RFC 2104). */
PHASH_NODISCARD phash_status phash_hmac(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE], const uint8_t *key,
                                        size_t key_size, const phash_part *parts, size_t n);

/** HKDF-Expand (RFC 5869, section 2.3) from a uniformly random 32-byte prk. size <= 255 * 32. info is n parts.
 *  Secret: prk and out. */
PHASH_NODISCARD phash_status phash_hkdf_expand(phash_digest *digest, uint8_t *out, size_t size,
                                               const uint8_t prk[PHASH_SHA256_SIZE], const phash_part *info, size_t n);

/** Encrypt with AES-128-GCM (NIST SP 800-38D): out is size + PHASH_AEAD_TAG_SIZE bytes, tag last. out and plain
 *  may be the same place. A key must never see the same nonce twice. */
PHASH_NODISCARD phash_status phash_aead_seal(phash_digest *digest, uint8_t *out, const uint8_t key[PHASH_AEAD_KEY_SIZE],
                                             const uint8_t nonce[PHASH_AEAD_NONCE_SIZE], const uint8_t *aad,
                                             size_t aad_size, const uint8_t *plain, size_t size);

/** Decrypt; sealed is size bytes with the tag last, out is size - PHASH_AEAD_TAG_SIZE. PHASH_E_CHECKSUM when the
 *  tag does not fit: then out holds zeros. */
PHASH_NODISCARD phash_status phash_aead_open(phash_digest *digest, uint8_t *out, const uint8_t key[PHASH_AEAD_KEY_SIZE],
                                             const uint8_t nonce[PHASH_AEAD_NONCE_SIZE], const uint8_t *aad,
                                             size_t aad_size, const uint8_t *sealed, size_t size);

#endif
