/* SPDX-License-Identifier: Apache-2.0 */
/* From entries to slots: one VOPRF output for each distinct band value, one slot for each entry that has it. A chunk is
 * a run of places in the order of a band's values, so entries that share a token stand together. */
#include "hashset/set_builder.h"

#include "util/bytes.h"

#include <string.h>

#define TOKEN_SIZE PHASH_VOPRF_OUTPUT_SIZE

struct phash_set_worker {
    phash_allocator allocator;
    phash_voprf *voprf;
    uint8_t inputs[PHASH_SET_CHUNK_TOKENS][PHASH_TOKEN_INPUT_SIZE];
    phash_part parts[PHASH_SET_CHUNK_TOKENS]; /* the inputs again, as the VOPRF takes them */
    uint8_t tokens[PHASH_SET_CHUNK_TOKENS * TOKEN_SIZE + PHASH_AEAD_TAG_SIZE]; /* of each place; and room to seal */
};

/* The places of a chunk. */
typedef struct chunk_range {
    uint32_t band;
    size_t start;
    size_t n;
} chunk_range;

static chunk_range range_of(const phash_set_builder *b, uint32_t chunk)
{
    return (chunk_range){chunk / b->band_chunks, (size_t)(chunk % b->band_chunks) * PHASH_SET_CHUNK_TOKENS,
                         phash_set_builder_chunk_tokens(b, chunk)};
}

phash_status phash_set_worker_new(phash_set_worker **out, const phash_options *options)
{
    if (out == NULL)
        return PHASH_E_ARGUMENT;
    phash_allocator a = phash_allocator_from(options);
    phash_set_worker *w = phash_alloc(&a, 1, sizeof *w);
    if (w == NULL)
        return PHASH_E_NO_MEMORY;
    w->allocator = a;
    phash_status st = phash_voprf_new(&w->voprf, &a);
    if (st == PHASH_OK)
        *out = w;
    else
        phash_set_worker_free(&w);
    return st;
}

void phash_set_worker_free(phash_set_worker **worker)
{
    if (worker == NULL || *worker == NULL)
        return;
    phash_allocator a = (*worker)->allocator;
    phash_voprf_free(&(*worker)->voprf);
    phash_release_secret(&a, *worker, sizeof **worker);
    *worker = NULL;
}

/* Tokens of all places of a chunk: each value once, then spread to the entries that share it. */
static phash_status evaluate(const phash_set_builder *b, phash_set_worker *w, const chunk_range *c)
{
    const uint32_t *sorted = b->sorted[c->band] + c->start;
    size_t distinct = 0;

    for (size_t i = 0; i < c->n; i++) {
        const phash_build_entry *e = &b->entries[sorted[i] & ~PHASH_SORTED_FIRST];
        if (i == 0 || (sorted[i] & PHASH_SORTED_FIRST) != 0)
            phash_band_input(w->inputs[distinct++], &b->layout, c->band,
                             phash_band_value(&b->layout, &e->hash, c->band));
    }
    for (size_t i = 0; i < distinct; i++)
        w->parts[i] = (phash_part){w->inputs[i], PHASH_TOKEN_INPUT_SIZE};
    phash_status st = phash_voprf_output_batch(w->voprf, w->tokens, b->key->secret, w->parts, distinct);
    for (size_t i = c->n; st == PHASH_OK && i-- > 0;) { /* from the end: no token is overwritten before it has moved */
        memmove(w->tokens + i * TOKEN_SIZE, w->tokens + (distinct - 1) * TOKEN_SIZE, TOKEN_SIZE);
        if (distinct > 1 && (sorted[i] & PHASH_SORTED_FIRST) != 0)
            distinct--;
    }
    return st;
}

/* How many entries before this place share its token. */
static uint32_t sharing_before(const uint32_t *sorted, size_t place)
{
    size_t at = place;

    while ((sorted[at] & PHASH_SORTED_FIRST) == 0)
        at--;
    return (uint32_t)(place - at);
}

/* Slots, and behind band 0 the entries' keys, from the tokens in w. */
static phash_status make_slots(phash_set_builder *b, phash_set_worker *w, const chunk_range *c)
{
    const uint32_t *sorted = b->sorted[c->band];
    const uint32_t stride = phash_slot_stride(&b->manifest, c->band);
    phash_digest *digest = phash_voprf_digest(w->voprf);
    uint32_t k = sharing_before(sorted, c->start);
    phash_status st = PHASH_OK;

    for (size_t i = 0; st == PHASH_OK && i < c->n; i++) {
        const size_t place = c->start + i;
        const uint8_t *token = w->tokens + i * TOKEN_SIZE;
        if ((sorted[place] & PHASH_SORTED_FIRST) != 0)
            k = 0;
        st = phash_slot_derive(digest, b->slots[c->band] + place * stride, stride - PHASH_MAP_KEY_SIZE, token,
                               b->manifest.salt, c->band, k);
        if (st == PHASH_OK && c->band == 0)
            st = phash_entry_key_derive(digest, b->entries[sorted[place] & ~PHASH_SORTED_FIRST].key, token,
                                        b->manifest.salt, k);
        k++;
    }
    return st;
}

/* The nonce under which a chunk is sealed. The same chunk of the same build has the same tokens, so that sealing it
 * twice gives the same bytes and nothing away. */
static void chunk_nonce(uint8_t nonce[PHASH_AEAD_NONCE_SIZE], uint32_t chunk)
{
    phash_writer w = phash_writer_init(nonce, PHASH_AEAD_NONCE_SIZE);

    phash_write_u32le(&w, chunk);
    phash_write_zeros(&w, PHASH_AEAD_NONCE_SIZE - 4);
}

phash_status phash_set_builder_work(phash_set_builder *builder, phash_set_worker *worker, uint32_t chunk,
                                    uint8_t *sealed, size_t *size)
{
    uint8_t nonce[PHASH_AEAD_NONCE_SIZE];

    if (builder == NULL || worker == NULL || chunk >= phash_set_builder_chunk_count(builder) ||
        (sealed == NULL) != (size == NULL))
        return PHASH_E_ARGUMENT;
    if (builder->finished)
        return PHASH_E_STATE;
    const chunk_range c = range_of(builder, chunk);
    phash_status st = evaluate(builder, worker, &c);
    if (st == PHASH_OK)
        st = make_slots(builder, worker, &c);
    if (st == PHASH_OK && sealed != NULL) {
        chunk_nonce(nonce, chunk);
        st = phash_aead_seal(phash_voprf_digest(worker->voprf), sealed, builder->seal_key, nonce, NULL, 0,
                             worker->tokens, c.n * TOKEN_SIZE);
        *size = st == PHASH_OK ? c.n * TOKEN_SIZE + PHASH_AEAD_TAG_SIZE : 0;
    }
    phash_wipe(worker->inputs, sizeof worker->inputs);
    phash_wipe(worker->tokens, sizeof worker->tokens);
    if (st == PHASH_OK)
        builder->done[chunk] = 1;
    return st;
}

phash_status phash_set_builder_restore(phash_set_builder *builder, phash_set_worker *worker, uint32_t chunk,
                                       const uint8_t *sealed, size_t size)
{
    uint8_t nonce[PHASH_AEAD_NONCE_SIZE];

    if (builder == NULL || worker == NULL || chunk >= phash_set_builder_chunk_count(builder) ||
        (sealed == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    if (builder->finished)
        return PHASH_E_STATE;
    const chunk_range c = range_of(builder, chunk);
    if (size != c.n * TOKEN_SIZE + PHASH_AEAD_TAG_SIZE)
        return PHASH_E_CHECKSUM;
    chunk_nonce(nonce, chunk);
    phash_status st = phash_aead_open(phash_voprf_digest(worker->voprf), worker->tokens, builder->seal_key, nonce,
                                      NULL, 0, sealed, size);
    if (st == PHASH_OK)
        st = make_slots(builder, worker, &c);
    phash_wipe(worker->tokens, sizeof worker->tokens);
    if (st == PHASH_OK)
        builder->done[chunk] = 1;
    return st;
}
