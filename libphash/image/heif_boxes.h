/* SPDX-License-Identifier: Apache-2.0 */
/* The one fact that libheif does not tell: how the picture of a HEIF file is to be turned. */
#ifndef PHASH_IMAGE_HEIF_BOXES_H
#define PHASH_IMAGE_HEIF_BOXES_H

#include <stddef.h>
#include <stdint.h>

/** Find the properties irot and imir of the primary item and give the EXIF orientation that means the same. Hostile
 *  input: every bound is checked. Source: ISO/IEC 14496-12, s. 8.11; ISO/IEC 23008-12, s. 6.5.10 and 6.5.12, s. 9.3.
 *
 *  In:   file  size bytes, may be anything
 *  Returns: 1..8; 1 where nothing is said.
 */
uint32_t phash_heif_orientation(const uint8_t *file, size_t size);

#endif
