/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/dct.h"
#include "simd/half_dct.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLANE = 96 * 96 };

/* Places anywhere in the plane, repeated ones too; the last sample of the plane is often among them. */
static void draw(kernel_run *run, uint32_t *out, size_t n, uint32_t below)
{
    for (size_t i = 0; i < n; i++)
        out[i] = test_rng_below(&run->rng, 8) == 0 ? below - 1 : test_rng_below(&run->rng, below);
}

static void check_lines(kernel_run *run, phash_half_dct_lines *truth, phash_half_dct_lines *tested)
{
    const size_t n = test_rng_below(&run->rng, 70);
    guard_buffer in = guard_new(PLANE * sizeof(float));
    kernel_output a = kernel_output_new(1, n * 64, n * 64, 0xa5);
    kernel_output b = kernel_output_new(1, n * 64, n * 64, 0x3c);
    uint32_t start[70];
    uint32_t step[64];

    run->kernel = "half_dct_lines";
    kernel_fill_floats(run, (float *)(void *)in.data, PLANE);
    draw(run, start, 70, PLANE - 500);
    draw(run, step, 64, 501);
    truth((float *)(void *)a.buffer.data, (const float *)(const void *)in.data, start, n, step);
    tested((float *)(void *)b.buffer.data, (const float *)(const void *)in.data, start, n, step);
    kernel_compare(run, &a, &b, "lines");
    kernel_output_free(&a);
    kernel_output_free(&b);
    guard_free(&in);
}

static void check_across(kernel_run *run, phash_half_dct_across *truth, phash_half_dct_across *tested)
{
    guard_buffer half = guard_new(100 * 16 * sizeof(float));
    kernel_output a = kernel_output_new(1, 1024, 1024, 0xa5);
    kernel_output b = kernel_output_new(1, 1024, 1024, 0x3c);
    uint32_t at[64];

    run->kernel = "half_dct_across";
    kernel_fill_floats(run, (float *)(void *)half.data, (size_t)100 * 16);
    draw(run, at, 64, 100);
    truth((float *)(void *)a.buffer.data, (const float *)(const void *)half.data, at);
    tested((float *)(void *)b.buffer.data, (const float *)(const void *)half.data, at);
    kernel_compare(run, &a, &b, "16 x 16");
    kernel_output_free(&a);
    kernel_output_free(&b);
    guard_free(&half);
}

/* The plain halves, columns first, are the plain DCT bit for bit, except that the result is transposed; rows first,
 * they are it up to rounding. */
static void check_truth(kernel_run *run, const phash_half_dct_kernels *c)
{
    phash_dct_kernels dct;
    float grid[64 * 64];
    float half[64 * 16];
    float whole[256];
    float out[256];
    uint32_t row[64];
    uint32_t column[64];

    phash_dct_kernels_init(&dct, 0);
    kernel_fill_floats(run, grid, 64 * 64);
    dct.grid(whole, grid);
    for (uint32_t i = 0; i < 64; i++) {
        row[i] = 64 * i;
        column[i] = i;
    }
    for (int rows_first = 0; rows_first < 2; rows_first++) {
        c->lines(half, grid, rows_first ? row : column, 64, rows_first ? column : row);
        c->across(out, half, column);
        for (size_t i = 0; i < 256; i++) {
            const float expected = rows_first ? whole[i] : whole[i % 16 * 16 + i / 16];
            if (!(fabsf(out[i] - expected) <= (rows_first ? 0.05f : 0.0f))) {
                printf("FAIL half_dct, %s first, [%zu]: %g is not %g\n", rows_first ? "rows" : "columns", i,
                       (double)out[i], (double)expected);
                run->failed = true;
            }
        }
    }
    run->checks++;
}

typedef struct bench {
    phash_half_dct_kernels k;
    float plane[528 * 512];
    float out[512 * 16];
    uint32_t start[512];
    uint32_t step[64];
} bench;

static void call_lines(void *context)
{
    bench *b = context;

    b->k.lines(b->out, b->plane, b->start, 64, b->step);
}

static void call_across(void *context)
{
    bench *b = context;

    b->k.across(b->plane, b->out, b->step);
}

static void bench_both(bench *b, const char *isa, double ns_c[2])
{
    const double lines = kernel_time(call_lines, b);
    const double across = kernel_time(call_across, b);

    ns_c[0] = ns_c[0] != 0 ? ns_c[0] : lines;
    ns_c[1] = ns_c[1] != 0 ? ns_c[1] : across;
    kernel_report("half_dct_lines", isa, lines, ns_c[0]);
    kernel_report("half_dct_across", isa, across, ns_c[1]);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "half_dct");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_half_dct_kernels c;
    phash_half_dct_lines *before = NULL;
    double ns_c[2] = {0, 0};
    static bench b;

    phash_half_dct_kernels_init(&c, 0);
    for (int round = 0; round < 20; round++)
        check_truth(&run, &c);
    for (uint32_t i = 0; i < 512; i++)
        b.start[i] = 528 * i;
    for (uint32_t k = 0; k < 64; k++)
        b.step[k] = 8 * k + 4;
    for (size_t i = 0; i < n; i++) {
        phash_half_dct_kernels_init(&b.k, levels[i].flags);
        if (b.k.lines == before)
            continue;
        before = b.k.lines;
        run.isa = levels[i].isa;
        for (int round = 0; round < 100; round++) {
            check_lines(&run, c.lines, b.k.lines);
            check_across(&run, c.across, b.k.across);
        }
        if (run.bench && !run.failed)
            bench_both(&b, run.isa, ns_c);
    }
    return kernel_finish(&run);
}
