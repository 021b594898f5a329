/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a coded picture that is shown: `clap` of HEIF and AVIF (ISO/IEC 14496-12, 12.1.4). */
#ifndef PHASH_IMAGE_CLEAN_APERTURE_H
#define PHASH_IMAGE_CLEAN_APERTURE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct phash_crop {
    uint32_t x, y, width, height;
} phash_crop;

/** Find the part of a picture of width x height that a clean aperture leaves. fractions are its numbers in the order
 *  of the box: width, height, and how far its middle is to the right of and below that of the picture; of each first
 *  the numerator, then the denominator. Sides and places between two pixels are rounded down.
 *  False when that is not a part of the picture. */
bool phash_clean_aperture(phash_crop *out, const uint32_t fractions[8], uint32_t width, uint32_t height);

#endif
