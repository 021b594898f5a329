/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/plane.h"

#include <stdbool.h>

/* Window for a side of n: the side divided by 128, rounded up (docs/pdq.md, stage D). */
static size_t window_of(size_t n)
{
    return (n + 127) / 128;
}

static void pass_rows(float *out, const float *in, const phash_plane *plane, const phash_box_kernels *box)
{
    const phash_box_shape shape = {plane->rows, plane->cols, window_of(plane->cols)};

    box->rows(out, plane->pitch, in, plane->pitch, &shape);
}

static void pass_columns(float *out, const float *in, const phash_plane *plane, const phash_box_kernels *box)
{
    const phash_box_shape shape = {plane->rows, plane->cols, window_of(plane->rows)};

    box->columns(out, plane->pitch, in, plane->pitch, &shape);
}

static void sources(uint32_t at[PHASH_GRID_SIDE], size_t n)
{
    for (size_t i = 0; i < PHASH_GRID_SIDE; i++)
        at[i] = phash_grid_source(i, n);
}

/* Rows are picked already; spread fewer than 64 columns over 64. Each source is at or before its target, so going
 * from the right nothing is lost. */
static void spread_columns(float grid[PHASH_GRID_SIZE], const uint32_t columns[PHASH_GRID_SIDE])
{
    for (size_t i = 0; i < PHASH_GRID_SIDE; i++) {
        float *row = grid + i * PHASH_GRID_SIDE;
        for (size_t j = PHASH_GRID_SIDE; j-- > 0;)
            row[j] = row[columns[j]];
    }
}

void phash_plane_to_grid(float grid[PHASH_GRID_SIZE], const phash_plane *plane, float *spare,
                         const phash_box_kernels *box)
{
    const size_t side = PHASH_GRID_SIDE;
    const bool narrow = plane->cols < side; /* then picking columns first would take more room, not less */
    phash_box_shape shape = {plane->rows, plane->cols, window_of(plane->cols)};
    uint32_t columns[PHASH_GRID_SIDE];
    uint32_t rows[PHASH_GRID_SIDE];

    sources(columns, plane->cols);
    sources(rows, plane->rows);
    pass_rows(spare, plane->data, plane, box);
    pass_columns(plane->data, spare, plane, box);
    if (narrow)
        pass_rows(spare, plane->data, plane, box);
    else
        box->rows_at(spare, side, plane->data, plane->pitch, &shape, columns, side);
    shape.cols = narrow ? plane->cols : side;
    shape.window = window_of(plane->rows);
    box->columns_at(grid, side, spare, narrow ? plane->pitch : side, &shape, rows, side);
    if (narrow)
        spread_columns(grid, columns);
}

void phash_plane_filter(const phash_plane *plane, float *spare, const phash_box_kernels *box)
{
    for (int twice = 0; twice < 2; twice++) {
        pass_rows(spare, plane->data, plane, box);
        pass_columns(plane->data, spare, plane, box);
    }
}
