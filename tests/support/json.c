/* SPDX-License-Identifier: Apache-2.0 */
#include "support/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32
#define FILE_MAX ((size_t)16 << 20)

static const json missing = {NULL, NULL};

static const char *skip_space(const char *p, const char *end)
{
    while (p != NULL && p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\')
            p++;
    }
    return NULL;
}

static const char *skip_literal(const char *p, const char *end)
{
    const char *start = p;

    while (p < end && *p != '\0' &&
           (strchr("+-.E", *p) != NULL || (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z')))
        p++;
    return p > start ? p : NULL;
}

static const char *skip_value(const char *p, const char *end, int depth);

/* From after the opening bracket to after the closing one; members have keys, items none. */
static const char *skip_items(const char *p, const char *end, char close, int depth)
{
    p = skip_space(p, end);
    if (p != NULL && p < end && *p == close)
        return p + 1;
    while (p != NULL && p < end) {
        if (close == '}') {
            p = *p == '"' ? skip_space(skip_string(p, end), end) : NULL;
            p = p != NULL && p < end && *p == ':' ? skip_space(p + 1, end) : NULL;
        }
        p = skip_space(skip_value(p, end, depth), end);
        if (p == NULL || p >= end)
            return NULL;
        if (*p == close)
            return p + 1;
        p = *p == ',' ? skip_space(p + 1, end) : NULL;
    }
    return NULL;
}

static const char *skip_value(const char *p, const char *end, int depth)
{
    if (p == NULL || p >= end || depth >= DEPTH_MAX)
        return NULL;
    if (*p == '"')
        return skip_string(p, end);
    if (*p == '{')
        return skip_items(p + 1, end, '}', depth + 1);
    if (*p == '[')
        return skip_items(p + 1, end, ']', depth + 1);
    return skip_literal(p, end);
}

json json_parse(const char *text, size_t size)
{
    const char *end = text + size;
    json value = {skip_space(text, end), NULL};

    value.end = skip_value(value.at, end, 0);
    return value.end != NULL && skip_space(value.end, end) == end ? value : missing;
}

bool json_missing(json value)
{
    return value.at == NULL;
}

/* Step to the item after `previous` (the first for NULL) of a container that json_parse has checked. */
static json next_item(json container, const char *previous, json *key)
{
    json item = missing;

    if (container.at == NULL || (*container.at != '{' && *container.at != '['))
        return missing;
    const char *p = skip_space(previous == NULL ? container.at + 1 : previous, container.end);
    if (previous != NULL && *p == ',')
        p = skip_space(p + 1, container.end);
    if (*p == '}' || *p == ']')
        return missing;
    if (*container.at == '{') {
        key->at = p;
        key->end = skip_string(p, container.end);
        p = skip_space(skip_space(key->end, container.end) + 1, container.end);
    }
    item.at = p;
    item.end = skip_value(p, container.end, 0);
    return item;
}

json json_member(json object, const char *key)
{
    json k = missing;
    size_t size = strlen(key);

    if (object.at == NULL || *object.at != '{')
        return missing;
    for (json item = next_item(object, NULL, &k); item.at != NULL; item = next_item(object, item.end, &k))
        if ((size_t)(k.end - k.at) == size + 2 && memcmp(k.at + 1, key, size) == 0)
            return item;
    return missing;
}

json json_item(json container, size_t i)
{
    json k = missing;
    json item = next_item(container, NULL, &k);

    for (; i > 0 && item.at != NULL; i--)
        item = next_item(container, item.end, &k);
    return item;
}

size_t json_count(json container)
{
    json k = missing;
    size_t n = 0;

    for (json item = next_item(container, NULL, &k); item.at != NULL; item = next_item(container, item.end, &k))
        n++;
    return n;
}

bool json_string(json value, char *out, size_t room)
{
    if (value.at == NULL || *value.at != '"')
        return false;
    size_t size = (size_t)(value.end - value.at) - 2;
    if (size >= room || memchr(value.at + 1, '\\', size) != NULL)
        return false;
    memcpy(out, value.at + 1, size);
    out[size] = '\0';
    return true;
}

bool json_is(json value, const char *literal)
{
    size_t size = strlen(literal);

    return value.at != NULL && (size_t)(value.end - value.at) == size && memcmp(value.at, literal, size) == 0;
}

long json_hex(json value, uint8_t *out, size_t room)
{
    static const char digits[] = "0123456789abcdef";

    if (value.at == NULL || *value.at != '"')
        return -1;
    size_t size = (size_t)(value.end - value.at) - 2;
    if (size % 2 != 0 || size / 2 > room)
        return -1;
    for (size_t i = 0; i < size; i++) {
        const char *at = memchr(digits, value.at[1 + i], 16);
        if (at == NULL)
            return -1;
        out[i / 2] = (uint8_t)((i % 2 != 0 ? out[i / 2] << 4 : 0) | (at - digits));
    }
    return (long)(size / 2);
}

char *json_read_file(const char *name, size_t *size)
{
    const char *folder = getenv("PHASH_TEST_DATA");
    char path[4096];

    if (folder == NULL || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return NULL;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return NULL;
    char *text = malloc(FILE_MAX);
    *size = text != NULL ? fread(text, 1, FILE_MAX, f) : 0;
    fclose(f);
    if (*size == 0 || *size == FILE_MAX) {
        free(text);
        return NULL;
    }
    return text;
}
