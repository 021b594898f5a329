/* SPDX-License-Identifier: Apache-2.0 */
/* A decoder of HEVC pictures for libheif: libde265 without threads. libheif's own use of it starts one for every
 * picture, which a confined process may not. */
#ifndef PHASH_IMAGE_HEIF_HEVC_H
#define PHASH_IMAGE_HEIF_HEVC_H

/** Name it for heif_decoding_options.decoder_id. libheif heeds the name for the picture itself, not for its alpha: so
 *  this decoder also comes before libheif's own for all HEVC in the program, whoever else uses libheif there. */
const char *phash_heif_hevc(void);

#endif
