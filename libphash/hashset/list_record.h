/* SPDX-License-Identifier: Apache-2.0 */
/* What one row of a plain list says: docs/formats/plain-lists.md. */
#ifndef PHASH_HASHSET_LIST_RECORD_H
#define PHASH_HASHSET_LIST_RECORD_H

#include <phash/list.h>
#include <stdbool.h>

#define PHASH_NO_COLUMN UINT32_MAX

/* Which column is which, from a header row; n is 0 as long as there was none. */
typedef struct phash_list_columns {
    uint32_t n;
    uint32_t hash;
    uint32_t label;   /* or PHASH_NO_COLUMN */
    uint32_t quality; /* or PHASH_NO_COLUMN */
    uint32_t type;    /* or PHASH_NO_COLUMN */
} phash_list_columns;

typedef struct phash_list_record {
    phash_hash hashes[PHASH_DIHEDRAL_COUNT];
    uint32_t n; /* 1, or 8 for a dihedral row */
    int32_t quality;
    const uint8_t *label; /* inside the row's text */
    size_t label_size;
} phash_list_record;

/** Read a row, with the columns of a header when columns->n is not 0. Changes text in place (doubled quotes of
 *  the label). Gives NULL, or why the row is bad. */
const char *phash_list_record_read(phash_list_record *out, const phash_list_columns *columns, uint8_t *text,
                                   size_t size);

/** Read a row as a header: true, and the columns, when every field could be a name and one names a hash. */
bool phash_list_header_read(phash_list_columns *out, uint8_t *text, size_t size);

#endif
