/* SPDX-License-Identifier: Apache-2.0 */
/* All kernels together: random planes of random sizes through a hasher, against PDQ written out literally.
 * --bench gives the end-to-end figure: a plane of 512 x 512 to its fingerprint. */
#include "hash/hasher.h"
#include "kernels/kernel_harness.h"
#include "vectors/pdq_planes.h"
#include "vectors/pdq_reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 512, SIZE = SIDE * SIDE };

typedef struct bench {
    uint8_t pixels[SIZE];
    float luma[SIZE]; /* what the literal program starts from; it writes over its copy */
    float copy[SIZE];
    float spare[SIZE];
    phash_hasher *hasher;
    phash_bitmap bitmap;
    phash_fingerprint fingerprint;
    pdq_reference reference;
} bench;

static void to_floats(float *out, const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i];
}

static bool differs(const bench *b)
{
    return memcmp(b->reference.grid, b->hasher->grid, sizeof b->reference.grid) != 0 ||
           memcmp(b->reference.coefficients, b->hasher->coefficients, sizeof b->reference.coefficients) != 0 ||
           memcmp(b->reference.hash, b->fingerprint.hash.bytes, 32) != 0 ||
           b->reference.quality != b->fingerprint.quality;
}

static void check(kernel_run *run, bench *b)
{
    const uint32_t limit = test_rng_below(&run->rng, 3) != 0 ? 150 : SIDE;
    const uint32_t width = 1 + test_rng_below(&run->rng, limit);
    const uint32_t height = 1 + test_rng_below(&run->rng, limit);
    const size_t stride = width + test_rng_below(&run->rng, 3);
    guard_buffer pixels = guard_new((height - 1) * stride + width);
    const phash_bitmap bitmap = {pixels.data, width, height, stride, PHASH_PIXELS_GREY};

    kernel_fill(run, pixels.data, pixels.size);
    for (uint32_t y = 0; y < height; y++)
        to_floats(b->copy + (size_t)y * width, pixels.data + y * stride, width);
    pdq_reference_run(&b->reference, b->copy, b->spare, height, width, 0);
    run->checks++;
    if (phash_hasher_run(b->hasher, &b->fingerprint, &bitmap, PHASH_SCALING_512) != PHASH_OK || differs(b)) {
        printf("FAIL hasher, kernels %s, %u x %u, seed %llu\n", run->isa, (unsigned)width, (unsigned)height,
               (unsigned long long)run->seed);
        run->failed = true;
    }
    guard_free(&pixels);
}

static void call_literal(void *context)
{
    bench *b = context;

    memcpy(b->copy, b->luma, sizeof b->copy);
    pdq_reference_run(&b->reference, b->copy, b->spare, SIDE, SIDE, 0);
}

static void call_copy(void *context)
{
    bench *b = context;

    memcpy(b->copy, b->luma, sizeof b->copy);
}

/* From 8-bit grey, as the public function does. */
static void call_run(void *context)
{
    bench *b = context;

    if (phash_hasher_run(b->hasher, &b->fingerprint, &b->bitmap, PHASH_SCALING_512) != PHASH_OK)
        abort();
}

/* From the float plane, as the literal program does. */
static void call_plane(void *context)
{
    bench *b = context;

    phash_plane_to_grid(b->hasher->grid, &b->hasher->plane, &b->hasher->space, &b->hasher->box);
    phash_hasher_finish(b->hasher, &b->fingerprint);
}

static void bench_hasher(bench *b, const char *isa)
{
    const double literal = kernel_time(call_literal, b) - kernel_time(call_copy, b);
    const double whole = kernel_time(call_run, b);
    if (phash_hasher_load(b->hasher, &b->bitmap, PHASH_SCALING_512, false) != PHASH_OK)
        abort();
    const double plane = kernel_time(call_plane, b);

    printf("512 x 512 plane to fingerprint, literal: %.1f us\n", literal / 1e3);
    printf("512 x 512 plane to fingerprint, %s: %.1f us  (%.1f x over literal)\n", isa, plane / 1e3,
           literal / plane);
    printf("512 x 512 grey bitmap to fingerprint, %s: %.1f us  (%.1f x over literal)\n", isa, whole / 1e3,
           literal / whole);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "hasher");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_grid_strip *before = NULL;
    bench *b = calloc(1, sizeof *b);

    if (b == NULL)
        return 1;
    pdq_plane_generate(b->pixels, "grey_vnoise", SIDE, SIDE);
    to_floats(b->luma, b->pixels, SIZE);
    b->bitmap = (phash_bitmap){b->pixels, SIDE, SIDE, SIDE, PHASH_PIXELS_GREY};
    for (size_t i = 0; i < n; i++) {
        run.isa = levels[i].isa;
        if (phash_hasher_new_with_cpu(&b->hasher, 0, NULL, levels[i].flags) != PHASH_OK)
            return 1;
        for (int round = 0; round < 60; round++)
            check(&run, b);
        if (run.bench && !run.failed && b->hasher->box.grid_strip != before)
            bench_hasher(b, run.isa);
        before = b->hasher->box.grid_strip;
        phash_hasher_free(&b->hasher);
    }
    free(b);
    return kernel_finish(&run);
}
