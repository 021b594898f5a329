/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of a run: files named on the command line or in a list of names, and all files below directories. */
#ifndef PHASH_TOOLS_WALK_H
#define PHASH_TOOLS_WALK_H

#include "walk/inode_set.h"
#include "walk/walk_options.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALK_DEPTH_MAX 512 /* deeper trees are made, not grown */

/** What lies below directories and is not an input: counted, so that nothing is passed over silently. */
typedef struct walk_skipped {
    uint64_t symlinks;      /* not followed */
    uint64_t specials;      /* fifos, sockets, devices */
    uint64_t hard_links;    /* to files that were looked at under another name */
    uint64_t excluded;      /* files and directories, by --include and --exclude */
    uint64_t too_deep;      /* directories, by --max-depth */
    uint64_t other_systems; /* files and directories, by --one-file-system */
    uint64_t repeated;      /* directories that were entered another way, with --follow */
    bool interrupted;       /* a signal ended the walk: there may be more */
} walk_skipped;

/** Called for each input in turn. why is NULL for a file to be read, else it says why a path (a directory that cannot
 *  be listed, a name that does not exist) cannot be. False stops the walk. */
typedef bool (*walk_fn)(void *user, const char *path, const char *why);

/** One walk through all inputs. Set the first members, zero the rest. */
typedef struct walker {
    const walk_options *options;
    walk_fn visit;
    void *user;
    void (*idle)(void *user); /* NULL, or called a few times a second while a list of names keeps one waiting */
    const atomic_bool *stop;  /* NULL, or becomes true when the walk shall end early */
    int stop_fd;              /* with stop: becomes readable then; else -1 */
    walk_skipped skipped;
    uint64_t size; /* of the file that is being visited; 0 with a why */
    inode_set links;
    inode_set directories; /* entered below the present argument, with --follow */
    size_t below;          /* where in a path begins what lies below the argument */
    uint64_t device;       /* of the argument */
} walker;

/** Visit a path: a directory is walked to its end, names in byte order; a symbolic link given here is followed, those
 *  found below only with --follow. Of a tree, the names of the directories down to the present one are in memory.
 *  False when visit or stop ended the walk. */
bool walk_path(walker *w, const char *path);

/** Visit every path named in a file, one per line, or ended by 0 bytes; "-" is stdin. Starts before the list ends.
 *  False when visit or stop ended the walk, or, after a message, when the list cannot be read. */
bool walk_names(walker *w, const char *list, bool zero);

/** Free what the walker holds. */
void walker_clear(walker *w);

#endif
