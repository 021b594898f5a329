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
} phash_codec_job;

/** Start the clock. */
void phash_codec_start(phash_codec_job *job);

/** Account for some work, in pixels or bytes handled, and tell whether the CPU time is used up. The clock is a
 *  system call, so it is asked once in 65,536 units (well under a millisecond). */
bool phash_codec_late(phash_codec_job *job, uint64_t work);

/** Store "over the time limit" with where it happened (`row`, counted from 0). */
PHASH_NODISCARD phash_status phash_codec_timeout(phash_codec_job *job, uint32_t row);

/** Store the sides in info and hold them against the limits. Returns: PHASH_OK; PHASH_E_MALFORMED; PHASH_E_LIMIT. */
PHASH_NODISCARD phash_status phash_codec_check_size(phash_codec_job *job, uint32_t width, uint32_t height);

/** Make a buffer hold size bytes, all zero: nothing of an earlier picture may show through. */
PHASH_NODISCARD phash_status phash_codec_buffer(phash_codec_job *job, phash_row_buffer *buffer, size_t size);

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

/* The decoders. On PHASH_OK the sampler is complete; job->info is filled as far as things were known. */
PHASH_NODISCARD phash_status phash_jpeg_read(phash_codec_job *job);
PHASH_NODISCARD phash_status phash_png_read(phash_codec_job *job);

#endif
