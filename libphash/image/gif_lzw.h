/* SPDX-License-Identifier: Apache-2.0 */
/* GIF's variant of LZW: codes of 3 to 12 bits in sub-blocks of up to 255 bytes. */
#ifndef PHASH_IMAGE_GIF_LZW_H
#define PHASH_IMAGE_GIF_LZW_H

#include "util/bytes.h"

#define PHASH_GIF_CODES 4096u

typedef struct phash_gif_lzw {
    phash_reader in;   /* at the size of the next sub-block */
    const uint8_t *block; /* what is left of the present one */
    uint32_t block_left;
    uint32_t bits;     /* read and not used yet, lowest first */
    uint32_t n_bits;
    uint32_t min_bits; /* of the pixels, 2 to 8 */
    uint32_t code_bits;
    uint32_t next_code; /* the first that means nothing yet */
    uint32_t last_code; /* PHASH_GIF_CODES: none since the table was cleared */
    uint32_t n_pending; /* pixels of a string that have not been given out; the next one is on top */
    uint16_t prefix[PHASH_GIF_CODES];
    uint8_t suffix[PHASH_GIF_CODES];
    uint8_t pending[PHASH_GIF_CODES + 1];
} phash_gif_lzw;

/** Begin to decode the sub-blocks at `in`. min_bits: 2 to 8 (two colours take 2, too). */
void phash_gif_lzw_init(phash_gif_lzw *lzw, phash_reader in, uint32_t min_bits);

/** Decode the next n pixels. Returns: PHASH_OK; PHASH_E_TRUNCATED when the data ends first; PHASH_E_MALFORMED for a
 *  code that means nothing. Source: GIF89a specification, appendix F. */
PHASH_NODISCARD phash_status phash_gif_lzw_read(phash_gif_lzw *lzw, uint8_t *out, size_t n);

#endif
