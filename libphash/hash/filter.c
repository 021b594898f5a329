/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/plane.h"

#include <string.h>

enum {
    SIDE = PHASH_GRID_SIDE,
    CHUNK = PHASH_SAMPLED_SIDE, /* columns filtered together */
    BAND = 16 /* rows that one pass gives to the next while they are in the cache */
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
                      float sums[CHUNK])
{
    const phash_box_shape shape = {rows, cols, window_of(rows), 0};
    uint32_t at[SIDE];

    grid_sources(at, rows);
    phash_box_columns_at(grid, SIDE, in, pitch, &shape, sums, at, SIDE);
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
    pick_rows(grid, space->spare, SIDE, plane->rows, SIDE, space->sums);
}

/* The filter of n samples `step` floats apart in their own place, for which it remembers a window of them. */
static void filter_line(float *line, size_t n, size_t step, float *ring)
{
    const size_t window = window_of(n);
    const size_t ahead = window / 2;
    float sum = 0.0f;
    size_t count = 0;

    for (size_t r = 0; r < n + ahead; r++) {
        const float leaves = ring[r % window];
        if (r < n) {
            ring[r % window] = line[r * step];
            sum += line[r * step];
            count++;
        }
        if (r >= window) {
            sum -= leaves;
            count--;
        }
        if (r >= ahead)
            line[(r - ahead) * step] = sum / (float)count;
    }
}

/* Two passes with little memory. */
static void filter_in_place(const phash_plane *plane, phash_filter_space *space)
{
    for (size_t y = 0; y < plane->rows; y++)
        filter_line(plane->data + y * plane->pitch, plane->cols, 1, space->spare);
    for (size_t x = 0; x < plane->cols; x++)
        filter_line(plane->data + x, plane->rows, plane->pitch, space->spare);
}

static bool has_room(const phash_plane *plane, const phash_filter_space *space)
{
    return space->spare_floats >= plane->rows * plane->pitch && space->spare_floats >= plane->rows * SIDE;
}

/* By way of the whole filtered plane. */
static void grid_of_filtered(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                             const phash_box_kernels *box)
{
    phash_plane_filter(plane, space, box);
    for (size_t i = 0; i < SIDE; i++)
        for (size_t j = 0; j < SIDE; j++)
            grid[SIDE * i + j] = plane->data[phash_grid_source(i, plane->rows) * plane->pitch +
                                             phash_grid_source(j, plane->cols)];
}

static phash_strip_space *strip_space(const phash_filter_space *space)
{
    _Static_assert(sizeof(phash_strip_space) <= PHASH_FILTER_SPARE_MIN * sizeof(float), "PHASH_FILTER_SPARE_MIN");
    return (phash_strip_space *)(void *)space->spare;
}

/* Rows of the strip that begins at row y. */
static size_t rows_from(size_t y, size_t rows)
{
    if (y >= rows)
        return 0;
    return rows - y < PHASH_GRID_STRIP ? rows - y : PHASH_GRID_STRIP;
}

/* Sides of at most 512: strip by strip, and then what follows the plane, until the grid is full. */
static void grid_of_sampled(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                            const phash_box_kernels *box)
{
    phash_grid_filter *f = &strip_space(space)->filter;

    phash_grid_filter_init(f, plane->rows, plane->cols);
    for (size_t y = 0; f->done < SIDE; y += PHASH_GRID_STRIP) {
        const size_t n = rows_from(y, plane->rows);
        box->grid_strip(f, grid, plane->data + (n != 0 ? y * plane->pitch : 0), plane->pitch, n);
    }
}

void phash_bitmap_to_grid(float grid[PHASH_GRID_SIZE], size_t rows, size_t cols, phash_filter_space *space,
                          const phash_luma_kernels *luma, const phash_box_kernels *box, const phash_bitmap *bitmap)
{
    phash_strip_space *strip = strip_space(space);
    phash_grid_filter *f = &strip->filter;
    const size_t pitch = phash_plane_pitch(cols);
    const bool as_it_is = bitmap->pixels != PHASH_PIXELS_RGBA && bitmap->width == cols && bitmap->height == rows;
    phash_luma_source source;

    phash_luma_source_init(&source, luma, bitmap, rows, cols);
    phash_grid_filter_init(f, rows, cols);
    for (size_t y = 0; as_it_is && f->done < SIDE; y += PHASH_GRID_STRIP) {
        const size_t n = rows_from(y, rows);
        box->grid_strip_pixels(f, grid, bitmap->data + (n != 0 ? y * bitmap->stride : 0), bitmap->stride, n,
                               (size_t)bitmap->pixels);
    }
    for (size_t y = 0; f->done < SIDE; y += PHASH_GRID_STRIP) {
        const size_t n = rows_from(y, rows);
        for (size_t t = 0; t < n; t++)
            phash_luma_source_row(strip->rows + t * pitch, &source, (uint32_t)(y + t));
        box->grid_strip(f, grid, strip->rows, pitch, n);
    }
}

void phash_plane_to_grid(float grid[PHASH_GRID_SIZE], const phash_plane *plane, phash_filter_space *space,
                         const phash_box_kernels *box)
{
    if (phash_plane_is_sampled(plane->rows, plane->cols))
        grid_of_sampled(grid, plane, space, box);
    else if (has_room(plane, space) && plane->cols >= SIDE)
        grid_of_large(grid, plane, space, box);
    else
        grid_of_filtered(grid, plane, space, box);
}

/* End of the band of outputs that begins at row y, for a first pass that runs `ahead` rows ahead in steps of BAND. A
 * short rest at the bottom belongs to the band before it, because kernels like many rows. */
static size_t band_end(size_t y, size_t ahead, size_t rows)
{
    if (rows - y < 2 * BAND)
        return rows;
    return y == 0 ? BAND - ahead : y + BAND;
}

/* Both passes in place, in bands: the first runs window / 2 rows ahead of the second, which therefore writes only where
 * the first has been. Its last rows stay in the band for the next. */
static void filter_sampled(const phash_plane *plane, phash_filter_space *space, const phash_box_kernels *box)
{
    phash_box_shape columns = {plane->rows, plane->cols, window_of(plane->rows), 0};
    const size_t ahead = columns.window / 2;
    const size_t pitch = plane->pitch;
    float *first = space->spare; /* rows of the first pass from columns.top on */
    size_t done = 0;             /* rows of the first pass */

    for (size_t y = 0, end; y < plane->rows; y = end) {
        end = band_end(y, ahead, plane->rows);
        const size_t ready = end + ahead < plane->rows ? end + ahead : plane->rows;
        const phash_box_shape rows = row_shape(plane, ready - done);
        box->rows(first + (done - columns.top) * pitch, pitch, plane->data + done * pitch, pitch, &rows);
        box->columns(plane->data + y * pitch, pitch, first, pitch, &columns, space->sums, y, end);
        const size_t kept = ready < columns.window ? ready : columns.window;
        memmove(first, first + (ready - kept - columns.top) * pitch, kept * pitch * sizeof *first);
        columns.top = ready - kept;
        done = ready;
    }
}

void phash_plane_filter(const phash_plane *plane, phash_filter_space *space, const phash_box_kernels *box)
{
    for (int twice = 0; twice < 2; twice++) {
        if (phash_plane_is_sampled(plane->rows, plane->cols)) {
            filter_sampled(plane, space, box);
        } else if (has_room(plane, space)) {
            pass_rows(space->spare, plane->data, plane, box);
            pass_columns(plane->data, space->spare, plane, space->sums, box);
        } else {
            filter_in_place(plane, space);
        }
    }
}
