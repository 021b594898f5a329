/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration file: what is taken from it is options that are known, with a value where they take one,
 * and never anything that a command would take for the name of an input. */
#include "cli/config_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())

static const struct option known[] = {{"list", required_argument, NULL, 'l'},
                                      {"radius", required_argument, NULL, 'r'},
                                      {"quiet", no_argument, NULL, 'q'},
                                      {"help", no_argument, NULL, 'h'},
                                      {NULL, 0, NULL, 0}};

static void check_argument(const char *argument)
{
    const char *value;

    CHECK(strncmp(argument, "--", 2) == 0);
    if (strcmp(argument, "--quiet") == 0)
        return;
    value = strchr(argument, '=');
    CHECK(value != NULL && value[1] != '\0' && strpbrk(value, "\n") == NULL);
    CHECK(strncmp(argument, "--list=", 7) == 0 || strncmp(argument, "--radius=", 9) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    config_file c;

    if (!config_file_parse(&c, "fuzz", (const char *)data, size, known))
        return 0;
    for (size_t i = 0; i < c.count; i++)
        check_argument(c.arguments[i]);
    config_file_free(&c);
    return 0;
}
