/* SPDX-License-Identifier: Apache-2.0 */
/* A static function: from keys to values of fixed size, without storing the keys. The value of a key is the XOR of four
 * cells; any other key gives noise. The construction is the 4-wise binary fuse of Graf and Lemire ("Binary Fuse
 * Filters: Fast and Smaller Than Xor Filters", 2022), with whole values in place of fingerprints; peeling is as old as
 * Majewski, Wormald, Havas and Czech 1996, and Dietzfelbinger and Walzer 2019 explain why neighbouring segments help.
 *
 * Keys are 16 bytes that look random: they come out of a key derivation, so no further hashing is needed than what
 * mixes in a seed, and equal keys do not happen by chance. */
#ifndef PHASH_HASHSET_STATIC_MAP_H
#define PHASH_HASHSET_STATIC_MAP_H

#include "util/mem.h"

#include <phash/phash.h>

#define PHASH_MAP_KEY_SIZE 16u
#define PHASH_MAP_ARITY 4u
#define PHASH_MAP_LOG_MIN 2u
#define PHASH_MAP_LOG_MAX 18u
#define PHASH_MAP_SEEDS 65536u

/** A key's first cell lies in one of `starts` segments of 2^log cells, the others in the three segments behind it. */
typedef struct phash_map_shape {
    uint32_t log;
    uint32_t starts;
} phash_map_shape;

/** Number of cells: starts + 3 segments. Below 2^33 for any u32 of starts that passed the manifest's checks. */
static inline uint64_t phash_map_cells(const phash_map_shape *shape)
{
    return ((uint64_t)shape->starts + PHASH_MAP_ARITY - 1) << shape->log;
}

/** The shape in which n keys (1 .. 2^31) can be solved, nearly always at the first seed. Integers only: builders on all
 *  machines agree. */
phash_map_shape phash_map_shape_for(uint64_t n);

/** The four cells of a key; each is below phash_map_cells. */
void phash_map_cells_of(uint64_t out[PHASH_MAP_ARITY], const phash_map_shape *shape, uint32_t seed,
                        const uint8_t key[PHASH_MAP_KEY_SIZE]);

/** Working memory for phash_map_solve; may be used for many maps of one shape. */
typedef struct phash_map_scratch {
    phash_allocator allocator;
    size_t cells;
    size_t n;
    uint8_t *degree;  /* of each cell: keys that use it and are not yet peeled */
    uint32_t *joined; /* of each cell: XOR of the numbers of those keys */
    uint32_t *queue;  /* cells that one key alone uses */
    uint32_t *order;  /* keys in the order they were peeled */
    uint8_t *place;   /* of each of them: which of its four cells was its alone */
} phash_map_scratch;

/** Make room for n keys. PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_map_scratch_init(phash_map_scratch *s, const phash_map_shape *shape, size_t n,
                                                    const phash_allocator *allocator);
/** Wipe and release what is in it; nothing happens when all is zero. */
void phash_map_scratch_clear(phash_map_scratch *s);

/** Fill a map so that every key finds its value.
 *
 *  Out:    cells  phash_map_cells of value_size bytes each. Comes filled with random bytes, which stay in the cells
 *                 that no key determines.
 *          seed   the first, from 0, with which the keys can be peeled
 *  In:     slots  s->n of them, one every `stride` bytes: PHASH_MAP_KEY_SIZE bytes of key, then the value
 *  Returns: PHASH_OK; PHASH_E_INTERNAL when no seed works, as with two equal keys.
 *  Secret: slots. Not constant time: runs where the list is built. */
PHASH_NODISCARD phash_status phash_map_solve(uint8_t *cells, uint32_t *seed, phash_map_scratch *s,
                                             const phash_map_shape *shape, const uint8_t *slots, size_t stride,
                                             uint32_t value_size);

#endif
