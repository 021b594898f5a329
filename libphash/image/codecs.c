/* SPDX-License-Identifier: Apache-2.0 */
#include "image/codecs.h"

#include <stdio.h> /* jpeglib.h needs FILE */

#include <jpeglib.h>
#include <png.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#if defined(LIBJPEG_TURBO_VERSION)
#define JPEG_LIBRARY "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION)
#else
#define JPEG_LIBRARY "libjpeg API " TEXT(JPEG_LIB_VERSION)
#endif

#ifdef PHASH_WITH_WEBP
#define WEBP_TEXT ", WebP (libwebp " PHASH_WITH_WEBP ")"
#else
#define WEBP_TEXT ""
#endif
#ifdef PHASH_WITH_TIFF
#define TIFF_TEXT ", TIFF (libtiff " PHASH_WITH_TIFF ")"
#else
#define TIFF_TEXT ""
#endif
#ifdef PHASH_WITH_HEIF
#define HEIF_TEXT ", HEIF (libde265 " PHASH_WITH_HEIF ")"
#else
#define HEIF_TEXT ""
#endif
#ifdef PHASH_WITH_AVIF
#define AVIF_TEXT ", AVIF (libavif " PHASH_WITH_AVIF ")"
#else
#define AVIF_TEXT ""
#endif
#ifdef PHASH_WITH_JXL
#define JXL_TEXT ", JPEG XL (libjxl " PHASH_WITH_JXL ")"
#else
#define JXL_TEXT ""
#endif

phash_codec_fn *phash_codec_for(phash_kind kind)
{
    switch (kind) {
    case PHASH_KIND_JPEG: return phash_jpeg_read;
    case PHASH_KIND_PNG: return phash_png_read;
    case PHASH_KIND_GIF: return phash_gif_read;
    case PHASH_KIND_BMP: return phash_bmp_read;
    case PHASH_KIND_PNM: return phash_pnm_read;
#ifdef PHASH_WITH_WEBP
    case PHASH_KIND_WEBP: return phash_webp_read;
#endif
#ifdef PHASH_WITH_TIFF
    case PHASH_KIND_TIFF: return phash_tiff_read;
#endif
#ifdef PHASH_WITH_HEIF
    case PHASH_KIND_HEIF: return phash_heif_read;
#endif
#ifdef PHASH_WITH_AVIF
    case PHASH_KIND_AVIF: return phash_avif_read;
#endif
#ifdef PHASH_WITH_JXL
    case PHASH_KIND_JXL: return phash_jxl_read;
#endif
    default: return NULL;
    }
}

const phash_codec_walk *phash_codec_walk_for(phash_kind kind)
{
    switch (kind) {
    case PHASH_KIND_GIF: return &phash_gif_walk;
#ifdef PHASH_WITH_WEBP
    case PHASH_KIND_WEBP: return &phash_webp_frames_walk;
#endif
#ifdef PHASH_WITH_TIFF
    case PHASH_KIND_TIFF: return &phash_tiff_walk;
#endif
#ifdef PHASH_WITH_AVIF
    case PHASH_KIND_AVIF: return &phash_avif_walk;
#endif
#ifdef PHASH_WITH_JXL
    case PHASH_KIND_JXL: return &phash_jxl_walk;
#endif
    default: return NULL;
    }
}

int phash_kind_is_supported(phash_kind kind)
{
    return phash_codec_for(kind) != NULL;
}

const char *phash_codec_description(void)
{
    return "JPEG (" JPEG_LIBRARY "), PNG (libpng " PNG_LIBPNG_VER_STRING "), GIF, BMP, PNM" WEBP_TEXT TIFF_TEXT
           HEIF_TEXT AVIF_TEXT JXL_TEXT;
}
