/* SPDX-License-Identifier: Apache-2.0 */
/* Search without a buffer, for the room above. */
#ifndef PHASH_INDEX_INDEX_VISIT_H
#define PHASH_INDEX_INDEX_VISIT_H

#include <phash/index.h>

/** Call visit once for every entry within radius (0..256) of query, in no particular order. Allocates nothing;
 *  index may be shared by threads. */
void phash_index_visit(const phash_index *index, const phash_hash *query, uint32_t radius,
                       void (*visit)(void *user, phash_index_hit hit), void *user);

/** Call visit once for every entry within radius (0..256) of any of the readings of one picture, with the reading that
 *  comes nearest; of several the first. n_readings is below 2^32. */
void phash_index_visit_group(const phash_index *index, const phash_hash *readings, size_t n_readings, uint32_t radius,
                             void (*visit)(void *user, phash_index_hit hit, uint32_t reading), void *user);

/** Count the bits in which an entry differs from query; id is one that a search gave. */
uint32_t phash_index_distance(const phash_index *index, uint32_t id, const phash_hash *query);

#endif
