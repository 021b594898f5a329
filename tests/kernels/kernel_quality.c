/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/quality.h"

#include <stdio.h>

static void check(kernel_run *run, phash_quality_sum *truth, phash_quality_sum *tested)
{
    guard_buffer in = guard_new(PHASH_GRID_SIZE * sizeof(float));
    float *grid = (float *)(void *)in.data;

    kernel_fill_floats(run, grid, PHASH_GRID_SIZE);
    const uint32_t a = truth(grid);
    const uint32_t b = tested(grid);
    run->checks++;
    if (a != b) {
        printf("FAIL %s_%s, seed %llu: %u is not %u\n", run->kernel, run->isa, (unsigned long long)run->seed,
               (unsigned)b, (unsigned)a);
        run->failed = true;
    }
    guard_free(&in);
}

typedef struct bench {
    phash_quality_sum *sum;
    float grid[PHASH_GRID_SIZE];
    volatile uint32_t result;
} bench;

static void call(void *context)
{
    bench *b = context;

    b->result = b->sum(b->grid);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "quality");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_quality_kernels c;
    phash_quality_sum *before = NULL;
    double ns_c = 0;
    static bench b;

    run.kernel = "quality_sum";
    phash_quality_kernels_init(&c, 0);
    kernel_fill_floats(&run, b.grid, PHASH_GRID_SIZE);
    for (size_t i = 0; i < n; i++) {
        phash_quality_kernels k;
        phash_quality_kernels_init(&k, levels[i].flags);
        if (k.sum == before)
            continue;
        before = k.sum;
        run.isa = levels[i].isa;
        for (int round = 0; round < 100; round++)
            check(&run, c.sum, k.sum);
        if (run.bench && !run.failed) {
            b.sum = k.sum;
            const double ns = kernel_time(call, &b);
            ns_c = i == 0 ? ns : ns_c;
            kernel_report(run.kernel, run.isa, ns, ns_c);
        }
    }
    return kernel_finish(&run);
}
