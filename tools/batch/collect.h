/* SPDX-License-Identifier: Apache-2.0 */
/* The content of an input that comes through a stream. */
#ifndef PHASH_TOOLS_COLLECT_H
#define PHASH_TOOLS_COLLECT_H

#include "batch/batch.h"

/** Gives up to size more bytes: how many, 0 when there are no more. */
typedef size_t (*collect_fn)(void *user, void *bytes, size_t size);

/** Take the content of an input, which is said to have size bytes: input->bytes has it, or input->trouble and
 *  input->why say why not (it ends early; memory is short). Room grows with what comes, for the size may be a lie. */
void collect(batch_input *input, uint64_t size, collect_fn more, void *user);

#endif
