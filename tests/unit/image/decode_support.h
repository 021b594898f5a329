/* SPDX-License-Identifier: Apache-2.0 */
/* What the suites of this room share: decoding files made in memory, and comparing with whole pictures. */
#ifndef PHASH_TESTS_DECODE_SUPPORT_H
#define PHASH_TESTS_DECODE_SUPPORT_H

#include "support/make_image.h"

#include <phash/image.h>
#include <stdbool.h>

/* A decoder with what its last call gave. */
typedef struct decode_run {
    phash_decoder *decoder;
    phash_image_info info;
    phash_diag diag;
    phash_status status;
} decode_run;

decode_run decode_run_new(void);
void decode_run_free(decode_run *run);

/** Options as a caller would write them down. */
phash_decode_options decode_options(phash_orientation orientation, phash_alpha alpha);

/** Decode; the bytes are put before an unmapped page. options may be NULL. */
phash_status decode_bytes(decode_run *run, const uint8_t *bytes, size_t size, const phash_decode_options *options);
phash_status decode_file(decode_run *run, const test_file *file, const phash_decode_options *options);

/** Reading `index`, which must be there, and have these flags. */
phash_bitmap decode_reading(const decode_run *run, uint32_t index, uint32_t flags);

/** Largest difference of a sample between a bitmap and packed pixels of the same size and channels. */
uint32_t bitmap_difference(const phash_bitmap *bitmap, const uint8_t *pixels);

/** Fails the test unless the status is this and the reason contains `text`. */
void expect_refused(const decode_run *run, phash_status status, const char *text);

/** Turn a whole picture upright by its EXIF orientation, from the definition; *width and *height become the new
 *  sides. Free the result. */
uint8_t *turn_upright(const uint8_t *pixels, uint32_t *width, uint32_t *height, uint32_t channels,
                      uint32_t orientation);

/** Stage A of docs/pdq.md on a whole picture; *width and *height become the new sides. Free the result. */
uint8_t *sample_whole(const uint8_t *pixels, uint32_t *width, uint32_t *height, uint32_t channels);

/** The whole picture as libjpeg gives it row by row: with its own choice of colours (grey or RGB), or only luminance,
 *  at `scale` eighths of the size. Free the result. */
uint8_t *decode_whole_jpeg(const test_file *file, bool luma, unsigned scale, uint32_t *width, uint32_t *height,
                           uint32_t *channels);

/** malloc that fails the test. */
void *need(size_t size);

#endif
