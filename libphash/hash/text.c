/* SPDX-License-Identifier: Apache-2.0 */
/* The text forms of a hash: 64 hexadecimal digits as Meta prints them, or base64 as other services do. */
#include <phash/hash.h>

#include <stdbool.h>
#include <string.h>

void phash_hash_to_hex(char text[PHASH_HEX_SIZE], const phash_hash *hash)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < PHASH_HASH_SIZE; i++) {
        text[2 * i] = digits[hash->bytes[i] >> 4];
        text[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    text[2 * PHASH_HASH_SIZE] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

static bool from_hex(phash_hash *out, const char *text)
{
    for (size_t i = 0; i < PHASH_HASH_SIZE; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* 43 digits carry 258 bits: the last two must be zero, so that every hash has one form (RFC 4648 s. 3.5). */
static bool from_base64(phash_hash *out, const char *text)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;

    for (size_t i = 0; i < 43; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out->bytes[n++] = (uint8_t)(bits >> held);
        }
    }
    return (bits & 3) == 0;
}

phash_status phash_hash_from_text(phash_hash *out, const char *text, size_t size)
{
    phash_hash hash;
    bool good = false;

    if (out == NULL || (text == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    if (size == 2 * PHASH_HASH_SIZE)
        good = from_hex(&hash, text);
    else if (size == 43 || (size == 44 && text[43] == '='))
        good = from_base64(&hash, text);
    if (!good)
        return PHASH_E_RECORD;
    *out = hash;
    return PHASH_OK;
}
