/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"

#include "simd/exact_float.h"

#include <math.h>
#include <string.h>

static float median_of_three(float a, float b, float c)
{
    const float low = a < b ? a : b;
    const float high = a < b ? b : a;
    const float capped = c < high ? c : high;

    return capped > low ? capped : low;
}

/* Some value of v that is likely to split it well (Tukey's ninther). */
static float choose_pivot(const float *v, size_t n)
{
    const size_t step = n / 9;

    if (step == 0)
        return median_of_three(v[0], v[n / 2], v[n - 1]);
    return median_of_three(median_of_three(v[0], v[step], v[2 * step]),
                           median_of_three(v[3 * step], v[4 * step], v[5 * step]),
                           median_of_three(v[6 * step], v[7 * step], v[8 * step]));
}

/* Quickselect (Hoare, 1961) whose inner loop has no branch that depends on the values: of random ones every second
 * would be guessed wrong. What is below the pivot stays in v, what is above it goes to other; the pivot drops out, so
 * each round is shorter than the one before. */
float phash_lower_median(const float coefficients[PHASH_HASH_BITS])
{
    float buffers[2][PHASH_HASH_BITS];
    float *v = buffers[0];
    float *other = buffers[1];
    size_t wanted = PHASH_HASH_BITS / 2 - 1; /* index in v, were it sorted */
    size_t n = PHASH_HASH_BITS;

    memcpy(v, coefficients, sizeof buffers[0]);
    for (;;) {
        const float pivot = choose_pivot(v, n);
        size_t below = 0;
        size_t above = 0;
        for (size_t i = 0; i < n; i++) {
            const float x = v[i];
            v[below] = x;
            below += x < pivot;
            other[above] = x;
            above += x > pivot;
        }
        if (wanted >= below && wanted < n - above)
            return pivot;
        if (wanted >= below) {
            float *t = v;
            wanted -= n - above;
            n = above;
            v = other;
            other = t;
        } else {
            n = below;
        }
    }
}

void phash_fingerprint_bits(phash_fingerprint *out, const float coefficients[PHASH_HASH_BITS])
{
    const float median = phash_lower_median(coefficients);
    uint32_t sound = 0;

    for (size_t k = 0; k < PHASH_HASH_BITS; k++) {
        const float margin = fabsf(coefficients[k] - median);
        out->margin[k] = margin;
        sound += margin >= PHASH_MARGIN_NOISE;
    }
    for (size_t byte = 0; byte < PHASH_HASH_SIZE; byte++) {
        uint32_t bits = 0;
        for (size_t bit = 0; bit < 8; bit++)
            bits |= (uint32_t)(coefficients[8 * byte + bit] > median) << bit;
        out->hash.bytes[PHASH_HASH_SIZE - 1 - byte] = (uint8_t)bits;
    }
    out->flags = sound < PHASH_HASH_BITS / 4 ? PHASH_FINGERPRINT_MEANINGLESS : 0;
}
