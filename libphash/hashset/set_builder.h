/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of building a blinded set: gather (set_gather.c), tokens and slots (set_slots.c), file (set_build.c). */
#ifndef PHASH_HASHSET_SET_BUILDER_H
#define PHASH_HASHSET_SET_BUILDER_H

#include "hashset/digest_tree.h"
#include "hashset/key.h"
#include "hashset/set_format.h"

/** One entry of the set to be. */
typedef struct phash_build_entry {
    phash_hash hash;
    uint32_t source;
    uint32_t radius;
    uint32_t label_size;
    const char *label;                /* borrowed from the list */
    uint8_t key[PHASH_AEAD_KEY_SIZE]; /* K_e: opens the record */
    uint8_t order[16];                /* pseudo-random: records are sorted by it, so that their order says nothing */
} phash_build_entry;

/** One slot before it is placed. */
typedef struct phash_build_slot {
    uint64_t bucket;
    uint64_t block;
    uint8_t bytes[PHASH_SLOT_SIZE]; /* tag, then hidden value */
} phash_build_slot;

/** A build under way. Everything in it is secret until the file is written. */
typedef struct phash_builder {
    phash_allocator allocator;
    const phash_key *key;
    phash_voprf *voprf;
    phash_digest *digest; /* borrowed from voprf */
    phash_diag *diag;
    phash_progress_fn progress;
    void *progress_user;
    uint8_t build_secret[PHASH_SHA256_SIZE];
    phash_manifest manifest;
    phash_manifest_source *sources;
    phash_band_layout layout;
    phash_build_entry *entries;
    size_t gathered; /* room in entries */
    size_t n;        /* entries after duplicates were dropped */
    phash_build_slot *slots;
    size_t slot_count;
    uint8_t *body; /* the whole tree */
    phash_tree_shape tree;
    uint64_t tokens;
} phash_builder;

/** Copy the list's entries and sources, drop exact duplicates, sort canonically. */
PHASH_NODISCARD phash_status phash_builder_gather(phash_builder *b, const phash_list *list, const uint32_t *radii);

/** Derive the salt and every entry's key from the evaluator key and the content, and put the entries in order. */
PHASH_NODISCARD phash_status phash_builder_derive(phash_builder *b);

/** Evaluate the tokens of all bands and make the slots. */
PHASH_NODISCARD phash_status phash_builder_make_slots(phash_builder *b);

/** Choose the number of slot blocks so that every slot has room, and sort the slots by block. */
PHASH_NODISCARD phash_status phash_builder_place_slots(phash_builder *b);

#endif
