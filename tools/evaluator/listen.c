/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* SOCK_CLOEXEC, SOCK_NONBLOCK */
#include "evaluator/listen.h"

#include "cli/cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

static int failed(int fd, const char *where)
{
    say("--listen %s: %s", where, strerror(errno));
    if (fd != -1)
        close(fd);
    return -1;
}

static int listen_on_path(const char *where, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;

    if (strlen(path) >= sizeof address.sun_path) {
        say("--listen %s: the path is longer than a socket's may be", where);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    /* A socket that an earlier process left behind; anything else of that name is not ours to remove. */
    if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode))
        unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0)
        return failed(fd, where);
    return fd;
}

static bool is_local(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return address->sa_family == AF_INET &&
           ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
}

static int listen_on_address(const char *where, const struct addrinfo *one)
{
    const int yes = 1;
    int fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, one->ai_addr, one->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
        return failed(fd, where);
    return fd;
}

/* Cut HOST:PORT in two; brackets around an IPv6 address. */
static bool split(char host[256], const char **port, const char *where)
{
    const char *colon = strrchr(where, ':');
    size_t size = colon != NULL ? (size_t)(colon - where) : 0;
    const bool brackets = size >= 2 && where[0] == '[' && where[size - 1] == ']';

    if (brackets) {
        where++;
        size -= 2;
    }
    if (colon == NULL || colon[1] == '\0' || size >= 256 || (!brackets && memchr(where, ':', size) != NULL))
        return false;
    memcpy(host, where, size);
    host[size] = '\0';
    *port = colon + 1;
    return true;
}

int listen_on(const char *where, bool *local)
{
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[256];
    const char *port;

    *local = true;
    if (strncmp(where, "unix:", 5) == 0 && where[5] != '\0')
        return listen_on_path(where, where + 5);
    if (!split(host, &port, where)) {
        say("--listen %s: give HOST:PORT, [ADDRESS]:PORT for IPv6, or unix:PATH", where);
        return -1;
    }
    const int error = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &found);
    if (error != 0) {
        say("--listen %s: %s", where, gai_strerror(error));
        return -1;
    }
    *local = is_local(found->ai_addr);
    const int fd = listen_on_address(where, found);
    freeaddrinfo(found);
    return fd;
}

void listen_say(int fd, const char *where)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[64];
    char port[16];

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.ss_family == AF_UNIX ||
        getnameinfo((const struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        say("listening on %s", where);
    else
        say(address.ss_family == AF_INET6 ? "listening on [%s]:%s" : "listening on %s:%s", host, port);
}
