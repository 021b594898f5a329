/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/crc32c.h"

#include "util/cpu.h"

#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
#include <immintrin.h>
#include <string.h>

static PHASH_TARGET("sse4.2") uint32_t crc32c_sse42(const phash_crc32c_kernels *k, const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffffu;

    (void)k;
#if defined(__x86_64__)
    for (; size >= 8; size -= 8, bytes += 8) {
        uint64_t x;
        memcpy(&x, bytes, sizeof x);
        crc = (uint32_t)_mm_crc32_u64(crc, x);
    }
#endif
    for (; size >= 4; size -= 4, bytes += 4) {
        uint32_t x;
        memcpy(&x, bytes, sizeof x);
        crc = _mm_crc32_u32(crc, x);
    }
    for (; size > 0; size--, bytes++)
        crc = _mm_crc32_u8(crc, *bytes);
    return ~crc;
}

void phash_crc32c_init_sse42(phash_crc32c_kernels *k, uint32_t cpu_flags)
{
    if ((cpu_flags & PHASH_CPU_AVX2) == 0)
        return;
    k->crc = crc32c_sse42;
    k->isa = "sse42";
}

#else
typedef int phash_crc32c_sse42_is_not_built; /* ISO C wants a declaration */
#endif
