/* SPDX-License-Identifier: Apache-2.0 */
/** @file digest_list.h
 *  Lists of exact digests of files: text in the shapes that checksum programs and hash databases write, read as a
 *  stream into one list in memory. docs/formats/digest-lists.md says which shapes and how.
 *
 *  A row that holds several digests of one file is known by the strongest of them. A row that cannot be read is
 *  reported with its line number and counted, and the import goes on.
 */
#ifndef PHASH_DIGEST_LIST_H
#define PHASH_DIGEST_LIST_H

#include <phash/digests.h>
#include <phash/list.h>
#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Digests of one or more sources, each a list file. */
typedef struct phash_digest_list phash_digest_list;

/** A row of a list that a file agrees with. Strings are borrowed from the list. */
typedef struct phash_digest_hit {
    uint32_t algorithm;   /**< PHASH_DIGEST_...: the digest that is equal */
    uint32_t source;      /**< index of the source */
    uint64_t line;        /**< line of the row, from 1 */
    const uint8_t *label; /**< label_size bytes: any bytes, no 0 at the end */
    size_t label_size;    /**< may be 0 */
} phash_digest_hit;

/** Make an empty list.
 *
 *  Out:  out      free with phash_digest_list_free
 *  In:   options  hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_NO_MEMORY.
 *  Memory:  about 70 kB, and for each row the digest, 28 bytes and the label; three times that while it grows.
 *  Threads: see phash.h.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digest_list_new(phash_digest_list **out, const phash_options *options);

/** Free a list and store NULL. Labels and names taken from it are gone. */
PHASH_API void phash_digest_list_free(phash_digest_list **list);

/** Begin a source: the bytes fed next belong to it, until phash_digest_list_source_end.
 *
 *  After a failure of this or the next two functions the list can only be freed.
 *
 *  In:   name        what to call the source in results; copied
 *        on_bad_row  may be NULL: bad rows are then only counted.   user: handed to it
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_STATE while another source is open, or once the list is sealed;
 *           PHASH_E_NO_MEMORY; PHASH_E_LIMIT.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digest_list_source_begin(phash_digest_list *list, const char *name,
                                                                      phash_bad_row_fn on_bad_row, void *user);

/** Feed the next bytes of the open source, in pieces of any size; how they are cut never changes the result.
 *
 *  In:   bytes  size bytes; may be NULL when size is 0
 *  Returns: PHASH_OK, also with bad rows; PHASH_E_ARGUMENT; PHASH_E_STATE; PHASH_E_NO_MEMORY; PHASH_E_LIMIT beyond
 *           2^28 rows or 2^32 bytes of labels.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digest_list_feed(phash_digest_list *list, const uint8_t *bytes,
                                                              size_t size);

/** End the open source. A last line without a line end is read like any other.
 *
 *  Out:  counts  what the source held; may be NULL.   Returns: as phash_digest_list_feed.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digest_list_source_end(phash_digest_list *list, phash_list_counts *counts);

/** Sort the list, so that it can be asked; nothing can be added afterwards.
 *
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_STATE while a source is open.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digest_list_seal(phash_digest_list *list);

/** Count the entries. Threads: pure. */
PHASH_API size_t phash_digest_list_count(const phash_digest_list *list);

/** Tell which digests a file has to be asked about by: PHASH_DIGEST_... bits. Threads: pure. */
PHASH_API uint32_t phash_digest_list_algorithms(const phash_digest_list *list);

/** Count the sources. Threads: pure. */
PHASH_API uint32_t phash_digest_list_source_count(const phash_digest_list *list);

/** Name a source; NULL when there is none of that index. Borrowed from the list. */
PHASH_API const char *phash_digest_list_source_name(const phash_digest_list *list, uint32_t source);

/** Count the rows that the digests of a file agree with.
 *
 *  In:   digests  of the file; algorithms that are not known in it find nothing
 *  Returns: 0 also when the list is not sealed.   Threads: pure.
 */
PHASH_API size_t phash_digest_list_find(const phash_digest_list *list, const phash_digests *digests);

/** Give one of the rows that the digests of a file agree with: SHA-256 first, then SHA-1, then MD5; within one
 *  algorithm in the order in which they were read.
 *
 *  In:   index  below phash_digest_list_find
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT.   Threads: pure.
 */
PHASH_NODISCARD PHASH_API phash_status phash_digest_list_get_hit(const phash_digest_list *list, phash_digest_hit *hit,
                                                                 const phash_digests *digests, size_t index);

/** Name an algorithm: "md5", "sha1", "sha256"; "unknown". Threads: pure. */
PHASH_API const char *phash_digest_name(uint32_t algorithm);

#ifdef __cplusplus
}
#endif
#endif
