/* SPDX-License-Identifier: Apache-2.0 */
/* All chunks of a set's build on many threads, with a journal, progress and a clean stop. */
#ifndef PHASH_TOOLS_BUILD_CHUNKS_H
#define PHASH_TOOLS_BUILD_CHUNKS_H

#include "blind/build_journal.h"

/** Take SIGINT, SIGTERM and SIGHUP as a wish to stop, from now on; a second one ends the process. */
void build_catch_signals(void);

/** Was a signal caught? */
bool build_was_stopped(void);

/** Work on every chunk that is not done. Progress goes to stderr when `progress`. False when it was stopped by a
 *  signal, or after a message. */
bool build_chunks_run(phash_set_builder *builder, build_journal *journal, const bool *done, uint32_t jobs,
                      bool progress);

/** h:mm:ss or m:ss. */
void build_duration(char *out, size_t size, double seconds);

#endif
