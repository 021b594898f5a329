/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/sets and /v1/sets/NAME: static files with single ranges and conditions (RFC 9110, sections 13 and 14). */
#define _GNU_SOURCE /* F_DUPFD_CLOEXEC */
#include "evaluator/exchange.h"
#include "evaluator/http_range.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum MHD_Result answer_sets(exchange *x)
{
    const served_sets *sets = x->from->sets;
    text body = {0};

    if (x->service->options->files.sets != NULL && sets == NULL)
        return answer_fault(x, FAULT_OVERLOADED, "the sets are still being verified; come back later");
    text_put(&body, "{\"sets\":[");
    for (size_t i = 0; sets != NULL && i < sets->count; i++) {
        const served_set *s = &sets->all[i];
        text_put(&body, i > 0 ? ",{\"name\":" : "{\"name\":");
        text_json_string(&body, s->name, strlen(s->name));
        text_printf(&body, ",\"size\":%jd,\"etag\":", (intmax_t)s->seen.st_size);
        text_json_string(&body, s->etag, strlen(s->etag));
        text_printf(&body, ",\"sha256\":\"%s\"}", s->sha256);
    }
    text_put(&body, "]}\n");
    return answer_text(x, MHD_HTTP_OK, "application/json", &body);
}

static enum MHD_Result not_modified(exchange *x, const served_set *s)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, s->etag);
    return answer_with(x, MHD_HTTP_NOT_MODIFIED, response, 0);
}

static enum MHD_Result outside(exchange *x, uint64_t whole)
{
    char range[64];
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    snprintf(range, sizeof range, "bytes */%" PRIu64, whole);
    atomic_fetch_add(&x->service->counts.rejected[FAULT_RANGE], 1);
    if (response != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, range);
    return answer_with(x, MHD_HTTP_RANGE_NOT_SATISFIABLE, response, 0);
}

static enum MHD_Result give(exchange *x, const served_set *s, range_kind kind, uint64_t first, uint64_t size)
{
    char range[96];
    const int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
    struct MHD_Response *response = NULL;

    if (fd != -1)
        response = MHD_create_response_from_fd_at_offset64(size, fd, first);
    if (response == NULL) {
        if (fd != -1)
            close(fd);
        return answer_fault(x, FAULT_OVERLOADED, NULL);
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/octet-stream");
    MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, s->etag);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache"); /* may be kept, if asked about */
    if (kind == RANGE_PART) {
        snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%jd", first, first + size - 1,
                 (intmax_t)s->seen.st_size);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, range);
    }
    return answer_with(x, kind == RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response, size);
}

enum MHD_Result answer_set(exchange *x)
{
    const served_set *s = served_sets_find(x->from->sets, x->rest);
    const uint64_t whole = s != NULL ? (uint64_t)s->seen.st_size : 0;
    uint64_t first = 0;
    uint64_t size = whole;
    range_kind kind = RANGE_WHOLE;

    if (s == NULL && x->service->options->files.sets != NULL && x->from->sets == NULL)
        return answer_fault(x, FAULT_OVERLOADED, "the sets are still being verified; come back later");
    if (s == NULL)
        return answer_fault(x, FAULT_NOT_FOUND, NULL);
    if (!served_set_unchanged(s))
        return answer_fault(x, FAULT_SET_CHANGED, NULL);
    const char *none = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    if (none != NULL && http_names_tag(none, s->etag))
        return not_modified(x, s);
    const char *range = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
    const char *same = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_RANGE);
    if (range != NULL && (same == NULL || strcmp(same, s->etag) == 0))
        kind = http_range_read(&first, &size, range, whole);
    return kind == RANGE_OUTSIDE ? outside(x, whole) : give(x, s, kind, first, size);
}
