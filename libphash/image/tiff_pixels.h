/* SPDX-License-Identifier: Apache-2.0 */
/* From the samples of a TIFF file to grey or RGB of 8 bits, with straight alpha. */
#ifndef PHASH_IMAGE_TIFF_PIXELS_H
#define PHASH_IMAGE_TIFF_PIXELS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum phash_tiff_colour {
    PHASH_TIFF_GREY,
    PHASH_TIFF_PALETTE,
    PHASH_TIFF_RGB,
    PHASH_TIFF_CMYK
} phash_tiff_colour;

#define PHASH_TIFF_SAMPLES_MAX 16u

typedef struct phash_tiff_form {
    phash_tiff_colour colour;
    bool white_is_zero; /* of grey */
    uint32_t bits;      /* of a sample: 1, 2, 4 or 8, or 16 in the order of this machine */
    uint32_t samples;   /* of a pixel, at most PHASH_TIFF_SAMPLES_MAX; fewer than 8 bits go with one sample only */
    bool planar;        /* each sample has a plane of its own */
    bool has_alpha;     /* the sample behind the colours is alpha */
    bool premultiplied; /* and the colours are multiplied by it */
    const uint16_t *palette[3]; /* 2^bits entries */
    bool palette_is_8_bit;      /* as some writers have it */
} phash_tiff_form;

/** Channels of the result: 1 grey, 3 RGB, and alpha. */
uint32_t phash_tiff_channels(const phash_tiff_form *form);

/** Convert a row. plane: where the row begins in each plane, or in the only one. */
void phash_tiff_convert(const phash_tiff_form *form, uint8_t *out, const uint8_t *const *plane, uint32_t width);

#endif
