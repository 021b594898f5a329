/* SPDX-License-Identifier: Apache-2.0 */
/* GIF, BMP and PNM files for tests, written from the specifications. All functions abort the test program when
 * something goes wrong. */
#ifndef PHASH_TESTS_MAKE_RASTER_H
#define PHASH_TESTS_MAKE_RASTER_H

#include "support/make_image.h"

typedef struct test_gif_frame {
    uint32_t x, y, width, height;
    int disposal;          /* 0 to 3 */
    int transparent;       /* an index; -1 for none */
    bool interlaced;
    bool local_palette;    /* repeats the colours given to test_gif_begin */
    const uint8_t *pixels; /* width * height indices */
} test_gif_frame;

/** The header and a global palette of 2^bits colours. */
test_file test_gif_begin(uint32_t width, uint32_t height, uint32_t bits, const uint8_t *palette);
/** A frame, its pixels through a real LZW encoder. */
void test_gif_add(test_file *file, uint32_t bits, const uint8_t *palette, const test_gif_frame *frame);
/** The trailer. */
void test_gif_end(test_file *file);

typedef struct test_bmp {
    uint32_t width, height;
    uint32_t header; /* 12, 16, 40, 52, 56, 64, 108 or 124; 0 means 40 */
    uint32_t depth;
    uint32_t compression; /* 0 none, 1 RLE8, 2 RLE4, 3 bit fields, 6 bit fields with alpha */
    bool top_down;
    uint32_t mask[4];
    const uint8_t *palette; /* RGB */
    uint32_t n_colours;     /* written as it is */
} test_bmp;

/** pixels: one value each (an index, or a packed pixel; 24 bits: 0xrrggbb), top row first. */
test_file test_make_bmp(const test_bmp *spec, const uint32_t *pixels);

/** P1 to P7 by `type`; samples 0..maxval, `channels` a pixel (of PBM and PAM, too; ignored but for P7). */
test_file test_make_pnm(int type, uint32_t width, uint32_t height, uint32_t channels, uint32_t maxval,
                        const uint16_t *samples);

#endif
