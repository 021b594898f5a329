/* SPDX-License-Identifier: Apache-2.0 */
/* An evaluator behind a URL: asking it, asking again where that is safe, and leaving it alone when it is down. */
#ifndef PHASH_TOOLS_REMOTE_EVALUATOR_H
#define PHASH_TOOLS_REMOTE_EVALUATOR_H

#include "cli/reason.h"
#include "remote/http.h"

#include <phash/set.h>

#define REMOTE_WAIT_DEFAULT 60u /* seconds for one answer */
#define REMOTE_WAIT_MAX 3600u

/** What all threads share. */
typedef struct remote_evaluator remote_evaluator;

/** One thread's connection to it. */
typedef struct remote_client remote_client;

/** Find out that it can be reached and serves the key of a set; while it does not answer, it is asked again for
 *  wait_seconds. Before other threads are started. False after a message. */
bool remote_open(remote_evaluator **out, const char *url, const http_options *options, uint64_t wait_seconds,
                 const phash_set_info *set);
void remote_close(remote_evaluator **e);

/** Its scheme, host and port. Borrowed. */
const char *remote_name(const remote_evaluator *e);

/** NULL when memory is short. response_size: of every response. */
remote_client *remote_client_new(remote_evaluator *e, size_t response_size);
void remote_client_free(remote_client **client);

typedef enum remote_result {
    REMOTE_ANSWERED, /* the room holds the response, untrusted */
    REMOTE_AGAIN,    /* ask again, with a fresh request: the same bytes would show that it is about the same picture */
    REMOTE_GAVE_UP   /* see remote_trouble */
} remote_result;

/** Begin to ask about a picture. False when it is not to be asked at all, since it failed so often of late; see
 *  remote_trouble. */
bool remote_begin(remote_client *client);

/** Send a request and wait for its response; with REMOTE_AGAIN the pause before another try is over already.
 *  *received counts the bytes of responses. */
remote_result remote_ask(remote_client *client, uint8_t *response, const uint8_t *request, size_t request_size,
                         uint64_t *received);

/** Why there is no response. Borrowed. */
reason remote_trouble(const remote_client *client, const char **why);

#endif
