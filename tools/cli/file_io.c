/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* O_TMPFILE, O_NOATIME */
#define _FILE_OFFSET_BITS 64
#include "cli/file_io.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool grow(file_buffer *buffer, size_t room)
{
    if (room <= buffer->room)
        return true;
    uint8_t *data = malloc(room); /* nothing of the last file is worth copying */
    if (data == NULL)
        return false;
    if (buffer->size != 0)
        memcpy(data, buffer->data, buffer->size);
    file_buffer_free(&(file_buffer){buffer->data, buffer->size, buffer->room}, true);
    buffer->data = data;
    buffer->room = room;
    return true;
}

/* Read until the end: the size that fstat told may have changed since. */
static file_result read_all(file_buffer *buffer, char *why, size_t why_size, int fd, uint64_t expected, uint64_t limit)
{
    buffer->size = 0;
    if (!grow(buffer, (size_t)expected + 1))
        goto no_memory;
    for (;;) {
        if (buffer->size == buffer->room && !grow(buffer, buffer->room * 2))
            goto no_memory;
        ssize_t n = read(fd, buffer->data + buffer->size, buffer->room - buffer->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            snprintf(why, why_size, "cannot read: %s", strerror(errno));
            return FILE_UNREADABLE;
        }
        if (n == 0)
            return FILE_OK;
        buffer->size += (size_t)n;
        if (buffer->size > limit) {
            snprintf(why, why_size, "grew beyond the limit of %llu bytes while it was read", (unsigned long long)limit);
            return FILE_TOO_LARGE;
        }
    }
no_memory:
    snprintf(why, why_size, "not enough memory for its %llu bytes", (unsigned long long)expected);
    return FILE_NO_MEMORY;
}

int file_open_quietly(const char *path, int flags)
{
    const int fd = open(path, flags | O_NOATIME);

    return fd < 0 && errno == EPERM ? open(path, flags) : fd;
}

file_result file_read(file_buffer *buffer, char *why, size_t why_size, const char *path, uint64_t max_size)
{
    struct stat info;
    file_result result = FILE_UNREADABLE;
    /* O_NONBLOCK: opening a fifo must not wait for a writer */
    int fd = file_open_quietly(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    buffer->size = 0;
    if (fd < 0) {
        snprintf(why, why_size, "cannot open: %s", strerror(errno));
        return FILE_UNREADABLE;
    }
    if (fstat(fd, &info) != 0) {
        snprintf(why, why_size, "cannot examine: %s", strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        snprintf(why, why_size, "%s", S_ISDIR(info.st_mode) ? "is a directory" : "not a regular file");
    } else if ((uint64_t)info.st_size > max_size) {
        snprintf(why, why_size, "%llu bytes; the limit is %llu", (unsigned long long)info.st_size,
                 (unsigned long long)max_size);
        result = FILE_TOO_LARGE;
    } else {
        result = read_all(buffer, why, why_size, fd, (uint64_t)info.st_size, max_size);
    }
    close(fd);
    return result;
}

void file_buffer_free(file_buffer *buffer, bool secret)
{
    if (secret && buffer->data != NULL) {
        memset(buffer->data, 0, buffer->room);
        __asm__ __volatile__("" : : "r"(buffer->data) : "memory"); /* keep the memset */
    }
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

/* A file in the directory of path that has no name yet: it vanishes with a process that is killed. -1 where the file
 * system has no such files, or where /proc, by which it gets its name, is missing. */
static int open_nameless(char *link, size_t link_size, const char *path)
{
    int fd = -1;
#ifdef O_TMPFILE
    char *copy = strdup(path);
    if (copy != NULL)
        fd = open(dirname(copy), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    free(copy);
    snprintf(link, link_size, "/proc/self/fd/%d", fd);
    if (fd >= 0 && access(link, F_OK) != 0) {
        close(fd);
        fd = -1;
    }
#else
    (void)link, (void)link_size, (void)path;
#endif
    return fd;
}

/* Name a nameless file: path at once when that is free, else out->temporary, to be renamed. False with errno. */
static bool give_name(output_file *out, const char *link, bool replace)
{
    size_t size = strlen(out->path) + 24;

    out->temporary[0] = '\0';
    if (linkat(AT_FDCWD, link, AT_FDCWD, out->path, AT_SYMLINK_FOLLOW) == 0)
        return true;
    for (unsigned i = 0; errno == EEXIST && replace && i < 100; i++) {
        snprintf(out->temporary, size, "%s.%lx%02u", out->path, (unsigned long)getpid() & 0xffffffff, i);
        if (linkat(AT_FDCWD, link, AT_FDCWD, out->temporary, AT_SYMLINK_FOLLOW) == 0)
            return true;
    }
    out->temporary[0] = '\0';
    return false;
}

bool output_begin(output_file *out, const char *path, unsigned mode)
{
    int fd = -1;

    memset(out, 0, sizeof *out);
    size_t size = strlen(path) + 24;
    out->path = strdup(path);
    out->temporary = malloc(size);
    if (out->path == NULL || out->temporary == NULL) {
        say("%s: out of memory", path);
        goto fail;
    }
    out->temporary[0] = '\0';
    fd = open_nameless(out->link, sizeof out->link, path);
    out->nameless = fd >= 0;
    if (fd < 0) {
        snprintf(out->temporary, size, "%s.XXXXXX", path);
        fd = mkstemp(out->temporary); /* mode 0600 */
    }
    if (fd < 0) {
        say("%s: cannot create a file there: %s", path, strerror(errno));
        out->temporary[0] = '\0';
        goto fail;
    }
    if (mode != 0600) {
        mode_t mask = umask(0); /* the only way to learn it */
        umask(mask);
        (void)!fchmod(fd, (mode_t)mode & ~mask);
    }
    out->stream = fdopen(fd, "wb");
    if (out->stream != NULL)
        return true;
    say("%s: %s", path, strerror(errno));
    close(fd);
fail:
    output_abandon(out);
    return false;
}

bool output_redirect(output_file *out, const char *path)
{
    char *copy = strdup(path);
    char *temporary = malloc(strlen(path) + strlen(out->temporary) + 24); /* also for a name from give_name */

    if (copy == NULL || temporary == NULL) {
        free(copy);
        free(temporary);
        return false;
    }
    memcpy(temporary, out->temporary, strlen(out->temporary) + 1);
    free(out->path);
    free(out->temporary);
    out->path = copy;
    out->temporary = temporary;
    return true;
}

static bool sync_directory(const char *path)
{
    char *copy = strdup(path);

    if (copy == NULL)
        return false;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0)
        return false;
    bool good = fsync(fd) == 0;
    close(fd);
    return good;
}

bool output_commit(output_file *out, bool replace)
{
    bool good = fflush(out->stream) == 0 && fsync(fileno(out->stream)) == 0;

    if (good && out->nameless && !give_name(out, out->link, replace)) {
        say("%s: %s", out->path, errno == EEXIST ? "exists already and is kept" : strerror(errno));
        output_abandon(out);
        return false;
    }
    good = fclose(out->stream) == 0 && good;
    out->stream = NULL;
    if (!good) {
        say("%s: cannot write: %s", out->path, strerror(errno));
    } else if (out->nameless && out->temporary[0] == '\0') {
        good = true; /* it got its final name at once */
    } else if (!replace) {
        /* link fails when the name exists, rename would replace it */
        good = link(out->temporary, out->path) == 0;
        if (!good)
            say("%s: %s", out->path, errno == EEXIST ? "exists already and is kept" : strerror(errno));
        unlink(out->temporary);
        out->temporary[0] = '\0';
    } else if (rename(out->temporary, out->path) == 0) {
        out->temporary[0] = '\0';
    } else {
        say("%s: cannot put it in place: %s", out->path, strerror(errno));
        good = false;
    }
    if (good && !sync_directory(out->path)) {
        say("%s: written, but its directory could not be flushed to disk: %s", out->path, strerror(errno));
        good = false;
    }
    output_abandon(out);
    return good;
}

void output_abandon(output_file *out)
{
    if (out->stream != NULL)
        fclose(out->stream);
    if (out->temporary != NULL && out->temporary[0] != '\0')
        unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    memset(out, 0, sizeof *out);
}
