/* SPDX-License-Identifier: Apache-2.0 */
/* From a plain list to the entries of a set, in an order and under keys that depend on the content and the evaluator
 * key only: the same inputs build the same bytes. */
#include "hashset/set_builder.h"
#include "hashset/set_record.h"

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

static phash_status check_name(phash_diag *diag, const char *name, uint32_t i)
{
    size_t size = strlen(name);

    if (size == 0 || size > PHASH_SOURCE_NAME_MAX)
        return phash_fail(diag, PHASH_E_LIMIT, "the name of source list %" PRIu32 " has %zu bytes; 1 to %u are "
                          "possible", i, size, PHASH_SOURCE_NAME_MAX);
    for (size_t k = 0; k < size; k++)
        if ((unsigned char)name[k] < 0x20 || name[k] == 0x7f)
            return phash_fail(diag, PHASH_E_ARGUMENT, "the name of source list %" PRIu32 " holds a control "
                              "character", i);
    return PHASH_OK;
}

/* A source of the list, and its place in the set. */
typedef struct gathered_source {
    const char *name;
    uint32_t radius;
    uint32_t given; /* its number in the list */
} gathered_source;

static int by_name(const void *left, const void *right)
{
    const gathered_source *a = left;
    const gathered_source *b = right;
    int c = strcmp(a->name, b->name);

    return c != 0 ? c : (a->radius > b->radius) - (a->radius < b->radius);
}

static phash_status add_source(phash_set_builder *b, const gathered_source *from)
{
    size_t size = strlen(from->name) + 1;
    phash_manifest_source *to = &b->sources[b->manifest.source_count++];

    to->name = phash_alloc(&b->allocator, size, 1);
    if (to->name == NULL)
        return PHASH_E_NO_MEMORY;
    memcpy(to->name, from->name, size);
    to->radius = from->radius;
    return PHASH_OK;
}

/* Sources in the order of their names, so that the order in which they were read does not matter; those that a device
 * could not tell apart become one. place[i] is where source i of the list went. */
static phash_status gather_sources(phash_set_builder *b, phash_diag *diag, const phash_list *list,
                                   const uint32_t *radii, gathered_source *all, uint32_t *place)
{
    uint32_t n = phash_list_source_count(list);
    phash_status st = PHASH_OK;

    for (uint32_t i = 0; st == PHASH_OK && i < n; i++) {
        all[i] = (gathered_source){phash_list_source_name(list, i), radii != NULL ? radii[i] : PHASH_RADIUS_DEFAULT, i};
        st = check_name(diag, all[i].name, i);
        if (st == PHASH_OK && all[i].radius > PHASH_RADIUS_MAX)
            st = phash_fail(diag, PHASH_E_ARGUMENT, "a radius of %" PRIu32 "; the widest is %d", all[i].radius,
                            PHASH_RADIUS_MAX);
    }
    if (st == PHASH_OK)
        qsort(all, n, sizeof *all, by_name);
    for (uint32_t i = 0; st == PHASH_OK && i < n; i++) {
        if (i == 0 || by_name(&all[i - 1], &all[i]) != 0)
            st = add_source(b, &all[i]);
        place[all[i].given] = b->manifest.source_count - 1;
    }
    return st;
}

static phash_status gather_entry(phash_set_builder *b, phash_diag *diag, const phash_list *list, const uint32_t *place,
                                 size_t i)
{
    phash_list_entry from;
    phash_build_entry *e = &b->entries[i];
    phash_status st = phash_list_get_entry(list, &from, i);

    if (st != PHASH_OK)
        return st;
    if (from.label_size > PHASH_LABEL_MAX)
        return phash_fail(diag, PHASH_E_LIMIT, "%s, line %" PRIu64 ": a label of %zu bytes; a set holds up to %d",
                          phash_list_source_name(list, from.source), from.line, from.label_size, PHASH_LABEL_MAX);
    e->hash = from.hash;
    e->source = place[from.source];
    e->label = from.label_size != 0 ? (const char *)from.label : "";
    e->label_size = (uint32_t)from.label_size;
    return PHASH_OK;
}

static phash_status gather_entries(phash_set_builder *b, phash_diag *diag, const phash_list *list,
                                   const uint32_t *place)
{
    size_t count = phash_list_count(list);
    phash_status st = PHASH_OK;

    b->entries = phash_alloc(&b->allocator, count, sizeof *b->entries);
    if (b->entries == NULL)
        return PHASH_E_NO_MEMORY;
    b->gathered = count;
    for (size_t i = 0; st == PHASH_OK && i < count; i++)
        st = gather_entry(b, diag, list, place, i);
    if (st != PHASH_OK)
        return st;
    qsort(b->entries, count, sizeof *b->entries, by_content);
    for (size_t i = 0; i < count; i++) {
        if (b->n != 0 && by_content(&b->entries[b->n - 1], &b->entries[i]) == 0)
            continue;
        b->sources[b->entries[i].source].entries++;
        b->entries[b->n++] = b->entries[i];
    }
    b->manifest.entries = b->n;
    return PHASH_OK;
}

phash_status phash_builder_gather(phash_set_builder *b, phash_diag *diag, const phash_list *list,
                                  const uint32_t *radii)
{
    size_t count = phash_list_count(list);
    uint32_t n = phash_list_source_count(list);

    if (n == 0 || n > PHASH_SET_SOURCES_MAX)
        return phash_fail(diag, PHASH_E_LIMIT, "%" PRIu32 " source lists; 1 to %u are possible", n,
                          PHASH_SET_SOURCES_MAX);
    if (count == 0 || count > PHASH_SET_ENTRIES_MAX)
        return phash_fail(diag, PHASH_E_LIMIT, "%zu entries; 1 to 2^31 are possible", count);
    b->sources = phash_alloc(&b->allocator, n, sizeof *b->sources);
    gathered_source *all = phash_alloc(&b->allocator, n, sizeof *all);
    uint32_t *place = phash_alloc(&b->allocator, n, sizeof *place);
    phash_status st = PHASH_E_NO_MEMORY;
    if (b->sources != NULL && all != NULL && place != NULL)
        st = gather_sources(b, diag, list, radii, all, place);
    if (st == PHASH_OK)
        st = gather_entries(b, diag, list, place);
    phash_release(&b->allocator, all);
    phash_release(&b->allocator, place);
    return st;
}

/* Digest of everything that shapes the body, chained entry by entry. Time stamps, radii and the like are left out on
 * purpose: an edition that changes only those has the same body. */
static phash_status content_digest(phash_set_builder *b, uint8_t out[PHASH_SHA256_SIZE])
{
    const phash_manifest *m = &b->manifest;
    uint8_t head[64];
    phash_writer w = phash_writer_init(head, sizeof head);

    phash_write_bytes(&w, m->id, sizeof m->id);
    phash_write_u32le(&w, PHASH_SET_FORMAT);
    phash_write_u32le(&w, m->bands);
    phash_write_u32le(&w, m->source_count);
    phash_write_u64le(&w, m->entries);
    phash_part parts[3] = {{head, w.at}, {NULL, 0}, {NULL, 0}};
    phash_status st = phash_sha256(b->digest, out, parts, 1);
    for (size_t i = 0; st == PHASH_OK && i < b->n; i++) {
        const phash_build_entry *e = &b->entries[i];
        w = phash_writer_init(head, sizeof head);
        phash_write_bytes(&w, e->hash.bytes, PHASH_HASH_SIZE);
        phash_write_u32le(&w, e->source);
        phash_write_u32le(&w, e->label_size);
        parts[0] = (phash_part){out, PHASH_SHA256_SIZE};
        parts[1] = (phash_part){head, w.at};
        parts[2] = (phash_part){e->label, e->label_size};
        st = phash_sha256(b->digest, out, parts, 3);
    }
    phash_wipe(head, sizeof head);
    return st;
}

/* The first size bytes of HMAC(build secret, label || part). */
static phash_status derive(phash_set_builder *b, uint8_t *out, size_t size, const char *label, const void *part,
                           size_t part_size)
{
    uint8_t full[PHASH_SHA256_SIZE];
    phash_part parts[] = {{label, strlen(label)}, {part, part_size}};
    phash_status st = phash_hmac(b->digest, full, b->build_secret, sizeof b->build_secret, parts, 2);

    if (st == PHASH_OK)
        memcpy(out, full, size);
    phash_wipe(full, sizeof full);
    return st;
}

static phash_status derive_order(phash_set_builder *b, phash_build_entry *e)
{
    static const char label[] = "libphash set entry";
    uint8_t full[PHASH_SHA256_SIZE];
    uint8_t source[4];
    phash_writer w = phash_writer_init(source, sizeof source);

    phash_write_u32le(&w, e->source);
    phash_part parts[] = {{label, sizeof label - 1}, {b->manifest.salt, PHASH_SET_SALT_SIZE},
                          {e->hash.bytes, PHASH_HASH_SIZE}, {source, sizeof source}, {e->label, e->label_size}};
    phash_status st = phash_hmac(b->digest, full, b->build_secret, sizeof b->build_secret, parts, 5);
    if (st == PHASH_OK)
        memcpy(e->order, full, sizeof e->order);
    phash_wipe(full, sizeof full);
    return st;
}

/* Salt, order of the records, and what seals chunks: all bound to the content by the salt. */
static phash_status derive_all(phash_set_builder *b)
{
    static const char label[] = "libphash set build secret";
    phash_part part = {label, sizeof label - 1};
    uint8_t content[PHASH_SHA256_SIZE];
    const uint8_t *salt = b->manifest.salt;
    phash_status st = phash_hmac(b->digest, b->build_secret, b->key->secret, sizeof b->key->secret, &part, 1);

    if (st == PHASH_OK)
        st = content_digest(b, content);
    if (st == PHASH_OK)
        st = derive(b, b->manifest.salt, PHASH_SET_SALT_SIZE, "libphash set salt", content, sizeof content);
    if (st == PHASH_OK)
        st = derive(b, b->seal_key, sizeof b->seal_key, "libphash set chunk key", salt, PHASH_SET_SALT_SIZE);
    if (st == PHASH_OK)
        st = derive(b, b->id, sizeof b->id, "libphash set build id", salt, PHASH_SET_SALT_SIZE);
    for (size_t i = 0; st == PHASH_OK && i < b->n; i++)
        st = derive_order(b, &b->entries[i]);
    phash_wipe(content, sizeof content);
    return st;
}

phash_status phash_builder_derive(phash_set_builder *b, phash_diag *diag)
{
    phash_manifest *m = &b->manifest;
    phash_status st = derive_all(b);

    if (st != PHASH_OK)
        return st;
    qsort(b->entries, b->n, sizeof *b->entries, by_order);
    for (size_t i = 0; i < b->n; i++) {
        phash_build_entry *e = &b->entries[i];
        e->offset = (uint32_t)m->record_units;
        m->record_units += phash_record_size(e->source, e->label_size) / PHASH_RECORD_UNIT;
        if (m->record_units > UINT64_C(1) << 32)
            return phash_fail(diag, PHASH_E_LIMIT, "hashes and labels take more than 32 GiB");
    }
    m->offset_size = phash_offset_size_for(m->record_units);
    m->shape = phash_map_shape_for(b->n);
    return PHASH_OK;
}
