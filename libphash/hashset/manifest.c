/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest: one canonical encoding, so that its digest names an edition of a set. */
#include "hashset/set_format.h"

#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

void phash_manifest_write(phash_writer *w, const phash_manifest *m, const phash_manifest_source *sources)
{
    size_t name_size = strlen(m->name);

    phash_write_bytes(w, m->id, sizeof m->id);
    phash_write_bytes(w, m->salt, sizeof m->salt);
    phash_write_u64le(w, m->sequence);
    phash_write_u64le(w, m->created);
    phash_write_u64le(w, m->not_after);
    phash_write_bytes(w, m->previous, sizeof m->previous);
    phash_write_bytes(w, m->public_key, sizeof m->public_key);
    phash_write_u8(w, (uint8_t)m->bands);
    phash_write_u8(w, (uint8_t)m->lock_bits);
    phash_write_u16le(w, (uint16_t)m->budget);
    phash_write_u64le(w, m->entries);
    phash_write_u64le(w, m->slot_blocks);
    phash_write_u64le(w, m->record_blocks);
    phash_write_u16le(w, (uint16_t)m->label_size);
    phash_write_bytes(w, m->root, sizeof m->root);
    phash_write_u8(w, (uint8_t)name_size);
    phash_write_bytes(w, m->name, name_size);
    phash_write_u16le(w, (uint16_t)m->source_count);
    for (uint32_t i = 0; i < m->source_count; i++) {
        size_t size = strlen(sources[i].name);
        phash_write_u8(w, (uint8_t)size);
        phash_write_bytes(w, sources[i].name, size);
        phash_write_u64le(w, sources[i].entries);
    }
}

/* Text in a manifest is shown to people: printable ASCII or UTF-8 bytes, no control characters. */
static bool read_text(phash_reader *r, char *out, size_t room)
{
    size_t size = phash_read_u8(r);
    const uint8_t *bytes = size < room ? phash_read_bytes(r, size) : NULL;

    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] < 0x20 || bytes[i] == 0x7f)
            return false;
    memcpy(out, bytes, size);
    out[size] = '\0';
    return true;
}

static phash_status read_sources(phash_manifest_source **out, phash_diag *diag, phash_reader *r, uint32_t n,
                                 const phash_allocator *allocator)
{
    phash_manifest_source *sources = phash_alloc(allocator, n, sizeof *sources);
    phash_status st = sources != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;

    for (uint32_t i = 0; st == PHASH_OK && i < n; i++) {
        sources[i].name = phash_alloc(allocator, PHASH_SOURCE_NAME_MAX + 1, 1);
        if (sources[i].name == NULL)
            st = PHASH_E_NO_MEMORY;
        else if (!read_text(r, sources[i].name, PHASH_SOURCE_NAME_MAX + 1))
            st = phash_fail(diag, PHASH_E_ORDER, "manifest: the name of source list %" PRIu32 " is not valid text", i);
        else
            sources[i].entries = phash_read_u64le(r);
    }
    if (st != PHASH_OK) {
        phash_manifest_sources_free(sources, n, allocator);
        return st;
    }
    *out = sources;
    return PHASH_OK;
}

static phash_status check_ranges(const phash_manifest *m, phash_diag *diag)
{
    if (m->bands < PHASH_BANDS_MIN || m->bands > PHASH_BANDS_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: %" PRIu32 " bands; 6, 7 or 8 are possible", m->bands);
    if (m->lock_bits != 0)
        return phash_fail(diag, PHASH_E_VERSION, "manifest: an offline lock of %" PRIu32 " bits; this build knows none",
                          m->lock_bits);
    if (m->budget == 0 || m->budget > PHASH_BUDGET_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: a budget of %" PRIu32 " tokens; 1 to %u are possible",
                          m->budget, PHASH_BUDGET_MAX);
    if (m->entries == 0 || m->entries > UINT32_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: %" PRIu64 " entries; 1 to 2^32 - 1 are possible", m->entries);
    if (m->label_size > PHASH_LABEL_MAX + 1)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: labels of %" PRIu32 " bytes", m->label_size);
    /* 2^32 blocks are 16 TiB: beyond any file, and low enough that no product of sizes overflows 64 bits. */
    if (m->slot_blocks == 0 || m->slot_blocks >> 32 != 0 || m->record_blocks >> 32 != 0)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: section sizes out of range");
    uint64_t record_bytes = m->entries * phash_record_size(m);
    if (m->record_blocks != (record_bytes + PHASH_SET_BLOCK - 1) / PHASH_SET_BLOCK)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: the record section does not fit the number of entries");
    return PHASH_OK;
}

phash_status phash_manifest_read(phash_manifest *m, phash_manifest_source **sources, phash_diag *diag,
                                 const uint8_t *bytes, size_t size, const phash_allocator *allocator)
{
    phash_reader r = phash_reader_init(bytes, size);
    phash_manifest_source *list = NULL;

    phash_read_copy(&r, m->id, sizeof m->id);
    phash_read_copy(&r, m->salt, sizeof m->salt);
    m->sequence = phash_read_u64le(&r);
    m->created = phash_read_u64le(&r);
    m->not_after = phash_read_u64le(&r);
    phash_read_copy(&r, m->previous, sizeof m->previous);
    phash_read_copy(&r, m->public_key, sizeof m->public_key);
    m->bands = phash_read_u8(&r);
    m->lock_bits = phash_read_u8(&r);
    m->budget = phash_read_u16le(&r);
    m->entries = phash_read_u64le(&r);
    m->slot_blocks = phash_read_u64le(&r);
    m->record_blocks = phash_read_u64le(&r);
    m->label_size = phash_read_u16le(&r);
    phash_read_copy(&r, m->root, sizeof m->root);
    if (!read_text(&r, m->name, sizeof m->name) || m->name[0] == '\0')
        return phash_fail(diag, PHASH_E_ORDER, "manifest: the set's name is not valid text");
    m->source_count = phash_read_u16le(&r);
    if (r.failed || m->source_count == 0 || m->source_count > PHASH_SET_SOURCES_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: ends early or has no source lists");
    phash_status st = check_ranges(m, diag);
    if (st != PHASH_OK)
        return st;
    st = read_sources(&list, diag, &r, m->source_count, allocator);
    if (st == PHASH_OK && (r.failed || phash_reader_left(&r) != 0)) {
        phash_manifest_sources_free(list, m->source_count, allocator);
        st = phash_fail(diag, PHASH_E_ORDER, "manifest: its size is not that of its contents");
    }
    if (st == PHASH_OK)
        *sources = list;
    return st;
}

void phash_manifest_sources_free(phash_manifest_source *sources, uint32_t n, const phash_allocator *allocator)
{
    for (uint32_t i = 0; sources != NULL && i < n; i++)
        phash_release(allocator, sources[i].name);
    phash_release(allocator, sources);
}
