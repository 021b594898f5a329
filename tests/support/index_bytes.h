/* SPDX-License-Identifier: Apache-2.0 */
/* A saved index as bytes, for tests that damage it. */
#ifndef PHASH_TESTS_INDEX_BYTES_H
#define PHASH_TESTS_INDEX_BYTES_H

#include <phash/index.h>
#include <stdlib.h>
#include <string.h>

#include "index/index_handle.h"
#include "index/segment_file.h"
#include "simd/crc32c.h"
#include "util/cpu.h"

typedef struct index_bytes {
    uint8_t *data; /* from malloc */
    size_t size;
    size_t capacity;
    unsigned long left; /* pieces that can be written before one fails; 0 at the start: no end */
} index_bytes;

static inline int index_bytes_write(void *user, const uint8_t *bytes, size_t size)
{
    index_bytes *b = user;

    if (b->left != 0 && --b->left == 0)
        return -1;
    if (b->size + size > b->capacity) {
        b->capacity = 2 * (b->size + size);
        b->data = realloc(b->data, b->capacity);
        if (b->data == NULL)
            abort();
    }
    memcpy(b->data + b->size, bytes, size);
    b->size += size;
    return 0;
}

static inline void index_bytes_put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/** Make the checksums of a header and, if the sizes allow, of the pieces agree with what they stand for. */
static inline void index_bytes_mend(uint8_t *data, size_t size)
{
    phash_crc32c_kernels k;
    phash_plan plan = {0, {0}};
    uint64_t n = 0;

    phash_crc32c_kernels_init(&k, phash_cpu_flags());
    if (size < PHASH_SEGMENT_HEADER)
        return;
    index_bytes_put_u32(data + PHASH_SEGMENT_HEADER - 4, k.crc(&k, data, PHASH_SEGMENT_HEADER - 4));
    memcpy(&n, data + 16, 8);
    memcpy(&plan.n_bands, data + 36, 4);
    memcpy(plan.widths, data + 40, sizeof plan.widths);
    if (n > UINT32_MAX || !phash_plan_is_valid(&plan))
        return;
    const phash_segment_layout l = phash_segment_lay_out(n, &plan);
    if (l.size != size)
        return;
    for (uint64_t at = PHASH_SEGMENT_HEADER, i = 0; at < l.checks; at += PHASH_SEGMENT_PIECE, i++) {
        const uint64_t piece = l.checks - at < PHASH_SEGMENT_PIECE ? l.checks - at : PHASH_SEGMENT_PIECE;
        index_bytes_put_u32(data + l.checks + 4 * i, k.crc(&k, data + at, (size_t)piece));
    }
}

/** Let an index search by its tables wherever its budgets reach, whatever that costs. */
static inline void index_force_tables(const phash_index *index)
{
    phash_segment *s = index->n_segments != 0 ? index->segments[0] : NULL;

    for (uint32_t radius = 0; s != NULL && radius <= PHASH_RADIUS_MAX; radius++) {
        uint32_t reach = 0;
        for (uint32_t i = 0; i < s->plan.n_bands; i++)
            reach += (uint32_t)(s->budgets.flips[radius][i] + 1);
        s->budgets.scan[radius] = reach < radius + 1;
    }
}

#endif
