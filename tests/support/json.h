/* SPDX-License-Identifier: Apache-2.0 */
/* Walks JSON test data in place: just enough for vector files. Every step is bounds-checked; a step that does not
 * exist gives a missing value, on which further steps are missing too. */
#ifndef PHASH_TESTS_JSON_H
#define PHASH_TESTS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A slice of the text; at is NULL for a missing value. */
typedef struct json {
    const char *at;
    const char *end;
} json;

/** The whole text as one value; missing unless it is exactly one well-formed value. */
json json_parse(const char *text, size_t size);
bool json_missing(json value);
/** Member of an object by key (keys without escapes). */
json json_member(json object, const char *key);
/** i-th item of an array, or i-th member's value of an object. */
json json_item(json container, size_t i);
/** Number of items. */
size_t json_count(json container);
/** Copy a string without escapes, with a 0 byte at its end; false when it is none or does not fit. */
bool json_string(json value, char *out, size_t room);
bool json_is(json value, const char *literal); /* "true", "false", "null" or a number as written */
/** Decode a string of hexadecimal digits; -1 when it is none or does not fit. */
long json_hex(json value, uint8_t *out, size_t room);

/** $PHASH_TEST_DATA/name, NULL when there is none; the caller frees it. */
char *json_read_file(const char *name, size_t *size);

#endif
