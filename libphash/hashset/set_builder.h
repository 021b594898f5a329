/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of building a blinded set: parameters and entries (set_builder.c, set_gather.c), tokens chunk by chunk
 * (set_work.c), maps, records and file (set_finish.c); and all of it in one call (set_build.c). */
#ifndef PHASH_HASHSET_SET_BUILDER_H
#define PHASH_HASHSET_SET_BUILDER_H

#include "hashset/digest_tree.h"
#include "hashset/key.h"
#include "hashset/set_format.h"

/** One entry of the set to be. */
typedef struct phash_build_entry {
    phash_hash hash;
    uint8_t order[PHASH_AEAD_KEY_SIZE]; /* pseudo-random: records are sorted by it, so that their order says nothing */
    uint8_t key[PHASH_AEAD_KEY_SIZE];   /* seals the record; known when the entry's chunk of band 0 is done */
    const char *label;                  /* borrowed from the list */
    uint32_t source;
    uint32_t label_size;
    uint32_t offset; /* of the record, in units */
} phash_build_entry;

/* An element of phash_set_builder.sorted: the number of an entry, and whether its band value is a new one. */
#define PHASH_SORTED_FIRST (UINT32_C(1) << 31) /* entries are at most 2^31: their numbers are below it */

/** What the steps share. Everything in it is secret until the file is written. */
struct phash_set_builder {
    phash_allocator allocator;
    const phash_key *key;
    phash_digest *digest;
    uint8_t build_secret[PHASH_SHA256_SIZE];
    uint8_t seal_key[PHASH_AEAD_KEY_SIZE];
    uint8_t id[PHASH_SET_BUILD_ID_SIZE];
    phash_manifest manifest;
    phash_manifest_source *sources;
    phash_band_layout layout;
    phash_build_entry *entries; /* in the order of their records */
    size_t gathered;            /* room in entries */
    size_t n;                   /* entries after duplicates were dropped */
    uint64_t distinct;          /* band values, all bands together: tokens to evaluate */
    uint32_t band_chunks;
    uint8_t *done;                     /* of each chunk: 1 when its slots are there */
    uint32_t *sorted[PHASH_BANDS_MAX]; /* numbers of the entries by their value in the band */
    uint8_t *slots[PHASH_BANDS_MAX];   /* in the same order: map key, then pad */
    bool finished;
};

/** Bytes of a slot of band j. */
static inline uint32_t phash_slot_stride(const phash_manifest *m, uint32_t j)
{
    return PHASH_MAP_KEY_SIZE + phash_map_value_size(m, j);
}

/** Copy the list's entries and sources, drop exact duplicates, sort canonically. */
PHASH_NODISCARD phash_status phash_builder_gather(phash_set_builder *b, phash_diag *diag, const phash_list *list,
                                                  const uint32_t *radii);

/** Derive the salt and what follows from it, put the entries in the order of their records and place these. */
PHASH_NODISCARD phash_status phash_builder_derive(phash_set_builder *b, phash_diag *diag);

/** Sort the entries by their values in each band and make room for the slots. */
PHASH_NODISCARD phash_status phash_builder_sort_bands(phash_set_builder *b);

#endif
