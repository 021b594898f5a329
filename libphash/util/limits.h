/* SPDX-License-Identifier: Apache-2.0 */
/* Default limits; see phash_limits. */
#ifndef PHASH_UTIL_LIMITS_H
#define PHASH_UTIL_LIMITS_H

#include <phash/phash.h>

/** Fill every zero member with its default. given may be NULL. */
static inline phash_limits phash_limits_resolve(const phash_limits *given)
{
    phash_limits l = {0};

    if (given != NULL)
        l = *given;
    l.struct_size = sizeof l;
    if (l.max_pixels == 0)
        l.max_pixels = (uint64_t)256 << 20;
    if (l.max_side == 0)
        l.max_side = 65500;
    if (l.max_scans == 0)
        l.max_scans = 100;
    if (l.max_memory == 0)
        l.max_memory = (uint64_t)512 << 20;
    if (l.max_file_size == 0)
        l.max_file_size = (uint64_t)512 << 20;
    if (l.max_cpu_ms == 0)
        l.max_cpu_ms = 10000;
    return l;
}

#endif
