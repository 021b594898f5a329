/* SPDX-License-Identifier: Apache-2.0 */
/* Building a blinded set: the steps in order, and the file they end in. */
#include "hashset/set_builder.h"
#include "hashset/set_file.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static phash_status check_params(phash_builder *b, const phash_set_params *params)
{
    phash_manifest *m = &b->manifest;

    m->bands = params->bands != 0 ? params->bands : PHASH_BANDS_DEFAULT;
    m->budget = params->budget != 0 ? params->budget : PHASH_BUDGET_DEFAULT;
    m->sequence = params->sequence;
    m->created = params->created;
    m->not_after = params->not_after;
    if (phash_band_layout_init(&b->layout, m->bands) != PHASH_OK)
        return phash_fail(b->diag, PHASH_E_ARGUMENT, "%" PRIu32 " bands; 6, 7 or 8 are possible", m->bands);
    if (m->budget < 64 || m->budget > PHASH_BUDGET_MAX)
        return phash_fail(b->diag, PHASH_E_ARGUMENT, "a budget of %" PRIu32 " tokens; 64 to %d are possible", m->budget,
                          PHASH_BUDGET_MAX);
    size_t size = params->name != NULL ? strlen(params->name) : 0;
    if (size == 0 || size > PHASH_SET_NAME_MAX)
        return phash_fail(b->diag, PHASH_E_ARGUMENT, "the set needs a name of 1 to %u characters", PHASH_SET_NAME_MAX);
    for (size_t i = 0; i < size; i++)
        if (params->name[i] < 0x20 || params->name[i] > 0x7e)
            return phash_fail(b->diag, PHASH_E_ARGUMENT, "the name of a set is printable ASCII");
    memcpy(m->name, params->name, size);
    return PHASH_OK;
}

/* The id stays the same through all editions of a set: it depends on the public key and the name alone. */
static phash_status derive_id(phash_builder *b)
{
    static const char label[] = "libphash set id";
    uint8_t full[PHASH_SHA256_SIZE];
    phash_manifest *m = &b->manifest;
    phash_part parts[] = {{label, sizeof label - 1}, {b->key->public_key, PHASH_PUBLIC_KEY_SIZE},
                          {m->name, strlen(m->name)}};
    phash_status st = phash_sha256(b->digest, full, parts, 3);

    if (st == PHASH_OK)
        memcpy(m->id, full, sizeof m->id);
    memcpy(m->public_key, b->key->public_key, sizeof m->public_key);
    return st;
}

/* The chain: each edition names the one before it, so that history cannot be rewritten without being seen. */
static phash_status link_previous(phash_builder *b, const phash_set *previous)
{
    phash_manifest *m = &b->manifest;

    if (previous == NULL)
        return PHASH_OK;
    if (memcmp(previous->manifest.id, m->id, sizeof m->id) != 0)
        return phash_fail(b->diag, PHASH_E_ARGUMENT,
                          "the previous edition is of another set: '%s', or another evaluator key",
                          previous->manifest.name);
    uint64_t next = previous->manifest.sequence + 1;
    if (next == 0 || (m->sequence != 0 && m->sequence != next))
        return phash_fail(b->diag, PHASH_E_ARGUMENT, "sequence %" PRIu64 " does not follow %" PRIu64, m->sequence,
                          previous->manifest.sequence);
    m->sequence = next;
    memcpy(m->previous, previous->head.digest, sizeof m->previous);
    return PHASH_OK;
}

static int by_bytes(const void *left, const void *right)
{
    return memcmp(left, right, PHASH_SLOT_SIZE);
}

/* Fill the body with bytes nobody can tell from slots and records: an AES-GCM key stream. */
static phash_status fill_body(phash_builder *b)
{
    static const char label[] = "libphash set filler";
    static const uint8_t zeros[PHASH_SET_BLOCK];
    uint8_t key[PHASH_SHA256_SIZE];
    uint8_t sealed[PHASH_SET_BLOCK + PHASH_AEAD_TAG_SIZE];
    phash_part parts[] = {{label, sizeof label - 1}, {b->manifest.salt, PHASH_SET_SALT_SIZE}};
    phash_status st = phash_hmac(b->digest, key, b->build_secret, sizeof b->build_secret, parts, 2);

    for (uint64_t i = 0; st == PHASH_OK && i < b->tree.blocks[0]; i++) {
        uint8_t nonce[PHASH_AEAD_NONCE_SIZE] = {0};
        phash_writer w = phash_writer_init(nonce, sizeof nonce);
        phash_write_u64le(&w, i);
        st = phash_aead_seal(b->digest, sealed, key, nonce, NULL, 0, zeros, sizeof zeros);
        if (st == PHASH_OK)
            memcpy(b->body + i * PHASH_SET_BLOCK, sealed, PHASH_SET_BLOCK);
    }
    phash_wipe(key, sizeof key);
    phash_wipe(sealed, sizeof sealed);
    return st;
}

/* Put the slots over the filler and sort each block, so that nothing shows which slots are real. */
static void write_slots(phash_builder *b)
{
    size_t at = 0;

    for (uint64_t block = 0; block < b->manifest.slot_blocks; block++) {
        uint8_t *bytes = b->body + block * PHASH_SET_BLOCK;
        for (uint8_t *slot = bytes; at < b->slot_count && b->slots[at].block == block; at++, slot += PHASH_SLOT_SIZE)
            memcpy(slot, b->slots[at].bytes, PHASH_SLOT_SIZE);
        qsort(bytes, PHASH_SLOTS_PER_BLOCK, PHASH_SLOT_SIZE, by_bytes);
    }
}

static phash_status write_record(phash_builder *b, uint8_t *out, uint32_t entry)
{
    static const uint8_t nonce[PHASH_AEAD_NONCE_SIZE] = {0}; /* each key seals one record */
    const phash_build_entry *e = &b->entries[entry];
    uint8_t plain[PHASH_RECORD_FIXED_SIZE + PHASH_LABEL_MAX + 1];
    uint8_t aad[PHASH_SET_SALT_SIZE + 4];
    phash_writer w = phash_writer_init(plain, sizeof plain);

    phash_write_bytes(&w, e->hash.bytes, PHASH_HASH_SIZE);
    phash_write_u8(&w, (uint8_t)e->radius);
    phash_write_u16le(&w, (uint16_t)e->source);
    phash_write_u16le(&w, (uint16_t)e->label_size);
    phash_write_bytes(&w, e->label, e->label_size);
    phash_write_zeros(&w, b->manifest.label_size - e->label_size);
    size_t size = w.at;
    w = phash_writer_init(aad, sizeof aad);
    phash_write_bytes(&w, b->manifest.salt, PHASH_SET_SALT_SIZE);
    phash_write_u32le(&w, entry);
    phash_status st = phash_aead_seal(b->digest, out, e->key, nonce, aad, sizeof aad, plain, size);
    phash_wipe(plain, sizeof plain);
    return st;
}

static phash_status make_body(phash_builder *b)
{
    phash_manifest *m = &b->manifest;
    size_t record_size = phash_record_size(m);

    m->record_blocks = (m->entries * record_size + PHASH_SET_BLOCK - 1) / PHASH_SET_BLOCK;
    b->tree = phash_tree_shape_of(m->slot_blocks + m->record_blocks);
    b->body = phash_alloc(&b->allocator, b->tree.total, PHASH_SET_BLOCK);
    if (b->body == NULL)
        return PHASH_E_NO_MEMORY;
    phash_status st = fill_body(b);
    if (st != PHASH_OK)
        return st;
    write_slots(b);
    uint8_t *records = b->body + m->slot_blocks * PHASH_SET_BLOCK;
    for (size_t i = 0; st == PHASH_OK && i < b->n; i++)
        st = write_record(b, records + i * record_size, (uint32_t)i);
    if (st == PHASH_OK)
        st = phash_tree_build(b->digest, &b->tree, m->root, b->body);
    return st;
}

static phash_status write_file(phash_builder *b, uint64_t *file_size, phash_write_fn write, void *user)
{
    phash_writer w = phash_writer_init(NULL, 0);
    phash_set_head head = {0};
    uint8_t *head_bytes = NULL;
    uint64_t body_size = b->tree.total * PHASH_SET_BLOCK;

    phash_manifest_write(&w, &b->manifest, b->sources);
    uint8_t *manifest = phash_alloc(&b->allocator, w.at, 1);
    if (manifest == NULL)
        return PHASH_E_NO_MEMORY;
    head.manifest = manifest;
    head.manifest_size = w.at;
    w = phash_writer_init(manifest, w.at);
    phash_manifest_write(&w, &b->manifest, b->sources);
    phash_status st = phash_set_head_make(&head_bytes, &head, b->digest, b->diag, &b->allocator);
    if (st == PHASH_OK && (write(user, head_bytes, head.size) != 0 || write(user, b->body, body_size) != 0))
        st = phash_fail(b->diag, PHASH_E_IO, "writing the set failed");
    phash_release(&b->allocator, head_bytes);
    phash_release(&b->allocator, manifest);
    *file_size = head.size + body_size;
    return st;
}

static void builder_clear(phash_builder *b)
{
    phash_voprf_free(&b->voprf);
    phash_manifest_sources_free(b->sources, b->manifest.source_count, &b->allocator);
    phash_release_secret(&b->allocator, b->entries, b->gathered * sizeof *b->entries);
    phash_release_secret(&b->allocator, b->slots, b->n * b->layout.bands * sizeof *b->slots);
    phash_release(&b->allocator, b->body);
    phash_wipe(b, sizeof *b);
}

phash_status phash_set_build(phash_set_build_report *report, phash_diag *diag, const phash_key *key,
                             const phash_list *list, const uint32_t *radii, const phash_set_params *params,
                             phash_write_fn write, void *write_user, phash_progress_fn progress, void *progress_user,
                             const phash_options *options)
{
    phash_builder b = {0};
    uint64_t file_size = 0;

    if (key == NULL || list == NULL || params == NULL || write == NULL)
        return PHASH_E_ARGUMENT;
    b.allocator = phash_allocator_from(options);
    b.key = key;
    b.diag = diag;
    b.progress = progress;
    b.progress_user = progress_user;
    phash_status st = check_params(&b, params);
    if (st == PHASH_OK)
        st = phash_voprf_new(&b.voprf, &b.allocator);
    if (st == PHASH_OK) {
        b.digest = phash_voprf_digest(b.voprf);
        st = derive_id(&b);
    }
    if (st == PHASH_OK)
        st = link_previous(&b, params->previous);
    if (st == PHASH_OK)
        st = phash_builder_gather(&b, list, radii);
    if (st == PHASH_OK)
        st = phash_builder_derive(&b);
    if (st == PHASH_OK)
        st = phash_builder_make_slots(&b);
    if (st == PHASH_OK)
        st = phash_builder_place_slots(&b);
    if (st == PHASH_OK)
        st = make_body(&b);
    if (st == PHASH_OK)
        st = write_file(&b, &file_size, write, write_user);
    if (st == PHASH_OK && report != NULL) {
        *report = (phash_set_build_report){b.n, b.gathered - b.n, b.tokens, file_size};
    }
    builder_clear(&b);
    return st;
}
