/* SPDX-License-Identifier: Apache-2.0 */
/* The blinded sets of a folder, as static files with strong entity tags (RFC 9110, section 8.8.3). */
#ifndef PHASH_TOOLS_SERVED_SETS_H
#define PHASH_TOOLS_SERVED_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/** One file, kept open: a new edition that is renamed into its place does not disturb a download under way. */
typedef struct served_set {
    char *name; /* ends with .phb */
    int fd;
    struct stat seen; /* when its digest was computed */
    uint64_t entries;
    uint64_t created; /* seconds since 1970 */
    char sha256[65];
    char etag[67]; /* the same in quotes */
} served_set;

typedef struct served_sets {
    served_set *all; /* by name */
    size_t count;
    size_t room;
} served_sets;

/** Open every *.phb of a folder, verify it from end to end and compute its digest. NULL after a message when one is
 *  not sound: a service that silently left a set out would be worse. */
served_sets *served_sets_load(const char *folder);

void served_sets_free(served_sets **s);

/** The set of this name, or NULL. */
const served_set *served_sets_find(const served_sets *s, const char *name);

/** Is the file still what it was when its digest was computed? */
bool served_set_unchanged(const served_set *s);

#endif
