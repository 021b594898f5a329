/* SPDX-License-Identifier: Apache-2.0 */
/* Which pixels of a picture PDQ's file pipeline looks at (docs/pdq.md, stage A). Shared by the rooms that
 * sample decoded rows and those that sample a caller's bitmap. */
#ifndef PHASH_UTIL_SAMPLING_H
#define PHASH_UTIL_SAMPLING_H

#include <stdint.h>

#define PHASH_SAMPLED_SIDE 512u

/** Sides of the sampled plane for a picture of width x height. */
static inline void phash_sampled_size(uint32_t *out_width, uint32_t *out_height, uint32_t width, uint32_t height)
{
    const int resampled = width > PHASH_SAMPLED_SIDE || height > PHASH_SAMPLED_SIDE;

    *out_width = resampled ? PHASH_SAMPLED_SIDE : width;
    *out_height = resampled ? PHASH_SAMPLED_SIDE : height;
}

/** Source coordinate of sample i of n along an axis of size pixels: nearest neighbour, top-left. */
static inline uint32_t phash_sample_source(uint32_t i, uint32_t n, uint32_t size)
{
    return (uint32_t)((uint64_t)i * size / n);
}

#endif
