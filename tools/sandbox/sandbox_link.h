/* SPDX-License-Identifier: Apache-2.0 */
/* The program's end of the sockets to the nursery and to a decoder process. */
#ifndef PHASH_TOOLS_SANDBOX_LINK_H
#define PHASH_TOOLS_SANDBOX_LINK_H

#include "sandbox/sandbox_nursery.h"

#include <stdbool.h>

/** What came of waiting for a message. */
typedef enum link_result {
    LINK_OK,
    LINK_LATE,     /* nothing within the time */
    LINK_UNREAD,   /* the other end is gone and never saw what was sent to it */
    LINK_GONE,     /* the other end is gone */
    LINK_NONSENSE, /* it said what cannot be */
} link_result;

/** Send a whole message: LINK_OK, LINK_UNREAD or LINK_GONE. */
link_result link_send(int fd, const void *message, size_t size);

/** Receive a message of exactly this size. Time during which this process is stopped does not count. */
link_result link_receive(int fd, void *message, size_t size, uint64_t seconds);

/** Receive a nursery_reply; *fd is the descriptor that came with it, or -1. */
link_result link_receive_reply(int control, nursery_reply *reply, int *fd, uint64_t seconds);

#endif
