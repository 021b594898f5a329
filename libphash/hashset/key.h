/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of an evaluator key, for the rooms that compute with it. */
#ifndef PHASH_HASHSET_KEY_H
#define PHASH_HASHSET_KEY_H

#include "oprf/voprf.h"
#include "util/mem.h"

#include <phash/set.h>

struct phash_key {
    phash_allocator allocator;
    uint8_t secret[PHASH_SCALAR_SIZE]; /* big-endian, 1 .. group order - 1 */
    uint8_t public_key[PHASH_ELEMENT_SIZE];
    uint8_t id[PHASH_KEY_ID_SIZE];
};

#endif
