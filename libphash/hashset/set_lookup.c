/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the body of a set: slots, records, and the check of all of it. */
#include "hashset/set_file.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

/* Verify body block i; its bytes, or NULL with *st and diag set. */
static const uint8_t *block_at(const phash_set *set, phash_digest *digest, phash_status *st, phash_diag *diag,
                               uint64_t i)
{
    *st = phash_tree_verify(digest, &set->tree, set->manifest.root, set->body, i);
    if (*st == PHASH_E_CHECKSUM)
        (void)phash_fail(diag, *st, "the set file is damaged: block %" PRIu64 " does not agree with its digest", i);
    return *st == PHASH_OK ? set->body + i * PHASH_SET_BLOCK : NULL;
}

static const uint8_t *find_slot(const uint8_t *block, const uint8_t tag[PHASH_SLOT_TAG_SIZE])
{
    for (size_t i = 0; i < PHASH_SLOTS_PER_BLOCK; i++)
        if (memcmp(block + i * PHASH_SLOT_SIZE, tag, PHASH_SLOT_TAG_SIZE) == 0)
            return block + i * PHASH_SLOT_SIZE + PHASH_SLOT_TAG_SIZE;
    return NULL;
}

/* Copy record `entry` out of the (at most two) blocks it lies in, each verified. */
static phash_status copy_record(const phash_set *set, phash_digest *digest, phash_diag *diag, uint8_t *out,
                                uint32_t entry)
{
    size_t left = phash_record_size(&set->manifest);
    uint64_t at = (uint64_t)entry * left;

    while (left != 0) {
        phash_status st;
        uint64_t block = set->manifest.slot_blocks + at / PHASH_SET_BLOCK;
        size_t offset = at % PHASH_SET_BLOCK;
        size_t piece = PHASH_SET_BLOCK - offset < left ? PHASH_SET_BLOCK - offset : left;
        const uint8_t *bytes = block_at(set, digest, &st, diag, block);
        if (bytes == NULL)
            return st;
        memcpy(out, bytes + offset, piece);
        out += piece;
        at += piece;
        left -= piece;
    }
    return PHASH_OK;
}

static phash_status parse_record(const phash_set *set, phash_diag *diag, phash_opened_entry *out, uint32_t entry,
                                 const uint8_t *plain, size_t size)
{
    phash_reader r = phash_reader_init(plain, size);

    phash_read_copy(&r, out->hash.bytes, PHASH_HASH_SIZE);
    out->entry = entry;
    out->radius = phash_read_u8(&r);
    out->source = phash_read_u16le(&r);
    out->label_size = phash_read_u16le(&r);
    if (out->radius > PHASH_RADIUS_MAX || out->source >= set->manifest.source_count ||
        out->label_size > PHASH_LABEL_MAX || out->label_size > set->manifest.label_size)
        return phash_fail(diag, PHASH_E_RECORD, "a record of the set holds values out of range");
    phash_read_copy(&r, out->label, out->label_size);
    out->label[out->label_size] = '\0';
    return r.failed ? PHASH_E_INTERNAL : PHASH_OK;
}

static phash_status open_record(const phash_set *set, phash_digest *digest, phash_diag *diag, phash_opened_entry *out,
                                uint32_t entry, const uint8_t key[PHASH_AEAD_KEY_SIZE])
{
    static const uint8_t nonce[PHASH_AEAD_NONCE_SIZE] = {0}; /* each key seals one record */
    uint8_t record[PHASH_RECORD_FIXED_SIZE + PHASH_LABEL_MAX + 1 + PHASH_AEAD_TAG_SIZE];
    uint8_t aad[PHASH_SET_SALT_SIZE + 4];
    phash_writer w = phash_writer_init(aad, sizeof aad);
    size_t size = phash_record_size(&set->manifest);

    if (entry >= set->manifest.entries)
        return phash_fail(diag, PHASH_E_RECORD, "a slot of the set points past its last record");
    phash_write_bytes(&w, set->manifest.salt, PHASH_SET_SALT_SIZE);
    phash_write_u32le(&w, entry);
    phash_status st = copy_record(set, digest, diag, record, entry);
    if (st == PHASH_OK)
        st = phash_aead_open(digest, record, key, nonce, aad, sizeof aad, record, size);
    if (st == PHASH_E_CHECKSUM)
        (void)phash_fail(diag, st, "a record of the set does not open with the key its slot gives");
    if (st == PHASH_OK)
        st = parse_record(set, diag, out, entry, record, size - PHASH_AEAD_TAG_SIZE);
    phash_wipe(record, sizeof record);
    return st;
}

phash_status phash_set_lookup(const phash_set *set, phash_digest *digest, phash_diag *diag, phash_opened_entry *out,
                              bool *found, const uint8_t token[PHASH_SHA256_SIZE], uint32_t n)
{
    phash_slot_secret slot;
    uint8_t value[PHASH_SLOT_VALUE_SIZE];
    phash_status st = phash_slot_derive(digest, &slot, token, set->manifest.salt, n);

    *found = false;
    if (st != PHASH_OK)
        return st;
    uint64_t block = phash_slot_block(slot.bucket, set->manifest.slot_blocks);
    const uint8_t *bytes = block_at(set, digest, &st, diag, block);
    const uint8_t *hidden = bytes != NULL ? find_slot(bytes, slot.tag) : NULL;
    if (hidden != NULL) {
        for (size_t i = 0; i < sizeof value; i++)
            value[i] = hidden[i] ^ slot.pad[i];
        phash_reader r = phash_reader_init(value, sizeof value);
        uint32_t entry = phash_read_u32le(&r);
        st = open_record(set, digest, diag, out, entry, value + 4);
        *found = st == PHASH_OK;
    }
    phash_wipe(&slot, sizeof slot);
    phash_wipe(value, sizeof value);
    return st;
}

phash_status phash_set_verify(const phash_set *set, phash_diag *diag, phash_progress_fn progress, void *progress_user,
                              const phash_options *options)
{
    phash_digest *digest = NULL;

    if (set == NULL)
        return PHASH_E_ARGUMENT;
    phash_allocator a = phash_allocator_from(options);
    phash_status st = phash_digest_new(&digest, &a);
    const uint64_t n = set->tree.blocks[0];
    for (uint64_t i = 0; st == PHASH_OK && i < n; i++) {
        if (block_at(set, digest, &st, diag, i) == NULL)
            break;
        if (progress != NULL && i % 1024 == 0 && progress(progress_user, i, n) != 0)
            st = PHASH_E_STATE;
    }
    /* What pads the digest blocks is covered by the digests above it, so every byte has been verified now. */
    phash_digest_free(&digest);
    return st;
}
