/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP just as far as it is needed to ask: a kept connection, answers with a Content-Length. */
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HEAD_MAX = 4096, PROOF = 64, PATIENCE = 30 };

static bool trouble(const char *what)
{
    fprintf(stderr, "bench-evaluator: %s\n", what);
    return false;
}

static int connect_one(const struct addrinfo *a)
{
    const struct timeval patience = {.tv_sec = PATIENCE};
    const int yes = 1;
    const int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);

    if (fd < 0)
        return -1;
    if (connect(fd, a->ai_addr, a->ai_addrlen) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

bool wire_open(wire *w, const load *l)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all;

    w->room = HEAD_MAX + l->requests[0].expected_size;
    w->answer = malloc(w->room);
    w->fd = -1;
    if (w->answer == NULL)
        return trouble("out of memory");
    if (getaddrinfo(l->host, l->port, &hints, &all) != 0)
        return trouble("the address is not known");
    for (const struct addrinfo *a = all; a != NULL && w->fd < 0; a = a->ai_next)
        w->fd = connect_one(a);
    freeaddrinfo(all);
    return w->fd >= 0 || trouble("nobody listens at that address");
}

void wire_close(wire *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
    free(w->answer);
    w->answer = NULL;
}

static bool send_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size != 0) {
        const ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

/* Where the body begins, 0 as long as the head is not whole; its length goes to *size. */
static size_t find_body(const uint8_t *bytes, size_t have, size_t *size)
{
    static const char name[] = "\r\nContent-Length: ";

    *size = 0;
    for (size_t i = 0; i + 4 <= have; i++) {
        if (i + sizeof name <= have && strncasecmp((const char *)bytes + i, name, sizeof name - 1) == 0)
            for (size_t k = i + sizeof name - 1;
                 k < have && bytes[k] >= '0' && bytes[k] <= '9' && *size < 1u << 30; k++)
                *size = *size * 10 + (size_t)(bytes[k] - '0');
        if (memcmp(bytes + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    }
    return 0;
}

bool wire_ask(wire *w, const load_request *r)
{
    size_t have = 0;
    size_t body = 0;
    size_t size = 0;

    if (!send_all(w->fd, r->wire, r->wire_size))
        return trouble("the connection broke");
    while (body == 0 || have < body + size) {
        const ssize_t n = recv(w->fd, w->answer + have, w->room - have, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return trouble(have == w->room ? "an answer is too long" : "no answer came");
        have += (size_t)n;
        if (body == 0)
            body = find_body(w->answer, have, &size);
    }
    if (memcmp(w->answer, "HTTP/1.1 200 ", 13) != 0) {
        fprintf(stderr, "bench-evaluator: refused: %.*s\n", (int)strcspn((const char *)w->answer, "\r"),
                (const char *)w->answer);
        return false;
    }
    return (size == r->expected_size && have == body + size &&
            memcmp(w->answer + body, r->expected, size - PROOF) == 0) ||
           trouble("an answer is not the right one");
}
