/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluator keys in files, plain or sealed under a passphrase. Secrets are in locked memory. */
#ifndef PHASH_TOOLS_KEY_STORE_H
#define PHASH_TOOLS_KEY_STORE_H

#include "keys/locked_memory.h" /* no_core_dumps, locked_options */
#include "keys/sealed_key.h"

#include <stdbool.h>

/** Read a key. A sealed one needs its passphrase: the first line of a file, or, when passphrase_file is NULL, from the
 *  terminal. Files that others may read are refused. False after a message. */
bool key_store_load(phash_key **out, const char *path, const char *passphrase_file);

/** The same with a passphrase that is there already; NULL when the key is plain. */
bool key_store_open(phash_key **out, const char *path, const secret *passphrase);

/** What can be said of a key file without telling a secret. */
typedef struct key_facts {
    uint8_t id[PHASH_KEY_ID_SIZE];
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    char created[SEALED_DATE_SIZE]; /* empty when the file does not say */
    uint8_t log2_n;                 /* of scrypt; 0 when it is plain */
    bool verified;                  /* else it is only what the file says */
} key_facts;

/** Read these. A sealed key is opened, and so verified, when there is a passphrase_file. False after a message. */
bool key_store_describe(key_facts *out, const char *path, const char *passphrase_file);

/** Write a key to a new file, mode 0600: sealed, or plain when passphrase is NULL. The file is there whole or not at
 *  all, and an existing one is kept. False after a message. */
bool key_store_save(const phash_key *key, const char *path, const secret *passphrase);

/** Print "PATH: key ID" on stdout. */
void key_store_announce(const phash_key *key, const char *path);

#endif
