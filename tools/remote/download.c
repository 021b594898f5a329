/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "remote/download.h"

#include "cli/cli.h"
#include "cli/file_bytes.h"
#include "remote/patience.h"

#include <phash/digests.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES_MAX 6u    /* without a byte that came */
#define WAIT_MS 120000u /* and for so long */
#define SHOW_MS 500u
#define TAG_FILE_MAX 4096u

static char *with_suffix(const char *path, const char *suffix)
{
    const size_t size = strlen(path) + strlen(suffix) + 1;
    char *name = malloc(size);

    if (name != NULL)
        snprintf(name, size, "%s%s", path, suffix);
    return name;
}

/* --- what is remembered of a file that is not complete: URL and ETag, a line each --- */

static bool is_strong(const char *etag)
{
    const size_t size = strlen(etag);

    for (size_t i = 0; i < size; i++)
        if (etag[i] < '!' || etag[i] > '~' || (etag[i] == '"' && i != 0 && i != size - 1))
            return false;
    return size > 2 && etag[0] == '"' && etag[size - 1] == '"';
}

static void recall_tag(download *d)
{
    file_buffer file = {0};
    char why[64];
    char *end = NULL;

    d->etag[0] = '\0';
    if (file_read(&file, why, sizeof why, d->tag_path, TAG_FILE_MAX) == FILE_OK && file.size != 0) {
        char *text = (char *)file.data;
        const size_t url = strlen(d->url);
        text[file.size] = '\0'; /* file_read leaves room for it */
        if (file.size > url && strncmp(text, d->url, url) == 0 && text[url] == '\n')
            end = strchr(text + url + 1, '\n');
        if (end != NULL) {
            *end = '\0';
            if (strlen(text + url + 1) < sizeof d->etag && is_strong(text + url + 1))
                snprintf(d->etag, sizeof d->etag, "%s", text + url + 1);
        }
    }
    file_buffer_free(&file, false);
}

static bool remember_tag(download *d, const char *etag)
{
    output_file file;

    d->etag[0] = '\0';
    if (!is_strong(etag))
        return unlink(d->tag_path) == 0 || errno == ENOENT;
    if (!output_begin(&file, d->tag_path, 0600))
        return false;
    fprintf(file.stream, "%s\n%s\n", d->url, etag);
    snprintf(d->etag, sizeof d->etag, "%s", etag);
    return output_commit(&file, true);
}

/* --- the bytes --- */

static bool stop(download *d, const char *what)
{
    d->stopped = true;
    say("%s: %s", d->url, what);
    return false;
}

/* The first bytes of an answer: does it begin where the file ends, or anew? */
static bool begin_answer(download *d, const http_call *call)
{
    char what[96];

    if (call->status == 206 && (call->range_first != d->size || strcmp(call->etag, d->etag) != 0))
        return stop(d, "it sent another part than it was asked for");
    if (call->status == 200) {
        d->size = 0;
        if (ftruncate(d->fd, 0) != 0 || !remember_tag(d, call->etag))
            return stop(d, "the file it goes to cannot be begun anew");
    }
    d->total = call->status == 206 ? call->range_total : call->length;
    if (d->total == UINT64_MAX || d->total <= d->max_size)
        return true;
    snprintf(what, sizeof what, "has %" PRIu64 " bytes, and the limit is %" PRIu64 " (--max-size)", d->total,
             d->max_size);
    return stop(d, what);
}

static void show(download *d, bool last)
{
    const uint64_t now = patience_clock();

    if (!d->progress || (!last && now - d->shown_ms < SHOW_MS))
        return;
    d->shown_ms = now;
    fprintf(stderr, "\r%.1f", (double)d->size / 1e6);
    if (d->total != UINT64_MAX)
        fprintf(stderr, " of %.1f", (double)d->total / 1e6);
    fputs(last ? " MB\n" : " MB", stderr);
}

typedef struct answer {
    download *download;
    bool begun;
} answer;

static bool take(void *user, const http_call *call, const uint8_t *bytes, size_t size)
{
    answer *a = user;
    download *d = a->download;

    if (!a->begun && !begin_answer(d, call))
        return false;
    a->begun = true;
    if (size > d->max_size - d->size)
        return stop(d, "is larger than the limit (--max-size)");
    if (!file_write_at(d->fd, bytes, size, d->size)) {
        d->stopped = true;
        say("%s: cannot write: %s", d->part, strerror(errno));
        return false;
    }
    d->size += size;
    d->fetched += size;
    show(d, false);
    return true;
}

/* --- the digest of a file, as an ETag --- */

#define DIGEST_TAG_SIZE (2 * PHASH_DIGEST_SHA256_SIZE + 3) /* digits, quotes, and 0 */

static phash_status digest_tag(char tag[DIGEST_TAG_SIZE], int fd, uint64_t size)
{
    phash_digester *digester = NULL;
    phash_digests digests;
    uint8_t piece[65536];
    ssize_t n = 0;
    phash_status st = phash_digester_new(&digester, PHASH_DIGEST_SHA256, NULL);

    for (uint64_t at = 0; st == PHASH_OK && at < size; at += (uint64_t)n) {
        n = file_read_at(fd, piece, sizeof piece, at);
        st = n > 0 ? phash_digester_add(digester, piece, (size_t)n) : PHASH_E_IO;
    }
    if (st == PHASH_OK)
        st = phash_digester_finish(digester, &digests);
    phash_digester_free(&digester);
    tag[0] = '"';
    for (size_t i = 0; st == PHASH_OK && i < sizeof digests.sha256; i++)
        snprintf(tag + 1 + 2 * i, 4, "%02x\"", digests.sha256[i]);
    return st;
}

/* What is there already need not come again, if the server's ETags are digests as an evaluator's are. */
static void know_present(download *d)
{
    struct stat info;
    const int fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        digest_tag(d->present, fd, (uint64_t)info.st_size) != PHASH_OK)
        d->present[0] = '\0';
    if (fd >= 0)
        close(fd);
}

static bool open_part(download *d)
{
    struct stat info;

    d->fd = open(d->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (d->fd < 0 || fstat(d->fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        say("%s: cannot be written: %s", d->part, d->fd < 0 ? strerror(errno) : "not a regular file");
        return false;
    }
    if (flock(d->fd, LOCK_EX | LOCK_NB) != 0) {
        say("%s: another download is writing it", d->part);
        return false;
    }
    if (!d->anew)
        know_present(d);
    recall_tag(d);
    d->size = d->etag[0] != '\0' ? (uint64_t)info.st_size : 0;
    return true;
}

/* Is it worth another try, and is it time for it? */
static bool tries_again(download *d, patience *p, const http_call *call)
{
    const bool broke = call->end == HTTP_UNREACHED || call->end == HTTP_TIMED_OUT;
    const bool busy = call->end == HTTP_ANSWERED &&
                      (call->status == 429 || (call->status >= 502 && call->status <= 504));

    if (d->size > d->most) { /* it gets on; but not by beginning anew again and again */
        patience_begin(p, WAIT_MS, TRIES_MAX);
        d->most = d->size;
    }
    if (call->end == HTTP_ANSWERED && call->status == 416 && d->size != 0) {
        d->size = 0; /* the file is not what it was, or shorter */
        d->etag[0] = '\0';
        return true;
    }
    return (broke || busy) && patience_pause(p, call->retry_after);
}

/* Status 416 may mean that there is nothing behind what is here already: the ETag agreed, or it were 200. */
static bool is_complete(download *d, const http_call *call)
{
    d->unchanged = call->end == HTTP_ANSWERED && call->status == 304 && call->from == 0 && d->present[0] != '\0';
    if (d->unchanged)
        return true;
    if (call->end == HTTP_ANSWERED && call->status == 416)
        return d->size != 0 && call->range_total == d->size;
    return call->end == HTTP_ANSWERED && (call->status == 200 || call->status == 206) &&
           (d->total == UINT64_MAX || d->size == d->total);
}

static bool transfer(download *d, http_client *client)
{
    answer a = {.download = d};
    http_call call = {.url = d->url, .sink = take, .user = &a};
    patience p = {0};

    patience_begin(&p, WAIT_MS, TRIES_MAX);
    do {
        a.begun = false;
        if (d->etag[0] == '\0')
            d->size = 0; /* nobody knows what the bytes are of */
        call.from = d->size;
        call.if_range = d->etag;
        call.if_none_match = d->present[0] != '\0' ? d->present : NULL;
        d->total = UINT64_MAX;
        http_perform(client, &call);
        if (d->stopped)
            return false;
        if (is_complete(d, &call)) {
            show(d, true);
            return true;
        }
    } while (tries_again(d, &p, &call));
    if (call.end == HTTP_ANSWERED && call.why[0] == '\0')
        say("%s: not all of it came", d->url);
    else
        say("%s: cannot be fetched: %s", d->url, call.why);
    return false;
}

/* An ETag of 64 digits is the SHA-256 of the file. */
static bool check_digest(download *d)
{
    char tag[DIGEST_TAG_SIZE];

    if (strlen(d->etag) != sizeof tag - 1 || strspn(d->etag + 1, "0123456789abcdef") != sizeof tag - 3)
        return true;
    const phash_status st = digest_tag(tag, d->fd, d->size);
    if (st != PHASH_OK) {
        say("%s: cannot be read back: %s", d->part, phash_status_string(st));
        return false;
    }
    d->verified = strcmp(tag, d->etag) == 0;
    if (d->verified)
        return true;
    say("%s: what came is damaged: its SHA-256 is not the one that was announced; it is removed", d->url);
    download_discard(d);
    return false;
}

bool download_run(download *d, const http_access *access)
{
    http_client *client = http_client_new(access);

    d->fd = -1;
    d->part = with_suffix(d->path, ".part");
    d->tag_path = with_suffix(d->path, ".part.etag");
    bool good = client != NULL && d->part != NULL && d->tag_path != NULL;
    if (!good)
        say("cannot begin: memory is short, or a file of --cacert, --client-cert or --client-key does not do");
    good = good && open_part(d) && transfer(d, client);
    http_client_free(&client);
    if (good && d->unchanged) {
        d->verified = true;
        download_discard(d);
        return true;
    }
    if (good && (ftruncate(d->fd, (off_t)d->size) != 0 || fsync(d->fd) != 0)) {
        say("%s: cannot write: %s", d->part, strerror(errno));
        good = false;
    }
    return good && check_digest(d);
}

static bool sync_directory(const char *path)
{
    char *copy = strdup(path);
    int fd = -1;

    if (copy != NULL)
        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0)
        return false;
    const bool good = fsync(fd) == 0;
    close(fd);
    return good;
}

bool download_commit(download *d)
{
    if (rename(d->part, d->path) != 0) {
        say("%s: cannot put it in place: %s", d->path, strerror(errno));
        return false;
    }
    (void)unlink(d->tag_path);
    if (sync_directory(d->path))
        return true;
    say("%s: written, but its directory could not be flushed to disk: %s", d->path, strerror(errno));
    return false;
}

void download_discard(download *d)
{
    (void)unlink(d->part);
    (void)unlink(d->tag_path);
}

void download_clear(download *d)
{
    if (d->fd >= 0)
        close(d->fd);
    free(d->part);
    free(d->tag_path);
    d->part = NULL;
    d->tag_path = NULL;
    d->fd = -1;
}
