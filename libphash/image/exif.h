/* SPDX-License-Identifier: Apache-2.0 */
/* The one fact libphash reads from EXIF: how the picture is to be turned. */
#ifndef PHASH_IMAGE_EXIF_H
#define PHASH_IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/** Read the orientation from a TIFF structure (the body of a PNG eXIf chunk, or of a JPEG APP1 segment after its
 *  "Exif" header). Hostile input: every bound is checked and nothing is followed twice.
 *  Source: Exif 2.32, s. 4.5 and 4.6.4 (tag 274); TIFF 6.0, s. 2.
 *
 *  In:   tiff  size bytes, may be anything
 *  Returns: 1..8; 0 when there is no orientation, or none in that range.
 */
uint32_t phash_exif_orientation(const uint8_t *tiff, size_t size);

/** The same for the body of a JPEG APP1 segment, which may hold something else than EXIF (then 0). */
uint32_t phash_exif_app1_orientation(const uint8_t *body, size_t size);

#endif
