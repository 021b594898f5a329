/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/box.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define BOX_TARGET PHASH_TARGET("avx2,popcnt")
#define LANES 8
#define STRIP_VECS 2
#define vec __m256
#define v_set1 _mm256_set1_ps
#define v_load _mm256_loadu_ps
#define v_store _mm256_storeu_ps
#define v_add _mm256_add_ps
#define v_sub _mm256_sub_ps
#define v_mul _mm256_mul_ps
#define v_div _mm256_div_ps

/* Four columns of eight rows, as 4 x 4 blocks: rows 0-3 in the low halves, rows 4-7 in the high ones. */
static inline BOX_TARGET void transpose_halves(vec *x)
{
    vec a = _mm256_unpacklo_ps(x[0], x[1]);
    vec b = _mm256_unpackhi_ps(x[0], x[1]);
    vec c = _mm256_unpacklo_ps(x[2], x[3]);
    vec d = _mm256_unpackhi_ps(x[2], x[3]);

    x[0] = _mm256_shuffle_ps(a, c, 0x44);
    x[1] = _mm256_shuffle_ps(a, c, 0xee);
    x[2] = _mm256_shuffle_ps(b, d, 0x44);
    x[3] = _mm256_shuffle_ps(b, d, 0xee);
}

static inline BOX_TARGET void load_transposed(vec *x, const float *in, size_t pitch)
{
    for (size_t half = 0; half < 2; half++) {
        for (size_t i = 0; i < 4; i++) {
            const float *p = in + i * pitch + 4 * half;
            x[4 * half + i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)),
                                                   _mm_loadu_ps(p + 4 * pitch), 1);
        }
        transpose_halves(x + 4 * half);
    }
}

static inline BOX_TARGET void store_transposed(float *out, size_t pitch, vec *x)
{
    transpose_halves(x);
    transpose_halves(x + 4);
    for (size_t i = 0; i < 4; i++) {
        _mm256_storeu_ps(out + i * pitch, _mm256_permute2f128_ps(x[i], x[4 + i], 0x20));
        _mm256_storeu_ps(out + (4 + i) * pitch, _mm256_permute2f128_ps(x[i], x[4 + i], 0x31));
    }
}

static inline BOX_TARGET __m128i load_eight(const uint8_t *in)
{
    return _mm_loadl_epi64((const __m128i *)(const void *)in);
}

/* Floats of the four bytes at 4 * c in each half. */
static inline BOX_TARGET vec spread_bytes(__m256i columns, int c)
{
    const int low = 4 * c;
    const __m128i at = _mm_setr_epi32((int)0xffffff00 | low, (int)0xffffff00 | (low + 1), (int)0xffffff00 | (low + 2),
                                      (int)0xffffff00 | (low + 3));

    return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(columns, _mm256_broadcastsi128_si256(at)));
}

/* 8 x 8 bytes: a half holds four rows of four columns before they are spread. */
static inline BOX_TARGET void load_transposed_bytes(vec *x, const uint8_t *in, size_t stride)
{
    __m128i half[2][2]; /* rows, columns */

    for (size_t y = 0; y < 2; y++, in += 4 * stride) {
        __m128i ab = _mm_unpacklo_epi8(load_eight(in), load_eight(in + stride));
        __m128i cd = _mm_unpacklo_epi8(load_eight(in + 2 * stride), load_eight(in + 3 * stride));
        half[y][0] = _mm_unpacklo_epi16(ab, cd);
        half[y][1] = _mm_unpackhi_epi16(ab, cd);
    }
    for (size_t c = 0; c < 2; c++) {
        __m256i columns = _mm256_inserti128_si256(_mm256_castsi128_si256(half[0][c]), half[1][c], 1);
        for (int i = 0; i < 4; i++)
            x[4 * c + (size_t)i] = spread_bytes(columns, i);
    }
}

#include "simd/box_lanes.h"
#include "simd/grid_lanes.h"

void phash_box_init_avx2(phash_box_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX2) == 0)
        return;
    k->rows = box_rows;
    k->columns = box_columns;
    k->rows_at = box_rows_at;
    k->grid_strip = grid_strip;
    k->grid_strip_pixels = grid_strip_pixels;
    k->isa = "avx2";
}

#else
typedef int phash_box_avx2_is_not_built; /* ISO C wants a declaration */
#endif
