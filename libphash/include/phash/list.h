/* SPDX-License-Identifier: Apache-2.0 */
/** @file list.h
 *  Plain hash lists: text files of PDQ hashes with labels, read as a stream into one list in memory.
 *
 *  Every shape in which PDQ hashes are commonly passed around is accepted; docs/formats/plain-lists.md says
 *  which and how. A row that cannot be read is reported with its line number and counted, and the import goes
 *  on: one bad row must neither hide the others nor pass unnoticed.
 */
#ifndef PHASH_LIST_H
#define PHASH_LIST_H

#include <phash/hash.h>
#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PHASH_LIST_ROW_MAX 65536 /**< bytes of one row, without its line end; a longer one is a bad row */
#define PHASH_QUALITY_UNKNOWN (-1) /**< the row does not say */

/** Hashes of one or more sources, each a list file, in the order in which they were read. */
typedef struct phash_list phash_list;

/** Upper bounds for a list. 0 means the default, never "unlimited". */
typedef struct phash_list_limits {
    size_t struct_size;   /**< sizeof(phash_list_limits) */
    uint64_t max_entries; /**< entries of all sources; default 64 x 1024 x 1024; at most 2^32 - 2 */
    uint64_t max_memory;  /**< bytes the list may hold at any moment, growing included; default 16 GiB */
} phash_list_limits;

/** A row that was not understood. */
typedef struct phash_bad_row {
    uint32_t source;    /**< index of the source */
    uint64_t line;      /**< line on which the row begins, from 1 */
    const char *reason; /**< a static string in a few English words, without user data */
} phash_bad_row;

/** Called for each bad row, in line order, from within phash_list_feed or phash_list_source_end. Must not call
 *  functions on the list. */
typedef void (*phash_bad_row_fn)(void *user, const phash_bad_row *row);

/** What was in a source. rows - bad_rows rows gave entries: one each, or eight from a dihedral row. */
typedef struct phash_list_counts {
    uint64_t rows;     /**< rows that should hold a hash, bad ones included */
    uint64_t entries;  /**< hashes taken from them */
    uint64_t bad_rows; /**< rows that were reported and left out */
    uint64_t ignored;  /**< blank lines, comments and header rows */
} phash_list_counts;

/** One hash of a list. Strings are borrowed from the list until phash_list_free (or until its source is
 *  cancelled). */
typedef struct phash_list_entry {
    phash_hash hash;
    const uint8_t *label; /**< label_size bytes, exactly as in the file: any bytes, no 0 at the end */
    size_t label_size;    /**< may be 0 */
    uint64_t line;        /**< line on which the row begins, from 1; 0 from phash_list_add */
    uint32_t source;      /**< index of the source */
    int32_t quality;      /**< 0..100, or PHASH_QUALITY_UNKNOWN */
    uint32_t variant;     /**< phash_dihedral of a row of eight hashes; else PHASH_DIHEDRAL_ORIGINAL */
} phash_list_entry;

/** Make an empty list.
 *
 *  Out:  out      free with phash_list_free
 *  In:   limits   may be NULL for the defaults
 *        options  hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_NO_MEMORY.
 *  Memory:  about 300 KB for reading, and 64 bytes and the label for each entry.
 *  Threads: see phash.h.
 */
PHASH_NODISCARD PHASH_API phash_status phash_list_new(phash_list **out, const phash_list_limits *limits,
                                                      const phash_options *options);

/** Free a list and store NULL. Labels and names taken from it are gone. */
PHASH_API void phash_list_free(phash_list **list);

/** Begin a source: the bytes fed next belong to it, until phash_list_source_end.
 *
 *  A source is in the list as a whole or not at all: when a call on it fails, or it is cancelled, its entries
 *  and counts are taken back, the list is as it was before, and another source can be begun.
 *
 *  In:   name         what to call the source in results, e.g. a file name; copied
 *        on_bad_row   may be NULL: bad rows are then only counted
 *        user         handed to on_bad_row
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_STATE while another source is open; PHASH_E_NO_MEMORY;
 *           PHASH_E_LIMIT.
 */
PHASH_NODISCARD PHASH_API phash_status phash_list_source_begin(phash_list *list, const char *name,
                                                               phash_bad_row_fn on_bad_row, void *user);

/** Feed the next bytes of the open source, in pieces of any size; how they are cut never changes the result.
 *
 *  In:   bytes  size bytes; may be NULL when size is 0
 *  Returns: PHASH_OK, also with bad rows; PHASH_E_ARGUMENT and PHASH_E_STATE (no source is open), which change
 *           nothing; PHASH_E_NO_MEMORY and PHASH_E_LIMIT, after which the source is cancelled.
 *  Time:    linear in size, also for hostile quoting.
 */
PHASH_NODISCARD PHASH_API phash_status phash_list_feed(phash_list *list, const uint8_t *bytes, size_t size);

/** Add one entry to the open source without going through text.
 *
 *  Do not mix with phash_list_feed in one source. Counts as one row.
 *
 *  In:   hash        copied
 *        label       label_size bytes, copied; may be NULL when label_size is 0; at most PHASH_LIST_ROW_MAX
 *        quality     0..100 or PHASH_QUALITY_UNKNOWN
 *  Returns: as phash_list_feed.
 */
PHASH_NODISCARD PHASH_API phash_status phash_list_add(phash_list *list, const phash_hash *hash,
                                                      const uint8_t *label, size_t label_size, int32_t quality);

/** End the open source. A last line without a line end is read like any other.
 *
 *  Out:  counts  what the source held; may be NULL
 *  Returns: as phash_list_feed. A source without any good row is PHASH_OK: look at the counts.
 */
PHASH_NODISCARD PHASH_API phash_status phash_list_source_end(phash_list *list, phash_list_counts *counts);

/** Give up the open source and take its entries back, e.g. when its file could not be read to the end.
 *
 *  Does nothing when no source is open. list may be NULL.
 */
PHASH_API void phash_list_source_cancel(phash_list *list);

/** Count the entries of all sources, those of an open one included; 0 for NULL. Threads: pure. */
PHASH_API size_t phash_list_count(const phash_list *list);

/** Give the hashes of all entries as one array of phash_list_count elements, in entry order.
 *
 *  Returns: an array borrowed until the list next changes; NULL when the list is empty or NULL.
 *  Threads: pure.
 */
PHASH_API const phash_hash *phash_list_hashes(const phash_list *list);

/** Give one entry. Entries are in order of source, then line, then variant.
 *
 *  Out:  out    filled
 *  In:   index  below phash_list_count
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT.
 *  Threads: pure.
 */
PHASH_NODISCARD PHASH_API phash_status phash_list_get_entry(const phash_list *list, phash_list_entry *out,
                                                            size_t index);

/** Count the sources, an open one included; 0 for NULL. Threads: pure. */
PHASH_API uint32_t phash_list_source_count(const phash_list *list);

/** Tell whether a source is open, so that the list is not complete: 1 or 0. Threads: pure. */
PHASH_API int phash_list_is_open(const phash_list *list);

/** Name a source.
 *
 *  Returns: the name given to phash_list_source_begin, borrowed; NULL for an index out of range.
 *  Threads: pure.
 */
PHASH_API const char *phash_list_source_name(const phash_list *list, uint32_t source);

/** Give the counts of a source.
 *
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT for an index out of range.
 *  Threads: pure.
 */
PHASH_NODISCARD PHASH_API phash_status phash_list_get_counts(const phash_list *list, phash_list_counts *out,
                                                             uint32_t source);

#ifdef __cplusplus
}
#endif
#endif
