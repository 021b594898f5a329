/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "lists.h"

#include "cli.h"
#include "file_io.h"

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

bool lists_read_all(phash_list *list, const char *const *paths, size_t n, uint64_t *bad_rows)
{
    for (size_t i = 0; i < n; i++)
        if (!lists_read(list, paths[i], paths[i], bad_rows))
            return false;
    return true;
}

void lists_describe(text *out, const phash_list *list)
{
    text_put(out, ",\"lists\":[");
    for (uint32_t i = 0; i < phash_list_source_count(list); i++) {
        phash_list_counts counts = {0};
        const char *name = phash_list_source_name(list, i);
        (void)!phash_list_get_counts(list, &counts, i);
        text_put(out, i == 0 ? "{" : ",{");
        text_json_bytes_member(out, "name", name, strlen(name));
        text_printf(out, ",\"entries\":%" PRIu64 ",\"bad_rows\":%" PRIu64 "}", counts.entries, counts.bad_rows);
    }
    text_put(out, "]");
}

phash_matcher *lists_matcher(const phash_list *list, uint32_t radius)
{
    phash_matcher *matcher = NULL;
    uint32_t n = phash_list_source_count(list);
    uint32_t *radii = malloc((n != 0 ? n : 1) * sizeof *radii);
    phash_status st = PHASH_E_NO_MEMORY;

    for (uint32_t i = 0; radii != NULL && i < n; i++)
        radii[i] = radius;
    if (radii != NULL)
        st = phash_matcher_new(&matcher, list, radii, n, NULL);
    free(radii);
    if (st != PHASH_OK)
        say("cannot prepare the lists for matching: %s", phash_status_string(st));
    return matcher;
}

phash_key *key_load(const char *path)
{
    phash_key *key = NULL;
    phash_diag diag = {""};
    file_buffer file = {0};
    char why[256];
    struct stat info;

    if (stat(path, &info) == 0 && (info.st_mode & 077) != 0) {
        say("%s: others may read or write this key; make it private first: chmod 600 %s", path, path);
        return NULL;
    }
    if (file_read(&file, why, sizeof why, path, PHASH_KEY_FILE_SIZE) != FILE_OK) {
        say("%s: %s", path, why);
    } else {
        phash_status st = phash_key_read(&key, &diag, file.data, file.size, NULL);
        if (st != PHASH_OK)
            say("%s: %s", path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    }
    file_buffer_free(&file, true);
    return key;
}
