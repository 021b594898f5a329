/* SPDX-License-Identifier: Apache-2.0 */
/* Which decoders are in this build. JPEG, PNG, GIF, BMP and PNM always are; the others where their library was found:
 * PHASH_WITH_<KIND> is then defined as the version of the library, a string. */
#ifndef PHASH_IMAGE_CODECS_H
#define PHASH_IMAGE_CODECS_H

#include "image/codec_job.h"

/** Reads one kind. On PHASH_OK the sampler is complete; job->info is filled as far as things were known. */
typedef phash_status phash_codec_fn(phash_codec_job *job);

/* The decoders. */
phash_codec_fn phash_jpeg_read, phash_png_read, phash_gif_read, phash_bmp_read, phash_pnm_read;
#ifdef PHASH_WITH_WEBP
phash_codec_fn phash_webp_read;
#endif
#ifdef PHASH_WITH_TIFF
phash_codec_fn phash_tiff_read;
#endif
#ifdef PHASH_WITH_HEIF
phash_codec_fn phash_heif_read;
#endif
#ifdef PHASH_WITH_AVIF
phash_codec_fn phash_avif_read;
#endif
#ifdef PHASH_WITH_JXL
phash_codec_fn phash_jxl_read;
#endif

/** How a kind is decoded frame by frame, each from where the one before ended. */
typedef struct phash_codec_walk {
    /** Reads what comes before the frames and stores their number in job->info.frames. job->state may be set also
     *  when this fails. */
    phash_codec_fn *begin;
    /** Decodes frame job->frame: the first, or that after the last call's. As phash_codec_fn. Memory that it took is
     *  released, or will not be taken again for the next frame. */
    phash_codec_fn *next;
    /** Releases job->state, which may be NULL, without a look at job->bytes. */
    void (*end)(phash_codec_job *job);
    bool goes_on; /* a frame that is damaged does not hide those behind it */
} phash_codec_walk;

extern const phash_codec_walk phash_gif_walk;
#ifdef PHASH_WITH_WEBP
extern const phash_codec_walk phash_webp_frames_walk;
#endif
#ifdef PHASH_WITH_TIFF
extern const phash_codec_walk phash_tiff_walk;
#endif
#ifdef PHASH_WITH_AVIF
extern const phash_codec_walk phash_avif_walk;
#endif
#ifdef PHASH_WITH_JXL
extern const phash_codec_walk phash_jxl_walk;
#endif

/** How the frames of a kind are gone through. NULL: each by its own phash_codec_fn, for kinds with one picture or with
 *  pictures that do not depend on each other. */
const phash_codec_walk *phash_codec_walk_for(phash_kind kind);

/** The decoder for a kind; NULL when this build has none. */
phash_codec_fn *phash_codec_for(phash_kind kind);

#endif
