/* SPDX-License-Identifier: Apache-2.0 */
/* Colour of single pixels of a YCbCr JPEG, without colouring the others.
 *
 * Of a picture of 12 megapixels 2 % are looked at, but upsampling the chroma and turning YCbCr into RGB for all of
 * them takes about a fifth of the time of a decode. So the samples of the components are taken from libjpeg as they
 * are (jpeg_read_raw_data), and both steps are done here where they are needed, with the arithmetic of libjpeg-turbo:
 * every bit is the same as by jpeg_read_scanlines with JCS_RGB. */
#ifndef PHASH_IMAGE_JPEG_SPARSE_H
#define PHASH_IMAGE_JPEG_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* jpeglib.h needs FILE */

#include <jpeglib.h>

#define PHASH_JPEG_SPARSE_COMPONENTS 3

/* The rows of one component that are in memory: a ring of two rows of MCUs, since the chroma between two of them
 * needs both. */
typedef struct phash_jpeg_plane {
    uint8_t *data;
    size_t stride;
    uint32_t mcu_rows; /* rows in one row of MCUs */
    uint32_t last_row; /* of the picture; what a decoder makes of the padding below is not used */
    uint32_t last_column;
} phash_jpeg_plane;

typedef struct phash_jpeg_sparse {
    phash_jpeg_plane plane[PHASH_JPEG_SPARSE_COMPONENTS];
    uint32_t height;
    bool half_width;  /* chroma has half the columns */
    bool half_height; /* and half the rows */
    uint32_t n_read;  /* rows of MCUs */
} phash_jpeg_sparse;

/** Tell whether the header is of a layout that is known here: YCbCr in 4:4:4, 4:2:2 or 4:2:0, at full size. */
bool phash_jpeg_sparse_knows(const struct jpeg_decompress_struct *cinfo);

/** Get ready for a picture whose header was read. Returns: bytes of memory that phash_jpeg_sparse_use needs. */
size_t phash_jpeg_sparse_init(phash_jpeg_sparse *sparse, const struct jpeg_decompress_struct *cinfo);
void phash_jpeg_sparse_use(phash_jpeg_sparse *sparse, uint8_t *memory);

/** Read the next row of MCUs (after jpeg_start_decompress with raw_data_out). Returns: false when nothing came.
 *  libjpeg's errors longjmp. */
bool phash_jpeg_sparse_read(phash_jpeg_sparse *sparse, struct jpeg_decompress_struct *cinfo);

/** Count the rows of the picture that can be given so far; the last of the row of MCUs before may still be asked. */
uint32_t phash_jpeg_sparse_ready(const phash_jpeg_sparse *sparse);

/** Write the pixels of row y at the n columns of tap[] to their places in a row of RGB; others are untouched. */
void phash_jpeg_sparse_row(const phash_jpeg_sparse *sparse, uint8_t *rgb, uint32_t y, const uint32_t *tap, uint32_t n);

#endif
