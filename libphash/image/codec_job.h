/* SPDX-License-Identifier: Apache-2.0 */
/* What one decoding is given and what it may cost; shared by the decoders of this room. */
#ifndef PHASH_IMAGE_CODEC_JOB_H
#define PHASH_IMAGE_CODEC_JOB_H

#include "image/sampler.h"
#include "util/mem.h"

#include <phash/image.h>
#include <stdbool.h>

/** A buffer for decoded samples that is kept from picture to picture. */
typedef struct phash_row_buffer {
    uint8_t *data;
    size_t size;
} phash_row_buffer;

/** How the colours of a JPEG are made in the exact pipeline. Every choice gives the same bits; only tests choose. */
typedef enum phash_jpeg_path {
    PHASH_JPEG_PATH_FASTEST = 0,
    PHASH_JPEG_PATH_ORDINARY, /* whole rows, by libjpeg */
    PHASH_JPEG_PATH_SPARSE    /* image/jpeg_sparse.h, wherever it knows the layout */
} phash_jpeg_path;

typedef struct phash_codec_job {
    const phash_allocator *allocator;
    phash_sampler *sampler;
    phash_row_buffer *row; /* one row for the sampler */
    phash_diag *diag;      /* may be NULL */
    phash_image_info info;
    const uint8_t *bytes;
    size_t size;
    phash_orientation orientation;
    phash_alpha alpha;
    phash_pipeline pipeline;
    phash_jpeg_path jpeg_path;
    phash_limits limits; /* resolved */
    uint64_t cpu_end;    /* nanoseconds of this thread's CPU clock */
    uint64_t work;       /* since the clock was last asked */
    uint64_t held;       /* bytes of phash_codec_hold */
    uint32_t refused_kinds;
    uint32_t frame;      /* which frame is wanted, from 0; the last one when there are fewer */
    void *state;         /* of a decoder that goes through all frames (image/codecs.h) */
} phash_codec_job;

/** Start the clock. */
void phash_codec_start(phash_codec_job *job);

/** Stop the clock between two frames, and let it go on: time that passes in between does not count. */
void phash_codec_pause(phash_codec_job *job);
void phash_codec_resume(phash_codec_job *job);

/** Account for some work, in pixels or bytes handled, and tell whether the CPU time is used up. The clock is a
 *  system call, so it is asked once in 65,536 units (well under a millisecond). */
bool phash_codec_late(phash_codec_job *job, uint64_t work);

/** Store "over the time limit" with where it happened (`row`, counted from 0). */
PHASH_NODISCARD phash_status phash_codec_timeout(phash_codec_job *job, uint32_t row);

/** Store the sides in info and hold them against the limits. Returns: PHASH_OK; PHASH_E_MALFORMED; PHASH_E_LIMIT. */
PHASH_NODISCARD phash_status phash_codec_check_size(phash_codec_job *job, uint32_t width, uint32_t height);

/** Make a buffer hold size bytes, all zero: nothing of an earlier picture may show through. */
PHASH_NODISCARD phash_status phash_codec_buffer(phash_codec_job *job, phash_row_buffer *buffer, size_t size);

/** Account for memory that a library is about to take, or may. `what` names it in the message.
 *  Returns: PHASH_OK; PHASH_E_LIMIT when everything together is more than limits.max_memory. */
PHASH_NODISCARD phash_status phash_codec_claim(phash_codec_job *job, uint64_t size, const char *what);

/** Take that much memory, zeroed, for the time of the decoding. Release with phash_codec_release.
 *  Returns: PHASH_OK; PHASH_E_LIMIT; PHASH_E_NO_MEMORY. */
PHASH_NODISCARD phash_status phash_codec_hold(phash_codec_job *job, uint8_t **out, uint64_t size, const char *what);

/** Wipe and release what phash_codec_hold gave; NULL is fine. */
void phash_codec_release(phash_codec_job *job, uint8_t *data, uint64_t size);

/** Choose the frame that is decoded and store it and the number of frames in info. Returns: the frame, from 0. */
uint32_t phash_codec_choose_frame(phash_codec_job *job, uint32_t frames);

/** What rows a decoder is about to give: those of the picture, or of a smaller version of it. */
typedef struct phash_codec_rows {
    uint32_t width;
    uint32_t height;
    uint32_t channels; /* as the sampler gets them */
    size_t size;       /* bytes of a row as the decoder gives it, at least width * channels */
} phash_codec_rows;

/** Prepare the sampler and the row buffer. */
PHASH_NODISCARD phash_status phash_codec_begin(phash_codec_job *job, const phash_codec_rows *rows);

/** Choose how later JPEG pictures are read. For tests. */
void phash_decoder_choose_jpeg_path(phash_decoder *decoder, phash_jpeg_path path);

#endif
