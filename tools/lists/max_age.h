/* SPDX-License-Identifier: Apache-2.0 */
/* Refusing to look for pictures with lists that nobody has brought up to date. */
#ifndef PHASH_TOOLS_MAX_AGE_H
#define PHASH_TOOLS_MAX_AGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The option's value; all zero when it is not given. */
typedef struct max_age {
    bool given;
    uint64_t days;
} max_age;

#define MAX_AGE_OPTION 0x258

/** getopt_long entry for it. */
#define MAX_AGE_OPTIONS {"fail-if-older-than", required_argument, NULL, MAX_AGE_OPTION}

/** Its part of --help. */
#define MAX_AGE_HELP                                                                                                   \
    "  --fail-if-older-than DAYS  refuse lists that were changed, and sets that were made, longer ago\n"

/** Take its value; false after a message. */
bool max_age_take(max_age *age, const char *value);

/** Is every list young enough, by the time its file was last changed? False after a message. */
bool max_age_check_lists(const max_age *age, const char *const *paths, size_t n);

/** Is a set young enough? created is in seconds since 1970 UTC, 0 when it is not said. False after a message. */
bool max_age_check_set(const max_age *age, const char *path, uint64_t created);

#endif
