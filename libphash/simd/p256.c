/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels on plain integers, and the choice among variants. These are the ones that can be run anywhere, under
 * valgrind too: all variants compile the same p256_*_lanes.h and differ in the v_ functions only. */
#include "simd/p256.h"

#include "util/cpu.h"
#include "util/mem.h"

#define TARGET

typedef struct vec {
    uint64_t lane[PHASH_P256_LANES];
} vec;

#define EACH_LANE for (int i = 0; i < PHASH_P256_LANES; i++)

static inline vec v_set1(uint64_t a)
{
    vec r;

    EACH_LANE r.lane[i] = a;
    return r;
}

static inline vec v_load(const uint64_t in[8])
{
    vec r;

    EACH_LANE r.lane[i] = in[i];
    return r;
}

static inline void v_store(uint64_t out[8], vec a)
{
    EACH_LANE out[i] = a.lane[i];
}

static inline vec v_add(vec a, vec b)
{
    EACH_LANE a.lane[i] += b.lane[i];
    return a;
}

static inline vec v_sub(vec a, vec b)
{
    EACH_LANE a.lane[i] -= b.lane[i];
    return a;
}

static inline vec v_and(vec a, vec b)
{
    EACH_LANE a.lane[i] &= b.lane[i];
    return a;
}

static inline vec v_or(vec a, vec b)
{
    EACH_LANE a.lane[i] |= b.lane[i];
    return a;
}

static inline vec v_xor(vec a, vec b)
{
    EACH_LANE a.lane[i] ^= b.lane[i];
    return a;
}

static inline vec v_shl(vec a, int bits)
{
    EACH_LANE a.lane[i] <<= bits;
    return a;
}

static inline vec v_shr(vec a, int bits)
{
    EACH_LANE a.lane[i] >>= bits;
    return a;
}

/* With copies of the sign from above; bits >= 1 */
static inline vec v_sar(vec a, int bits)
{
    EACH_LANE a.lane[i] = (a.lane[i] >> bits) | ((0 - (a.lane[i] >> 63)) << (64 - bits));
    return a;
}

/* Shifts by a public number of 0 .. 64; by 64 gives 0. */
static inline vec v_shift_left(vec a, int bits)
{
    return bits == 64 ? v_set1(0) : v_shl(a, bits);
}

static inline vec v_shift_right(vec a, int bits)
{
    return bits == 64 ? v_set1(0) : v_shr(a, bits);
}

/* Product of the lower 52 bits of a and b, from 26-bit halves: low + 2^52 high */
static inline void multiply(uint64_t *low, uint64_t *high, uint64_t a, uint64_t b)
{
    const uint64_t half = (UINT64_C(1) << 26) - 1;
    const uint64_t a0 = a & half, a1 = (a >> 26) & half;
    const uint64_t b0 = b & half, b1 = (b >> 26) & half;
    const uint64_t middle = a0 * b1 + a1 * b0;
    const uint64_t sum = a0 * b0 + ((middle & half) << 26);

    *low = sum & ((UINT64_C(1) << 52) - 1);
    *high = a1 * b1 + (middle >> 26) + (sum >> 52);
}

/* acc + the lower, the upper 52 bits of the product of the lower 52 bits of a and b */
static inline vec v_mul_low(vec acc, vec a, vec b)
{
    EACH_LANE {
        uint64_t low, high;
        multiply(&low, &high, a.lane[i], b.lane[i]);
        acc.lane[i] += low;
    }
    return acc;
}

static inline vec v_mul_high(vec acc, vec a, vec b)
{
    EACH_LANE {
        uint64_t low, high;
        multiply(&low, &high, a.lane[i], b.lane[i]);
        acc.lane[i] += high;
    }
    return acc;
}

/* mask all ones: a; zero: b */
static inline vec v_select(vec mask, vec a, vec b)
{
    EACH_LANE b.lane[i] ^= mask.lane[i] & (a.lane[i] ^ b.lane[i]);
    return b;
}

/* All ones in the lanes that are zero */
static inline vec v_is_zero(vec a)
{
    EACH_LANE a.lane[i] = ((a.lane[i] | (0 - a.lane[i])) >> 63) - 1;
    return a;
}

static inline vec v_gather(const uint64_t *base, vec index)
{
    EACH_LANE index.lane[i] = base[index.lane[i]];
    return index;
}

static inline void v_scatter(uint64_t *base, vec index, vec a)
{
    EACH_LANE base[index.lane[i]] = a.lane[i];
}

#include "simd/p256_field_lanes.h"
#include "simd/p256_point_lanes.h"

void phash_p256_mul_c(phash_p256_points *out, const phash_p256_points *points, const phash_p256_numbers *scalars)
{
    lanes_mul(out, points, scalars);
}

void phash_p256_map_c(phash_p256_points *out, const phash_p256_numbers *u0, const phash_p256_numbers *u1)
{
    lanes_map(out, u0, u1);
}

void phash_p256_lift_c(phash_p256_numbers *y, uint64_t found[PHASH_P256_LANES], const phash_p256_numbers *x)
{
    lanes_lift(y, found, x);
}

void phash_p256_sums_c(phash_p256_sums *out, const uint64_t (*points)[8], const int8_t (*weights)[PHASH_P256_LANES],
                       size_t n)
{
    lanes_sums(out, points, weights, n);
}

void phash_p256_kernels_init(phash_p256_kernels *k, uint32_t cpu_flags)
{
    *k = (phash_p256_kernels){phash_p256_mul_c, phash_p256_map_c, phash_p256_lift_c, phash_p256_sums_c, false, "c"};
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_p256_init_ifma(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
