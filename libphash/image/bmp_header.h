/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a BMP file: Windows from 2.x to V5, and OS/2. */
#ifndef PHASH_IMAGE_BMP_HEADER_H
#define PHASH_IMAGE_BMP_HEADER_H

#include "image/codec_job.h"

#define PHASH_BMP_RGB 0u
#define PHASH_BMP_RLE8 1u
#define PHASH_BMP_RLE4 2u
#define PHASH_BMP_BITFIELDS 3u
#define PHASH_BMP_ALPHABITFIELDS 6u

/** One channel of a pixel of 16 or 32 bits. */
typedef struct phash_bmp_field {
    uint32_t shift;
    uint32_t max; /* its greatest value, 2^n - 1; 0 when there is no such channel */
} phash_bmp_field;

typedef struct phash_bmp {
    uint32_t width;
    uint32_t height;
    bool top_down;
    uint32_t depth;       /* bits a pixel: 1, 2, 4, 8, 16, 24 or 32 */
    uint32_t compression; /* PHASH_BMP_... */
    size_t pixels_at;     /* byte offset in the file */
    uint32_t n_colours;   /* of the palette */
    uint8_t palette[256][3]; /* RGB */
    phash_bmp_field field[4]; /* red, green, blue, alpha; for 16 and 32 bits */
} phash_bmp;

/** Read the headers and the palette, and hold the sides against the limits.
 *  Source: wingdi.h (BITMAPFILEHEADER ... BITMAPV5HEADER), OS/2 Presentation Manager (BITMAPINFOHEADER2).
 *
 *  Out:  bmp, job->info  sides
 *  Returns: PHASH_OK; PHASH_E_TRUNCATED; PHASH_E_MALFORMED; PHASH_E_UNSUPPORTED; PHASH_E_LIMIT.
 */
PHASH_NODISCARD phash_status phash_bmp_read_header(phash_bmp *bmp, phash_codec_job *job);

#endif
