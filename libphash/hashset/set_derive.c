/* SPDX-License-Identifier: Apache-2.0 */
/* What is derived from tokens and public keys, and where sections lie. Every label is used for one purpose only. */
#include "hashset/set_format.h"

#include "util/bytes.h"
#include "util/mem.h"

#include <string.h>

phash_status phash_key_id_of(phash_digest *digest, uint8_t id[PHASH_KEY_ID_SIZE],
                             const uint8_t public_key[PHASH_PUBLIC_KEY_SIZE])
{
    static const char label[] = "libphash key id";
    uint8_t full[PHASH_SHA256_SIZE];
    phash_part parts[] = {{label, sizeof label - 1}, {public_key, PHASH_PUBLIC_KEY_SIZE}};
    phash_status st = phash_sha256(digest, full, parts, 2);

    if (st == PHASH_OK)
        memcpy(id, full, PHASH_KEY_ID_SIZE);
    return st;
}

phash_status phash_slot_derive(phash_digest *digest, uint8_t *out, uint32_t value_size,
                               const uint8_t token[PHASH_SHA256_SIZE], const uint8_t salt[PHASH_SET_SALT_SIZE],
                               uint32_t j, uint32_t k)
{
    static const char label[] = "libphash set map";
    uint8_t number[5];
    phash_writer w = phash_writer_init(number, sizeof number);

    phash_write_u8(&w, (uint8_t)j);
    phash_write_u32le(&w, k);
    phash_part info[] = {{label, sizeof label - 1}, {salt, PHASH_SET_SALT_SIZE}, {number, sizeof number}};
    return phash_hkdf_expand(digest, out, PHASH_MAP_KEY_SIZE + value_size, token, info, 3);
}

phash_status phash_entry_key_derive(phash_digest *digest, uint8_t out[PHASH_AEAD_KEY_SIZE],
                                    const uint8_t token[PHASH_SHA256_SIZE], const uint8_t salt[PHASH_SET_SALT_SIZE],
                                    uint32_t k)
{
    static const char label[] = "libphash entry key";
    uint8_t number[4];
    phash_writer w = phash_writer_init(number, sizeof number);

    phash_write_u32le(&w, k);
    phash_part info[] = {{label, sizeof label - 1}, {salt, PHASH_SET_SALT_SIZE}, {number, sizeof number}};
    return phash_hkdf_expand(digest, out, PHASH_AEAD_KEY_SIZE, token, info, 3);
}

phash_set_sections phash_set_sections_of(const phash_manifest *m)
{
    phash_set_sections s = {.blocks = 0};

    for (uint32_t j = 0; j < m->bands; j++) {
        uint64_t size = phash_map_cells(&m->shape) * phash_map_value_size(m, j);
        s.map[j] = s.blocks;
        s.blocks += (size + PHASH_SET_BLOCK - 1) / PHASH_SET_BLOCK;
    }
    s.records = s.blocks;
    s.blocks += (m->record_units * PHASH_RECORD_UNIT + PHASH_SET_BLOCK - 1) / PHASH_SET_BLOCK;
    return s;
}
