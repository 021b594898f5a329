/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a set file: bounds, manifest, facts. Nothing of the body is read here. */
#include "hashset/set_file.h"
#include "oprf/voprf.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

static phash_status read_manifest(phash_set *set, phash_voprf *v, phash_diag *diag)
{
    phash_status st = phash_manifest_read(&set->manifest, &set->sources, diag, set->head.manifest,
                                          set->head.manifest_size, &set->allocator);

    if (st == PHASH_OK) {
        st = phash_element_check(v, set->manifest.public_key, PHASH_PUBLIC_KEY_SIZE);
        if (st == PHASH_E_POINT_INVALID)
            st = phash_fail(diag, st, "the manifest's public key is not a valid P-256 point");
    }
    if (st == PHASH_OK)
        st = phash_key_id_of(phash_voprf_digest(v), set->key_id, set->manifest.public_key);
    return st;
}

/* The body starts where the head ends and fills the file to its end. */
static phash_status check_size(phash_set *set, phash_diag *diag, const uint8_t *bytes, size_t size)
{
    set->sections = phash_set_sections_of(&set->manifest);
    set->tree = phash_tree_shape_of(set->sections.blocks);
    uint64_t want = set->head.size + set->tree.total * PHASH_SET_BLOCK;
    if (size != want)
        return phash_fail(diag, size < want ? PHASH_E_TRUNCATED : PHASH_E_ORDER,
                          "the file has %zu bytes, its manifest says %" PRIu64 ": fetch it again", size, want);
    set->body = bytes + set->head.size;
    set->file_size = size;
    return PHASH_OK;
}

static phash_status open_bytes(phash_set *set, phash_diag *diag, const uint8_t *bytes, size_t size)
{
    phash_voprf *v = NULL;
    phash_status st = phash_voprf_new(&v, &set->allocator);

    if (st == PHASH_OK)
        st = phash_set_head_read(&set->head, phash_voprf_digest(v), diag, bytes, size);
    if (st == PHASH_OK)
        st = read_manifest(set, v, diag);
    if (st == PHASH_OK)
        st = check_size(set, diag, bytes, size);
    if (st == PHASH_OK)
        st = phash_band_layout_init(&set->layout, set->manifest.bands);
    phash_voprf_free(&v);
    return st;
}

static phash_status make(phash_set **out, const phash_options *options)
{
    phash_allocator a = phash_allocator_from(options);

    *out = phash_alloc(&a, 1, sizeof **out);
    if (*out == NULL)
        return PHASH_E_NO_MEMORY;
    (*out)->allocator = a;
    return PHASH_OK;
}

phash_status phash_set_open_memory(phash_set **out, phash_diag *diag, const uint8_t *bytes, size_t size,
                                   const phash_options *options)
{
    phash_set *set = NULL;

    if (out == NULL || (bytes == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    phash_status st = make(&set, options);
    if (st == PHASH_OK)
        st = open_bytes(set, diag, bytes, size);
    if (st == PHASH_OK)
        *out = set;
    else
        phash_set_free(&set);
    return st;
}

phash_status phash_set_open(phash_set **out, phash_diag *diag, const char *path, const phash_options *options)
{
    phash_set *set = NULL;

    if (out == NULL || path == NULL)
        return PHASH_E_ARGUMENT;
    phash_status st = make(&set, options);
    if (st == PHASH_OK)
        st = phash_map_file(&set->mapping, diag, path);
    if (st == PHASH_OK)
        st = open_bytes(set, diag, set->mapping.bytes, set->mapping.size);
    if (st == PHASH_OK)
        *out = set;
    else
        phash_set_free(&set);
    return st;
}

void phash_set_free(phash_set **set)
{
    if (set == NULL || *set == NULL)
        return;
    phash_allocator a = (*set)->allocator;
    phash_manifest_sources_free((*set)->sources, (*set)->manifest.source_count, &a);
    phash_unmap_file(&(*set)->mapping);
    phash_release(&a, *set);
    *set = NULL;
}

phash_status phash_set_get_info(const phash_set *set, phash_set_info *info)
{
    if (set == NULL || info == NULL)
        return PHASH_E_ARGUMENT;
    const phash_manifest *m = &set->manifest;
    memset(info, 0, sizeof *info);
    info->format = PHASH_SET_FORMAT;
    info->bands = m->bands;
    info->budget = m->budget;
    info->lock_bits = m->lock_bits;
    info->entries = m->entries;
    info->sequence = m->sequence;
    info->created = m->created;
    info->not_after = m->not_after;
    info->file_size = set->file_size;
    info->source_count = m->source_count;
    info->record_bytes = m->record_units * PHASH_RECORD_UNIT;
    info->name = m->name;
    info->rules = m->rules;
    memcpy(info->id, m->id, sizeof info->id);
    memcpy(info->key_id, set->key_id, sizeof info->key_id);
    memcpy(info->public_key, m->public_key, sizeof info->public_key);
    memcpy(info->digest, set->head.digest, sizeof info->digest);
    memcpy(info->previous, m->previous, sizeof info->previous);
    info->signature_count = set->head.signature_count;
    return PHASH_OK;
}

phash_status phash_set_get_source(const phash_set *set, const char **name, uint64_t *entries, uint32_t i)
{
    if (set == NULL || name == NULL || entries == NULL || i >= set->manifest.source_count)
        return PHASH_E_ARGUMENT;
    *name = set->sources[i].name;
    *entries = set->sources[i].entries;
    return PHASH_OK;
}

phash_status phash_set_get_source_radius(const phash_set *set, uint32_t *radius, uint32_t i)
{
    if (set == NULL || radius == NULL || i >= set->manifest.source_count)
        return PHASH_E_ARGUMENT;
    *radius = set->sources[i].radius;
    return PHASH_OK;
}
