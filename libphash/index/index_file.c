/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an index and opening what was written. */
#include "index/index_handle.h"
#include "index/segment_file.h"
#include "util/diag.h"

#include <string.h>

/* Tables are used as they lie in the file, whose numbers are little-endian. */
static bool is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;

    memcpy(&first, &one, 1);
    return first == 1;
}

phash_status phash_index_write(const phash_index *index, phash_index_write_fn write, void *write_user)
{
    if (index == NULL || write == NULL)
        return PHASH_E_ARGUMENT;
    if (!is_little_endian())
        return PHASH_E_UNSUPPORTED;
    if (index->n_segments > 1 || index->n_tail != 0 || index->n_removed != 0)
        return PHASH_E_STATE;
    return phash_segment_write(index->n_segments != 0 ? index->segments[0] : NULL, index->radius, write, write_user);
}

/* Copy the bytes of a segment into huge pages and let go of the file. */
static phash_status copy_bytes(phash_segment *s, phash_diag *diag, const uint8_t *bytes, size_t size,
                               const phash_allocator *allocator)
{
    uint8_t *copy = phash_block_new(&s->storage, size, allocator);

    if (copy == NULL)
        return phash_fail(diag, PHASH_E_NO_MEMORY, "no memory for %zu bytes of index", size);
    memcpy(copy, bytes, size);
    phash_unmap_file(&s->mapping);
    s->bytes = copy;
    return PHASH_OK;
}

/* Take either the file at path or the bytes given. */
static phash_status open_segment(phash_segment *s, phash_diag *diag, const char *path, const uint8_t *bytes,
                                 size_t size, uint32_t flags, const phash_allocator *allocator)
{
    phash_status st = PHASH_OK;

    if (path != NULL) {
        st = phash_map_file(&s->mapping, diag, path);
        bytes = s->mapping.bytes;
        size = s->mapping.size;
    }
    s->bytes = bytes;
    if (st == PHASH_OK && (flags & PHASH_INDEX_OPEN_COPY) != 0)
        st = copy_bytes(s, diag, bytes, size, allocator);
    if (st == PHASH_OK)
        st = phash_segment_read(s, diag, s->bytes, size, (flags & PHASH_INDEX_OPEN_UNCHECKED) == 0);
    return st;
}

static phash_status open_index(phash_index **out, phash_diag *diag, const char *path, const uint8_t *bytes, size_t size,
                               uint32_t flags, const phash_options *options)
{
    phash_index *index = NULL;
    phash_segment *s = NULL;

    if (!is_little_endian())
        return phash_fail(diag, PHASH_E_UNSUPPORTED, "a saved index needs a little-endian machine");
    phash_status st = phash_index_make(&index, PHASH_RADIUS_DEFAULT, 0, options);
    if (st != PHASH_OK)
        return st;
    s = phash_alloc(&index->allocator, 1, sizeof *s);
    if (s == NULL) {
        phash_index_free(&index);
        return PHASH_E_NO_MEMORY;
    }
    index->segments[0] = s; /* freed with the index */
    index->n_segments = 1;
    st = open_segment(s, diag, path, bytes, size, flags, &index->allocator);
    if (st == PHASH_OK) {
        index->n_ids = s->n;
        index->radius = s->radius;
        *out = index;
    } else {
        phash_index_free(&index);
    }
    return st;
}

#define KNOWN_FLAGS (PHASH_INDEX_OPEN_COPY | PHASH_INDEX_OPEN_UNCHECKED)

phash_status phash_index_open(phash_index **out, phash_diag *diag, const char *path, uint32_t flags,
                              const phash_options *options)
{
    if (out == NULL || path == NULL || (flags & ~KNOWN_FLAGS) != 0)
        return PHASH_E_ARGUMENT;
    return open_index(out, diag, path, NULL, 0, flags, options);
}

phash_status phash_index_open_memory(phash_index **out, phash_diag *diag, const uint8_t *bytes, size_t size,
                                     uint32_t flags, const phash_options *options)
{
    if (out == NULL || (bytes == NULL && size != 0) || ((uintptr_t)bytes & 3) != 0 || (flags & ~KNOWN_FLAGS) != 0)
        return PHASH_E_ARGUMENT;
    return open_index(out, diag, NULL, bytes, size, flags, options);
}
