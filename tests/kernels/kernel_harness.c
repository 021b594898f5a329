/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "kernels/kernel_harness.h"

#include "util/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

kernel_run kernel_start(int argc, char **argv, const char *family)
{
    kernel_run run = {.family = family, .seed = test_seed(1), .flags = phash_cpu_flags(), .kernel = "", .isa = ""};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--bench") == 0) {
            run.bench = true;
        } else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
            run.seed = strtoull(argv[++i], NULL, 0);
        } else if (i + 1 < argc && strcmp(argv[i], "--mask") == 0) {
            run.flags &= (uint32_t)strtoul(argv[++i], NULL, 0);
        } else {
            fprintf(stderr, "usage: %s [--seed N] [--mask FLAGS] [--bench]\n", argv[0]);
            exit(64);
        }
    }
    run.rng = test_rng_init(run.seed);
    printf("%s: seed %llu, features 0x%03x\n", family, (unsigned long long)run.seed, (unsigned)run.flags);
    return run;
}

int kernel_finish(const kernel_run *run)
{
    printf("%s: %zu comparisons, %s\n", run->family, run->checks, run->failed ? "FAILED" : "all equal");
    return run->failed ? 1 : 0;
}

size_t kernel_levels(kernel_level levels[KERNEL_LEVELS_MAX], const kernel_run *run)
{
    static const kernel_level ladder[] = {
        {"sse2", PHASH_CPU_SSE2},
        {"ssse3", PHASH_CPU_SSE2 | PHASH_CPU_SSSE3},
        {"avx2", PHASH_CPU_SSE2 | PHASH_CPU_SSSE3 | PHASH_CPU_AVX2},
        {"avx512", PHASH_CPU_SSE2 | PHASH_CPU_SSSE3 | PHASH_CPU_AVX2 | PHASH_CPU_AVX512 | PHASH_CPU_VPOPCNT},
        {"ifma", PHASH_CPU_SSE2 | PHASH_CPU_SSSE3 | PHASH_CPU_AVX2 | PHASH_CPU_AVX512 | PHASH_CPU_VPOPCNT |
                     PHASH_CPU_IFMA},
        {"neon", PHASH_CPU_NEON},
    };
    size_t n = 0;

    levels[n++] = (kernel_level){"c", 0};
    for (size_t i = 0; i < sizeof ladder / sizeof *ladder; i++) {
        const uint32_t flags = ladder[i].flags & run->flags;
        if (flags != 0 && flags != levels[n - 1].flags)
            levels[n++] = (kernel_level){ladder[i].isa, flags};
    }
    return n;
}

void kernel_fill(kernel_run *run, uint8_t *out, size_t size)
{
    switch (test_rng_below(&run->rng, 8)) {
    case 0: memset(out, 0, size); break;
    case 1: memset(out, 255, size); break;
    case 2:
        for (size_t i = 0; i < size; i++)
            out[i] = i % 2 != 0 ? 255 : 0;
        break;
    case 3:
        memset(out, 0, size);
        if (size != 0)
            out[test_rng_below(&run->rng, (uint32_t)size)] = (uint8_t)(1u << test_rng_below(&run->rng, 8));
        break;
    default: test_rng_fill(&run->rng, out, size);
    }
}

void kernel_fill_floats(kernel_run *run, float *out, size_t n)
{
    const uint32_t kind = test_rng_below(&run->rng, 5);

    for (size_t i = 0; i < n; i++) {
        const uint32_t r = (uint32_t)(test_rng_next(&run->rng) >> 32);
        if (kind == 0) /* a flat plane */
            out[i] = 128.0f;
        else if (kind == 1) /* grey levels */
            out[i] = (float)(r >> 24);
        else if (kind == 2) /* black and white */
            out[i] = i % 2 != 0 ? 255.0f : 0.0f;
        else /* luminance of colours: every bit of the significand used */
            out[i] = (float)(r >> 8) * (255.0f / 16777216.0f);
    }
}

kernel_output kernel_output_new(size_t rows, size_t size, size_t stride, uint8_t poison)
{
    const size_t total = rows == 0 ? 0 : (rows - 1) * stride + size;
    kernel_output output = {guard_new(total), rows, size, stride, poison};

    memset(output.buffer.data, poison, total);
    return output;
}

void kernel_output_free(kernel_output *output)
{
    guard_free(&output->buffer);
}

static bool is_poison(const uint8_t *bytes, size_t size, uint8_t poison)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != poison)
            return false;
    return true;
}

static void fail(kernel_run *run, const char *shape, const char *what, size_t row, size_t byte)
{
    run->failed = true;
    printf("FAIL %s_%s, %s, seed %llu: %s in row %zu, byte %zu\n", run->kernel, run->isa, shape,
           (unsigned long long)run->seed, what, row, byte);
}

void kernel_compare(kernel_run *run, const kernel_output *expected, const kernel_output *actual, const char *shape)
{
    run->checks++;
    for (size_t y = 0; y < expected->rows; y++) {
        const uint8_t *e = expected->buffer.data + y * expected->stride;
        const uint8_t *a = actual->buffer.data + y * actual->stride;
        if (memcmp(e, a, expected->size) != 0) {
            size_t i = 0;
            while (e[i] == a[i])
                i++;
            fail(run, shape, "first difference", y, i);
            return;
        }
        const size_t gap = y + 1 < expected->rows ? expected->stride - expected->size : 0;
        if (!is_poison(e + expected->size, gap, expected->poison) ||
            !is_poison(a + actual->size, gap, actual->poison)) {
            fail(run, shape, "padding written", y, expected->size);
            return;
        }
    }
}

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other programs on the machine do not count */
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare_doubles(const void *x, const void *y)
{
    const double a = *(const double *)x;
    const double b = *(const double *)y;

    return (a > b) - (a < b);
}

double kernel_time(void (*call)(void *context), void *context)
{
    enum { SAMPLES = 15 };
    double samples[SAMPLES];
    size_t calls = 1;

    /* Enough calls for about a millisecond a sample. */
    for (;;) {
        const double start = now_ns();
        for (size_t i = 0; i < calls; i++)
            call(context);
        if (now_ns() - start > 1e6)
            break;
        calls *= 2;
    }
    for (size_t s = 0; s < SAMPLES; s++) {
        const double start = now_ns();
        for (size_t i = 0; i < calls; i++)
            call(context);
        samples[s] = (now_ns() - start) / (double)calls;
    }
    qsort(samples, SAMPLES, sizeof *samples, compare_doubles);
    return samples[SAMPLES / 2];
}

void kernel_report(const char *kernel, const char *isa, double ns, double ns_c)
{
    printf("%s_%s  %.1f ns  (%.2f x over _c)\n", kernel, isa, ns, ns_c / ns);
}
