/* SPDX-License-Identifier: Apache-2.0 */
/* An opened set, and what its reader offers the matching room. */
#ifndef PHASH_HASHSET_SET_FILE_H
#define PHASH_HASHSET_SET_FILE_H

#include "hashset/digest_tree.h"
#include "util/map_file.h"
#include "hashset/set_format.h"
#include "hashset/set_head.h"
#include "util/mem.h"

#include <phash/set.h>
#include <stdbool.h>

struct phash_set {
    phash_allocator allocator;
    phash_mapping mapping; /* empty when the bytes are the caller's */
    phash_set_head head;   /* borrowed from the file */
    const uint8_t *body;   /* tree.total blocks: slots, records, digests */
    uint64_t file_size;
    phash_manifest manifest;
    phash_manifest_source *sources;
    phash_tree_shape tree;
    phash_band_layout layout;
    uint8_t key_id[PHASH_KEY_ID_SIZE];
};

/** An entry that was opened with a token. Secret until the exact distance check has passed. */
typedef struct phash_opened_entry {
    phash_hash hash;
    uint32_t entry;
    uint32_t radius;
    uint32_t source;
    uint32_t label_size;
    char label[PHASH_LABEL_MAX + 1]; /* ends with 0 */
} phash_opened_entry;

/** Open the n-th entry that shares a token; n counts from 0.
 *
 *  Every block that is read is verified against the set's root first.
 *
 *  Out:  found  false when fewer than n + 1 entries have this token; out is then untouched
 *  In:   token  PHASH_SHA256_SIZE bytes, the VOPRF's output
 *  Returns: PHASH_OK; PHASH_E_CHECKSUM or PHASH_E_RECORD for a damaged set; PHASH_E_NO_MEMORY.
 *  Secret:  token, out.
 */
PHASH_NODISCARD phash_status phash_set_lookup(const phash_set *set, phash_digest *digest, phash_diag *diag,
                                              phash_opened_entry *out, bool *found,
                                              const uint8_t token[PHASH_SHA256_SIZE], uint32_t n);

#endif
