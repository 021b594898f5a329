/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a blinded set file: prefix, manifest, signature area (docs/formats/set-signatures.md).
 *
 *   prefix           48 bytes: mark, format, manifest size, SHA-256 of the manifest
 *   manifest         what the signatures speak for; its fields are manifest.c's business
 *   signature area   count, 2 bytes, then for each signature the signer's public key and the signature, in strictly
 *                    ascending order of public keys; zeros follow up to the body
 *
 * The digest does not cover the signature area: signatures are added without changing the edition they sign. */
#ifndef PHASH_HASHSET_SET_HEAD_H
#define PHASH_HASHSET_SET_HEAD_H

#include "hashset/set_format.h"

#define PHASH_SIGNATURE_ENTRY_SIZE (PHASH_SIGNER_KEY_SIZE + PHASH_SIGNATURE_SIZE)

/** Where the parts of a head are; pointers are borrowed from the bytes it was read from or is made of. */
typedef struct phash_set_head {
    const uint8_t *manifest;
    size_t manifest_size;
    const uint8_t *signatures; /* signature_count entries of PHASH_SIGNATURE_ENTRY_SIZE bytes */
    uint32_t signature_count;
    uint8_t digest[PHASH_DIGEST_SIZE]; /* of the manifest */
    size_t size;                       /* of the whole head: here the body starts */
} phash_set_head;

/** Find the parts of the head of a file and check all that can be told without knowing the manifest's fields: mark,
 *  format, digest, order of the signature area, zeros up to the body. Signatures are not verified here.
 *
 *  Returns: PHASH_OK; PHASH_E_MAGIC; PHASH_E_VERSION; PHASH_E_LIMIT; PHASH_E_TRUNCATED; PHASH_E_CHECKSUM;
 *           PHASH_E_ORDER; PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_set_head_read(phash_set_head *out, phash_digest *digest, phash_diag *diag,
                                                 const uint8_t *bytes, size_t size);

/** Make the bytes of a head from manifest and signatures of `head` and fill in its digest and size.
 *
 *  Out:     out   head->size bytes; release with phash_release
 *  Returns: PHASH_OK; PHASH_E_LIMIT; PHASH_E_ORDER for signatures out of order; PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_set_head_make(uint8_t **out, phash_set_head *head, phash_digest *digest,
                                                 phash_diag *diag, const phash_allocator *allocator);

#endif
