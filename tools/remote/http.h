/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over a connection that is kept from one exchange to the next. What is behind this header is the only part of
 * the program that knows libcurl, and the only one that opens connections. No redirect is followed. */
#ifndef PHASH_TOOLS_HTTP_H
#define PHASH_TOOLS_HTTP_H

#include "remote/http_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What all connections share: options, token. Threads may share it once it is open. */
typedef struct http_access http_access;

/** One thread's connection. */
typedef struct http_client http_client;

/** False after a message, also when this build has no HTTP. Before other threads are started. */
bool http_open(http_access **out, const http_options *o);
void http_close(http_access **access);

/** Is this a URL to speak to: https, or http to this machine or with --allow-http, without a name, password, query or
 *  fragment? *origin gets its scheme, host and port for people, to be freed. False after a message. */
bool http_url_ok(char **origin, const http_access *access, const char *url);

/** NULL when memory is short. */
http_client *http_client_new(const http_access *access);
void http_client_free(http_client **client);

/** How an exchange ended. */
typedef enum http_end {
    HTTP_ANSWERED,  /* with a status, and the whole body */
    HTTP_UNREACHED, /* no connection, or it broke: worth another try */
    HTTP_TIMED_OUT,
    HTTP_REFUSED, /* the sink did not take the body */
    HTTP_FAILED   /* anything else, such as a certificate that is not trusted */
} http_end;

struct http_call;

/** Takes the next bytes of a body with status 200 or 206; the call's status, etag and range are known by then. False
 *  ends the exchange. */
typedef bool (*http_sink_fn)(void *user, const struct http_call *call, const uint8_t *bytes, size_t size);

#define HTTP_ETAG_SIZE 256
#define HTTP_WORD_SIZE 40

typedef struct http_call {
    const char *url;
    const uint8_t *body; /* to be posted; NULL: GET. Its bytes are sent once at most. */
    size_t body_size;
    uint64_t timeout_ms; /* for all of it; 0: as long as bytes come */
    uint64_t from;       /* ask for the bytes from here on only */
    const char *if_range; /* with it: provided that this is still the ETag */
    const char *if_none_match; /* without it: provided that this is not the ETag, else status 304; NULL: in any case */
    http_sink_fn sink;
    void *user;
    /* What came of it: */
    http_end end;
    long status;
    uint64_t retry_after;      /* seconds; 0: not said */
    char etag[HTTP_ETAG_SIZE]; /* as sent, with its quotes; empty: none, or too long */
    uint64_t length;           /* of the body; UINT64_MAX: not said */
    uint64_t range_first;      /* with status 206: where the body begins in the whole */
    uint64_t range_total;      /* and, also with 416, the size of that; UINT64_MAX: not said */
    char word[HTTP_WORD_SIZE]; /* "error" of a body that says what is wrong */
    char why[256];             /* for people, unless ANSWERED */
} http_call;

/** One exchange; what came of an earlier one is forgotten. */
void http_perform(http_client *client, http_call *call);

#endif
