/* SPDX-License-Identifier: Apache-2.0 */
/** @file index.h
 *  Exact Hamming search: every hash within a radius, none missed and none besides.
 *
 *  How the index searches is its own affair (docs/index.md) and may change between releases; what it answers is fixed
 *  here. For lists with names, labels and a radius for each, see match.h, which is built on this.
 */
#ifndef PHASH_INDEX_H
#define PHASH_INDEX_H

#include <phash/hash.h>
#include <phash/phash.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PHASH_INDEX_NONE UINT32_MAX /**< the id of no entry */

/** A set of hashes made ready for searching. Threads may share it while none of them changes it. */
typedef struct phash_index phash_index;

/** An entry that a search found. */
typedef struct phash_index_hit {
    uint32_t id;       /**< place of the hash in the array the index was made from, from 0 */
    uint32_t distance; /**< bits that differ from the query, 0..256 */
} phash_index_hit;

/** An entry that readings of one picture found. */
typedef struct phash_index_group_hit {
    uint32_t id;       /**< as in phash_index_hit */
    uint32_t distance; /**< of the nearest reading */
    uint32_t reading;  /**< its place among the readings; of several as near the first */
} phash_index_group_hit;

/** What an index is made for. Zero members mean the defaults. */
typedef struct phash_index_params {
    size_t struct_size; /**< sizeof(phash_index_params) */
    uint32_t radius;    /**< the radius that queries usually have; default PHASH_RADIUS_DEFAULT. Others are answered as
                             exactly, but perhaps by looking at every hash */
    /** Bytes that may go into tables for searching, beside the 32 bytes of each hash. Default: 7 for each byte of
     *  hashes up to a million entries, falling to 3 at ten million. With too few for any table every query is a
     *  scan. */
    uint64_t max_bytes;
} phash_index_params;

/** Make an index, choosing the fastest method for the number of hashes, the radius and the memory.
 *
 *  Takes about half a microsecond an entry in large indexes.
 *
 *  Out:  out      free with phash_index_free
 *  In:   hashes   n hashes, copied; equal ones are all kept; may be NULL when n is 0
 *        params   may be NULL
 *        options  hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_NO_MEMORY; PHASH_E_LIMIT if n exceeds 2^32 - 2.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_build(phash_index **out, const phash_hash *hashes, size_t n,
                                                         const phash_index_params *params,
                                                         const phash_options *options);

/** Make an index with the default parameters.
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

/** Count the entries that were not removed; 0 for NULL. Threads: pure. */
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

/** Find all entries within a radius of each of several queries; where hashes have to be looked at one by one, this is
 *  done for several queries at a time.
 *
 *  Out:  hits      n_queries x capacity elements: those of query i begin at hits[i * capacity]
 *        n_found   n_queries elements
 *  Returns: as phash_index_range; PHASH_E_BUFFER_TOO_SMALL when any query has more than capacity.
 *  Memory:  allocates nothing.
 *  Threads: index may be shared.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_range_batch(const phash_index *index, phash_index_hit *hits,
                                                               size_t capacity, size_t *n_found,
                                                               const phash_hash *queries, size_t n_queries,
                                                               uint32_t radius);

/** Find all entries within a radius of any reading of one picture (its views, say), each once, with the nearest
 *  reading.
 *
 *  Sorted by distance, then id; otherwise as phash_index_range.
 *
 *  In:   readings  n_readings hashes; may be NULL when that is 0
 *  Memory:  allocates nothing.
 *  Threads: index may be shared.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_range_group(const phash_index *index, phash_index_group_hit *hits,
                                                               size_t capacity, size_t *n_found,
                                                               const phash_hash *readings, size_t n_readings,
                                                               uint32_t radius);

/** Find the entry nearest to a query, however far; of several the one with the lowest id.
 *
 *  Out:  hit     id is PHASH_INDEX_NONE, and distance UINT32_MAX, when the index is empty
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT.
 *  Memory:  allocates nothing.
 *  Threads: index may be shared.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_nearest(const phash_index *index, phash_index_hit *hit,
                                                           const phash_hash *query);

/** Add hashes. They get the next ids in order; no id changes.
 *
 *  A few thousand at most wait to be scanned; then they become tables of their own, which are merged with others of
 *  their size, so that an entry is worked on a few times in all.
 *
 *  Out:  first_id  the id of hashes[0]; may be NULL
 *  In:   hashes    n hashes, copied; may be NULL when n is 0
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_LIMIT; PHASH_E_NO_MEMORY: then nothing was added.
 *  Threads: exclusive use of index.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_add(phash_index *index, uint32_t *first_id,
                                                       const phash_hash *hashes, size_t n);

/** Remove an entry: it is found no more. Its hash stays in memory until phash_index_compact.
 *
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT for an id that is not in use; PHASH_E_NO_MEMORY.
 *  Threads: exclusive use of index.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_remove(phash_index *index, uint32_t id);

/** Make an index that was added to or removed from as good as one made at once. The entries that are left get the ids
 *  from 0 in their order.
 *
 *  Needs the memory of a second index while it runs.
 *
 *  Out:  new_ids   for each id given out so far the new one, or PHASH_INDEX_NONE if it was removed; may be NULL when
 *                  nothing was removed: then no id changes
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_NO_MEMORY: then the index is as it was, and new_ids is not to be used.
 *  Threads: exclusive use of index.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_compact(phash_index *index, uint32_t *new_ids);

/** How an index answers a query of its radius. */
typedef enum phash_index_method {
    PHASH_INDEX_SCAN = 0,  /**< by looking at every hash */
    PHASH_INDEX_TABLES = 1 /**< by tables of bands of the hashes */
} phash_index_method;

/** Facts about an index. */
typedef struct phash_index_info {
    phash_index_method method; /**< of its largest part */
    uint32_t radius;           /**< it was made for */
    uint64_t entries;          /**< that can be found */
    uint64_t removed;          /**< since it was made or compacted */
    uint64_t pending;          /**< added and not yet in any table */
    uint32_t segments;         /**< parts with tables of their own; 1 when compact */
    uint64_t hash_bytes;       /**< of hashes, with the removed, without the pending */
    uint64_t table_bytes;      /**< of tables */
    uint64_t memory;           /**< bytes allocated, all in all */
    uint64_t mapped;           /**< bytes mapped or borrowed in place of that */
    const char *kernels;       /**< "c", "avx2", "avx512" or "neon" */
    char plan[192];            /**< "scan", or like "8 x 22 bits with 2 flips, 4 x 20 bits with 1 flip" */
} phash_index_info;

/** Give the facts of an index. Returns: PHASH_OK; PHASH_E_ARGUMENT. Threads: pure. */
PHASH_NODISCARD PHASH_API phash_status phash_index_get_info(const phash_index *index, phash_index_info *info);

/** Takes the next bytes of a file; 0 on success. */
typedef int (*phash_index_write_fn)(void *user, const uint8_t *bytes, size_t size);

/** Write an index in the form that phash_index_open reads (docs/formats/index.md).
 *
 *  To replace a file, write another beside it, flush that to the disk and rename it: a file changed under a mapping
 *  ends the process that uses it.
 *
 *  In:   write     called with consecutive pieces; what it wrote is worthless unless PHASH_OK comes back
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_STATE after adding or removing without phash_index_compact; PHASH_E_IO
 *           when write fails; PHASH_E_UNSUPPORTED on a big-endian machine.
 *  Memory:  allocates nothing.
 *  Threads: index may be shared.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_write(const phash_index *index, phash_index_write_fn write,
                                                         void *write_user);

/** Copy the file into memory in place of mapping it: huge pages make large indexes faster, and the file may change. */
#define PHASH_INDEX_OPEN_COPY 1u
/** Do not read the whole file to compare its checksums. */
#define PHASH_INDEX_OPEN_UNCHECKED 2u

/** Open a written index by mapping its file; nothing is built.
 *
 *  Checksums find damage, not malice: who can write the file can leave entries out, as in any list, but nothing in a
 *  file makes libphash read or write where it must not.
 *
 *  Out:  out      free with phash_index_free
 *        diag     says what is wrong; may be NULL
 *  In:   flags    PHASH_INDEX_OPEN_... or 0
 *        options  hooks; may be NULL
 *  Returns: PHASH_OK; PHASH_E_ARGUMENT; PHASH_E_IO; PHASH_E_EMPTY; PHASH_E_MAGIC; PHASH_E_VERSION; PHASH_E_TRUNCATED;
 *           PHASH_E_ORDER for sizes that do not agree; PHASH_E_CHECKSUM; PHASH_E_NO_MEMORY; PHASH_E_UNSUPPORTED on a
 *           big-endian machine.
 */
PHASH_NODISCARD PHASH_API phash_status phash_index_open(phash_index **out, phash_diag *diag, const char *path,
                                                        uint32_t flags, const phash_options *options);

/** Open a written index that is already in memory, at an address that is a multiple of 4. bytes must outlive the
 *  handle, unless flags has PHASH_INDEX_OPEN_COPY. Returns: as phash_index_open. */
PHASH_NODISCARD PHASH_API phash_status phash_index_open_memory(phash_index **out, phash_diag *diag,
                                                               const uint8_t *bytes, size_t size, uint32_t flags,
                                                               const phash_options *options);

#ifdef __cplusplus
}
#endif
#endif
