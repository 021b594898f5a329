/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* madvise */
#include "index/segment.h"

#include "index/segment_file.h"

#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT ((uint64_t)64)
#define HUGE_PAGE ((uint64_t)2 << 20)
#define AHEAD ((size_t)32) /* entries whose buckets are fetched before they are counted or filled */

#if defined(__GNUC__)
#define PREFETCH_WRITE(address) __builtin_prefetch((address), 1)
#else
#define PREFETCH_WRITE(address) ((void)(address))
#endif

static uint64_t align_up(uint64_t x)
{
    return (x + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

phash_segment_layout phash_segment_lay_out(uint64_t n, const phash_plan *plan)
{
    phash_segment_layout l = {.hashes = PHASH_SEGMENT_HEADER};
    uint64_t at = l.hashes + n * sizeof(phash_hash);

    if (plan->n_bands == 0) {
        l.high = align_up(at);
        l.low = align_up(l.high + 8 * n);
        at = l.low + 4 * n;
    }
    for (uint32_t i = 0; i < plan->n_bands; i++) {
        l.offsets[i] = align_up(at);
        l.ids[i] = align_up(l.offsets[i] + (((uint64_t)1 << plan->widths[i]) + 1) * sizeof(uint32_t));
        at = l.ids[i] + n * sizeof(uint32_t);
    }
    l.checks = align_up(at);
    l.size = l.checks + phash_segment_check_count(l.checks) * sizeof(uint32_t);
    return l;
}

void phash_segment_attach(phash_segment *segment, const uint8_t *bytes, uint32_t n, const phash_plan *plan)
{
    const phash_segment_layout l = phash_segment_lay_out(n, plan);

    segment->bytes = bytes;
    segment->n = n;
    segment->plan = *plan;
    segment->layout = l;
    segment->hashes = (const phash_hash *)(const void *)(bytes + l.hashes);
    segment->high = plan->n_bands == 0 ? bytes + l.high : NULL;
    segment->low = plan->n_bands == 0 ? bytes + l.low : NULL;
    for (uint32_t i = 0; i < plan->n_bands; i++) {
        segment->offsets[i] = (const uint32_t *)(const void *)(bytes + l.offsets[i]);
        segment->ids[i] = (const uint32_t *)(const void *)(bytes + l.ids[i]);
    }
    phash_budgets_fill(&segment->budgets, plan, n);
    segment->candidate_limit = phash_plan_candidate_limit(n);
}

/* Huge pages are asked for before the first touch, so phash_alloc, which zeroes, will not do. */
void *phash_block_new(void **storage, uint64_t size, const phash_allocator *allocator)
{
    const uint64_t alignment = size >= 2 * HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;

    if (size > SIZE_MAX - alignment)
        return NULL;
    void *all = allocator->alloc(allocator->user, (size_t)(size + alignment));
    if (all == NULL)
        return NULL;
    uint8_t *block = (uint8_t *)all + (-(uintptr_t)all & (alignment - 1));
#if defined(MADV_HUGEPAGE)
    if (alignment == HUGE_PAGE)
        (void)madvise(block, (size_t)(size / HUGE_PAGE * HUGE_PAGE), MADV_HUGEPAGE); /* slower without, not wrong */
#endif
    *storage = all;
    return block;
}

/* The bands of AHEAD hashes, their buckets being fetched. */
static void read_ahead(uint32_t values[AHEAD], const phash_hash *hashes, size_t n, uint32_t start, uint32_t width,
                       const uint32_t *offsets)
{
    uint64_t words[4];

    for (size_t i = 0; i < n; i++) {
        memcpy(words, hashes[i].bytes, sizeof words);
        values[i] = phash_band_value(words, start, width);
        PREFETCH_WRITE(&offsets[values[i]]);
    }
}

/* A counting sort of the ids by the band's value: offsets counts the entries of each bucket, becomes the end of each,
 * and is counted down to the start of each while the ids are put in their places, the last first. */
static void fill_table(uint32_t *offsets, uint32_t *ids, const phash_hash *hashes, size_t n, uint32_t start,
                       uint32_t width)
{
    const size_t buckets = (size_t)1 << width;
    uint32_t values[AHEAD];
    uint32_t sum = 0;

    memset(offsets, 0, (buckets + 1) * sizeof *offsets);
    for (size_t i = 0; i < n; i += AHEAD) {
        const size_t run = n - i < AHEAD ? n - i : AHEAD;
        read_ahead(values, hashes + i, run, start, width, offsets);
        for (size_t j = 0; j < run; j++)
            offsets[values[j]]++;
    }
    for (size_t v = 0; v <= buckets; v++)
        offsets[v] = sum += offsets[v];
    for (size_t end = n; end > 0;) {
        const size_t run = end < AHEAD ? end : AHEAD;
        end -= run;
        read_ahead(values, hashes + end, run, start, width, offsets);
        for (size_t j = 0; j < run; j++)
            PREFETCH_WRITE(&ids[offsets[values[j]] - 1]);
        for (size_t j = run; j-- > 0;)
            ids[--offsets[values[j]]] = (uint32_t)(end + j);
    }
}

static void fill_prefixes(uint8_t *high, uint8_t *low, const phash_hash *hashes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(high + 8 * i, hashes[i].bytes, 8);
        memcpy(low + 4 * i, hashes[i].bytes + 8, 4);
    }
}

/* The block is not zeroed; what lies between its parts is written to files all the same. */
static void clear_gaps(uint8_t *bytes, const phash_segment_layout *l, uint32_t n_bands)
{
    memset(bytes, 0, PHASH_SEGMENT_HEADER);
    if (n_bands == 0) {
        memset(bytes + l->high - ALIGNMENT, 0, ALIGNMENT);
        memset(bytes + l->low - ALIGNMENT, 0, ALIGNMENT);
    }
    for (uint32_t i = 0; i < n_bands; i++) {
        memset(bytes + l->offsets[i] - ALIGNMENT, 0, ALIGNMENT);
        memset(bytes + l->ids[i] - ALIGNMENT, 0, ALIGNMENT);
    }
    memset(bytes + l->checks - ALIGNMENT, 0, (size_t)(l->size - l->checks + ALIGNMENT));
}

static void fill(uint8_t *bytes, const phash_segment *s, const phash_hash_run *runs, size_t n_runs)
{
    phash_hash *hashes = (phash_hash *)(void *)(bytes + s->layout.hashes);
    uint32_t start = 0;
    size_t n = 0;

    clear_gaps(bytes, &s->layout, s->plan.n_bands);
    for (size_t i = 0; i < n_runs; i++) {
        if (runs[i].n != 0)
            memcpy(hashes + n, runs[i].hashes, runs[i].n * sizeof *hashes);
        n += runs[i].n;
    }
    if (s->plan.n_bands == 0)
        fill_prefixes(bytes + s->layout.high, bytes + s->layout.low, hashes, n);
    for (uint32_t i = 0; i < s->plan.n_bands; i++) {
        fill_table((uint32_t *)(void *)(bytes + s->layout.offsets[i]), (uint32_t *)(void *)(bytes + s->layout.ids[i]),
                   hashes, n, start, s->plan.widths[i]);
        start += s->plan.widths[i];
    }
}

phash_status phash_segment_build(phash_segment **out, const phash_hash_run *runs, size_t n_runs,
                                 const phash_plan *plan, uint32_t radius, const phash_allocator *allocator)
{
    uint64_t n = 0;
    void *storage = NULL;

    for (size_t i = 0; i < n_runs; i++)
        n += runs[i].n;
    phash_segment *s = phash_alloc(allocator, 1, sizeof *s);
    if (s == NULL)
        return PHASH_E_NO_MEMORY;
    uint8_t *bytes = phash_block_new(&storage, phash_segment_lay_out(n, plan).size, allocator);
    if (bytes == NULL) {
        phash_release(allocator, s);
        return PHASH_E_NO_MEMORY;
    }
    s->storage = storage;
    s->radius = radius;
    phash_segment_attach(s, bytes, (uint32_t)n, plan);
    fill(bytes, s, runs, n_runs);
    *out = s;
    return PHASH_OK;
}

void phash_segment_free(phash_segment **segment, const phash_allocator *allocator)
{
    if (*segment == NULL)
        return;
    phash_unmap_file(&(*segment)->mapping);
    phash_release(allocator, (*segment)->storage);
    phash_release(allocator, *segment);
    *segment = NULL;
}
