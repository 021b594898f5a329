/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer. */
#ifndef PHASH_TOOLS_EXCHANGE_H
#define PHASH_TOOLS_EXCHANGE_H

#include "cli/text_out.h"
#include "evaluator/service.h"

#include <microhttpd.h>

/** Most characters of a credential's name, as a trusted proxy may give it. */
#define CREDENTIAL_MAX 128u

typedef struct exchange {
    service *service;
    struct MHD_Connection *connection;
    deadline *until;
    served *from; /* the edition it began under */
    const struct route *route;
    const char *rest; /* of the path, after the route's prefix */
    fault refused;    /* as soon as it is known that it will be */
    char credential[CREDENTIAL_MAX + 1];
    uint8_t *body;
    size_t size;
    size_t room;
    evaluation job;
    uint64_t charged; /* elements taken from the budget */
    uint64_t retry;   /* seconds after which to try again; 0: does not apply */
    bool submitted;
} exchange;

/** A path, what may be done with it, and by whom. */
typedef struct route {
    const char *path;
    bool prefix; /* more may follow */
    bool post;   /* POST, otherwise GET and HEAD */
    bool open;   /* without a credential */
    enum MHD_Result (*answer)(exchange *x);
} route;

/** Answer with a text, which is used up. */
enum MHD_Result answer_text(exchange *x, unsigned status, const char *type, text *body);

/** Answer with bytes from malloc, which are used up. */
enum MHD_Result answer_bytes(exchange *x, unsigned status, const char *type, uint8_t *bytes, size_t size);

/** Say no; `message` replaces the usual one unless it is NULL or empty. */
enum MHD_Result answer_fault(exchange *x, fault f, const char *message);

/** Queue a response of so many bytes and let go of it. */
enum MHD_Result answer_with(exchange *x, unsigned status, struct MHD_Response *response, uint64_t size);

/** `"keys":["<id>",...]`, those served. */
void write_key_ids(text *out, const served *from);

/** Bytes in hexadecimal. */
void write_hex(text *out, const uint8_t *bytes, size_t size);

/** The routes. */
enum MHD_Result answer_evaluate(exchange *x);
enum MHD_Result answer_keys(exchange *x);
enum MHD_Result answer_sets(exchange *x);
enum MHD_Result answer_set(exchange *x);
enum MHD_Result answer_live(exchange *x);
enum MHD_Result answer_ready(exchange *x);
enum MHD_Result answer_metrics(exchange *x);

/** Can the body of a post be taken? Makes room for it. */
fault evaluate_begin(exchange *x);

/** Free it, once the HTTP library is done with it. */
void exchange_free(exchange *x);

#endif
