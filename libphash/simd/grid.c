/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/grid.h"

#include "simd/box.h"
#include "simd/exact_float.h"
#include "simd/luma.h"

#include <string.h>

void phash_grid_filter_init(phash_grid_filter *filter, size_t rows, size_t cols)
{
    memset(filter, 0, sizeof *filter);
    filter->rows = rows;
    filter->cols = cols;
    filter->row_window = (cols + 127) / 128;
    filter->column_window = (rows + 127) / 128;
    for (size_t i = 0; i < PHASH_GRID_SIDE; i++) {
        filter->row_at[i] = (uint32_t)((2 * i + 1) * rows / (2 * PHASH_GRID_SIDE));
        filter->col_at[i] = (uint32_t)((2 * i + 1) * cols / (2 * PHASH_GRID_SIDE));
    }
}

/* One step down n columns: row y of the stream comes in (NULL: the plane is over), row y - window leaves. The row is
 * remembered in the place of the one four before. */
static void step_down(float *sums, float *above, size_t pitch, const float *in, size_t n, size_t y, size_t window)
{
    float *place = above + y % PHASH_GRID_WINDOW_MAX * pitch;
    const float *leaves = above + (y - window) % PHASH_GRID_WINDOW_MAX * pitch;

    for (size_t x = 0; x < n; x++) {
        const float entering = in != NULL ? in[x] : 0.0f;
        if (in != NULL)
            sums[x] += entering;
        if (y >= window)
            sums[x] -= leaves[x];
        place[x] = entering;
    }
}

/* Means of a row of sums: output o of a side of n. */
static void divide(float *out, const float *sums, size_t width, size_t o, size_t window, size_t n)
{
    const size_t ahead = window / 2;
    const size_t behind = window - 1 - ahead;
    const size_t end = o + ahead < n ? o + ahead + 1 : n;
    const size_t count = end - (o > behind ? o - behind : 0);

    for (size_t x = 0; x < width; x++)
        out[x] = sums[x] / (float)count;
}

/* Row y of the stream through all four passes. Output o of a pass down the columns is there when row o + ahead has
 * come in. */
static void take_row(phash_grid_filter *f, float *grid, const float *in, size_t y)
{
    const phash_box_shape shape = {1, f->cols, f->row_window, 0};
    const size_t ahead = f->column_window / 2;
    float row[PHASH_GRID_SOURCE_MAX];
    float picked[PHASH_GRID_SIDE];
    const float *third = NULL;

    if (in != NULL)
        phash_box_rows_c(row, f->cols, in, f->cols, &shape);
    step_down(f->sums, f->above[0], PHASH_GRID_STREAM_MAX, in != NULL ? row : NULL, f->cols, y, f->column_window);
    if (y < ahead)
        return;
    const size_t o = y - ahead;
    if (o < f->rows) {
        divide(row, f->sums, f->cols, o, f->column_window, f->rows);
        phash_box_rows_at_c(picked, PHASH_GRID_SIDE, row, f->cols, &shape, f->col_at, PHASH_GRID_SIDE);
        third = picked;
    }
    step_down(f->grid_sums, f->grid_above[0], PHASH_GRID_SIDE, third, PHASH_GRID_SIDE, o, f->column_window);
    for (; f->done < PHASH_GRID_SIDE && f->row_at[f->done] + ahead == o; f->done++)
        divide(grid + f->done * PHASH_GRID_SIDE, f->grid_sums, PHASH_GRID_SIDE, o - ahead, f->column_window, f->rows);
}

void phash_grid_strip_c(phash_grid_filter *filter, float *grid, const float *in, size_t pitch, size_t rows)
{
    for (size_t t = 0; t < PHASH_GRID_STRIP; t++)
        take_row(filter, grid, t < rows ? in + t * pitch : NULL, filter->y++);
}

void phash_grid_strip_pixels_c(phash_grid_filter *filter, float *grid, const uint8_t *in, size_t stride, size_t rows,
                               size_t samples)
{
    float row[PHASH_GRID_SOURCE_MAX];

    for (size_t t = 0; t < PHASH_GRID_STRIP; t++) {
        if (t < rows && samples == 1)
            phash_luma_grey_c(row, in + t * stride, filter->cols);
        else if (t < rows)
            phash_luma_rgb_c(row, in + t * stride, filter->cols);
        take_row(filter, grid, t < rows ? row : NULL, filter->y++);
    }
}
