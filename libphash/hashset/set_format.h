/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of a blinded set file, format 0, and what is derived from tokens and keys.
 * docs/formats/blinded-set.md says the same in words; keep the two together. */
#ifndef PHASH_HASHSET_SET_FORMAT_H
#define PHASH_HASHSET_SET_FORMAT_H

#include "hashset/band.h"
#include "oprf/digest.h"
#include "util/bytes.h"

#include <phash/set.h>

#define PHASH_SET_MAGIC "\x89PHB\r\n\x1a\n" /* 8 bytes: shows transfers that change line ends or drop the top bit */
#define PHASH_SET_FORMAT 0u
#define PHASH_SET_PREFIX_SIZE 48u /* magic, format, manifest size, manifest digest */
#define PHASH_SET_BLOCK 4096u     /* unit of the digest tree; the body starts at a multiple of it */
#define PHASH_SET_MANIFEST_MAX (1u << 20)
#define PHASH_SET_SALT_SIZE 16u
#define PHASH_SET_SOURCES_MAX 4096u
#define PHASH_SET_NAME_MAX 64u
#define PHASH_SOURCE_NAME_MAX 255u

#define PHASH_SLOT_TAG_SIZE 8u
#define PHASH_SLOT_VALUE_SIZE 20u /* entry number, 4 bytes little-endian, then the record key */
#define PHASH_SLOT_SIZE (PHASH_SLOT_TAG_SIZE + PHASH_SLOT_VALUE_SIZE)
#define PHASH_SLOTS_PER_BLOCK (PHASH_SET_BLOCK / PHASH_SLOT_SIZE) /* 146; the 8 bytes left are filler */

#define PHASH_RECORD_FIXED_SIZE 37u /* hash 32, radius 1, source 2, label size 2; then the padded label */

/** What the manifest says; the canonical encoding is in manifest.c. */
typedef struct phash_manifest {
    uint8_t id[PHASH_SET_ID_SIZE];
    uint8_t salt[PHASH_SET_SALT_SIZE];
    uint64_t sequence;
    uint64_t created;
    uint64_t not_after;
    uint8_t previous[PHASH_DIGEST_SIZE];
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    uint32_t bands;
    uint32_t lock_bits;
    uint32_t budget;
    uint64_t entries;
    uint64_t slot_blocks;
    uint64_t record_blocks;
    uint32_t label_size; /* bytes every label is padded to */
    uint8_t root[PHASH_DIGEST_SIZE];
    uint32_t source_count;
    char name[PHASH_SET_NAME_MAX + 1];
} phash_manifest;

/** One source list in the manifest. */
typedef struct phash_manifest_source {
    char *name; /* allocated, ends with 0 */
    uint64_t entries;
} phash_manifest_source;

/** Bytes of a record on disk: fixed part, label, tag. */
static inline uint32_t phash_record_size(const phash_manifest *m)
{
    return PHASH_RECORD_FIXED_SIZE + m->label_size + PHASH_AEAD_TAG_SIZE;
}

/** Encode the manifest into w (a writer without a buffer counts). */
void phash_manifest_write(phash_writer *w, const phash_manifest *m, const phash_manifest_source *sources);

/** Decode and check a manifest. *sources is allocated (free with phash_manifest_sources_free). */
PHASH_NODISCARD phash_status phash_manifest_read(phash_manifest *m, phash_manifest_source **sources, phash_diag *diag,
                                                 const uint8_t *bytes, size_t size, const phash_allocator *allocator);
void phash_manifest_sources_free(phash_manifest_source *sources, uint32_t n, const phash_allocator *allocator);

/** Id of a public key: the first bytes of SHA-256("libphash key id" || public key). */
PHASH_NODISCARD phash_status phash_key_id_of(phash_digest *digest, uint8_t id[PHASH_KEY_ID_SIZE],
                                             const uint8_t public_key[PHASH_PUBLIC_KEY_SIZE]);

/** Where the n-th entry that shares a token lies, and what hides it. */
typedef struct phash_slot_secret {
    uint64_t bucket; /* the block is the high part of bucket * slot_blocks */
    uint8_t tag[PHASH_SLOT_TAG_SIZE];
    uint8_t pad[PHASH_SLOT_VALUE_SIZE];
} phash_slot_secret;

/** Derive slot n of a token (HKDF-Expand with the set's salt). Secret: token, out. */
PHASH_NODISCARD phash_status phash_slot_derive(phash_digest *digest, phash_slot_secret *out,
                                               const uint8_t token[PHASH_SHA256_SIZE],
                                               const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t n);

/** Block of a bucket value among n blocks. */
static inline uint64_t phash_slot_block(uint64_t bucket, uint64_t blocks)
{
    /* High 64 bits of the product: spreads evenly whatever the number of blocks, which is below 2^32. */
    uint64_t low = (bucket & 0xffffffffu) * blocks;
    return ((bucket >> 32) * blocks + (low >> 32)) >> 32;
}

#endif
