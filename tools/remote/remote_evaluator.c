/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "remote/remote_evaluator.h"

#include "cli/cli.h"
#include "remote/breaker.h"
#include "remote/patience.h"
#include "remote/remote_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_MAX 5u

struct remote_evaluator {
    http_access *access;
    char *origin;
    char *evaluate_url;
    uint64_t wait_ms;
    breaker breaker;
};

struct remote_client {
    remote_evaluator *evaluator;
    http_client *http;
    patience patience;
    uint8_t *response; /* where the next bytes go */
    size_t response_size;
    size_t received;
    reason reason;
    char why[BREAKER_WHY_SIZE];
};

/* URL and path, with one slash between. */
static char *join(const char *url, const char *path)
{
    size_t size = strlen(url);
    char *joined = malloc(size + strlen(path) + 1);

    while (size != 0 && url[size - 1] == '/')
        size--;
    if (joined != NULL) {
        memcpy(joined, url, size);
        memcpy(joined + size, path, strlen(path) + 1);
    }
    return joined;
}

bool remote_open(remote_evaluator **out, const char *url, const http_options *options, uint64_t wait_seconds,
                 const phash_set_info *set)
{
    remote_evaluator *e = calloc(1, sizeof *e);
    char *key_url = NULL;
    bool good = false;

    *out = e;
    if (e == NULL) {
        say("out of memory");
        return false;
    }
    breaker_init(&e->breaker);
    e->wait_ms = wait_seconds * 1000;
    if (http_open(&e->access, options) && http_url_ok(&e->origin, e->access, url)) {
        key_url = join(url, "/v1/key");
        e->evaluate_url = join(url, "/v1/evaluate");
        if (key_url == NULL || e->evaluate_url == NULL)
            say("out of memory");
        else
            good = remote_keys_check(e->access, key_url, e->origin, e->wait_ms, set);
    }
    free(key_url);
    if (!good)
        remote_close(out);
    return good;
}

void remote_close(remote_evaluator **e)
{
    if (*e == NULL)
        return;
    http_close(&(*e)->access);
    breaker_destroy(&(*e)->breaker);
    free((*e)->origin);
    free((*e)->evaluate_url);
    free(*e);
    *e = NULL;
}

const char *remote_name(const remote_evaluator *e)
{
    return e->origin;
}

remote_client *remote_client_new(remote_evaluator *e, size_t response_size)
{
    remote_client *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->evaluator = e;
    c->response_size = response_size;
    c->http = http_client_new(e->access);
    if (c->http == NULL)
        remote_client_free(&c);
    return c;
}

void remote_client_free(remote_client **client)
{
    if (*client == NULL)
        return;
    http_client_free(&(*client)->http);
    free(*client);
    *client = NULL;
}

/* Every response of the set's evaluator has one size; what is longer is no response. */
static bool keep(void *user, const http_call *call, const uint8_t *bytes, size_t size)
{
    remote_client *c = user;

    if (call->status != 200 || size > c->response_size - c->received)
        return false;
    memcpy(c->response + c->received, bytes, size);
    c->received += size;
    return true;
}

bool remote_begin(remote_client *client)
{
    patience_begin(&client->patience, client->evaluator->wait_ms, ATTEMPTS_MAX);
    return breaker_allows(&client->evaluator->breaker, &client->reason, client->why);
}

static remote_result give_up(remote_client *c, reason r, const char *what)
{
    c->reason = r;
    snprintf(c->why, sizeof c->why, "%s: %.200s", r == REASON_EVALUATOR ? "the evaluator refused" : "no answer", what);
    breaker_failed(&c->evaluator->breaker, c->reason, c->why);
    return REMOTE_GAVE_UP;
}

/* 429 and 503 say to come back later, and so do proxies with nobody behind them. */
static bool comes_back(const http_call *call)
{
    return call->end == HTTP_UNREACHED || (call->end == HTTP_ANSWERED && (call->status == 429 || call->status == 502 ||
                                                                          call->status == 503 || call->status == 504));
}

remote_result remote_ask(remote_client *c, uint8_t *response, const uint8_t *request, size_t request_size,
                         uint64_t *received)
{
    http_call call = {.url = c->evaluator->evaluate_url, .body = request, .body_size = request_size, .sink = keep,
                      .user = c, .timeout_ms = patience_left(&c->patience)};
    char what[64];

    c->response = response;
    c->received = 0;
    http_perform(c->http, &call);
    *received += c->received;
    if (call.end == HTTP_ANSWERED && call.status == 200 && c->received == c->response_size) {
        breaker_succeeded(&c->evaluator->breaker);
        return REMOTE_ANSWERED;
    }
    if (comes_back(&call))
        return patience_pause(&c->patience, call.retry_after) ? REMOTE_AGAIN
                                                              : give_up(c, REASON_EVALUATOR_UNAVAILABLE, call.why);
    if (call.end == HTTP_REFUSED || (call.end == HTTP_ANSWERED && call.status == 200)) {
        snprintf(what, sizeof what, "its answer has not the %zu bytes of a response", c->response_size);
        return give_up(c, REASON_EVALUATOR, what);
    }
    if (call.end == HTTP_ANSWERED && call.status < 500)
        return give_up(c, REASON_EVALUATOR, call.why);
    return give_up(c, REASON_EVALUATOR_UNAVAILABLE, call.why);
}

reason remote_trouble(const remote_client *client, const char **why)
{
    *why = client->why;
    return client->reason;
}
