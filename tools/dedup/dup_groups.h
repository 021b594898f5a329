/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many pictures are near-duplicates of each other: groups by single linkage over an exact search. */
#ifndef PHASH_TOOLS_DUP_GROUPS_H
#define PHASH_TOOLS_DUP_GROUPS_H

#include <phash/hash.h>
#include <phash/phash.h>

#include <stddef.h>
#include <stdint.h>

/** A picture to be grouped: its own hash first, then those of its other views. */
typedef struct dup_item {
    const phash_hash *hashes; /* n of them, at least 1; borrowed */
    size_t n;
    uint64_t size;  /* of two members the larger one stands first: pixels */
    uint32_t group; /* out: index of the member that stands first; its own index when it is alone */
    uint32_t distance; /* out: to the nearest other member, by the nearest view of either; UINT32_MAX when alone */
} dup_item;

/** Group n items: two belong together when a view of one is within radius of the other, or when both belong with a
 *  third. Equal hashes are looked up once. PHASH_OK, PHASH_E_NO_MEMORY, PHASH_E_LIMIT. */
phash_status dup_groups(dup_item *items, size_t n, uint32_t radius);

#endif
