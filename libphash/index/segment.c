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

/* Average ids of a block: 80 of at most 127, or half of at most 16383. */
uint8_t phash_block_shape(uint64_t n, uint32_t width)
{
    if (4 * n <= (uint64_t)5 << width)
        return 6;
    return n <= (uint64_t)256 << width ? 5 : 4;
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
        const uint32_t shape = phash_block_shape(n, plan->widths[i]);
        l.blocks[i] = align_up(at);
        l.ids[i] = l.blocks[i] + (((uint64_t)1 << (plan->widths[i] - shape)) + 1) * PHASH_BLOCK_SIZE;
        at = l.ids[i] + n * sizeof(uint32_t);
    }
    l.checks = align_up(at);
    l.size = l.checks + phash_segment_check_count(l.checks) * sizeof(uint32_t);
    return l;
}

void phash_segment_attach(phash_segment *segment, const uint8_t *bytes, uint32_t n, const phash_plan *plan)
{
    const phash_segment_layout l = phash_segment_lay_out(n, plan);
    uint32_t start = 0;

    segment->bytes = bytes;
    segment->n = n;
    segment->plan = *plan;
    segment->layout = l;
    segment->hashes = (const phash_hash *)(const void *)(bytes + l.hashes);
    segment->high = plan->n_bands == 0 ? bytes + l.high : NULL;
    segment->low = plan->n_bands == 0 ? bytes + l.low : NULL;
    for (uint32_t i = 0; i < plan->n_bands; i++) {
        segment->starts[i] = (uint8_t)start;
        start += plan->widths[i];
        segment->shapes[i] = phash_block_shape(n, plan->widths[i]);
        segment->blocks[i] = bytes + l.blocks[i];
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

/* A counting sort of the ids by the band's value: offsets counts the entries of each value, becomes the end of each,
 * and is counted down to the start of each while the ids are put in their places, the last first. */
static void sort_ids(uint32_t *offsets, uint32_t *ids, const phash_hash *hashes, size_t n, uint32_t start,
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

/* Pack numbers of `bits` bits from bit 32 of a block on, the first at the lowest bits. */
static void pack_block(uint8_t *block, const uint32_t *offsets, uint32_t count, uint32_t bits)
{
    const uint32_t most = (1u << bits) - 1;
    uint64_t pending = 0;
    uint32_t n_pending = 0;
    size_t at = 4;

    memset(block, 0, PHASH_BLOCK_SIZE);
    memcpy(block, &offsets[0], 4);
    for (uint32_t i = 0; i <= count; i++) {
        const uint32_t later = offsets[i] - offsets[0];
        pending |= (uint64_t)(later < most ? later : most) << n_pending;
        n_pending += bits;
        for (; n_pending >= 8; n_pending -= 8, pending >>= 8)
            block[at++] = (uint8_t)pending;
    }
    if (n_pending != 0)
        block[at] = (uint8_t)pending;
}

static void pack_blocks(uint8_t *blocks, const uint32_t *offsets, uint32_t width, uint32_t shape)
{
    const size_t n = (size_t)1 << (width - shape);
    const uint32_t count = 1u << shape;

    for (size_t i = 0; i < n; i++)
        pack_block(blocks + i * PHASH_BLOCK_SIZE, offsets + i * count, count, PHASH_BLOCK_BITS >> shape);
    memset(blocks + n * PHASH_BLOCK_SIZE, 0, PHASH_BLOCK_SIZE);
    memcpy(blocks + n * PHASH_BLOCK_SIZE, &offsets[n * count], 4);
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
        memset(bytes + l->blocks[i] - ALIGNMENT, 0, ALIGNMENT);
    }
    memset(bytes + l->checks - ALIGNMENT, 0, (size_t)(l->size - l->checks + ALIGNMENT));
}

/* offsets has room for one more than the values of the widest band. */
static void fill(uint8_t *bytes, const phash_segment *s, const phash_hash_run *runs, size_t n_runs, uint32_t *offsets)
{
    phash_hash *hashes = (phash_hash *)(void *)(bytes + s->layout.hashes);
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
        const uint32_t width = s->plan.widths[i];
        sort_ids(offsets, (uint32_t *)(void *)(bytes + s->layout.ids[i]), hashes, n, s->starts[i], width);
        pack_blocks(bytes + s->layout.blocks[i], offsets, width, s->shapes[i]);
    }
}

/* Room for a counting sort by the widest band; a byte when there is none. */
static uint32_t *new_offsets(void **storage, const phash_plan *plan, const phash_allocator *allocator)
{
    uint64_t values = 0;

    for (uint32_t i = 0; i < plan->n_bands; i++)
        if (values < (uint64_t)1 << plan->widths[i])
            values = (uint64_t)1 << plan->widths[i];
    return phash_block_new(storage, (values + 1) * sizeof(uint32_t), allocator);
}

phash_status phash_segment_build(phash_segment **out, const phash_hash_run *runs, size_t n_runs,
                                 const phash_plan *plan, uint32_t radius, const phash_allocator *allocator)
{
    uint64_t n = 0;
    void *offsets_storage = NULL;
    uint8_t *bytes = NULL;
    phash_status st = PHASH_E_NO_MEMORY;

    for (size_t i = 0; i < n_runs; i++)
        n += runs[i].n;
    phash_segment *s = phash_alloc(allocator, 1, sizeof *s);
    uint32_t *offsets = new_offsets(&offsets_storage, plan, allocator);
    if (s != NULL && offsets != NULL)
        bytes = phash_block_new(&s->storage, phash_segment_lay_out(n, plan).size, allocator);
    if (bytes != NULL) {
        s->radius = radius;
        phash_segment_attach(s, bytes, (uint32_t)n, plan);
        fill(bytes, s, runs, n_runs, offsets);
        *out = s;
        st = PHASH_OK;
    } else {
        phash_release(allocator, s);
    }
    phash_release(allocator, offsets_storage);
    return st;
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
