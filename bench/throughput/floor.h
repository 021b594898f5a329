/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: what decoding alone costs. Nothing that hashes such a file can be faster, but by decoding less of it. */
#ifndef PHASH_BENCH_FLOOR_H
#define PHASH_BENCH_FLOOR_H

#include <phash/image.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The row buffer, reused from picture to picture. */
typedef struct floor_row {
    uint8_t *data;
    size_t room;
} floor_row;

/** Decode a JPEG or PNG with libjpeg-turbo or libpng, row by row into one row buffer, with the settings a pipeline
 *  asks for, and do nothing else: no limits, no look at the pixels. False when it is no sound file of these kinds. */
bool floor_decode(floor_row *row, const uint8_t *bytes, size_t size, phash_pipeline pipeline);

void floor_row_free(floor_row *row);

#endif
