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

static inline uint8x8_t load_four(const uint8_t *in)
{
    uint32_t four;

    memcpy(&four, in, sizeof four);
    return vreinterpret_u8_u32(vdup_n_u32(four));
}

static inline vec four_floats(uint16x4_t v)
{
    return vcvtq_f32_u32(vmovl_u16(v));
}

/* 4 x 4 bytes */
static inline void load_transposed_bytes(vec *x, const uint8_t *in, size_t stride)
{
    uint8x8_t ab = vzip1_u8(load_four(in), load_four(in + stride));
    uint8x8_t cd = vzip1_u8(load_four(in + 2 * stride), load_four(in + 3 * stride));
    uint16x4_t low = vzip1_u16(vreinterpret_u16_u8(ab), vreinterpret_u16_u8(cd));
    uint16x4_t high = vzip2_u16(vreinterpret_u16_u8(ab), vreinterpret_u16_u8(cd));
    uint16x8_t left = vmovl_u8(vreinterpret_u8_u16(low));
    uint16x8_t right = vmovl_u8(vreinterpret_u8_u16(high));

    x[0] = four_floats(vget_low_u16(left));
    x[1] = four_floats(vget_high_u16(left));
    x[2] = four_floats(vget_low_u16(right));
    x[3] = four_floats(vget_high_u16(right));
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
    k->grid_strip = grid_strip;
    k->grid_strip_pixels = grid_strip_pixels;
    k->isa = "neon";
}

#else
typedef int phash_box_neon_is_not_built; /* ISO C wants a declaration */
#endif
