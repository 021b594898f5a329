/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/evaluate. */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Sizes of docs/protocol.md, "Messages". */
#define REQUEST_HEAD 36u
#define KEY_ID_AT 20u
#define RESPONSE_HEAD 20u
#define ELEMENT 33u
#define PROOF 64u

static bool read_length(uint64_t *out, const char *value)
{
    char *end;

    if (value == NULL || value[0] < '0' || value[0] > '9')
        return false;
    errno = 0;
    const unsigned long long n = strtoull(value, &end, 10);
    *out = n;
    return errno == 0 && *end == '\0';
}

static const char *header(const exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static bool is_octets(const char *type)
{
    static const char octets[] = "application/octet-stream";
    const size_t n = sizeof octets - 1;

    return type != NULL && strncasecmp(type, octets, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

fault evaluate_begin(exchange *x)
{
    uint64_t size;

    if (header(x, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
        !read_length(&size, header(x, MHD_HTTP_HEADER_CONTENT_LENGTH)))
        return FAULT_LENGTH;
    if (size > REQUEST_HEAD + ELEMENT * x->service->options->max_elements)
        return FAULT_TOO_LARGE;
    if (!is_octets(header(x, MHD_HTTP_HEADER_CONTENT_TYPE)))
        return FAULT_TYPE;
    x->body = malloc((size_t)size + 1);
    x->room = x->body != NULL ? (size_t)size : 0;
    return x->body != NULL ? FAULT_NONE : FAULT_OVERLOADED;
}

static void resume(evaluation *e)
{
    exchange *x = e->user;

    MHD_resume_connection(x->connection);
}

/* Elements that will be evaluated if the request is right: its count must then agree with its length. */
static uint64_t elements_of(const exchange *x)
{
    return x->size > REQUEST_HEAD ? (x->size - REQUEST_HEAD) / ELEMENT : 0;
}

/* The budget is asked before the work is done, so that two requests at once cannot both have the last of it. */
static fault charge(exchange *x)
{
    service *s = x->service;
    const uint64_t n = elements_of(x);

    if (s->budget == NULL || n == 0)
        return FAULT_NONE;
    switch (meter_take(s->budget, x->credential, n, &x->retry)) {
    case METER_GRANTED: x->charged = n; return FAULT_NONE;
    case METER_SPENT: return FAULT_BUDGET_SPENT;
    default: return FAULT_METER;
    }
}

static fault submit(exchange *x)
{
    evaluation *e = &x->job;
    const fault f = charge(x);

    if (f != FAULT_NONE)
        return f;
    e->room = (size_t)(RESPONSE_HEAD + ELEMENT * elements_of(x) + PROOF);
    e->response = malloc(e->room);
    if (e->response == NULL)
        return FAULT_OVERLOADED;
    e->from = x->from;
    /* A request that is too short or for a key we have not is refused under the current one. */
    e->key = x->size >= REQUEST_HEAD ? served_find_key(x->from, x->body + KEY_ID_AT) : 0;
    if (e->key == SERVED_KEYS_MAX)
        e->key = 0;
    e->request = x->body;
    e->request_size = x->size;
    e->done = resume;
    e->user = x;
    x->submitted = true;
    deadline_set(x->service->slow, x->until, DEADLINE_NONE);
    MHD_suspend_connection(x->connection);
    if (!pool_submit(x->service->workers, e)) {
        e->late = true;
        MHD_resume_connection(x->connection);
    }
    return FAULT_NONE;
}

static void give_back(exchange *x)
{
    if (x->charged > x->job.evaluated)
        meter_give_back(x->service->budget, x->credential, x->charged - x->job.evaluated);
    x->charged = 0;
}

enum MHD_Result answer_evaluate(exchange *x)
{
    service *s = x->service;
    evaluation *e = &x->job;

    if (!x->submitted) {
        const fault f = submit(x);
        if (f == FAULT_NONE)
            return MHD_YES;
        give_back(x);
        return answer_fault(x, f, NULL);
    }
    give_back(x);
    if (e->dropped || e->late)
        return answer_fault(x, e->dropped || atomic_load(&s->draining) ? FAULT_DRAINING : FAULT_OVERLOADED, NULL);
    if (e->status != PHASH_OK)
        return answer_fault(x, fault_of_status(e->status), e->diag.text);
    atomic_fetch_add(&s->counts.evaluated, 1);
    atomic_fetch_add(&s->counts.points, e->evaluated);
    atomic_fetch_add(&x->from->keys[e->key].use->requests, 1);
    uint8_t *response = e->response;
    e->response = NULL;
    return answer_bytes(x, MHD_HTTP_OK, "application/octet-stream", response, e->written);
}

void exchange_free(exchange *x)
{
    if (x == NULL)
        return;
    if (x->charged > 0) /* the connection broke before it was answered */
        give_back(x);
    served_drop(&x->from);
    free(x->body);
    free(x->job.response);
    free(x);
}
