/* SPDX-License-Identifier: Apache-2.0 */
/* A first walk over the chunks of a PNG file in memory, before libpng sees any of it. */
#ifndef PHASH_IMAGE_PNG_WALK_H
#define PHASH_IMAGE_PNG_WALK_H

#include "image/codec_job.h"

#define PHASH_PNG_SIGNATURE_SIZE 8u
#define PHASH_PNG_CHUNK_OVERHEAD 12u /* length, type and CRC */

#define PHASH_PNG_TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

typedef struct phash_png_chunk {
    uint32_t type;
    uint32_t length;     /* of the body */
    const uint8_t *body; /* in the file */
} phash_png_chunk;

/** Read the chunk at byte `at` of a file that holds it whole. Returns: false when it does not. */
bool phash_png_chunk_at(phash_png_chunk *chunk, const uint8_t *bytes, size_t size, size_t at);

/** Check the frame of a whole file and learn what libpng will not be asked.
 *
 *  Every chunk lies within the file, IHDR comes first, IDAT chunks are there and in one run, IEND ends the file, and
 *  the CRC of every chunk but IDAT (which libpng checks while it inflates) is right. The sides are held against the
 *  limits and the orientation of the first eXIf chunk is taken, wherever it stands. So libpng need not read past the
 *  last row. What follows IEND is ignored.
 *  Source: PNG (Third Edition), s. 5.
 *
 *  Out:  job->info  width, height, orientation
 *  Returns: PHASH_OK; PHASH_E_TRUNCATED; PHASH_E_MALFORMED; PHASH_E_UNSUPPORTED; PHASH_E_LIMIT; PHASH_E_TIMEOUT.
 */
PHASH_NODISCARD phash_status phash_png_walk(phash_codec_job *job);

#endif
