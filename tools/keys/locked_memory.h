/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: not swapped out where the system allows it, not in core dumps, wiped when it is given back. */
#ifndef PHASH_TOOLS_LOCKED_MEMORY_H
#define PHASH_TOOLS_LOCKED_MEMORY_H

#include <phash/phash.h>

#include <stdbool.h>
#include <stddef.h>

/** Zeroed memory in pages of its own; NULL when there is none. When it cannot be locked that is said, once. */
void *locked_new(size_t size);

/** Wipe and give back; NULL is fine. */
void locked_free(void *memory);

/** Options that let the library keep a handle in such memory: for phash_key_read and phash_evaluator_new. */
phash_options locked_options(void);

/** From now on this process leaves no core dump, and no other one of the user may read its memory. False when that
 *  cannot be had. */
bool no_core_dumps(void);

#endif
