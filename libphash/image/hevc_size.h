/* SPDX-License-Identifier: Apache-2.0 */
/* The size of a picture, from the sequence parameter set that HEVC puts before it. */
#ifndef PHASH_IMAGE_HEVC_SIZE_H
#define PHASH_IMAGE_HEVC_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Read the sides, in pixels and before anything is cut, from a unit of size bytes that may be anything.
 *  Source: ITU-T H.265, s. 7.3.2.2.1, 7.3.3, 9.2. Returns: false when the unit ends before them. */
bool phash_hevc_size(const uint8_t *unit, size_t size, uint32_t *width, uint32_t *height);

#endif
