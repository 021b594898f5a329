/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"

#include "simd/exact_float.h"

#include <math.h>
#include <string.h>

/* Arrange v[low .. high] so that nothing up to *left_end is above the pivot and nothing from *right_start on is
 * below it (Hoare, "Quicksort", 1962). */
static void split(float *v, ptrdiff_t low, ptrdiff_t high, ptrdiff_t *left_end, ptrdiff_t *right_start)
{
    const float pivot = v[low + (high - low) / 2];

    while (low <= high) {
        while (v[low] < pivot)
            low++;
        while (v[high] > pivot)
            high--;
        if (low <= high) {
            const float t = v[low];
            v[low++] = v[high];
            v[high--] = t;
        }
    }
    *left_end = high;
    *right_start = low;
}

float phash_lower_median(const float coefficients[PHASH_HASH_BITS])
{
    const ptrdiff_t wanted = PHASH_HASH_BITS / 2 - 1;
    float v[PHASH_HASH_BITS];
    ptrdiff_t low = 0;
    ptrdiff_t high = PHASH_HASH_BITS - 1;

    memcpy(v, coefficients, sizeof v);
    while (low < high) {
        ptrdiff_t left_end;
        ptrdiff_t right_start;
        split(v, low, high, &left_end, &right_start);
        if (wanted <= left_end)
            high = left_end;
        else if (wanted >= right_start)
            low = right_start;
        else
            break; /* between the two parts every value equals the pivot */
    }
    return v[wanted];
}

void phash_fingerprint_bits(phash_fingerprint *out, const float coefficients[PHASH_HASH_BITS])
{
    const float median = phash_lower_median(coefficients);

    for (size_t byte = 0; byte < PHASH_HASH_SIZE; byte++) {
        uint32_t bits = 0;
        for (size_t bit = 0; bit < 8; bit++) {
            const float c = coefficients[8 * byte + bit];
            bits |= (uint32_t)(c > median) << bit;
            out->margin[8 * byte + bit] = fabsf(c - median);
        }
        out->hash.bytes[PHASH_HASH_SIZE - 1 - byte] = (uint8_t)bits;
    }
}
