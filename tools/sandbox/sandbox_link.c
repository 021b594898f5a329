/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "sandbox/sandbox_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLICE_MS 1000 /* the wait is made of slices; one that took much longer was not spent waiting */

link_result link_send(int fd, const void *message, size_t size)
{
    ssize_t n;

    do
        n = send(fd, message, size, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)size)
        return LINK_OK;
    return n < 0 && (errno == EPIPE || errno == ECONNRESET) ? LINK_UNREAD : LINK_GONE;
}

static uint64_t milliseconds(void)
{
    struct timespec t = {0};

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static link_result wait_for(int fd, uint64_t seconds)
{
    uint64_t left = seconds * 1000;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const uint64_t slice = left < SLICE_MS ? left : SLICE_MS;
        const uint64_t begun = milliseconds();
        int n = poll(&p, 1, (int)slice);
        if (n > 0)
            return LINK_OK;
        if (n < 0 && errno != EINTR)
            return LINK_GONE;
        const uint64_t passed = milliseconds() - begun;
        const uint64_t spent = n == 0 ? slice : passed < slice ? passed : slice;
        left -= spent;
        if (left == 0)
            return LINK_LATE;
    }
}

static link_result result_of(ssize_t n, size_t size)
{
    if (n > 0)
        return n == (ssize_t)size ? LINK_OK : LINK_NONSENSE;
    return n < 0 && errno == ECONNRESET ? LINK_UNREAD : LINK_GONE;
}

link_result link_receive(int fd, void *message, size_t size, uint64_t seconds)
{
    link_result waited = wait_for(fd, seconds);
    ssize_t n;

    if (waited != LINK_OK)
        return waited;
    do
        n = recv(fd, message, size, MSG_DONTWAIT | MSG_TRUNC); /* a longer one shows its length */
    while (n < 0 && errno == EINTR);
    return result_of(n, size);
}

static int descriptor_in(struct msghdr *message)
{
    int fd = -1;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fd))
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

link_result link_receive_reply(int control, nursery_reply *reply, int *fd, uint64_t seconds)
{
    struct iovec data = {reply, sizeof *reply};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } extra;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = extra.bytes,
                             .msg_controllen = sizeof extra.bytes};
    link_result waited = wait_for(control, seconds);
    ssize_t n;

    *fd = -1;
    if (waited != LINK_OK)
        return waited;
    do
        n = recvmsg(control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        *fd = descriptor_in(&message);
    return result_of(n, sizeof *reply);
}
