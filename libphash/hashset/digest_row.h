/* SPDX-License-Identifier: Apache-2.0 */
/* What one line of a digest list says: docs/formats/digest-lists.md. */
#ifndef PHASH_HASHSET_DIGEST_ROW_H
#define PHASH_HASHSET_DIGEST_ROW_H

#include <phash/digest_list.h>

#define PHASH_DIGEST_KINDS 3 /* in the order MD5, SHA-1, SHA-256: the stronger, the later */

/** Sizes of the digests. */
extern const size_t phash_digest_sizes[PHASH_DIGEST_KINDS];

/* Which column is which, from a header row. Columns count from 1; 0 is none. */
typedef struct phash_digest_columns {
    uint32_t n;        /* 0 as long as there was no header */
    uint32_t digests[PHASH_DIGEST_KINDS];
    uint32_t any; /* of any algorithm, told by its length */
    uint32_t label;
    uint32_t hashdeep; /* 1: fields are not quoted, and the last takes the rest of the line */
} phash_digest_columns;

typedef enum phash_digest_row_kind {
    PHASH_DIGEST_ROW_ENTRY,
    PHASH_DIGEST_ROW_HEADER, /* columns holds it */
    PHASH_DIGEST_ROW_IGNORED,
    PHASH_DIGEST_ROW_BAD /* see reason */
} phash_digest_row_kind;

typedef struct phash_digest_row {
    uint32_t kind; /* index of the algorithm */
    uint8_t digest[PHASH_DIGEST_SHA256_SIZE];
    const uint8_t *label; /* inside the line */
    size_t label_size;
    const char *reason;
} phash_digest_row;

/** Read a line without its end; changes it in place. may_be_header: no row came before. */
phash_digest_row_kind phash_digest_row_read(phash_digest_row *out, phash_digest_columns *columns, uint8_t *text,
                                            size_t size, int may_be_header);

#endif
