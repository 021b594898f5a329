/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on stdin as inputs of a run: docs/formats/worker.md. */
#ifndef PHASH_TOOLS_WORKER_FEED_H
#define PHASH_TOOLS_WORKER_FEED_H

#include "batch/batch.h"

/** A batch_source_fn; source points to the byte that ends the line of a request. Results are handed out before waiting
 *  for more requests. */
bool worker_feed(void *source, struct batch *b, walk_skipped *skipped);

#endif
