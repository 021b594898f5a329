/* SPDX-License-Identifier: Apache-2.0 */
#include <phash/hash.h>

#include "simd/hamming.h"

uint32_t phash_hash_distance(const phash_hash *a, const phash_hash *b)
{
    if (a == NULL || b == NULL)
        return PHASH_HASH_BITS; /* as far apart as hashes can be: a caller's mistake never looks like a match */
    return phash_hamming_pair_c(a->bytes, b->bytes);
}
