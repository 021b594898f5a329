/* SPDX-License-Identifier: Apache-2.0 */
/* What phash-evaluator reads itself: headers about parts of files, and lists of credentials. What lies within a file
 * stays within it, and only well-formed lists let anybody in. */
#include "evaluator/credentials.h"
#include "evaluator/http_range.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void check_range(const char *value, uint64_t whole)
{
    uint64_t first = 0;
    uint64_t size = 0;

    if (http_range_read(&first, &size, value, whole) == RANGE_PART)
        CHECK(first < whole && size >= 1 && size <= whole - first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    const char *const bytes = (const char *)data;

    CHECK(line != NULL);
    if (size > 0)
        memcpy(line, data, size);
    line[size] = '\0';
    check_range(line, 0);
    check_range(line, 1);
    check_range(line, 1000);
    check_range(line, UINT64_MAX);
    (void)http_names_tag(line, "\"abc\"");
    free(line);
    credentials *c = credentials_read("fuzz", bytes, size);
    CHECK(c == NULL || size > 65);
    credentials_free(&c);
    return 0;
}
