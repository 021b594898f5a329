/* SPDX-License-Identifier: Apache-2.0 */
/* The sets of processor features a test goes through: all, all but each one, none. */
#ifndef PHASH_TESTS_CPU_MASKS_H
#define PHASH_TESTS_CPU_MASKS_H

#include <stddef.h>
#include <stdint.h>

#define CPU_MASKS_MAX 33

/** Fill masks with subsets of flags; returns how many. The first is flags itself, the last is 0. */
static inline size_t cpu_masks(uint32_t masks[CPU_MASKS_MAX], uint32_t flags)
{
    size_t n = 0;

    masks[n++] = flags;
    for (uint32_t bit = 1; bit != 0; bit <<= 1)
        if ((flags & bit) != 0 && flags != bit)
            masks[n++] = flags & ~bit;
    if (flags != 0)
        masks[n++] = 0;
    return n;
}

#endif
