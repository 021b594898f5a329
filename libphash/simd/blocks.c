/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/blocks.h"

#include "util/cpu.h"

#include <string.h>

/* The loop for one shape. Every span is stored, and kept when the count moves past it: no branch to mispredict. */
static inline size_t find(uint32_t *starts, uint32_t *ends, uint32_t *kept, const uint8_t *blocks, uint32_t shape,
                          const uint32_t *values, size_t n, uint32_t n_ids)
{
    const uint32_t bits = PHASH_BLOCK_BITS >> shape;
    const uint32_t most = (1u << bits) - 1;
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *block = blocks + (size_t)(values[i] >> shape) * PHASH_BLOCK_SIZE;
        const uint32_t at = 32 + (values[i] & ((1u << shape) - 1)) * bits;
        uint32_t first;
        uint32_t next;
        uint64_t packed;

        memcpy(&first, block, sizeof first);
        memcpy(&packed, block + at / 8, sizeof packed); /* may reach into the next block: there always is one */
        packed >>= at % 8;
        const uint32_t start = first + ((uint32_t)packed & most);
        const uint32_t end = (uint32_t)(packed >> bits) & most;
        next = first + end;
        if (end == most)
            memcpy(&next, block + PHASH_BLOCK_SIZE, sizeof next);
        starts[found] = start;
        ends[found] = next;
        kept[found] = values[i];
        found += (size_t)(start < next) & (size_t)(next <= n_ids);
    }
    return found;
}

size_t phash_blocks_find_c(uint32_t *starts, uint32_t *ends, uint32_t *kept, const uint8_t *blocks, uint32_t shape,
                           const uint32_t *values, size_t n, uint32_t n_ids)
{
    switch (shape) {
    case 6: return find(starts, ends, kept, blocks, 6, values, n, n_ids);
    case 5: return find(starts, ends, kept, blocks, 5, values, n, n_ids);
    default: return find(starts, ends, kept, blocks, 4, values, n, n_ids);
    }
}

void phash_blocks_kernels_init(phash_blocks_kernels *k, uint32_t cpu_flags)
{
    k->find = phash_blocks_find_c;
    k->isa = "c";
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_blocks_init_avx512(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
