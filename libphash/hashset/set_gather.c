/* SPDX-License-Identifier: Apache-2.0 */
/* From a plain list to the entries of a set, in an order and under keys that depend on the content and the evaluator
 * key only: the same inputs build the same bytes. */
#include "hashset/set_builder.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int by_content(const void *left, const void *right)
{
    const phash_build_entry *a = left;
    const phash_build_entry *b = right;
    int c = memcmp(a->hash.bytes, b->hash.bytes, PHASH_HASH_SIZE);

    if (c == 0)
        c = (a->source > b->source) - (a->source < b->source);
    if (c == 0)
        c = (a->label_size > b->label_size) - (a->label_size < b->label_size);
    return c != 0 ? c : memcmp(a->label, b->label, a->label_size);
}

static int by_order(const void *left, const void *right)
{
    const phash_build_entry *a = left;
    const phash_build_entry *b = right;

    return memcmp(a->order, b->order, sizeof a->order);
}

static phash_status gather_sources(phash_builder *b, const phash_list *list)
{
    uint32_t n = phash_list_source_count(list);

    if (n == 0 || n > PHASH_SET_SOURCES_MAX)
        return phash_fail(b->diag, PHASH_E_LIMIT, "%" PRIu32 " source lists; 1 to %u are possible", n,
                          PHASH_SET_SOURCES_MAX);
    b->sources = phash_alloc(&b->allocator, n, sizeof *b->sources);
    if (b->sources == NULL)
        return PHASH_E_NO_MEMORY;
    b->manifest.source_count = n;
    for (uint32_t i = 0; i < n; i++) {
        const char *name = phash_list_source_name(list, i);
        size_t size = strlen(name);
        if (size == 0 || size > PHASH_SOURCE_NAME_MAX)
            return phash_fail(b->diag, PHASH_E_LIMIT, "the name of source list %" PRIu32 " has %zu bytes; 1 to %u are "
                              "possible", i, size, PHASH_SOURCE_NAME_MAX);
        for (size_t k = 0; k < size; k++)
            if ((unsigned char)name[k] < 0x20 || name[k] == 0x7f)
                return phash_fail(b->diag, PHASH_E_ARGUMENT, "the name of source list %" PRIu32 " holds a control "
                                  "character", i);
        b->sources[i].name = phash_alloc(&b->allocator, size + 1, 1);
        if (b->sources[i].name == NULL)
            return PHASH_E_NO_MEMORY;
        memcpy(b->sources[i].name, name, size);
    }
    return PHASH_OK;
}

static phash_status gather_entry(phash_builder *b, const phash_list *list, const uint32_t *radii, size_t i)
{
    phash_list_entry from;
    phash_build_entry *e = &b->entries[i];
    phash_status st = phash_list_get_entry(list, &from, i);

    if (st != PHASH_OK)
        return st;
    if (from.label_size > PHASH_LABEL_MAX)
        return phash_fail(b->diag, PHASH_E_LIMIT, "%s, line %" PRIu64 ": a label of %zu bytes; a set holds up to %d",
                          phash_list_source_name(list, from.source), from.line, from.label_size, PHASH_LABEL_MAX);
    e->hash = from.hash;
    e->source = from.source;
    e->radius = radii != NULL ? radii[from.source] : PHASH_RADIUS_DEFAULT;
    if (e->radius > PHASH_RADIUS_MAX)
        return phash_fail(b->diag, PHASH_E_ARGUMENT, "a radius of %" PRIu32 "; the widest is %d", e->radius,
                          PHASH_RADIUS_MAX);
    e->label = from.label_size != 0 ? (const char *)from.label : "";
    e->label_size = (uint32_t)from.label_size;
    return PHASH_OK;
}

phash_status phash_builder_gather(phash_builder *b, const phash_list *list, const uint32_t *radii)
{
    size_t count = phash_list_count(list);
    uint32_t longest = 0;
    phash_status st = gather_sources(b, list);

    if (st != PHASH_OK)
        return st;
    if (count == 0 || count > UINT32_MAX)
        return phash_fail(b->diag, PHASH_E_LIMIT, "%zu entries; 1 to 2^32 - 1 are possible", count);
    b->entries = phash_alloc(&b->allocator, count, sizeof *b->entries);
    if (b->entries == NULL)
        return PHASH_E_NO_MEMORY;
    b->gathered = count;
    for (size_t i = 0; i < count; i++) {
        st = gather_entry(b, list, radii, i);
        if (st != PHASH_OK)
            return st;
    }
    qsort(b->entries, count, sizeof *b->entries, by_content);
    for (size_t i = 0; i < count; i++) {
        if (b->n != 0 && by_content(&b->entries[b->n - 1], &b->entries[i]) == 0)
            continue;
        if (b->entries[i].label_size > longest)
            longest = b->entries[i].label_size;
        b->sources[b->entries[i].source].entries++;
        b->entries[b->n++] = b->entries[i];
    }
    b->manifest.entries = b->n;
    b->manifest.label_size = (longest + 15) / 16 * 16;
    return PHASH_OK;
}

/* Digest of everything that shapes the body, chained entry by entry. Time stamps are left out on purpose. */
static phash_status content_digest(phash_builder *b, uint8_t out[PHASH_SHA256_SIZE])
{
    const phash_manifest *m = &b->manifest;
    uint8_t head[64];
    phash_writer w = phash_writer_init(head, sizeof head);

    phash_write_bytes(&w, m->id, sizeof m->id);
    phash_write_u64le(&w, m->sequence);
    phash_write_u32le(&w, PHASH_SET_FORMAT);
    phash_write_u32le(&w, m->bands);
    phash_write_u32le(&w, m->label_size);
    phash_write_u32le(&w, m->source_count);
    phash_part parts[3] = {{head, w.at}, {NULL, 0}, {NULL, 0}};
    phash_status st = phash_sha256(b->digest, out, parts, 1);
    for (size_t i = 0; st == PHASH_OK && i < b->n; i++) {
        const phash_build_entry *e = &b->entries[i];
        w = phash_writer_init(head, sizeof head);
        phash_write_bytes(&w, e->hash.bytes, PHASH_HASH_SIZE);
        phash_write_u32le(&w, e->source);
        phash_write_u32le(&w, e->radius);
        phash_write_u32le(&w, e->label_size);
        parts[0] = (phash_part){out, PHASH_SHA256_SIZE};
        parts[1] = (phash_part){head, w.at};
        parts[2] = (phash_part){e->label, e->label_size};
        st = phash_sha256(b->digest, out, parts, 3);
    }
    phash_wipe(head, sizeof head);
    return st;
}

static phash_status derive_salt(phash_builder *b)
{
    static const char label[] = "libphash set salt";
    uint8_t content[PHASH_SHA256_SIZE];
    uint8_t full[PHASH_SHA256_SIZE];
    phash_status st = content_digest(b, content);

    if (st == PHASH_OK) {
        phash_part parts[] = {{label, sizeof label - 1}, {content, sizeof content}};
        st = phash_hmac(b->digest, full, b->build_secret, sizeof b->build_secret, parts, 2);
    }
    if (st == PHASH_OK)
        memcpy(b->manifest.salt, full, sizeof b->manifest.salt);
    phash_wipe(content, sizeof content);
    phash_wipe(full, sizeof full);
    return st;
}

static phash_status derive_entry(phash_builder *b, phash_build_entry *e)
{
    static const char label[] = "libphash set entry";
    uint8_t full[PHASH_SHA256_SIZE];
    uint8_t head[8];
    phash_writer w = phash_writer_init(head, sizeof head);

    phash_write_u32le(&w, e->source);
    phash_write_u32le(&w, e->radius);
    phash_part parts[] = {{label, sizeof label - 1},          {b->manifest.salt, PHASH_SET_SALT_SIZE},
                          {e->hash.bytes, PHASH_HASH_SIZE},   {head, sizeof head},
                          {e->label, e->label_size}};
    phash_status st = phash_hmac(b->digest, full, b->build_secret, sizeof b->build_secret, parts, 5);
    if (st == PHASH_OK) {
        memcpy(e->key, full, sizeof e->key);
        memcpy(e->order, full + sizeof e->key, sizeof e->order);
    }
    phash_wipe(full, sizeof full);
    return st;
}

phash_status phash_builder_derive(phash_builder *b)
{
    static const char label[] = "libphash set build secret";
    phash_part part = {label, sizeof label - 1};
    phash_status st = phash_hmac(b->digest, b->build_secret, b->key->secret, sizeof b->key->secret, &part, 1);

    if (st == PHASH_OK)
        st = derive_salt(b);
    for (size_t i = 0; st == PHASH_OK && i < b->n; i++)
        st = derive_entry(b, &b->entries[i]);
    if (st == PHASH_OK)
        qsort(b->entries, b->n, sizeof *b->entries, by_order);
    return st;
}
