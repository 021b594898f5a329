/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "cli/cpu_quota.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_ROOM 4096

/* Read one or two words from a file; those that are not there stay empty. */
static void read_words(char first[32], char second[32], const char *folder, const char *name)
{
    char path[PATH_ROOM];

    first[0] = second[0] = '\0';
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return;
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return;
    if (fscanf(stream, "%31s %31s", first, second) < 1)
        first[0] = '\0';
    fclose(stream);
}

/* Quota and period in microseconds; no number ("max", -1, nothing) is no bound. */
static uint32_t processors(const char *quota, const char *period)
{
    uint64_t q = strtoull(quota, NULL, 10);
    uint64_t p = strtoull(period, NULL, 10);

    if (quota[0] < '0' || quota[0] > '9' || q == 0 || p == 0 || q / p >= UINT32_MAX)
        return 0;
    return (uint32_t)(q / p + (q % p != 0));
}

static uint32_t bound_of(const char *folder, bool unified)
{
    char quota[32], period[32], unused[32];

    if (unified) {
        read_words(quota, period, folder, "cpu.max");
    } else {
        read_words(quota, unused, folder, "cpu.cfs_quota_us");
        read_words(period, unused, folder, "cpu.cfs_period_us");
    }
    return processors(quota, period);
}

/* The least bound of a group and those above it. The path is that of the group below mount; in a container it may
 * name a folder that is not to be seen there, but the mount itself is. */
static uint32_t least_bound(const char *mount, const char *path, bool unified)
{
    char folder[PATH_ROOM];
    const size_t shortest = strlen(mount);
    uint32_t least = 0;

    if ((size_t)snprintf(folder, sizeof folder, "%s%s", mount, path) >= sizeof folder)
        return 0;
    for (;;) {
        uint32_t bound = bound_of(folder, unified);
        if (bound != 0 && (least == 0 || bound < least))
            least = bound;
        char *slash = strrchr(folder, '/');
        if (slash == NULL || (size_t)(slash - folder) < shortest)
            return least;
        *slash = '\0';
    }
}

/* Does a comma-separated list hold "cpu"? */
static bool has_cpu(const char *list)
{
    for (const char *p = list; p != NULL; p = strchr(p, ',')) {
        p += *p == ',';
        if (strncmp(p, "cpu", 3) == 0 && (p[3] == ',' || p[3] == '\0'))
            return true;
    }
    return false;
}

/* One line, NUMBER:CONTROLLERS:PATH; without controllers it is the unified hierarchy. */
static uint32_t bound_of_line(const char *root, char *line)
{
    char mount[PATH_ROOM];
    char *controllers = strchr(line, ':');
    char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

    line[strcspn(line, "\n")] = '\0';
    if (path == NULL)
        return 0;
    *path++ = '\0';
    controllers++;
    if (controllers[0] != '\0' && !has_cpu(controllers))
        return 0;
    int n = snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, controllers[0] == '\0' ? "" : "/cpu");
    return n > 0 && (size_t)n < sizeof mount ? least_bound(mount, path, controllers[0] == '\0') : 0;
}

uint32_t cpu_quota(const char *root)
{
    char path[PATH_ROOM];
    char line[PATH_ROOM];
    uint32_t least = 0;

    if ((size_t)snprintf(path, sizeof path, "%s/proc/self/cgroup", root) >= sizeof path)
        return 0;
    FILE *stream = fopen(path, "r");
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL) {
        uint32_t bound = bound_of_line(root, line);
        if (bound != 0 && (least == 0 || bound < least))
            least = bound;
    }
    if (stream != NULL)
        fclose(stream);
    return least;
}
