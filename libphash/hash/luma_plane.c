/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/plane.h"

#include "util/sampling.h"

#include <string.h>

/* Copy n pixels of `size` bytes, at the columns of the source row that the 512 step looks at. */
static void gather(uint8_t *out, const uint8_t *row, const uint32_t *columns, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * size, row + columns[i] * size, size);
}

static void gather_row(uint8_t *out, const uint8_t *row, const uint32_t *columns, size_t n, phash_pixels pixels)
{
    /* Constant sizes, so that each copy is a move. */
    if (pixels == PHASH_PIXELS_GREY)
        gather(out, row, columns, n, 1);
    else if (pixels == PHASH_PIXELS_RGB)
        gather(out, row, columns, n, 3);
    else
        gather(out, row, columns, n, 4);
}

static phash_luma_row *row_kernel(const phash_luma_kernels *luma, phash_pixels pixels)
{
    if (pixels == PHASH_PIXELS_GREY)
        return luma->grey;
    return pixels == PHASH_PIXELS_RGB ? luma->rgb : luma->rgba;
}

void phash_luma_source_init(phash_luma_source *source, const phash_luma_kernels *luma, const phash_bitmap *bitmap,
                            size_t rows, size_t cols)
{
    source->bitmap = bitmap;
    source->convert = row_kernel(luma, bitmap->pixels);
    source->rows = (uint32_t)rows;
    source->cols = (uint32_t)cols;
    if (source->cols != bitmap->width)
        for (uint32_t x = 0; x < source->cols; x++)
            source->column[x] = phash_sample_source(x, source->cols, bitmap->width);
}

void phash_luma_source_row(float *out, const phash_luma_source *source, uint32_t y)
{
    const phash_bitmap *bitmap = source->bitmap;
    const uint8_t *row = bitmap->data + phash_sample_source(y, source->rows, bitmap->height) * bitmap->stride;
    uint8_t pixels[4 * PHASH_SAMPLED_SIDE];

    if (source->cols != bitmap->width) {
        gather_row(pixels, row, source->column, source->cols, bitmap->pixels);
        row = pixels;
    }
    source->convert(out, row, source->cols);
}

void phash_plane_load(const phash_plane *out, const phash_luma_kernels *luma, const phash_bitmap *bitmap)
{
    phash_luma_source source;

    phash_luma_source_init(&source, luma, bitmap, out->rows, out->cols);
    for (uint32_t y = 0; y < source.rows; y++)
        phash_luma_source_row(out->data + y * out->pitch, &source, y);
}
