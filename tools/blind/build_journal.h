/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a set's build: finished chunks beside the output, so that a build that was killed goes on.
 *
 *   mark 8, version 4, build id 16, created 8            then for each chunk: number 4, size 4, sealed chunk
 *
 * Integers are little-endian. Chunks are sealed by the library under a key derived from the evaluator's: the file gives
 * nothing away and another build's cannot be mistaken for this one's. Its mode is 0600 all the same. */
#ifndef PHASH_TOOLS_BUILD_JOURNAL_H
#define PHASH_TOOLS_BUILD_JOURNAL_H

#include <phash/set.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

typedef struct build_journal {
    int fd; /* -1: none is kept */
    char *path;
    uint64_t size;   /* up to the end of the last whole chunk */
    uint64_t tokens; /* places in its chunks */
    bool other;      /* a journal of another build was there; it is replaced */
    struct timespec synced;
} build_journal;

/** Where the journal of an output lies; a malloced string, or NULL. */
char *build_journal_path(const char *output);

/** The date that an earlier run of a build put into its journal; 0 when there is none. */
uint64_t build_journal_created(const char *path);

/** Open or begin the journal of a build and hand the chunks in it to the builder; done[i] becomes true for each.
 *  False after a message, as when another process builds the same output or the file is no journal. */
bool build_journal_open(build_journal *j, const char *output, uint64_t created, phash_set_builder *builder,
                        phash_set_worker *worker, bool *done);

/** Change the date in a journal that holds no chunk yet. False after a message. */
bool build_journal_redate(build_journal *j, uint64_t created);

/** Append a sealed chunk. When that fails, a message says so once and no journal is kept from there on. */
void build_journal_add(build_journal *j, uint32_t chunk, uint32_t tokens, const uint8_t *sealed, size_t size);

/** Close and forget; remove the file when `remove`, or when it holds no chunk. */
void build_journal_close(build_journal *j, bool remove);

#endif
