/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/dct.h"
#include "simd/dct_tables.h"
#include "vectors/pdq_planes.h"
#include "vectors/pdq_reference.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The embedded matrix: the sum over its bytes that docs/pdq.md gives, and the formula. */
static void check_matrix(kernel_run *run)
{
    uint8_t bytes[4096];

    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 64; j++) {
            const uint32_t bits = phash_dct_transposed.bits[j][i];
            const float expected = pdq_reference_coefficient((int)i, (int)j);
            for (size_t b = 0; b < 4; b++)
                bytes[4 * (64 * i + j) + b] = (uint8_t)(bits >> (8 * b));
            if (phash_dct_transposed.coefficients[j][i] != expected) {
                printf("FAIL dct matrix [%zu][%zu] is not the formula's value\n", i, j);
                run->failed = true;
            }
        }
    if (pdq_fnv1a(bytes, sizeof bytes) != UINT64_C(0x4d9a13ea83b0b0c5)) {
        printf("FAIL dct matrix: FNV-1a\n");
        run->failed = true;
    }
    run->checks++;
}

static void check(kernel_run *run, phash_dct_grid *truth, phash_dct_grid *tested)
{
    guard_buffer in = guard_new(64 * 64 * sizeof(float));
    kernel_output a = kernel_output_new(1, 256 * sizeof(float), 256 * sizeof(float), 0xa5);
    kernel_output b = kernel_output_new(1, 256 * sizeof(float), 256 * sizeof(float), 0x3c);

    kernel_fill_floats(run, (float *)(void *)in.data, 64 * 64);
    truth((float *)(void *)a.buffer.data, (const float *)(const void *)in.data);
    tested((float *)(void *)b.buffer.data, (const float *)(const void *)in.data);
    kernel_compare(run, &a, &b, "64 x 64");
    kernel_output_free(&a);
    kernel_output_free(&b);
    guard_free(&in);
}

/* The plain kernel against double precision: the rounding of 2 x 64 additions stays far below 0.1. */
static void check_truth(kernel_run *run, phash_dct_grid *truth)
{
    static double half[16][64];
    float grid[64 * 64];
    float out[256];

    kernel_fill_floats(run, grid, 64 * 64);
    truth(out, grid);
    memset(half, 0, sizeof half);
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 64; j++)
            for (size_t k = 0; k < 64; k++)
                half[i][j] += (double)pdq_reference_coefficient((int)i, (int)k) * (double)grid[64 * k + j];
    for (size_t i = 0; i < 16; i++)
        for (size_t j = 0; j < 16; j++) {
            double sum = 0;
            for (size_t k = 0; k < 64; k++)
                sum += half[i][k] * (double)pdq_reference_coefficient((int)j, (int)k);
            if (fabs(sum - (double)out[16 * i + j]) > 0.1) {
                printf("FAIL dct_grid_c [%zu][%zu] is far from the formula\n", i, j);
                run->failed = true;
            }
        }
    run->checks++;
}

typedef struct bench {
    phash_dct_grid *grid;
    float in[64 * 64];
    float out[256];
} bench;

static void call(void *context)
{
    bench *b = context;

    b->grid(b->out, b->in);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "dct");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_dct_kernels c;
    phash_dct_grid *before = NULL;
    double ns_c = 0;
    static bench b;

    run.kernel = "dct_grid";
    phash_dct_kernels_init(&c, 0);
    check_matrix(&run);
    check_truth(&run, c.grid);
    kernel_fill_floats(&run, b.in, 64 * 64);
    for (size_t i = 0; i < n; i++) {
        phash_dct_kernels k;
        phash_dct_kernels_init(&k, levels[i].flags);
        if (k.grid == before)
            continue;
        before = k.grid;
        run.isa = levels[i].isa;
        for (int round = 0; round < 50; round++)
            check(&run, c.grid, k.grid);
        if (run.bench && !run.failed) {
            b.grid = k.grid;
            const double ns = kernel_time(call, &b);
            ns_c = i == 0 ? ns : ns_c;
            kernel_report(run.kernel, run.isa, ns, ns_c);
        }
    }
    return kernel_finish(&run);
}
