/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/remote_keys.h"

#include "cli/cli.h"
#include "cli/json_read.h"
#include "cli/text_out.h"
#include "remote/patience.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX 8192u
#define KEYS_TOLD 8u

typedef struct key_body {
    char bytes[BODY_MAX];
    size_t size;
} key_body;

static bool keep(void *user, const http_call *call, const uint8_t *bytes, size_t size)
{
    key_body *b = user;

    if (call->status != 200 || size > sizeof b->bytes - b->size)
        return false;
    memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
    return true;
}

/* A JSON string of exactly these bytes in hexadecimal, in either case. */
static bool is_hex(json_text value, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    if (value.size != 2 * size + 2 || value.at[0] != '"')
        return false;
    for (size_t i = 0; i < 2 * size; i++) {
        const char c = value.at[1 + i];
        const char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
        if (lower != digits[(bytes[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15])
            return false;
    }
    return true;
}

/* Look for the set's key; what else there is goes to `others`. */
static bool find_key(text *others, const key_body *body, const phash_set_info *set, bool *well_formed)
{
    const json_text whole = json_trimmed((json_text){body->bytes, body->size});
    json_member keys;
    json_member member;
    json_text one;
    size_t at = 0;
    unsigned n = 0;

    *well_formed = json_is_object(whole) && json_find(whole, "keys", &keys) && keys.value.at[0] == '[';
    while (*well_formed && json_next_value(keys.value, &at, &one)) {
        if (!json_find(one, "id", &member))
            continue;
        if (is_hex(member.value, set->key_id, sizeof set->key_id))
            return !json_find(one, "public_key", &member) ||
                   is_hex(member.value, set->public_key, sizeof set->public_key);
        if (n < KEYS_TOLD && member.value.size == 2 * sizeof set->key_id + 2) {
            text_put(others, n == 0 ? "" : ", ");
            text_put_bytes(others, member.value.at + 1, member.value.size - 2);
        }
        n++;
    }
    return false;
}

static bool judge_body(const key_body *body, const char *origin, const phash_set_info *set)
{
    text others = {0};
    bool well_formed = false;
    const bool found = find_key(&others, body, set, &well_formed);

    if (!well_formed) {
        say("%s: no evaluator: its answer does not say which keys it serves", origin);
    } else if (!found) {
        text wanted = {0};
        for (size_t i = 0; i < sizeof set->key_id; i++)
            text_printf(&wanted, "%02x", set->key_id[i]);
        text_put_bytes(&wanted, "", 1);
        text_put_bytes(&others, "", 1);
        if (text_ok(&wanted) && text_ok(&others))
            say("%s: does not serve the key of the set, %s; it serves %s", origin, wanted.data,
                others.data[0] != '\0' ? others.data : "none");
        text_free(&wanted);
    }
    text_free(&others);
    return found;
}

static bool is_passing(const http_call *call)
{
    return call->end == HTTP_UNREACHED || call->end == HTTP_TIMED_OUT ||
           (call->end == HTTP_ANSWERED &&
            (call->status == 429 || call->status == 502 || call->status == 503 || call->status == 504));
}

bool remote_keys_check(const http_access *access, const char *url, const char *origin, uint64_t wait_ms,
                       const phash_set_info *set)
{
    key_body body;
    http_call call = {.url = url, .sink = keep, .user = &body};
    patience p = {0};
    http_client *client = http_client_new(access);
    bool told = false;

    if (client == NULL) {
        say("%s: cannot ask: memory is short, or a file of --cacert, --client-cert or --client-key does not do",
            origin);
        return false;
    }
    patience_begin(&p, wait_ms, UINT32_MAX);
    for (;;) {
        body.size = 0;
        call.timeout_ms = patience_left(&p);
        http_perform(client, &call);
        if (!is_passing(&call))
            break;
        if (!told)
            say("%s: no answer yet: %s; trying for %" PRIu64 " seconds", origin, call.why, wait_ms / 1000);
        told = true;
        if (!patience_pause(&p, call.retry_after))
            break;
    }
    http_client_free(&client);
    if (call.end == HTTP_ANSWERED && call.status == 200)
        return judge_body(&body, origin, set);
    say("%s: cannot be asked which keys it serves: %s", origin,
        call.end == HTTP_REFUSED ? "its answer is too long" : call.why);
    return false;
}
