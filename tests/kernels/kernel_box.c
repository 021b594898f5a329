/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/box.h"
#include "simd/luma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_MAX = 80, SIDE = 512, PITCH = SIDE + 16 };

/* One drawn case: a plane, a window, the places wanted. */
typedef struct drawn {
    phash_box_shape shape;
    size_t pitch;
    size_t out_gap; /* floats between the rows of the output */
    guard_buffer in;
    uint32_t at[AT_MAX];
    size_t n;
    char text[128];
} drawn;

static int compare_places(const void *x, const void *y)
{
    const uint32_t a = *(const uint32_t *)x;
    const uint32_t b = *(const uint32_t *)y;

    return (a > b) - (a < b);
}

static drawn draw(kernel_run *run, bool along_rows)
{
    const size_t rows = 1 + test_rng_below(&run->rng, test_rng_below(&run->rng, 2) ? 12 : 100);
    const size_t cols = 1 + test_rng_below(&run->rng, test_rng_below(&run->rng, 2) ? 20 : 300);
    const size_t length = along_rows ? cols : rows;
    drawn d = {.shape = {rows, cols, 0, 0}, .out_gap = test_rng_below(&run->rng, 4)};

    d.pitch = cols + test_rng_below(&run->rng, 6);
    /* The window of the algorithm, a small one, or any. */
    const size_t windows[] = {(length + 127) / 128, 1 + test_rng_below(&run->rng, 9),
                              1 + test_rng_below(&run->rng, (uint32_t)length)};
    d.shape.window = windows[test_rng_below(&run->rng, 3)];
    if (d.shape.window > length)
        d.shape.window = length;
    d.in = guard_new(((rows - 1) * d.pitch + cols) * sizeof(float));
    kernel_fill_floats(run, (float *)(void *)d.in.data, d.in.size / sizeof(float));
    d.n = test_rng_below(&run->rng, AT_MAX);
    for (size_t i = 0; i < d.n; i++)
        d.at[i] = test_rng_below(&run->rng, (uint32_t)length);
    qsort(d.at, d.n, sizeof *d.at, compare_places);
    snprintf(d.text, sizeof d.text, "rows %zu, cols %zu, window %zu, pitch %zu, n %zu", rows, cols, d.shape.window,
             d.pitch, d.n);
    return d;
}

static const float *plane_of(const drawn *d)
{
    return (const float *)(const void *)d->in.data;
}

static kernel_output output_of(const drawn *d, size_t rows, size_t cols, uint8_t poison)
{
    return kernel_output_new(rows, cols * sizeof(float), (cols + d->out_gap) * sizeof(float), poison);
}

static void finish(kernel_run *run, drawn *d, kernel_output *a, kernel_output *b)
{
    kernel_compare(run, a, b, d->text);
    kernel_output_free(a);
    kernel_output_free(b);
    guard_free(&d->in);
}

static float *floats(const kernel_output *o)
{
    return (float *)(void *)o->buffer.data;
}

static void check_rows(kernel_run *run, const phash_box_kernels *c, const phash_box_kernels *k)
{
    drawn d = draw(run, true);
    const size_t pitch = d.shape.cols + d.out_gap;
    kernel_output a = output_of(&d, d.shape.rows, d.shape.cols, 0xa5);
    kernel_output b = output_of(&d, d.shape.rows, d.shape.cols, 0x3c);

    run->kernel = "box_rows";
    c->rows(floats(&a), pitch, plane_of(&d), d.pitch, &d.shape);
    k->rows(floats(&b), pitch, plane_of(&d), d.pitch, &d.shape);
    finish(run, &d, &a, &b);
}

static void check_rows_at(kernel_run *run, const phash_box_kernels *c, const phash_box_kernels *k)
{
    drawn d = draw(run, true);
    const size_t pitch = d.n + d.out_gap;
    kernel_output a = output_of(&d, d.shape.rows, d.n, 0xa5);
    kernel_output b = output_of(&d, d.shape.rows, d.n, 0x3c);

    run->kernel = "box_rows_at";
    c->rows_at(floats(&a), pitch, plane_of(&d), d.pitch, &d.shape, d.at, d.n);
    k->rows_at(floats(&b), pitch, plane_of(&d), d.pitch, &d.shape, d.at, d.n);
    finish(run, &d, &a, &b);
}

/* The plain kernel in one call, the tested one in pieces of any length. */
static void check_columns(kernel_run *run, const phash_box_kernels *c, const phash_box_kernels *k)
{
    drawn d = draw(run, false);
    const size_t pitch = d.shape.cols + d.out_gap;
    kernel_output a = output_of(&d, d.shape.rows, d.shape.cols, 0xa5);
    kernel_output b = output_of(&d, d.shape.rows, d.shape.cols, 0x3c);
    guard_buffer sums = guard_new(d.shape.cols * sizeof(float));

    run->kernel = "box_columns";
    c->columns(floats(&a), pitch, plane_of(&d), d.pitch, &d.shape, (float *)(void *)sums.data, 0, d.shape.rows);
    for (size_t first = 0, last; first < d.shape.rows; first = last) {
        last = first + 1 + test_rng_below(&run->rng, (uint32_t)(d.shape.rows - first));
        /* Rows above the window are gone by now. */
        d.shape.top = first > d.shape.window ? first - d.shape.window : 0;
        k->columns(floats(&b) + first * pitch, pitch, plane_of(&d) + d.shape.top * d.pitch, d.pitch, &d.shape,
                   (float *)(void *)sums.data, first, last);
    }
    guard_free(&sums);
    finish(run, &d, &a, &b);
}

/* Chosen rows against those of all. */
static void check_columns_at(kernel_run *run, const phash_box_kernels *c)
{
    drawn d = draw(run, false);
    const size_t pitch = d.shape.cols + d.out_gap;
    kernel_output a = output_of(&d, d.n, d.shape.cols, 0xa5);
    kernel_output b = output_of(&d, d.n, d.shape.cols, 0x3c);
    float *all = calloc(d.shape.rows * d.shape.cols, sizeof *all);
    guard_buffer sums = guard_new(d.shape.cols * sizeof(float));

    if (all == NULL)
        abort();
    run->kernel = "box_columns_at";
    c->columns(all, d.shape.cols, plane_of(&d), d.pitch, &d.shape, (float *)(void *)sums.data, 0, d.shape.rows);
    for (size_t i = 0; i < d.n; i++)
        memcpy(floats(&a) + i * pitch, all + d.at[i] * d.shape.cols, d.shape.cols * sizeof *all);
    phash_box_columns_at(floats(&b), pitch, plane_of(&d), d.pitch, &d.shape, (float *)(void *)sums.data, d.at, d.n);
    free(all);
    guard_free(&sums);
    finish(run, &d, &a, &b);
}

/* Any plane that the grid filter takes, in strips. */
static void run_grid(phash_grid_strip *strip, float *grid, const float *in, size_t pitch, size_t rows, size_t cols)
{
    phash_grid_filter f;

    phash_grid_filter_init(&f, rows, cols);
    for (size_t y = 0; f.done < PHASH_GRID_SIDE; y += PHASH_GRID_STRIP) {
        const size_t left = y < rows ? rows - y : 0;
        strip(&f, grid, in + (y < rows ? y : 0) * pitch, pitch, left < PHASH_GRID_STRIP ? left : PHASH_GRID_STRIP);
    }
}

static void run_pixels(phash_grid_strip_pixels *strip, float *grid, const uint8_t *in, size_t stride, size_t rows,
                       size_t cols, size_t samples)
{
    phash_grid_filter f;

    phash_grid_filter_init(&f, rows, cols);
    for (size_t y = 0; f.done < PHASH_GRID_SIDE; y += PHASH_GRID_STRIP) {
        const size_t left = y < rows ? rows - y : 0;
        strip(&f, grid, in + (y < rows ? y : 0) * stride, stride, left < PHASH_GRID_STRIP ? left : PHASH_GRID_STRIP,
              samples);
    }
}

/* The plain grid filter against the plain passes one by one. */
static void reference_grid(float *grid, const phash_box_kernels *c, const drawn *d, size_t rows, size_t cols)
{
    const phash_box_shape along = {rows, cols, (cols + 127) / 128, 0};
    const phash_box_shape down = {rows, cols, (rows + 127) / 128, 0};
    const phash_box_shape down_grid = {rows, 64, (rows + 127) / 128, 0};
    static float a[SIDE * SIDE];
    static float b[SIDE * SIDE];
    float sums[SIDE];
    uint32_t rows_at[64];
    uint32_t cols_at[64];

    for (size_t i = 0; i < 64; i++) {
        rows_at[i] = (uint32_t)((2 * i + 1) * rows / 128);
        cols_at[i] = (uint32_t)((2 * i + 1) * cols / 128);
    }
    c->rows(a, cols, plane_of(d), d->pitch, &along);
    c->columns(b, cols, a, cols, &down, sums, 0, rows);
    c->rows_at(a, 64, b, cols, &along, cols_at, 64);
    phash_box_columns_at(grid, 64, a, 64, &down_grid, sums, rows_at, 64);
}

static void check_grid(kernel_run *run, const phash_box_kernels *c, const phash_box_kernels *k)
{
    const uint32_t limit = test_rng_below(&run->rng, 2) ? SIDE : 140;
    const size_t rows = 1 + test_rng_below(&run->rng, limit);
    const size_t cols = 1 + test_rng_below(&run->rng, limit);
    drawn d = {.pitch = cols + test_rng_below(&run->rng, 6)};

    d.in = guard_new(((rows - 1) * d.pitch + cols) * sizeof(float));
    kernel_fill_floats(run, (float *)(void *)d.in.data, d.in.size / sizeof(float));
    snprintf(d.text, sizeof d.text, "rows %zu, cols %zu, pitch %zu", rows, cols, d.pitch);
    kernel_output a = kernel_output_new(64, 64 * sizeof(float), 64 * sizeof(float), 0xa5);
    kernel_output b = kernel_output_new(64, 64 * sizeof(float), 64 * sizeof(float), 0x3c);
    run->kernel = "grid_strip";
    reference_grid(floats(&a), c, &d, rows, cols);
    run_grid(k->grid_strip, floats(&b), plane_of(&d), d.pitch, rows, cols);
    finish(run, &d, &a, &b);
}

/* Pixels given as luminance and as they are. */
static void check_pixels(kernel_run *run, const phash_box_kernels *c, const phash_box_kernels *k)
{
    const uint32_t limit = test_rng_below(&run->rng, 2) ? SIDE : 140;
    const size_t rows = 1 + test_rng_below(&run->rng, limit);
    const size_t cols = 1 + test_rng_below(&run->rng, limit);
    const size_t samples = test_rng_below(&run->rng, 2) ? 1 : 3;
    const size_t stride = cols * samples + test_rng_below(&run->rng, 6);
    drawn d = {.pitch = cols};
    guard_buffer bytes = guard_new((rows - 1) * stride + cols * samples);

    kernel_fill(run, bytes.data, bytes.size);
    d.in = guard_new(rows * cols * sizeof(float));
    for (size_t y = 0; y < rows; y++) {
        float *row = (float *)(void *)d.in.data + y * cols;
        (samples == 1 ? phash_luma_grey_c : phash_luma_rgb_c)(row, bytes.data + y * stride, cols);
    }
    snprintf(d.text, sizeof d.text, "rows %zu, cols %zu, stride %zu, samples %zu", rows, cols, stride, samples);
    kernel_output a = kernel_output_new(64, 64 * sizeof(float), 64 * sizeof(float), 0xa5);
    kernel_output b = kernel_output_new(64, 64 * sizeof(float), 64 * sizeof(float), 0x3c);
    run->kernel = "grid_strip_pixels";
    reference_grid(floats(&a), c, &d, rows, cols);
    run_pixels(k->grid_strip_pixels, floats(&b), bytes.data, stride, rows, cols, samples);
    guard_free(&bytes);
    finish(run, &d, &a, &b);
}

/* The division by three of simd/grid_lanes.h, for every significand. */
static void check_third(kernel_run *run)
{
    const float third = 1.0f / 3.0f;

    run->checks++;
    for (uint32_t i = 1u << 23; i < 1u << 24; i++) {
        const float x = (float)i * (1.0f / 65536.0f);
        const float q = x * third;
        const float left = (x - (q + q)) - q;
        if (q + left * third != x / 3.0f) {
            printf("FAIL a third of %a\n", (double)x);
            run->failed = true;
            return;
        }
    }
}

typedef struct bench {
    phash_box_kernels k;
    float in[SIDE * PITCH];
    float out[SIDE * PITCH];
    float sums[SIDE];
    uint32_t at[64];
    uint8_t pixels[SIDE * SIDE * 3];
} bench;

static const phash_box_shape bench_shape = {SIDE, SIDE, 4, 0};

static void call_rows(void *context)
{
    bench *b = context;

    b->k.rows(b->out, PITCH, b->in, PITCH, &bench_shape);
}

static void call_rows_at(void *context)
{
    bench *b = context;

    b->k.rows_at(b->out, 64, b->in, PITCH, &bench_shape, b->at, 64);
}

static void call_columns(void *context)
{
    bench *b = context;

    b->k.columns(b->out, PITCH, b->in, PITCH, &bench_shape, b->sums, 0, SIDE);
}

static void call_grid(void *context)
{
    bench *b = context;

    run_grid(b->k.grid_strip, b->out, b->in, PITCH, SIDE, SIDE);
}

static void call_small_grid(void *context)
{
    bench *b = context;

    run_grid(b->k.grid_strip, b->out, b->in, PITCH, 375, 500);
}

static void call_grey_grid(void *context)
{
    bench *b = context;

    run_pixels(b->k.grid_strip_pixels, b->out, b->pixels, SIDE, SIDE, SIDE, 1);
}

static void call_rgb_grid(void *context)
{
    bench *b = context;

    run_pixels(b->k.grid_strip_pixels, b->out, b->pixels, (size_t)SIDE * 3, SIDE, SIDE, 3);
}

enum { CALLS = 7 };

static void bench_level(bench *b, const char *isa, double ns_c[CALLS])
{
    static void (*const calls[CALLS])(void *) = {call_rows, call_columns,    call_rows_at,
                                                 call_grid, call_small_grid, call_grey_grid, call_rgb_grid};
    static const char *const names[CALLS] = {"box_rows",     "box_columns",  "box_rows_at",
                                             "grid_512x512", "grid_500x375", "grid_grey_512x512", "grid_rgb_512x512"};

    for (size_t i = 0; i < CALLS; i++) {
        const double ns = kernel_time(calls[i], b);
        if (ns_c[i] == 0)
            ns_c[i] = ns;
        kernel_report(names[i], isa, ns, ns_c[i]);
    }
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "box");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_box_kernels c;
    phash_grid_strip *before = NULL;
    double ns_c[CALLS] = {0};
    static bench b;

    phash_box_kernels_init(&c, 0);
    check_third(&run);
    run.isa = "c";
    for (int round = 0; round < 400; round++)
        check_columns_at(&run, &c);
    for (size_t i = 0; i < SIDE * PITCH; i++)
        b.in[i] = (float)(i * 2654435761u % 256);
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        b.pixels[i] = (uint8_t)(i * 2654435761u >> 7);
    for (size_t i = 0; i < 64; i++)
        b.at[i] = (uint32_t)(8 * i + 4);
    for (size_t i = 0; i < n; i++) {
        phash_box_kernels_init(&b.k, levels[i].flags);
        if (b.k.grid_strip == before)
            continue;
        before = b.k.grid_strip;
        run.isa = levels[i].isa;
        for (int round = 0; round < 400; round++) {
            check_rows(&run, &c, &b.k);
            check_rows_at(&run, &c, &b.k);
            check_columns(&run, &c, &b.k);
            check_grid(&run, &c, &b.k);
            check_pixels(&run, &c, &b.k);
        }
        if (run.bench && !run.failed)
            bench_level(&b, run.isa, ns_c);
    }
    return kernel_finish(&run);
}
