/* SPDX-License-Identifier: Apache-2.0 */
/* Plain lists and keys, read from files for the subcommands that match or build. */
#ifndef PHASH_TOOLS_LISTS_H
#define PHASH_TOOLS_LISTS_H

#include "cli/text_out.h"

#include <phash/list.h>
#include <phash/match.h>
#include <phash/set.h>

#include <stdbool.h>

/** The lists of a command line, and how far from their entries a match may be. */
typedef struct list_options {
    const char **paths; /* room for as many as there are arguments */
    size_t count;
    const char **own;   /* values of --list-radius, likewise */
    size_t own_count;
    uint64_t radius;    /* --radius */
    bool radius_given;
    uint32_t *radii;    /* of each path, from list_options_settle on */
} list_options;

/** Begin with no list and the default radius; argc bounds the options to come. False when memory is short. */
bool list_options_init(list_options *o, int argc);
void list_options_free(list_options *o);

/** Take the value of --radius; false after a message. */
bool list_options_take_radius(list_options *o, const char *value);

/** Once all paths are known: give each its radius, that of a --list-radius LIST=N which names it or else --radius.
 *  False after a message when one is malformed, names no list, or names one a second time. */
bool list_options_settle(list_options *o);

/** Read one more list file into list under a name; bad rows are told on stderr and added to *bad_rows.
 *  False after a message when the file cannot be read or has no entry at all. */
bool lists_read(phash_list *list, const char *path, const char *name, uint64_t *bad_rows);

/** Read all of them, each under its path. False after a message. */
bool lists_read_all(phash_list *list, const list_options *o, uint64_t *bad_rows);

/** `,"radius":...,"lists":[{"name":...,"entries":...,"bad_rows":...,"radius":...}]` for header records. */
void lists_describe(text *out, const phash_list *list, const list_options *o);

/** "radius 31; 2 lists, 7 hashes" for people; "radius 20 to 48" when the lists differ. */
void lists_headline(text *out, const phash_list *list, const list_options *o);

/** A matcher with the radius of each list; NULL after a message. */
phash_matcher *lists_matcher(const phash_list *list, const list_options *o);

#endif
