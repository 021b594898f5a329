/* SPDX-License-Identifier: Apache-2.0 */
/* A small reproducible generator for tests; every random test prints its seed. */
#ifndef PHASH_TESTS_RNG_H
#define PHASH_TESTS_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct test_rng {
    uint64_t state;
} test_rng;

/** Start from a seed; equal seeds give equal sequences on every machine. */
test_rng test_rng_init(uint64_t seed);
/** Next 64 bits (SplitMix64, Steele, Lea and Flood 2014). */
uint64_t test_rng_next(test_rng *rng);
/** Uniform below n; n > 0. */
uint32_t test_rng_below(test_rng *rng, uint32_t n);
void test_rng_fill(test_rng *rng, void *out, size_t size);
/** The seed to use: the value of PHASH_TEST_SEED, else fallback. */
uint64_t test_seed(uint64_t fallback);

#endif
