/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: CRC-32C, which finds accidental damage of files. */
#ifndef PHASH_SIMD_CRC32C_H
#define PHASH_SIMD_CRC32C_H

#include <stddef.h>
#include <stdint.h>

typedef struct phash_crc32c_kernels phash_crc32c_kernels;

/** CRC-32C of size bytes (RFC 3720, section 12.1 and appendix B.4). size may be 0; no alignment needed; exact in
 *  every variant. k is the structure the function is from. */
typedef uint32_t phash_crc32c_fn(const phash_crc32c_kernels *k, const uint8_t *bytes, size_t size);

struct phash_crc32c_kernels {
    phash_crc32c_fn *crc;
    const char *isa;          /* "c", "sse42" */
    uint32_t tables[8][256]; /* of the plain kernel: a byte followed by 0 to 7 zero bytes */
};

void phash_crc32c_kernels_init(phash_crc32c_kernels *k, uint32_t cpu_flags);

/** The plain kernel. */
phash_crc32c_fn phash_crc32c_c;

/** Take the processor's own instruction, which every processor with AVX2 has. */
void phash_crc32c_init_sse42(phash_crc32c_kernels *k, uint32_t cpu_flags);

#endif
