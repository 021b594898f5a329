/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* flock */
#include "lists/trust_state.h"

#include "cli/cli.h"
#include "cli/file_io.h"
#include "lists/set_text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STATE_SIZE_MAX (1u << 20)

static const char head_line[] = "libphash sets seen 1\n";
#define HEAD_SIZE (sizeof head_line - 1)

static bool take_lock(trust_state *s)
{
    size_t size = strlen(s->path) + sizeof ".lock";
    char *path = malloc(size);

    if (path == NULL) {
        say("out of memory");
        return false;
    }
    snprintf(path, size, "%s.lock", s->path);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = s->lock >= 0 && flock(s->lock, LOCK_EX) == 0;
    if (!good)
        say("%s: cannot lock: %s", path, strerror(errno));
    free(path);
    return good;
}

static bool read_hex(uint8_t *out, size_t size, const char *hex)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 2 * size; i++) {
        const char *digit = hex[i] != '\0' ? strchr(digits, hex[i]) : NULL;
        if (digit == NULL)
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (digit - digits));
    }
    return true;
}

/* ID SEQUENCE DIGEST, in the one way they are written. */
static bool parse_line(phash_set_seen *out, const char *line)
{
    const char *at = line + 2 * PHASH_SET_ID_SIZE + 1;
    char *end = NULL;

    memset(out, 0, sizeof *out);
    if (!read_hex(out->id, PHASH_SET_ID_SIZE, line) || at[-1] != ' ' || *at < '0' || *at > '9' ||
        (at[0] == '0' && at[1] != ' '))
        return false;
    errno = 0;
    out->sequence = strtoull(at, &end, 10);
    return errno == 0 && *end == ' ' && read_hex(out->digest, PHASH_DIGEST_SIZE, end + 1) &&
           end[1 + 2 * PHASH_DIGEST_SIZE] == '\0';
}

static bool parse(trust_state *s, char *bytes, size_t size)
{
    if (size < HEAD_SIZE || memcmp(bytes, head_line, HEAD_SIZE) != 0 || bytes[size - 1] != '\n' ||
        memchr(bytes, '\0', size) != NULL)
        return false;
    size_t lines = 0;
    for (size_t i = HEAD_SIZE; i < size; i++)
        lines += bytes[i] == '\n';
    s->sets = calloc(lines + 1, sizeof *s->sets);
    if (s->sets == NULL)
        return false;
    for (char *line = bytes + HEAD_SIZE; line < bytes + size;) {
        char *end = memchr(line, '\n', (size_t)(bytes + size - line));
        *end = '\0';
        phash_set_seen *seen = &s->sets[s->count];
        if (!parse_line(seen, line) || trust_state_find(s, seen->id) != NULL)
            return false;
        s->count++;
        line = end + 1;
    }
    return true;
}

bool trust_state_open(trust_state *s, const char *path)
{
    file_buffer file = {0};
    char why[256];

    *s = (trust_state){.path = path, .lock = -1};
    bool good = take_lock(s);
    bool exists = access(path, F_OK) == 0 || errno != ENOENT;
    if (good && exists && file_read(&file, why, sizeof why, path, STATE_SIZE_MAX) != FILE_OK) {
        say("%s: %s", path, why);
        good = false;
    } else if (good && exists && !parse(s, (char *)file.data, file.size)) {
        say("%s: not a file of --state, or damaged: restore it; without it older editions are not noticed", path);
        good = false;
    }
    file_buffer_free(&file, false);
    if (!good)
        trust_state_close(s);
    return good;
}

const phash_set_seen *trust_state_find(const trust_state *s, const uint8_t id[PHASH_SET_ID_SIZE])
{
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->sets[i].id, id, PHASH_SET_ID_SIZE) == 0)
            return &s->sets[i];
    return NULL;
}

static bool write_file(const trust_state *s)
{
    output_file out;
    text t = {0};

    text_put(&t, head_line);
    for (size_t i = 0; i < s->count; i++) {
        text_hex(&t, s->sets[i].id, PHASH_SET_ID_SIZE);
        text_printf(&t, " %" PRIu64 " ", s->sets[i].sequence);
        text_hex(&t, s->sets[i].digest, PHASH_DIGEST_SIZE);
        text_put(&t, "\n");
    }
    bool good = text_ok(&t);
    if (!good)
        say("out of memory");
    if (good && output_begin(&out, s->path, 0600)) {
        good = fwrite(t.data, 1, t.size, out.stream) == t.size;
        if (good)
            good = output_commit(&out, true);
        else
            output_abandon(&out);
    } else {
        good = false;
    }
    text_free(&t);
    return good;
}

bool trust_state_store(trust_state *s, const phash_set_seen *seen)
{
    phash_set_seen *known = (phash_set_seen *)(uintptr_t)trust_state_find(s, seen->id);

    if (known == NULL) {
        phash_set_seen *grown = realloc(s->sets, (s->count + 1) * sizeof *grown);
        if (grown == NULL) {
            say("out of memory");
            return false;
        }
        s->sets = grown;
        known = &s->sets[s->count++];
    } else if (known->sequence == seen->sequence && memcmp(known->digest, seen->digest, PHASH_DIGEST_SIZE) == 0) {
        return true;
    }
    *known = *seen;
    if (write_file(s))
        return true;
    say("%s: cannot remember this edition", s->path);
    return false;
}

void trust_state_close(trust_state *s)
{
    if (s->lock >= 0)
        close(s->lock);
    free(s->sets);
    *s = (trust_state){.lock = -1};
}
