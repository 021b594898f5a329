/* SPDX-License-Identifier: Apache-2.0 */
/** @file index.h
 *  Exact Hamming search: every hash within a radius, none missed and none besides.
 *
 *  How the index searches is its own affair and may change between releases; what it answers is fixed here.
 *  For lists with names, labels and a radius for each, see match.h, which is built on this.
 */
#ifndef PHASH_INDEX_H
#define PHASH_INDEX_H

#include <phash/hash.h>
#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PHASH_INDEX_NONE UINT32_MAX /**< the id of no entry */

/** A set of hashes made ready for searching. Immutable: threads may share it. */
typedef struct phash_index phash_index;

/** An entry that a search found. */
typedef struct phash_index_hit {
    uint32_t id;       /**< place of the hash in the array the index was made from, from 0 */
    uint32_t distance; /**< bits that differ from the query, 0..256 */
} phash_index_hit;

/** Make an index.
 *
 *  Out:  out      free with phash_index_free
 *  In:   hashes   n hashes, copied; equal ones are all kept; may be NULL when n is 0
 *        options  hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_NO_MEMORY; PHASH_E_LIMIT if n exceeds 2^32 - 2.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_new(phash_index **out, const phash_hash *hashes, size_t n,
                                                       const phash_options *options);

/** Free an index and store NULL. */
PHASH_API void phash_index_free(phash_index **index);

/** Count the entries; 0 for NULL. Threads: pure. */
PHASH_API size_t phash_index_count(const phash_index *index);

/** Find all entries within a radius of a query.
 *
 *  Sorted by distance, then id. When there are more than capacity, the first capacity of that order are given.
 *
 *  Out:  hits      capacity elements; may be NULL when capacity is 0, to count only
 *        n_found   entries within the radius, however many were stored
 *  In:   query     a hash
 *        radius    0..PHASH_RADIUS_MAX bits
 *  Returns: PHASH_OK, also when nothing was found; PHASH_E_BUFFER_TOO_SMALL when *n_found exceeds capacity (hits
 *           and n_found are stored all the same); PHASH_E_ARGUMENT.
 *  Memory:  allocates nothing.
 *  Threads: index may be shared.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_range(const phash_index *index, phash_index_hit *hits,
                                                         size_t capacity, size_t *n_found,
                                                         const phash_hash *query, uint32_t radius);

/** Find the entry nearest to a query, however far; of several the one with the lowest id.
 *
 *  Out:  hit     id is PHASH_INDEX_NONE, and distance UINT32_MAX, when the index is empty
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT.
 *  Memory:  allocates nothing.
 *  Threads: index may be shared.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_nearest(const phash_index *index, phash_index_hit *hit,
                                                           const phash_hash *query);

#ifdef __cplusplus
}
#endif
#endif
