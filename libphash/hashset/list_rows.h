/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a stream of text into rows. Knows quoting and comments, but nothing of hashes.
 *
 * Quoting is RFC 4180 s. 2 with two amendments for files that never heard of it: a quote counts only as the
 * very first byte of a field, and a quoted field that goes wrong spoils its own line and no other. */
#ifndef PHASH_HASHSET_LIST_ROWS_H
#define PHASH_HASHSET_LIST_ROWS_H

#include <phash/list.h>
#include <stdbool.h>

/** Room for the longest row, its CRLF, and enough beyond that what is moved to the front is seldom much. */
#define PHASH_ROWS_WINDOW ((size_t)4 * PHASH_LIST_ROW_MAX)

typedef enum phash_row_kind {
    PHASH_ROW_NONE,    /* more bytes are needed */
    PHASH_ROW_TEXT,    /* a row of fields; quoting is well formed */
    PHASH_ROW_IGNORED, /* blank or a comment */
    PHASH_ROW_BAD      /* see reason */
} phash_row_kind;

typedef struct phash_row {
    uint8_t *text; /* in the window; may be changed by the caller, good until the next call */
    size_t size;   /* without the line end */
    uint64_t line;
    const char *reason;
} phash_row;

typedef struct phash_rows {
    uint8_t *window;  /* PHASH_ROWS_WINDOW bytes, belongs to the caller */
    size_t start;     /* first byte of the row being read */
    size_t at;        /* next byte to look at */
    size_t end;       /* end of the bytes in the window */
    size_t next_line; /* where the line after the row's first one begins; 0 while that is not known */
    uint64_t base;    /* offset in the stream of window[0] */
    uint64_t reread;  /* bytes looked at once more after bad quoting */
    uint64_t line;    /* number of the row's first line */
    uint64_t newlines; /* line ends inside the row */
    uint32_t state;
    bool begun; /* the byte order mark is behind us */
} phash_rows;

/** Start a stream over a window of PHASH_ROWS_WINDOW bytes. */
void phash_rows_init(phash_rows *rows, uint8_t *window);

/** Copy in as many of size bytes as there is room for, at least one when size is not 0 and all rows have been
 *  taken out; gives how many. */
size_t phash_rows_put(phash_rows *rows, const uint8_t *bytes, size_t size);

/** Take out the next row. last says that no bytes will follow those put in. */
phash_row_kind phash_rows_next(phash_rows *rows, phash_row *row, bool last);

#endif
