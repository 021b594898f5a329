/* SPDX-License-Identifier: Apache-2.0 */
/* Which files below directories are inputs: options of every command that walks. */
#ifndef PHASH_TOOLS_WALK_OPTIONS_H
#define PHASH_TOOLS_WALK_OPTIONS_H

#include "walk/glob.h"
#include "cli/text_out.h"

#include <stdint.h>

/** What to walk; all zero is the default. */
typedef struct walk_options {
    uint64_t max_depth; /* 1: only what lies in the directory itself; 0: no bound */
    bool follow;
    bool one_file_system;
    bool all_links;
    glob_list include; /* when there are any, a file has to fit one */
    glob_list exclude;
} walk_options;

enum {
    WALK_OPTION_FIRST = 0x240,
    WALK_NO_RECURSIVE = WALK_OPTION_FIRST,
    WALK_MAX_DEPTH,
    WALK_INCLUDE,
    WALK_EXCLUDE,
    WALK_IGNORE_FILE,
    WALK_FOLLOW,
    WALK_ONE_FILE_SYSTEM,
    WALK_ALL_LINKS,
    WALK_OPTION_END
};

/** getopt_long entries for them. */
#define WALK_OPTIONS                                                                                                   \
    {"no-recursive", no_argument, NULL, WALK_NO_RECURSIVE}, {"max-depth", required_argument, NULL, WALK_MAX_DEPTH},    \
        {"include", required_argument, NULL, WALK_INCLUDE}, {"exclude", required_argument, NULL, WALK_EXCLUDE},        \
        {"ignore-file", required_argument, NULL, WALK_IGNORE_FILE}, {"follow", no_argument, NULL, WALK_FOLLOW},        \
        {"one-file-system", no_argument, NULL, WALK_ONE_FILE_SYSTEM}, {"all-links", no_argument, NULL, WALK_ALL_LINKS}

/** Their part of --help. */
#define WALK_HELP                                                                                                      \
    "  --no-recursive             of a directory, only the files in it, not those further below\n"                     \
    "  --max-depth N              go N directories deep, 1 to 512; 1 is --no-recursive\n"                              \
    "  --include GLOB             of the files below directories, only those that fit; may be\n"                       \
    "                             given several times\n"                                                               \
    "  --exclude GLOB             pass over files and directories that fit, also those included;\n"                    \
    "                             may be given several times\n"                                                        \
    "  --ignore-file FILE         exclude the patterns in FILE, one a line\n"                                          \
    "  --follow                   follow symbolic links below directories; enter no directory\n"                       \
    "                             twice\n"                                                                             \
    "  --one-file-system          stay on the file system of each directory named\n"                                   \
    "  --all-links                look at every hard link of a file, not only at the first\n"

/** Is this one of WALK_OPTIONS? */
bool walk_is_option(int option);

/** Take one of WALK_OPTIONS; false after a message. */
bool walk_take_option(walk_options *o, int option, const char *value);

/** Describe what was asked for as a JSON member `,"walk":{...}`; nothing when all is as by default. */
void walk_describe(text *out, const walk_options *o);

void walk_options_free(walk_options *o);

#endif
