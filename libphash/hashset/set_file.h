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
    phash_set_head head;   /* its pointers are into those bytes */
    const uint8_t *body;   /* tree.total blocks: maps, records, digests */
    uint64_t file_size;
    phash_manifest manifest;
    phash_manifest_source *sources;
    phash_set_sections sections;
    phash_tree_shape tree;
    phash_band_layout layout;
    uint8_t key_id[PHASH_KEY_ID_SIZE];
};

/** An entry that was opened with a token. Secret until the exact distance check has passed. */
typedef struct phash_opened_entry {
    phash_hash hash;
    uint32_t entry; /* names the entry, whatever band it was found through: the place of its record */
    uint32_t radius;
    uint32_t source;
    uint32_t label_size;
    char label[PHASH_LABEL_MAX + 1]; /* ends with 0 */
} phash_opened_entry;

/** Open the n-th entry that shares a token; n counts from 0.
 *
 *  Every block that is read is verified against the set's root first.
 *
 *  Out:     found  false when fewer than n + 1 entries have this token; out is then untouched
 *  In/out:  cache  digest blocks verified by earlier calls for this set; NULL: none are kept
 *  In:      token  PHASH_SHA256_SIZE bytes, the VOPRF's output for value `value` of band `band`. An entry that has
 *                  another value there is not the token's: only a faulty set holds such, and it counts as absent.
 *                  For a token of no band any pair will do: nothing is found.
 *  Returns: PHASH_OK; PHASH_E_CHECKSUM or PHASH_E_RECORD for a damaged set; PHASH_E_NO_MEMORY; PHASH_E_ARGUMENT for a
 *           band the set does not have.
 *  Secret:  token, value, out. Not constant time: how long it takes tells whether something was opened.
 */
PHASH_NODISCARD phash_status phash_set_lookup(const phash_set *set, phash_digest *digest, phash_tree_cache *cache,
                                              phash_diag *diag, phash_opened_entry *out, bool *found,
                                              const uint8_t token[PHASH_SHA256_SIZE], uint32_t band, uint64_t value,
                                              uint32_t n);

#endif
