/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that speaks HTTP, by libmicrohttpd. */
#ifndef PHASH_TOOLS_HTTP_THREAD_H
#define PHASH_TOOLS_HTTP_THREAD_H

#include "evaluator/service.h"

struct MHD_Daemon;

/** Serve connections of a listening socket, which it closes in the end. NULL when it cannot be started. */
struct MHD_Daemon *http_thread_start(service *s, int fd);

/** No new connections from now on. */
void http_thread_stop_accepting(struct MHD_Daemon *daemon);

/** Close all connections and end; nothing may be with the pool any more. */
void http_thread_stop(struct MHD_Daemon **daemon);

#endif
