/* SPDX-License-Identifier: Apache-2.0 */
/* Bands: the pieces of a hash that tokens are made of (docs/protocol.md, "Tokens"). */
#ifndef PHASH_HASHSET_BAND_H
#define PHASH_HASHSET_BAND_H

#include <phash/hash.h>

#define PHASH_BANDS_MIN 6u
#define PHASH_BANDS_MAX 8u
#define PHASH_BAND_BITS_MAX 43u /* 256 / 6, rounded up */
#define PHASH_BAND_BYTES_MAX 6u
#define PHASH_TOKEN_INPUT_SIZE 32u /* every token input has this length, whatever the layout */
#define PHASH_TOKEN_INPUT_BAND 22u /* where the band's number stands in it; then its bits, 1 byte, and the value, 8 */

/** Where the bands of a layout lie. A pure function of the number of bands. */
typedef struct phash_band_layout {
    uint32_t bands;
    uint32_t start[PHASH_BANDS_MAX + 1]; /* band j holds zigzag positions start[j] .. start[j + 1] - 1 */
    uint8_t bit[PHASH_HASH_BITS];        /* hash bit k = 16 * i + j at each zigzag position */
} phash_band_layout;

/** Lay out 6, 7 or 8 bands; PHASH_E_ARGUMENT for any other number. */
PHASH_NODISCARD phash_status phash_band_layout_init(phash_band_layout *layout, uint32_t bands);

/** Number of bits of band j. */
uint32_t phash_band_bits(const phash_band_layout *layout, uint32_t j);

/** The bits of band j of a hash: the first zigzag position is bit 0. Secret: hash and result. */
uint64_t phash_band_value(const phash_band_layout *layout, const phash_hash *hash, uint32_t j);

/** The VOPRF input that stands for a band value. Secret: value and out. */
void phash_band_input(uint8_t out[PHASH_TOKEN_INPUT_SIZE], const phash_band_layout *layout, uint32_t j, uint64_t value);

/** Value of hash bit k = 16 * i + j (phash/hash.h). */
static inline uint32_t phash_hash_bit(const phash_hash *hash, uint32_t k)
{
    return ((uint32_t)hash->bytes[PHASH_HASH_SIZE - 1 - k / 8] >> (k % 8)) & 1u;
}

#endif
