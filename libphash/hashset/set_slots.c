/* SPDX-License-Identifier: Apache-2.0 */
/* From entries to slots: one VOPRF output for each distinct band value, one slot for each entry that has it. */
#include "hashset/set_builder.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <stdlib.h>
#include <string.h>

/* Slot blocks are filled to about 65 %: the fullest of a million then stays below the 146 there is room for. */
#define FILL_PERCENT 65u

/* An entry's value in the band at hand. */
typedef struct band_item {
    uint64_t value;
    uint32_t entry;
} band_item;

static int by_value(const void *left, const void *right)
{
    const band_item *a = left;
    const band_item *b = right;

    if (a->value != b->value)
        return a->value > b->value ? 1 : -1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

static int by_block(const void *left, const void *right)
{
    const phash_build_slot *a = left;
    const phash_build_slot *b = right;

    if (a->block != b->block)
        return a->block > b->block ? 1 : -1;
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static phash_status make_slot(phash_builder *b, const uint8_t token[PHASH_SHA256_SIZE], uint32_t entry, uint32_t n)
{
    phash_slot_secret secret;
    phash_build_slot *slot = &b->slots[b->slot_count];
    phash_status st = phash_slot_derive(b->digest, &secret, token, b->manifest.salt, n);

    if (st != PHASH_OK)
        return st;
    phash_writer w = phash_writer_init(slot->bytes, sizeof slot->bytes);
    phash_write_bytes(&w, secret.tag, sizeof secret.tag);
    phash_write_u32le(&w, entry);
    phash_write_bytes(&w, b->entries[entry].key, PHASH_AEAD_KEY_SIZE);
    for (size_t i = 0; i < PHASH_SLOT_VALUE_SIZE; i++)
        slot->bytes[PHASH_SLOT_TAG_SIZE + i] ^= secret.pad[i];
    slot->bucket = secret.bucket;
    b->slot_count++;
    phash_wipe(&secret, sizeof secret);
    return PHASH_OK;
}

/* All slots of one band; items is sorted by value, so entries that share a token stand together. */
static phash_status make_band(phash_builder *b, uint32_t j, const band_item *items)
{
    uint8_t input[PHASH_TOKEN_INPUT_SIZE];
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];
    phash_status st = PHASH_OK;
    uint32_t sharing = 0;

    for (size_t i = 0; st == PHASH_OK && i < b->n; i++) {
        if (i == 0 || items[i].value != items[i - 1].value) {
            sharing = 0;
            phash_band_input(input, &b->layout, j, items[i].value);
            st = phash_voprf_output(b->voprf, token, b->key->secret, input, sizeof input);
            b->tokens++;
        }
        if (st == PHASH_OK)
            st = make_slot(b, token, items[i].entry, sharing++);
        if (st == PHASH_OK && b->progress != NULL &&
            b->progress(b->progress_user, b->slot_count, b->n * b->layout.bands) != 0)
            st = phash_fail(b->diag, PHASH_E_STATE, "stopped");
    }
    phash_wipe(input, sizeof input);
    phash_wipe(token, sizeof token);
    return st;
}

phash_status phash_builder_make_slots(phash_builder *b)
{
    band_item *items = phash_alloc(&b->allocator, b->n, sizeof *items);
    phash_status st = items != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;

    b->slots = phash_alloc(&b->allocator, b->n * b->layout.bands, sizeof *b->slots);
    if (b->slots == NULL)
        st = PHASH_E_NO_MEMORY;
    for (uint32_t j = 0; st == PHASH_OK && j < b->layout.bands; j++) {
        for (size_t i = 0; i < b->n; i++) {
            items[i].value = phash_band_value(&b->layout, &b->entries[i].hash, j);
            items[i].entry = (uint32_t)i;
        }
        qsort(items, b->n, sizeof *items, by_value);
        st = make_band(b, j, items);
    }
    phash_release_secret(&b->allocator, items, b->n * sizeof *items);
    return st;
}

/* True when no block gets more slots than it has room for; sorts the slots by block. */
static bool fits(phash_builder *b, uint64_t blocks)
{
    size_t in_block = 0;

    for (size_t i = 0; i < b->slot_count; i++)
        b->slots[i].block = phash_slot_block(b->slots[i].bucket, blocks);
    qsort(b->slots, b->slot_count, sizeof *b->slots, by_block);
    for (size_t i = 0; i < b->slot_count; i++) {
        in_block = i != 0 && b->slots[i].block == b->slots[i - 1].block ? in_block + 1 : 1;
        if (in_block > PHASH_SLOTS_PER_BLOCK)
            return false;
    }
    return true;
}

phash_status phash_builder_place_slots(phash_builder *b)
{
    uint64_t per_block = PHASH_SLOTS_PER_BLOCK * FILL_PERCENT / 100;
    uint64_t blocks = (b->slot_count + per_block - 1) / per_block;

    /* Buckets are pseudo-random, so a few rounds at most; the bound turns a broken derivation into an error. */
    for (int round = 0; round < 64; round++) {
        if (fits(b, blocks)) {
            b->manifest.slot_blocks = blocks;
            return PHASH_OK;
        }
        blocks += blocks / 16 + 1;
    }
    return PHASH_E_INTERNAL;
}
