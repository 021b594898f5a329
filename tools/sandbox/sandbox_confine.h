/* SPDX-License-Identifier: Apache-2.0 */
/* Give up, for good, everything that decoding does not need. */
#ifndef PHASH_TOOLS_SANDBOX_CONFINE_H
#define PHASH_TOOLS_SANDBOX_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

/* Sanitizers make system calls of their own, write reports and reserve terabytes: in such a build a decoder is a
 * process of its own and nothing more, and says so. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/** What is in force in a process. */
#define SANDBOX_LIMITS 1u   /* resource limits, no core dump, not dumpable */
#define SANDBOX_LANDLOCK 2u /* no file, and as far as the kernel goes no network or signal either */
#define SANDBOX_SECCOMP 4u  /* a handful of system calls; any other kills the process */

/** Close all descriptors from `first` up but those in keep, an ascending array. */
void sandbox_close_from(int first, const int *keep, int n);

/** Confine this process, which has one thread and its descriptor 0 alone. data and address_space are bytes of memory
 *  that it may have. Returns what is in force. */
uint32_t sandbox_confine(uint64_t data, uint64_t address_space);

#endif
