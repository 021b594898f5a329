/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* explicit_bzero, O_CLOEXEC */
#include "keys/secret_file.h"

#include "cli/cli.h"
#include "keys/locked_memory.h"
#include "keys/terminal_prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_free(secret *s)
{
    locked_free(s->bytes);
    *s = (secret){NULL, 0};
}

static bool is_private(const struct stat *info)
{
    return (info->st_mode & 077) == 0 || (info->st_uid == 0 && (info->st_mode & 07777) == 0440);
}

/* Fill bytes, one more than may be there, so that a file that is too long shows. */
static bool read_all(secret *out, const char *path, int fd, size_t max)
{
    while (out->size <= max) {
        const ssize_t n = read(fd, out->bytes + out->size, max + 1 - out->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            say("%s: cannot read: %s", path, strerror(errno));
            return false;
        }
        if (n == 0)
            return true;
        out->size += (size_t)n;
    }
    say("%s: longer than %zu bytes", path, max);
    return false;
}

static bool read_open(secret *out, const char *path, int fd, size_t max)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        say("%s: cannot examine: %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        say("%s: %s", path, S_ISDIR(info.st_mode) ? "is a directory" : "not a regular file");
    } else if (!is_private(&info)) {
        say("%s: others may read or write this secret; make it private first: chmod 600 %s", path, path);
    } else {
        out->bytes = locked_new(max + 1);
        if (out->bytes != NULL)
            return read_all(out, path, fd, max);
        say("%s: out of memory", path);
    }
    return false;
}

bool secret_read(secret *out, const char *path, size_t max)
{
    *out = (secret){NULL, 0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        say("%s: cannot open: %s", path, strerror(errno));
        return false;
    }
    const bool good = read_open(out, path, fd, max);
    close(fd);
    if (!good)
        secret_free(out);
    return good;
}

static bool passphrase_from_file(secret *out, const char *path)
{
    /* more than one line may follow, such as a note on what it is for */
    if (!secret_read(out, path, 4 * (size_t)PASSPHRASE_MAX))
        return false;
    const uint8_t *end = out->size != 0 ? memchr(out->bytes, '\n', out->size) : NULL;
    if (end != NULL) {
        const size_t size = (size_t)(end - out->bytes);
        explicit_bzero(out->bytes + size, out->size - size);
        out->size = size;
    }
    return true;
}

static bool passphrase_from_terminal(secret *out, const char *what, bool fresh)
{
    secret again = {locked_new(PASSPHRASE_MAX + 1), 0};

    *out = (secret){locked_new(PASSPHRASE_MAX + 1), 0};
    bool good = out->bytes != NULL && again.bytes != NULL;
    if (!good)
        say("out of memory");
    good = good && terminal_prompt(out->bytes, &out->size, PASSPHRASE_MAX + 1, fresh ? "New passphrase" : "Passphrase",
                                   what);
    if (good && fresh) {
        good = terminal_prompt(again.bytes, &again.size, PASSPHRASE_MAX + 1, "The same again", what);
        if (good && (again.size != out->size || memcmp(again.bytes, out->bytes, out->size) != 0)) {
            say("%s: two different passphrases", what);
            good = false;
        }
    }
    secret_free(&again);
    return good;
}

bool passphrase_get(secret *out, const char *path, const char *what, bool fresh)
{
    const char *from = path != NULL ? path : what;

    *out = (secret){NULL, 0};
    bool good = path != NULL ? passphrase_from_file(out, path) : passphrase_from_terminal(out, what, fresh);
    if (good && (out->size == 0 || out->size > PASSPHRASE_MAX || memchr(out->bytes, 0, out->size) != NULL)) {
        say("%s: a passphrase has 1 to %u bytes, none of them 0", from, PASSPHRASE_MAX);
        good = false;
    }
    if (good && fresh && out->size < PASSPHRASE_MIN) {
        say("%s: a new passphrase has at least %u bytes", from, PASSPHRASE_MIN);
        good = false;
    }
    if (!good)
        secret_free(out);
    return good;
}
