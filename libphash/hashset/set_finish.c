/* SPDX-License-Identifier: Apache-2.0 */
/* From slots to the file: one map after the other, the records, the digests of all of it, and the head at last. */
#include "hashset/set_builder.h"
#include "hashset/set_head.h"
#include "hashset/set_record.h"

#include "util/bytes.h"
#include "util/diag.h"

#include <string.h>

#define PIECE_BLOCKS 64u /* of the record section, made and written at a time */

/* A file under way. */
typedef struct set_output {
    phash_set_builder *b;
    phash_diag *diag;
    phash_write_at_fn write;
    void *user;
    phash_progress_fn progress;
    void *progress_user;
    uint64_t steps_done;
    uint8_t *manifest;
    phash_set_head head; /* its size is that of the final one */
    phash_set_sections sections;
    phash_tree_shape tree;
    uint8_t *upper; /* digest levels of the tree */
    uint8_t filler_key[PHASH_SHA256_SIZE];
} set_output;

static phash_status step(set_output *o, uint64_t done)
{
    const uint64_t total = o->b->n * (o->b->layout.bands + 1);

    o->steps_done += done;
    if (o->progress != NULL && o->progress(o->progress_user, o->steps_done, total) != 0)
        return phash_fail(o->diag, PHASH_E_STATE, "stopped");
    return PHASH_OK;
}

/* Bytes that nobody can tell from cells and records, for block i of the body: an AES-GCM key stream. */
static phash_status fill_block(set_output *o, uint8_t *out, uint64_t i)
{
    static const uint8_t zeros[PHASH_SET_BLOCK];
    uint8_t sealed[PHASH_SET_BLOCK + PHASH_AEAD_TAG_SIZE];
    uint8_t nonce[PHASH_AEAD_NONCE_SIZE] = {0};
    phash_writer w = phash_writer_init(nonce, sizeof nonce);

    phash_write_u64le(&w, i);
    phash_status st = phash_aead_seal(o->b->digest, sealed, o->filler_key, nonce, NULL, 0, zeros, sizeof zeros);
    if (st == PHASH_OK)
        memcpy(out, sealed, PHASH_SET_BLOCK);
    phash_wipe(sealed, sizeof sealed);
    return st;
}

/* Write `n` blocks of the body from number `first` on and note their digests. */
static phash_status put_blocks(set_output *o, const uint8_t *bytes, uint64_t first, uint64_t n)
{
    phash_status st = PHASH_OK;

    for (uint64_t i = 0; st == PHASH_OK && i < n; i++)
        st = phash_tree_digest(o->b->digest, phash_tree_leaf(&o->tree, o->upper, first + i), 0, first + i,
                               bytes + i * PHASH_SET_BLOCK);
    if (st == PHASH_OK &&
        o->write(o->user, o->head.size + first * PHASH_SET_BLOCK, bytes, (size_t)(n * PHASH_SET_BLOCK)) != 0)
        st = phash_fail(o->diag, PHASH_E_IO, "writing the set failed");
    return st;
}

/* Hide each entry's value in its slot, in place: pad XOR (offset, and behind band 0 the entry's key). */
static void join_values(phash_set_builder *b, uint32_t j)
{
    const uint32_t stride = phash_slot_stride(&b->manifest, j);
    const uint32_t offset_size = b->manifest.offset_size;

    for (size_t i = 0; i < b->n; i++) {
        const phash_build_entry *e = &b->entries[b->sorted[j][i] & ~PHASH_SORTED_FIRST];
        uint8_t *pad = b->slots[j] + i * stride + PHASH_MAP_KEY_SIZE;
        for (uint32_t k = 0; k < offset_size; k++)
            pad[k] ^= (uint8_t)(e->offset >> 8 * k);
        for (uint32_t k = 0; j != 0 && k < PHASH_AEAD_KEY_SIZE; k++)
            pad[offset_size + k] ^= e->key[k];
    }
}

static phash_status make_map(set_output *o, uint32_t j, phash_map_scratch *scratch)
{
    phash_set_builder *b = o->b;
    phash_manifest *m = &b->manifest;
    const uint64_t first = o->sections.map[j];
    const uint64_t blocks = (j + 1 < m->bands ? o->sections.map[j + 1] : o->sections.records) - first;
    const uint32_t stride = phash_slot_stride(m, j);
    uint32_t seed = 0;
    uint8_t *cells = phash_alloc(&b->allocator, blocks, PHASH_SET_BLOCK);
    phash_status st = cells != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;

    for (uint64_t i = 0; st == PHASH_OK && i < blocks; i++)
        st = fill_block(o, cells + i * PHASH_SET_BLOCK, first + i);
    if (st == PHASH_OK) {
        join_values(b, j);
        st = phash_map_solve(cells, &seed, scratch, &m->shape, b->slots[j], stride, stride - PHASH_MAP_KEY_SIZE);
        m->seed[j] = (uint16_t)seed;
    }
    phash_release_secret(&b->allocator, b->slots[j], b->n * stride);
    b->slots[j] = NULL;
    if (st == PHASH_OK)
        st = put_blocks(o, cells, first, blocks);
    phash_release(&b->allocator, cells);
    return st == PHASH_OK ? step(o, b->n) : st;
}

static phash_status make_maps(set_output *o)
{
    phash_map_scratch scratch = {.n = 0};
    phash_set_builder *b = o->b;
    phash_status st = phash_map_scratch_init(&scratch, &b->manifest.shape, b->n, &b->allocator);

    for (uint32_t j = 0; st == PHASH_OK && j < b->layout.bands; j++)
        st = make_map(o, j, &scratch);
    phash_map_scratch_clear(&scratch);
    return st;
}

/* Records in order, PIECE_BLOCKS blocks at a time; a record that does not end in its piece goes on in the next. */
static phash_status make_records(set_output *o)
{
    const phash_set_builder *b = o->b;
    const size_t piece = (size_t)PIECE_BLOCKS * PHASH_SET_BLOCK;
    const uint64_t end = o->sections.blocks;
    uint64_t first = o->sections.records;
    uint8_t *bytes = phash_alloc(&b->allocator, piece + PHASH_RECORD_MAX, 1);
    phash_status st = bytes != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;
    size_t used = 0;
    size_t i = 0;

    while (st == PHASH_OK && first < end) {
        const uint64_t blocks = end - first < PIECE_BLOCKS ? end - first : PIECE_BLOCKS;
        const size_t start = i;
        for (; st == PHASH_OK && i < b->n && used < piece; i++) {
            const phash_build_entry *e = &b->entries[i];
            const phash_record record = {e->hash, e->source, e->label_size, e->label};
            st = phash_record_seal(b->digest, bytes + used, &record, e->key, b->manifest.salt, e->offset);
            used += phash_record_size(e->source, e->label_size);
        }
        if (st == PHASH_OK && used < blocks * PHASH_SET_BLOCK) { /* the last block: filler behind the last record */
            uint8_t filler[PHASH_SET_BLOCK];
            const size_t offset = used % PHASH_SET_BLOCK;
            st = fill_block(o, filler, first + blocks - 1);
            memcpy(bytes + used, filler + offset, PHASH_SET_BLOCK - offset);
            used += PHASH_SET_BLOCK - offset;
        }
        if (st == PHASH_OK)
            st = put_blocks(o, bytes, first, blocks);
        if (st == PHASH_OK)
            st = step(o, i - start);
        used -= blocks * PHASH_SET_BLOCK;
        memmove(bytes, bytes + blocks * PHASH_SET_BLOCK, used);
        first += blocks;
    }
    phash_release(&b->allocator, bytes);
    return st;
}

/* The head's bytes as far as they are known. */
static phash_status make_head(set_output *o, uint8_t **bytes)
{
    phash_set_builder *b = o->b;
    phash_writer w = phash_writer_init(o->manifest, o->head.manifest_size);

    phash_manifest_write(&w, &b->manifest, b->sources);
    return phash_set_head_make(bytes, &o->head, b->digest, o->diag, &b->allocator);
}

/* Sizes and places of everything; the manifest is as long as it will be. */
static phash_status plan(set_output *o)
{
    static const char label[] = "libphash set filler";
    phash_set_builder *b = o->b;
    phash_part parts[] = {{label, sizeof label - 1}, {b->manifest.salt, PHASH_SET_SALT_SIZE}};
    phash_writer w = phash_writer_init(NULL, 0);
    uint8_t *head = NULL;

    phash_manifest_write(&w, &b->manifest, b->sources);
    o->manifest = phash_alloc(&b->allocator, w.at, 1);
    if (o->manifest == NULL)
        return PHASH_E_NO_MEMORY;
    o->head.manifest = o->manifest;
    o->head.manifest_size = w.at;
    phash_status st = make_head(o, &head);
    phash_release(&b->allocator, head);
    if (st == PHASH_OK)
        st = phash_hmac(b->digest, o->filler_key, b->build_secret, sizeof b->build_secret, parts, 2);
    o->sections = phash_set_sections_of(&b->manifest);
    o->tree = phash_tree_shape_of(o->sections.blocks);
    if (st == PHASH_OK) {
        o->upper = phash_alloc(&b->allocator, o->tree.total - o->tree.blocks[0], PHASH_SET_BLOCK);
        st = o->upper != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;
    }
    return st;
}

/* Digests and head. The head goes last: a file without it cannot be taken for a set. */
static phash_status complete(set_output *o)
{
    phash_set_builder *b = o->b;
    uint8_t *head = NULL;
    phash_status st = phash_tree_build(b->digest, &o->tree, b->manifest.root, o->upper);

    if (st == PHASH_OK)
        st = make_head(o, &head);
    if (st == PHASH_OK &&
        (o->write(o->user, o->head.size + o->tree.blocks[0] * PHASH_SET_BLOCK, o->upper,
                  (size_t)((o->tree.total - o->tree.blocks[0]) * PHASH_SET_BLOCK)) != 0 ||
         o->write(o->user, 0, head, o->head.size) != 0))
        st = phash_fail(o->diag, PHASH_E_IO, "writing the set failed");
    phash_release(&b->allocator, head);
    return st;
}

phash_status phash_set_builder_finish(phash_set_builder *builder, phash_set_build_report *report, phash_diag *diag,
                                      phash_write_at_fn write, void *write_user, phash_progress_fn progress,
                                      void *progress_user)
{
    set_output o = {.b = builder, .diag = diag, .write = write, .user = write_user, .progress = progress,
                    .progress_user = progress_user};

    if (builder == NULL || write == NULL)
        return PHASH_E_ARGUMENT;
    if (builder->finished)
        return PHASH_E_STATE;
    for (uint32_t i = 0; i < phash_set_builder_chunk_count(builder); i++)
        if (builder->done[i] == 0)
            return phash_fail(diag, PHASH_E_STATE, "chunk %u of the build is not done", (unsigned)i);
    builder->finished = true;
    phash_status st = plan(&o);
    if (st == PHASH_OK)
        st = make_maps(&o);
    if (st == PHASH_OK)
        st = make_records(&o);
    if (st == PHASH_OK)
        st = complete(&o);
    if (st == PHASH_OK && report != NULL)
        *report = (phash_set_build_report){builder->n, builder->gathered - builder->n, builder->distinct,
                                           o.head.size + o.tree.total * PHASH_SET_BLOCK};
    phash_release(&builder->allocator, o.manifest);
    phash_release(&builder->allocator, o.upper);
    phash_wipe(o.filler_key, sizeof o.filler_key);
    return st;
}
