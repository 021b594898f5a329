/* SPDX-License-Identifier: Apache-2.0 */
/* What the service serves: keys, to whom, and which sets. Read from files at the start and at each reload; one edition
 * is never changed, so a request that began under one ends under it. */
#ifndef PHASH_TOOLS_SERVED_H
#define PHASH_TOOLS_SERVED_H

#include "evaluator/credentials.h"
#include "evaluator/served_sets.h"
#include "keys/key_store.h"

#include <phash/set.h>

#include <stdatomic.h>
#include <stdbool.h>

/** The current key, and the previous one during a roll-over. */
#define SERVED_KEYS_MAX 2u

/** How often a key was used: outlives the editions that name it, and is freed with the service. */
typedef struct key_use {
    struct key_use *next;
    uint8_t id[PHASH_KEY_ID_SIZE];
    atomic_uint_fast64_t requests; /* answered */
} key_use;

typedef struct served_key {
    phash_key *key;
    key_use *use;
    uint8_t id[PHASH_KEY_ID_SIZE];
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
} served_key;

/** Where it is read from. */
typedef struct served_files {
    const char *keys[SERVED_KEYS_MAX]; /* the second may be NULL, or a file that is not there yet */
    unsigned key_count;
    const char *passphrase_file; /* NULL: ask at the terminal, once */
    secret *asked;               /* what was answered there: needed again at a reload */
    bool may_ask;                /* not from a process with threads */
    const char *credentials; /* file; NULL: whoever reaches the service may ask */
    const char *sets;        /* folder; NULL: none */
} served_files;

typedef struct served {
    atomic_uint holders;
    served_key keys[SERVED_KEYS_MAX];
    unsigned key_count;
    credentials *who; /* NULL: anybody */
    served_sets *sets; /* NULL: not read yet, or none */
} served;

/** Read all of it, or all but the sets, which may take long. NULL after a message. */
served *served_load(const served_files *files, bool with_sets);

/** One holder more. */
served *served_hold(served *s);

/** One less, and store NULL; the last one wipes and frees. */
void served_drop(served **s);

/** Which key has this id; SERVED_KEYS_MAX when none has. */
unsigned served_find_key(const served *s, const uint8_t id[PHASH_KEY_ID_SIZE]);

#endif
