/* SPDX-License-Identifier: Apache-2.0 */
/* What an index is made of: immutable segments, a few hashes added since that are scanned, and marks of what was
 * removed. Ids run through the segments in order, then through the tail. */
#ifndef PHASH_INDEX_INDEX_HANDLE_H
#define PHASH_INDEX_INDEX_HANDLE_H

#include "index/segment_search.h"

#define PHASH_INDEX_SEGMENTS_MAX 16
#define PHASH_INDEX_TAIL_MAX 4096 /* hashes that are only scanned: about 3 microseconds a query */

struct phash_index {
    phash_allocator allocator;
    uint32_t radius;    /* tables are made for */
    uint64_t max_bytes; /* of tables; 0: the default */
    phash_segment *segments[PHASH_INDEX_SEGMENTS_MAX];
    uint32_t n_segments;
    phash_hash *tail; /* PHASH_INDEX_TAIL_MAX, or NULL while there never was one */
    uint32_t n_tail;
    uint32_t n_ids;       /* given out so far: segments and tail */
    uint64_t *removed;    /* a bit for each of the first n_marks ids */
    uint32_t n_marks;
    uint32_t n_removed;
    phash_hamming_kernels kernels;
    phash_blocks_kernels blocks;
    phash_flips flips;
};

/** An index without entries. PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_index_make(phash_index **out, uint32_t radius, uint64_t max_bytes,
                                              const phash_options *options);

/** Build a segment as the index's settings want it. */
PHASH_NODISCARD phash_status phash_index_build_segment(const phash_index *index, phash_segment **out,
                                                       const phash_hash_run *runs, size_t n_runs);

/** Visit every entry within ask's radius of its queries; ask's kernels are set here. */
void phash_index_ask(const phash_index *index, phash_ask *ask);

/** The hash of an entry, removed or not; id is below index->n_ids. */
const phash_hash *phash_index_hash(const phash_index *index, uint32_t id);

/** Whether an entry was removed. */
static inline bool phash_index_is_removed(const phash_index *index, uint32_t id)
{
    return id < index->n_marks && (index->removed[id / 64] >> (id % 64) & 1) != 0;
}

#endif
