/* SPDX-License-Identifier: Apache-2.0 */
/* Adding, removing and tidying up. New hashes gather in a tail that is scanned; a full tail becomes a segment, together
 * with those segments before it that are not much larger (a log-structured merge: O'Neil, Cheng, Gawlick and O'Neil,
 * "The Log-Structured Merge-Tree", 1996). Ids run through the segments in order, so that none changes. */
#include "index/index_handle.h"

#include <string.h>

#define GROWTH 4u /* a segment is left alone by what is smaller by this factor */

static phash_status make_tail(phash_index *index)
{
    if (index->tail == NULL)
        index->tail = phash_alloc(&index->allocator, PHASH_INDEX_TAIL_MAX, sizeof *index->tail);
    return index->tail != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;
}

/* Put segment in place of those from first on and of the tail. */
static void replace_segments(phash_index *index, uint32_t first, phash_segment *segment)
{
    segment->first_id = first < index->n_segments ? index->segments[first]->first_id : index->n_ids - index->n_tail;
    for (uint32_t i = first; i < index->n_segments; i++)
        phash_segment_free(&index->segments[i], &index->allocator);
    index->segments[first] = segment;
    index->n_segments = first + 1;
    index->n_tail = 0;
}

/* Make one segment of the segments from first on, the tail and n more hashes. */
static phash_status merge_from(phash_index *index, uint32_t first, const phash_hash *hashes, size_t n)
{
    phash_hash_run runs[PHASH_INDEX_SEGMENTS_MAX + 2];
    phash_segment *segment = NULL;
    size_t n_runs = 0;

    for (uint32_t i = first; i < index->n_segments; i++)
        runs[n_runs++] = (phash_hash_run){index->segments[i]->hashes, index->segments[i]->n};
    runs[n_runs++] = (phash_hash_run){index->tail, index->n_tail};
    runs[n_runs++] = (phash_hash_run){hashes, n};
    phash_status st = phash_index_build_segment(index, &segment, runs, n_runs);
    if (st == PHASH_OK)
        replace_segments(index, first, segment);
    return st;
}

phash_status phash_index_add(phash_index *index, uint32_t *first_id, const phash_hash *hashes, size_t n)
{
    phash_status st = PHASH_OK;

    if (index == NULL || (hashes == NULL && n != 0))
        return PHASH_E_ARGUMENT;
    if (n > (size_t)(UINT32_MAX - 1 - index->n_ids))
        return PHASH_E_LIMIT;
    if (n <= PHASH_INDEX_TAIL_MAX - index->n_tail) {
        st = make_tail(index);
        if (st == PHASH_OK && n != 0)
            memcpy(index->tail + index->n_tail, hashes, n * sizeof *hashes);
        if (st == PHASH_OK)
            index->n_tail += (uint32_t)n;
    } else {
        uint64_t merged = index->n_tail + (uint64_t)n;
        uint32_t first = index->n_segments;
        while (first > 0 && (index->segments[first - 1]->n < GROWTH * merged || first == PHASH_INDEX_SEGMENTS_MAX))
            merged += index->segments[--first]->n;
        st = merge_from(index, first, hashes, n);
    }
    if (st != PHASH_OK)
        return st;
    if (first_id != NULL)
        *first_id = index->n_ids;
    index->n_ids += (uint32_t)n;
    return PHASH_OK;
}

phash_status phash_index_remove(phash_index *index, uint32_t id)
{
    if (index == NULL || id >= index->n_ids || phash_index_is_removed(index, id))
        return PHASH_E_ARGUMENT;
    if (id >= index->n_marks) {
        const size_t words = ((size_t)index->n_ids + 63) / 64;
        uint64_t *marks = phash_realloc(&index->allocator, index->removed, ((size_t)index->n_marks + 63) / 64, words,
                                        sizeof *marks);
        if (marks == NULL)
            return PHASH_E_NO_MEMORY;
        index->removed = marks;
        index->n_marks = index->n_ids;
    }
    index->removed[id / 64] |= UINT64_C(1) << (id % 64);
    index->n_removed++;
    return PHASH_OK;
}

/* Copy what is left into one array and tell where it went. */
static phash_hash *gather_rest(const phash_index *index, uint32_t *new_ids)
{
    uint32_t n = 0;
    phash_hash *rest = phash_alloc(&index->allocator, index->n_ids - index->n_removed, sizeof *rest);

    if (rest == NULL)
        return NULL;
    for (uint32_t id = 0; id < index->n_ids; id++) {
        const bool gone = phash_index_is_removed(index, id);
        new_ids[id] = gone ? PHASH_INDEX_NONE : n;
        if (!gone)
            rest[n++] = *phash_index_hash(index, id);
    }
    return rest;
}

static phash_status compact_without_removed(phash_index *index, uint32_t *new_ids)
{
    phash_segment *segment = NULL;
    phash_status st = PHASH_OK;
    phash_hash *rest = gather_rest(index, new_ids);
    const uint32_t n = index->n_ids - index->n_removed;

    if (rest == NULL)
        return PHASH_E_NO_MEMORY;
    if (n != 0) {
        const phash_hash_run run = {rest, n};
        st = phash_index_build_segment(index, &segment, &run, 1);
    }
    phash_release(&index->allocator, rest);
    if (st != PHASH_OK)
        return st;
    for (uint32_t i = 0; i < index->n_segments; i++)
        phash_segment_free(&index->segments[i], &index->allocator);
    index->segments[0] = segment;
    index->n_segments = segment != NULL ? 1 : 0;
    index->n_tail = 0;
    index->n_ids = n;
    phash_release(&index->allocator, index->removed);
    index->removed = NULL;
    index->n_marks = 0;
    index->n_removed = 0;
    return PHASH_OK;
}

phash_status phash_index_compact(phash_index *index, uint32_t *new_ids)
{
    if (index == NULL || (new_ids == NULL && index->n_removed != 0))
        return PHASH_E_ARGUMENT;
    if (index->n_removed != 0)
        return compact_without_removed(index, new_ids);
    if (index->n_segments > 1 || index->n_tail != 0) {
        phash_status st = merge_from(index, 0, NULL, 0);
        if (st != PHASH_OK)
            return st;
    }
    for (uint32_t id = 0; new_ids != NULL && id < index->n_ids; id++)
        new_ids[id] = id;
    return PHASH_OK;
}
