/* SPDX-License-Identifier: Apache-2.0 */
#include "support/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    if (at == NULL) {
        fprintf(stderr, "hex_decode: not a hexadecimal digit\n");
        abort();
    }
    return (unsigned)(at - digits);
}

size_t hex_decode(uint8_t *out, size_t room, const char *text)
{
    size_t n = strlen(text) / 2;

    if (strlen(text) % 2 != 0 || n > room) {
        fprintf(stderr, "hex_decode: %zu digits for %zu bytes\n", strlen(text), room);
        abort();
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return n;
}
