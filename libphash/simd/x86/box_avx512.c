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

/* Inserting from memory keeps the one port that shuffles free. */
static inline BOX_TARGET vec load_quarters(const float *in, size_t pitch)
{
    vec x = _mm512_castps128_ps512(_mm_loadu_ps(in));

    x = _mm512_insertf32x4(x, _mm_loadu_ps(in + 4 * pitch), 1);
    x = _mm512_insertf32x4(x, _mm_loadu_ps(in + 8 * pitch), 2);
    return _mm512_insertf32x4(x, _mm_loadu_ps(in + 12 * pitch), 3);
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

/* Rows i, i + 4, i + 8 and i + 12. */
static inline BOX_TARGET __m512i load_four_rows(const uint8_t *in, size_t stride)
{
    __m128i row[4];

    for (size_t i = 0; i < 4; i++)
        row[i] = _mm_loadu_si128((const __m128i *)(const void *)(in + 4 * i * stride));
    __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(row[0]), row[1], 1);
    __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(row[2]), row[3], 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/* Floats of the four bytes at 4 * c in each quarter. */
static inline BOX_TARGET vec spread_bytes(__m512i columns, int c)
{
    const int low = 4 * c;
    const __m128i at = _mm_setr_epi32((int)0xffffff00 | low, (int)0xffffff00 | (low + 1), (int)0xffffff00 | (low + 2),
                                      (int)0xffffff00 | (low + 3));

    return _mm512_cvtepi32_ps(_mm512_shuffle_epi8(columns, _mm512_broadcast_i32x4(at)));
}

/* 16 x 16 bytes: a quarter holds four rows of four columns before they are spread. */
static inline BOX_TARGET void load_transposed_bytes(vec *x, const uint8_t *in, size_t stride)
{
    const __m512i a = load_four_rows(in, stride);
    const __m512i b = load_four_rows(in + stride, stride);
    const __m512i c = load_four_rows(in + 2 * stride, stride);
    const __m512i d = load_four_rows(in + 3 * stride, stride);
    const __m512i ab_low = _mm512_unpacklo_epi8(a, b);
    const __m512i ab_high = _mm512_unpackhi_epi8(a, b);
    const __m512i cd_low = _mm512_unpacklo_epi8(c, d);
    const __m512i cd_high = _mm512_unpackhi_epi8(c, d);
    const __m512i columns[4] = {_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
                                _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)};

    for (int i = 0; i < 16; i++)
        x[i] = spread_bytes(columns[i / 4], i % 4);
}

#include "simd/box_lanes.h"
#include "simd/grid_lanes.h"

void phash_box_init_avx512(phash_box_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0)
        return;
    k->rows = box_rows; /* along columns AVX2 is as fast: memory is the limit */
    k->rows_at = box_rows_at;
    k->grid_strip = grid_strip;
    k->grid_strip_pixels = grid_strip_pixels;
    k->isa = "avx512";
}

#else
typedef int phash_box_avx512_is_not_built; /* ISO C wants a declaration */
#endif
