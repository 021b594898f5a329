/* SPDX-License-Identifier: Apache-2.0 */
/* From luma and chroma to red, green and blue of 8 bits, in integers: the same on every machine. Chroma is repeated
 * where it is coarser. Source: ISO/IEC 23091-2 (ITU-T H.273), s. 8.3, equations 11 to 60. */
#ifndef PHASH_IMAGE_HEIF_COLOUR_H
#define PHASH_IMAGE_HEIF_COLOUR_H

#include "image/heif_hevc.h"

/** What a sample adds to a colour, times 2^24. */
typedef struct phash_heif_colours {
    int64_t luma;
    int64_t chroma[3][2]; /* red, green, blue; by Cb, Cr */
    int64_t black;        /* the luma of black */
    int64_t middle;       /* the chroma of grey */
    bool swapped;         /* no mixture at all: the planes are green, blue, red */
} phash_heif_colours;

/** Prepare for pictures of this matrix (ISO/IEC 23091-2, s. 8.3; unknown ones count as ITU-R BT.601) and depth. */
phash_heif_colours phash_heif_colours_of(uint32_t matrix, bool full_range, uint32_t bits);

/** Store `width` pixels of row y, three bytes each. The planes are at least that large. */
void phash_heif_colour_row(uint8_t *out, const phash_hevc_picture *p, const phash_heif_colours *c, uint32_t y,
                           uint32_t width);

/** Store `width` samples of the first plane, one byte each, as they are. */
void phash_heif_alpha_row(uint8_t *out, const phash_hevc_picture *p, uint32_t y, uint32_t width);

#endif
