/* SPDX-License-Identifier: Apache-2.0 */
/* The files in a tar stream as inputs of a run. */
#ifndef PHASH_TOOLS_TAR_FEED_H
#define PHASH_TOOLS_TAR_FEED_H

#include "batch/batch.h"

/** A batch_source_fn; source points to the path of the stream, "-" for stdin. Every regular file in it is an input
 *  under its name; links and special files are counted, directories are passed over. A stream that is damaged or ends
 *  early gives an input that says so, under the name of the member or else of the stream. */
bool tar_feed(void *source, struct batch *b, walk_skipped *skipped);

#endif
