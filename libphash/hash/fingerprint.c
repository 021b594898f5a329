/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"

#include "simd/exact_float.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Floats as integers in the same order (IEEE 754: sign and magnitude): what is counted below is compiled to vectors. */
static int32_t key_of(float x)
{
    int32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? bits ^ INT32_MAX : bits;
}

static float value_of(int32_t key)
{
    const int32_t bits = key < 0 ? key ^ INT32_MAX : key;
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static int32_t count_below(const int32_t keys[PHASH_HASH_BITS], int32_t limit)
{
    int32_t n = 0;

    for (size_t i = 0; i < PHASH_HASH_BITS; i++)
        n += keys[i] < limit;
    return n;
}

static int32_t greatest_below(const int32_t keys[PHASH_HASH_BITS], int32_t limit)
{
    enum { LANES = 8 }; /* so many maxima side by side: else each would wait for the one before */
    int32_t lanes[LANES];
    int32_t greatest = INT32_MIN;

    for (size_t j = 0; j < LANES; j++)
        lanes[j] = INT32_MIN;
    for (size_t i = 0; i < PHASH_HASH_BITS; i += LANES)
        for (size_t j = 0; j < LANES; j++) {
            const int32_t key = keys[i + j] < limit ? keys[i + j] : INT32_MIN;
            lanes[j] = key > lanes[j] ? key : lanes[j];
        }
    for (size_t j = 0; j < LANES; j++)
        greatest = lanes[j] > greatest ? lanes[j] : greatest;
    return greatest;
}

static float median_of_three(float a, float b, float c)
{
    const float low = a < b ? a : b;
    const float high = a < b ? b : a;
    const float capped = c < high ? c : high;

    return capped > low ? capped : low;
}

/* About half of the coefficients of a picture are nearer to 0 than this: Tukey's ninther of nine of them. */
static float typical_size(const float c[PHASH_HASH_BITS])
{
    enum { STEP = PHASH_HASH_BITS / 9 };
    float of_three[3];

    for (size_t i = 0; i < 3; i++)
        of_three[i] = median_of_three(fabsf(c[3 * i * STEP]), fabsf(c[(3 * i + 1) * STEP]),
                                      fabsf(c[(3 * i + 2) * STEP]));
    return median_of_three(of_three[0], of_three[1], of_three[2]);
}

/* Between the bounds: where the median would be if values were spread evenly, or when that did not help, halfway. */
static int32_t next_guess(int32_t low, int32_t high, float share, bool halfway)
{
    if (halfway)
        return (int32_t)(((int64_t)low + high) / 2);
    return key_of(value_of(low) + (value_of(high) - value_of(low)) * share);
}

/* A pass that only counts costs a twentieth of one that moves values. So the median is closed in between two bounds,
 * for which any guess is good, and found in the end as the greatest value below the upper one. */
float phash_lower_median(const float coefficients[PHASH_HASH_BITS])
{
    enum { WANTED = PHASH_HASH_BITS / 2, NEAR = 1, GOOD_GUESSES = 8, GUESSES = GOOD_GUESSES + 32 };
    int32_t keys[PHASH_HASH_BITS];
    const float size = typical_size(coefficients);
    int32_t low = key_of(-size);
    int32_t high = key_of(size);

    for (size_t i = 0; i < PHASH_HASH_BITS; i++)
        keys[i] = key_of(coefficients[i]);
    int32_t below_low = count_below(keys, low);
    int32_t below_high = count_below(keys, high);
    if (below_low >= WANTED) {
        low = INT32_MIN;
        below_low = 0;
    }
    if (below_high < WANTED) {
        high = INT32_MAX;
        below_high = PHASH_HASH_BITS;
    }
    for (int i = 0; i < GUESSES && below_high > WANTED + NEAR; i++) {
        const float share = ((float)WANTED + 0.5f - (float)below_low) / (float)(below_high - below_low);
        const int32_t guess = next_guess(low, high, share, i >= GOOD_GUESSES);
        const int32_t below = count_below(keys, guess);
        if (below < WANTED) {
            low = guess;
            below_low = below;
        } else {
            high = guess;
            below_high = below;
        }
    }
    do
        high = greatest_below(keys, high);
    while (count_below(keys, high) >= WANTED);
    return value_of(high);
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
