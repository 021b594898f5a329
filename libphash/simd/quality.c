/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/quality.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#include <stddef.h>
#include <stdlib.h>

/* Cut off to whole percent of the grey range, pair by pair: slow gradients count nothing. */
static uint32_t step(float u, float v)
{
    return (uint32_t)abs((int)(((u - v) * 100.0f) / 255.0f));
}

static uint32_t quality_sum_c(const float *grid)
{
    const size_t side = PHASH_GRID_SIDE;
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < side; i++)
        for (size_t j = 0; j < side; j++)
            sum += step(grid[i * side + j], grid[(i + 1) * side + j]);
    for (size_t i = 0; i < side; i++)
        for (size_t j = 0; j + 1 < side; j++)
            sum += step(grid[i * side + j], grid[i * side + j + 1]);
    return sum;
}

void phash_quality_kernels_init(phash_quality_kernels *k, uint32_t cpu_flags)
{
    k->sum = quality_sum_c;
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_quality_init_avx2(k, cpu_flags);
#elif !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
    phash_quality_init_neon(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
