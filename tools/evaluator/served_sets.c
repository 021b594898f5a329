/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/served_sets.h"

#include "cli/cli.h"
#include "cli/file_bytes.h"

#include <phash/digests.h>
#include <phash/set.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETS_MAX 1000u
#define READ_SIZE (UINT32_C(1) << 16)

static bool is_set_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const size_t n = strlen(name);

    return n > 4 && n <= 255 && name[0] != '.' && strcmp(name + n - 4, ".phb") == 0 && strspn(name, allowed) == n;
}

static bool digest_file(served_set *s, phash_digester *digester, uint8_t *buffer)
{
    phash_digests d;
    uint64_t at = 0;
    ssize_t n;

    if (phash_digester_begin(digester) != PHASH_OK)
        return false;
    while ((n = file_read_at(s->fd, buffer, READ_SIZE, at)) > 0) {
        if (phash_digester_add(digester, buffer, (size_t)n) != PHASH_OK)
            return false;
        at += (uint64_t)n;
    }
    if (n < 0 || at != (uint64_t)s->seen.st_size || phash_digester_finish(digester, &d) != PHASH_OK)
        return false;
    for (size_t i = 0; i < sizeof d.sha256; i++)
        snprintf(s->sha256 + 2 * i, 3, "%02x", d.sha256[i]);
    snprintf(s->etag, sizeof s->etag, "\"%s\"", s->sha256);
    return true;
}

/* Through /proc, so that what is verified is the file that stays open, whatever its name leads to by then. */
static bool verify(served_set *s, const char *path)
{
    char through[32];
    phash_set *set = NULL;
    phash_set_info info;
    phash_diag diag = {""};

    snprintf(through, sizeof through, "/proc/self/fd/%d", s->fd);
    phash_status st = phash_set_open(&set, &diag, through, NULL);
    if (st == PHASH_OK)
        st = phash_set_verify(set, &diag, NULL, NULL, NULL);
    if (st == PHASH_OK)
        st = phash_set_get_info(set, &info);
    if (st == PHASH_OK) {
        s->entries = info.entries;
        s->created = info.created;
    } else {
        say("%s: %s", path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    }
    phash_set_free(&set);
    return st == PHASH_OK;
}

static bool open_set(served_set *s, const char *path, const char *name, phash_digester *digester, uint8_t *buffer)
{
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    s->name = strdup(name);
    if (s->fd == -1 || s->name == NULL || fstat(s->fd, &s->seen) != 0) {
        say("%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(s->seen.st_mode)) {
        say("%s: not a regular file", path);
        return false;
    }
    if (!verify(s, path))
        return false;
    if (!digest_file(s, digester, buffer) || !served_set_unchanged(s)) {
        say("%s: it cannot be read, or changed meanwhile; put sets into the folder by renaming", path);
        return false;
    }
    return true;
}

static served_set *add(served_sets *s)
{
    if (s->count == s->room) {
        const size_t room = s->room == 0 ? 8 : 2 * s->room;
        served_set *grown = realloc(s->all, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        s->all = grown;
        s->room = room;
    }
    s->all[s->count] = (served_set){.fd = -1};
    return &s->all[s->count++];
}

static bool load_one(served_sets *s, const char *folder, const char *name, phash_digester *digester, uint8_t *buffer)
{
    served_set *one = s->count < SETS_MAX ? add(s) : NULL;
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = one != NULL ? malloc(size) : NULL;

    if (path == NULL) {
        say("%s: no memory, or more than %u sets", folder, SETS_MAX);
        return false;
    }
    snprintf(path, size, "%s/%s", folder, name);
    const bool good = open_set(one, path, name, digester, buffer);
    free(path);
    return good;
}

static bool load_all(served_sets *s, const char *folder, DIR *stream)
{
    phash_digester *digester = NULL;
    uint8_t *buffer = malloc(READ_SIZE);
    struct dirent *entry;
    bool good = buffer != NULL && phash_digester_new(&digester, PHASH_DIGEST_SHA256, NULL) == PHASH_OK;

    if (!good)
        say("%s: no memory", folder);
    while (good && (errno = 0, entry = readdir(stream)) != NULL)
        if (is_set_name(entry->d_name))
            good = load_one(s, folder, entry->d_name, digester, buffer);
    if (good && errno != 0) {
        say("%s: %s", folder, strerror(errno));
        good = false;
    }
    phash_digester_free(&digester);
    free(buffer);
    return good;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const served_set *)a)->name, ((const served_set *)b)->name);
}

served_sets *served_sets_load(const char *folder)
{
    served_sets *s = calloc(1, sizeof *s);
    DIR *stream = opendir(folder);

    if (s == NULL || stream == NULL)
        say("%s: %s", folder, s == NULL ? "no memory" : strerror(errno));
    if (s == NULL || stream == NULL || !load_all(s, folder, stream))
        served_sets_free(&s);
    else if (s->count > 1)
        qsort(s->all, s->count, sizeof *s->all, by_name);
    if (stream != NULL)
        closedir(stream);
    return s;
}

void served_sets_free(served_sets **sp)
{
    served_sets *s = *sp;

    for (size_t i = 0; s != NULL && i < s->count; i++) {
        if (s->all[i].fd != -1)
            close(s->all[i].fd);
        free(s->all[i].name);
    }
    if (s != NULL)
        free(s->all);
    free(s);
    *sp = NULL;
}

const served_set *served_sets_find(const served_sets *s, const char *name)
{
    for (size_t i = 0; s != NULL && i < s->count; i++)
        if (strcmp(s->all[i].name, name) == 0)
            return &s->all[i];
    return NULL;
}

bool served_set_unchanged(const served_set *s)
{
    struct stat now;

    return fstat(s->fd, &now) == 0 && now.st_size == s->seen.st_size &&
           now.st_mtim.tv_sec == s->seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == s->seen.st_mtim.tv_nsec;
}
