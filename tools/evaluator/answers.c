/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOWEST_READER 16384u /* bytes/s */

enum MHD_Result answer_with(exchange *x, unsigned status, struct MHD_Response *response, uint64_t size)
{
    service *s = x->service;

    if (response == NULL)
        return MHD_NO;
    if (atomic_load(&s->draining))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    const uint64_t seconds = s->options->request_timeout + size / SLOWEST_READER;
    deadline_set(s->slow, x->until, seconds * UINT64_C(1000000000));
    atomic_fetch_add(&s->counts.bytes_out, size);
    const enum MHD_Result result = MHD_queue_response(x->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result answer_bytes(exchange *x, unsigned status, const char *type, uint8_t *bytes, size_t size)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_MUST_FREE);

    if (response == NULL) {
        free(bytes);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    return answer_with(x, status, response, size);
}

enum MHD_Result answer_text(exchange *x, unsigned status, const char *type, text *body)
{
    uint8_t *bytes = text_ok(body) ? malloc(body->size + 1) : NULL;
    const size_t size = body->size;

    if (bytes != NULL && size > 0)
        memcpy(bytes, body->data, size);
    text_free(body);
    return bytes != NULL ? answer_bytes(x, status, type, bytes, size) : MHD_NO;
}

void write_hex(text *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text_printf(out, "%02x", bytes[i]);
}

void write_key_ids(text *out, const served *from)
{
    text_put(out, "\"keys\":[");
    for (unsigned i = 0; i < from->key_count; i++) {
        text_put(out, i > 0 ? ",\"" : "\"");
        write_hex(out, from->keys[i].id, PHASH_KEY_ID_SIZE);
        text_put(out, "\"");
    }
    text_put(out, "]");
}

/* The protocol's own code, from the error message that the library wrote (docs/protocol.md, "Messages"). */
static unsigned protocol_code(const exchange *x)
{
    const evaluation *e = &x->job;

    return e->written >= 4 && e->response != NULL && e->response[1] == 3
               ? (unsigned)e->response[2] << 8 | e->response[3]
               : 0;
}

enum MHD_Result answer_fault(exchange *x, fault f, const char *message)
{
    const fault_words *words = fault_describe(f);
    const char *shown = message != NULL && message[0] != '\0' ? message : words->message;
    char seconds[24];
    text body = {0};

    atomic_fetch_add(&x->service->counts.rejected[f], 1);
    text_printf(&body, "{\"error\":\"%s\",\"message\":", words->word);
    text_json_string(&body, shown, strlen(shown));
    if (protocol_code(x) != 0)
        text_printf(&body, ",\"code\":%u", protocol_code(x));
    if (f == FAULT_UNKNOWN_KEY) {
        text_put(&body, ",");
        write_key_ids(&body, x->from);
    }
    text_put(&body, "}\n");
    struct MHD_Response *response =
        text_ok(&body) ? MHD_create_response_from_buffer(body.size, body.data, MHD_RESPMEM_MUST_COPY) : NULL;
    const size_t size = body.size;
    text_free(&body);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (f == FAULT_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (f == FAULT_METHOD)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, x->route->post ? "POST" : "GET, HEAD");
    if (words->status == 503 && x->retry == 0)
        x->retry = 1;
    snprintf(seconds, sizeof seconds, "%" PRIu64, x->retry);
    if (x->retry != 0)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    return answer_with(x, words->status, response, size);
}
