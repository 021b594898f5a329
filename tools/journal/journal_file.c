/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* flock, O_NOFOLLOW */
#define _FILE_OFFSET_BITS 64
#include "journal/journal_file.h"

#include "cli/cli.h"
#include "cli/file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MARK "\x89PHL\r\n\x1a\n"
#define MARK_SIZE 8
#define VERSION 1
#define ID_AT 16
#define HEAD_SIZE (ID_AT + JOURNAL_ID_SIZE + CHECK_SIZE)
#define RECORD_MARK "\x8fPLR"
#define RECORD_MARK_SIZE 4
#define OPTIONS_SIZE 8
#define CHECK_SIZE 16
#define KEY_AT 16
#define CONTENTS_CHECK_AT 48
#define HEAD_CHECK_AT 64
#define CONTENTS_MAX ((uint32_t)1 << 25) /* 1,000 frames of four readings of 96 views are 18.5 million bytes */
#define SYNC_SECONDS 5 /* what a power failure may cost; a killed process loses nothing that was written */

/* One known record: 16 bytes. Sorted by the beginning of the key, the newest of equal ones first. */
typedef struct place {
    uint64_t key;
    uint64_t at;
} place;

struct journal_file {
    int fd;
    const char *path; /* borrowed */
    uint8_t id[JOURNAL_ID_SIZE];
    uint8_t options[OPTIONS_SIZE];
    place *places;
    size_t n;
    size_t room;
    pthread_mutex_t lock; /* of what follows */
    uint64_t end;
    bool ended; /* nothing more can be written */
    struct timespec synced;
};

/* The first bytes of SHA-256 of the journal's id and some bytes: a record of another journal does not fit, nor one
 * that somebody put into a picture without knowing the id. */
static bool make_check(const journal_file *j, uint8_t out[CHECK_SIZE], phash_digester *sha256, const uint8_t *a,
                       size_t a_size, const uint8_t *b, size_t b_size)
{
    phash_digests digests;

    if (phash_digester_begin(sha256) != PHASH_OK || phash_digester_add(sha256, j->id, sizeof j->id) != PHASH_OK ||
        phash_digester_add(sha256, a, a_size) != PHASH_OK || phash_digester_add(sha256, b, b_size) != PHASH_OK ||
        phash_digester_finish(sha256, &digests) != PHASH_OK)
        return false;
    memcpy(out, digests.sha256, CHECK_SIZE);
    return true;
}

static bool head_is_good(const journal_file *j, phash_digester *sha256, const uint8_t *head)
{
    uint8_t check[CHECK_SIZE];

    return memcmp(head, RECORD_MARK, RECORD_MARK_SIZE) == 0 &&
           make_check(j, check, sha256, head, HEAD_CHECK_AT, NULL, 0) &&
           memcmp(check, head + HEAD_CHECK_AT, CHECK_SIZE) == 0 && bytes_get_le(head + 4, 4) <= CONTENTS_MAX;
}

static bool open_locked(journal_file *j)
{
    struct stat info;

    j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (j->fd < 0) {
        say("--journal %s: cannot open: %s", j->path, strerror(errno));
        return false;
    }
    if (fstat(j->fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        say("--journal %s: not a regular file", j->path);
        return false;
    }
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
        say("--journal %s: %s", j->path,
            errno == EWOULDBLOCK ? "another scan is writing it" : strerror(errno));
        return false;
    }
    if (fstat(j->fd, &info) != 0) /* its size may have changed until it was locked */
        return false;
    j->end = (uint64_t)info.st_size;
    return true;
}

static bool write_head(journal_file *j, phash_digester *sha256)
{
    uint8_t head[HEAD_SIZE] = MARK;

    bytes_put_le(head + MARK_SIZE, VERSION, 4);
    bytes_put_le(head + MARK_SIZE + 4, 0, 4);
    if (getrandom(j->id, sizeof j->id, 0) != (ssize_t)sizeof j->id) {
        say("--journal %s: no randomness: %s", j->path, strerror(errno));
        return false;
    }
    memcpy(head + ID_AT, j->id, sizeof j->id);
    if (!make_check(j, head + HEAD_SIZE - CHECK_SIZE, sha256, head, ID_AT, NULL, 0)) {
        say("out of memory");
        return false;
    }
    if (ftruncate(j->fd, 0) != 0 || fchmod(j->fd, 0600) != 0 || !file_write_at(j->fd, head, sizeof head, 0)) {
        say("--journal %s: cannot write: %s", j->path, strerror(errno));
        return false;
    }
    j->end = HEAD_SIZE;
    return true;
}

/* Begin a journal, or take over the one that is there. */
static bool take_head(journal_file *j, bool resume, bool *is_new, phash_digester *sha256)
{
    uint8_t head[HEAD_SIZE];
    uint8_t check[CHECK_SIZE];
    const ssize_t got = file_read_at(j->fd, head, sizeof head, 0);

    *is_new = false;
    if (got < 0 || memcmp(head, MARK, got < MARK_SIZE ? (size_t)got : MARK_SIZE) != 0) {
        say("--journal %s: is not the journal of a scan and is left as it is", j->path);
        return false;
    }
    if (got < HEAD_SIZE) { /* new, or of a scan that was killed at once */
        *is_new = true;
        return write_head(j, sha256);
    }
    if (bytes_get_le(head + MARK_SIZE, 8) != VERSION) {
        say("--journal %s: of a version this program does not know; begin another one", j->path);
        return false;
    }
    if (!resume) {
        say("--journal %s: there is one of an earlier scan; give --resume to go on with it, or remove it", j->path);
        return false;
    }
    memcpy(j->id, head + ID_AT, sizeof j->id);
    if (make_check(j, check, sha256, head, ID_AT, NULL, 0) &&
        memcmp(check, head + HEAD_SIZE - CHECK_SIZE, CHECK_SIZE) == 0)
        return true;
    say("--journal %s: its beginning is damaged; begin another one", j->path);
    return false;
}

static bool add_place(journal_file *j, const uint8_t *head, uint64_t at)
{
    if (j->n == j->room) {
        const size_t room = j->room != 0 ? 2 * j->room : 256;
        place *grown = realloc(j->places, room * sizeof *grown);
        if (grown == NULL)
            return false;
        j->places = grown;
        j->room = room;
    }
    j->places[j->n++] = (place){bytes_get_le(head + KEY_AT, 8), at};
    return true;
}

/* Where the next record begins that is whole, from `at` on; `size` when there is none. */
static uint64_t next_record(const journal_file *j, phash_digester *sha256, uint64_t at, uint64_t size)
{
    uint8_t window[16384];

    while (at + JOURNAL_RECORD_HEAD_SIZE <= size) {
        const ssize_t got = file_read_at(j->fd, window, sizeof window, at);
        if (got < JOURNAL_RECORD_HEAD_SIZE)
            break;
        const size_t tries = (size_t)got - JOURNAL_RECORD_HEAD_SIZE + 1;
        for (const uint8_t *p = window; (p = memchr(p, RECORD_MARK[0] & 0xff, tries - (size_t)(p - window))) != NULL;
             p++) {
            const uint64_t here = at + (uint64_t)(p - window);
            if (head_is_good(j, sha256, p) &&
                here + JOURNAL_RECORD_HEAD_SIZE + bytes_get_le(p + 4, 4) <= size)
                return here;
            if ((size_t)(p - window) + 1 == tries)
                break;
        }
        at += tries;
    }
    return size;
}

/* Note where the records are. What follows the last whole one is cut away: a kill cut it short. Contents are looked at
 * when they are wanted. */
static bool take_records(journal_file *j, journal_found *found, phash_digester *sha256)
{
    uint8_t head[JOURNAL_RECORD_HEAD_SIZE];
    const uint64_t size = j->end;
    uint64_t at = HEAD_SIZE;
    uint64_t end = HEAD_SIZE;

    while (at < size) {
        const bool whole = file_read_at(j->fd, head, sizeof head, at) == (ssize_t)sizeof head &&
                           head_is_good(j, sha256, head) && at + sizeof head + bytes_get_le(head + 4, 4) <= size;
        if (!whole) {
            at = next_record(j, sha256, at + 1, size);
            found->damaged += at < size;
            continue;
        }
        if (memcmp(head + 8, j->options, OPTIONS_SIZE) != 0)
            found->others++;
        else if (!add_place(j, head, at))
            return false;
        at += sizeof head + bytes_get_le(head + 4, 4);
        end = at;
    }
    found->records = j->n;
    j->end = end;
    place *fitting = j->n != 0 ? realloc(j->places, j->n * sizeof *fitting) : NULL;
    if (fitting != NULL)
        j->places = fitting;
    return true;
}

static int by_key(const void *left, const void *right)
{
    const place *a = left;
    const place *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->at > b->at ? -1 : a->at < b->at;
}

journal_file *journal_file_open(journal_found *found, const char *path, bool resume,
                                const uint8_t options[PHASH_DIGEST_SHA256_SIZE])
{
    phash_digester *sha256 = NULL;
    journal_file *j = calloc(1, sizeof *j);

    memset(found, 0, sizeof *found);
    if (j == NULL || phash_digester_new(&sha256, PHASH_DIGEST_SHA256, NULL) != PHASH_OK) {
        say("out of memory");
        free(j);
        return NULL;
    }
    j->path = path;
    j->fd = -1;
    memcpy(j->options, options, OPTIONS_SIZE);
    pthread_mutex_init(&j->lock, NULL);
    clock_gettime(CLOCK_MONOTONIC, &j->synced);
    bool good = open_locked(j) && take_head(j, resume, &found->is_new, sha256);
    if (good && !take_records(j, found, sha256)) {
        say("--journal %s: not enough memory for its index", path);
        good = false;
    }
    if (good && ftruncate(j->fd, (off_t)j->end) != 0) {
        say("--journal %s: cannot write: %s", path, strerror(errno));
        good = false;
    }
    phash_digester_free(&sha256);
    if (good && j->n != 0)
        qsort(j->places, j->n, sizeof *j->places, by_key);
    if (good)
        return j;
    journal_file_close(j);
    return NULL;
}

void journal_file_close(journal_file *j)
{
    if (j == NULL)
        return;
    if (j->fd >= 0) {
        (void)!fdatasync(j->fd);
        close(j->fd);
    }
    pthread_mutex_destroy(&j->lock);
    free(j->places);
    free(j);
}

static bool read_record(const journal_file *j, text *out, phash_digester *sha256, const uint8_t *key, uint64_t at)
{
    uint8_t head[JOURNAL_RECORD_HEAD_SIZE];
    uint8_t check[CHECK_SIZE];
    uint8_t piece[16384];

    if (file_read_at(j->fd, head, sizeof head, at) != (ssize_t)sizeof head || !head_is_good(j, sha256, head) ||
        memcmp(head + KEY_AT, key, JOURNAL_KEY_SIZE) != 0)
        return false;
    const size_t size = (size_t)bytes_get_le(head + 4, 4);
    text_clear(out);
    for (size_t done = 0; done < size; done += sizeof piece) {
        const size_t n = size - done < sizeof piece ? size - done : sizeof piece;
        if (file_read_at(j->fd, piece, n, at + sizeof head + done) != (ssize_t)n)
            return false;
        text_put_bytes(out, (const char *)piece, n);
    }
    return text_ok(out) &&
           make_check(j, check, sha256, head, CONTENTS_CHECK_AT, (const uint8_t *)out->data, size) &&
           memcmp(check, head + CONTENTS_CHECK_AT, CHECK_SIZE) == 0;
}

bool journal_file_find(const journal_file *j, text *out, phash_digester *sha256, const uint8_t key[JOURNAL_KEY_SIZE])
{
    const uint64_t wanted = bytes_get_le(key, 8);
    size_t low = 0;
    size_t high = j->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (j->places[middle].key < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < j->n && j->places[low].key == wanted; low++)
        if (read_record(j, out, sha256, key, j->places[low].at))
            return true;
    return false;
}

/* One write, at a place of its own: a kill leaves it whole, cut short or away. */
static void append(journal_file *j, const uint8_t *bytes, size_t size, bool *sync)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&j->lock);
    if (!j->ended && !file_write_at(j->fd, bytes, size, j->end)) {
        say("--journal %s: cannot write: %s; the scan goes on, but what it reads from here on is not in the journal",
            j->path, strerror(errno));
        j->ended = true;
        (void)!ftruncate(j->fd, (off_t)j->end);
    }
    if (!j->ended)
        j->end += size;
    *sync = !j->ended && now.tv_sec - j->synced.tv_sec >= SYNC_SECONDS;
    if (*sync)
        j->synced = now;
    pthread_mutex_unlock(&j->lock);
}

void journal_file_append(journal_file *j, text *contents, phash_digester *sha256, const uint8_t key[JOURNAL_KEY_SIZE])
{
    uint8_t *head = (uint8_t *)contents->data;
    uint8_t *body = head + JOURNAL_RECORD_HEAD_SIZE;
    const size_t size = contents->size - JOURNAL_RECORD_HEAD_SIZE;
    bool sync = false;

    if (size > CONTENTS_MAX)
        return;
    memcpy(head, RECORD_MARK, RECORD_MARK_SIZE);
    bytes_put_le(head + 4, size, 4);
    memcpy(head + 8, j->options, OPTIONS_SIZE);
    memcpy(head + KEY_AT, key, JOURNAL_KEY_SIZE);
    if (!make_check(j, head + CONTENTS_CHECK_AT, sha256, head, CONTENTS_CHECK_AT, body, size) ||
        !make_check(j, head + HEAD_CHECK_AT, sha256, head, HEAD_CHECK_AT, NULL, 0))
        return;
    append(j, head, contents->size, &sync);
    /* Outside the lock: the other threads go on. What fails here is told by the next write, if it matters. */
    if (sync)
        (void)!fdatasync(j->fd);
}
