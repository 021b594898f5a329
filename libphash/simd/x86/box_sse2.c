/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/box.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <emmintrin.h>
#include <stdbool.h>
#include <string.h>

#define BOX_TARGET PHASH_TARGET("sse2")
#define LANES 4
#define STRIP_VECS 4
#define vec __m128
#define v_set1 _mm_set1_ps
#define v_load _mm_loadu_ps
#define v_store _mm_storeu_ps
#define v_add _mm_add_ps
#define v_sub _mm_sub_ps
#define v_mul _mm_mul_ps
#define v_div _mm_div_ps

static inline BOX_TARGET void transpose(vec *x)
{
    vec a = _mm_unpacklo_ps(x[0], x[1]);
    vec b = _mm_unpackhi_ps(x[0], x[1]);
    vec c = _mm_unpacklo_ps(x[2], x[3]);
    vec d = _mm_unpackhi_ps(x[2], x[3]);

    x[0] = _mm_movelh_ps(a, c);
    x[1] = _mm_movehl_ps(c, a);
    x[2] = _mm_movelh_ps(b, d);
    x[3] = _mm_movehl_ps(d, b);
}

static inline BOX_TARGET void load_transposed(vec *x, const float *in, size_t pitch)
{
    for (size_t i = 0; i < LANES; i++)
        x[i] = _mm_loadu_ps(in + i * pitch);
    transpose(x);
}

static inline BOX_TARGET void store_transposed(float *out, size_t pitch, vec *x)
{
    transpose(x);
    for (size_t i = 0; i < LANES; i++)
        _mm_storeu_ps(out + i * pitch, x[i]);
}

static inline BOX_TARGET __m128i load_four(const uint8_t *in)
{
    int four;

    memcpy(&four, in, sizeof four);
    return _mm_cvtsi32_si128(four);
}

/* 4 x 4 bytes */
static inline BOX_TARGET void load_transposed_bytes(vec *x, const uint8_t *in, size_t stride)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i ab = _mm_unpacklo_epi8(load_four(in), load_four(in + stride));
    __m128i cd = _mm_unpacklo_epi8(load_four(in + 2 * stride), load_four(in + 3 * stride));
    __m128i columns = _mm_unpacklo_epi16(ab, cd);
    __m128i left = _mm_unpacklo_epi8(columns, zero);
    __m128i right = _mm_unpackhi_epi8(columns, zero);

    x[0] = _mm_cvtepi32_ps(_mm_unpacklo_epi16(left, zero));
    x[1] = _mm_cvtepi32_ps(_mm_unpackhi_epi16(left, zero));
    x[2] = _mm_cvtepi32_ps(_mm_unpacklo_epi16(right, zero));
    x[3] = _mm_cvtepi32_ps(_mm_unpackhi_epi16(right, zero));
}

#include "simd/box_lanes.h"
#include "simd/grid_lanes.h"

void phash_box_init_sse2(phash_box_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_SSE2) == 0)
        return;
    k->rows = box_rows; /* compilers make the same of the plain pass along columns */
    k->rows_at = box_rows_at;
    k->grid_strip = grid_strip;
    k->grid_strip_pixels = grid_strip_pixels;
    k->isa = "sse2";
}

#else
typedef int phash_box_sse2_is_not_built; /* ISO C wants a declaration */
#endif
