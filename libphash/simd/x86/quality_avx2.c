/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/quality.h"

#include "simd/exact_float.h"
#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>
#include <stddef.h>

#define AVX2 PHASH_TARGET("avx2,popcnt")

static inline AVX2 __m256i step(__m256 u, __m256 v)
{
    __m256 scaled = _mm256_mul_ps(_mm256_sub_ps(u, v), _mm256_set1_ps(100.0f));

    return _mm256_abs_epi32(_mm256_cvttps_epi32(_mm256_div_ps(scaled, _mm256_set1_ps(255.0f))));
}

static AVX2 uint32_t quality_sum_avx2(const float *grid)
{
    const size_t side = PHASH_GRID_SIDE;
    const __m256i first_seven = _mm256_setr_epi32(-1, -1, -1, -1, -1, -1, -1, 0);
    __m256i sum = _mm256_setzero_si256();
    uint32_t lanes[8];

    for (size_t i = 0; i < PHASH_GRID_SIZE - side; i += 8)
        sum = _mm256_add_epi32(sum, step(_mm256_loadu_ps(grid + i), _mm256_loadu_ps(grid + i + side)));
    for (size_t i = 0; i < PHASH_GRID_SIZE; i += 8) {
        __m256 here = _mm256_loadu_ps(grid + i);
        if (i % side + 8 == side) { /* the last column has no neighbour to its right */
            __m256i d = step(here, _mm256_maskload_ps(grid + i + 1, first_seven));
            sum = _mm256_add_epi32(sum, _mm256_and_si256(d, first_seven));
        } else {
            sum = _mm256_add_epi32(sum, step(here, _mm256_loadu_ps(grid + i + 1)));
        }
    }
    _mm256_storeu_si256((__m256i *)(void *)lanes, sum);
    for (size_t i = 1; i < 8; i++)
        lanes[0] += lanes[i];
    return lanes[0];
}

void phash_quality_init_avx2(phash_quality_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX2) == 0)
        return;
    k->sum = quality_sum_avx2;
}

#else
typedef int phash_quality_avx2_is_not_built; /* ISO C wants a declaration */
#endif
