/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs named in a file, or by another program while it runs: whoever waits for names can be told to stop. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "walk/walk.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDLE_MS 50
#define BLOCK ((size_t)65536)

typedef struct name_reader {
    int fd;
    char *data;
    size_t begin; /* of what was read and not taken yet */
    size_t end;
    size_t room;
    bool at_end;
} name_reader;

typedef enum name_state { NAME_THERE, NAME_NO_MORE, NAME_STOPPED, NAME_TROUBLE } name_state;

/* Wait until there is something to read. */
static name_state wait_for_more(walker *w, const name_reader *r)
{
    struct pollfd fds[2] = {{.fd = r->fd, .events = POLLIN}, {.fd = w->stop_fd, .events = POLLIN}};

    for (;;) {
        int n = poll(fds, w->stop != NULL ? 2 : 1, w->idle != NULL ? IDLE_MS : -1);
        if (w->stop != NULL && atomic_load(w->stop))
            return NAME_STOPPED;
        if (n < 0 && errno != EINTR)
            return NAME_TROUBLE;
        if (n > 0)
            return NAME_THERE;
        if (n == 0)
            w->idle(w->user);
    }
}

static name_state read_more(walker *w, name_reader *r)
{
    name_state state = wait_for_more(w, r);

    if (state != NAME_THERE)
        return state;
    memmove(r->data, r->data + r->begin, r->end - r->begin);
    r->end -= r->begin;
    r->begin = 0;
    if (r->room - r->end < BLOCK / 2) {
        size_t room = 2 * r->room;
        char *grown = realloc(r->data, room);
        if (grown == NULL) {
            errno = ENOMEM;
            return NAME_TROUBLE;
        }
        r->data = grown;
        r->room = room;
    }
    ssize_t n;
    do
        n = read(r->fd, r->data + r->end, r->room - r->end - 1); /* a 0 byte goes behind the last name */
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return NAME_TROUBLE;
    r->at_end = n == 0;
    r->end += (size_t)n;
    return NAME_THERE;
}

/* The next name, with a 0 byte behind it in place of its end. */
static name_state next_name(walker *w, name_reader *r, char **name, size_t *size, int end)
{
    size_t searched = 0;

    for (;;) {
        char *first = r->data + r->begin;
        size_t left = r->end - r->begin;
        char *found = left > searched ? memchr(first + searched, end, left - searched) : NULL;
        if (found == NULL && r->at_end && left == 0)
            return NAME_NO_MORE;
        if (found != NULL || r->at_end) {
            *name = first;
            *size = found != NULL ? (size_t)(found - first) : left;
            first[*size] = '\0';
            r->begin += *size + (found != NULL ? 1 : 0);
            return NAME_THERE;
        }
        searched = left;
        name_state state = read_more(w, r);
        if (state != NAME_THERE)
            return state;
    }
}

static bool visit_name(walker *w, const char *name, size_t size)
{
    if (strlen(name) != size) { /* only the first of many names would be looked at */
        w->size = 0;
        return w->visit(w->user, name, "cannot open: the line holds a 0 byte; -0 reads names that end with one");
    }
    return size == 0 || walk_path(w, name);
}

bool walk_names(walker *w, const char *list, bool zero)
{
    bool is_stdin = strcmp(list, "-") == 0;
    name_reader r = {.fd = is_stdin ? STDIN_FILENO : open(list, O_RDONLY | O_CLOEXEC), .room = BLOCK};
    name_state state = NAME_TROUBLE;
    char *name;
    size_t size;

    if (r.fd >= 0 && (r.data = malloc(r.room)) != NULL)
        state = NAME_THERE;
    while (state == NAME_THERE) {
        state = next_name(w, &r, &name, &size, zero ? '\0' : '\n');
        if (state == NAME_THERE && !visit_name(w, name, size))
            state = NAME_STOPPED;
    }
    if (state == NAME_TROUBLE)
        say("--files-from %s: %s", list, strerror(errno));
    free(r.data);
    if (r.fd >= 0 && !is_stdin)
        close(r.fd);
    return state == NAME_NO_MORE;
}
