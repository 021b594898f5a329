/* SPDX-License-Identifier: Apache-2.0 */
/* Plain lists: how the bytes are cut into pieces must never change what is read, and the counts must agree with
 * what there is. The first byte of the input seeds the cutting; the rest is the list. */
#include <phash/list.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())

typedef struct reported {
    uint64_t n;
    uint64_t digest; /* of lines and reasons, in order */
} reported;

static void note_bad(void *user, const phash_bad_row *row)
{
    reported *r = user;

    CHECK(row->line != 0 && row->reason != NULL);
    r->n++;
    r->digest = r->digest * UINT64_C(0x100000001b3) + row->line;
    for (const char *p = row->reason; *p != '\0'; p++)
        r->digest = r->digest * UINT64_C(0x100000001b3) + (uint8_t)*p;
}

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void load(phash_list *list, reported *r, phash_list_counts *counts, const uint8_t *data, size_t size,
                 uint32_t seed)
{
    size_t step;

    CHECK(phash_list_source_begin(list, "fuzz", note_bad, r) == PHASH_OK);
    for (size_t at = 0; at < size; at += step) {
        step = seed == 0 ? size : 1 + next(&seed) % (seed % 3 == 0 ? 4 : 300);
        if (step > size - at)
            step = size - at;
        /* A copy of its own, so that reading past the piece is seen. */
        uint8_t *piece = malloc(step);
        CHECK(piece != NULL);
        memcpy(piece, data + at, step);
        CHECK(phash_list_feed(list, piece, step) == PHASH_OK);
        free(piece);
    }
    CHECK(phash_list_source_end(list, counts) == PHASH_OK);
}

static void compare(const phash_list *list, size_t n)
{
    phash_list_entry a;
    phash_list_entry b;
    uint64_t line = 0;

    for (size_t i = 0; i < n; i++) {
        CHECK(phash_list_get_entry(list, &a, i) == PHASH_OK);
        CHECK(phash_list_get_entry(list, &b, n + i) == PHASH_OK);
        CHECK(memcmp(&a.hash, &b.hash, sizeof a.hash) == 0);
        CHECK(a.label_size == b.label_size && memcmp(a.label, b.label, a.label_size) == 0);
        CHECK(a.line == b.line && a.quality == b.quality && a.variant == b.variant);
        CHECK(a.source == 0 && b.source == 1);
        CHECK(a.line >= line && a.quality >= PHASH_QUALITY_UNKNOWN && a.quality <= 100 && a.label != NULL);
        line = a.line;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    phash_list *list = NULL;
    reported first = {0, 0};
    reported second = {0, 0};
    phash_list_counts whole;
    phash_list_counts cut;

    if (size == 0)
        return 0;
    CHECK(phash_list_new(&list, NULL, NULL) == PHASH_OK);
    load(list, &first, &whole, data + 1, size - 1, 0);
    load(list, &second, &cut, data + 1, size - 1, 1u + data[0]);
    CHECK(memcmp(&whole, &cut, sizeof whole) == 0);
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK(first.n == whole.bad_rows && whole.bad_rows <= whole.rows);
    CHECK(phash_list_count(list) == 2 * whole.entries);
    compare(list, whole.entries);
    phash_list_free(&list);
    return 0;
}
