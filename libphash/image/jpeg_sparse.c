/* SPDX-License-Identifier: Apache-2.0 */
/* Source of the arithmetic: JFIF 1.02 for the colours, in 16-bit fixed point as libjpeg does it; libjpeg.txt on
 * "fancy upsampling", a triangle filter whose rounding alternates between columns. */
#include "image/jpeg_sparse.h"

#include <string.h>

/* Chroma factors of 1/2 and 1, in the only places where libjpeg-turbo uses the triangle filter as below. With two
 * columns of chroma or fewer it repeats samples instead. IJG's libjpeg 7 and later upsamples otherwise. */
bool phash_jpeg_sparse_knows(const struct jpeg_decompress_struct *cinfo)
{
#if defined(LIBJPEG_TURBO_VERSION)
    if (cinfo->num_components != PHASH_JPEG_SPARSE_COMPONENTS || cinfo->jpeg_color_space != JCS_YCbCr ||
        cinfo->out_color_space != JCS_RGB || !cinfo->do_fancy_upsampling || cinfo->scale_num != cinfo->scale_denom)
        return false;
    const jpeg_component_info *c = cinfo->comp_info;
    const int h = cinfo->max_h_samp_factor;
    const int v = cinfo->max_v_samp_factor;
    if (c[0].h_samp_factor != h || c[0].v_samp_factor != v || c[1].h_samp_factor != c[2].h_samp_factor ||
        c[1].v_samp_factor != c[2].v_samp_factor)
        return false;
    if (c[1].h_samp_factor == h)
        return c[1].v_samp_factor == v;
    return c[1].h_samp_factor * 2 == h && (c[1].v_samp_factor == v || c[1].v_samp_factor * 2 == v) &&
           cinfo->image_width > 4;
#else
    (void)cinfo;
    return false;
#endif
}

/* size * factor / max, rounded up (T.81 A.1.1). */
static uint32_t part_of(uint32_t size, int factor, int max)
{
    return (size * (uint32_t)factor + (uint32_t)max - 1) / (uint32_t)max;
}

size_t phash_jpeg_sparse_init(phash_jpeg_sparse *sparse, const struct jpeg_decompress_struct *cinfo)
{
    const jpeg_component_info *c = cinfo->comp_info;
    size_t size = 0;

    memset(sparse, 0, sizeof *sparse);
    sparse->height = cinfo->image_height;
    sparse->half_width = c[1].h_samp_factor != cinfo->max_h_samp_factor;
    sparse->half_height = c[1].v_samp_factor != cinfo->max_v_samp_factor;
    for (int i = 0; i < PHASH_JPEG_SPARSE_COMPONENTS; i++) {
        phash_jpeg_plane *p = &sparse->plane[i];
        p->stride = (size_t)c[i].width_in_blocks * DCTSIZE;
        p->mcu_rows = (uint32_t)c[i].v_samp_factor * DCTSIZE;
        p->last_column = part_of(cinfo->image_width, c[i].h_samp_factor, cinfo->max_h_samp_factor) - 1;
        p->last_row = part_of(cinfo->image_height, c[i].v_samp_factor, cinfo->max_v_samp_factor) - 1;
        size += p->stride * p->mcu_rows * 2;
    }
    return size;
}

void phash_jpeg_sparse_use(phash_jpeg_sparse *sparse, uint8_t *memory)
{
    for (int i = 0; i < PHASH_JPEG_SPARSE_COMPONENTS; i++) {
        phash_jpeg_plane *p = &sparse->plane[i];
        p->data = memory;
        memory += p->stride * p->mcu_rows * 2;
    }
}

bool phash_jpeg_sparse_read(phash_jpeg_sparse *sparse, struct jpeg_decompress_struct *cinfo)
{
    JSAMPROW rows[PHASH_JPEG_SPARSE_COMPONENTS][MAX_SAMP_FACTOR * DCTSIZE];
    JSAMPARRAY planes[PHASH_JPEG_SPARSE_COMPONENTS];

    for (int i = 0; i < PHASH_JPEG_SPARSE_COMPONENTS; i++) {
        const phash_jpeg_plane *p = &sparse->plane[i];
        uint8_t *half = p->data + sparse->n_read % 2 * p->mcu_rows * p->stride;
        for (uint32_t y = 0; y < p->mcu_rows; y++)
            rows[i][y] = half + y * p->stride;
        planes[i] = rows[i];
    }
    if (jpeg_read_raw_data(cinfo, planes, sparse->plane[0].mcu_rows) == 0)
        return false;
    sparse->n_read++;
    return true;
}

uint32_t phash_jpeg_sparse_ready(const phash_jpeg_sparse *sparse)
{
    const uint32_t rows = sparse->n_read * sparse->plane[0].mcu_rows;

    if (rows >= sparse->height)
        return sparse->height;
    return rows - (sparse->half_height && rows != 0); /* the last one waits for the chroma below */
}

static const uint8_t *row_of(const phash_jpeg_plane *p, uint32_t y)
{
    return p->data + y % (2 * p->mcu_rows) * p->stride;
}

/* v / 65,536 rounded down, for |v| < 2^24: the shift must not see a negative number. */
static int32_t high_part(int32_t v)
{
    return (int32_t)((uint32_t)(v + (256 << 16)) >> 16) - 256;
}

static uint8_t clamp(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* R = Y + 1.402 Cr, G = Y - 0.34414 Cb - 0.71414 Cr, B = Y + 1.772 Cb, the factors as round(65536 f), each product
 * rounded to an integer, with the two of green summed before. */
static void put_rgb(uint8_t *rgb, int32_t y, uint32_t blue, uint32_t red)
{
    const int32_t cb = (int32_t)blue - 128;
    const int32_t cr = (int32_t)red - 128;

    rgb[0] = clamp(y + high_part(91881 * cr + 32768));
    rgb[1] = clamp(y + high_part(-22554 * cb - 46802 * cr + 32768));
    rgb[2] = clamp(y + high_part(116130 * cb + 32768));
}

/* The nearer chroma column counts three times, the one on the pixel's other side once; at the edges there is none and
 * the nearer one takes its part. */
static uint32_t other_column(uint32_t x, uint32_t last)
{
    const uint32_t near = x / 2;

    if (x % 2 == 0)
        return near != 0 ? near - 1 : 0;
    return near != last ? near + 1 : last;
}

static void row_444(const uint8_t *const from[3], uint8_t *rgb, const uint32_t *tap, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++) {
        const size_t x = tap[k];
        put_rgb(rgb + 3 * x, from[0][x], from[1][x], from[2][x]);
    }
}

/* (3 near + other) / 4: half is rounded down in even columns and up in odd ones. */
static void row_422(const uint8_t *const from[3], uint8_t *rgb, const uint32_t *tap, uint32_t n, uint32_t last)
{
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t x = tap[k];
        const uint32_t near = x / 2;
        const uint32_t other = other_column(x, last);
        const uint32_t round = 1 + x % 2;
        put_rgb(rgb + 3 * (size_t)x, from[0][x], (3u * from[1][near] + from[1][other] + round) >> 2,
                (3u * from[2][near] + from[2][other] + round) >> 2);
    }
}

/* The same in both directions, rounded once: half up in even columns, down in odd ones. */
static uint32_t mix_420(const uint8_t *near_row, const uint8_t *other_row, uint32_t near, uint32_t other,
                        uint32_t round)
{
    const uint32_t near_sum = 3u * near_row[near] + other_row[near];
    const uint32_t other_sum = 3u * near_row[other] + other_row[other];

    return (3u * near_sum + other_sum + round) >> 4;
}

static void row_420(const uint8_t *const from[3], const uint8_t *const beyond[3], uint8_t *rgb, const uint32_t *tap,
                    uint32_t n, uint32_t last)
{
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t x = tap[k];
        const uint32_t near = x / 2;
        const uint32_t other = other_column(x, last);
        const uint32_t round = 8 - x % 2;
        put_rgb(rgb + 3 * (size_t)x, from[0][x], mix_420(from[1], beyond[1], near, other, round),
                mix_420(from[2], beyond[2], near, other, round));
    }
}

void phash_jpeg_sparse_row(const phash_jpeg_sparse *sparse, uint8_t *rgb, uint32_t y, const uint32_t *tap, uint32_t n)
{
    const phash_jpeg_plane *p = sparse->plane;
    const uint32_t last = p[1].last_column;
    const uint32_t near = sparse->half_height ? y / 2 : y;
    const uint8_t *const from[3] = {row_of(&p[0], y), row_of(&p[1], near), row_of(&p[2], near)};

    if (!sparse->half_width) {
        row_444(from, rgb, tap, n);
    } else if (!sparse->half_height) {
        row_422(from, rgb, tap, n, last);
    } else {
        const uint32_t other = other_column(y, p[1].last_row); /* rows behave as columns do */
        const uint8_t *const beyond[3] = {NULL, row_of(&p[1], other), row_of(&p[2], other)};
        row_420(from, beyond, rgb, tap, n, last);
    }
}
