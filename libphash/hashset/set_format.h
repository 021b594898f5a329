/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of a blinded set file, format 1, and what is derived from tokens and keys.
 * docs/formats/blinded-set.md says the same in words; keep the two together. */
#ifndef PHASH_HASHSET_SET_FORMAT_H
#define PHASH_HASHSET_SET_FORMAT_H

#include "hashset/band.h"
#include "hashset/static_map.h"
#include "oprf/digest.h"
#include "util/bytes.h"

#include <phash/set.h>

#define PHASH_SET_MAGIC "\x89PHB\r\n\x1a\n" /* 8 bytes: shows transfers that change line ends or drop the top bit */
#define PHASH_SET_FORMAT 1u
#define PHASH_SET_PREFIX_SIZE 48u /* magic, format, manifest size, manifest digest */
#define PHASH_SET_BLOCK 4096u     /* unit of the digest tree; the body starts at a multiple of it */
#define PHASH_SET_MANIFEST_MAX (1u << 20)
#define PHASH_SET_SALT_SIZE 16u
#define PHASH_SET_SOURCES_MAX 4096u
#define PHASH_SET_NAME_MAX 64u
#define PHASH_SET_RULES_MAX 255u
#define PHASH_SOURCE_NAME_MAX 255u
#define PHASH_SET_ENTRIES_MAX (1u << 31) /* so that cells and positions are numbered with 32 bits */

#define PHASH_RECORD_UNIT 8u      /* records begin at multiples of it */
#define PHASH_RECORD_TAG_SIZE 12u /* NIST SP 800-38D, section 5.2.1.2, allows tags of 96 bits */
#define PHASH_RECORD_MIN 48u      /* hash 32, list 1, label size 1, tag 12, and up to the next unit */
#define PHASH_RECORD_MAX 1048u    /* hash 32, list 2, label size 2, label 1000, tag 12 */
#define PHASH_OFFSET_SIZE_MAX 4u

#define PHASH_SLOT_PAD_MAX (PHASH_OFFSET_SIZE_MAX + PHASH_AEAD_KEY_SIZE)
#define PHASH_SLOT_MAX (PHASH_MAP_KEY_SIZE + PHASH_SLOT_PAD_MAX)

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
    phash_map_shape shape;          /* of every map: each has one key for each entry */
    uint16_t seed[PHASH_BANDS_MAX]; /* of each map */
    uint32_t offset_size;           /* bytes of a record's place in the maps: 3 or 4 */
    uint64_t record_units;          /* size of the record section */
    uint8_t root[PHASH_DIGEST_SIZE];
    uint32_t source_count;
    char name[PHASH_SET_NAME_MAX + 1];
    char rules[PHASH_SET_RULES_MAX + 1];
} phash_manifest;

/** One source list in the manifest. */
typedef struct phash_manifest_source {
    char *name; /* allocated, ends with 0 */
    uint32_t radius;
    uint64_t entries;
} phash_manifest_source;

/** Where the sections of the body lie, in blocks from its start. */
typedef struct phash_set_sections {
    uint64_t map[PHASH_BANDS_MAX];
    uint64_t records;
    uint64_t blocks; /* of all sections: level 0 of the digest tree */
} phash_set_sections;

/** Bytes of a cell of map j: the record's place, and behind band 0 the entry's key. */
static inline uint32_t phash_map_value_size(const phash_manifest *m, uint32_t j)
{
    return j == 0 ? m->offset_size : m->offset_size + PHASH_AEAD_KEY_SIZE;
}

/** Lay out the sections; the manifest must have been checked, or made by the builder. */
phash_set_sections phash_set_sections_of(const phash_manifest *m);

/** The one offset size that fits a record section of so many units. */
static inline uint32_t phash_offset_size_for(uint64_t record_units)
{
    return record_units <= UINT64_C(1) << 24 ? 3 : 4;
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

/** What the k-th entry of a token is in the map of band j: its map key (PHASH_MAP_KEY_SIZE bytes), then the pad that
 *  hides its value (value_size bytes). HKDF-Expand with the set's salt. Secret: token, out. */
PHASH_NODISCARD phash_status phash_slot_derive(phash_digest *digest, uint8_t *out, uint32_t value_size,
                                               const uint8_t token[PHASH_SHA256_SIZE],
                                               const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t j, uint32_t k);

/** The key of the k-th entry of a token of band 0, which seals its record. Secret: token, out. */
PHASH_NODISCARD phash_status phash_entry_key_derive(phash_digest *digest, uint8_t out[PHASH_AEAD_KEY_SIZE],
                                                    const uint8_t token[PHASH_SHA256_SIZE],
                                                    const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t k);

#endif
