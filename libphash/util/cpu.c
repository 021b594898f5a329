/* SPDX-License-Identifier: Apache-2.0 */
#include "util/cpu.h"

#if defined(PHASH_ARCH_X86)

uint32_t phash_cpu_flags(void)
{
    uint32_t flags = 0;

    /* The compiler's run time also checks that the operating system saves the wide registers. */
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse2"))
        flags |= PHASH_CPU_SSE2;
    if (__builtin_cpu_supports("ssse3"))
        flags |= PHASH_CPU_SSSE3;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
        flags |= PHASH_CPU_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        flags |= PHASH_CPU_AVX512;
    if ((flags & PHASH_CPU_AVX512) != 0 && __builtin_cpu_supports("avx512vpopcntdq"))
        flags |= PHASH_CPU_VPOPCNT;
    if ((flags & PHASH_CPU_AVX512) != 0 && __builtin_cpu_supports("avx512ifma"))
        flags |= PHASH_CPU_IFMA;
    return flags;
}

#elif defined(PHASH_ARCH_ARM64)

uint32_t phash_cpu_flags(void)
{
    return PHASH_CPU_NEON; /* part of every 64-bit Arm processor */
}

#else

uint32_t phash_cpu_flags(void)
{
    return 0;
}

#endif
