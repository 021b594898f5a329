/* SPDX-License-Identifier: Apache-2.0 */
/* Digest lists: how the bytes are cut into pieces must never change what is read, the counts must agree with what
 * there is, and every entry must be found. The first byte of the input seeds the cutting; the rest is the list. */
#include <phash/digest_list.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void note_bad(void *user, const phash_bad_row *row)
{
    uint64_t *digest = user;

    CHECK(row->line != 0 && row->reason != NULL && row->source == 0);
    *digest = *digest * UINT64_C(0x100000001b3) + row->line;
    for (const char *p = row->reason; *p != '\0'; p++)
        *digest = *digest * UINT64_C(0x100000001b3) + (uint8_t)*p;
}

static phash_digest_list *load(uint64_t *bad, phash_list_counts *counts, const uint8_t *data, size_t size,
                               uint32_t seed)
{
    phash_digest_list *list = NULL;
    const bool whole = seed == 0;
    size_t step;

    CHECK(phash_digest_list_new(&list, NULL) == PHASH_OK);
    CHECK(phash_digest_list_source_begin(list, "fuzz", note_bad, bad) == PHASH_OK);
    for (size_t at = 0; at < size; at += step) {
        seed = seed * 1664525u + 1013904223u;
        step = whole || seed % 3 == 0 ? size : 1 + (seed >> 16) % 40;
        if (step > size - at)
            step = size - at;
        uint8_t *piece = malloc(step); /* a copy of its own, so that reading past it is seen */
        CHECK(piece != NULL);
        memcpy(piece, data + at, step);
        CHECK(phash_digest_list_feed(list, piece, step) == PHASH_OK);
        free(piece);
    }
    CHECK(phash_digest_list_source_end(list, counts) == PHASH_OK && phash_digest_list_seal(list) == PHASH_OK);
    return list;
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Ask both lists about every run of digits in the text that has the length of a digest. */
static size_t ask(const phash_digest_list *a, const phash_digest_list *b, const uint8_t *data, size_t size)
{
    size_t most = 0;

    for (size_t at = 0; at + 32 <= size; at++) {
        phash_digests d = {.known = 7};
        size_t n = 0;
        for (; n < 32 && at + 2 * n + 1 < size && digit(data[at + 2 * n]) >= 0 && digit(data[at + 2 * n + 1]) >= 0; n++)
            d.sha256[n] = (uint8_t)(digit(data[at + 2 * n]) << 4 | digit(data[at + 2 * n + 1]));
        if (n < 16)
            continue;
        memcpy(d.md5, d.sha256, sizeof d.md5);
        memcpy(d.sha1, d.sha256, sizeof d.sha1);
        const size_t found = phash_digest_list_find(a, &d);
        CHECK(found == phash_digest_list_find(b, &d));
        most += found;
        for (size_t i = 0; i < found; i++) {
            phash_digest_hit x;
            phash_digest_hit y;
            CHECK(phash_digest_list_get_hit(a, &x, &d, i) == PHASH_OK);
            CHECK(phash_digest_list_get_hit(b, &y, &d, i) == PHASH_OK);
            CHECK(x.algorithm == y.algorithm && x.line == y.line && x.label_size == y.label_size);
            CHECK(memcmp(x.label, y.label, x.label_size) == 0 && x.label_size <= PHASH_LIST_ROW_MAX);
        }
    }
    return most;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first = 0;
    uint64_t second = 0;
    phash_list_counts whole;
    phash_list_counts cut;

    if (size == 0 || size > 100000)
        return 0;
    phash_digest_list *a = load(&first, &whole, data + 1, size - 1, 0);
    phash_digest_list *b = load(&second, &cut, data + 1, size - 1, 1u + data[0]);
    CHECK(memcmp(&whole, &cut, sizeof whole) == 0 && first == second);
    CHECK(whole.entries + whole.bad_rows == whole.rows && phash_digest_list_count(a) == whole.entries);
    const size_t found = ask(a, b, data + 1, size - 1);
    CHECK(whole.entries == 0 || found != 0);
    phash_digest_list_free(&a);
    phash_digest_list_free(&b);
    return 0;
}
