/* SPDX-License-Identifier: Apache-2.0 */
/* Search without a buffer, for the room above. */
#ifndef PHASH_INDEX_INDEX_VISIT_H
#define PHASH_INDEX_INDEX_VISIT_H

#include <phash/index.h>

/** Call visit once for every entry within radius (0..256) of query, in no particular order. Allocates nothing;
 *  index may be shared by threads. */
void phash_index_visit(const phash_index *index, const phash_hash *query, uint32_t radius,
                       void (*visit)(void *user, phash_index_hit hit), void *user);

/** Count the bits in which an entry differs from query; id is below phash_index_count. */
uint32_t phash_index_distance(const phash_index *index, uint32_t id, const phash_hash *query);

#endif
