/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "lists/lists.h"

#include "cli/cli.h"
#include "cli/file_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BAD_ROWS_SHOWN 10

typedef struct bad_row_counter {
    const char *path;
    uint64_t n;
} bad_row_counter;

static void tell_bad_row(void *user, const phash_bad_row *row)
{
    bad_row_counter *c = user;

    if (c->n < BAD_ROWS_SHOWN)
        say("%s, line %" PRIu64 ": %s", c->path, row->line, row->reason);
    c->n++;
}

static phash_status feed_file(phash_list *list, FILE *stream)
{
    uint8_t piece[65536];
    phash_status st = PHASH_OK;
    size_t n;

    while (st == PHASH_OK && (n = fread(piece, 1, sizeof piece, stream)) != 0)
        st = phash_list_feed(list, piece, n);
    if (st == PHASH_OK && ferror(stream) != 0) {
        phash_list_source_cancel(list);
        st = PHASH_E_IO;
    }
    return st;
}

bool lists_read(phash_list *list, const char *path, const char *name, uint64_t *bad_rows)
{
    bad_row_counter counter = {path, 0};
    phash_list_counts counts = {0};
    FILE *stream = fopen(path, "rb");

    if (stream == NULL) {
        say("%s: cannot open: %s", path, strerror(errno));
        return false;
    }
    phash_status st = phash_list_source_begin(list, name, tell_bad_row, &counter);
    if (st == PHASH_OK)
        st = feed_file(list, stream);
    int error = errno;
    fclose(stream);
    if (st == PHASH_OK)
        st = phash_list_source_end(list, &counts);
    if (st != PHASH_OK) {
        say("%s: cannot read: %s", path, st == PHASH_E_IO ? strerror(error) : phash_status_string(st));
        return false;
    }
    if (counter.n > BAD_ROWS_SHOWN)
        say("%s: %" PRIu64 " more rows like these", path, counter.n - BAD_ROWS_SHOWN);
    if (counter.n != 0)
        say("%s: %" PRIu64 " of %" PRIu64 " rows could not be read and are left out", path, counter.n, counts.rows);
    *bad_rows += counter.n;
    if (counts.entries == 0) {
        say("%s: no PDQ hash in it; a list has one a line, as phash hash writes them", path);
        return false;
    }
    return true;
}

bool list_options_init(list_options *o, int argc)
{
    memset(o, 0, sizeof *o);
    o->radius = PHASH_RADIUS_DEFAULT;
    o->paths = calloc((size_t)argc, sizeof *o->paths);
    o->own = calloc((size_t)argc, sizeof *o->own);
    o->radii = calloc((size_t)argc, sizeof *o->radii);
    return o->paths != NULL && o->own != NULL && o->radii != NULL;
}

void list_options_free(list_options *o)
{
    free(o->paths);
    free(o->own);
    free(o->radii);
    memset(o, 0, sizeof *o);
}

bool list_options_take_radius(list_options *o, const char *value)
{
    o->radius_given = true;
    return parse_number(&o->radius, "--radius", value, 0, PHASH_RADIUS_MAX);
}

/* LIST=N: what is after the last '=' is the number, so names may hold one. */
static bool split_own(size_t *size, uint64_t *radius, const char *value)
{
    const char *equals = strrchr(value, '=');

    if (equals == NULL || equals == value) {
        usage_error("--list-radius takes LIST=N, not '%s'", value);
        return false;
    }
    *size = (size_t)(equals - value);
    return parse_number(radius, "--list-radius LIST=N", equals + 1, 0, PHASH_RADIUS_MAX);
}

static bool names_list(const char *value, size_t size, const char *path)
{
    return strlen(path) == size && memcmp(value, path, size) == 0;
}

bool list_options_settle(list_options *o)
{
    for (size_t i = 0; i < o->count; i++)
        o->radii[i] = (uint32_t)o->radius;
    for (size_t k = 0; k < o->own_count; k++) {
        const char *value = o->own[k];
        size_t size = 0;
        uint64_t radius = 0;
        size_t named = 0;
        if (!split_own(&size, &radius, value))
            return false;
        for (size_t i = 0; i < o->count; i++)
            if (names_list(value, size, o->paths[i])) {
                o->radii[i] = (uint32_t)radius;
                named++;
            }
        if (named == 0) {
            usage_error("--list-radius %s: no list of that name is given", value);
            return false;
        }
        for (size_t i = 0; i < k; i++)
            if (strncmp(o->own[i], value, size + 1) == 0 && strrchr(o->own[i], '=') == o->own[i] + size) {
                usage_error("--list-radius %s: the list has a radius of its own already", value);
                return false;
            }
    }
    return true;
}

bool lists_read_all(phash_list *list, const list_options *o, uint64_t *bad_rows)
{
    for (size_t i = 0; i < o->count; i++)
        if (!lists_read(list, o->paths[i], o->paths[i], bad_rows))
            return false;
    return true;
}

void lists_describe(text *out, const phash_list *list, const list_options *o)
{
    text_printf(out, ",\"radius\":%" PRIu64 ",\"lists\":[", o->radius);
    for (uint32_t i = 0; i < phash_list_source_count(list); i++) {
        phash_list_counts counts = {0};
        const char *name = phash_list_source_name(list, i);
        (void)!phash_list_get_counts(list, &counts, i);
        text_put(out, i == 0 ? "{" : ",{");
        text_json_bytes_member(out, "name", name, strlen(name));
        text_printf(out, ",\"entries\":%" PRIu64 ",\"bad_rows\":%" PRIu64 ",\"radius\":%" PRIu32 "}", counts.entries,
                    counts.bad_rows, o->radii[i]);
    }
    text_put(out, "]");
}

void lists_headline(text *out, const phash_list *list, const list_options *o)
{
    uint32_t least = o->radii[0];
    uint32_t most = o->radii[0];

    for (size_t i = 1; i < o->count; i++) {
        least = o->radii[i] < least ? o->radii[i] : least;
        most = o->radii[i] > most ? o->radii[i] : most;
    }
    text_printf(out, "radius %" PRIu32, least);
    if (most != least)
        text_printf(out, " to %" PRIu32, most);
    text_printf(out, "; %zu %s, %zu %s", o->count, o->count == 1 ? "list" : "lists", phash_list_count(list),
                phash_list_count(list) == 1 ? "hash" : "hashes");
}

phash_matcher *lists_matcher(const phash_list *list, const list_options *o)
{
    phash_matcher *matcher = NULL;
    phash_status st = phash_matcher_new(&matcher, list, o->radii, o->count, NULL);

    if (st != PHASH_OK)
        say("cannot prepare the lists for matching: %s", phash_status_string(st));
    return matcher;
}
