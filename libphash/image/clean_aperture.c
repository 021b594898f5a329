/* SPDX-License-Identifier: Apache-2.0 */
#include "image/clean_aperture.h"

/* One side: fractions[0] and [1] are its size, [4] and [5] how far its middle is from that of the picture. */
static bool cut_side(uint32_t *start, uint32_t *size, uint32_t whole, const uint32_t *fractions)
{
    if (fractions[1] == 0 || fractions[5] == 0)
        return false;
    const int64_t n = fractions[0] / fractions[1];
    const int64_t offset = (int64_t)(int32_t)fractions[4] * 2 / (int64_t)fractions[5]; /* in half pixels */
    const int64_t first = ((int64_t)whole - n + offset) / 2;
    if (n <= 0 || first < 0 || first + n > (int64_t)whole)
        return false;
    *start = (uint32_t)first;
    *size = (uint32_t)n;
    return true;
}

bool phash_clean_aperture(phash_crop *out, const uint32_t fractions[8], uint32_t width, uint32_t height)
{
    return cut_side(&out->x, &out->width, width, fractions) &&
           cut_side(&out->y, &out->height, height, fractions + 2);
}
