/* SPDX-License-Identifier: Apache-2.0 */
/* The words of conditional and partial requests (RFC 9110, sections 13 and 14). */
#ifndef PHASH_TOOLS_HTTP_RANGE_H
#define PHASH_TOOLS_HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/** Does the value of If-None-Match name this entity tag? A weak form of it counts: that header compares weakly. */
bool http_names_tag(const char *list, const char *etag);

typedef enum range_kind { RANGE_WHOLE, RANGE_PART, RANGE_OUTSIDE } range_kind;

/** Read the value of Range for a file of `whole` bytes: one range of bytes. What is malformed, or several at once, may
 *  be ignored, and then the whole is given (section 14.2). With RANGE_PART, *size bytes from *first on, at least 1. */
range_kind http_range_read(uint64_t *first, uint64_t *size, const char *value, uint64_t whole);

#endif
