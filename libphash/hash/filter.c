/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/plane.h"

#include <stdbool.h>

enum {
    SIDE = PHASH_GRID_SIDE,
    CHUNK = PHASH_SAMPLED_SIDE, /* columns filtered together */
    BAND = 32 /* rows that pass 1 gives to pass 2 and pass 2 to pass 3 while they are in the cache */
};

/* Window for a side of n: the side divided by 128, rounded up (docs/pdq.md, stage D). */
static size_t window_of(size_t n)
{
    return (n + 127) / 128;
}

static phash_box_shape row_shape(const phash_plane *plane, size_t rows)
{
    return (phash_box_shape){rows, plane->cols, window_of(plane->cols)};
}

static void pass_rows(float *out, const float *in, const phash_plane *plane, const phash_box_kernels *box)
{
    const phash_box_shape shape = row_shape(plane, plane->rows);

    box->rows(out, plane->pitch, in, plane->pitch, &shape);
}

static void pass_columns(float *out, const float *in, const phash_plane *plane, float sums[CHUNK],
                         const phash_box_kernels *box)
{
    for (size_t x = 0; x < plane->cols; x += CHUNK) {
        const size_t n = plane->cols - x < CHUNK ? plane->cols - x : CHUNK;
        const phash_box_shape shape = {plane->rows, n, window_of(plane->rows)};
        box->columns(out + x, plane->pitch, in + x, plane->pitch, &shape, sums, 0, plane->rows);
    }
}

static void grid_sources(uint32_t at[SIDE], size_t n)
{
    for (size_t i = 0; i < SIDE; i++)
        at[i] = phash_grid_source(i, n);
}

/* The last pass: from all rows at the grid's columns to the grid. */
static void pick_rows(float grid[PHASH_GRID_SIZE], const float *in, size_t pitch, size_t rows, size_t cols,
                      float sums[CHUNK], const phash_box_kernels *box)
{
    const phash_box_shape shape = {rows, cols, window_of(rows)};
    uint32_t at[SIDE];

    grid_sources(at, rows);
    box->columns_at(grid, SIDE, in, pitch, &shape, sums, at, SIDE);
}

/* Pass by pass, for planes larger than the file pipeline's. */
static void grid_of_large(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                          const phash_box_kernels *box)
{
    const phash_box_shape shape = row_shape(plane, plane->rows);
    uint32_t at[SIDE];

    grid_sources(at, plane->cols);
    pass_rows(space->spare, plane->data, plane, box);
    pass_columns(plane->data, space->spare, plane, space->sums, box);
    box->rows_at(space->spare, SIDE, plane->data, plane->pitch, &shape, at, SIDE);
    pick_rows(grid, space->spare, SIDE, plane->rows, SIDE, space->sums, box);
}

/* Rows are picked already; spread fewer than 64 columns over 64. Each source is at or before its target, so going
 * from the right nothing is lost. */
static void spread_columns(float grid[PHASH_GRID_SIZE], size_t cols)
{
    uint32_t at[SIDE];

    grid_sources(at, cols);
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = SIDE; j-- > 0;)
            grid[i * SIDE + j] = grid[i * SIDE + at[j]];
}

/* With fewer columns than the grid has, picking them before the last pass would make more of them. */
static void grid_of_narrow(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                           const phash_box_kernels *box)
{
    pass_rows(space->spare, plane->data, plane, box);
    pass_columns(plane->data, space->spare, plane, space->sums, box);
    pass_rows(space->spare, plane->data, plane, box);
    pick_rows(grid, space->spare, plane->pitch, plane->rows, plane->cols, space->sums, box);
    spread_columns(grid, plane->cols);
}

/* End of the band that begins at row y: a short rest at the bottom belongs to the band before it, because kernels
 * like BAND rows or more. */
static size_t band_end(size_t y, size_t rows)
{
    return rows - y < 2 * BAND ? rows : y + BAND;
}

/* Passes 1 to 3 follow each other down the plane, so that rows are used again before they leave the cache. Pass 2
 * writes over rows of the plane that pass 1 has used, window / 2 rows behind it. */
static void grid_of_sampled(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                            const phash_box_kernels *box)
{
    const phash_box_shape columns = {plane->rows, plane->cols, window_of(plane->rows)};
    const size_t pitch = plane->pitch;
    uint32_t at[SIDE];
    size_t done2 = 0;
    size_t done3 = 0;

    grid_sources(at, plane->cols);
    for (size_t y = 0, end; y < plane->rows; y = end) {
        end = band_end(y, plane->rows);
        const phash_box_shape band = row_shape(plane, end - y);
        box->rows(space->spare + y * pitch, pitch, plane->data + y * pitch, pitch, &band);
        const size_t ready2 = end == plane->rows ? end : end - columns.window / 2;
        box->columns(plane->data, pitch, space->spare, pitch, &columns, space->sums, done2, ready2);
        done2 = ready2;
        while (done3 < done2 && (done2 == plane->rows || done2 - done3 >= BAND)) {
            const size_t end3 = done2 == plane->rows ? done2 : done3 + BAND;
            const phash_box_shape band3 = row_shape(plane, end3 - done3);
            box->rows_at(space->columns + done3 * SIDE, SIDE, plane->data + done3 * pitch, pitch, &band3, at, SIDE);
            done3 = end3;
        }
    }
    pick_rows(grid, space->columns, SIDE, plane->rows, SIDE, space->sums, box);
}

void phash_plane_to_grid(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                         const phash_box_kernels *box)
{
    if (plane->cols < SIDE)
        grid_of_narrow(grid, plane, space, box);
    else if (plane->cols <= PHASH_SAMPLED_SIDE && plane->rows <= PHASH_SAMPLED_SIDE)
        grid_of_sampled(grid, plane, space, box);
    else
        grid_of_large(grid, plane, space, box);
}

void phash_plane_filter(const phash_plane *plane, phash_filter_space *space, const phash_box_kernels *box)
{
    for (int twice = 0; twice < 2; twice++) {
        pass_rows(space->spare, plane->data, plane, box);
        pass_columns(plane->data, space->spare, plane, space->sums, box);
    }
}
