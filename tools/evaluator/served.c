/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/served.h"

#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Both keys have one passphrase, as key rotate sees to. */
static bool load_key(phash_key **out, const char *path, const served_files *files)
{
    key_facts facts;

    if (files->passphrase_file != NULL)
        return key_store_load(out, path, files->passphrase_file);
    if (!key_store_describe(&facts, path, NULL))
        return false;
    if (facts.log2_n == 0)
        return key_store_open(out, path, NULL);
    if (files->asked->bytes == NULL && !files->may_ask) {
        say("%s: needs a passphrase, and there is nobody to ask: give --passphrase-file at the start", path);
        return false;
    }
    if (files->asked->bytes == NULL && !passphrase_get(files->asked, NULL, path, false))
        return false;
    return key_store_open(out, path, files->asked);
}

static bool load_keys(served *s, const served_files *files)
{
    for (unsigned i = 0; i < files->key_count; i++) {
        served_key *k = &s->keys[s->key_count];
        /* A unit file names both at all times; the second is there during a roll-over only. */
        if (i > 0 && access(files->keys[i], F_OK) != 0 && errno == ENOENT) {
            say("%s: not there, so one key is served", files->keys[i]);
            continue;
        }
        if (!load_key(&k->key, files->keys[i], files))
            return false;
        phash_key_public(k->key, k->public_key, k->id);
        if (served_find_key(s, k->id) == SERVED_KEYS_MAX)
            s->key_count++;
        else
            phash_key_free(&k->key); /* between the two steps of a roll-over both files hold the same one */
    }
    return true;
}

served *served_load(const served_files *files, bool with_sets)
{
    served *s = calloc(1, sizeof *s);
    bool good = s != NULL;

    if (!good) {
        say("no memory");
        return NULL;
    }
    atomic_init(&s->holders, 1);
    good = load_keys(s, files);
    if (good && files->credentials != NULL) {
        s->who = credentials_load(files->credentials);
        good = s->who != NULL;
    }
    if (good && with_sets && files->sets != NULL) {
        s->sets = served_sets_load(files->sets);
        good = s->sets != NULL;
    }
    if (!good)
        served_drop(&s);
    return s;
}

served *served_hold(served *s)
{
    if (s != NULL)
        atomic_fetch_add(&s->holders, 1);
    return s;
}

void served_drop(served **sp)
{
    served *s = *sp;

    *sp = NULL;
    if (s == NULL || atomic_fetch_sub(&s->holders, 1) != 1)
        return;
    for (unsigned i = 0; i < SERVED_KEYS_MAX; i++)
        phash_key_free(&s->keys[i].key);
    credentials_free(&s->who);
    served_sets_free(&s->sets);
    free(s);
}

unsigned served_find_key(const served *s, const uint8_t id[PHASH_KEY_ID_SIZE])
{
    for (unsigned i = 0; i < s->key_count; i++)
        if (memcmp(s->keys[i].id, id, PHASH_KEY_ID_SIZE) == 0)
            return i;
    return SERVED_KEYS_MAX;
}
