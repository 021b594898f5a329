/* SPDX-License-Identifier: Apache-2.0 */
/* Records: one entry each, sealed with AES-128-GCM under the entry's own key.
 *
 *   plaintext   hash, 32 bytes; index of the source list, LEB128; size of the label, LEB128; label; zeros to the unit
 *   nonce       offset, 4 bytes; first 8 bytes of the salt
 *   aad         salt; offset, 4 bytes
 *   tag         the first 12 bytes, last in the record
 *
 * A key seals one record only, so a constant nonce would do; one that differs from record to record leaves nothing to
 * be gained by trying a key on all records at once. */
#ifndef PHASH_HASHSET_SET_RECORD_H
#define PHASH_HASHSET_SET_RECORD_H

#include "hashset/set_format.h"

/** What a record holds. */
typedef struct phash_record {
    phash_hash hash;
    uint32_t source;
    uint32_t label_size;
    const char *label; /* not NULL; borrowed */
} phash_record;

/** Bytes of a record: a multiple of PHASH_RECORD_UNIT, PHASH_RECORD_MIN .. PHASH_RECORD_MAX. */
uint32_t phash_record_size(uint32_t source, uint32_t label_size);

/** Seal a record into phash_record_size bytes. Secret: record, key. */
PHASH_NODISCARD phash_status phash_record_seal(phash_digest *digest, uint8_t *out, const phash_record *record,
                                               const uint8_t key[PHASH_AEAD_KEY_SIZE],
                                               const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t offset);

/** Guess how long the record is that begins with the PHASH_RECORD_MIN bytes of `head`, if there is one for this key.
 *
 *  The guess is worth nothing until phash_record_open has verified all of it.
 *  Out: size  0 when no record begins so; else as phash_record_size. Secret: key. */
PHASH_NODISCARD phash_status phash_record_peek(phash_digest *digest, uint32_t *size,
                                               const uint8_t head[PHASH_RECORD_MIN],
                                               const uint8_t key[PHASH_AEAD_KEY_SIZE],
                                               const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t offset);

/** Verify and open a record of the size that phash_record_peek gave, in place.
 *
 *  Out:     out    its label is inside bytes
 *           plain  room for PHASH_RECORD_MAX bytes; wipe it afterwards
 *  Returns: PHASH_OK; PHASH_E_CHECKSUM when the key does not fit; PHASH_E_RECORD when it does but what it opens is not
 *           well formed; PHASH_E_NO_MEMORY. Secret: key, out, plain. */
PHASH_NODISCARD phash_status phash_record_open(phash_digest *digest, phash_record *out,
                                               uint8_t plain[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE],
                                               const uint8_t *sealed, uint32_t size,
                                               const uint8_t key[PHASH_AEAD_KEY_SIZE],
                                               const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t offset);

#endif
