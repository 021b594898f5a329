/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/border.h"

#include <math.h>

/* Found by measurement (docs/pdq.md, "Views"): wide enough for the ripples that JPEG at quality 30 leaves beside an
 * edge, narrow enough to stop at the dark parts of a picture in a black frame. */
#define TOLERANCE 12.0f
#define STRAYS_PER_MILLE 10u

/* A row or column: n samples, step floats apart. */
typedef struct line {
    const float *data;
    size_t n;
    size_t step;
} line;

static float mean_of(line l)
{
    float sum = 0.0f;

    for (size_t i = 0; i < l.n; i++)
        sum += l.data[i * l.step];
    return sum / (float)l.n;
}

static bool is_uniform(line l, float grey)
{
    const size_t allowed = l.n * STRAYS_PER_MILLE / 1000;
    size_t strays = 0;

    for (size_t i = 0; i < l.n && strays <= allowed; i++)
        strays += fabsf(l.data[i * l.step] - grey) > TOLERANCE;
    return strays <= allowed;
}

/* How many lines, from the first on and `next` floats after each other, have the grey of the first. */
static size_t count_uniform(line first, ptrdiff_t next, size_t most)
{
    const float grey = mean_of(first);
    size_t n = 0;

    while (n < most && is_uniform((line){first.data + (ptrdiff_t)n * next, first.n, first.step}, grey))
        n++;
    return n;
}

bool phash_border_find(phash_plane *inner, const phash_plane *plane)
{
    const ptrdiff_t pitch = (ptrdiff_t)plane->pitch;
    const line first_row = {plane->data, plane->cols, 1};
    const line last_row = {plane->data + (plane->rows - 1) * plane->pitch, plane->cols, 1};
    const size_t top = count_uniform(first_row, pitch, plane->rows / 4);
    const size_t bottom = count_uniform(last_row, -pitch, plane->rows / 4);
    phash_plane within = *plane;

    within.data += top * plane->pitch;
    within.rows -= top + bottom;
    const line first_column = {within.data, within.rows, plane->pitch};
    const line last_column = {within.data + plane->cols - 1, within.rows, plane->pitch};
    const size_t left = count_uniform(first_column, 1, plane->cols / 4);
    const size_t right = count_uniform(last_column, -1, plane->cols / 4);
    within.data += left;
    within.cols -= left + right;
    *inner = within;
    return top + bottom + left + right != 0;
}
