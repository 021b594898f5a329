/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/set_record.h"

#include "util/bytes.h"
#include "util/mem.h"

#include <string.h>

/* What the nonce and the additional data of a record are made of. */
typedef struct sealing {
    uint8_t nonce[PHASH_AEAD_NONCE_SIZE];
    uint8_t aad[PHASH_SET_SALT_SIZE + 4];
} sealing;

static sealing sealing_of(const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t offset)
{
    sealing s;
    phash_writer w = phash_writer_init(s.nonce, sizeof s.nonce);

    phash_write_u32le(&w, offset);
    phash_write_bytes(&w, salt, sizeof s.nonce - 4);
    w = phash_writer_init(s.aad, sizeof s.aad);
    phash_write_bytes(&w, salt, PHASH_SET_SALT_SIZE);
    phash_write_u32le(&w, offset);
    return s;
}

static uint32_t leb128_size(uint32_t value)
{
    uint32_t size = 1;

    while (value >>= 7)
        size++;
    return size;
}

static void write_leb128(phash_writer *w, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        phash_write_u8(w, (uint8_t)(value | 0x80));
    phash_write_u8(w, (uint8_t)value);
}

/* At most two bytes, which both numbers need; the shortest form only. False for anything else. */
static bool read_leb128(phash_reader *r, uint32_t *value)
{
    uint32_t low = phash_read_u8(r);

    *value = low & 0x7f;
    if (low < 0x80)
        return !r->failed;
    uint32_t high = phash_read_u8(r);
    *value |= high << 7;
    return !r->failed && high != 0 && high < 0x80;
}

uint32_t phash_record_size(uint32_t source, uint32_t label_size)
{
    uint32_t used = PHASH_HASH_SIZE + leb128_size(source) + leb128_size(label_size) + label_size;

    return (used + PHASH_RECORD_TAG_SIZE + PHASH_RECORD_UNIT - 1) / PHASH_RECORD_UNIT * PHASH_RECORD_UNIT;
}

phash_status phash_record_seal(phash_digest *digest, uint8_t *out, const phash_record *record,
                               const uint8_t key[PHASH_AEAD_KEY_SIZE], const uint8_t salt[PHASH_SET_SALT_SIZE],
                               uint32_t offset)
{
    uint8_t plain[PHASH_RECORD_MAX];
    uint8_t sealed[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE];
    const sealing s = sealing_of(salt, offset);
    uint32_t size = phash_record_size(record->source, record->label_size);
    phash_writer w = phash_writer_init(plain, size - PHASH_RECORD_TAG_SIZE);

    phash_write_bytes(&w, record->hash.bytes, PHASH_HASH_SIZE);
    write_leb128(&w, record->source);
    write_leb128(&w, record->label_size);
    phash_write_bytes(&w, record->label, record->label_size);
    phash_write_zeros(&w, w.size - w.at);
    phash_status st =
        phash_aead_seal(digest, sealed, key, s.nonce, s.aad, sizeof s.aad, plain, size - PHASH_RECORD_TAG_SIZE);
    if (st == PHASH_OK)
        memcpy(out, sealed, size);
    phash_wipe(plain, sizeof plain);
    return st;
}

/* Fields up to the label, from decrypted bytes that may be noise. */
static bool read_fields(phash_reader *r, phash_record *out)
{
    phash_read_copy(r, out->hash.bytes, PHASH_HASH_SIZE);
    return read_leb128(r, &out->source) && read_leb128(r, &out->label_size) &&
           out->source < PHASH_SET_SOURCES_MAX && out->label_size <= PHASH_LABEL_MAX;
}

phash_status phash_record_peek(phash_digest *digest, uint32_t *size, const uint8_t head[PHASH_RECORD_MIN],
                               const uint8_t key[PHASH_AEAD_KEY_SIZE], const uint8_t salt[PHASH_SET_SALT_SIZE],
                               uint32_t offset)
{
    uint8_t plain[PHASH_RECORD_MIN + PHASH_AEAD_TAG_SIZE];
    const sealing s = sealing_of(salt, offset);
    phash_record record;
    /* GCM encrypts by XOR with a key stream, so sealing what was sealed shows the text; this tag means nothing. */
    phash_status st = phash_aead_seal(digest, plain, key, s.nonce, s.aad, sizeof s.aad, head,
                                      PHASH_RECORD_MIN - PHASH_RECORD_TAG_SIZE);

    *size = 0;
    phash_reader r = phash_reader_init(plain, PHASH_RECORD_MIN - PHASH_RECORD_TAG_SIZE);
    if (st == PHASH_OK && read_fields(&r, &record))
        *size = phash_record_size(record.source, record.label_size);
    phash_wipe(plain, sizeof plain);
    phash_wipe(&record, sizeof record);
    return st;
}

/* The one encoding of what was read: label inside, zeros behind it, no unit too many. */
static phash_status read_plain(phash_record *out, const uint8_t *plain, uint32_t size)
{
    phash_reader r = phash_reader_init(plain, size - PHASH_RECORD_TAG_SIZE);
    uint8_t rest = 0;

    if (!read_fields(&r, out) || phash_record_size(out->source, out->label_size) != size)
        return PHASH_E_RECORD;
    out->label = (const char *)phash_read_bytes(&r, out->label_size);
    while (phash_reader_left(&r) != 0)
        rest |= phash_read_u8(&r);
    return r.failed || rest != 0 ? PHASH_E_RECORD : PHASH_OK;
}

phash_status phash_record_open(phash_digest *digest, phash_record *out,
                               uint8_t plain[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE], const uint8_t *sealed,
                               uint32_t size, const uint8_t key[PHASH_AEAD_KEY_SIZE],
                               const uint8_t salt[PHASH_SET_SALT_SIZE], uint32_t offset)
{
    uint8_t again[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE];
    const sealing s = sealing_of(salt, offset);

    if (size < PHASH_RECORD_MIN || size > PHASH_RECORD_MAX)
        return PHASH_E_CHECKSUM;
    /* As in phash_record_peek; then the tag of the text, of which the record holds the first bytes. */
    uint32_t text = size - PHASH_RECORD_TAG_SIZE;
    phash_status st = phash_aead_seal(digest, plain, key, s.nonce, s.aad, sizeof s.aad, sealed, text);
    if (st == PHASH_OK)
        st = phash_aead_seal(digest, again, key, s.nonce, s.aad, sizeof s.aad, plain, text);
    if (st == PHASH_OK && !phash_mem_equal_ct(again + text, sealed + text, PHASH_RECORD_TAG_SIZE))
        st = PHASH_E_CHECKSUM;
    if (st == PHASH_OK)
        st = read_plain(out, plain, size);
    if (st != PHASH_OK) {
        phash_wipe(plain, size);
        phash_wipe(out, sizeof *out);
    }
    return st;
}
