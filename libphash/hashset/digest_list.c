/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of digests: storage, the stream that fills it, and asking. */
#include "hashset/digest_row.h"
#include "util/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX ((size_t)1 << 28)
#define LABELS_MAX ((uint64_t)UINT32_MAX)
#define ITEM_MAX (PHASH_DIGEST_SHA256_SIZE + 4)

typedef struct row {
    uint64_t line;
    uint32_t label_at;
    uint32_t label_size;
    uint32_t source;
} row;

typedef struct list_source {
    uint32_t name_at; /* among the labels */
    phash_list_counts counts;
} list_source;

/* Elements that were allocated together. */
typedef struct array {
    void *data;
    size_t n;
    size_t room;
} array;

struct phash_digest_list {
    phash_allocator allocator;
    /* Of each algorithm: digest and number of the row, big-endian, so that bytes compare as they are to be sorted. */
    array items[PHASH_DIGEST_KINDS];
    array rows;
    array labels;
    array sources;
    bool open;
    bool sealed;
    bool broken;
    phash_digest_columns columns;
    phash_bad_row_fn on_bad_row;
    void *user;
    uint64_t line_number; /* of the line being gathered */
    bool too_long;
    size_t line_size;
    uint8_t line[PHASH_LIST_ROW_MAX];
};

static size_t item_size(size_t kind)
{
    return phash_digest_sizes[kind] + 4;
}

static phash_status append(phash_digest_list *list, array *a, const void *elements, size_t n, size_t size)
{
    if (n > a->room - a->n) {
        const size_t wanted = 2 * a->room > a->n + n ? 2 * a->room : a->n + n + 64;
        void *grown = phash_realloc(&list->allocator, a->data, a->room, wanted, size);
        if (grown == NULL)
            return PHASH_E_NO_MEMORY;
        a->data = grown;
        a->room = wanted;
    }
    if (n != 0)
        memcpy((uint8_t *)a->data + a->n * size, elements, n * size);
    a->n += n;
    return PHASH_OK;
}

phash_status phash_digest_list_new(phash_digest_list **out, const phash_options *options)
{
    if (out == NULL)
        return PHASH_E_ARGUMENT;
    const phash_allocator allocator = phash_allocator_from(options);
    phash_digest_list *list = phash_alloc(&allocator, 1, sizeof *list);
    if (list == NULL)
        return PHASH_E_NO_MEMORY;
    list->allocator = allocator;
    *out = list;
    return PHASH_OK;
}

void phash_digest_list_free(phash_digest_list **list)
{
    if (list == NULL || *list == NULL)
        return;
    phash_digest_list *l = *list;
    for (size_t kind = 0; kind < PHASH_DIGEST_KINDS; kind++)
        phash_release(&l->allocator, l->items[kind].data);
    phash_release(&l->allocator, l->rows.data);
    phash_release(&l->allocator, l->labels.data);
    phash_release(&l->allocator, l->sources.data);
    const phash_allocator allocator = l->allocator;
    phash_release(&allocator, l);
    *list = NULL;
}

/* Keep bytes and a 0 byte behind them. */
static phash_status keep(phash_digest_list *list, uint32_t *at, const void *bytes, size_t size)
{
    if (size + 1 > LABELS_MAX - list->labels.n)
        return PHASH_E_LIMIT;
    *at = (uint32_t)list->labels.n;
    const phash_status st = append(list, &list->labels, bytes, size, 1);
    return st == PHASH_OK ? append(list, &list->labels, "", 1, 1) : st;
}

phash_status phash_digest_list_source_begin(phash_digest_list *list, const char *name, phash_bad_row_fn on_bad_row,
                                            void *user)
{
    list_source s = {0, {0}};

    if (list == NULL || name == NULL)
        return PHASH_E_ARGUMENT;
    if (list->open || list->sealed || list->broken)
        return PHASH_E_STATE;
    phash_status st = keep(list, &s.name_at, name, strlen(name));
    if (st == PHASH_OK)
        st = append(list, &list->sources, &s, 1, sizeof s);
    memset(&list->columns, 0, sizeof list->columns);
    list->on_bad_row = on_bad_row;
    list->user = user;
    list->line_number = 1;
    list->line_size = 0;
    list->too_long = false;
    list->open = st == PHASH_OK;
    list->broken = st != PHASH_OK;
    return st;
}

static list_source *open_source(const phash_digest_list *list)
{
    return (list_source *)list->sources.data + list->sources.n - 1;
}

static phash_status add(phash_digest_list *list, const phash_digest_row *r)
{
    const uint32_t n = (uint32_t)list->rows.n;
    const size_t size = phash_digest_sizes[r->kind];
    uint8_t item[ITEM_MAX];
    row kept = {.line = list->line_number, .label_size = (uint32_t)r->label_size,
                .source = (uint32_t)list->sources.n - 1};

    if (list->rows.n >= ROWS_MAX)
        return PHASH_E_LIMIT;
    memcpy(item, r->digest, size);
    for (size_t i = 0; i < 4; i++)
        item[size + i] = (uint8_t)(n >> (24 - 8 * i));
    phash_status st = keep(list, &kept.label_at, r->label, r->label_size);
    if (st == PHASH_OK)
        st = append(list, &list->rows, &kept, 1, sizeof kept);
    if (st == PHASH_OK)
        st = append(list, &list->items[r->kind], item, 1, item_size(r->kind));
    if (st == PHASH_OK)
        open_source(list)->counts.entries++;
    return st;
}

static void report(phash_digest_list *list, const char *reason)
{
    const phash_bad_row bad = {(uint32_t)list->sources.n - 1, list->line_number, reason};

    open_source(list)->counts.bad_rows++;
    if (list->on_bad_row != NULL)
        list->on_bad_row(list->user, &bad);
}

/* The line that was gathered is whole. */
static phash_status take_line(phash_digest_list *list)
{
    phash_list_counts *counts = &open_source(list)->counts;
    phash_digest_row r;
    phash_status st = PHASH_OK;
    uint8_t *line = list->line;

    if (list->line_number == 1 && list->line_size >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3; /* the byte order mark of UTF-8 */
        list->line_size -= 3;
    }
    const phash_digest_row_kind kind =
        list->too_long ? PHASH_DIGEST_ROW_BAD
                       : phash_digest_row_read(&r, &list->columns, line, list->line_size, counts->rows == 0);
    if (kind == PHASH_DIGEST_ROW_ENTRY)
        st = add(list, &r);
    else if (kind == PHASH_DIGEST_ROW_BAD)
        report(list, list->too_long ? "longer than 65,536 bytes" : r.reason);
    counts->rows += kind == PHASH_DIGEST_ROW_ENTRY || kind == PHASH_DIGEST_ROW_BAD;
    counts->ignored += kind == PHASH_DIGEST_ROW_HEADER || kind == PHASH_DIGEST_ROW_IGNORED;
    list->line_number++;
    list->line_size = 0;
    list->too_long = false;
    return st;
}

phash_status phash_digest_list_feed(phash_digest_list *list, const uint8_t *bytes, size_t size)
{
    if (list == NULL || (bytes == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    if (!list->open || list->broken)
        return PHASH_E_STATE;
    while (size != 0) {
        const uint8_t *end = memchr(bytes, '\n', size);
        const size_t n = end != NULL ? (size_t)(end - bytes) : size;
        const size_t room = sizeof list->line - list->line_size;
        list->too_long = list->too_long || n > room;
        memcpy(list->line + list->line_size, bytes, n < room ? n : room);
        list->line_size += n < room ? n : room;
        const phash_status st = end != NULL ? take_line(list) : PHASH_OK;
        if (st != PHASH_OK) {
            list->broken = true;
            return st;
        }
        bytes += n + (end != NULL);
        size -= n + (end != NULL);
    }
    return PHASH_OK;
}

phash_status phash_digest_list_source_end(phash_digest_list *list, phash_list_counts *counts)
{
    if (list == NULL)
        return PHASH_E_ARGUMENT;
    if (!list->open || list->broken)
        return PHASH_E_STATE;
    if (list->line_size != 0 || list->too_long) {
        const phash_status st = take_line(list);
        if (st != PHASH_OK) {
            list->broken = true;
            return st;
        }
    }
    list->open = false;
    if (counts != NULL)
        *counts = open_source(list)->counts;
    return PHASH_OK;
}

static int by_md5(const void *a, const void *b)
{
    return memcmp(a, b, PHASH_DIGEST_MD5_SIZE + 4);
}

static int by_sha1(const void *a, const void *b)
{
    return memcmp(a, b, PHASH_DIGEST_SHA1_SIZE + 4);
}

static int by_sha256(const void *a, const void *b)
{
    return memcmp(a, b, PHASH_DIGEST_SHA256_SIZE + 4);
}

phash_status phash_digest_list_seal(phash_digest_list *list)
{
    static int (*const compare[PHASH_DIGEST_KINDS])(const void *, const void *) = {by_md5, by_sha1, by_sha256};

    if (list == NULL)
        return PHASH_E_ARGUMENT;
    if (list->open || list->broken)
        return PHASH_E_STATE;
    for (size_t kind = 0; kind < PHASH_DIGEST_KINDS && !list->sealed; kind++)
        if (list->items[kind].n != 0)
            qsort(list->items[kind].data, list->items[kind].n, item_size(kind), compare[kind]);
    list->sealed = true;
    return PHASH_OK;
}

size_t phash_digest_list_count(const phash_digest_list *list)
{
    return list != NULL ? list->rows.n : 0;
}

uint32_t phash_digest_list_algorithms(const phash_digest_list *list)
{
    uint32_t algorithms = 0;

    for (uint32_t kind = 0; list != NULL && kind < PHASH_DIGEST_KINDS; kind++)
        algorithms |= list->items[kind].n != 0 ? 1u << kind : 0;
    return algorithms;
}

uint32_t phash_digest_list_source_count(const phash_digest_list *list)
{
    return list != NULL ? (uint32_t)list->sources.n : 0;
}

const char *phash_digest_list_source_name(const phash_digest_list *list, uint32_t source)
{
    if (source >= phash_digest_list_source_count(list))
        return NULL;
    return (const char *)list->labels.data + ((const list_source *)list->sources.data)[source].name_at;
}

/* The first item that is not before a digest (followed, to find its end, by the number after the last). */
static size_t lower_bound(const phash_digest_list *list, size_t kind, const uint8_t *key, size_t key_size)
{
    const uint8_t *items = list->items[kind].data;
    size_t low = 0;
    size_t high = list->items[kind].n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(items + middle * item_size(kind), key, key_size) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The items that are equal to a digest: where they begin, and how many. */
static size_t range(const phash_digest_list *list, size_t kind, const phash_digests *digests, size_t *first)
{
    const uint8_t *const values[PHASH_DIGEST_KINDS] = {digests->md5, digests->sha1, digests->sha256};
    uint8_t key[ITEM_MAX];
    const size_t size = phash_digest_sizes[kind];

    if (!list->sealed || (digests->known >> kind & 1) == 0)
        return 0;
    memcpy(key, values[kind], size);
    memset(key + size, 0xff, 4); /* row numbers stay below */
    *first = lower_bound(list, kind, key, size);
    return lower_bound(list, kind, key, size + 4) - *first;
}

size_t phash_digest_list_find(const phash_digest_list *list, const phash_digests *digests)
{
    size_t found = 0;
    size_t first;

    for (size_t kind = 0; list != NULL && digests != NULL && kind < PHASH_DIGEST_KINDS; kind++)
        found += range(list, kind, digests, &first);
    return found;
}

phash_status phash_digest_list_get_hit(const phash_digest_list *list, phash_digest_hit *hit,
                                       const phash_digests *digests, size_t index)
{
    if (list == NULL || hit == NULL || digests == NULL)
        return PHASH_E_ARGUMENT;
    for (size_t kind = PHASH_DIGEST_KINDS; kind-- > 0;) {
        size_t first = 0;
        const size_t n = range(list, kind, digests, &first);
        if (index >= n) {
            index -= n;
            continue;
        }
        const uint8_t *number =
            (const uint8_t *)list->items[kind].data + (first + index) * item_size(kind) + phash_digest_sizes[kind];
        const row *r = (const row *)list->rows.data +
                       ((uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 | (uint32_t)number[2] << 8 | number[3]);
        *hit = (phash_digest_hit){1u << kind, r->source, r->line, (const uint8_t *)list->labels.data + r->label_at,
                                  r->label_size};
        return PHASH_OK;
    }
    return PHASH_E_ARGUMENT;
}

const char *phash_digest_name(uint32_t algorithm)
{
    switch (algorithm) {
    case PHASH_DIGEST_MD5: return "md5";
    case PHASH_DIGEST_SHA1: return "sha1";
    case PHASH_DIGEST_SHA256: return "sha256";
    default: return "unknown";
    }
}
