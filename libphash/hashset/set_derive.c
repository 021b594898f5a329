/* SPDX-License-Identifier: Apache-2.0 */
/* What is derived from tokens and public keys. Every label is used for one purpose only. */
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

phash_status phash_slot_derive(phash_digest *digest, phash_slot_secret *out, const uint8_t token[PHASH_SHA256_SIZE],
                               const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t n)
{
    static const char label[] = "libphash slot";
    uint8_t number[4];
    uint8_t bytes[8 + PHASH_SLOT_SIZE];
    phash_writer w = phash_writer_init(number, sizeof number);

    phash_write_u32le(&w, n);
    phash_part info[] = {{label, sizeof label - 1}, {salt, PHASH_SET_SALT_SIZE}, {number, sizeof number}};
    phash_status st = phash_hkdf_expand(digest, bytes, sizeof bytes, token, info, 3);
    if (st == PHASH_OK) {
        phash_reader r = phash_reader_init(bytes, sizeof bytes);
        out->bucket = phash_read_u64le(&r);
        phash_read_copy(&r, out->tag, sizeof out->tag);
        phash_read_copy(&r, out->pad, sizeof out->pad);
    }
    phash_wipe(bytes, sizeof bytes);
    return st;
}
