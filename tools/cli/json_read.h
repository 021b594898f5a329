/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON text (RFC 8259) in place: what phash merge needs of records that phash wrote, and no more. Every step is
 * bounds-checked; nothing is allocated, and escapes are not undone. */
#ifndef PHASH_TOOLS_JSON_READ_H
#define PHASH_TOOLS_JSON_READ_H

#include "cli/text_out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 16 /* of values within values */

/** A piece of the text. */
typedef struct json_text {
    const char *at;
    size_t size;
} json_text;

typedef struct json_member {
    json_text name;  /* without its quotes */
    json_text value;
    size_t begin; /* where in the object the member begins, with the comma before it if there is one */
    size_t end;   /* and where it ends */
} json_member;

/** Without the white space around it, which a document may have (RFC 8259, section 2). */
json_text json_trimmed(json_text t);

/** Is this exactly one object: strict syntax, UTF-8, at most JSON_DEPTH_MAX deep? */
bool json_is_object(json_text t);

/** Step through the members of an object, *at being 0 at first. False at the end, or where the text is none. */
bool json_next_member(json_text object, size_t *at, json_member *out);

/** Step through the values of an array likewise. */
bool json_next_value(json_text array, size_t *at, json_text *out);

/** Find a member; false unless there is exactly one of that name. */
bool json_find(json_text object, const char *name, json_member *out);

/** Are these the bytes of literal? */
bool json_is(json_text value, const char *literal);

bool json_equal(json_text a, json_text b);

/** Read a whole number that fits 64 bits; no sign, fraction or exponent. */
bool json_whole_number(json_text value, uint64_t *out);

/** Write an object without one of its members; all else as it is. */
void json_put_without(text *out, json_text object, const json_member *member);

#endif
