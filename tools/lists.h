/* SPDX-License-Identifier: Apache-2.0 */
/* Plain lists and keys, read from files for the subcommands that match or build. */
#ifndef PHASH_TOOLS_LISTS_H
#define PHASH_TOOLS_LISTS_H

#include "text_out.h"

#include <phash/list.h>
#include <phash/match.h>
#include <phash/set.h>

#include <stdbool.h>

/** Read one more list file into list under a name; bad rows are told on stderr and added to *bad_rows.
 *  False after a message when the file cannot be read or has no entry at all. */
bool lists_read(phash_list *list, const char *path, const char *name, uint64_t *bad_rows);

/** Read all of them, each under its path. False after a message. */
bool lists_read_all(phash_list *list, const char *const *paths, size_t n, uint64_t *bad_rows);

/** `,"lists":[{"name":...,"entries":...,"bad_rows":...}]` for header records. */
void lists_describe(text *out, const phash_list *list);

/** A matcher with one radius for all lists; NULL after a message. */
phash_matcher *lists_matcher(const phash_list *list, uint32_t radius);

/** Read a key file. NULL after a message; refuses a file that others may read. */
phash_key *key_load(const char *path);

#endif
