/* SPDX-License-Identifier: Apache-2.0 */
/* AVX-512 mask registers as integers. */
#ifndef PHASH_SIMD_X86_MASK_BITS_H
#define PHASH_SIMD_X86_MASK_BITS_H

#include "util/cpu.h"

#include <immintrin.h>
#include <stdint.h>

/* GCC 12 at -O1 may widen a mask by storing its one or two bytes on the stack and loading four, three or two of them
 * whatever was there (seen with -fsanitize=thread). So the instructions are written out: both clear the upper bits
 * (Intel SDM vol. 2A, "KMOVW/KMOVB/KMOVQ/KMOVD"). */

static inline PHASH_TARGET("avx512f,avx512dq") uint32_t mask8_bits(__mmask8 mask)
{
    uint32_t bits;
    __asm__("kmovb %1, %0" : "=r"(bits) : "k"(mask));
    return bits;
}

static inline PHASH_TARGET("avx512f,avx512dq") uint32_t mask16_bits(__mmask16 mask)
{
    uint32_t bits;
    __asm__("kmovw %1, %0" : "=r"(bits) : "k"(mask));
    return bits;
}

#endif
