/* SPDX-License-Identifier: Apache-2.0 */
#include "image/heif_colour.h"

#include <string.h>

#define ONE ((int64_t)1 << 24)

/* What chroma adds, in millionths: red, green, blue; by Cb, Cr. */
typedef struct mixture {
    uint32_t matrix;
    int32_t part[3][2];
} mixture;

static const mixture mixtures[] = {
    {5, {{0, 1402000}, {-344136, -714136}, {1772000, 0}}},    /* BT.601, and whatever is unknown */
    {1, {{0, 1574800}, {-187324, -468124}, {1855600, 0}}},    /* BT.709 */
    {7, {{0, 1576000}, {-226622, -476622}, {1826000, 0}}},    /* SMPTE 240 */
    {8, {{-1000000, 1000000}, {1000000, 0}, {-1000000, -1000000}}}, /* YCgCo */
    {9, {{0, 1474600}, {-164553, -571353}, {1881400, 0}}},    /* BT.2020 */
    {10, {{0, 1474600}, {-164553, -571353}, {1881400, 0}}},
};

phash_heif_colours phash_heif_colours_of(uint32_t matrix, bool full_range, uint32_t bits)
{
    const int64_t unit = (int64_t)1 << (bits - 8);
    const int64_t largest = ((int64_t)1 << bits) - 1;
    const int64_t chroma = 255 * ONE / (full_range ? largest : 224 * unit);
    const mixture *m = &mixtures[0];
    phash_heif_colours c = {
        .luma = 255 * ONE / (full_range ? largest : 219 * unit),
        .black = full_range ? 0 : 16 * unit,
        .middle = 128 * unit,
        .swapped = matrix == 0,
    };

    for (size_t i = 0; i < sizeof mixtures / sizeof *mixtures; i++)
        if (mixtures[i].matrix == matrix)
            m = &mixtures[i];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++)
            c.chroma[i][k] = chroma * m->part[i][k] / 1000000;
    return c;
}

static int64_t sample(const phash_hevc_plane *p, const uint8_t *row, uint32_t x)
{
    uint16_t wide;

    if (p->bits <= 8)
        return row[x];
    memcpy(&wide, row + 2 * (size_t)x, sizeof wide);
    return wide;
}

static uint8_t limited(int64_t v)
{
    v = (v + ONE / 2) / ONE;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* How many pixels of the first plane share a sample of this one, as a shift. */
static uint32_t coarser(uint32_t whole, uint32_t part)
{
    return part < whole ? 1 : 0;
}

void phash_heif_colour_row(uint8_t *out, const phash_hevc_picture *p, const phash_heif_colours *c, uint32_t y,
                           uint32_t width)
{
    const phash_hevc_plane *plane = p->plane;
    const uint32_t shift_x = p->grey ? 0 : coarser(plane[0].width, plane[1].width);
    const uint32_t shift_y = p->grey ? 0 : coarser(plane[0].height, plane[1].height);
    const uint8_t *row[3] = {plane[0].data + y * plane[0].stride, NULL, NULL};

    for (int i = 1; !p->grey && i < 3; i++)
        row[i] = plane[i].data + (y >> shift_y) * plane[i].stride;
    for (uint32_t x = 0; x < width; x++, out += 3) {
        const int64_t light = (sample(&plane[0], row[0], x) - c->black) * c->luma;
        if (p->grey) {
            out[0] = out[1] = out[2] = limited(light);
            continue;
        }
        const int64_t b = sample(&plane[1], row[1], x >> shift_x);
        const int64_t r = sample(&plane[2], row[2], x >> shift_x);
        if (c->swapped) {
            out[0] = limited((r - c->black) * c->luma);
            out[1] = limited(light);
            out[2] = limited((b - c->black) * c->luma);
            continue;
        }
        for (int i = 0; i < 3; i++)
            out[i] = limited(light + (b - c->middle) * c->chroma[i][0] + (r - c->middle) * c->chroma[i][1]);
    }
}

void phash_heif_alpha_row(uint8_t *out, const phash_hevc_picture *p, uint32_t y, uint32_t width)
{
    const phash_hevc_plane *plane = &p->plane[0];
    const uint8_t *row = plane->data + y * plane->stride;
    const uint32_t largest = (1u << plane->bits) - 1;

    for (uint32_t x = 0; x < width; x++)
        out[x] = (uint8_t)(((uint32_t)sample(plane, row, x) * 255u + largest / 2) / largest);
}
