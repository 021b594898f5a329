/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/plane.h"

#include <string.h>

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
    return (phash_box_shape){rows, plane->cols, window_of(plane->cols), 0};
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
        const phash_box_shape shape = {plane->rows, n, window_of(plane->rows), 0};
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
    const phash_box_shape shape = {rows, cols, window_of(rows), 0};
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

/* End of the band of outputs that begins at row y, for a first pass that runs `ahead` rows ahead in steps of BAND. A
 * short rest at the bottom belongs to the band before it, because kernels like many rows. */
static size_t band_end(size_t y, size_t ahead, size_t rows)
{
    if (rows - y < 2 * BAND)
        return rows;
    return y == 0 ? BAND - ahead : y + BAND;
}

/* Passes 1 to 3 follow each other down the plane in bands, so that only the plane itself leaves the cache. Pass 1
 * runs window / 2 rows ahead; the last rows of its band stay for the next. The plane is kept. */
static void grid_of_sampled(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                            const phash_box_kernels *box)
{
    phash_box_shape columns = {plane->rows, plane->cols, window_of(plane->rows), 0};
    const size_t ahead = columns.window / 2;
    const size_t pitch = plane->pitch;
    float *first = space->spare;                   /* rows of pass 1 from columns.top on */
    float *second = first + 2 * (BAND + 4) * pitch; /* rows of pass 2; windows here are at most 4 */
    uint32_t at[SIDE];
    size_t done = 0; /* rows of pass 1 */

    grid_sources(at, plane->cols);
    for (size_t y = 0, end; y < plane->rows; y = end) {
        end = band_end(y, ahead, plane->rows);
        const size_t ready = end + ahead < plane->rows ? end + ahead : plane->rows;
        const phash_box_shape shape1 = row_shape(plane, ready - done);
        const phash_box_shape shape3 = row_shape(plane, end - y);
        box->rows(first + (done - columns.top) * pitch, pitch, plane->data + done * pitch, pitch, &shape1);
        box->columns(second, pitch, first, pitch, &columns, space->sums, y, end);
        box->rows_at(space->columns + y * SIDE, SIDE, second, pitch, &shape3, at, SIDE);
        const size_t kept = ready < columns.window ? ready : columns.window;
        memmove(first, first + (ready - kept - columns.top) * pitch, kept * pitch * sizeof *first);
        columns.top = ready - kept;
        done = ready;
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
