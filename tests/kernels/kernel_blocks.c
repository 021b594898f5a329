/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/blocks.h"

#include <stdio.h>
#include <string.h>

enum { VALUES = 1 << 12, PROBES = 64 };

/* What a block says of a value, bit by bit, as docs/formats/index.md has it. */
static void read_by_bits(uint32_t *start, uint32_t *end, const uint8_t *blocks, uint32_t shape, uint32_t value)
{
    const uint32_t bits = PHASH_BLOCK_BITS >> shape;
    const uint8_t *block = blocks + (size_t)(value >> shape) * PHASH_BLOCK_SIZE;
    uint32_t numbers[2] = {0, 0};
    uint32_t first;
    const uint32_t place = value & ((1u << shape) - 1);

    memcpy(&first, block, 4);
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t b = 0; b < bits; b++) {
            const uint32_t at = 32 + (place + i) * bits + b;
            numbers[i] |= (block[at / 8] >> (at % 8) & 1u) << b;
        }
    *start = first + numbers[0];
    *end = first + numbers[1];
    if (numbers[1] == (1u << bits) - 1)
        memcpy(end, block + PHASH_BLOCK_SIZE, 4);
}

typedef struct input {
    guard_buffer blocks;
    uint32_t shape;
    uint32_t values[PROBES];
    size_t n;
    uint32_t n_ids;
} input;

/* Blocks as an index has them, or rubbish. */
static input new_input(kernel_run *run)
{
    input in = {.shape = 4 + test_rng_below(&run->rng, 3), .n = test_rng_below(&run->rng, PROBES + 1)};
    const size_t n_blocks = ((size_t)VALUES >> in.shape) + 1;
    const bool rubbish = test_rng_below(&run->rng, 2) != 0;

    in.blocks = guard_new(n_blocks * PHASH_BLOCK_SIZE);
    kernel_fill(run, in.blocks.data, in.blocks.size);
    in.n_ids = rubbish ? (uint32_t)test_rng_next(&run->rng) : 5000;
    for (uint32_t i = 0; i < n_blocks; i++) {
        const uint32_t first = rubbish ? (uint32_t)test_rng_next(&run->rng) : i * 4;
        memcpy(in.blocks.data + i * PHASH_BLOCK_SIZE, &first, 4);
    }
    for (size_t i = 0; i < in.n; i++)
        in.values[i] = test_rng_below(&run->rng, 8) != 0 ? test_rng_below(&run->rng, VALUES) : VALUES - 1;
    return in;
}

/* Poisoned places for what a kernel stores. */
typedef struct stored {
    uint32_t starts[PROBES + PHASH_BLOCKS_SPARE];
    uint32_t ends[PROBES + PHASH_BLOCKS_SPARE];
    uint32_t kept[PROBES + PHASH_BLOCKS_SPARE];
    size_t n;
} stored;

static void check(kernel_run *run, phash_blocks_find *tested)
{
    input in = new_input(run);
    stored want = {.n = 0};
    stored got;

    for (size_t i = 0; i < in.n; i++) {
        uint32_t start;
        uint32_t end;
        read_by_bits(&start, &end, in.blocks.data, in.shape, in.values[i]);
        if (start >= end || end > in.n_ids)
            continue;
        want.starts[want.n] = start;
        want.ends[want.n] = end;
        want.kept[want.n++] = in.values[i];
    }
    memset(&got, 0x5a, sizeof got);
    got.n = tested(got.starts, got.ends, got.kept, in.blocks.data, in.shape, in.values, in.n, in.n_ids);
    run->checks++;
    if (got.n != want.n || memcmp(got.starts, want.starts, 4 * want.n) != 0 ||
        memcmp(got.ends, want.ends, 4 * want.n) != 0 || memcmp(got.kept, want.kept, 4 * want.n) != 0) {
        printf("FAIL blocks_find_%s, shape %u, n %zu, seed %llu\n", run->isa, (unsigned)in.shape, in.n,
               (unsigned long long)run->seed);
        run->failed = true;
    }
    for (size_t i = in.n + PHASH_BLOCKS_SPARE; i < PROBES + PHASH_BLOCKS_SPARE; i++)
        if (got.starts[i] != 0x5a5a5a5a || got.ends[i] != 0x5a5a5a5a || got.kept[i] != 0x5a5a5a5a) {
            printf("FAIL blocks_find_%s: wrote past the spare places\n", run->isa);
            run->failed = true;
            break;
        }
    guard_free(&in.blocks);
}

typedef struct bench {
    phash_blocks_find *find;
    stored out;
    uint8_t blocks[((VALUES >> 6) + 1) * PHASH_BLOCK_SIZE];
    uint32_t values[PROBES];
} bench;

static void call(void *context)
{
    bench *b = context;

    b->out.n = b->find(b->out.starts, b->out.ends, b->out.kept, b->blocks, 6, b->values, PROBES, VALUES);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "blocks");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    phash_blocks_find *before = NULL;
    static bench b;
    double ns_c = 0;

    for (uint32_t i = 0; i < PROBES; i++)
        b.values[i] = test_rng_below(&run.rng, VALUES);
    for (size_t i = 0; i < n; i++) {
        phash_blocks_kernels k;
        phash_blocks_kernels_init(&k, levels[i].flags);
        run.isa = k.isa;
        if (k.find == before)
            continue;
        for (int round = 0; round < 2000; round++)
            check(&run, k.find);
        if (run.bench && !run.failed) {
            b.find = k.find;
            const double ns = kernel_time(call, &b) / PROBES;
            ns_c = ns_c == 0 ? ns : ns_c;
            kernel_report("blocks_find", run.isa, ns, ns_c);
        }
        before = k.find;
    }
    return kernel_finish(&run);
}
