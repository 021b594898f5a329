/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/kernel_harness.h"
#include "simd/crc32c.h"

#include <stdio.h>
#include <string.h>

/* RFC 3720, appendix B.4, and the check value of the catalogue of CRCs. */
static void check_vectors(kernel_run *run, const phash_crc32c_kernels *k)
{
    uint8_t bytes[32];
    bool equal = k->crc(k, (const uint8_t *)"123456789", 9) == 0xe3069283u && k->crc(k, bytes, 0) == 0;

    memset(bytes, 0, sizeof bytes);
    equal = equal && k->crc(k, bytes, 32) == 0x8a9136aau;
    memset(bytes, 0xff, sizeof bytes);
    equal = equal && k->crc(k, bytes, 32) == 0x62a8ab43u;
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    equal = equal && k->crc(k, bytes, 32) == 0x46dd794eu;
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    equal = equal && k->crc(k, bytes, 32) == 0x113fdb5cu;
    run->checks++;
    if (!equal) {
        printf("FAIL crc32c_%s: a published vector\n", run->isa);
        run->failed = true;
    }
}

static void check_any(kernel_run *run, const phash_crc32c_kernels *truth, const phash_crc32c_kernels *tested)
{
    guard_buffer b = guard_new(test_rng_below(&run->rng, 200));

    kernel_fill(run, b.data, b.size);
    run->checks++;
    if (truth->crc(truth, b.data, b.size) != tested->crc(tested, b.data, b.size)) {
        printf("FAIL crc32c_%s, %zu bytes, seed %llu\n", run->isa, b.size, (unsigned long long)run->seed);
        run->failed = true;
    }
    guard_free(&b);
}

static uint8_t piece[65536];

static void call(void *context)
{
    const phash_crc32c_kernels *k = context;

    (void)k->crc(k, piece, sizeof piece);
}

int main(int argc, char **argv)
{
    kernel_run run = kernel_start(argc, argv, "crc32c");
    kernel_level levels[KERNEL_LEVELS_MAX];
    const size_t n = kernel_levels(levels, &run);
    static phash_crc32c_kernels truth;
    static phash_crc32c_kernels k;
    phash_crc32c_fn *before = NULL;
    double ns_c = 0;

    phash_crc32c_kernels_init(&truth, 0);
    for (size_t i = 0; i < n; i++) {
        phash_crc32c_kernels_init(&k, levels[i].flags);
        run.isa = k.isa;
        if (k.crc == before)
            continue;
        check_vectors(&run, &k);
        for (int round = 0; round < 300; round++)
            check_any(&run, &truth, &k);
        if (run.bench && !run.failed) {
            const double ns = kernel_time(call, &k);
            ns_c = ns_c == 0 ? ns : ns_c;
            kernel_report("crc32c", run.isa, ns, ns_c);
        }
        before = k.crc;
    }
    return kernel_finish(&run);
}
