/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and blinded sets of generated hashes, in memory. */
#ifndef PHASH_TESTS_SET_FIXTURE_H
#define PHASH_TESTS_SET_FIXTURE_H

#include "support/rng.h"

#include <phash/set.h>

typedef struct set_bytes {
    uint8_t *data;
    size_t size;
    size_t room;
} set_bytes;

/** A hash drawn from rng. */
phash_hash fixture_hash(test_rng *rng);
/** A hash that differs from another in n distinct bits. */
phash_hash fixture_flip(test_rng *rng, const phash_hash *hash, uint32_t n);
/** A fingerprint of quality 100 whose margins are drawn from rng; bits that differ from listed get the smallest. */
phash_fingerprint fixture_print(test_rng *rng, const phash_hash *hash, const phash_hash *listed);
/** A key from a seeded random hook. */
phash_key *fixture_key(uint64_t seed);
/** A list with one source "photos" of n hashes labelled "photo-<i>". Aborts when memory is short. */
phash_list *fixture_list(const phash_hash *hashes, size_t n);
/** Build a set named "test" into bytes. bands 0: default. */
phash_status fixture_build(set_bytes *out, const phash_key *key, const phash_list *list, uint32_t bands,
                           uint32_t budget);
/** phash_write_fn that appends to a set_bytes. */
int fixture_write(void *user, const uint8_t *bytes, size_t size);
void set_bytes_free(set_bytes *b);

#endif
