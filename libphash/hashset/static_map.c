/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/static_map.h"

#include "util/bytes.h"

#include <string.h>

/* Least n for which segments of 2^(i + 2) cells are best: 2.91^(i + 2.5), rounded up (Graf and Lemire, section 4, for
 * four segments; their 2.91^(log + 0.5) turned round). Below the first the shortest segments serve. */
static const uint32_t log_from[] = {15,    43,     123,    356,     1036,    3015,     8772,     25527,    74281,
                                    216158, 629017, 1830440, 5326579, 15500344, 45106001, 131258461, 381962121};

/* Cells for 1000 keys when there are 2^i .. 2^(i+1) - 1 of them: max(1.075, 0.77 + 0.305 ln 600000 / ln 2^i) as in the
 * same place; from 2^20 on 1.075. */
static const uint16_t cells_per_mille[] = {6624, 6624, 3697, 2721, 2234, 1941, 1746, 1607, 1502, 1421, 1356,
                                           1303, 1258, 1221, 1189, 1161, 1137, 1115, 1096, 1079, 1075};

phash_map_shape phash_map_shape_for(uint64_t n)
{
    const size_t last = sizeof cells_per_mille / sizeof *cells_per_mille - 1;
    phash_map_shape shape = {PHASH_MAP_LOG_MIN, 1};
    size_t bits = 0;

    for (size_t i = 1; i < sizeof log_from / sizeof *log_from && n >= log_from[i]; i++)
        shape.log = PHASH_MAP_LOG_MIN + (uint32_t)i;
    while (n >> (bits + 1) != 0)
        bits++;
    uint64_t cells = (n * cells_per_mille[bits < last ? bits : last] + 999) / 1000;
    uint64_t segments = (cells + ((uint64_t)1 << shape.log) - 1) >> shape.log;
    if (segments > PHASH_MAP_ARITY)
        shape.starts = (uint32_t)(segments - (PHASH_MAP_ARITY - 1));
    return shape;
}

/* The finaliser of MurmurHash3: each bit of x moves every bit of the result. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ (x >> 33);
}

void phash_map_cells_of(uint64_t out[PHASH_MAP_ARITY], const phash_map_shape *shape, uint32_t seed,
                        const uint8_t key[PHASH_MAP_KEY_SIZE])
{
    phash_reader r = phash_reader_init(key, PHASH_MAP_KEY_SIZE);
    const uint64_t step = seed * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio: seeds far apart */
    const uint64_t first = mix(phash_read_u64le(&r) + step);
    const uint64_t rest = mix(phash_read_u64le(&r) + step);
    const uint64_t length = (uint64_t)1 << shape->log;
    const uint64_t mask = length - 1;
    const uint64_t range = (uint64_t)shape->starts << shape->log; /* below 2^32: see manifest.c */

    /* The high half of first * range: evenly spread over the range. */
    out[0] = ((first >> 32) * range + ((first & 0xffffffff) * range >> 32)) >> 32;
    /* Within a segment any place may follow: the XOR stays inside it. */
    out[1] = (out[0] + length) ^ (rest & mask);
    out[2] = (out[0] + 2 * length) ^ (rest >> 21 & mask);
    out[3] = (out[0] + 3 * length) ^ (rest >> 42 & mask);
}

phash_status phash_map_scratch_init(phash_map_scratch *s, const phash_map_shape *shape, size_t n,
                                    const phash_allocator *allocator)
{
    *s = (phash_map_scratch){.allocator = *allocator, .cells = (size_t)phash_map_cells(shape), .n = n};
    s->degree = phash_alloc(allocator, s->cells, sizeof *s->degree);
    s->joined = phash_alloc(allocator, s->cells, sizeof *s->joined);
    s->queue = phash_alloc(allocator, s->cells, sizeof *s->queue);
    s->order = phash_alloc(allocator, n, sizeof *s->order);
    s->place = phash_alloc(allocator, n, sizeof *s->place);
    if (s->degree != NULL && s->joined != NULL && s->queue != NULL && s->order != NULL && s->place != NULL)
        return PHASH_OK;
    phash_map_scratch_clear(s);
    return PHASH_E_NO_MEMORY;
}

void phash_map_scratch_clear(phash_map_scratch *s)
{
    phash_release_secret(&s->allocator, s->degree, s->cells * sizeof *s->degree);
    phash_release_secret(&s->allocator, s->joined, s->cells * sizeof *s->joined);
    phash_release_secret(&s->allocator, s->queue, s->cells * sizeof *s->queue);
    phash_release_secret(&s->allocator, s->order, s->n * sizeof *s->order);
    phash_release_secret(&s->allocator, s->place, s->n * sizeof *s->place);
    memset(s, 0, sizeof *s);
}

/* Note in each cell which keys use it; false when some cell has more than can be counted. */
static bool count_keys(phash_map_scratch *s, const phash_map_shape *shape, uint32_t seed, const uint8_t *slots,
                       size_t stride)
{
    uint64_t cells[PHASH_MAP_ARITY];

    memset(s->degree, 0, s->cells * sizeof *s->degree);
    memset(s->joined, 0, s->cells * sizeof *s->joined);
    for (size_t i = 0; i < s->n; i++) {
        phash_map_cells_of(cells, shape, seed, slots + i * stride);
        for (size_t c = 0; c < PHASH_MAP_ARITY; c++) {
            if (s->degree[cells[c]] == UINT8_MAX)
                return false;
            s->degree[cells[c]]++;
            s->joined[cells[c]] ^= (uint32_t)i;
        }
    }
    return true;
}

/* Take out key after key that alone uses some cell: the last one taken can be stored first, and each of the others
 * then still has a cell of its own. True when all could be taken. */
static bool peel(phash_map_scratch *s, const phash_map_shape *shape, uint32_t seed, const uint8_t *slots, size_t stride)
{
    uint64_t cells[PHASH_MAP_ARITY];
    size_t queued = 0;
    size_t peeled = 0;

    if (!count_keys(s, shape, seed, slots, stride))
        return false;
    for (size_t c = 0; c < s->cells; c++)
        if (s->degree[c] == 1)
            s->queue[queued++] = (uint32_t)c;
    for (size_t at = 0; at < queued; at++) { /* a cell comes to be alone at most once: the queue has room */
        const uint32_t alone = s->queue[at];
        if (s->degree[alone] != 1)
            continue; /* its key went with another cell */
        const uint32_t key = s->joined[alone];
        phash_map_cells_of(cells, shape, seed, slots + key * stride);
        for (size_t c = 0; c < PHASH_MAP_ARITY; c++) {
            if (cells[c] == alone)
                s->place[peeled] = (uint8_t)c;
            s->joined[cells[c]] ^= key;
            if (--s->degree[cells[c]] == 1)
                s->queue[queued++] = (uint32_t)cells[c];
        }
        s->order[peeled++] = key;
    }
    return peeled == s->n;
}

/* In reverse order of peeling: no later key uses the cell that is set. */
static void assign(uint8_t *cells, const phash_map_scratch *s, const phash_map_shape *shape, uint32_t seed,
                   const uint8_t *slots, size_t stride, uint32_t value_size)
{
    uint64_t own[PHASH_MAP_ARITY];

    for (size_t i = s->n; i-- > 0;) {
        const uint8_t *slot = slots + s->order[i] * stride;
        phash_map_cells_of(own, shape, seed, slot);
        uint8_t *out = cells + own[s->place[i]] * value_size;
        memcpy(out, slot + PHASH_MAP_KEY_SIZE, value_size);
        for (size_t c = 0; c < PHASH_MAP_ARITY; c++) {
            if (c == s->place[i])
                continue;
            const uint8_t *other = cells + own[c] * value_size;
            for (uint32_t b = 0; b < value_size; b++)
                out[b] ^= other[b];
        }
    }
}

phash_status phash_map_solve(uint8_t *cells, uint32_t *seed, phash_map_scratch *s, const phash_map_shape *shape,
                             const uint8_t *slots, size_t stride, uint32_t value_size)
{
    for (uint32_t try = 0; try < PHASH_MAP_SEEDS; try++) {
        if (!peel(s, shape, try, slots, stride))
            continue;
        assign(cells, s, shape, try, slots, stride, value_size);
        *seed = try;
        return PHASH_OK;
    }
    return PHASH_E_INTERNAL;
}
