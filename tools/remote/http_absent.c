/* SPDX-License-Identifier: Apache-2.0 */
/* In place of http.c in a build without libcurl: it says so, and nothing is ever asked. */
#include "remote/http.h"

#include "cli/cli.h"

bool http_open(http_access **out, const http_options *o)
{
    (void)o;
    *out = NULL;
    say("this build has no HTTP: it was made without libcurl (PHASH_HTTP)");
    return false;
}

void http_close(http_access **access)
{
    *access = NULL;
}

bool http_url_ok(char **origin, const http_access *access, const char *url)
{
    (void)access, (void)url;
    *origin = NULL;
    return false;
}

http_client *http_client_new(const http_access *access)
{
    (void)access;
    return NULL;
}

void http_client_free(http_client **client)
{
    *client = NULL;
}

void http_perform(http_client *client, http_call *call)
{
    (void)client;
    call->end = HTTP_FAILED;
    call->status = 0;
}
