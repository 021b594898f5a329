/* SPDX-License-Identifier: Apache-2.0 */
/* Making, freeing and describing an index, and handing a question to all its parts. */
#include "index/index_handle.h"
#include "index/index_visit.h"
#include "util/cpu.h"
#include "util/mem.h"

#include <stdio.h>
#include <string.h>

/* Bytes of tables for each byte of hashes, unless the caller says: 7 up to a million hashes, 3 from ten million on,
 * and between them what makes the whole grow evenly. */
static uint64_t default_max_bytes(uint64_t n)
{
    const uint64_t million = 1000000;

    if (n <= million)
        return 7 * 32 * n;
    if (n >= 10 * million)
        return 3 * 32 * n;
    return 7 * 32 * million + (n - million) * (3 * 10 - 7) * 32 / 9;
}

phash_status phash_index_make(phash_index **out, uint32_t radius, uint64_t max_bytes, const phash_options *options)
{
    phash_allocator allocator = phash_allocator_from(options);
    phash_index *index = phash_alloc(&allocator, 1, sizeof *index);

    if (index == NULL)
        return PHASH_E_NO_MEMORY;
    index->allocator = allocator;
    index->radius = radius;
    index->max_bytes = max_bytes;
    phash_hamming_kernels_init(&index->kernels, phash_cpu_flags());
    phash_blocks_kernels_init(&index->blocks, phash_cpu_flags());
    phash_flips_init(&index->flips);
    *out = index;
    return PHASH_OK;
}

/* Nanoseconds of the prefix kernel for a hash (tests/kernel_hamming --bench), rounded. */
static double prefix_ns(const phash_hamming_kernels *k)
{
    if (strcmp(k->isa, "avx512") == 0)
        return 0.3;
    return strcmp(k->isa, "c") == 0 ? 4.5 : 1.4;
}

phash_status phash_index_build_segment(const phash_index *index, phash_segment **out, const phash_hash_run *runs,
                                       size_t n_runs)
{
    phash_plan plan;
    uint64_t n = 0;

    for (size_t i = 0; i < n_runs; i++)
        n += runs[i].n;
    const uint64_t max_bytes = index->max_bytes != 0 ? index->max_bytes : default_max_bytes(n);
    phash_status st = phash_plan_choose(&plan, n, index->radius, max_bytes, prefix_ns(&index->kernels),
                                        &index->allocator);
    if (st == PHASH_OK)
        st = phash_segment_build(out, runs, n_runs, &plan, index->radius, &index->allocator);
    return st;
}

phash_status phash_index_build(phash_index **out, const phash_hash *hashes, size_t n, const phash_index_params *params,
                               const phash_options *options)
{
    phash_index *index = NULL;
    phash_index_params p = {sizeof p, 0, 0};

    if (params != NULL)
        p = *params;
    if (out == NULL || (hashes == NULL && n != 0) || p.radius > PHASH_RADIUS_MAX)
        return PHASH_E_ARGUMENT;
    if (n > UINT32_MAX - 1) /* PHASH_INDEX_NONE is no id */
        return PHASH_E_LIMIT;
    phash_status st = phash_index_make(&index, p.radius != 0 ? p.radius : PHASH_RADIUS_DEFAULT, p.max_bytes, options);
    if (st == PHASH_OK && n != 0) {
        const phash_hash_run run = {hashes, n};
        st = phash_index_build_segment(index, &index->segments[0], &run, 1);
        if (st == PHASH_OK) {
            index->n_segments = 1;
            index->n_ids = (uint32_t)n;
        }
    }
    if (st == PHASH_OK)
        *out = index;
    else
        phash_index_free(&index);
    return st;
}

phash_status phash_index_new(phash_index **out, const phash_hash *hashes, size_t n, const phash_options *options)
{
    return phash_index_build(out, hashes, n, NULL, options);
}

void phash_index_free(phash_index **index)
{
    if (index == NULL || *index == NULL)
        return;
    phash_allocator allocator = (*index)->allocator;
    for (uint32_t i = 0; i < (*index)->n_segments; i++)
        phash_segment_free(&(*index)->segments[i], &allocator);
    phash_release(&allocator, (*index)->tail);
    phash_release(&allocator, (*index)->removed);
    phash_release(&allocator, *index);
    *index = NULL;
}

size_t phash_index_count(const phash_index *index)
{
    return index != NULL ? (size_t)(index->n_ids - index->n_removed) : 0;
}

const phash_hash *phash_index_hash(const phash_index *index, uint32_t id)
{
    for (uint32_t i = 0; i < index->n_segments; i++) {
        const phash_segment *s = index->segments[i];
        if (id - s->first_id < s->n)
            return &s->hashes[id - s->first_id];
    }
    return &index->tail[id - (index->n_ids - index->n_tail)];
}

uint32_t phash_index_distance(const phash_index *index, uint32_t id, const phash_hash *query)
{
    return index->kernels.pair(query->bytes, phash_index_hash(index, id)->bytes);
}

/* Stands between an ask and its visitor when something was removed. */
typedef struct sieve {
    const phash_index *index;
    phash_visit_fn visit;
    void *user;
} sieve;

static void pass_unless_removed(void *user, phash_index_hit hit, uint32_t query)
{
    const sieve *s = user;

    if (!phash_index_is_removed(s->index, hit.id))
        s->visit(s->user, hit, query);
}

void phash_index_ask(const phash_index *index, phash_ask *ask)
{
    sieve s = {index, ask->visit, ask->user};

    ask->kernels = &index->kernels;
    ask->blocks = &index->blocks;
    if (index->n_removed != 0) {
        ask->visit = pass_unless_removed;
        ask->user = &s;
    }
    for (uint32_t i = 0; i < index->n_segments; i++)
        phash_segment_search(ask, index->segments[i], &index->flips);
    phash_scan_hashes(ask, index->tail, index->n_tail, index->n_ids - index->n_tail);
    ask->visit = s.visit;
    ask->user = s.user;
}

/* "8 x 22 bits with 2 flips, 4 x 20 bits with 1 flip": the bands in runs of equal ones. */
static void describe_plan(char *text, size_t size, const phash_segment *s, const int8_t *flips)
{
    size_t at = 0;

    for (uint32_t i = 0, n; i < s->plan.n_bands; i += n) {
        for (n = 1; i + n < s->plan.n_bands; n++)
            if (s->plan.widths[i + n] != s->plan.widths[i] || flips[i + n] != flips[i])
                break;
        if (flips[i] < 0)
            continue;
        const int written = snprintf(text + at, size - at, "%s%u x %u bits with %d flip%s", at != 0 ? ", " : "",
                                     (unsigned)n, (unsigned)s->plan.widths[i], (int)flips[i],
                                     flips[i] == 1 ? "" : "s");
        if (written < 0 || (size_t)written >= size - at)
            return; /* cut short */
        at += (size_t)written;
    }
}

phash_status phash_index_get_info(const phash_index *index, phash_index_info *info)
{
    if (index == NULL || info == NULL)
        return PHASH_E_ARGUMENT;
    memset(info, 0, sizeof *info);
    info->entries = index->n_ids - index->n_removed;
    info->removed = index->n_removed;
    info->pending = index->n_tail;
    info->segments = index->n_segments;
    info->radius = index->radius;
    info->hash_bytes = (uint64_t)sizeof(phash_hash) * (index->n_ids - index->n_tail);
    info->memory = sizeof *index + (index->tail != NULL ? PHASH_INDEX_TAIL_MAX * sizeof(phash_hash) : 0) +
                   ((uint64_t)index->n_marks + 63) / 64 * 8;
    const phash_segment *largest = NULL;
    for (uint32_t i = 0; i < index->n_segments; i++) {
        const phash_segment *s = index->segments[i];
        info->table_bytes += s->layout.checks - PHASH_SEGMENT_HEADER - (uint64_t)s->n * sizeof(phash_hash);
        *(s->storage != NULL ? &info->memory : &info->mapped) += s->layout.size;
        if (largest == NULL || s->n > largest->n)
            largest = s;
    }
    info->method = PHASH_INDEX_SCAN;
    snprintf(info->plan, sizeof info->plan, "scan");
    if (largest != NULL && phash_segment_uses_tables(largest, index->radius)) {
        info->method = PHASH_INDEX_TABLES;
        describe_plan(info->plan, sizeof info->plan, largest, largest->budgets.flips[index->radius]);
    }
    info->kernels = index->kernels.isa;
    return PHASH_OK;
}
