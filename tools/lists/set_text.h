/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about set files share: opening one, and writing its facts for people and programs. */
#ifndef PHASH_TOOLS_SET_TEXT_H
#define PHASH_TOOLS_SET_TEXT_H

#include "cli/text_out.h"

#include <phash/set.h>

/** Bytes as lower-case hexadecimal digits. */
void text_hex(text *t, const uint8_t *bytes, size_t size);

/** Seconds since 1970 as YYYY-MM-DDTHH:MM:SSZ; `none` for 0. */
void text_date(text *t, uint64_t seconds, const char *none);

/** Open a set file and give its facts; NULL after a message. Its blocks are not verified. */
phash_set *set_load(phash_set_info *info, const char *path);

/** The message of a failed call: what diag says, or else the status. */
const char *set_trouble(const phash_diag *diag, phash_status status);

/** Read a signer's public key from a PEM file; false after a message. */
bool signer_load_public(uint8_t public_key[PHASH_SIGNER_KEY_SIZE], const char *path);

/** Print a finished text on stdout and free it; false after a message. */
bool text_print(text *t);

#endif
