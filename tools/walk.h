/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of a run: files named on the command line or in a list of names, and all files below directories. */
#ifndef PHASH_TOOLS_WALK_H
#define PHASH_TOOLS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What lies below directories and is not an input: counted, so that nothing is passed over silently. */
typedef struct walk_skipped {
    uint64_t symlinks; /* not followed */
    uint64_t specials; /* fifos, sockets, devices */
} walk_skipped;

/** Called for each input in turn. why is NULL for a file to be read, else it says why a path (a directory that cannot
 *  be listed, a name that does not exist) cannot be. False stops the walk. */
typedef bool (*walk_fn)(void *user, const char *path, const char *why);

/** Visit a path: a directory is walked to its end, names in byte order; a symbolic link given here is followed, those
 *  found below are not. False when visit stopped the walk. */
bool walk_path(const char *path, walk_skipped *skipped, walk_fn visit, void *user);

/** Visit every path named in a file, one per line, or ended by 0 bytes; "-" is stdin. Starts before the list ends.
 *  False when visit stopped the walk, or, after a message, when the list cannot be read. */
bool walk_names(const char *list, bool zero, walk_skipped *skipped, walk_fn visit, void *user);

#endif
