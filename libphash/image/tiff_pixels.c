/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tiff_pixels.h"

#include <string.h>

static uint32_t colours_of(const phash_tiff_form *form)
{
    return form->colour == PHASH_TIFF_GREY ? 1 : 3;
}

uint32_t phash_tiff_channels(const phash_tiff_form *form)
{
    return colours_of(form) + (form->has_alpha ? 1 : 0);
}

static uint8_t from_16(uint32_t v)
{
    return (uint8_t)((v * 255u + 32767u) / 65535u);
}

/* A sample as it is stored. */
static uint32_t raw(const phash_tiff_form *form, const uint8_t *const *plane, uint32_t x, uint32_t sample)
{
    const uint8_t *p = form->planar ? plane[sample] : plane[0];
    const uint64_t i = form->planar ? x : (uint64_t)x * form->samples + sample;
    uint16_t wide;

    if (form->bits == 8)
        return p[i];
    if (form->bits == 16) {
        memcpy(&wide, p + 2 * i, 2);
        return wide;
    }
    const uint32_t bit = (uint32_t)(i * form->bits % 8);
    return (uint32_t)p[i * form->bits / 8] >> (8 - form->bits - bit) & ((1u << form->bits) - 1);
}

static uint8_t scaled(const phash_tiff_form *form, uint32_t v)
{
    if (form->bits == 16)
        return from_16(v);
    return (uint8_t)(v * (255u / ((1u << form->bits) - 1))); /* 1, 3, 15 and 255 divide 255 */
}

static uint8_t times(uint32_t a, uint32_t b)
{
    return (uint8_t)((a * b + 127u) / 255u);
}

/* Alpha 0 leaves no colour; rounding may leave a colour above its alpha. */
static uint8_t divided(uint32_t colour, uint32_t alpha)
{
    if (alpha == 0)
        return 0;
    const uint32_t v = (colour * 255u + alpha / 2) / alpha;
    return (uint8_t)(v < 255 ? v : 255);
}

static void convert_colour(const phash_tiff_form *form, uint8_t *out, const uint8_t *const *plane, uint32_t x)
{
    uint8_t v[4] = {0};

    if (form->colour == PHASH_TIFF_PALETTE) {
        const uint32_t index = raw(form, plane, x, 0);
        for (int c = 0; c < 3; c++) {
            const uint16_t entry = form->palette[c][index];
            out[c] = form->palette_is_8_bit ? (uint8_t)entry : from_16(entry);
        }
        return;
    }
    const uint32_t n = form->colour == PHASH_TIFF_GREY ? 1 : form->colour == PHASH_TIFF_RGB ? 3 : 4;
    for (uint32_t c = 0; c < n; c++)
        v[c] = scaled(form, raw(form, plane, x, c));
    if (form->colour == PHASH_TIFF_CMYK) /* 0 is no ink (TIFF 6.0, s. 16) */
        for (int c = 0; c < 3; c++)
            out[c] = times(255u - v[c], 255u - v[3]);
    else
        for (uint32_t c = 0; c < n; c++)
            out[c] = form->white_is_zero ? (uint8_t)(255 - v[c]) : v[c];
}

void phash_tiff_convert(const phash_tiff_form *form, uint8_t *out, const uint8_t *const *plane, uint32_t width)
{
    const uint32_t colours = colours_of(form);
    const uint32_t alpha_at = form->colour == PHASH_TIFF_CMYK ? 4 : form->colour == PHASH_TIFF_RGB ? 3 : 1;

    for (uint32_t x = 0; x < width; x++) {
        convert_colour(form, out, plane, x);
        out += colours;
        if (!form->has_alpha)
            continue;
        const uint8_t alpha = scaled(form, raw(form, plane, x, alpha_at));
        for (uint32_t c = 1; form->premultiplied && c <= colours; c++)
            out[-(int)c] = divided(out[-(int)c], alpha);
        *out++ = alpha;
    }
}
