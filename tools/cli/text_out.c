/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_clear(text *t)
{
    t->size = 0;
}

void text_free(text *t)
{
    free(t->data);
    memset(t, 0, sizeof *t);
}

bool text_ok(const text *t)
{
    return !t->failed;
}

static bool reserve(text *t, size_t more)
{
    if (t->failed || more > SIZE_MAX / 4 - t->size) {
        t->failed = true;
        return false;
    }
    if (t->size + more <= t->room)
        return true;
    size_t room = (t->size + more) * 2;
    char *grown = realloc(t->data, room);
    if (grown == NULL) {
        t->failed = true;
        return false;
    }
    t->data = grown;
    t->room = room;
    return true;
}

void text_put_bytes(text *t, const char *bytes, size_t size)
{
    if (size == 0 || !reserve(t, size))
        return;
    memcpy(t->data + t->size, bytes, size);
    t->size += size;
}

void text_put(text *t, const char *string)
{
    text_put_bytes(t, string, strlen(string));
}

void text_printf(text *t, const char *format, ...)
{
    char small[512];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof small)
        t->failed = true; /* callers print short things with it */
    else
        text_put_bytes(t, small, (size_t)n);
}

/* Length of the UTF-8 sequence at p, 0 when it is none (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (p[0] < forms[i].first_low || p[0] > forms[i].first_high)
            continue;
        if (forms[i].length > left)
            return 0;
        if (forms[i].length > 1 && (p[1] < forms[i].second_low || p[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        return forms[i].length;
    }
    return 0;
}

bool text_is_utf8(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t n = utf8_length((const unsigned char *)bytes + i, size - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static void json_character(text *t, const char *bytes, size_t n)
{
    unsigned char c = (unsigned char)bytes[0];

    if (n == 0)
        text_put(t, "\xef\xbf\xbd");
    else if (c == '"' || c == '\\')
        text_printf(t, "\\%c", c);
    else if (c == '\n')
        text_put(t, "\\n");
    else if (c < 0x20 || c == 0x7f)
        text_printf(t, "\\u%04x", c);
    else
        text_put_bytes(t, bytes, n);
}

void text_json_string(text *t, const char *bytes, size_t size)
{
    text_put(t, "\"");
    for (size_t i = 0; i < size;) {
        size_t n = utf8_length((const unsigned char *)bytes + i, size - i);
        json_character(t, bytes + i, n);
        i += n != 0 ? n : 1;
    }
    text_put(t, "\"");
}

static void base64(text *t, const char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        size_t n = size - i < 3 ? size - i : 3;
        unsigned long group = 0;
        char out[4];
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < n ? (unsigned char)bytes[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            out[k] = k <= n ? digits[group >> (18 - 6 * k) & 63] : '=';
        text_put_bytes(t, out, sizeof out);
    }
}

void text_json_bytes_member(text *t, const char *name, const char *bytes, size_t size)
{
    text_printf(t, "\"%s\":", name);
    text_json_string(t, bytes, size);
    if (!text_is_utf8(bytes, size)) {
        text_printf(t, ",\"%s_bytes\":\"", name);
        base64(t, bytes, size);
        text_put(t, "\"");
    }
}

void text_csv_field(text *t, const char *bytes, size_t size)
{
    bool quote = size != 0 && (bytes[0] == ' ' || bytes[size - 1] == ' ');

    for (size_t i = 0; i < size; i++)
        if (bytes[i] == '"' || bytes[i] == ',' || bytes[i] == '\n' || bytes[i] == '\r')
            quote = true;
    if (!quote) {
        text_put_bytes(t, bytes, size);
        return;
    }
    text_put(t, "\"");
    for (size_t i = 0; i < size; i++)
        text_put_bytes(t, bytes[i] == '"' ? "\"\"" : bytes + i, bytes[i] == '"' ? 2 : 1);
    text_put(t, "\"");
}

/* C0 and C1 controls (U+0080..U+009F) steer terminals; U+200E, U+200F, U+2028..U+202E and U+2066..U+2069 make a name
 * look like another one. */
static bool is_control(const unsigned char *p, size_t n)
{
    if (n == 1)
        return p[0] < 0x20 || p[0] == 0x7f;
    if (n == 2)
        return p[0] == 0xc2 && p[1] < 0xa0;
    if (n == 3 && p[0] == 0xe2 && p[1] == 0x80)
        return p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae);
    return n == 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

void text_shown(text *t, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        unsigned char c = (unsigned char)bytes[i];
        size_t n = utf8_length((const unsigned char *)bytes + i, size - i);
        bool control = is_control((const unsigned char *)bytes + i, n);
        if (n == 0 || control)
            text_printf(t, "\\x%02x", c);
        else if (c == '\\')
            text_put(t, "\\\\");
        else
            text_put_bytes(t, bytes + i, n);
        i += n != 0 && !control ? n : 1;
    }
}
