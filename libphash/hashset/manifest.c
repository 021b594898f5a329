/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest: one canonical encoding, so that its digest names an edition of a set. */
#include "hashset/set_format.h"

#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

void phash_manifest_write(phash_writer *w, const phash_manifest *m, const phash_manifest_source *sources)
{
    size_t name_size = strlen(m->name);
    size_t rules_size = strlen(m->rules);

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
    phash_write_u8(w, (uint8_t)m->shape.log);
    phash_write_u32le(w, m->shape.starts);
    for (uint32_t j = 0; j < m->bands; j++)
        phash_write_u16le(w, m->seed[j]);
    phash_write_u8(w, (uint8_t)m->offset_size);
    phash_write_u64le(w, m->record_units);
    phash_write_bytes(w, m->root, sizeof m->root);
    phash_write_u8(w, (uint8_t)name_size);
    phash_write_bytes(w, m->name, name_size);
    phash_write_u8(w, (uint8_t)rules_size);
    phash_write_bytes(w, m->rules, rules_size);
    phash_write_u16le(w, (uint16_t)m->source_count);
    for (uint32_t i = 0; i < m->source_count; i++) {
        size_t size = strlen(sources[i].name);
        phash_write_u8(w, (uint8_t)size);
        phash_write_bytes(w, sources[i].name, size);
        phash_write_u8(w, (uint8_t)sources[i].radius);
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

static phash_status read_source(phash_manifest_source *out, phash_diag *diag, phash_reader *r, uint32_t i,
                                const phash_allocator *allocator)
{
    out->name = phash_alloc(allocator, PHASH_SOURCE_NAME_MAX + 1, 1);
    if (out->name == NULL)
        return PHASH_E_NO_MEMORY;
    if (!read_text(r, out->name, PHASH_SOURCE_NAME_MAX + 1) || out->name[0] == '\0')
        return phash_fail(diag, PHASH_E_ORDER, "manifest: the name of source list %" PRIu32 " is not valid text", i);
    out->radius = phash_read_u8(r);
    out->entries = phash_read_u64le(r);
    if (out->radius > PHASH_RADIUS_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: source list %" PRIu32 " has a radius of %" PRIu32
                          "; the widest is %d", i, out->radius, PHASH_RADIUS_MAX);
    return PHASH_OK;
}

static phash_status read_sources(phash_manifest_source **out, phash_diag *diag, phash_reader *r,
                                 const phash_manifest *m, const phash_allocator *allocator)
{
    phash_manifest_source *sources = phash_alloc(allocator, m->source_count, sizeof *sources);
    phash_status st = sources != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;
    uint64_t left = m->entries;

    for (uint32_t i = 0; st == PHASH_OK && i < m->source_count; i++) {
        st = read_source(&sources[i], diag, r, i, allocator);
        if (st == PHASH_OK && sources[i].entries > left)
            st = phash_fail(diag, PHASH_E_ORDER, "manifest: the source lists have more entries than the set");
        if (st == PHASH_OK)
            left -= sources[i].entries;
    }
    if (st == PHASH_OK && !r->failed && left != 0)
        st = phash_fail(diag, PHASH_E_ORDER, "manifest: the source lists have fewer entries than the set");
    if (st != PHASH_OK) {
        phash_manifest_sources_free(sources, m->source_count, allocator);
        return st;
    }
    *out = sources;
    return PHASH_OK;
}

/* Ranges of what shapes the body, such that no size or place computed from it overflows. */
static phash_status check_shape(const phash_manifest *m, phash_diag *diag)
{
    const uint64_t n = m->entries;

    if (n == 0 || n > PHASH_SET_ENTRIES_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: %" PRIu64 " entries; 1 to 2^31 are possible", n);
    if (m->shape.log < PHASH_MAP_LOG_MIN || m->shape.log > PHASH_MAP_LOG_MAX || m->shape.starts == 0 ||
        phash_map_cells(&m->shape) < n || phash_map_cells(&m->shape) >> 32 != 0)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: the maps' shape does not fit the number of entries");
    if (m->record_units < n * (PHASH_RECORD_MIN / PHASH_RECORD_UNIT) ||
        m->record_units > n * (PHASH_RECORD_MAX / PHASH_RECORD_UNIT) || m->record_units > UINT64_C(1) << 32)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: the record section does not fit the number of entries");
    if (m->offset_size != phash_offset_size_for(m->record_units))
        return phash_fail(diag, PHASH_E_ORDER, "manifest: places of records of %" PRIu32 " bytes do not fit their "
                          "section", m->offset_size);
    return PHASH_OK;
}

static phash_status check_ranges(const phash_manifest *m, phash_diag *diag)
{
    if (m->lock_bits != 0)
        return phash_fail(diag, PHASH_E_VERSION, "manifest: an offline lock of %" PRIu32 " bits; this build knows none",
                          m->lock_bits);
    if (m->budget == 0 || m->budget > PHASH_BUDGET_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: a budget of %" PRIu32 " tokens; 1 to %u are possible",
                          m->budget, PHASH_BUDGET_MAX);
    if (m->source_count == 0 || m->source_count > PHASH_SET_SOURCES_MAX)
        return phash_fail(diag, PHASH_E_ORDER, "manifest: %" PRIu32 " source lists; 1 to %u are possible",
                          m->source_count, PHASH_SET_SOURCES_MAX);
    return check_shape(m, diag);
}

/* The fields before the source lists. */
static phash_status read_fields(phash_manifest *m, phash_diag *diag, phash_reader *r)
{
    phash_read_copy(r, m->id, sizeof m->id);
    phash_read_copy(r, m->salt, sizeof m->salt);
    m->sequence = phash_read_u64le(r);
    m->created = phash_read_u64le(r);
    m->not_after = phash_read_u64le(r);
    phash_read_copy(r, m->previous, sizeof m->previous);
    phash_read_copy(r, m->public_key, sizeof m->public_key);
    m->bands = phash_read_u8(r);
    m->lock_bits = phash_read_u8(r);
    m->budget = phash_read_u16le(r);
    m->entries = phash_read_u64le(r);
    m->shape.log = phash_read_u8(r);
    m->shape.starts = phash_read_u32le(r);
    if (m->bands < PHASH_BANDS_MIN || m->bands > PHASH_BANDS_MAX) /* before the seeds, which it counts */
        return phash_fail(diag, PHASH_E_ORDER, "manifest: %" PRIu32 " bands; 6, 7 or 8 are possible", m->bands);
    for (uint32_t j = 0; j < m->bands; j++)
        m->seed[j] = phash_read_u16le(r);
    m->offset_size = phash_read_u8(r);
    m->record_units = phash_read_u64le(r);
    phash_read_copy(r, m->root, sizeof m->root);
    if (!read_text(r, m->name, sizeof m->name) || m->name[0] == '\0')
        return phash_fail(diag, PHASH_E_ORDER, "manifest: the set's name is not valid text");
    if (!read_text(r, m->rules, sizeof m->rules))
        return phash_fail(diag, PHASH_E_ORDER, "manifest: the set's rules are not valid text");
    m->source_count = phash_read_u16le(r);
    return r->failed ? phash_fail(diag, PHASH_E_ORDER, "manifest: ends early") : PHASH_OK;
}

phash_status phash_manifest_read(phash_manifest *m, phash_manifest_source **sources, phash_diag *diag,
                                 const uint8_t *bytes, size_t size, const phash_allocator *allocator)
{
    phash_reader r = phash_reader_init(bytes, size);
    phash_manifest_source *list = NULL;
    phash_status st = read_fields(m, diag, &r);

    if (st == PHASH_OK)
        st = check_ranges(m, diag);
    if (st == PHASH_OK)
        st = read_sources(&list, diag, &r, m, allocator);
    if (st == PHASH_OK && (r.failed || phash_reader_left(&r) != 0)) {
        phash_manifest_sources_free(list, m->source_count, allocator);
        st = phash_fail(diag, PHASH_E_ORDER, "manifest: its size is not that of its contents");
    }
    if (st == PHASH_OK)
        *sources = list;
    else
        m->source_count = 0;
    return st;
}

void phash_manifest_sources_free(phash_manifest_source *sources, uint32_t n, const phash_allocator *allocator)
{
    for (uint32_t i = 0; sources != NULL && i < n; i++)
        phash_release(allocator, sources[i].name);
    phash_release(allocator, sources);
}
