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

/** The decoder for a kind; NULL when this build has none. */
phash_codec_fn *phash_codec_for(phash_kind kind);

#endif
