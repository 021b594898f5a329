/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/p256.h"

#include "util/cpu.h"
#include "util/mem.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>

#define TARGET PHASH_TARGET("avx512f,avx512dq,avx512vl,avx512bw,avx512ifma")

typedef __m512i vec;

static inline TARGET vec v_set1(uint64_t a)
{
    return _mm512_set1_epi64((long long)a);
}

static inline TARGET vec v_load(const uint64_t in[8])
{
    return _mm512_loadu_si512(in);
}

static inline TARGET void v_store(uint64_t out[8], vec a)
{
    _mm512_storeu_si512(out, a);
}

static inline TARGET vec v_add(vec a, vec b)
{
    return _mm512_add_epi64(a, b);
}

static inline TARGET vec v_sub(vec a, vec b)
{
    return _mm512_sub_epi64(a, b);
}

static inline TARGET vec v_and(vec a, vec b)
{
    return _mm512_and_si512(a, b);
}

static inline TARGET vec v_or(vec a, vec b)
{
    return _mm512_or_si512(a, b);
}

static inline TARGET vec v_xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}

#define v_shl(a, bits) _mm512_slli_epi64(a, bits)
#define v_shr(a, bits) _mm512_srli_epi64(a, bits)
#define v_sar(a, bits) _mm512_srai_epi64(a, bits)

/* Shifts by a public number of 0 .. 64 that is no constant; by 64 gives 0. */
static inline TARGET vec v_shift_left(vec a, int bits)
{
    return _mm512_sll_epi64(a, _mm_cvtsi32_si128(bits));
}

static inline TARGET vec v_shift_right(vec a, int bits)
{
    return _mm512_srl_epi64(a, _mm_cvtsi32_si128(bits));
}

/* acc + the lower, the upper 52 bits of the product of the lower 52 bits of a and b */
static inline TARGET vec v_mul_low(vec acc, vec a, vec b)
{
    return _mm512_madd52lo_epu64(acc, a, b);
}

static inline TARGET vec v_mul_high(vec acc, vec a, vec b)
{
    return _mm512_madd52hi_epu64(acc, a, b);
}

/* mask all ones: a; zero: b */
static inline TARGET vec v_select(vec mask, vec a, vec b)
{
    return _mm512_ternarylogic_epi64(mask, a, b, 0xca);
}

/* All ones in the lanes that are zero */
static inline TARGET vec v_is_zero(vec a)
{
    return _mm512_movm_epi64(_mm512_cmpeq_epi64_mask(a, _mm512_setzero_si512()));
}

static inline TARGET vec v_gather(const uint64_t *base, vec index)
{
    return _mm512_i64gather_epi64(index, (const void *)base, 8);
}

static inline TARGET void v_scatter(uint64_t *base, vec index, vec a)
{
    _mm512_i64scatter_epi64((void *)base, index, a, 8);
}

#include "simd/p256_field_lanes.h"
#include "simd/p256_point_lanes.h"

void phash_p256_init_ifma(phash_p256_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0 || (cpu_flags & PHASH_CPU_IFMA) == 0)
        return;
    k->mul = lanes_mul;
    k->map = lanes_map;
    k->lift = lanes_lift;
    k->sums = lanes_sums;
    k->fast = true;
    k->isa = "ifma";
}

#else
typedef int phash_p256_ifma_is_not_built; /* ISO C wants a declaration */
#endif
