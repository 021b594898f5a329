/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "remote/http.h"

#include "cli/cli.h"
#include "cli/json_read.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_MS 10000L
#define STALL_SECONDS 60L
#define ERROR_BODY_MAX 2048u
#define URL_MAX_SIZE 2000u

struct http_access {
    http_options options;
    file_buffer token;
};

struct http_client {
    CURL *easy;
    struct curl_slist *post_headers;
    struct curl_slist *get_headers;
    http_call *call; /* under way */
    size_t sent;     /* bytes of its body */
    bool head_known;
    bool refused;
    char error[ERROR_BODY_MAX]; /* a body that is not for the sink */
    size_t error_size;
    char curl_says[CURL_ERROR_SIZE];
};

bool http_open(http_access **out, const http_options *o)
{
    http_access *a = calloc(1, sizeof *a);

    if (a == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        say("cannot start HTTP: memory is short");
        free(a);
        return false;
    }
    a->options = *o;
    *out = a;
    if (http_key_is_private(o) && http_read_token(&a->token, o))
        return true;
    http_close(out);
    return false;
}

void http_close(http_access **access)
{
    if (*access == NULL)
        return;
    file_buffer_free(&(*access)->token, true);
    free(*access);
    *access = NULL;
    curl_global_cleanup();
}

/* curl gives addresses in square brackets, and takes "localhost" for the loopback address without asking anyone. */
static bool is_loopback(const char *host)
{
    unsigned last[3];
    char rest = '\0';

    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (sscanf(host, "127.%3u.%3u.%3u%c", &last[0], &last[1], &last[2], &rest) == 3 && last[0] < 256 &&
            last[1] < 256 && last[2] < 256);
}

static bool has_part(CURLU *u, CURLUPart part)
{
    char *value = NULL;
    const bool there = curl_url_get(u, part, &value, 0) == CURLUE_OK;

    curl_free(value);
    return there;
}

static const char *trouble_of_url(CURLU *u, const char *scheme, const char *host, bool allow_http)
{
    const bool plain = strcmp(scheme, "http") == 0;

    if (!plain && strcmp(scheme, "https") != 0)
        return "only https:// (and http://) can be asked";
    if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD))
        return "a name or password does not belong there, where others can see it: use --token-file";
    if (has_part(u, CURLUPART_QUERY) || has_part(u, CURLUPART_FRAGMENT))
        return "a URL with ? or # is not taken";
    if (plain && !allow_http && !is_loopback(host))
        return "http:// is taken for this machine only; use https://, or give --allow-http";
    return NULL;
}

static char *origin_of(const char *scheme, const char *host, const char *port)
{
    const size_t size = strlen(scheme) + strlen(host) + (port != NULL ? strlen(port) : 0) + 5;
    char *origin = malloc(size);

    if (origin != NULL)
        snprintf(origin, size, "%s://%s%s%s", scheme, host, port != NULL ? ":" : "", port != NULL ? port : "");
    return origin;
}

bool http_url_ok(char **origin, const http_access *access, const char *url)
{
    CURLU *u = curl_url();
    char *scheme = NULL;
    char *host = NULL;
    char *port = NULL;
    const char *trouble = "not a URL such as https://host:port";

    *origin = NULL;
    if (u != NULL && strlen(url) <= URL_MAX_SIZE && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        (void)curl_url_get(u, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
        trouble = trouble_of_url(u, scheme, host, access->options.allow_http);
        if (trouble == NULL) {
            *origin = origin_of(scheme, host, port);
            trouble = *origin == NULL ? "out of memory" : NULL;
        }
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    if (trouble != NULL) /* the URL itself may hold a password */
        say("the URL cannot be used: %s", trouble);
    return trouble == NULL;
}

static uint64_t header_number(const char *at, const char **end)
{
    char *after = NULL;
    uint64_t n = UINT64_MAX;

    if (*at >= '0' && *at <= '9')
        n = strtoull(at, &after, 10);
    *end = after != NULL ? after : at;
    return n;
}

/* "bytes FIRST-LAST/TOTAL", and with status 416 an asterisk for the range. */
static void read_range(http_call *call, const char *value)
{
    const char *at = value;

    if (strncasecmp(at, "bytes ", 6) != 0)
        return;
    call->range_first = header_number(at + 6, &at);
    at = strchr(at, '/');
    if (at != NULL)
        call->range_total = header_number(at + 1, &at);
}

static void read_head(http_client *c)
{
    http_call *call = c->call;
    struct curl_header *h;
    curl_off_t number = -1;

    if (c->head_known)
        return;
    c->head_known = true;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &call->status);
    if (curl_easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &number) == CURLE_OK && number >= 0)
        call->length = (uint64_t)number;
    if (curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &number) == CURLE_OK && number > 0)
        call->retry_after = (uint64_t)number;
    if (curl_easy_header(c->easy, "ETag", 0, CURLH_HEADER, -1, &h) == CURLHE_OK && strlen(h->value) < HTTP_ETAG_SIZE)
        memcpy(call->etag, h->value, strlen(h->value) + 1);
    if ((call->status == 206 || call->status == 416) &&
        curl_easy_header(c->easy, "Content-Range", 0, CURLH_HEADER, -1, &h) == CURLHE_OK)
        read_range(call, h->value);
}

static size_t take_body(char *bytes, size_t one, size_t n, void *user)
{
    http_client *c = user;

    (void)one; /* is 1 */
    read_head(c);
    if (c->call->status == 200 || c->call->status == 206) {
        c->refused = c->refused || !c->call->sink(c->call->user, c->call, (const uint8_t *)bytes, n);
        return c->refused ? 0 : n;
    }
    if (n > sizeof c->error - c->error_size)
        return 0; /* what is wrong can be said in less */
    memcpy(c->error + c->error_size, bytes, n);
    c->error_size += n;
    return n;
}

/* Without a function to seek with, curl cannot send a body a second time behind our back: the exchange fails instead,
 * and a fresh request is made. */
static size_t give_body(char *out, size_t one, size_t n, void *user)
{
    http_client *c = user;
    const size_t left = c->call->body_size - c->sent;
    const size_t size = left < n * one ? left : n * one;

    memcpy(out, c->call->body + c->sent, size);
    c->sent += size;
    return size;
}

static bool is_plain(const char *url)
{
    return strncasecmp(url, "http:", 5) == 0;
}

static void set_common(CURL *e, http_client *c)
{
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->curl_says);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(e, CURLOPT_READDATA, c);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "phash");
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static bool set_identity(CURL *e, const http_access *a)
{
    const http_options *o = &a->options;
    bool good = true;

    if (o->cacert != NULL) /* and nobody else */
        good = curl_easy_setopt(e, CURLOPT_CAINFO, o->cacert) == CURLE_OK &&
               curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK;
    if (o->client_cert != NULL)
        good = good && curl_easy_setopt(e, CURLOPT_SSLCERT, o->client_cert) == CURLE_OK &&
               curl_easy_setopt(e, CURLOPT_SSLKEY, o->client_key) == CURLE_OK &&
               curl_easy_setopt(e, CURLOPT_KEYPASSWD, "") == CURLE_OK; /* or it would ask for it on the terminal */
    if (a->token.size != 0)
        good = good && curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) == CURLE_OK &&
               curl_easy_setopt(e, CURLOPT_XOAUTH2_BEARER, (const char *)a->token.data) == CURLE_OK;
    return good;
}

http_client *http_client_new(const http_access *access)
{
    http_client *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->easy = curl_easy_init();
    c->post_headers = curl_slist_append(NULL, "Content-Type: application/octet-stream");
    /* "Expect:" without a value: send the body at once, it is small */
    if (c->post_headers != NULL && curl_slist_append(c->post_headers, "Expect:") != NULL && c->easy != NULL) {
        set_common(c->easy, c);
        if (set_identity(c->easy, access))
            return c;
    }
    http_client_free(&c);
    return NULL;
}

void http_client_free(http_client **client)
{
    http_client *c = *client;

    if (c == NULL)
        return;
    curl_easy_cleanup(c->easy);
    curl_slist_free_all(c->post_headers);
    curl_slist_free_all(c->get_headers);
    free(c);
    *client = NULL;
}

static bool prepare_call(http_client *c, const http_call *call)
{
    CURL *e = c->easy;
    char range[32];
    char condition[HTTP_ETAG_SIZE + 16];
    bool good = curl_easy_setopt(e, CURLOPT_URL, call->url) == CURLE_OK;

    /* A proxy of the environment would carry http:// in the open to another machine. */
    good = good && curl_easy_setopt(e, CURLOPT_PROXY, is_plain(call->url) ? "" : NULL) == CURLE_OK;
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
    if (call->body != NULL) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_size);
        curl_easy_setopt(e, CURLOPT_HTTPHEADER, c->post_headers);
        return good;
    }
    curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, NULL);
    snprintf(range, sizeof range, "%" PRIu64 "-", call->from);
    good = good && curl_easy_setopt(e, CURLOPT_RANGE, call->from != 0 ? range : NULL) == CURLE_OK;
    const char *tag = call->from != 0 ? call->if_range : call->if_none_match;
    if (tag != NULL) {
        snprintf(condition, sizeof condition, "%s: %s", call->from != 0 ? "If-Range" : "If-None-Match", tag);
        curl_slist_free_all(c->get_headers);
        c->get_headers = curl_slist_append(NULL, condition);
        good = good && c->get_headers != NULL && curl_easy_setopt(e, CURLOPT_HTTPHEADER, c->get_headers) == CURLE_OK;
    }
    return good;
}

static http_end end_of(CURLcode code, const http_client *c)
{
    switch (code) {
    case CURLE_OK: return HTTP_ANSWERED;
    case CURLE_WRITE_ERROR: /* an error's body that is too long is no trouble of its own */
        return c->refused ? HTTP_REFUSED : c->call->status != 0 ? HTTP_ANSWERED : HTTP_FAILED;
    case CURLE_OPERATION_TIMEDOUT: return HTTP_TIMED_OUT;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return HTTP_UNREACHED;
    default: return HTTP_FAILED;
    }
}

/* What an error says of itself: a word of lower-case letters, or nothing. */
static void read_word(http_call *call, const http_client *c)
{
    const json_text body = json_trimmed((json_text){c->error, c->error_size});
    json_member m;

    if (!json_is_object(body) || !json_find(body, "error", &m) || m.value.size < 3 ||
        m.value.size > sizeof call->word || m.value.at[0] != '"')
        return;
    for (size_t i = 1; i + 1 < m.value.size; i++)
        if (m.value.at[i] != '_' && (m.value.at[i] < 'a' || m.value.at[i] > 'z'))
            return;
    memcpy(call->word, m.value.at + 1, m.value.size - 2);
    call->word[m.value.size - 2] = '\0';
}

static void forget_answer(http_call *call)
{
    call->status = 0;
    call->retry_after = 0;
    call->etag[0] = '\0';
    call->length = UINT64_MAX;
    call->range_first = 0;
    call->range_total = UINT64_MAX;
    call->word[0] = '\0';
    call->why[0] = '\0';
}

void http_perform(http_client *c, http_call *call)
{
    forget_answer(call);
    c->call = call;
    c->sent = 0;
    c->head_known = false;
    c->refused = false;
    c->error_size = 0;
    c->curl_says[0] = '\0';
    const CURLcode code = prepare_call(c, call) ? curl_easy_perform(c->easy) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        read_head(c); /* of an answer without a body */
    call->end = end_of(code, c);
    if (call->end == HTTP_ANSWERED && call->status != 200 && call->status != 206) {
        read_word(call, c);
        snprintf(call->why, sizeof call->why, "it answers with HTTP status %ld%s%s%s", call->status,
                 call->word[0] != '\0' ? " (" : "", call->word, call->word[0] != '\0' ? ")" : "");
    } else if (call->end != HTTP_ANSWERED) {
        snprintf(call->why, sizeof call->why, "%s", c->curl_says[0] != '\0' ? c->curl_says : curl_easy_strerror(code));
    }
    c->call = NULL;
}
