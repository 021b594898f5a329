/* SPDX-License-Identifier: Apache-2.0 */
/* Text that survives any file name: JSON (RFC 8259), CSV (RFC 4180) and terminals.
 *
 * A buffer grows as needed; when memory is short it remembers that and text_ok says so. */
#ifndef PHASH_TOOLS_TEXT_OUT_H
#define PHASH_TOOLS_TEXT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct text {
    char *data;
    size_t size;
    size_t room;
    bool failed;
} text;

void text_clear(text *t);
void text_free(text *t);
bool text_ok(const text *t);
void text_put(text *t, const char *string);
void text_put_bytes(text *t, const char *bytes, size_t size);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void text_printf(text *t, const char *format, ...);

/** Are these bytes UTF-8 (RFC 3629)? */
bool text_is_utf8(const char *bytes, size_t size);

/** A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void text_json_string(text *t, const char *bytes, size_t size);

/** `"name": "..."`, and, when the bytes are not UTF-8, also `"name_bytes": "<base64>"` (RFC 4648), from which the exact
 *  bytes can be had back. */
void text_json_bytes_member(text *t, const char *name, const char *bytes, size_t size);

/** A CSV field, quoted when it has to be; bytes are kept as they are. */
void text_csv_field(text *t, const char *bytes, size_t size);

/** For terminals: control characters, those that turn the direction of text, and bytes that are not UTF-8 become \xNN,
 *  a backslash is doubled. */
void text_shown(text *t, const char *bytes, size_t size);

#endif
