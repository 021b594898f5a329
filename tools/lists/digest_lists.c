/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "lists/digest_lists.h"

#include "cli/cli.h"
#include "cli/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAD_ROWS_SHOWN 10
#define PIECE 65536

bool digest_is_option(int option)
{
    return option == 0x262;
}

bool digest_take_option(digest_options *o, int option, const char *value)
{
    const char **grown = realloc(o->paths, (o->count + 1) * sizeof *grown);

    (void)option;
    if (grown == NULL) {
        say("out of memory");
        return false;
    }
    o->paths = grown;
    o->paths[o->count++] = value;
    return true;
}

void digest_options_free(digest_options *o)
{
    free(o->paths);
    memset(o, 0, sizeof *o);
}

typedef struct bad_row_teller {
    const char *path;
    uint64_t n;
} bad_row_teller;

static void tell_bad_row(void *user, const phash_bad_row *row)
{
    bad_row_teller *b = user;

    if (b->n++ < BAD_ROWS_SHOWN)
        say("%s, line %" PRIu64 ": %s", b->path, row->line, row->reason);
}

/* Feed a file to the open source; 0 or an errno. */
static int feed(phash_digest_list *list, const char *path, phash_status *st)
{
    uint8_t piece[PIECE];
    FILE *file = fopen(path, "rb");
    size_t n;

    if (file == NULL)
        return errno;
    while (*st == PHASH_OK && (n = fread(piece, 1, sizeof piece, file)) != 0)
        *st = phash_digest_list_feed(list, piece, n);
    const int error = ferror(file) != 0 ? errno : 0;
    fclose(file);
    return error;
}

static bool read_list(phash_digest_list *list, const char *path, phash_list_counts *counts, uint64_t *all_bad)
{
    bad_row_teller bad = {path, 0};
    phash_status st = phash_digest_list_source_begin(list, path, tell_bad_row, &bad);
    const int error = st == PHASH_OK ? feed(list, path, &st) : 0;

    if (st == PHASH_OK && error == 0)
        st = phash_digest_list_source_end(list, counts);
    if (st != PHASH_OK || error != 0) {
        say("%s: cannot read: %s", path, error != 0 ? strerror(error) : phash_status_string(st));
        return false;
    }
    if (bad.n > BAD_ROWS_SHOWN)
        say("%s: %" PRIu64 " more rows like these", path, bad.n - BAD_ROWS_SHOWN);
    if (bad.n != 0)
        say("%s: %" PRIu64 " of %" PRIu64 " rows could not be read and are left out", path, bad.n, counts->rows);
    *all_bad += bad.n;
    if (counts->entries == 0)
        say("%s: no MD5, SHA-1 or SHA-256 digest in it", path);
    return counts->entries != 0;
}

bool digest_lists_open(phash_digest_list **out, const digest_options *o, uint64_t *bad_rows, text *details,
                       text *headline)
{
    phash_digest_list *list = NULL;

    *out = NULL;
    if (o->count == 0)
        return true;
    if (phash_digest_list_new(&list, NULL) != PHASH_OK) {
        say("out of memory");
        return false;
    }
    bool good = true;
    for (size_t i = 0; good && i < o->count; i++) {
        phash_list_counts counts = {0};
        good = read_list(list, o->paths[i], &counts, bad_rows);
        text_put(details, i == 0 ? ",\"digest_lists\":[{" : ",{");
        text_json_bytes_member(details, "name", o->paths[i], strlen(o->paths[i]));
        text_printf(details, ",\"entries\":%" PRIu64 ",\"bad_rows\":%" PRIu64 "}", counts.entries, counts.bad_rows);
    }
    text_put(details, "]");
    text_printf(headline, "; %zu %s, %zu %s", o->count, o->count == 1 ? "digest list" : "digest lists",
                phash_digest_list_count(list), phash_digest_list_count(list) == 1 ? "digest" : "digests");
    if (good && phash_digest_list_seal(list) == PHASH_OK)
        *out = list;
    else
        phash_digest_list_free(&list);
    return good;
}

bool digest_file(phash_digests *out, phash_digester *digester, const char *path)
{
    uint8_t piece[PIECE];
    ssize_t n = -1;
    const int fd = file_open_quietly(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool good = fd >= 0 && phash_digester_begin(digester) == PHASH_OK;

    while (good && (n = read(fd, piece, sizeof piece)) != 0)
        good = n > 0 ? phash_digester_add(digester, piece, (size_t)n) == PHASH_OK : errno == EINTR;
    if (fd >= 0)
        close(fd);
    return good && phash_digester_finish(digester, out) == PHASH_OK;
}
