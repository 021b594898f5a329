/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/blocks.h"

#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include "simd/x86/mask_bits.h"

#include <immintrin.h>

#define AVX512 PHASH_TARGET("avx512f,avx512bw,avx512dq,avx512vl,popcnt")

typedef struct eight_spans {
    __m256i starts;
    __m256i ends;
} eight_spans;

/* Eight blocks, read by gathering. */
static inline AVX512 eight_spans read_eight(const uint8_t *blocks, __m256i values, uint32_t shape)
{
    const int bits = (int)(PHASH_BLOCK_BITS >> shape);
    const __m512i most = _mm512_set1_epi64((1 << bits) - 1);
    const __m512i v = _mm512_cvtepu32_epi64(values);
    const __m512i block = _mm512_slli_epi64(_mm512_srli_epi64(v, shape), 6);
    const __m512i in_block = _mm512_and_si512(v, _mm512_set1_epi64((1 << shape) - 1));
    const __m512i at = _mm512_add_epi64(_mm512_mul_epu32(in_block, _mm512_set1_epi64(bits)), _mm512_set1_epi64(32));
    const __m512i byte = _mm512_add_epi64(block, _mm512_srli_epi64(at, 3));
    __m512i packed = _mm512_i64gather_epi64(byte, blocks, 1);
    packed = _mm512_srlv_epi64(packed, _mm512_and_si512(at, _mm512_set1_epi64(7)));
    const __m256i first = _mm512_i64gather_epi32(block, blocks, 1);
    const __m512i end = _mm512_and_si512(_mm512_srli_epi64(packed, (unsigned)bits), most);
    const __mmask8 full = _mm512_cmpeq_epi64_mask(end, most);
    eight_spans s;

    s.starts = _mm256_add_epi32(first, _mm512_cvtepi64_epi32(_mm512_and_si512(packed, most)));
    s.ends = _mm256_add_epi32(first, _mm512_cvtepi64_epi32(end));
    if (full != 0) /* the next block says */
        s.ends = _mm512_mask_i64gather_epi32(s.ends, full, block, blocks + PHASH_BLOCK_SIZE, 1);
    return s;
}

static AVX512 size_t blocks_find_avx512(uint32_t *starts, uint32_t *ends, uint32_t *kept, const uint8_t *blocks,
                                        uint32_t shape, const uint32_t *values, size_t n, uint32_t n_ids)
{
    const __m256i limit = _mm256_set1_epi32((int)n_ids);
    size_t found = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(values + i));
        const eight_spans s = read_eight(blocks, v, shape);
        const __mmask8 filled = _mm256_cmplt_epu32_mask(s.starts, s.ends) & _mm256_cmple_epu32_mask(s.ends, limit);
        _mm256_storeu_si256((__m256i *)(void *)(starts + found), _mm256_maskz_compress_epi32(filled, s.starts));
        _mm256_storeu_si256((__m256i *)(void *)(ends + found), _mm256_maskz_compress_epi32(filled, s.ends));
        _mm256_storeu_si256((__m256i *)(void *)(kept + found), _mm256_maskz_compress_epi32(filled, v));
        found += (size_t)_mm_popcnt_u32(mask8_bits(filled));
    }
    return found + phash_blocks_find_c(starts + found, ends + found, kept + found, blocks, shape, values + i, n - i,
                                       n_ids);
}

void phash_blocks_init_avx512(phash_blocks_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX512) == 0)
        return;
    k->find = blocks_find_avx512;
    k->isa = "avx512";
}

#else
typedef int phash_blocks_avx512_is_not_built; /* ISO C wants a declaration */
#endif
