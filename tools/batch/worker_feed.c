/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* STDIN_FILENO */
#include "batch/worker_feed.h"

#include "cli/cli.h"
#include "batch/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_SIZE 65536u /* longer paths do not exist */

typedef struct requests {
    struct batch *batch;
    bool stopped; /* results cannot be handed out */
    bool ended;
    size_t at; /* of what was read and not used */
    size_t end;
    char buffer[65536];
    char line[LINE_MAX_SIZE + 1]; /* of the request, without its end; a 0 byte follows */
    size_t line_size;
} requests;

/* Who asked may be waiting for answers before it sends more: batch_read gives them. */
static bool refill(requests *r)
{
    if (r->ended || r->stopped)
        return false;
    const ptrdiff_t n = batch_read(r->batch, STDIN_FILENO, r->buffer, sizeof r->buffer, true);
    if (n < 0) {
        say("cannot read requests: %s", strerror(errno));
        r->stopped = true;
    }
    r->ended = n <= 0;
    r->at = 0;
    r->end = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static size_t more(void *user, void *bytes, size_t size)
{
    requests *r = user;

    if (r->at == r->end && !refill(r))
        return 0;
    size_t n = size < r->end - r->at ? size : r->end - r->at;
    memcpy(bytes, r->buffer + r->at, n);
    r->at += n;
    return n;
}

typedef enum line_kind { LINE_WHOLE, LINE_TOO_LONG, LINE_CUT, LINE_NONE } line_kind;

static line_kind read_line(requests *r, char end)
{
    line_kind kind = LINE_WHOLE;

    r->line_size = 0;
    for (;;) {
        if (r->at == r->end && !refill(r)) {
            kind = r->line_size != 0 ? LINE_CUT : LINE_NONE;
            break;
        }
        char c = r->buffer[r->at++];
        if (c == end)
            break;
        if (r->line_size == LINE_MAX_SIZE)
            kind = LINE_TOO_LONG;
        else
            r->line[r->line_size++] = c;
    }
    r->line[r->line_size] = '\0';
    return kind;
}

/* "SIZE NAME": NULL when it is not that. */
static char *split_size(char *rest, uint64_t *size)
{
    const size_t digits = strspn(rest, "0123456789");

    if (digits == 0 || digits > 18 || rest[digits] != ' ')
        return NULL;
    *size = strtoull(rest, NULL, 10);
    return rest + digits + 1;
}

static bool skip(requests *r, uint64_t size)
{
    char waste[4096];
    size_t n = 1;

    while (size != 0 && n != 0) {
        n = more(r, waste, size < sizeof waste ? (size_t)size : sizeof waste);
        size -= n;
    }
    return size == 0;
}

static batch_input malformed(const requests *r, const char *why)
{
    return (batch_input){.path = r->line, .trouble = REASON_MALFORMED, .why = why};
}

/* A request whose content cannot be found is the last one: nobody knows where the next begins. */
static batch_input take_bytes(requests *r, bool *lost)
{
    uint64_t size = 0;
    char *name = split_size(r->line + strlen("bytes "), &size);

    *lost = name == NULL;
    if (name == NULL)
        return malformed(r, "'bytes' needs a size and a name; the requests behind it cannot be found");
    batch_input input = {.path = name};
    if (size <= PICTURE_FILE_MAX) {
        collect(&input, size, more, r);
        if (input.trouble == REASON_NO_MEMORY) /* part of it may have been read */
            *lost = true;
    } else if (skip(r, size)) {
        input.trouble = REASON_TOO_LARGE;
        input.why = "larger than the limit of 512 MiB";
    } else {
        input.trouble = REASON_TRUNCATED;
        input.why = "the stream ends within it";
    }
    return input;
}

static batch_input take_request(requests *r, line_kind kind, bool *lost)
{
    *lost = false;
    if (kind == LINE_TOO_LONG)
        return malformed(r, "a line of more than 65536 bytes");
    if (kind == LINE_CUT)
        return malformed(r, "the stream ends within this request");
    if (strlen(r->line) != r->line_size)
        return malformed(r, "a line with a 0 byte; -0 ends lines with one");
    if (strncmp(r->line, "file ", 5) == 0)
        return (batch_input){.path = r->line + 5};
    if (strncmp(r->line, "bytes ", 6) == 0)
        return take_bytes(r, lost);
    return malformed(r, "neither 'file PATH' nor 'bytes SIZE NAME'");
}

bool worker_feed(void *source, struct batch *b, walk_skipped *skipped)
{
    const char end = *(const char *)source;
    requests *r = calloc(1, sizeof *r);
    bool going = r != NULL;
    bool lost = false;

    (void)skipped; /* nothing is walked */
    if (r == NULL)
        say("out of memory");
    else
        r->batch = b;
    while (going && !lost) {
        const line_kind kind = read_line(r, end);
        if (kind == LINE_NONE)
            break;
        const batch_input input = take_request(r, kind, &lost);
        going = !r->stopped && batch_submit(b, input);
        if (r->stopped)
            free(input.bytes);
    }
    going = going && !r->stopped;
    free(r);
    return going;
}
