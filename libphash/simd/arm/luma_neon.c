/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/luma.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_ARM64)
#include <arm_neon.h>

static inline float32x4_t to_float(uint16x4_t v)
{
    return vcvtq_f32_u32(vmovl_u16(v));
}

static void luma_grey_neon(float *out, const uint8_t *in, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint16x8_t v = vmovl_u8(vld1_u8(in + i));
        vst1q_f32(out + i, to_float(vget_low_u16(v)));
        vst1q_f32(out + i + 4, to_float(vget_high_u16(v)));
    }
    phash_luma_grey_c(out + i, in + i, n - i);
}

static inline float32x4_t weigh(uint16x4_t red, uint16x4_t green, uint16x4_t blue)
{
    float32x4_t r = vmulq_f32(vdupq_n_f32(0.299f), to_float(red));
    float32x4_t g = vmulq_f32(vdupq_n_f32(0.587f), to_float(green));
    float32x4_t b = vmulq_f32(vdupq_n_f32(0.114f), to_float(blue));

    return vaddq_f32(vaddq_f32(r, g), b);
}

static inline void weigh_eight(float *out, uint16x8_t red, uint16x8_t green, uint16x8_t blue)
{
    vst1q_f32(out, weigh(vget_low_u16(red), vget_low_u16(green), vget_low_u16(blue)));
    vst1q_f32(out + 4, weigh(vget_high_u16(red), vget_high_u16(green), vget_high_u16(blue)));
}

static void luma_rgb_neon(float *out, const uint8_t *in, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint8x8x3_t p = vld3_u8(in + 3 * i);
        weigh_eight(out + i, vmovl_u8(p.val[0]), vmovl_u8(p.val[1]), vmovl_u8(p.val[2]));
    }
    phash_luma_rgb_c(out + i, in + 3 * i, n - i);
}

/* x / 255 for x < 65536: floor(x * 0x8081 / 2^23) is exact there. */
static inline uint16x8_t over_white(uint8x8_t c, uint8x8_t alpha, uint16x8_t white)
{
    uint16x8_t x = vmlal_u8(white, alpha, c);
    uint16x4_t low = vshrn_n_u32(vmull_n_u16(vget_low_u16(x), 0x8081), 16);
    uint16x4_t high = vshrn_n_u32(vmull_n_u16(vget_high_u16(x), 0x8081), 16);

    return vshrq_n_u16(vcombine_u16(low, high), 7);
}

static void luma_rgba_neon(float *out, const uint8_t *in, size_t n)
{
    const uint8x8_t byte = vdup_n_u8(255);
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint8x8x4_t p = vld4_u8(in + 4 * i);
        uint16x8_t white = vmlal_u8(vdupq_n_u16(127), vsub_u8(byte, p.val[3]), byte);
        weigh_eight(out + i, over_white(p.val[0], p.val[3], white), over_white(p.val[1], p.val[3], white),
                    over_white(p.val[2], p.val[3], white));
    }
    phash_luma_rgba_c(out + i, in + 4 * i, n - i);
}

void phash_luma_init_neon(phash_luma_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_NEON) == 0)
        return;
    k->grey = luma_grey_neon;
    k->rgb = luma_rgb_neon;
    k->rgba = luma_rgba_neon;
}

#else
typedef int phash_luma_neon_is_not_built; /* ISO C wants a declaration */
#endif
