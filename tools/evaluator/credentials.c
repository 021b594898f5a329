/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/credentials.h"

#include "cli/cli.h"
#include "cli/file_io.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (UINT64_C(64) << 20)

typedef struct credential {
    uint8_t digest[PHASH_DIGEST_SHA256_SIZE];
    char name[CREDENTIAL_NAME_MAX + 1];
} credential;

struct credentials {
    credential *all; /* in ascending order of digests */
    size_t count;
    size_t room;
};

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const credential *)a)->digest, ((const credential *)b)->digest, PHASH_DIGEST_SHA256_SIZE);
}


static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* NAME, spaces, 64 hexadecimal digits. NULL, or what is wrong. */
static const char *read_line(credential *c, const char *line, size_t size)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
    size_t n = 0;
    size_t at;

    while (n < size && line[n] != '\0' && strchr(allowed, line[n]) != NULL)
        n++;
    if (n == 0 || n > CREDENTIAL_NAME_MAX)
        return "a name has 1 to 64 letters, digits, or . _ @ -";
    memcpy(c->name, line, n);
    c->name[n] = '\0';
    for (at = n; at < size && (line[at] == ' ' || line[at] == '\t'); at++) {}
    if (at == n || size - at != 2 * sizeof c->digest)
        return "after the name comes the SHA-256 of the token, in 64 hexadecimal digits";
    for (size_t i = 0; i < sizeof c->digest; i++) {
        const int high = digit(line[at + 2 * i]);
        const int low = digit(line[at + 2 * i + 1]);
        if (high < 0 || low < 0)
            return "a digest has hexadecimal digits only";
        c->digest[i] = (uint8_t)(high << 4 | low);
    }
    return NULL;
}

static bool add(credentials *c, const credential *one)
{
    if (c->count == c->room) {
        const size_t room = c->room == 0 ? 64 : 2 * c->room;
        credential *grown = realloc(c->all, room * sizeof *grown);
        if (grown == NULL)
            return false;
        c->all = grown;
        c->room = room;
    }
    c->all[c->count++] = *one;
    return true;
}

static bool read_lines(credentials *c, const char *path, const char *bytes, size_t size)
{
    unsigned long number = 0;

    for (size_t at = 0; at < size; number++) {
        const char *line = bytes + at;
        const char *end = memchr(line, '\n', size - at);
        size_t n = end != NULL ? (size_t)(end - line) : size - at;
        credential one;
        at += n + 1;
        while (n > 0 && (line[n - 1] == '\r' || line[n - 1] == ' ' || line[n - 1] == '\t'))
            n--;
        if (n == 0 || line[0] == '#')
            continue;
        const char *wrong = read_line(&one, line, n);
        if (wrong == NULL && !add(c, &one))
            wrong = "no memory for so many";
        if (wrong != NULL) {
            say("%s:%lu: %s", path, number + 1, wrong);
            return false;
        }
    }
    if (c->count == 0)
        say("%s: no credential in it, so nobody could ask", path);
    return c->count > 0;
}

/* Two tokens of one name are fine, while a client changes from one to the other; two names of one token are not. */
static bool tokens_differ(credentials *c, const char *path)
{
    qsort(c->all, c->count, sizeof *c->all, by_digest);
    for (size_t i = 1; i < c->count; i++)
        if (by_digest(&c->all[i - 1], &c->all[i]) == 0) {
            say("%s: %s and %s have the same token", path, c->all[i - 1].name, c->all[i].name);
            return false;
        }
    return true;
}

credentials *credentials_read(const char *path, const char *bytes, size_t size)
{
    credentials *c = calloc(1, sizeof *c);

    if (c == NULL)
        say("%s: no memory", path);
    else if (!read_lines(c, path, bytes, size) || !tokens_differ(c, path))
        credentials_free(&c);
    return c;
}

credentials *credentials_load(const char *path)
{
    credentials *c = NULL;
    file_buffer file = {0};
    char why[256];

    if (file_read(&file, why, sizeof why, path, FILE_MAX_BYTES) == FILE_OK)
        c = credentials_read(path, (const char *)file.data, file.size);
    else
        say("%s: %s", path, why);
    file_buffer_free(&file, false);
    return c;
}

void credentials_free(credentials **c)
{
    if (*c != NULL)
        free((*c)->all);
    free(*c);
    *c = NULL;
}

const char *credentials_find(const credentials *c, phash_digester *digester, const char *token, size_t size)
{
    phash_digests d;
    credential wanted;

    /* Digests are looked for, not tokens: how long that takes tells nothing of use about any token. */
    if (phash_digester_begin(digester) != PHASH_OK ||
        phash_digester_add(digester, (const uint8_t *)token, size) != PHASH_OK ||
        phash_digester_finish(digester, &d) != PHASH_OK)
        return NULL;
    memcpy(wanted.digest, d.sha256, sizeof wanted.digest);
    const credential *found = bsearch(&wanted, c->all, c->count, sizeof *c->all, by_digest);
    return found != NULL ? found->name : NULL;
}
