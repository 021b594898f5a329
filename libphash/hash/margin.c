/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/margin.h"

#include "simd/exact_float.h"

/* One edge of the plane, and sums[i] of its first i samples. */
typedef struct edge {
    size_t n;
    float samples[PHASH_SAMPLED_SIDE];
    double sums[PHASH_SAMPLED_SIDE + 1];
} edge;

static void edge_read(edge *e, const float *first, size_t step, size_t n)
{
    e->n = n;
    e->sums[0] = 0;
    for (size_t i = 0; i < n; i++) {
        e->samples[i] = first[i * step];
        e->sums[i + 1] = e->sums[i] + (double)first[i * step];
    }
}

static float expected_at(const edge *e, size_t i, size_t reach)
{
    const size_t from = i < reach ? 0 : i - reach;
    const size_t to = i + reach < e->n ? i + reach + 1 : e->n;
    const double mean = (e->sums[to] - e->sums[from]) / (double)(to - from);

    return (e->samples[i] + (float)mean) * 0.5f;
}

/* Line t of the margin beyond an edge. The further out, the less of the edge's detail goes on: half of what is expected
 * there is the edge itself, half its mean over four times the distance (docs/pdq.md, "Views"). `across` is how many
 * samples the picture has in the direction that leads out of it. */
static void margin_line(float out[PHASH_SAMPLED_SIDE], const edge *e, size_t t, size_t across)
{
    const size_t reach = ((2 * t + 1) * across + PHASH_MARGIN_PER_SIDE / 2) / PHASH_MARGIN_PER_SIDE;
    const size_t start = reach < e->n ? reach : e->n;
    const size_t end = e->n - start > start ? e->n - start : start; /* between them the whole reach is there */
    const double share = 1.0 / (double)(2 * reach + 1);

    for (size_t i = 0; i < start; i++)
        out[i] = expected_at(e, i, reach);
    for (size_t i = start; i < end; i++)
        out[i] = (e->samples[i] + (float)((e->sums[i + reach + 1] - e->sums[i - reach]) * share)) * 0.5f;
    for (size_t i = end; i < e->n; i++)
        out[i] = expected_at(e, i, reach);
}

/* In the corners the end of the row goes on. */
static void corners(float *row, size_t cols)
{
    for (size_t t = 0; t < PHASH_MARGIN_LINES; t++) {
        row[cols + t] = row[0];
        row[cols + PHASH_MARGIN_LINES + t] = row[cols - 1];
    }
}

/* Beyond the first or the last column. */
static void fill_columns(const phash_plane *plane, bool after, edge *e)
{
    float *margin = plane->data + plane->cols + (after ? PHASH_MARGIN_LINES : 0);
    float line[PHASH_SAMPLED_SIDE];

    edge_read(e, plane->data + (after ? plane->cols - 1 : 0), plane->pitch, plane->rows);
    for (size_t t = 0; t < PHASH_MARGIN_LINES; t++) {
        margin_line(line, e, t, plane->cols);
        for (size_t y = 0; y < plane->rows; y++)
            margin[y * plane->pitch + t] = line[y];
    }
}

/* Above the first or below the last row. */
static void fill_rows(const phash_plane *plane, bool after, edge *e)
{
    float *margin = plane->data + (plane->rows + (after ? PHASH_MARGIN_LINES : 0)) * plane->pitch;

    edge_read(e, plane->data + (after ? plane->rows - 1 : 0) * plane->pitch, 1, plane->cols);
    for (size_t t = 0; t < PHASH_MARGIN_LINES; t++) {
        margin_line(margin + t * plane->pitch, e, t, plane->rows);
        corners(margin + t * plane->pitch, plane->cols);
    }
}

void phash_margin_fill(const phash_plane *plane)
{
    edge e;

    fill_columns(plane, false, &e);
    fill_columns(plane, true, &e);
    fill_rows(plane, false, &e);
    fill_rows(plane, true, &e);
}
