/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns for paths below a directory: phash-scan(1), "Patterns". */
#ifndef PHASH_TOOLS_GLOB_H
#define PHASH_TOOLS_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/** Does the whole text fit the pattern? Bytes are compared, whatever the locale: `?` is one byte but '/', `*` any
 *  number of them, `[...]` and `[!...]` one of or none of some, `\` takes the next byte as it is. A double star, at the
 *  beginning or behind a '/' and with a '/' behind it, is any number of directories, also none; elsewhere any bytes. */
bool glob_matches(const char *pattern, const char *text);

/** One pattern of a list. */
typedef struct glob {
    char *pattern;   /* without the slashes that only say how it is meant */
    bool whole_path; /* it is held against the path, else against the base name */
    bool only_dirs;
} glob;

/** Patterns, any of which may fit. */
typedef struct glob_list {
    glob *at;
    size_t n;
    size_t room;
} glob_list;

/** Add a pattern; NULL, or what is wrong with it. */
const char *glob_list_add(glob_list *list, const char *pattern);

/** Add the patterns of a file: one a line; empty lines and those that begin with # say nothing. False after a
 *  message. */
bool glob_list_read(glob_list *list, const char *path);

/** Does any pattern fit a path below a directory? */
bool glob_list_matches(const glob_list *list, const char *path, bool is_dir);

void glob_list_free(glob_list *list);

#endif
