/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask. The file holds digests of tokens, so that reading it lets nobody in. */
#ifndef PHASH_TOOLS_CREDENTIALS_H
#define PHASH_TOOLS_CREDENTIALS_H

#include <phash/digests.h>

#include <stddef.h>

/** Most characters of a credential's name. */
#define CREDENTIAL_NAME_MAX 64u

typedef struct credentials credentials;

/** Read a file of lines `NAME SHA256-OF-TOKEN`; empty lines and those that begin with # are passed over. NULL after a
 *  message that names the line. */
credentials *credentials_load(const char *path);

/** The same of bytes that are there already; path is for messages. */
credentials *credentials_read(const char *path, const char *bytes, size_t size);

void credentials_free(credentials **c);

/** Whose token it is: a name that lives as long as c, or NULL. The digester is one of SHA-256. */
const char *credentials_find(const credentials *c, phash_digester *digester, const char *token, size_t size);

#endif
