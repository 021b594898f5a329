/* SPDX-License-Identifier: Apache-2.0 */
/* Key files under a passphrase (docs/formats/key.md): scrypt and AES-256-GCM. */
#ifndef PHASH_TOOLS_SEALED_KEY_H
#define PHASH_TOOLS_SEALED_KEY_H

#include "keys/secret_file.h"

#include <phash/set.h>

#define SEALED_KEY_FILE_MAX 1024u
#define SEALED_TAG 16u
#define SEALED_LOG2_N 17 /* 128 MiB, a third of a second */
#define SEALED_LOG2_N_MIN 14
#define SEALED_LOG2_N_MAX 20 /* 1 GiB: what a file may make a reader spend */
#define SEALED_DATE_SIZE 21  /* 2026-11-23T16:00:00Z and a 0 */

/** What is in the file. Nothing but box is secret, and that only for those who know the passphrase. */
typedef struct sealed_key {
    uint8_t id[PHASH_KEY_ID_SIZE];
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    char created[SEALED_DATE_SIZE];
    uint8_t log2_n; /* of scrypt; r is 8, p is 1 */
    uint8_t salt[16];
    uint8_t nonce[12];
    uint8_t box[PHASH_KEY_FILE_SIZE + SEALED_TAG]; /* a key file, encrypted, and the tag */
    size_t box_size;
} sealed_key;

typedef enum sealed_answer {
    SEALED_OPENED,
    SEALED_WRONG, /* another passphrase, or a changed file: nobody can tell */
    SEALED_FAILED /* memory is short, or the cryptographic library fails */
} sealed_answer;

/** Does it begin as a sealed key of any version does? */
bool sealed_key_is(const uint8_t *bytes, size_t size);

/** Read the bytes of a file. False when they are not exactly what sealed_key_format writes; why then says more. */
bool sealed_key_parse(sealed_key *out, const char **why, const uint8_t *bytes, size_t size);

/** Write the bytes of a file; returns how many. */
size_t sealed_key_format(uint8_t out[SEALED_KEY_FILE_MAX], const sealed_key *k);

/** Encrypt a key file of at most PHASH_KEY_FILE_SIZE bytes; id, public_key, created and log2_n are set already, and
 *  authenticated with it. False when randomness, memory or the cryptographic library fails. */
bool sealed_key_seal(sealed_key *k, const uint8_t *plain, size_t size, const secret *passphrase);

/** Decrypt. plain has PHASH_KEY_FILE_SIZE bytes, in locked memory. */
sealed_answer sealed_key_open(uint8_t *plain, size_t *size, const sealed_key *k, const secret *passphrase);

#endif
