/* SPDX-License-Identifier: Apache-2.0 */
/* Building a set in one call, in memory. */
#include "hashset/set_builder.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <string.h>

/* The file, as far as it has come; pieces come in any order. */
typedef struct set_memory {
    phash_allocator allocator;
    uint8_t *bytes;
    size_t size;
    size_t room;
    bool no_memory;
} set_memory;

static int keep_bytes(void *user, uint64_t offset, const uint8_t *bytes, size_t size)
{
    set_memory *m = user;

    if (offset > SIZE_MAX - size) {
        m->no_memory = true;
        return -1;
    }
    size_t end = (size_t)offset + size;
    if (end > m->room) {
        size_t room = m->room < SIZE_MAX / 2 && end < 2 * m->room ? 2 * m->room : end;
        uint8_t *grown = phash_realloc(&m->allocator, m->bytes, m->size, room, 1);
        m->no_memory = grown == NULL;
        if (grown == NULL)
            return -1;
        m->bytes = grown;
        m->room = room;
    }
    m->size = end > m->size ? end : m->size;
    memcpy(m->bytes + offset, bytes, size);
    return 0;
}

static phash_status work(phash_set_builder *b, phash_diag *diag, phash_progress_fn progress, void *user)
{
    phash_set_worker *worker = NULL;
    phash_options options = {sizeof options, b->allocator.alloc, b->allocator.release, b->allocator.random,
                             b->allocator.user};
    const uint64_t total = (uint64_t)b->n * b->layout.bands;
    uint64_t done = 0;
    phash_status st = phash_set_worker_new(&worker, &options);

    for (uint32_t i = 0; st == PHASH_OK && i < phash_set_builder_chunk_count(b); i++) {
        st = phash_set_builder_work(b, worker, i, NULL, NULL);
        done += phash_set_builder_chunk_tokens(b, i);
        if (st == PHASH_OK && progress != NULL && progress(user, done, total) != 0)
            st = phash_fail(diag, PHASH_E_STATE, "stopped");
    }
    phash_set_worker_free(&worker);
    return st;
}

phash_status phash_set_build(phash_set_build_report *report, phash_diag *diag, const phash_key *key,
                             const phash_list *list, const uint32_t *radii, const phash_set_params *params,
                             phash_write_fn write, void *write_user, phash_progress_fn progress, void *progress_user,
                             const phash_options *options)
{
    phash_set_builder *b = NULL;
    set_memory memory = {phash_allocator_from(options), NULL, 0, 0, false};

    if (write == NULL)
        return PHASH_E_ARGUMENT;
    phash_status st = phash_set_builder_new(&b, diag, key, list, radii, params, options);
    if (st == PHASH_OK)
        st = work(b, diag, progress, progress_user);
    if (st == PHASH_OK)
        st = phash_set_builder_finish(b, report, diag, keep_bytes, &memory, NULL, NULL);
    if (st == PHASH_E_IO && memory.no_memory)
        st = PHASH_E_NO_MEMORY;
    phash_set_builder_free(&b);
    if (st == PHASH_OK && write(write_user, memory.bytes, memory.size) != 0)
        st = phash_fail(diag, PHASH_E_IO, "writing the set failed");
    phash_release(&memory.allocator, memory.bytes);
    return st;
}
