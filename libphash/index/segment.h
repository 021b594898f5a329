/* SPDX-License-Identifier: Apache-2.0 */
/* An immutable piece of an index: hashes and the tables of its bands in one block of bytes, the same in memory as in
 * a file (docs/formats/index.md). */
#ifndef PHASH_INDEX_SEGMENT_H
#define PHASH_INDEX_SEGMENT_H

#include <phash/index.h>

#include "index/plan.h"
#include "simd/blocks.h"
#include "simd/hamming.h"
#include "util/map_file.h"

/** What lies where; all of it follows from the number of hashes and the plan. */
typedef struct phash_segment_layout {
    uint64_t hashes; /* offsets from the start of the block; the header is before */
    uint64_t high;   /* first 8 bytes of all hashes, then the next 4: only without bands, else 0 */
    uint64_t low;
    uint64_t blocks[PHASH_PLAN_BANDS_MAX];
    uint64_t ids[PHASH_PLAN_BANDS_MAX];
    uint64_t checks; /* checksums of what is before, in pieces */
    uint64_t size;
} phash_segment_layout;

/** The ids of a band are sorted by its value; blocks say where each value's begin. Numbers in a table may have come
 *  from a file: whoever uses one compares it with n first. */
typedef struct phash_segment {
    const phash_hash *hashes;
    const uint8_t *high; /* NULL when there are bands */
    const uint8_t *low;
    const uint8_t *blocks[PHASH_PLAN_BANDS_MAX];
    uint8_t shapes[PHASH_PLAN_BANDS_MAX]; /* of the blocks */
    uint8_t starts[PHASH_PLAN_BANDS_MAX]; /* first bit of each band */
    const uint32_t *ids[PHASH_PLAN_BANDS_MAX];
    uint32_t n;
    uint32_t first_id; /* of the index's ids, that of the first hash */
    uint32_t radius;   /* the plan was chosen for */
    phash_plan plan;
    phash_budgets budgets;
    uint64_t candidate_limit;
    phash_segment_layout layout;
    const uint8_t *bytes; /* layout.size of them */
    void *storage;        /* what was allocated; NULL when mapped or borrowed */
    phash_mapping mapping;
} phash_segment;

#define PHASH_SEGMENT_HEADER 4096

/** The shape of the blocks (simd/blocks.h) for n ids and 2^width values, such that hardly any number in them is too
 *  large for its bits: 6, 5 or 4. */
uint8_t phash_block_shape(uint64_t n, uint32_t width);

/** Where things are for n hashes and a valid plan. */
phash_segment_layout phash_segment_lay_out(uint64_t n, const phash_plan *plan);

/** Point a segment into bytes that hold a block for n hashes and a valid plan. */
void phash_segment_attach(phash_segment *segment, const uint8_t *bytes, uint32_t n, const phash_plan *plan);

/** The hashes of a segment to be, in runs of memory. */
typedef struct phash_hash_run {
    const phash_hash *hashes;
    size_t n;
} phash_hash_run;

/** Allocate a block, copy the hashes of all runs into it and fill the tables. Fewer than 2^32 - 1 hashes.
 *  PHASH_E_NO_MEMORY leaves nothing behind. */
PHASH_NODISCARD phash_status phash_segment_build(phash_segment **out, const phash_hash_run *runs, size_t n_runs,
                                                 const phash_plan *plan, uint32_t radius,
                                                 const phash_allocator *allocator);

/** Free a segment and what it owns, and store NULL; NULL is fine. */
void phash_segment_free(phash_segment **segment, const phash_allocator *allocator);

/** Allocate size bytes at a multiple of 64, as huge pages if they are many and the system has them; not zeroed.
 *  *storage is what phash_release takes. NULL when memory is short. */
void *phash_block_new(void **storage, uint64_t size, const phash_allocator *allocator);

/** The value of a band of a hash: width bits from bit `start`, counted as the words lie in memory. */
static inline uint32_t phash_band_value(const uint64_t words[4], uint32_t start, uint32_t width)
{
    const uint32_t word = start / 64;
    const uint32_t shift = start % 64;
    uint64_t bits = words[word] >> shift;

    if (shift + width > 64)
        bits |= words[word + 1] << (64 - shift);
    return (uint32_t)(bits & (((uint64_t)1 << width) - 1));
}

#endif
