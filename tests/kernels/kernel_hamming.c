/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/hamming.h"

#include <stdio.h>
#include <string.h>

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

/* A query near some of the hashes, so that there is something to find at every radius. */
static void fill_near(kernel_run *run, guard_buffer *query, guard_buffer *set)
{
    kernel_fill(run, query->data, query->size);
    kernel_fill(run, set->data, set->size);
    for (size_t i = 0; i + 32 <= set->size; i += 32) {
        if (test_rng_below(&run->rng, 2) != 0)
            continue;
        memcpy(set->data + i, query->data, 32);
        for (uint32_t flips = test_rng_below(&run->rng, 100); flips > 0; flips--)
            set->data[i + test_rng_below(&run->rng, 32)] ^= (uint8_t)(1u << test_rng_below(&run->rng, 8));
    }
}

static uint32_t any_radius(kernel_run *run)
{
    static const uint32_t wide[] = {64, 95, 96, 127, 128, 200, 255, 256};

    return test_rng_below(&run->rng, 4) != 0 ? test_rng_below(&run->rng, 64) : wide[test_rng_below(&run->rng, 8)];
}

/* What was found, in a buffer of n places of which the rest must stay as it was: later ones may hold rubbish. */
static void compare_places(kernel_run *run, const uint32_t *want, size_t n_want, const uint32_t *got, size_t n_got,
                           const char *shape)
{
    run->checks++;
    if (n_want == n_got && memcmp(want, got, n_got * sizeof *got) == 0)
        return;
    printf("FAIL %s_%s, %s, seed %llu: %zu places in place of %zu\n", run->kernel, run->isa, shape,
           (unsigned long long)run->seed, n_got, n_want);
    run->failed = true;
}

/* The three that find places, on the same hashes; each buffer ends at an unmapped page. */
static void check_places(kernel_run *run, const phash_hamming_kernels *truth, const phash_hamming_kernels *tested)
{
    const size_t n = test_rng_below(&run->rng, 70);
    const uint32_t radius = any_radius(run);
    guard_buffer query = guard_new(32);
    guard_buffer set = guard_new(32 * n);
    guard_buffer high = guard_new(8 * n);
    guard_buffer low = guard_new(4 * n);
    guard_buffer ids = guard_new(4 * n);
    guard_buffer places = guard_new(4 * n);
    uint32_t *found = (uint32_t *)(void *)places.data;
    uint32_t want[70];
    char shape[64];

    snprintf(shape, sizeof shape, "n %zu, radius %u", n, (unsigned)radius);
    fill_near(run, &query, &set);
    for (size_t i = 0; i < n; i++) {
        memcpy(high.data + 8 * i, set.data + 32 * i, 8);
        memcpy(low.data + 4 * i, set.data + 32 * i + 8, 4);
        ((uint32_t *)(void *)ids.data)[i] = test_rng_below(&run->rng, (uint32_t)n);
    }
    run->kernel = "hamming_within";
    size_t n_want = truth->within(want, query.data, set.data, n, radius);
    compare_places(run, want, n_want, found, tested->within(found, query.data, set.data, n, radius), shape);
    run->kernel = "hamming_gather";
    const uint32_t *chosen = (const uint32_t *)(const void *)ids.data;
    n_want = truth->gather(want, query.data, set.data, chosen, n, radius);
    compare_places(run, want, n_want, found, tested->gather(found, query.data, set.data, chosen, n, radius), shape);
    guard_buffer start = guard_new(12);
    memcpy(start.data, query.data, 12);
    run->kernel = "hamming_prefix";
    n_want = truth->prefix(want, start.data, high.data, low.data, n, radius);
    compare_places(run, want, n_want, found, tested->prefix(found, start.data, high.data, low.data, n, radius), shape);
    run->kernel = "hamming_many";
    guard_free(&start);
    guard_free(&query);
    guard_free(&set);
    guard_free(&high);
    guard_free(&low);
    guard_free(&ids);
    guard_free(&places);
}

/* The plain kernels that find places, against the plain distance. */
static void check_places_truth(kernel_run *run)
{
    uint8_t set[32 * 20];
    uint8_t high[8 * 20];
    uint8_t low[4 * 20];
    uint8_t cut[32] = {0};
    uint8_t query[32];
    uint32_t ids[20];
    uint32_t got[20];
    uint32_t want[3][20];
    size_t n_want[3] = {0, 0, 0};
    guard_buffer q = {query, sizeof query, NULL, 0};
    guard_buffer s = {set, sizeof set, NULL, 0};
    const uint32_t radius = any_radius(run);

    fill_near(run, &q, &s);
    for (uint32_t i = 0; i < 20; i++) {
        ids[i] = test_rng_below(&run->rng, 20);
        memcpy(high + 8 * i, set + 32 * i, 8);
        memcpy(low + 4 * i, set + 32 * i + 8, 4);
        memcpy(cut, query, 32);
        memcpy(cut, set + 32 * i, 12);
        if (phash_hamming_pair_c(query, set + 32 * i) <= radius)
            want[0][n_want[0]++] = i;
        if (phash_hamming_pair_c(query, set + 32 * ids[i]) <= radius)
            want[1][n_want[1]++] = i;
        if (phash_hamming_pair_c(query, cut) <= radius)
            want[2][n_want[2]++] = i;
    }
    run->kernel = "hamming_truth";
    compare_places(run, want[0], n_want[0], got, phash_hamming_within_c(got, query, set, 20, radius), "within");
    compare_places(run, want[1], n_want[1], got, phash_hamming_gather_c(got, query, set, ids, 20, radius), "gather");
    compare_places(run, want[2], n_want[2], got, phash_hamming_prefix_c(got, query, high, low, 20, radius), "prefix");
    run->kernel = "hamming_many";
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
    phash_hamming_kernels kernels;
    uint32_t ids[BENCH_HASHES];
    uint32_t places[BENCH_HASHES];
    uint16_t distances[BENCH_HASHES];
    uint8_t query[32];
    uint8_t set[32 * BENCH_HASHES];
} bench;

static void call(void *context)
{
    bench *b = context;

    b->many(b->distances, b->query, b->set, BENCH_HASHES);
}

static void call_within(void *context)
{
    bench *b = context;

    (void)b->kernels.within(b->places, b->query, b->set, BENCH_HASHES, 31);
}

static void call_gather(void *context)
{
    bench *b = context;

    (void)b->kernels.gather(b->places, b->query, b->set, b->ids, BENCH_HASHES, 31);
}

static void call_prefix(void *context)
{
    bench *b = context;

    (void)b->kernels.prefix(b->places, b->query, b->set, b->set + 8 * BENCH_HASHES, BENCH_HASHES, 31);
}

/* Time one kernel; ns_c keeps the time of the plain one. */
static void report(bench *b, const char *kernel, const char *isa, void (*timed)(void *), double *ns_c)
{
    const double ns = kernel_time(timed, b) / BENCH_HASHES;

    *ns_c = *ns_c == 0 ? ns : *ns_c;
    kernel_report(kernel, isa, ns, *ns_c);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "hamming");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_hamming_kernels before = {NULL, NULL, NULL, NULL, NULL, NULL};
    phash_hamming_kernels plain;
    double ns_c[4] = {0};
    static bench b;

    phash_hamming_kernels_init(&plain, 0);
    test_rng_fill(&run.rng, b.set, sizeof b.set);
    for (uint32_t i = 0; i < BENCH_HASHES; i++)
        b.ids[i] = test_rng_below(&run.rng, BENCH_HASHES);
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
            check_places_truth(&run);
            if (k.within != before.within)
                check_places(&run, &plain, &k);
        }
        if (run.bench && !run.failed && k.many != before.many) {
            b.many = k.many;
            b.kernels = k;
            report(&b, "hamming_many", run.isa, call, &ns_c[0]);
            report(&b, "hamming_within", run.isa, call_within, &ns_c[1]);
            report(&b, "hamming_gather", run.isa, call_gather, &ns_c[2]);
            report(&b, "hamming_prefix", run.isa, call_prefix, &ns_c[3]);
        }
        before = k;
    }
    return kernel_finish(&run);
}
