/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/box.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define BOX_TARGET PHASH_TARGET("avx512f,avx512bw,avx512dq,avx512vl")
#define LANES 16
#define STRIP_VECS 1
#define vec __m512
#define v_set1 _mm512_set1_ps
#define v_load _mm512_loadu_ps
#define v_store _mm512_storeu_ps
#define v_add _mm512_add_ps
#define v_sub _mm512_sub_ps
#define v_mul _mm512_mul_ps
#define v_div _mm512_div_ps

/* 4 x 4 blocks within each quarter of four vectors. */
static inline BOX_TARGET void transpose_quarters(vec *x)
{
    vec a = _mm512_unpacklo_ps(x[0], x[1]);
    vec b = _mm512_unpackhi_ps(x[0], x[1]);
    vec c = _mm512_unpacklo_ps(x[2], x[3]);
    vec d = _mm512_unpackhi_ps(x[2], x[3]);

    x[0] = _mm512_shuffle_ps(a, c, 0x44);
    x[1] = _mm512_shuffle_ps(a, c, 0xee);
    x[2] = _mm512_shuffle_ps(b, d, 0x44);
    x[3] = _mm512_shuffle_ps(b, d, 0xee);
}

static inline BOX_TARGET vec load_quarters(const float *in, size_t pitch)
{
    __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(in)), _mm_loadu_ps(in + 4 * pitch), 1);
    __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(in + 8 * pitch)),
                                       _mm_loadu_ps(in + 12 * pitch), 1);

    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}

static inline BOX_TARGET void load_transposed(vec *x, const float *in, size_t pitch)
{
    for (size_t quarter = 0; quarter < 4; quarter++) {
        for (size_t i = 0; i < 4; i++)
            x[4 * quarter + i] = load_quarters(in + i * pitch + 4 * quarter, pitch);
        transpose_quarters(x + 4 * quarter);
    }
}

static inline BOX_TARGET void store_transposed(float *out, size_t pitch, vec *x)
{
    for (size_t quarter = 0; quarter < 4; quarter++)
        transpose_quarters(x + 4 * quarter);
    for (size_t i = 0; i < 4; i++) {
        vec a = _mm512_shuffle_f32x4(x[i], x[4 + i], 0x44);
        vec b = _mm512_shuffle_f32x4(x[i], x[4 + i], 0xee);
        vec c = _mm512_shuffle_f32x4(x[8 + i], x[12 + i], 0x44);
        vec d = _mm512_shuffle_f32x4(x[8 + i], x[12 + i], 0xee);
        _mm512_storeu_ps(out + i * pitch, _mm512_shuffle_f32x4(a, c, 0x88));
        _mm512_storeu_ps(out + (4 + i) * pitch, _mm512_shuffle_f32x4(a, c, 0xdd));
        _mm512_storeu_ps(out + (8 + i) * pitch, _mm512_shuffle_f32x4(b, d, 0x88));
        _mm512_storeu_ps(out + (12 + i) * pitch, _mm512_shuffle_f32x4(b, d, 0xdd));
    }
}

#include "simd/box_lanes.h"
#include "simd/grid_lanes.h"

void phash_box_init_avx512(phash_box_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0)
        return;
    k->rows = box_rows;
    k->columns = box_columns;
    k->rows_at = box_rows_at;
    k->columns_at = box_columns_at;
    k->grid_strip = grid_strip;
    k->isa = "avx512";
}

#else
typedef int phash_box_avx512_is_not_built; /* ISO C wants a declaration */
#endif
