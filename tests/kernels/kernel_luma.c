/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/luma.h"

#include <stdio.h>

static const size_t pixel_sizes[] = {1, 3, 4};
static const char *const names[] = {"luma_grey", "luma_rgb", "luma_rgba"};

static phash_luma_row *kernel_of(const phash_luma_kernels *k, size_t which)
{
    return which == 0 ? k->grey : which == 1 ? k->rgb : k->rgba;
}

static void check_row(kernel_run *run, phash_luma_row *truth, phash_luma_row *tested, size_t size)
{
    const size_t n = test_rng_below(&run->rng, 70);
    guard_buffer in = guard_new(n * size);
    kernel_output a = kernel_output_new(1, n * sizeof(float), n * sizeof(float), 0xa5);
    kernel_output b = kernel_output_new(1, n * sizeof(float), n * sizeof(float), 0x3c);
    char shape[64];

    snprintf(shape, sizeof shape, "n %zu", n);
    kernel_fill(run, in.data, in.size);
    truth((float *)(void *)a.buffer.data, in.data, n);
    tested((float *)(void *)b.buffer.data, in.data, n);
    kernel_compare(run, &a, &b, shape);
    kernel_output_free(&a);
    kernel_output_free(&b);
    guard_free(&in);
}

/* Every value of colour and alpha, against plain division. */
static void check_alpha(kernel_run *run, phash_luma_row *tested)
{
    uint8_t in[256 * 4];
    float out[256];

    for (unsigned alpha = 0; alpha < 256; alpha++) {
        for (unsigned c = 0; c < 256; c++) {
            in[4 * c] = in[4 * c + 1] = in[4 * c + 2] = (uint8_t)c;
            in[4 * c + 3] = (uint8_t)alpha;
        }
        tested(out, in, 256);
        for (unsigned c = 0; c < 256; c++) {
            const float v = (float)((alpha * c + (255 - alpha) * 255 + 127) / 255);
            const float luma = (0.299f * v + 0.587f * v) + 0.114f * v;
            if (luma != out[c]) {
                printf("FAIL %s_%s: colour %u, alpha %u\n", run->kernel, run->isa, c, alpha);
                run->failed = true;
            }
        }
    }
    run->checks++;
}

typedef struct bench {
    phash_luma_row *row;
    float out[512];
    uint8_t in[512 * 4];
} bench;

static void call(void *context)
{
    bench *b = context;

    b->row(b->out, b->in, 512);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "luma");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    static bench b;

    for (size_t which = 0; which < 3; which++) {
        phash_luma_kernels c;
        phash_luma_row *before;
        double ns_c = 0;
        phash_luma_kernels_init(&c, 0);
        before = NULL;
        for (size_t i = 0; i < n; i++) {
            phash_luma_kernels k;
            phash_luma_kernels_init(&k, levels[i].flags);
            phash_luma_row *tested = kernel_of(&k, which);
            if (tested == before)
                continue;
            before = tested;
            run.kernel = names[which];
            run.isa = levels[i].isa;
            for (int round = 0; round < 500; round++)
                check_row(&run, kernel_of(&c, which), tested, pixel_sizes[which]);
            if (which == 2)
                check_alpha(&run, tested);
            if (run.bench && !run.failed) {
                b.row = tested;
                const double ns = kernel_time(call, &b);
                ns_c = i == 0 ? ns : ns_c;
                kernel_report(run.kernel, run.isa, ns, ns_c);
            }
        }
    }
    return kernel_finish(&run);
}
