/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tests share. Each is a program of its own:
 *
 *   kernel_<family> [--seed N] [--mask FLAGS] [--bench]
 *
 * It compares every variant that the processor (and --mask; see util/cpu.h) allows with the plain C one on random
 * and nasty inputs; --bench then times them. Exit 0 all equal, 1 not. */
#ifndef PHASH_TESTS_KERNEL_HARNESS_H
#define PHASH_TESTS_KERNEL_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/guard.h"
#include "support/rng.h"

typedef struct kernel_run {
    const char *family;
    uint64_t seed;
    uint32_t flags;
    bool bench;
    bool failed;
    size_t checks;
    test_rng rng;
    /* for messages: the variant under test */
    const char *kernel;
    const char *isa;
} kernel_run;

/** A step of the ladder of instruction sets; the first is "c" with no flags. */
typedef struct kernel_level {
    const char *isa;
    uint32_t flags;
} kernel_level;

#define KERNEL_LEVELS_MAX 6

kernel_run kernel_start(int argc, char **argv, const char *family);
/** Say how much was checked; the program's exit status. */
int kernel_finish(const kernel_run *run);

/** The ladder up to run->flags. */
size_t kernel_levels(kernel_level levels[KERNEL_LEVELS_MAX], const kernel_run *run);

/** Random bytes, or one of the nasty patterns. */
void kernel_fill(kernel_run *run, uint8_t *out, size_t size);
/** Floats as PDQ's planes have them, of one kind or another. */
void kernel_fill_floats(kernel_run *run, float *out, size_t n);

/** What a kernel wrote: rows of `size` bytes, `stride` apart, in a buffer that ends with the last of them. */
typedef struct kernel_output {
    guard_buffer buffer;
    size_t rows;
    size_t size;
    size_t stride;
    uint8_t poison;
} kernel_output;

kernel_output kernel_output_new(size_t rows, size_t size, size_t stride, uint8_t poison);
void kernel_output_free(kernel_output *output);
/** Fail the run unless both hold the same rows and still their own poison between them. */
void kernel_compare(kernel_run *run, const kernel_output *expected, const kernel_output *actual, const char *shape);

/** Nanoseconds of one call: the median of several samples. */
double kernel_time(void (*call)(void *context), void *context);
/** Print "<kernel>_<isa>  ns  (x over _c)". */
void kernel_report(const char *kernel, const char *isa, double ns, double ns_c);

#endif
