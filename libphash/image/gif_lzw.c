/* SPDX-License-Identifier: Apache-2.0 */
#include "image/gif_lzw.h"

#include <string.h>

#define NO_CODE PHASH_GIF_CODES

static void clear_table(phash_gif_lzw *lzw)
{
    lzw->code_bits = lzw->min_bits + 1;
    lzw->next_code = (1u << lzw->min_bits) + 2;
    lzw->last_code = NO_CODE;
}

void phash_gif_lzw_init(phash_gif_lzw *lzw, phash_reader in, uint32_t min_bits)
{
    lzw->in = in;
    lzw->block = NULL;
    lzw->block_left = 0;
    lzw->bits = 0;
    lzw->n_bits = 0;
    lzw->min_bits = min_bits;
    lzw->n_pending = 0;
    clear_table(lzw);
}

/* False when the sub-blocks end. */
static bool read_code(phash_gif_lzw *lzw, uint32_t *code)
{
    while (lzw->n_bits < lzw->code_bits) {
        if (lzw->block_left == 0) {
            lzw->block_left = phash_read_u8(&lzw->in);
            lzw->block = phash_read_bytes(&lzw->in, lzw->block_left);
            if (lzw->block_left == 0 || lzw->block == NULL) {
                lzw->block_left = 0;
                return false;
            }
        }
        lzw->bits |= (uint32_t)*lzw->block++ << lzw->n_bits;
        lzw->block_left--;
        lzw->n_bits += 8;
    }
    *code = lzw->bits & ((1u << lzw->code_bits) - 1);
    lzw->bits >>= lzw->code_bits;
    lzw->n_bits -= lzw->code_bits;
    return true;
}

/* Put the string of a code onto the pending pixels, last pixel first; its first pixel is returned. A prefix is always
 * a smaller code, so the walk ends, after at most PHASH_GIF_CODES steps. */
static uint8_t expand(phash_gif_lzw *lzw, uint32_t code)
{
    const uint32_t first_string = (1u << lzw->min_bits) + 2;

    while (code >= first_string) {
        lzw->pending[lzw->n_pending++] = lzw->suffix[code];
        code = lzw->prefix[code];
    }
    lzw->pending[lzw->n_pending++] = (uint8_t)code;
    return (uint8_t)code;
}

/* Take a code that stands for pixels. */
static phash_status take_string(phash_gif_lzw *lzw, uint32_t code)
{
    if (code > lzw->next_code || (code == lzw->next_code && lzw->last_code == NO_CODE))
        return PHASH_E_MALFORMED;
    uint8_t first;
    if (code == lzw->next_code) { /* the string that is being made: the last one and its own first pixel */
        lzw->n_pending++;
        first = expand(lzw, lzw->last_code);
        lzw->pending[0] = first;
    } else {
        first = expand(lzw, code);
    }
    /* A full table stays as it is until it is cleared ("deferred clear"). */
    if (lzw->last_code != NO_CODE && lzw->next_code < PHASH_GIF_CODES) {
        lzw->prefix[lzw->next_code] = (uint16_t)lzw->last_code;
        lzw->suffix[lzw->next_code++] = first;
        if (lzw->next_code == 1u << lzw->code_bits && lzw->code_bits < 12)
            lzw->code_bits++;
    }
    lzw->last_code = code;
    return PHASH_OK;
}

phash_status phash_gif_lzw_read(phash_gif_lzw *lzw, uint8_t *out, size_t n)
{
    const uint32_t clear = 1u << lzw->min_bits;
    uint32_t code;

    while (n != 0) {
        while (lzw->n_pending != 0 && n != 0) {
            *out++ = lzw->pending[--lzw->n_pending];
            n--;
        }
        if (n == 0)
            break;
        if (!read_code(lzw, &code) || code == clear + 1)
            return PHASH_E_TRUNCATED;
        if (code == clear) {
            clear_table(lzw);
            continue;
        }
        const phash_status st = take_string(lzw, code);
        if (st != PHASH_OK)
            return st;
    }
    return PHASH_OK;
}
