/* SPDX-License-Identifier: Apache-2.0 */
/* A builder's parameters, its beginning and its end. */
#include "hashset/set_builder.h"
#include "hashset/set_file.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Text of a manifest: no control characters, for readers print it. */
static bool is_text(const char *text, unsigned char highest)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text == 0x7f || (unsigned char)*text > highest)
            return false;
    return true;
}

static phash_status take_texts(phash_manifest *m, phash_diag *diag, const phash_set_params *params)
{
    size_t size = params->name != NULL ? strlen(params->name) : 0;

    if (size == 0 || size > PHASH_SET_NAME_MAX)
        return phash_fail(diag, PHASH_E_ARGUMENT, "the set needs a name of 1 to %u characters", PHASH_SET_NAME_MAX);
    if (!is_text(params->name, 0x7e))
        return phash_fail(diag, PHASH_E_ARGUMENT, "the name of a set is printable ASCII");
    memcpy(m->name, params->name, size);
    size = params->rules != NULL ? strlen(params->rules) : 0;
    if (size > PHASH_SET_RULES_MAX)
        return phash_fail(diag, PHASH_E_ARGUMENT, "rules of %zu bytes; up to %u are possible", size,
                          PHASH_SET_RULES_MAX);
    if (size != 0 && !is_text(params->rules, 0xff))
        return phash_fail(diag, PHASH_E_ARGUMENT, "the rules of the set hold a control character");
    if (size != 0)
        memcpy(m->rules, params->rules, size);
    return PHASH_OK;
}

static phash_status take_params(phash_set_builder *b, phash_diag *diag, const phash_set_params *params)
{
    phash_manifest *m = &b->manifest;

    m->bands = params->bands != 0 ? params->bands : PHASH_BANDS_DEFAULT;
    m->budget = params->budget != 0 ? params->budget : PHASH_BUDGET_DEFAULT;
    m->sequence = params->sequence;
    m->created = params->created;
    m->not_after = params->not_after;
    if (phash_band_layout_init(&b->layout, m->bands) != PHASH_OK)
        return phash_fail(diag, PHASH_E_ARGUMENT, "%" PRIu32 " bands; 6, 7 or 8 are possible", m->bands);
    if (m->budget < 64 || m->budget > PHASH_BUDGET_MAX)
        return phash_fail(diag, PHASH_E_ARGUMENT, "a budget of %" PRIu32 " tokens; 64 to %d are possible", m->budget,
                          PHASH_BUDGET_MAX);
    return take_texts(m, diag, params);
}

/* The id stays the same through all editions of a set: it depends on the public key and the name alone. */
static phash_status derive_id(phash_set_builder *b)
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
static phash_status link_previous(phash_set_builder *b, phash_diag *diag, const phash_set *previous)
{
    phash_manifest *m = &b->manifest;

    if (previous == NULL)
        return PHASH_OK;
    if (memcmp(previous->manifest.id, m->id, sizeof m->id) != 0)
        return phash_fail(diag, PHASH_E_ARGUMENT,
                          "the previous edition is of another set: '%s', or another evaluator key",
                          previous->manifest.name);
    uint64_t next = previous->manifest.sequence + 1;
    if (next == 0 || (m->sequence != 0 && m->sequence != next))
        return phash_fail(diag, PHASH_E_ARGUMENT, "sequence %" PRIu64 " does not follow %" PRIu64, m->sequence,
                          previous->manifest.sequence);
    m->sequence = next;
    memcpy(m->previous, previous->head.digest, sizeof m->previous);
    return PHASH_OK;
}

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

static void sort_band(phash_set_builder *b, uint32_t j, band_item *items)
{
    for (size_t i = 0; i < b->n; i++) {
        items[i].value = phash_band_value(&b->layout, &b->entries[i].hash, j);
        items[i].entry = (uint32_t)i;
    }
    qsort(items, b->n, sizeof *items, by_value);
    for (size_t i = 0; i < b->n; i++) {
        bool first = i == 0 || items[i].value != items[i - 1].value;
        b->sorted[j][i] = items[i].entry | (first ? PHASH_SORTED_FIRST : 0);
        b->distinct += first;
    }
}

phash_status phash_builder_sort_bands(phash_set_builder *b)
{
    band_item *items = phash_alloc(&b->allocator, b->n, sizeof *items);
    phash_status st = items != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;

    b->band_chunks = (uint32_t)((b->n + PHASH_SET_CHUNK_TOKENS - 1) / PHASH_SET_CHUNK_TOKENS);
    b->done = phash_alloc(&b->allocator, phash_set_builder_chunk_count(b), sizeof *b->done);
    if (b->done == NULL)
        st = PHASH_E_NO_MEMORY;
    for (uint32_t j = 0; st == PHASH_OK && j < b->layout.bands; j++) {
        b->sorted[j] = phash_alloc(&b->allocator, b->n, sizeof *b->sorted[j]);
        b->slots[j] = phash_alloc(&b->allocator, b->n, phash_slot_stride(&b->manifest, j));
        if (b->sorted[j] != NULL && b->slots[j] != NULL)
            sort_band(b, j, items);
        else
            st = PHASH_E_NO_MEMORY;
    }
    phash_release_secret(&b->allocator, items, b->n * sizeof *items);
    return st;
}

phash_status phash_set_builder_new(phash_set_builder **out, phash_diag *diag, const phash_key *key,
                                   const phash_list *list, const uint32_t *radii, const phash_set_params *params,
                                   const phash_options *options)
{
    if (out == NULL || key == NULL || list == NULL || params == NULL)
        return PHASH_E_ARGUMENT;
    phash_allocator a = phash_allocator_from(options);
    phash_set_builder *b = phash_alloc(&a, 1, sizeof *b);
    if (b == NULL)
        return PHASH_E_NO_MEMORY;
    b->allocator = a;
    b->key = key;
    phash_status st = phash_digest_new(&b->digest, &a);
    if (st == PHASH_OK)
        st = take_params(b, diag, params);
    if (st == PHASH_OK)
        st = derive_id(b);
    if (st == PHASH_OK)
        st = link_previous(b, diag, params->previous);
    if (st == PHASH_OK)
        st = phash_builder_gather(b, diag, list, radii);
    if (st == PHASH_OK)
        st = phash_builder_derive(b, diag);
    if (st == PHASH_OK)
        st = phash_builder_sort_bands(b);
    if (st == PHASH_OK)
        *out = b;
    else
        phash_set_builder_free(&b);
    return st;
}

void phash_set_builder_free(phash_set_builder **builder)
{
    if (builder == NULL || *builder == NULL)
        return;
    phash_set_builder *b = *builder;
    phash_allocator a = b->allocator;
    phash_manifest_sources_free(b->sources, b->manifest.source_count, &a);
    phash_release_secret(&a, b->entries, b->gathered * sizeof *b->entries);
    phash_release(&a, b->done);
    for (uint32_t j = 0; j < PHASH_BANDS_MAX; j++) {
        phash_release_secret(&a, b->sorted[j], b->n * sizeof *b->sorted[j]);
        phash_release_secret(&a, b->slots[j], b->n * phash_slot_stride(&b->manifest, j));
    }
    phash_digest_free(&b->digest);
    phash_release_secret(&a, b, sizeof *b);
    *builder = NULL;
}

uint32_t phash_set_builder_chunk_count(const phash_set_builder *builder)
{
    return builder != NULL ? builder->band_chunks * builder->layout.bands : 0;
}

uint32_t phash_set_builder_chunk_tokens(const phash_set_builder *builder, uint32_t chunk)
{
    if (chunk >= phash_set_builder_chunk_count(builder))
        return 0;
    size_t at = (size_t)(chunk % builder->band_chunks) * PHASH_SET_CHUNK_TOKENS;
    size_t left = builder->n - at;
    return left < PHASH_SET_CHUNK_TOKENS ? (uint32_t)left : PHASH_SET_CHUNK_TOKENS;
}

void phash_set_builder_id(const phash_set_builder *builder, uint8_t id[PHASH_SET_BUILD_ID_SIZE])
{
    memcpy(id, builder->id, PHASH_SET_BUILD_ID_SIZE);
}
