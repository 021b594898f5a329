/* SPDX-License-Identifier: Apache-2.0 */
/* Plain lists: the storage behind phash_list and the stream that fills it. */
#include "hashset/list_record.h"
#include "hashset/list_rows.h"
#include "util/mem.h"

#include <string.h>

#define BLOCK_FIRST ((size_t)4096)
#define BLOCK_LARGEST ((size_t)1 << 20)
#define ENTRIES_FIRST ((size_t)64)

/* Labels lie in blocks that never move, so that entries can point at them. */
typedef struct block {
    struct block *previous;
    size_t size; /* of bytes */
    size_t used;
    uint8_t bytes[];
} block;

/* An entry without its hash; the hashes have an array of their own, for the index to copy. */
typedef struct entry {
    const uint8_t *label;
    uint64_t line;
    uint32_t label_size;
    uint32_t source;
    int8_t quality;
    uint8_t variant;
} entry;

typedef struct list_source {
    const char *name; /* among the labels */
    phash_list_counts counts;
} list_source;

/* Where the list stood before the open source. */
typedef struct mark {
    size_t count;
    const block *block;
    size_t block_used;
} mark;

struct phash_list {
    phash_allocator allocator;
    phash_list_limits limits;
    uint64_t memory; /* bytes held */
    phash_hash *hashes;
    entry *entries;
    size_t count;
    size_t hashes_room;
    size_t entries_room;
    block *labels; /* the newest */
    list_source *sources;
    uint32_t source_count;
    size_t sources_room;

    bool open;
    mark mark;
    phash_list_columns columns;
    phash_rows rows; /* its window is allocated while a source is open */
    phash_bad_row_fn on_bad_row;
    void *user;
};

static phash_list_limits resolve(const phash_list_limits *given)
{
    phash_list_limits l = {sizeof l, 0, 0};

    if (given != NULL)
        l = *given;
    if (l.max_entries == 0)
        l.max_entries = (uint64_t)64 << 20;
    if (l.max_entries > UINT32_MAX - 1)
        l.max_entries = UINT32_MAX - 1;
    if (l.max_memory == 0)
        l.max_memory = (uint64_t)16 << 30;
    return l;
}

phash_status phash_list_new(phash_list **out, const phash_list_limits *limits, const phash_options *options)
{
    if (out == NULL || (limits != NULL && limits->struct_size < sizeof *limits))
        return PHASH_E_ARGUMENT;
    phash_allocator allocator = phash_allocator_from(options);
    phash_list *list = phash_alloc(&allocator, 1, sizeof *list);
    if (list == NULL)
        return PHASH_E_NO_MEMORY;
    list->allocator = allocator;
    list->limits = resolve(limits);
    list->memory = sizeof *list;
    *out = list;
    return PHASH_OK;
}

static void free_newest_block(phash_list *list)
{
    block *newest = list->labels;

    list->labels = newest->previous;
    list->memory -= sizeof *newest + newest->size;
    phash_release(&list->allocator, newest);
}

void phash_list_free(phash_list **list)
{
    if (list == NULL || *list == NULL)
        return;
    phash_list *l = *list;
    phash_list_source_cancel(l);
    while (l->labels != NULL)
        free_newest_block(l);
    phash_release(&l->allocator, l->hashes);
    phash_release(&l->allocator, l->entries);
    phash_release(&l->allocator, l->sources);
    phash_allocator allocator = l->allocator;
    phash_release(&allocator, l);
    *list = NULL;
}

/* May size more bytes be held? */
static bool has_room(const phash_list *list, uint64_t size)
{
    return list->memory <= list->limits.max_memory && size <= list->limits.max_memory - list->memory;
}

/* Make room for one more element behind count of them. */
static phash_status grow(phash_list *list, void **array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return PHASH_OK;
    if (*room > SIZE_MAX / 2 / size)
        return PHASH_E_NO_MEMORY;
    size_t wanted = *room == 0 ? ENTRIES_FIRST : 2 * *room;
    if (!has_room(list, (uint64_t)wanted * size)) /* while growing both arrays are held */
        return PHASH_E_LIMIT;
    void *larger = phash_realloc(&list->allocator, *array, *room, wanted, size);
    if (larger == NULL)
        return PHASH_E_NO_MEMORY;
    list->memory += (uint64_t)(wanted - *room) * size;
    *array = larger;
    *room = wanted;
    return PHASH_OK;
}

/* Copy bytes, and a 0 byte behind them, to where they stay. */
static phash_status keep(phash_list *list, const uint8_t **out, const uint8_t *bytes, size_t size)
{
    block *b = list->labels;

    if (b == NULL || b->size - b->used < size + 1) {
        size_t wanted = b == NULL ? BLOCK_FIRST : b->size < BLOCK_LARGEST ? 2 * b->size : BLOCK_LARGEST;
        if (wanted < size + 1)
            wanted = size + 1;
        if (!has_room(list, sizeof *b + wanted))
            return PHASH_E_LIMIT;
        b = phash_alloc(&list->allocator, 1, sizeof *b + wanted);
        if (b == NULL)
            return PHASH_E_NO_MEMORY;
        b->previous = list->labels;
        b->size = wanted;
        list->labels = b;
        list->memory += sizeof *b + wanted;
    }
    uint8_t *at = b->bytes + b->used;
    if (size != 0)
        memcpy(at, bytes, size);
    at[size] = 0;
    b->used += size + 1;
    *out = at;
    return PHASH_OK;
}

static void release_window(phash_list *list)
{
    phash_release(&list->allocator, list->rows.window);
    list->rows.window = NULL;
    list->memory -= PHASH_ROWS_WINDOW;
    list->open = false;
}

/* Take back what the source added; the arrays keep their size. */
static void roll_back(phash_list *list)
{
    list->count = list->mark.count;
    while (list->labels != list->mark.block)
        free_newest_block(list);
    if (list->labels != NULL)
        list->labels->used = list->mark.block_used;
}

void phash_list_source_cancel(phash_list *list)
{
    if (list == NULL || !list->open)
        return;
    roll_back(list);
    list->source_count--;
    release_window(list);
}

phash_status phash_list_source_begin(phash_list *list, const char *name, phash_bad_row_fn on_bad_row, void *user)
{
    const uint8_t *copy = NULL;
    void *array;

    if (list == NULL || name == NULL)
        return PHASH_E_ARGUMENT;
    if (list->open)
        return PHASH_E_STATE;
    if (!has_room(list, PHASH_ROWS_WINDOW) || list->source_count == UINT32_MAX - 1 || strlen(name) > UINT32_MAX / 2)
        return PHASH_E_LIMIT;
    array = list->sources;
    phash_status st = grow(list, &array, &list->sources_room, list->source_count, sizeof *list->sources);
    list->sources = array;
    if (st != PHASH_OK)
        return st;
    uint8_t *window = phash_alloc(&list->allocator, 1, PHASH_ROWS_WINDOW);
    if (window == NULL)
        return PHASH_E_NO_MEMORY;
    const mark now = {list->count, list->labels, list->labels != NULL ? list->labels->used : 0};
    list->mark = now;
    st = keep(list, &copy, (const uint8_t *)name, strlen(name));
    if (st != PHASH_OK) {
        phash_release(&list->allocator, window);
        return st;
    }
    memset(&list->sources[list->source_count], 0, sizeof *list->sources);
    list->sources[list->source_count++].name = (const char *)copy;
    list->memory += PHASH_ROWS_WINDOW;
    memset(&list->columns, 0, sizeof list->columns);
    phash_rows_init(&list->rows, window);
    list->on_bad_row = on_bad_row;
    list->user = user;
    list->open = true;
    return PHASH_OK;
}

static phash_list_counts *open_counts(phash_list *list)
{
    return &list->sources[list->source_count - 1].counts;
}

static phash_status add_entry(phash_list *list, const phash_hash *hash, const entry *e)
{
    void *array = list->hashes;

    if (list->count >= list->limits.max_entries)
        return PHASH_E_LIMIT;
    phash_status st = grow(list, &array, &list->hashes_room, list->count, sizeof *list->hashes);
    list->hashes = array;
    if (st != PHASH_OK)
        return st;
    array = list->entries;
    st = grow(list, &array, &list->entries_room, list->count, sizeof *list->entries);
    list->entries = array;
    if (st != PHASH_OK)
        return st;
    list->hashes[list->count] = *hash;
    list->entries[list->count++] = *e;
    open_counts(list)->entries++;
    return PHASH_OK;
}

static phash_status add_record(phash_list *list, const phash_list_record *record, uint64_t line)
{
    entry e = {NULL, line, (uint32_t)record->label_size, list->source_count - 1, (int8_t)record->quality, 0};
    phash_status st = keep(list, &e.label, record->label, record->label_size);

    for (uint32_t i = 0; i < record->n && st == PHASH_OK; i++) {
        e.variant = (uint8_t)i;
        st = add_entry(list, &record->hashes[i], &e);
    }
    open_counts(list)->rows++;
    return st;
}

static void report(phash_list *list, uint64_t line, const char *reason)
{
    const phash_bad_row bad = {list->source_count - 1, line, reason};

    open_counts(list)->rows++;
    open_counts(list)->bad_rows++;
    if (list->on_bad_row != NULL)
        list->on_bad_row(list->user, &bad);
}

/* A header comes first, or again where files were joined. Elsewhere a bad row that happens to consist of such
 * words must not change how the rest is read. */
static bool is_header(phash_list *list, const phash_row *row)
{
    phash_list_columns c;

    if (!phash_list_header_read(&c, row->text, row->size))
        return false;
    if (list->columns.n != 0)
        return memcmp(&c, &list->columns, sizeof c) == 0;
    if (open_counts(list)->rows != 0)
        return false;
    list->columns = c;
    return true;
}

static phash_status read_row(phash_list *list, const phash_row *row)
{
    phash_list_record record;
    const char *reason = phash_list_record_read(&record, &list->columns, row->text, row->size);

    if (reason == NULL)
        return add_record(list, &record, row->line);
    if (is_header(list, row))
        open_counts(list)->ignored++;
    else
        report(list, row->line, reason);
    return PHASH_OK;
}

static phash_status drain(phash_list *list, bool last)
{
    phash_row row;
    phash_row_kind kind;
    phash_status st = PHASH_OK;

    while (st == PHASH_OK && (kind = phash_rows_next(&list->rows, &row, last)) != PHASH_ROW_NONE) {
        if (kind == PHASH_ROW_TEXT)
            st = read_row(list, &row);
        else if (kind == PHASH_ROW_BAD)
            report(list, row.line, row.reason);
        else
            open_counts(list)->ignored++;
    }
    if (st != PHASH_OK)
        phash_list_source_cancel(list);
    return st;
}

phash_status phash_list_feed(phash_list *list, const uint8_t *bytes, size_t size)
{
    if (list == NULL || (bytes == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    if (!list->open)
        return PHASH_E_STATE;
    while (size != 0) {
        size_t n = phash_rows_put(&list->rows, bytes, size);
        phash_status st = drain(list, false);
        if (st != PHASH_OK)
            return st;
        bytes += n;
        size -= n;
    }
    return PHASH_OK;
}

phash_status phash_list_add(phash_list *list, const phash_hash *hash, const uint8_t *label, size_t label_size,
                            int32_t quality)
{
    phash_list_record record = {.n = 1, .quality = quality, .label = label, .label_size = label_size};

    if (list == NULL || hash == NULL || (label == NULL && label_size != 0) || label_size > PHASH_LIST_ROW_MAX ||
        quality < PHASH_QUALITY_UNKNOWN || quality > 100)
        return PHASH_E_ARGUMENT;
    if (!list->open)
        return PHASH_E_STATE;
    record.hashes[0] = *hash;
    phash_status st = add_record(list, &record, 0);
    if (st != PHASH_OK)
        phash_list_source_cancel(list);
    return st;
}

phash_status phash_list_source_end(phash_list *list, phash_list_counts *counts)
{
    if (list == NULL)
        return PHASH_E_ARGUMENT;
    if (!list->open)
        return PHASH_E_STATE;
    phash_status st = drain(list, true);
    if (st != PHASH_OK)
        return st;
    release_window(list);
    if (counts != NULL)
        *counts = *open_counts(list);
    return PHASH_OK;
}

size_t phash_list_count(const phash_list *list)
{
    return list != NULL ? list->count : 0;
}

const phash_hash *phash_list_hashes(const phash_list *list)
{
    return list != NULL && list->count != 0 ? list->hashes : NULL;
}

phash_status phash_list_get_entry(const phash_list *list, phash_list_entry *out, size_t index)
{
    if (list == NULL || out == NULL || index >= list->count)
        return PHASH_E_ARGUMENT;
    const entry *e = &list->entries[index];
    const phash_list_entry given = {
        .hash = list->hashes[index],
        .label = e->label,
        .label_size = e->label_size,
        .line = e->line,
        .source = e->source,
        .quality = e->quality,
        .variant = e->variant,
    };
    *out = given;
    return PHASH_OK;
}

uint32_t phash_list_source_count(const phash_list *list)
{
    return list != NULL ? list->source_count : 0;
}

int phash_list_is_open(const phash_list *list)
{
    return list != NULL && list->open;
}

const char *phash_list_source_name(const phash_list *list, uint32_t source)
{
    return list != NULL && source < list->source_count ? list->sources[source].name : NULL;
}

phash_status phash_list_get_counts(const phash_list *list, phash_list_counts *out, uint32_t source)
{
    if (list == NULL || out == NULL || source >= list->source_count)
        return PHASH_E_ARGUMENT;
    *out = list->sources[source].counts;
    return PHASH_OK;
}
