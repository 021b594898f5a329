/* SPDX-License-Identifier: Apache-2.0 */
/* The box filter with one vector or column per lane; included once by each instruction set's box_<isa>.c.
 *
 * The including file defines BOX_TARGET, LANES, STRIP_VECS, the type vec and its v_ functions, and
 *   load_transposed(vec x[LANES], in, pitch)    x[i] lane j = in[j * pitch + i]
 *   store_transposed(out, pitch, vec x[LANES])  the other way round
 * then finds box_rows, box_rows_at and box_columns here.
 *
 * The pass along rows takes STRIP rows at once: LANES columns of them are turned on their side into a ring, from
 * which the running sums take what enters and what leaves. Every lane does what box.c does, in the same order. */
#ifndef LANES
#error "included by box_<isa>.c only"
#endif

enum {
    STRIP = LANES * STRIP_VECS,
    RING = 64, /* columns; a block needs the window and two times LANES */
    WINDOW_MAX = RING - 2 * LANES
};

typedef struct box_strip {
    /* Column c of the strip is at c % RING. The first LANES columns are there a second time behind the last, so
     * that LANES columns in a row can be read from any place. */
    _Alignas(64) float ring[RING + LANES][STRIP];
    float stage[LANES][STRIP];            /* sums of one block of outputs, a column per row */
    float samples[LANES][STRIP];          /* finished samples waiting to be written */
    float sums[STRIP];
    const float *in;
    size_t in_pitch;
    const phash_box_shape *shape;
    size_t ahead;
    size_t behind;
    size_t filled; /* columns 0 .. filled - 1 have been in the ring; a multiple of LANES, or all */
} box_strip;

/* Samples in the window of output o. */
static inline size_t box_count(size_t o, size_t ahead, size_t behind, size_t n)
{
    const size_t end = o + ahead < n ? o + ahead + 1 : n;

    return end - (o > behind ? o - behind : 0);
}

/* Dividing by a power of two and multiplying by its reciprocal round alike. */
static inline bool box_is_power_of_two(size_t n)
{
    return (n & (n - 1)) == 0;
}

static inline BOX_TARGET vec box_mean(vec sum, vec factor, bool by_product)
{
    return by_product ? v_mul(sum, factor) : v_div(sum, factor);
}

static inline vec BOX_TARGET box_factor(size_t count, bool by_product)
{
    return v_set1(by_product ? 1.0f / (float)count : (float)count);
}

/* Turn LANES columns of the strip on their side; near the right edge n, fewer, one by one. */
static BOX_TARGET void strip_turn(float to[LANES][STRIP], const float *from, size_t pitch, size_t n)
{
    if (n < LANES) {
        for (size_t i = 0; i < n; i++)
            for (size_t y = 0; y < STRIP; y++)
                to[i][y] = from[y * pitch + i];
        return;
    }
    for (size_t y = 0; y < STRIP; y += LANES) {
        vec x[LANES];
        load_transposed(x, from + y * pitch, pitch);
        for (size_t i = 0; i < LANES; i++)
            v_store(to[i] + y, x[i]);
    }
}

/* Have columns before end in the ring. */
static BOX_TARGET void strip_fill(box_strip *s, size_t end)
{
    const size_t cols = s->shape->cols;

    while (s->filled < end && s->filled < cols) {
        const size_t n = cols - s->filled < LANES ? cols - s->filled : LANES;
        float(*to)[STRIP] = s->ring + s->filled % RING;
        strip_turn(to, s->in + s->filled, s->in_pitch, n);
        if (to == s->ring)
            memcpy(s->ring + RING, s->ring, n * sizeof *s->ring);
        s->filled += n;
    }
}

static BOX_TARGET void strip_start(box_strip *s, const float *in)
{
    s->in = in;
    s->filled = 0;
    strip_fill(s, s->ahead);
    for (size_t y = 0; y < STRIP; y += LANES) {
        vec sum = v_set1(0.0f);
        for (size_t r = 0; r < s->ahead; r++)
            sum = v_add(sum, v_load(s->ring[r % RING] + y));
        v_store(s->sums + y, sum);
    }
}

/* Are all windows of the block that begins at output o whole? */
static inline bool strip_is_inside(const box_strip *s, size_t o)
{
    return o > s->behind && o + LANES - 1 + s->ahead < s->shape->cols;
}

/* Sums of n outputs from o on, into the stage; windows may be clipped. */
static BOX_TARGET void strip_sums_edge(box_strip *s, size_t o, size_t n)
{
    for (size_t t = 0; t < n; t++, o++) {
        const float *enters = o + s->ahead < s->shape->cols ? s->ring[(o + s->ahead) % RING] : NULL;
        const float *leaves = o > s->behind ? s->ring[(o - s->behind - 1) % RING] : NULL;
        for (size_t y = 0; y < STRIP; y += LANES) {
            vec sum = v_load(s->sums + y);
            if (enters != NULL)
                sum = v_add(sum, v_load(enters + y));
            if (leaves != NULL)
                sum = v_sub(sum, v_load(leaves + y));
            v_store(s->sums + y, sum);
            v_store(s->stage[t] + y, sum);
        }
    }
}

static BOX_TARGET void strip_sums_inside(box_strip *s, size_t o)
{
    float(*enters)[STRIP] = s->ring + (o + s->ahead) % RING;
    float(*leaves)[STRIP] = s->ring + (o - s->behind - 1) % RING;

    for (size_t y = 0; y < STRIP; y += LANES) {
        vec sum = v_load(s->sums + y);
        for (size_t t = 0; t < LANES; t++) {
            sum = v_add(sum, v_load(enters[t] + y));
            sum = v_sub(sum, v_load(leaves[t] + y));
            v_store(s->stage[t] + y, sum);
        }
        v_store(s->sums + y, sum);
    }
}

static inline BOX_TARGET void strip_means_inside(box_strip *s, float *out, size_t out_pitch, size_t o,
                                                 bool by_product)
{
    float(*enters)[STRIP] = s->ring + (o + s->ahead) % RING;
    float(*leaves)[STRIP] = s->ring + (o - s->behind - 1) % RING;
    const vec factor = box_factor(s->shape->window, by_product);

    for (size_t y = 0; y < STRIP; y += LANES) {
        vec mean[LANES];
        vec sum = v_load(s->sums + y);
        for (size_t t = 0; t < LANES; t++) {
            sum = v_add(sum, v_load(enters[t] + y));
            sum = v_sub(sum, v_load(leaves[t] + y));
            mean[t] = box_mean(sum, factor, by_product);
        }
        v_store(s->sums + y, sum);
        store_transposed(out + y * out_pitch + o, out_pitch, mean);
    }
}

/* Write n columns of LANES or fewer held on their side. */
static BOX_TARGET void strip_write(float *out, size_t out_pitch, float columns[LANES][STRIP], size_t n)
{
    for (size_t y = 0; y < STRIP; y += LANES) {
        vec x[LANES];
        for (size_t i = 0; i < LANES; i++)
            x[i] = v_load(columns[i] + y);
        if (n == LANES) {
            store_transposed(out + y * out_pitch, out_pitch, x);
            continue;
        }
        for (size_t j = y; j < y + LANES; j++)
            for (size_t i = 0; i < n; i++)
                out[j * out_pitch + i] = columns[i][j];
    }
}

/* Mean of the sums of output o, which are in stage row t. */
static BOX_TARGET void strip_mean(float *mean, const box_strip *s, size_t o, size_t t)
{
    const vec count = v_set1((float)box_count(o, s->ahead, s->behind, s->shape->cols));

    for (size_t y = 0; y < STRIP; y += LANES)
        v_store(mean + y, v_div(v_load(s->stage[t] + y), count));
}

static BOX_TARGET void strip_rows(box_strip *s, float *out, size_t out_pitch, const float *in)
{
    const size_t cols = s->shape->cols;
    const bool by_product = box_is_power_of_two(s->shape->window);

    strip_start(s, in);
    for (size_t o = 0; o < cols; o += LANES) {
        const size_t n = cols - o < LANES ? cols - o : LANES;
        strip_fill(s, o + n + s->ahead);
        if (strip_is_inside(s, o)) {
            if (by_product)
                strip_means_inside(s, out, out_pitch, o, true);
            else
                strip_means_inside(s, out, out_pitch, o, false);
            continue;
        }
        strip_sums_edge(s, o, n);
        for (size_t t = 0; t < n; t++)
            strip_mean(s->samples[t], s, o + t, t);
        strip_write(out + o, out_pitch, s->samples, n);
    }
}

static BOX_TARGET void strip_rows_at(box_strip *s, float *out, size_t out_pitch, const float *in,
                                     const uint32_t *at, size_t n_at)
{
    const size_t cols = s->shape->cols;
    size_t done = 0;

    strip_start(s, in);
    for (size_t o = 0; done < n_at; o += LANES) {
        const size_t n = cols - o < LANES ? cols - o : LANES;
        strip_fill(s, o + n + s->ahead);
        if (strip_is_inside(s, o))
            strip_sums_inside(s, o);
        else
            strip_sums_edge(s, o, n);
        for (; done < n_at && at[done] < o + n; done++) {
            strip_mean(s->samples[done % LANES], s, at[done], at[done] - o);
            if (done % LANES == LANES - 1)
                strip_write(out + (done + 1 - LANES), out_pitch, s->samples, LANES);
        }
    }
    if (n_at % LANES != 0)
        strip_write(out + n_at / LANES * LANES, out_pitch, s->samples, n_at % LANES);
}

static void strip_init(box_strip *s, const phash_box_shape *shape, size_t in_pitch)
{
    memset(s->samples, 0, sizeof s->samples);
    s->shape = shape;
    s->in_pitch = in_pitch;
    s->ahead = shape->window / 2;
    s->behind = shape->window - 1 - s->ahead;
}

static BOX_TARGET void box_rows(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                                const phash_box_shape *shape)
{
    box_strip s;

    if (shape->rows < STRIP || shape->window > WINDOW_MAX) {
        phash_box_rows_c(out, out_pitch, in, in_pitch, shape);
        return;
    }
    strip_init(&s, shape, in_pitch);
    for (size_t y = 0; y < shape->rows; y += STRIP) {
        const size_t top = shape->rows - y < STRIP ? shape->rows - STRIP : y; /* the last strip overlaps */
        strip_rows(&s, out + top * out_pitch, out_pitch, in + top * in_pitch);
    }
}

static BOX_TARGET void box_rows_at(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                                   const phash_box_shape *shape, const uint32_t *at, size_t n)
{
    box_strip s;

    if (shape->rows < STRIP || shape->window > WINDOW_MAX) {
        phash_box_rows_at_c(out, out_pitch, in, in_pitch, shape, at, n);
        return;
    }
    strip_init(&s, shape, in_pitch);
    for (size_t y = 0; y < shape->rows; y += STRIP) {
        const size_t top = shape->rows - y < STRIP ? shape->rows - STRIP : y;
        strip_rows_at(&s, out + top * out_pitch, out_pitch, in + top * in_pitch, at, n);
    }
}

/* The pass along columns: LANES columns per vector, and what remains one by one. Inline, because not every instruction
 * set gains by it. */
typedef struct box_columns_state {
    float *sums;
    const float *in;
    size_t pitch;
    const phash_box_shape *shape;
    size_t ahead;
    size_t behind;
} box_columns_state;

static inline const float *columns_row(const box_columns_state *c, size_t y)
{
    return c->in + (y - c->shape->top) * c->pitch;
}

static inline BOX_TARGET void columns_add(const box_columns_state *c, size_t y)
{
    const float *in = columns_row(c, y);
    size_t x = 0;

    for (; x + LANES <= c->shape->cols; x += LANES)
        v_store(c->sums + x, v_add(v_load(c->sums + x), v_load(in + x)));
    for (; x < c->shape->cols; x++)
        c->sums[x] += in[x];
}

static inline BOX_TARGET void columns_subtract(const box_columns_state *c, size_t y)
{
    const float *in = columns_row(c, y);
    size_t x = 0;

    for (; x + LANES <= c->shape->cols; x += LANES)
        v_store(c->sums + x, v_sub(v_load(c->sums + x), v_load(in + x)));
    for (; x < c->shape->cols; x++)
        c->sums[x] -= in[x];
}

static inline BOX_TARGET void columns_write(float *out, const box_columns_state *c, size_t o)
{
    const float count = (float)box_count(o, c->ahead, c->behind, c->shape->rows);
    size_t x = 0;

    for (; x + LANES <= c->shape->cols; x += LANES)
        v_store(out + x, v_div(v_load(c->sums + x), v_set1(count)));
    for (; x < c->shape->cols; x++)
        out[x] = c->sums[x] / count;
}

static inline BOX_TARGET void columns_start(const box_columns_state *c)
{
    for (size_t x = 0; x < c->shape->cols; x++)
        c->sums[x] = 0.0f;
    for (size_t y = 0; y < c->ahead; y++)
        columns_add(c, y);
}

/* Move the sums from output o - 1 to output o. */
static inline BOX_TARGET void columns_step(const box_columns_state *c, size_t o)
{
    if (o + c->ahead < c->shape->rows)
        columns_add(c, o + c->ahead);
    if (o > c->behind)
        columns_subtract(c, o - c->behind - 1);
}

enum { GROUP = 4 }; /* rows taken together, so that sums are loaded and stored once for all */

/* Are all windows of the GROUP outputs from o on whole? */
static inline bool columns_are_inside(const box_columns_state *c, size_t o)
{
    return o > c->behind && o + GROUP - 1 + c->ahead < c->shape->rows;
}

/* GROUP outputs of column x alone. */
static inline void columns_means_one(const box_columns_state *c, float *out, size_t out_pitch, size_t o, size_t x)
{
    const float *enters = columns_row(c, o + c->ahead) + x;
    const float *leaves = columns_row(c, o - c->behind - 1) + x;
    float sum = c->sums[x];

    for (size_t t = 0; t < GROUP; t++) {
        sum += enters[t * c->pitch];
        sum -= leaves[t * c->pitch];
        out[t * out_pitch + x] = sum / (float)c->shape->window;
    }
    c->sums[x] = sum;
}

static inline BOX_TARGET void columns_means(const box_columns_state *c, float *out, size_t out_pitch, size_t o,
                                            bool by_product)
{
    const vec factor = box_factor(c->shape->window, by_product);
    const float *enters = columns_row(c, o + c->ahead);
    const float *leaves = columns_row(c, o - c->behind - 1);
    size_t x = 0;

    for (; x + LANES <= c->shape->cols; x += LANES) {
        vec sum = v_load(c->sums + x);
        for (size_t t = 0; t < GROUP; t++) {
            sum = v_add(sum, v_load(enters + t * c->pitch + x));
            sum = v_sub(sum, v_load(leaves + t * c->pitch + x));
            v_store(out + t * out_pitch + x, box_mean(sum, factor, by_product));
        }
        v_store(c->sums + x, sum);
    }
    for (; x < c->shape->cols; x++)
        columns_means_one(c, out, out_pitch, o, x);
}

static inline BOX_TARGET void box_columns(float *out, size_t out_pitch, const float *in, size_t in_pitch,
                                   const phash_box_shape *shape, float *sums, size_t first, size_t last)
{
    const size_t ahead = shape->window / 2;
    const box_columns_state c = {sums, in, in_pitch, shape, ahead, shape->window - 1 - ahead};
    const bool by_product = box_is_power_of_two(shape->window);
    size_t o = first;

    if (first == 0)
        columns_start(&c);
    while (o < last) {
        float *to = out + (o - first) * out_pitch;
        if (o + GROUP > last || !columns_are_inside(&c, o)) {
            columns_step(&c, o);
            columns_write(to, &c, o);
            o++;
            continue;
        }
        if (by_product)
            columns_means(&c, to, out_pitch, o, true);
        else
            columns_means(&c, to, out_pitch, o, false);
        o += GROUP;
    }
}
