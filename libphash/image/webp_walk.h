/* SPDX-License-Identifier: Apache-2.0 */
/* The RIFF container of a WebP file: what libwebp is not asked about, or forgives. */
#ifndef PHASH_IMAGE_WEBP_WALK_H
#define PHASH_IMAGE_WEBP_WALK_H

#include "image/canvas.h"
#include "image/codec_job.h"
#include "util/bytes.h"

/** A coded picture: an ALPH chunk, perhaps, and then a "VP8 " or VP8L chunk, as libwebp takes them. */
typedef struct phash_webp_image {
    const uint8_t *data; /* NULL for none */
    size_t size;
    phash_canvas_rect rect; /* of a frame */
    bool clear;             /* the frame's rectangle becomes transparent when the next comes */
    bool replace;           /* the frame replaces what is below; else it is put over it */
} phash_webp_image;

typedef struct phash_webp {
    bool extended; /* has a VP8X chunk, and so a canvas */
    bool animated;
    uint32_t width; /* of the canvas */
    uint32_t height;
    uint32_t frames;        /* of an animation */
    phash_webp_image still; /* of a picture that is no animation */
    phash_reader chunks;    /* at the first chunk */
} phash_webp;

/** Walk over all chunks of a whole file: each lies within the file, the sides are within the limits, the parts that a
 *  picture or every frame needs are there. The orientation of the first EXIF chunk is taken.
 *  Source: WebP Container Specification (RFC 9649, s. 2).
 *
 *  Out:  webp, job->info  orientation; for an extended file the sides
 *  Returns: PHASH_OK; PHASH_E_TRUNCATED; PHASH_E_MALFORMED; PHASH_E_LIMIT; PHASH_E_TIMEOUT.
 */
PHASH_NODISCARD phash_status phash_webp_walk(phash_webp *webp, phash_codec_job *job);

/** Go on to the next frame of a file that phash_webp_walk found whole. False when there is none. */
bool phash_webp_next_frame(phash_reader *chunks, phash_webp_image *frame);

#endif
