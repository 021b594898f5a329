/* SPDX-License-Identifier: Apache-2.0 */
#include "image/hevc_size.h"

typedef struct bits {
    const uint8_t *data;
    size_t size;
    size_t at;     /* the next byte */
    uint32_t held; /* the byte that is being read */
    uint32_t left; /* bits of it */
    uint32_t zeros; /* bytes before `at` */
    bool failed;
} bits;

/* After two zero bytes a 3 is put into the unit; it means nothing. */
static uint32_t bit(bits *b)
{
    if (b->left == 0) {
        if (b->zeros >= 2 && b->at < b->size && b->data[b->at] == 3) {
            b->at++;
            b->zeros = 0;
        }
        if (b->at >= b->size) {
            b->failed = true;
            return 0;
        }
        b->held = b->data[b->at++];
        b->zeros = b->held == 0 ? b->zeros + 1 : 0;
        b->left = 8;
    }
    b->left--;
    return b->held >> b->left & 1;
}

static uint32_t number(bits *b, uint32_t n)
{
    uint32_t value = 0;

    while (n-- > 0)
        value = value << 1 | bit(b);
    return value;
}

/* As many bits as there are zeros before the first 1. */
static uint32_t golomb(bits *b)
{
    uint32_t zeros = 0;

    while (!b->failed && bit(b) == 0)
        zeros++;
    if (zeros > 20)
        b->failed = true;
    return b->failed ? 0 : (1u << zeros) - 1 + number(b, zeros);
}

static void skip(bits *b, uint32_t n)
{
    while (n-- > 0)
        (void)bit(b);
}

static void skip_profile(bits *b, uint32_t sub_layers)
{
    uint32_t present = 0; /* two bits for each */

    skip(b, 96);
    for (uint32_t i = 0; i < sub_layers; i++)
        present |= number(b, 2) << (2 * i);
    if (sub_layers > 0)
        skip(b, 2 * (8 - sub_layers));
    for (uint32_t i = 0; i < sub_layers; i++)
        skip(b, (present >> (2 * i) & 2 ? 88u : 0u) + (present >> (2 * i) & 1 ? 8u : 0u));
}

bool phash_hevc_size(const uint8_t *unit, size_t size, uint32_t *width, uint32_t *height)
{
    bits b = {.data = unit, .size = size};

    skip(&b, 16 + 4); /* the unit's own head; a number */
    const uint32_t sub_layers = number(&b, 3);
    skip(&b, 1);
    skip_profile(&b, sub_layers);
    (void)golomb(&b); /* a number */
    if (golomb(&b) == 3) /* 4:4:4 */
        skip(&b, 1);
    *width = golomb(&b);
    *height = golomb(&b);
    return !b.failed;
}
