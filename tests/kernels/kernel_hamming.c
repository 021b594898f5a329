/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/hamming.h"

#include <stdio.h>

enum { BENCH_HASHES = 4096 };

/* The plain kernel against counting bit by bit. */
static void check_truth(kernel_run *run, phash_hamming_pair *truth)
{
    uint8_t a[32];
    uint8_t b[32];

    kernel_fill(run, a, sizeof a);
    kernel_fill(run, b, sizeof b);
    uint32_t ones = 0;
    for (size_t bit = 0; bit < 256; bit++)
        ones += (uint32_t)((a[bit / 8] ^ b[bit / 8]) >> (bit % 8)) & 1u;
    run->checks++;
    if (truth(a, b) != ones) {
        printf("FAIL hamming_pair_c, seed %llu\n", (unsigned long long)run->seed);
        run->failed = true;
    }
}

static void check_many(kernel_run *run, phash_hamming_many *truth, phash_hamming_many *tested)
{
    const size_t n = test_rng_below(&run->rng, 40);
    guard_buffer query = guard_new(32);
    guard_buffer set = guard_new(32 * n);
    kernel_output a = kernel_output_new(1, n * sizeof(uint16_t), n * sizeof(uint16_t), 0xa5);
    kernel_output b = kernel_output_new(1, n * sizeof(uint16_t), n * sizeof(uint16_t), 0x3c);
    char shape[64];

    snprintf(shape, sizeof shape, "n %zu", n);
    kernel_fill(run, query.data, query.size);
    kernel_fill(run, set.data, set.size);
    truth((uint16_t *)(void *)a.buffer.data, query.data, set.data, n);
    tested((uint16_t *)(void *)b.buffer.data, query.data, set.data, n);
    kernel_compare(run, &a, &b, shape);
    kernel_output_free(&a);
    kernel_output_free(&b);
    guard_free(&query);
    guard_free(&set);
}

static void check_pair(kernel_run *run, phash_hamming_pair *truth, phash_hamming_pair *tested)
{
    guard_buffer a = guard_new(32);
    guard_buffer b = guard_new(32);

    kernel_fill(run, a.data, a.size);
    kernel_fill(run, b.data, b.size);
    run->checks++;
    if (truth(a.data, b.data) != tested(a.data, b.data)) {
        printf("FAIL hamming_pair_%s, seed %llu\n", run->isa, (unsigned long long)run->seed);
        run->failed = true;
    }
    guard_free(&a);
    guard_free(&b);
}

typedef struct bench {
    phash_hamming_many *many;
    uint16_t distances[BENCH_HASHES];
    uint8_t query[32];
    uint8_t set[32 * BENCH_HASHES];
} bench;

static void call(void *context)
{
    bench *b = context;

    b->many(b->distances, b->query, b->set, BENCH_HASHES);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "hamming");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_hamming_kernels before = {NULL, NULL, NULL};
    double ns_c = 0;
    static bench b;

    test_rng_fill(&run.rng, b.set, sizeof b.set);
    for (size_t i = 0; i < n; i++) {
        phash_hamming_kernels k;
        phash_hamming_kernels_init(&k, levels[i].flags);
        run.isa = levels[i].isa;
        run.kernel = "hamming_many";
        for (int round = 0; round < 300; round++) {
            check_truth(&run, phash_hamming_pair_c);
            if (k.pair != before.pair)
                check_pair(&run, phash_hamming_pair_c, k.pair);
            if (k.many != before.many)
                check_many(&run, phash_hamming_many_c, k.many);
        }
        if (run.bench && !run.failed && k.many != before.many) {
            b.many = k.many;
            const double ns = kernel_time(call, &b) / BENCH_HASHES;
            ns_c = i == 0 ? ns : ns_c;
            kernel_report(run.kernel, run.isa, ns, ns_c);
        }
        before = k;
    }
    return kernel_finish(&run);
}
