/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text in tests. */
#ifndef PHASH_TESTS_HEX_H
#define PHASH_TESTS_HEX_H

#include <stddef.h>
#include <stdint.h>

/** Decode text into at most room bytes; gives the number of bytes. Aborts the test program on text that is not
 *  hexadecimal or does not fit: tables are part of the test. */
size_t hex_decode(uint8_t *out, size_t room, const char *text);

#endif
