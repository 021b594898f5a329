/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/http_range.h"

#include <string.h>

bool http_names_tag(const char *list, const char *etag)
{
    const size_t size = strlen(etag);

    for (const char *at = list; *at != '\0';) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, etag, size) == 0 && (at[size] == '\0' || strchr(" \t,", at[size]) != NULL))
            return true;
        at += strcspn(at, ",");
    }
    return false;
}

static bool read_place(uint64_t *out, const char **at)
{
    const char *s = *at;
    uint64_t n = 0;

    for (; *s >= '0' && *s <= '9'; s++) {
        if (n > (UINT64_MAX - 9) / 10)
            return false;
        n = 10 * n + (uint64_t)(*s - '0');
    }
    if (s == *at)
        return false;
    *at = s;
    *out = n;
    return true;
}

range_kind http_range_read(uint64_t *first, uint64_t *size, const char *value, uint64_t whole)
{
    const char *at = value + 6;
    uint64_t last = UINT64_MAX;
    uint64_t from = 0;

    if (strncmp(value, "bytes=", 6) != 0)
        return RANGE_WHOLE;
    const bool suffix = *at == '-';
    if (!suffix && !read_place(&from, &at))
        return RANGE_WHOLE;
    if (*at++ != '-')
        return RANGE_WHOLE;
    if ((suffix || *at != '\0') && !read_place(&last, &at))
        return RANGE_WHOLE;
    if (*at != '\0' || (!suffix && last < from))
        return RANGE_WHOLE;
    if (suffix) {
        if (last == 0 || whole == 0)
            return RANGE_OUTSIDE;
        from = last < whole ? whole - last : 0;
        last = UINT64_MAX;
    }
    if (from >= whole)
        return RANGE_OUTSIDE;
    *first = from;
    *size = (last < whole ? last + 1 : whole) - from;
    return RANGE_PART;
}
