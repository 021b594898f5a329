/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_read.h"

#include <string.h>

/* Functions named skip_ return the place behind what they pass, or NOWHERE when it is malformed. */
#define NOWHERE SIZE_MAX

static size_t skip_space(json_text t, size_t at)
{
    while (at < t.size && (t.at[at] == ' ' || t.at[at] == '\t' || t.at[at] == '\n' || t.at[at] == '\r'))
        at++;
    return at;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the backslash. */
static size_t skip_escape(json_text t, size_t at)
{
    if (at >= t.size || t.at[at] == '\0')
        return NOWHERE;
    if (t.at[at] != 'u')
        return strchr("\"\\/bfnrt", t.at[at]) != NULL ? at + 1 : NOWHERE;
    if (t.size - at < 5)
        return NOWHERE;
    for (size_t i = 1; i < 5; i++)
        if (!is_hex(t.at[at + i]))
            return NOWHERE;
    return at + 5;
}

static size_t skip_string(json_text t, size_t at)
{
    if (at >= t.size || t.at[at] != '"')
        return NOWHERE;
    for (at++; at < t.size;) {
        if (t.at[at] == '"')
            return at + 1;
        if ((unsigned char)t.at[at] < 0x20)
            return NOWHERE;
        at = t.at[at] == '\\' ? skip_escape(t, at + 1) : at + 1;
        if (at == NOWHERE)
            return NOWHERE;
    }
    return NOWHERE;
}

/* At least one digit. */
static size_t skip_digits(json_text t, size_t at)
{
    size_t begin = at;

    while (at < t.size && t.at[at] >= '0' && t.at[at] <= '9')
        at++;
    return at != begin ? at : NOWHERE;
}

static size_t skip_number(json_text t, size_t at)
{
    if (at < t.size && t.at[at] == '-')
        at++;
    size_t first = at;
    at = skip_digits(t, at);
    if (at == NOWHERE || (t.at[first] == '0' && at - first > 1))
        return NOWHERE;
    if (at < t.size && t.at[at] == '.')
        at = skip_digits(t, at + 1);
    if (at == NOWHERE || at == t.size || (t.at[at] != 'e' && t.at[at] != 'E'))
        return at;
    at++;
    if (at < t.size && (t.at[at] == '+' || t.at[at] == '-'))
        at++;
    return skip_digits(t, at);
}

static size_t skip_word(json_text t, size_t at)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (t.size - at >= strlen(words[i]) && memcmp(t.at + at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    return NOWHERE;
}

static size_t skip_value(json_text t, size_t at, int depth);

/* A name and its colon. */
static size_t skip_name(json_text t, size_t at)
{
    at = skip_string(t, at);
    if (at == NOWHERE)
        return NOWHERE;
    at = skip_space(t, at);
    return at < t.size && t.at[at] == ':' ? skip_space(t, at + 1) : NOWHERE;
}

static size_t skip_container(json_text t, size_t at, int depth)
{
    char end = t.at[at] == '{' ? '}' : ']';

    if (depth == JSON_DEPTH_MAX)
        return NOWHERE;
    at = skip_space(t, at + 1);
    if (at < t.size && t.at[at] == end)
        return at + 1;
    for (;;) {
        if (end == '}')
            at = skip_name(t, at);
        if (at != NOWHERE)
            at = skip_value(t, at, depth + 1);
        if (at == NOWHERE)
            return NOWHERE;
        at = skip_space(t, at);
        if (at < t.size && t.at[at] == end)
            return at + 1;
        if (at >= t.size || t.at[at] != ',')
            return NOWHERE;
        at = skip_space(t, at + 1);
    }
}

static size_t skip_value(json_text t, size_t at, int depth)
{
    if (at >= t.size)
        return NOWHERE;
    switch (t.at[at]) {
    case '{':
    case '[': return skip_container(t, at, depth);
    case '"': return skip_string(t, at);
    case 't':
    case 'f':
    case 'n': return skip_word(t, at);
    default: return skip_number(t, at);
    }
}

json_text json_trimmed(json_text t)
{
    const size_t begin = skip_space(t, 0);

    while (t.size > begin && memchr(" \t\n\r", t.at[t.size - 1], 4) != NULL)
        t.size--;
    return (json_text){t.at + begin, t.size - begin};
}

bool json_is_object(json_text t)
{
    return t.size != 0 && t.at[0] == '{' && skip_value(t, 0, 0) == t.size && text_is_utf8(t.at, t.size);
}

/* Go to the next item of a container: behind its opening bracket, or behind the comma. */
static size_t next_item(json_text t, size_t at, char open)
{
    if (at == 0 ? t.size == 0 || t.at[0] != open : at >= t.size || t.at[at] != ',')
        return NOWHERE;
    return skip_space(t, at + 1);
}

bool json_next_member(json_text object, size_t *at, json_member *out)
{
    size_t name = next_item(object, *at, '{');

    if (name == NOWHERE)
        return false;
    size_t name_end = skip_string(object, name);
    size_t value = skip_name(object, name);
    size_t end = value != NOWHERE ? skip_value(object, value, 1) : NOWHERE;
    if (end == NOWHERE)
        return false;
    out->name = (json_text){object.at + name + 1, name_end - name - 2};
    out->value = (json_text){object.at + value, end - value};
    out->begin = *at == 0 ? name : *at;
    out->end = end;
    *at = skip_space(object, end);
    return true;
}

bool json_next_value(json_text array, size_t *at, json_text *out)
{
    size_t value = next_item(array, *at, '[');
    size_t end = value != NOWHERE ? skip_value(array, value, 1) : NOWHERE;

    if (end == NOWHERE)
        return false;
    *out = (json_text){array.at + value, end - value};
    *at = skip_space(array, end);
    return true;
}

bool json_find(json_text object, const char *name, json_member *out)
{
    json_member member;
    size_t at = 0;
    int found = 0;

    while (json_next_member(object, &at, &member))
        if (json_is(member.name, name)) {
            *out = member;
            found++;
        }
    return found == 1;
}

bool json_is(json_text value, const char *literal)
{
    return value.size == strlen(literal) && memcmp(value.at, literal, value.size) == 0;
}

bool json_equal(json_text a, json_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0); /* no bytes may be at NULL */
}

bool json_whole_number(json_text value, uint64_t *out)
{
    uint64_t number = 0;

    if (value.size == 0 || (value.at[0] == '0' && value.size > 1))
        return false;
    for (size_t i = 0; i < value.size; i++) {
        unsigned digit = (unsigned)(unsigned char)value.at[i] - '0';
        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}

void json_put_without(text *out, json_text object, const json_member *member)
{
    size_t end = member->end;

    if (object.at[member->begin] != ',') /* the first member: the comma is behind it, unless it is the only one */
        while (end < object.size - 1 && object.at[end++] != ',')
            ;
    text_put_bytes(out, object.at, member->begin);
    text_put_bytes(out, object.at + end, object.size - end);
}
