/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/http_thread.h"

#include "evaluator/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define HEADERS_MAX 16384u /* of a request, and what the HTTP library needs beside them */

static const route routes[] = {
    {.path = "/v1/evaluate", .post = true, .answer = answer_evaluate},
    {.path = "/v1/key", .answer = answer_keys},
    {.path = "/v1/sets", .answer = answer_sets},
    {.path = "/v1/sets/", .prefix = true, .answer = answer_set},
    {.path = "/livez", .open = true, .answer = answer_live},
    {.path = "/readyz", .open = true, .answer = answer_ready},
    {.path = "/metrics", .open = true, .answer = answer_metrics},
};

static const route *find_route(const char *path, const char **rest)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        const size_t size = strlen(routes[i].path);
        if (routes[i].prefix ? strncmp(path, routes[i].path, size) == 0 : strcmp(path, routes[i].path) == 0) {
            *rest = path + size;
            return &routes[i];
        }
    }
    return NULL;
}

static const char *header(const exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static fault keep_name(exchange *x, const char *name)
{
    const size_t size = name != NULL ? strlen(name) : 0;

    if (size == 0 || size > CREDENTIAL_MAX)
        return FAULT_UNAUTHORIZED;
    for (size_t i = 0; i < size; i++)
        if (name[i] < 0x20 || name[i] > 0x7e)
            return FAULT_UNAUTHORIZED;
    memcpy(x->credential, name, size + 1);
    return FAULT_NONE;
}

/* Who asks. */
static fault identify(exchange *x)
{
    const char *value;

    if (x->service->options->credential_header != NULL)
        return keep_name(x, header(x, x->service->options->credential_header));
    if (x->from->who == NULL)
        return keep_name(x, "anonymous");
    value = header(x, MHD_HTTP_HEADER_AUTHORIZATION);
    if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0)
        return FAULT_UNAUTHORIZED;
    value += 7 + strspn(value + 7, " ");
    return keep_name(x, credentials_find(x->from->who, x->service->digester, value, strlen(value)));
}

static fault examine(exchange *x, const char *method, const char *url)
{
    x->route = find_route(url, &x->rest);
    if (x->route == NULL)
        return FAULT_NOT_FOUND;
    const bool get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (x->route->post ? strcmp(method, MHD_HTTP_METHOD_POST) != 0 : !get)
        return FAULT_METHOD;
    const fault f = x->route->open ? FAULT_NONE : identify(x);
    return f == FAULT_NONE && x->route->post ? evaluate_begin(x) : f;
}

static deadline *deadline_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

/* The headers are there. A refusal waits for the body, so that whoever sends it first hears the answer; but one that is
 * too long to wait for is refused at once. */
static enum MHD_Result begin(service *s, struct MHD_Connection *connection, const char *method, const char *url,
                             void **context)
{
    exchange *x = calloc(1, sizeof *x);

    if (x == NULL)
        return MHD_NO;
    *context = x;
    x->service = s;
    x->connection = connection;
    x->until = deadline_of(connection);
    x->from = service_current(s);
    atomic_fetch_add(&s->counts.in_flight, 1);
    deadline_set(s->slow, x->until, s->options->request_timeout * SECOND);
    x->refused = examine(x, method, url);
    if (x->refused == FAULT_TOO_LARGE || x->refused == FAULT_LENGTH)
        return answer_fault(x, x->refused, NULL);
    return MHD_YES;
}

static enum MHD_Result take_body(exchange *x, const char *bytes, size_t *size)
{
    const size_t n = *size;

    *size = 0;
    atomic_fetch_add(&x->service->counts.bytes_in, n);
    if (x->refused != FAULT_NONE || !x->route->post) { /* it is not looked at; but it may not go on for ever */
        x->size += n;
        return x->size <= HEADERS_MAX * 4 ? MHD_YES : MHD_NO;
    }
    if (n > x->room - x->size)
        return MHD_NO;
    memcpy(x->body + x->size, bytes, n);
    x->size += n;
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *size, void **context)
{
    exchange *x = *context;

    (void)version;
    if (x == NULL)
        return begin(cls, connection, method, url, context);
    if (*size > 0)
        return take_body(x, bytes, size);
    return x->refused != FAULT_NONE ? answer_fault(x, x->refused, NULL) : x->route->answer(x);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    service *s = cls;

    (void)code;
    if (*context == NULL)
        return;
    exchange_free(*context);
    *context = NULL;
    atomic_fetch_sub(&s->counts.in_flight, 1);
    deadline_set(s->slow, deadline_of(connection), s->options->idle_timeout * SECOND);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    service *s = cls;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        atomic_fetch_add(&s->counts.connections, 1);
        atomic_fetch_add(&s->counts.connections_ever, 1);
        *context = info != NULL ? deadline_add(s->slow, info->connect_fd, s->options->request_timeout * SECOND) : NULL;
        if (*context == NULL && info != NULL)
            shutdown(info->connect_fd, SHUT_RDWR); /* none goes unwatched */
    } else {
        atomic_fetch_sub(&s->counts.connections, 1);
        deadline_remove(s->slow, *context);
        *context = NULL;
    }
}

/* What the HTTP library has to say may quote a request. */
static void keep_silent(void *cls, const char *format, va_list arguments)
{
    (void)cls, (void)format, (void)arguments;
}

/* A zero byte would end a path before its end, and two names would be one. No route has the empty path. */
static size_t unescape(void *cls, struct MHD_Connection *connection, char *words)
{
    (void)cls, (void)connection;
    const size_t size = MHD_http_unescape(words);
    if (strlen(words) != size)
        words[0] = '\0';
    return strlen(words);
}

/* With poll and not epoll: libmicrohttpd 0.9.75 asks epoll for edges, and misses the end of a connection that comes
 * together with its last bytes; the connection would then stay until its deadline. */
struct MHD_Daemon *http_thread_start(service *s, int fd)
{
    return MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
                            on_request, s, MHD_OPTION_EXTERNAL_LOGGER, keep_silent, NULL, /* first: it may be used */
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)s->options->max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)HEADERS_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
                            unescape, NULL, MHD_OPTION_END);
}

void http_thread_stop_accepting(struct MHD_Daemon *daemon)
{
    const int fd = MHD_quiesce_daemon(daemon);

    if (fd != -1)
        close(fd);
}

void http_thread_stop(struct MHD_Daemon **daemon)
{
    if (*daemon != NULL)
        MHD_stop_daemon(*daemon);
    *daemon = NULL;
}
