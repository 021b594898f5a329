/* SPDX-License-Identifier: Apache-2.0 */
/* The socket on which the service listens. */
#ifndef PHASH_TOOLS_LISTEN_H
#define PHASH_TOOLS_LISTEN_H

#include <stdbool.h>

/** Bind and listen: HOST:PORT, [HOST]:PORT, :PORT for all addresses, or unix:PATH. Port 0 takes a free one. *local says
 *  whether only this machine can reach it. The socket, or -1 after a message. */
int listen_on(const char *where, bool *local);

/** Say on stderr where that is, with the port that was taken. */
void listen_say(int fd, const char *where);

#endif
