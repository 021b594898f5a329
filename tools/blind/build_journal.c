/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* flock, O_NOFOLLOW */
#define _FILE_OFFSET_BITS 64
#include "blind/build_journal.h"

#include "cli/cli.h"
#include "cli/file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK "\x89PHJ\r\n\x1a\n"
#define MARK_SIZE 8
#define VERSION 1
#define HEAD_SIZE (MARK_SIZE + 4 + PHASH_SET_BUILD_ID_SIZE + 8)
#define CHUNK_HEAD_SIZE 8
#define SYNC_SECONDS 5 /* what a power failure may cost; a killed process loses nothing that was written */

char *build_journal_path(const char *output)
{
    size_t size = strlen(output) + sizeof ".part";
    char *path = malloc(size);

    if (path != NULL)
        snprintf(path, size, "%s.part", output);
    return path;
}

static void make_head(uint8_t head[HEAD_SIZE], const phash_set_builder *builder, uint64_t created)
{
    memcpy(head, MARK, MARK_SIZE);
    bytes_put_le(head + MARK_SIZE, VERSION, 4);
    phash_set_builder_id(builder, head + MARK_SIZE + 4);
    bytes_put_le(head + HEAD_SIZE - 8, created, 8);
}

uint64_t build_journal_created(const char *path)
{
    uint8_t head[HEAD_SIZE];
    uint64_t created = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return 0;
    if (file_read_at(fd, head, sizeof head, 0) == (ssize_t)sizeof head && memcmp(head, MARK, MARK_SIZE) == 0)
        created = bytes_get_le(head + HEAD_SIZE - 8, 8);
    close(fd);
    return created;
}

static bool open_file(build_journal *j)
{
    struct stat info;

    j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (j->fd < 0) {
        say("%s: cannot open: %s", j->path, strerror(errno));
        return false;
    }
    if (fstat(j->fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        say("%s: not a regular file", j->path);
        return false;
    }
    /* Held until the file is removed or kept for good. Without a link it was removed between open and flock. */
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 || fstat(j->fd, &info) != 0 || info.st_nlink == 0) {
        say("%s: another process is building this set", j->path);
        return false;
    }
    (void)!fchmod(j->fd, 0600);
    return true;
}

/* Is this the journal of the build? A file that is none is never overwritten; one of another build is. */
static bool take_head(build_journal *j, const uint8_t want[HEAD_SIZE])
{
    uint8_t head[HEAD_SIZE];
    ssize_t got = file_read_at(j->fd, head, sizeof head, 0);

    if (got < 0 || memcmp(head, MARK, got < MARK_SIZE ? (size_t)got : MARK_SIZE) != 0) {
        say("%s: is not the journal of a build; move it away", j->path);
        return false;
    }
    /* The date is the caller's affair: see build_journal_created. */
    if (got == (ssize_t)sizeof head && memcmp(head, want, HEAD_SIZE - 8) == 0) {
        j->size = HEAD_SIZE;
        return true;
    }
    j->other = got == (ssize_t)sizeof head;
    if (ftruncate(j->fd, 0) != 0 || !file_write_at(j->fd, want, HEAD_SIZE, 0)) {
        say("%s: cannot write: %s", j->path, strerror(errno));
        return false;
    }
    j->size = HEAD_SIZE;
    return true;
}

/* Take out chunk after chunk up to the first that is not whole, which is where a build was killed. False after a
 * message when there is no memory. */
static bool take_chunks(build_journal *j, phash_set_builder *builder, phash_set_worker *worker, bool *done)
{
    uint8_t bytes[CHUNK_HEAD_SIZE + PHASH_SET_CHUNK_SEALED_MAX];

    for (;;) {
        ssize_t got = file_read_at(j->fd, bytes, sizeof bytes, j->size);
        if (got < CHUNK_HEAD_SIZE)
            break;
        uint32_t chunk = (uint32_t)bytes_get_le(bytes, 4);
        size_t size = (size_t)bytes_get_le(bytes + 4, 4);
        if (size > (size_t)got - CHUNK_HEAD_SIZE || phash_set_builder_chunk_tokens(builder, chunk) == 0)
            break;
        phash_status st = phash_set_builder_restore(builder, worker, chunk, bytes + CHUNK_HEAD_SIZE, size);
        if (st == PHASH_E_NO_MEMORY) {
            say("out of memory");
            return false;
        }
        if (st != PHASH_OK)
            break;
        if (!done[chunk])
            j->tokens += phash_set_builder_chunk_tokens(builder, chunk);
        done[chunk] = true;
        j->size += CHUNK_HEAD_SIZE + size;
    }
    return true;
}

bool build_journal_open(build_journal *j, const char *output, uint64_t created, phash_set_builder *builder,
                        phash_set_worker *worker, bool *done)
{
    uint8_t head[HEAD_SIZE];

    *j = (build_journal){.fd = -1, .path = build_journal_path(output)};
    if (j->path == NULL) {
        say("out of memory");
        return false;
    }
    make_head(head, builder, created);
    bool good = open_file(j) && take_head(j, head) && take_chunks(j, builder, worker, done);
    if (good && ftruncate(j->fd, (off_t)j->size) != 0) {
        say("%s: cannot write: %s", j->path, strerror(errno));
        good = false;
    }
    if (!good) {
        if (j->fd >= 0)
            close(j->fd);
        free(j->path);
        *j = (build_journal){.fd = -1};
    }
    clock_gettime(CLOCK_MONOTONIC, &j->synced);
    return good;
}

bool build_journal_redate(build_journal *j, uint64_t created)
{
    uint8_t bytes[8];

    bytes_put_le(bytes, created, sizeof bytes);
    if (file_write_at(j->fd, bytes, sizeof bytes, HEAD_SIZE - sizeof bytes))
        return true;
    say("%s: cannot write: %s", j->path, strerror(errno));
    return false;
}

/* What is in the file stays; an empty one does not. */
static void stop(build_journal *j, bool remove)
{
    if (j->fd < 0)
        return;
    (void)!ftruncate(j->fd, (off_t)j->size); /* a chunk that was cut short */
    (void)!fdatasync(j->fd);
    if (remove || j->tokens == 0)
        unlink(j->path); /* while it is locked: nobody else's */
    close(j->fd);
    j->fd = -1;
}

void build_journal_add(build_journal *j, uint32_t chunk, uint32_t tokens, const uint8_t *sealed, size_t size)
{
    uint8_t bytes[CHUNK_HEAD_SIZE + PHASH_SET_CHUNK_SEALED_MAX];
    struct timespec now;

    if (j->fd < 0)
        return;
    bytes_put_le(bytes, chunk, 4);
    bytes_put_le(bytes + 4, size, 4);
    memcpy(bytes + CHUNK_HEAD_SIZE, sealed, size);
    clock_gettime(CLOCK_MONOTONIC, &now);
    bool due = now.tv_sec - j->synced.tv_sec >= SYNC_SECONDS;
    if (!file_write_at(j->fd, bytes, CHUNK_HEAD_SIZE + size, j->size) || (due && fdatasync(j->fd) != 0)) {
        say("%s: cannot write, so what is computed from here on is lost if this is interrupted: %s", j->path,
            strerror(errno));
        stop(j, false);
        return;
    }
    if (due)
        j->synced = now;
    j->size += CHUNK_HEAD_SIZE + size;
    j->tokens += tokens;
}

void build_journal_close(build_journal *j, bool remove)
{
    stop(j, remove);
    if (remove && j->path != NULL)
        unlink(j->path); /* one that could not be written to the end */
    free(j->path);
    j->path = NULL;
}
