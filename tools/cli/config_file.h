/* SPDX-License-Identifier: Apache-2.0 */
/* Options from a file, which is only read when the command line names it. */
#ifndef PHASH_TOOLS_CONFIG_FILE_H
#define PHASH_TOOLS_CONFIG_FILE_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

/** The options of a file as a command line has them: "--name" or "--name=value". */
typedef struct config_file {
    char **arguments;
    size_t count;
    char *text; /* that they lie in */
    size_t used;
} config_file;

/** Read the bytes of such a file. A line is the name of an option of `known` without its dashes, then what it takes:
 *  all that follows the space, to the end of the line, less spaces around it. Empty lines and those that begin with #
 *  say nothing. name is for messages.
 *  False after a message, and there is nothing to free then. */
bool config_file_parse(config_file *out, const char *name, const char *bytes, size_t size,
                       const struct option *known);

/** When the first argument of a command is --config FILE or --config=FILE: the command line with the options of the
 *  file in its place; *path is FILE, else NULL. False after a message.
 *  The strings of *argv and *path belong to the caller's argv and to `out`, the array to `out`. */
bool config_file_expand(config_file *out, const char **path, int *argc, char ***argv, const struct option *known);

void config_file_free(config_file *c);

#endif
