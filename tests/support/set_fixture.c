/* SPDX-License-Identifier: Apache-2.0 */
#include "support/set_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

phash_hash fixture_hash(test_rng *rng)
{
    phash_hash h;

    test_rng_fill(rng, h.bytes, sizeof h.bytes);
    return h;
}

phash_hash fixture_flip(test_rng *rng, const phash_hash *hash, uint32_t n)
{
    phash_hash h = *hash;
    uint8_t done[PHASH_HASH_BITS] = {0};

    while (n > 0) {
        uint32_t k = test_rng_below(rng, PHASH_HASH_BITS);
        if (done[k] != 0)
            continue;
        done[k] = 1;
        h.bytes[k / 8] ^= (uint8_t)(1u << (k % 8));
        n--;
    }
    return h;
}

phash_fingerprint fixture_print(test_rng *rng, const phash_hash *hash, const phash_hash *listed)
{
    phash_fingerprint p = {*hash, 100, 0, {0}};

    for (uint32_t k = 0; k < PHASH_HASH_BITS; k++) {
        uint32_t byte = PHASH_HASH_SIZE - 1 - k / 8;
        int differs = listed != NULL && ((hash->bytes[byte] ^ listed->bytes[byte]) >> (k % 8) & 1) != 0;
        p.margin[k] = (differs ? 0.0f : 10.0f) + (float)test_rng_below(rng, 1000) / 100.0f;
    }
    return p;
}

static int seeded_random(void *user, uint8_t *out, size_t size)
{
    test_rng_fill(user, out, size);
    return 0;
}

phash_key *fixture_key(uint64_t seed)
{
    test_rng rng = test_rng_init(seed);
    phash_options o = {sizeof o, NULL, NULL, seeded_random, &rng};
    phash_key *key = NULL;

    if (phash_key_new(&key, &o) != PHASH_OK)
        abort();
    return key;
}

phash_list *fixture_list(const phash_hash *hashes, size_t n)
{
    phash_list *list = NULL;
    char label[32];

    if (phash_list_new(&list, NULL, NULL) != PHASH_OK ||
        phash_list_source_begin(list, "photos", NULL, NULL) != PHASH_OK)
        abort();
    for (size_t i = 0; i < n; i++) {
        int size = snprintf(label, sizeof label, "photo-%zu", i);
        if (phash_list_add(list, &hashes[i], (const uint8_t *)label, (size_t)size, 100) != PHASH_OK)
            abort();
    }
    if (phash_list_source_end(list, NULL) != PHASH_OK)
        abort();
    return list;
}

int fixture_write(void *user, const uint8_t *bytes, size_t size)
{
    set_bytes *b = user;

    if (b->size + size > b->room) {
        b->room = 2 * (b->size + size);
        b->data = realloc(b->data, b->room);
        if (b->data == NULL)
            abort();
    }
    memcpy(b->data + b->size, bytes, size);
    b->size += size;
    return 0;
}

phash_status fixture_build(set_bytes *out, const phash_key *key, const phash_list *list, uint32_t bands,
                           uint32_t budget)
{
    phash_set_params params = {.struct_size = sizeof params, .bands = bands, .budget = budget, .sequence = 3,
                               .created = 1700000000, .name = "test"};

    memset(out, 0, sizeof *out);
    return phash_set_build(NULL, NULL, key, list, NULL, &params, fixture_write, out, NULL, NULL, NULL);
}

void set_bytes_free(set_bytes *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}
