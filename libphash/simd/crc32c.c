/* SPDX-License-Identifier: Apache-2.0 */
#include "simd/crc32c.h"

#include "util/cpu.h"

#define POLYNOMIAL 0x82f63b78u /* Castagnoli's, bits reversed */

static uint32_t read_u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Eight bytes at a time ("slicing by 8": Kounavis and Berry, ISCC 2005). */
uint32_t phash_crc32c_c(const phash_crc32c_kernels *k, const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffffu;

    for (; size >= 8; size -= 8, bytes += 8) {
        const uint32_t a = read_u32(bytes) ^ crc;
        const uint32_t b = read_u32(bytes + 4);
        crc = k->tables[7][a & 255] ^ k->tables[6][a >> 8 & 255] ^ k->tables[5][a >> 16 & 255] ^
              k->tables[4][a >> 24] ^ k->tables[3][b & 255] ^ k->tables[2][b >> 8 & 255] ^
              k->tables[1][b >> 16 & 255] ^ k->tables[0][b >> 24];
    }
    for (; size > 0; size--, bytes++)
        crc = crc >> 8 ^ k->tables[0][(crc ^ *bytes) & 255];
    return ~crc;
}

void phash_crc32c_kernels_init(phash_crc32c_kernels *k, uint32_t cpu_flags)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
        k->tables[0][i] = crc;
    }
    for (uint32_t t = 1; t < 8; t++)
        for (uint32_t i = 0; i < 256; i++)
            k->tables[t][i] = k->tables[t - 1][i] >> 8 ^ k->tables[0][k->tables[t - 1][i] & 255];
    k->crc = phash_crc32c_c;
    k->isa = "c";
#if !defined(PHASH_NO_SIMD) && defined(PHASH_ARCH_X86)
    phash_crc32c_init_sse42(k, cpu_flags);
#else
    (void)cpu_flags;
#endif
}
