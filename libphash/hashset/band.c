/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/band.h"

#include "util/bytes.h"

/* Zigzag order of the 16 x 16 coefficients: diagonal by diagonal from the lowest frequency, the direction turning
 * at each, as in JPEG (ITU-T T.81, figure A.6). Low frequencies move least under edits, so a band of neighbours in this
 * order is stable or not as a whole (docs/protocol.md, "Tokens"). */
static void fill_zigzag(uint8_t bit[PHASH_HASH_BITS])
{
    uint32_t at = 0;

    for (uint32_t d = 0; d <= 30; d++) {
        uint32_t low = d > 15 ? d - 15 : 0;
        uint32_t high = d < 15 ? d : 15;
        for (uint32_t step = low; step <= high; step++) {
            uint32_t i = d % 2 == 1 ? step : low + high - step; /* row */
            bit[at++] = (uint8_t)(16 * i + (d - i));
        }
    }
}

phash_status phash_band_layout_init(phash_band_layout *layout, uint32_t bands)
{
    if (bands < PHASH_BANDS_MIN || bands > PHASH_BANDS_MAX)
        return PHASH_E_ARGUMENT;
    layout->bands = bands;
    for (uint32_t j = 0; j <= PHASH_BANDS_MAX; j++)
        layout->start[j] = j <= bands ? PHASH_HASH_BITS * j / bands : PHASH_HASH_BITS;
    fill_zigzag(layout->bit);
    return PHASH_OK;
}

uint32_t phash_band_bits(const phash_band_layout *layout, uint32_t j)
{
    return layout->start[j + 1] - layout->start[j];
}

uint64_t phash_band_value(const phash_band_layout *layout, const phash_hash *hash, uint32_t j)
{
    uint64_t value = 0;

    for (uint32_t p = layout->start[j]; p < layout->start[j + 1]; p++)
        value |= (uint64_t)phash_hash_bit(hash, layout->bit[p]) << (p - layout->start[j]);
    return value;
}

void phash_band_input(uint8_t out[PHASH_TOKEN_INPUT_SIZE], const phash_band_layout *layout, uint32_t j, uint64_t value)
{
    static const uint8_t domain[20] = "libphash band token";
    phash_writer w = phash_writer_init(out, PHASH_TOKEN_INPUT_SIZE);

    phash_write_bytes(&w, domain, sizeof domain);
    phash_write_u8(&w, 0); /* version of this encoding */
    phash_write_u8(&w, (uint8_t)layout->bands);
    phash_write_u8(&w, (uint8_t)j);
    phash_write_u8(&w, (uint8_t)phash_band_bits(layout, j));
    phash_write_u64le(&w, value);
}
