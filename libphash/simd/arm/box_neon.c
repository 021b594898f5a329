/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/box.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
#include <arm_neon.h>
#include <stdbool.h>
#include <string.h>

#define BOX_TARGET
#define LANES 4
#define STRIP_VECS 4
#define vec float32x4_t
#define v_set1 vdupq_n_f32
#define v_load vld1q_f32
#define v_store vst1q_f32
#define v_add vaddq_f32
#define v_sub vsubq_f32
#define v_mul vmulq_f32
#define v_div vdivq_f32

static inline void transpose(vec *x)
{
    float32x4x2_t a = vtrnq_f32(x[0], x[1]);
    float32x4x2_t b = vtrnq_f32(x[2], x[3]);

    x[0] = vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]));
    x[1] = vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]));
    x[2] = vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]));
    x[3] = vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]));
}

static inline void load_transposed(vec *x, const float *in, size_t pitch)
{
    for (size_t i = 0; i < LANES; i++)
        x[i] = vld1q_f32(in + i * pitch);
    transpose(x);
}

static inline void store_transposed(float *out, size_t pitch, vec *x)
{
    transpose(x);
    for (size_t i = 0; i < LANES; i++)
        vst1q_f32(out + i * pitch, x[i]);
}

#include "simd/box_lanes.h"
#include "simd/grid_lanes.h"

void phash_box_init_neon(phash_box_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_NEON) == 0)
        return;
    k->rows = box_rows;
    k->columns = box_columns;
    k->rows_at = box_rows_at;
    k->columns_at = box_columns_at;
    k->grid_strip = grid_strip;
    k->isa = "neon";
}

#else
typedef int phash_box_neon_is_not_built; /* ISO C wants a declaration */
#endif
