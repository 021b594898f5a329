/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rng.h"

#include <stdlib.h>

test_rng test_rng_init(uint64_t seed)
{
    test_rng rng = {seed};
    return rng;
}

uint64_t test_rng_next(test_rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t test_rng_below(test_rng *rng, uint32_t n)
{
    return (uint32_t)(((test_rng_next(rng) >> 32) * n) >> 32);
}

void test_rng_fill(test_rng *rng, void *out, size_t size)
{
    uint8_t *p = out;

    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)(test_rng_next(rng) >> 56);
}

uint64_t test_seed(uint64_t fallback)
{
    const char *text = getenv("PHASH_TEST_SEED");

    return text != NULL ? strtoull(text, NULL, 0) : fallback;
}
