/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/quality.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
#include <arm_neon.h>
#include <stddef.h>

static inline int32x4_t step(float32x4_t u, float32x4_t v)
{
    float32x4_t scaled = vmulq_f32(vsubq_f32(u, v), vdupq_n_f32(100.0f));

    return vabsq_s32(vcvtq_s32_f32(vdivq_f32(scaled, vdupq_n_f32(255.0f))));
}

static uint32_t quality_sum_neon(const float *grid)
{
    const size_t side = PHASH_GRID_SIDE;
    int32x4_t sum = vdupq_n_s32(0);

    for (size_t i = 0; i < PHASH_GRID_SIZE - side; i += 4)
        sum = vaddq_s32(sum, step(vld1q_f32(grid + i), vld1q_f32(grid + i + side)));
    for (size_t i = 0; i < PHASH_GRID_SIZE; i += 4) {
        float32x4_t here = vld1q_f32(grid + i);
        /* The last column has no neighbour to its right: it is compared with itself. */
        float32x4_t right = i % side + 4 < side ? vld1q_f32(grid + i + 1)
                                                : vextq_f32(here, vdupq_laneq_f32(here, 3), 1);
        sum = vaddq_s32(sum, step(here, right));
    }
    return (uint32_t)vaddvq_s32(sum);
}

void phash_quality_init_neon(phash_quality_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_NEON) == 0)
        return;
    k->sum = quality_sum_neon;
}

#else
typedef int phash_quality_neon_is_not_built; /* ISO C wants a declaration */
#endif
