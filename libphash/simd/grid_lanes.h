/* SPDX-License-Identifier: Apache-2.0 */
/* The four passes of the box filter in one go, from rows of samples to the 64 x 64 grid, with one row or column per
 * lane; included once by each instruction set's box_<isa>.c after its vec, v_ functions and turning (box_lanes.h says
 * which), and gives them grid_strip.
 *
 * LANES rows are taken block by block of LANES columns. A block is turned on its side, summed along the rows, turned
 * back, summed along the columns, turned again and summed along the rows once more, where only the grid's columns are
 * kept; those are summed along the columns when the strip is through. All that is between the passes fits into the
 * nearest cache. A running sum is a chain of additions each of which waits for the one before, so the three passes
 * work side by side, each on the block that the pass before it had a step ago.
 *
 * Every pass reads a stream that begins with zeros and ends with zeros, in which output o leaves `ahead` places after
 * sample o came in. Adding or subtracting +0 changes no sum, because no sum is ever -0: clipped windows need no case
 * of their own, and dividing by 4 before an addition or after it is the same. Else it is what box.c does, in the same
 * order. */
#ifndef LANES
#error "included by box_<isa>.c only"
#endif

enum { BACK = PHASH_GRID_WINDOW_MAX }; /* samples before a block that its windows reach back to */

/* The last samples of the block before, then LANES new ones; each a vector. */
typedef float grid_line[BACK + LANES][LANES];

enum { PASSES = 3, LAG = LANES }; /* passes side by side; places from one to the next */

typedef struct grid_work {
    _Alignas(64) grid_line line[PASSES];
    _Alignas(64) float sums[PASSES][LANES][LANES]; /* of the block a pass has just had */
    _Alignas(64) float sum[PASSES][LANES];         /* the last of them */
    _Alignas(64) float picked[PHASH_GRID_SIDE][LANES]; /* means of the third pass */
    size_t done; /* grid columns */
} grid_work;

/* A third of x, rounded as division rounds it. q is within an ulp of it, so 2q, x - 2q and what is left after one q
 * more are exact; the last step rounds once, and no third of a float is close to the middle between two floats. All
 * floats of one binade are tried in tests/kernels/kernel_box.c. */
static inline BOX_TARGET vec grid_third(vec x)
{
    const vec third = v_set1(1.0f / 3.0f);
    const vec q = v_mul(x, third);
    const vec left = v_sub(v_sub(x, v_add(q, q)), q);

    return v_add(q, v_mul(left, third));
}

/* One line's sums of all windows that end in its new samples. */
static inline BOX_TARGET vec grid_slide(float sums[LANES][LANES], const float *enters, const float *leaves, vec sum)
{
    for (size_t t = 0; t < LANES; t++) {
        sum = v_add(sum, v_load(enters + t * LANES));
        sum = v_sub(sum, v_load(leaves + t * LANES));
        v_store(sums[t], sum);
    }
    return sum;
}

/* The same for the lines of the three passes in turn. */
static BOX_TARGET void grid_slide_all(grid_work *w, const size_t window[PASSES])
{
    float(*sums)[LANES][LANES] = w->sums;
    const float *enters = w->line[0][BACK];
    const float *first = enters - window[0] * LANES;
    const float *second = enters - window[1] * LANES;
    const float *third = enters - window[2] * LANES;
    vec a = v_load(w->sum[0]);
    vec b = v_load(w->sum[1]);
    vec c = v_load(w->sum[2]);

    enum { NEXT = (BACK + LANES) * LANES }; /* from line to line */
    for (size_t t = 0; t < LANES; t++) {
        a = v_add(a, v_load(enters + t * LANES));
        b = v_add(b, v_load(enters + NEXT + t * LANES));
        c = v_add(c, v_load(enters + 2 * NEXT + t * LANES));
        a = v_sub(a, v_load(first + t * LANES));
        b = v_sub(b, v_load(second + NEXT + t * LANES));
        c = v_sub(c, v_load(third + 2 * NEXT + t * LANES));
        v_store(sums[0][t], a);
        v_store(sums[1][t], b);
        v_store(sums[2][t], c);
    }
    v_store(w->sum[0], a);
    v_store(w->sum[1], b);
    v_store(w->sum[2], c);
}

/* Keep the last samples of a line for its next block. */
static inline BOX_TARGET void grid_carry(grid_line line)
{
    for (size_t k = 0; k < BACK; k++)
        v_store(line[k], v_load(line[LANES + k]));
}

/* For a pass down the columns they are kept for the next strip. */
static inline BOX_TARGET void grid_recall(grid_line line, const float *above, size_t pitch)
{
    for (size_t k = 0; k < BACK; k++)
        v_store(line[k], v_load(above + k * pitch));
}

static inline BOX_TARGET void grid_remember(float *above, size_t pitch, grid_line line)
{
    for (size_t k = 0; k < BACK; k++)
        v_store(above + k * pitch, v_load(line[LANES + k]));
}

/* What sums of whole windows are still to be divided by when they are handed on. Powers of two change no bit but the
 * exponent's, so they wait until the grid's samples are divided. */
static inline size_t grid_postponed(size_t window)
{
    return box_is_power_of_two(window) ? window : 1;
}

/* Means at stream places p, p + 1, ... of a side of n in place of sums, of clipped windows too; zeros beyond. */
static BOX_TARGET void grid_means_edge(float sums[LANES][LANES], size_t p, size_t window, size_t n)
{
    const size_t ahead = window / 2;
    const vec postponed = v_set1((float)grid_postponed(window));

    for (size_t t = 0; t < LANES; t++, p++) {
        vec mean = v_set1(0.0f);
        if (p >= ahead && p - ahead < n)
            mean = v_div(v_load(sums[t]), v_set1((float)box_count(p - ahead, ahead, window - 1 - ahead, n)));
        v_store(sums[t], v_mul(mean, postponed));
    }
}

/* Are the windows of all LANES places from p on whole? So they are of the zeros before the first block, where p has
 * wrapped around. */
static inline bool grid_is_inside(size_t p, size_t window, size_t n)
{
    return p + 1 >= window && p + LANES <= n;
}

/* A strip: rows of floats, or of pixels. */
typedef struct grid_source {
    const float *floats; /* NULL: pixels */
    const uint8_t *bytes;
    size_t pitch;   /* floats or bytes between row starts */
    size_t samples; /* bytes of a pixel: 1 or 3 */
    size_t rows;    /* LANES or fewer */
} grid_source;

/* Luminance of LANES columns of LANES rows. Samples that lie side by side are columns of their own when the rows are
 * turned, so that nothing has to be taken apart. */
static inline BOX_TARGET void grid_load_rgb(vec x[LANES], const uint8_t *in, size_t stride)
{
    vec samples[3 * LANES];

    for (size_t k = 0; k < 3; k++)
        load_transposed_bytes(samples + k * LANES, in + k * LANES, stride);
    for (size_t t = 0; t < LANES; t++) {
        const vec red = v_mul(v_set1(0.299f), samples[3 * t]);
        const vec green = v_mul(v_set1(0.587f), samples[3 * t + 1]);
        const vec blue = v_mul(v_set1(0.114f), samples[3 * t + 2]);
        x[t] = v_add(v_add(red, green), blue);
    }
}

static inline BOX_TARGET void grid_load(vec x[LANES], const grid_source *in, size_t r)
{
    if (in->floats != NULL)
        load_transposed(x, in->floats + r, in->pitch);
    else if (in->samples == 1)
        load_transposed_bytes(x, in->bytes + r, in->pitch);
    else
        grid_load_rgb(x, in->bytes + 3 * r, in->pitch);
}

/* A block that sticks out of the plane, with zeros there; black is zero, too. */
static BOX_TARGET void grid_load_edge(vec x[LANES], const grid_source *in, size_t r, size_t cols)
{
    float floats[LANES][LANES] = {{0}};
    uint8_t bytes[LANES][3 * LANES] = {{0}};
    const bool is_float = in->floats != NULL;
    const grid_source block = {is_float ? floats[0] : NULL, bytes[0], is_float ? LANES : 3 * LANES, in->samples, LANES};
    const size_t n = cols - r < LANES ? cols - r : LANES;

    for (size_t y = 0; y < in->rows; y++)
        if (is_float)
            memcpy(floats[y], in->floats + y * in->pitch + r, n * sizeof(float));
        else
            memcpy(bytes[y], in->bytes + y * in->pitch + r * in->samples, n * in->samples);
    grid_load(x, &block, 0);
}

/* Columns r, r + 1, ... of a strip into the first pass. */
static inline BOX_TARGET void grid_enter(grid_work *w, const grid_source *in, size_t r, size_t cols)
{
    vec x[LANES];

    if (in->rows == LANES && r + LANES <= cols) {
        grid_load(x, in, r);
    } else if (r < cols && in->rows != 0) {
        grid_load_edge(x, in, r, cols);
    } else {
        for (size_t t = 0; t < LANES; t++)
            x[t] = v_set1(0.0f);
    }
    for (size_t t = 0; t < LANES; t++)
        v_store(w->line[0][BACK + t], x[t]);
}

/* What a pass has summed up, turned, and divided unless that can wait, for the next. */
static inline BOX_TARGET void grid_hand_on(grid_line next, float sums[LANES][LANES], size_t p, size_t window, size_t n)
{
    const bool inside = grid_is_inside(p, window, n);
    vec x[LANES];

    if (!inside)
        grid_means_edge(sums, p, window, n);
    load_transposed(x, sums[0], LANES);
    for (size_t t = 0; inside && window == 3 && t < LANES; t++)
        x[t] = grid_third(x[t]);
    for (size_t t = 0; t < LANES; t++)
        v_store(next[BACK + t], x[t]);
}

/* Keep the grid's columns among the sums of the third pass, when the first is at place r of the stream. */
static inline BOX_TARGET void grid_pick(grid_work *w, const phash_grid_filter *f, size_t r)
{
    const size_t ahead = f->row_window / 2;
    const size_t late = 2 * ahead + 2 * LAG;
    const size_t postponed = grid_postponed(f->row_window);

    for (; w->done < PHASH_GRID_SIDE && f->col_at[w->done] + late < r + LANES; w->done++) {
        const size_t o = f->col_at[w->done];
        const size_t count = box_count(o, ahead, f->row_window - 1 - ahead, f->cols) * postponed;
        v_store(w->picked[w->done], v_div(v_load(w->sums[2][o + late - r]), v_set1((float)count)));
    }
}

/* Fourth pass, over what the third kept of LANES rows. */
static BOX_TARGET void grid_leave(float *grid, grid_work *w, phash_grid_filter *f)
{
    const size_t ahead = f->column_window / 2;
    float(*line)[LANES] = w->line[1];
    float(*sums)[LANES] = w->sums[0];
    const size_t postponed = grid_postponed(f->column_window);
    size_t end = f->done;
    vec x[LANES];

    while (end < PHASH_GRID_SIDE && f->row_at[end] + 2 * ahead < f->y + LANES)
        end++;
    for (size_t j = 0; j < PHASH_GRID_SIDE; j += LANES) {
        for (size_t t = 0; t < LANES; t++)
            x[t] = v_load(w->picked[j + t]);
        store_transposed(line[BACK], LANES, x);
        grid_recall(line, f->grid_above[0] + j, PHASH_GRID_SIDE);
        v_store(f->grid_sums + j, grid_slide(sums, line[BACK], line[BACK - f->column_window],
                                             v_load(f->grid_sums + j)));
        grid_remember(f->grid_above[0] + j, PHASH_GRID_SIDE, line);
        for (size_t i = f->done; i < end; i++) {
            const size_t o = f->row_at[i];
            const size_t count = box_count(o, ahead, f->column_window - 1 - ahead, f->rows) * postponed;
            const vec sum = v_load(sums[o + 2 * ahead - f->y]);
            v_store(grid + i * PHASH_GRID_SIDE + j, v_div(sum, v_set1((float)count)));
        }
    }
    f->done = end;
}

/* LANES rows, or fewer at the end of the plane. */
static BOX_TARGET void grid_rows(phash_grid_filter *f, float *grid, const grid_source *in)
{
    const size_t window[PASSES] = {f->row_window, f->column_window, f->row_window};
    const size_t end = f->col_at[PHASH_GRID_SIDE - 1] + 2 * (f->row_window / 2) + 2 * LAG + 1;
    grid_work w;

    /* What comes before the first block; all else is written before it is read. */
    memset(w.line[0], 0, sizeof w.line[0][0] * BACK);
    memset(w.line[2], 0, sizeof w.line[2][0] * BACK);
    memset(w.sums, 0, sizeof w.sums[0] * 2);
    memset(w.sum, 0, sizeof w.sum);
    w.done = 0;
    for (size_t r = 0; r < end; r += LANES) {
        grid_hand_on(w.line[1], w.sums[0], r - LANES, f->row_window, f->cols);
        grid_hand_on(w.line[2], w.sums[1], f->y, f->column_window, f->rows);
        grid_enter(&w, in, r, f->cols);
        grid_recall(w.line[1], f->above[0] + r, PHASH_GRID_STREAM_MAX);
        v_store(w.sum[1], v_load(f->sums + r));
        grid_slide_all(&w, window);
        v_store(f->sums + r, v_load(w.sum[1]));
        grid_remember(f->above[0] + r, PHASH_GRID_STREAM_MAX, w.line[1]);
        grid_carry(w.line[0]);
        grid_carry(w.line[2]);
        grid_pick(&w, f, r);
    }
    grid_leave(grid, &w, f);
    f->y += LANES;
}

static inline size_t grid_rows_left(size_t rows, size_t y)
{
    const size_t left = y < rows ? rows - y : 0;

    return left < LANES ? left : LANES;
}

static BOX_TARGET void grid_strip(phash_grid_filter *f, float *grid, const float *in, size_t pitch, size_t rows)
{
    for (size_t y = 0; y < PHASH_GRID_STRIP; y += LANES) {
        const grid_source source = {in + (y < rows ? y : 0) * pitch, NULL, pitch, 0, grid_rows_left(rows, y)};
        grid_rows(f, grid, &source);
    }
}

static BOX_TARGET void grid_strip_pixels(phash_grid_filter *f, float *grid, const uint8_t *in, size_t stride,
                                         size_t rows, size_t samples)
{
    for (size_t y = 0; y < PHASH_GRID_STRIP; y += LANES) {
        const grid_source source = {NULL, in + (y < rows ? y : 0) * stride, stride, samples, grid_rows_left(rows, y)};
        grid_rows(f, grid, &source);
    }
}
