/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "lists/max_age.h"

#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DAYS_MAX 36500
#define DAY 86400

bool max_age_take(max_age *age, const char *value)
{
    age->given = true;
    return parse_number(&age->days, "--fail-if-older-than", value, 0, DAYS_MAX);
}

/* Full days; a time to come is no age. */
static bool is_young(const max_age *age, const char *path, int64_t since)
{
    int64_t now = (int64_t)time(NULL);
    uint64_t days = now > since ? (uint64_t)(now - since) / DAY : 0;

    if (days <= age->days)
        return true;
    say("%s: %" PRIu64 " days old, and --fail-if-older-than is %" PRIu64, path, days, age->days);
    return false;
}

bool max_age_check_lists(const max_age *age, const char *const *paths, size_t n)
{
    struct stat info;

    for (size_t i = 0; age->given && i < n; i++) {
        if (stat(paths[i], &info) != 0) {
            say("%s: cannot examine: %s", paths[i], strerror(errno));
            return false;
        }
        if (!is_young(age, paths[i], (int64_t)info.st_mtime))
            return false;
    }
    return true;
}

bool max_age_check_set(const max_age *age, const char *path, uint64_t created)
{
    if (!age->given)
        return true;
    if (created == 0) {
        say("%s: does not say when it was made, so --fail-if-older-than refuses it", path);
        return false;
    }
    return is_young(age, path, created > INT64_MAX ? INT64_MAX : (int64_t)created);
}
