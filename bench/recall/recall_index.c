/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* getline, strdup */
#include "recall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Names go into tables and JSON as they are. */
static bool harmless(const char *text)
{
    if (text[0] == '\0')
        return false;
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~' || *text == '"' || *text == '\\')
            return false;
    return true;
}

/* Cut a line at its tabs. False unless it has n harmless fields. */
static bool cut(char *line, char **fields, size_t n)
{
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < n; i++) {
        fields[i] = line;
        char *tab = strchr(line, '\t');
        if ((tab == NULL) != (i == n - 1))
            return false;
        if (tab != NULL) {
            *tab = '\0';
            line = tab + 1;
        }
        if (!harmless(fields[i]))
            return false;
    }
    return true;
}

/* One more zeroed element, doubling the room at powers of two. */
static void *grow(void *array, size_t n, size_t size)
{
    if (n != 0 && (n & (n - 1)) != 0)
        return array;
    return realloc(array, (n != 0 ? 2 * n : 1) * size);
}

static size_t find_photo(const recall_index *index, const char *name)
{
    size_t i = 0;

    while (i < index->n_photos && strcmp(index->photos[i].name, name) != 0)
        i++;
    return i;
}

static bool add_original(recall_index *index, char **field)
{
    const size_t n = index->n_photos;
    recall_photo *photos = grow(index->photos, n, sizeof *photos);
    recall_item *originals;

    if (photos == NULL)
        return false;
    index->photos = photos;
    originals = grow(index->originals, n, sizeof *originals);
    if (originals == NULL)
        return false;
    index->originals = originals;
    photos[n] = (recall_photo){.name = strdup(field[2])};
    originals[n] = (recall_item){.path = strdup(field[3]), .photo = n};
    index->n_photos = n + 1;
    return photos[n].name != NULL && originals[n].path != NULL;
}

static bool add_edited(recall_index *index, char **field, size_t photo)
{
    recall_edit *edits = index->edits;
    recall_item *items = grow(index->items, index->n_items, sizeof *items);

    if (items == NULL)
        return false;
    index->items = items;
    if (index->n_edits == 0 || strcmp(edits[index->n_edits - 1].name, field[0]) != 0) {
        edits = grow(edits, index->n_edits, sizeof *edits);
        if (edits == NULL)
            return false;
        index->edits = edits;
        edits[index->n_edits++] = (recall_edit){strdup(field[0]), strdup(field[1]), index->n_items, 0};
    }
    recall_edit *edit = &edits[index->n_edits - 1];
    edit->n++;
    items[index->n_items] =
        (recall_item){.path = strdup(field[3]), .photo = photo, .edit = index->n_edits - 1};
    return edit->name != NULL && edit->group != NULL && items[index->n_items++].path != NULL;
}

static bool add_line(recall_index *index, char *line, size_t number)
{
    char *field[4];

    if (!cut(line, field, 4)) {
        fprintf(stderr, "bench-recall: index.tsv:%zu: not four plain fields; run edits.py again\n", number);
        return false;
    }
    bool original = strcmp(field[0], "original") == 0;
    size_t photo = find_photo(index, field[2]);
    if (original != (photo == index->n_photos)) {
        fprintf(stderr, "bench-recall: index.tsv:%zu: originals come first, once each\n", number);
        return false;
    }
    if (original ? add_original(index, field) : add_edited(index, field, photo))
        return true;
    fprintf(stderr, "bench-recall: out of memory\n");
    return false;
}

static FILE *open_for_reading(const char *path)
{
    FILE *in = fopen(path, "r");

    if (in == NULL)
        fprintf(stderr, "bench-recall: %s: %s\n", path, strerror(errno));
    return in;
}

bool recall_index_read(recall_index *index, const char *work)
{
    char path[4096];
    char *line = NULL;
    size_t room = 0, number = 0;
    bool good = true;

    memset(index, 0, sizeof *index);
    snprintf(path, sizeof path, "%s/index.tsv", work);
    FILE *in = open_for_reading(path);
    if (in == NULL)
        return false;
    while (good && getline(&line, &room, in) >= 0)
        good = add_line(index, line, ++number);
    free(line);
    fclose(in);
    if (good && (index->n_photos == 0 || index->n_items == 0)) {
        fprintf(stderr, "bench-recall: %s: no originals or no edited pictures\n", path);
        good = false;
    }
    const size_t n = index->n_photos;
    if (good) {
        index->same = calloc(n, n);
        good = index->same != NULL;
    }
    for (size_t i = 0; good && i < n; i++)
        index->same[i * n + i] = 1;
    return good;
}

bool recall_index_read_same(recall_index *index, const char *path)
{
    const size_t n = index->n_photos;
    char *line = NULL;
    size_t room = 0, number = 0;
    bool good = true;
    FILE *in = open_for_reading(path);

    if (in == NULL)
        return false;
    while (good && getline(&line, &room, in) >= 0) {
        char *field[2];
        number++;
        if (line[0] == '#' || line[0] == '\n')
            continue;
        size_t a = n, b = n;
        if (cut(line, field, 2)) {
            a = find_photo(index, field[0]);
            b = find_photo(index, field[1]);
        }
        good = a < n && b < n;
        if (good)
            index->same[a * n + b] = index->same[b * n + a] = 1;
        else
            fprintf(stderr, "bench-recall: %s:%zu: not two names of photos with a tab between\n", path, number);
    }
    free(line);
    fclose(in);
    return good;
}

void recall_index_free(recall_index *index)
{
    for (size_t i = 0; i < index->n_photos; i++) {
        free(index->photos[i].name);
        free(index->photos[i].views);
        free(index->originals[i].path);
    }
    for (size_t i = 0; i < index->n_edits; i++) {
        free(index->edits[i].name);
        free(index->edits[i].group);
    }
    for (size_t i = 0; i < index->n_items; i++)
        free(index->items[i].path);
    free(index->photos);
    free(index->originals);
    free(index->edits);
    free(index->items);
    free(index->same);
    memset(index, 0, sizeof *index);
}
