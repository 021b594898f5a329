/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the body of a set: maps, records, and the check of all of it. */
#include "hashset/set_file.h"
#include "hashset/set_record.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

/* What every step of a look-up needs. */
typedef struct reading {
    const phash_set *set;
    phash_digest *digest;
    phash_tree_cache *cache;
    phash_diag *diag;
} reading;

/* Verify body block i. */
static phash_status verify(const reading *r, uint64_t i)
{
    phash_status st = phash_tree_verify(r->digest, &r->set->tree, r->cache, r->set->manifest.root, r->set->body, i);

    if (st == PHASH_E_CHECKSUM)
        (void)phash_fail(r->diag, st, "the set file is damaged: block %" PRIu64 " does not agree with its digest", i);
    return st;
}

/* Bytes of the body by their place from its start, every block they lie in verified. Callers stay inside the sections;
 * a block past them is refused by the tree. */
static phash_status copy_bytes(const reading *r, uint8_t *out, uint64_t at, size_t size)
{
    while (size != 0) {
        size_t offset = at % PHASH_SET_BLOCK;
        size_t piece = PHASH_SET_BLOCK - offset < size ? PHASH_SET_BLOCK - offset : size;
        phash_status st = verify(r, at / PHASH_SET_BLOCK);
        if (st != PHASH_OK)
            return st;
        memcpy(out, r->set->body + at, piece);
        out += piece;
        at += piece;
        size -= piece;
    }
    return PHASH_OK;
}

/* Value of a key in map j: four cells joined, and the pad taken off. */
static phash_status map_value(const reading *r, uint8_t out[PHASH_SLOT_PAD_MAX], uint32_t j,
                              const uint8_t slot[PHASH_SLOT_MAX])
{
    const phash_manifest *m = &r->set->manifest;
    const uint32_t size = phash_map_value_size(m, j);
    const uint64_t start = r->set->sections.map[j] * PHASH_SET_BLOCK;
    uint64_t cells[PHASH_MAP_ARITY];
    uint8_t cell[PHASH_SLOT_PAD_MAX];
    phash_status st = PHASH_OK;

    phash_map_cells_of(cells, &m->shape, m->seed[j], slot);
    memcpy(out, slot + PHASH_MAP_KEY_SIZE, size);
    for (size_t c = 0; st == PHASH_OK && c < PHASH_MAP_ARITY; c++) {
        st = copy_bytes(r, cell, start + cells[c] * size, size);
        for (uint32_t b = 0; st == PHASH_OK && b < size; b++)
            out[b] ^= cell[b];
    }
    return st;
}

static phash_status take_record(const reading *r, phash_opened_entry *out, const phash_record *record, uint32_t offset)
{
    if (record->source >= r->set->manifest.source_count)
        return phash_fail(r->diag, PHASH_E_RECORD, "a record of the set names a source list that is not there");
    out->hash = record->hash;
    out->entry = offset;
    out->radius = r->set->sources[record->source].radius;
    out->source = record->source;
    out->label_size = record->label_size;
    memcpy(out->label, record->label, record->label_size);
    out->label[record->label_size] = '\0';
    return PHASH_OK;
}

/* Open the record at an offset which, like the key, may be noise: then *found stays false. */
static phash_status open_record(const reading *r, phash_opened_entry *out, bool *found, uint64_t offset,
                                const uint8_t key[PHASH_AEAD_KEY_SIZE], uint32_t band, uint64_t value)
{
    const phash_manifest *m = &r->set->manifest;
    const uint64_t start = r->set->sections.records * PHASH_SET_BLOCK + offset * PHASH_RECORD_UNIT;
    uint8_t sealed[PHASH_RECORD_MAX];
    uint8_t plain[PHASH_RECORD_MAX + PHASH_AEAD_TAG_SIZE];
    phash_record record = {.source = 0};
    uint32_t size = 0;

    if (offset + PHASH_RECORD_MIN / PHASH_RECORD_UNIT > m->record_units)
        return PHASH_OK;
    phash_status st = copy_bytes(r, sealed, start, PHASH_RECORD_MIN);
    if (st == PHASH_OK)
        st = phash_record_peek(r->digest, &size, sealed, key, m->salt, (uint32_t)offset);
    if (st != PHASH_OK || size == 0 || offset + size / PHASH_RECORD_UNIT > m->record_units)
        return st;
    st = copy_bytes(r, sealed, start, size);
    if (st != PHASH_OK)
        return st;
    st = phash_record_open(r->digest, &record, plain, sealed, size, key, m->salt, (uint32_t)offset);
    if (st == PHASH_OK && phash_band_value(&r->set->layout, &record.hash, band) == value) {
        st = take_record(r, out, &record, (uint32_t)offset);
        *found = st == PHASH_OK;
    }
    phash_wipe(plain, sizeof plain);
    phash_wipe(&record, sizeof record);
    if (st == PHASH_E_CHECKSUM) /* the blocks were verified: it is the key that does not fit, an ordinary answer */
        return PHASH_OK;
    return st == PHASH_E_RECORD ? phash_fail(r->diag, st, "a record of the set is not well formed") : st;
}

phash_status phash_set_lookup(const phash_set *set, phash_digest *digest, phash_tree_cache *cache, phash_diag *diag,
                              phash_opened_entry *out, bool *found, const uint8_t token[PHASH_SHA256_SIZE],
                              uint32_t band, uint64_t value, uint32_t n)
{
    const reading r = {set, digest, cache, diag};
    uint8_t slot[PHASH_SLOT_MAX];
    uint8_t hidden[PHASH_SLOT_PAD_MAX] = {0};
    uint8_t key[PHASH_AEAD_KEY_SIZE] = {0};
    uint64_t offset = 0;

    *found = false;
    if (band >= set->manifest.bands)
        return PHASH_E_ARGUMENT;
    const uint32_t offset_size = set->manifest.offset_size;
    phash_status st = phash_slot_derive(digest, slot, phash_map_value_size(&set->manifest, band), token,
                                        set->manifest.salt, band, n);
    if (st == PHASH_OK)
        st = map_value(&r, hidden, band, slot);
    for (uint32_t b = 0; b < offset_size; b++)
        offset |= (uint64_t)hidden[b] << 8 * b;
    if (st == PHASH_OK && band == 0)
        st = phash_entry_key_derive(digest, key, token, set->manifest.salt, n);
    else if (st == PHASH_OK)
        memcpy(key, hidden + offset_size, sizeof key);
    if (st == PHASH_OK)
        st = open_record(&r, out, found, offset, key, band, value);
    phash_wipe(slot, sizeof slot);
    phash_wipe(hidden, sizeof hidden);
    phash_wipe(key, sizeof key);
    return st;
}

phash_status phash_set_verify(const phash_set *set, phash_diag *diag, phash_progress_fn progress, void *progress_user,
                              const phash_options *options)
{
    reading r = {.set = set, .diag = diag};
    phash_tree_cache cache = {{0}};

    if (set == NULL)
        return PHASH_E_ARGUMENT;
    r.cache = &cache;
    phash_allocator a = phash_allocator_from(options);
    phash_status st = phash_digest_new(&r.digest, &a);
    const uint64_t n = set->tree.blocks[0];
    for (uint64_t i = 0; st == PHASH_OK && i < n; i++) {
        st = verify(&r, i);
        if (st == PHASH_OK && progress != NULL && i % 1024 == 0 && progress(progress_user, i, n) != 0)
            st = PHASH_E_STATE;
    }
    /* What pads the digest blocks is covered by the digests above it, so every byte has been verified now. */
    phash_digest_free(&r.digest);
    return st;
}
