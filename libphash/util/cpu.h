/* SPDX-License-Identifier: Apache-2.0 */
/* Which vector instructions may be used. */
#ifndef PHASH_UTIL_CPU_H
#define PHASH_UTIL_CPU_H

#include <stdint.h>

#define PHASH_CPU_SSE2 (1u << 0)
#define PHASH_CPU_SSSE3 (1u << 1)
#define PHASH_CPU_AVX2 (1u << 2)   /* with POPCNT */
#define PHASH_CPU_AVX512 (1u << 3) /* F, BW, DQ and VL */
#define PHASH_CPU_VPOPCNT (1u << 4) /* AVX512_VPOPCNTDQ, with AVX512 above */
#define PHASH_CPU_IFMA (1u << 5)    /* AVX512_IFMA, with AVX512 above */
#define PHASH_CPU_NEON (1u << 8)

#if defined(__GNUC__)
#define PHASH_TARGET(isa) __attribute__((target(isa)))
#endif

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define PHASH_ARCH_X86 1
#elif defined(__GNUC__) && defined(__aarch64__)
#define PHASH_ARCH_ARM64 1
#endif

/** Ask the processor (and the operating system's state saving) what may be used. Cheap; callers keep the
 *  answer in their handle, so there is no global state. */
uint32_t phash_cpu_flags(void);

#endif
