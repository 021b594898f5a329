/* SPDX-License-Identifier: Apache-2.0 */
/* Small files with secrets, and passphrases from them or from a terminal. All of it in locked memory. */
#ifndef PHASH_TOOLS_SECRET_FILE_H
#define PHASH_TOOLS_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PASSPHRASE_MAX 1023u
#define PASSPHRASE_MIN 8u /* of a new one */

/** A secret in locked memory. */
typedef struct secret {
    uint8_t *bytes;
    size_t size;
} secret;

/** Read a regular file of at most max bytes that others may not read or write. What is root's and readable by its group
 *  alone, mode 0440, is fine too: so secret stores hand files out. False after a message. */
bool secret_read(secret *out, const char *path, size_t max);

/** Get a passphrase: the first line of a file, or, when path is NULL, from the terminal, without showing it.
 *
 *  what   what it is for, in the prompt and in messages
 *  fresh  it is a new one: asked for twice, and not very short. False after a message. */
bool passphrase_get(secret *out, const char *path, const char *what, bool fresh);

/** Wipe and free. */
void secret_free(secret *s);

#endif
