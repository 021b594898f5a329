/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* explicit_bzero, gmtime_r */
#include "keys/key_store.h"

#include "cli/cli.h"
#include "cli/file_io.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool read_plain(phash_key **out, const char *path, const uint8_t *bytes, size_t size)
{
    const phash_options options = locked_options();
    phash_diag diag = {""};
    const phash_status st = phash_key_read(out, &diag, bytes, size, &options);

    if (st != PHASH_OK)
        say("%s: %s", path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    return st == PHASH_OK;
}

/* The header was vouched for by the tag, but it is what whoever sealed it wrote there. */
static bool fits(const phash_key *key, const sealed_key *k)
{
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    uint8_t id[PHASH_KEY_ID_SIZE];

    phash_key_public(key, public_key, id);
    return memcmp(public_key, k->public_key, sizeof public_key) == 0 && memcmp(id, k->id, sizeof id) == 0;
}

static bool open_sealed(phash_key **out, const char *path, const sealed_key *k, const secret *passphrase)
{
    uint8_t *plain = locked_new(PHASH_KEY_FILE_SIZE);
    size_t size = 0;
    const sealed_answer answer = plain != NULL ? sealed_key_open(plain, &size, k, passphrase) : SEALED_FAILED;
    bool good = false;

    if (answer == SEALED_FAILED)
        say("%s: cannot be opened: memory is short; it takes %u MiB", path, 1u << (k->log2_n - 10));
    else if (answer == SEALED_WRONG)
        say("%s: cannot be opened: the passphrase is another one, or the file is damaged", path);
    else
        good = read_plain(out, path, plain, size);
    locked_free(plain);
    if (good && !fits(*out, k)) {
        say("%s: the sealed key is damaged: what it says about itself is not true", path);
        phash_key_free(out);
        good = false;
    }
    return good;
}

static bool load_sealed(phash_key **out, const char *path, const sealed_key *k, const char *passphrase_file)
{
    secret passphrase;

    if (!passphrase_get(&passphrase, passphrase_file, path, false))
        return false;
    const bool good = open_sealed(out, path, k, &passphrase);
    secret_free(&passphrase);
    return good;
}

/* Read a file and its header if it is sealed. */
static bool read_file(secret *file, sealed_key *k, bool *sealed, const char *path)
{
    const char *why;

    if (!secret_read(file, path, SEALED_KEY_FILE_MAX))
        return false;
    *sealed = sealed_key_is(file->bytes, file->size);
    if (!*sealed || sealed_key_parse(k, &why, file->bytes, file->size))
        return true;
    say("%s: %s", path, why);
    secret_free(file);
    return false;
}

bool key_store_load(phash_key **out, const char *path, const char *passphrase_file)
{
    secret file;
    sealed_key k;
    bool sealed;

    *out = NULL;
    if (!read_file(&file, &k, &sealed, path))
        return false;
    const bool good = sealed ? load_sealed(out, path, &k, passphrase_file)
                             : read_plain(out, path, file.bytes, file.size);
    secret_free(&file);
    return good;
}

bool key_store_open(phash_key **out, const char *path, const secret *passphrase)
{
    secret file;
    sealed_key k;
    bool sealed;

    *out = NULL;
    if (!read_file(&file, &k, &sealed, path))
        return false;
    bool good = false;
    if (!sealed)
        good = read_plain(out, path, file.bytes, file.size);
    else if (passphrase != NULL)
        good = open_sealed(out, path, &k, passphrase);
    else
        say("%s: needs a passphrase", path);
    secret_free(&file);
    return good;
}

bool key_store_describe(key_facts *out, const char *path, const char *passphrase_file)
{
    secret file;
    sealed_key k;
    bool sealed;
    phash_key *key = NULL;

    memset(out, 0, sizeof *out);
    if (!read_file(&file, &k, &sealed, path))
        return false;
    bool good = true;
    if (!sealed)
        good = read_plain(&key, path, file.bytes, file.size);
    else if (passphrase_file != NULL)
        good = load_sealed(&key, path, &k, passphrase_file);
    secret_free(&file);
    if (sealed) {
        memcpy(out->id, k.id, sizeof out->id);
        memcpy(out->public_key, k.public_key, sizeof out->public_key);
        memcpy(out->created, k.created, sizeof out->created);
        out->log2_n = k.log2_n;
    } else if (good) {
        phash_key_public(key, out->public_key, out->id);
    }
    out->verified = key != NULL;
    phash_key_free(&key);
    return good;
}

static bool seal(sealed_key *k, const phash_key *key, const uint8_t *plain, size_t size, const secret *passphrase)
{
    const time_t now = time(NULL);
    struct tm date;

    memset(k, 0, sizeof *k);
    phash_key_public(key, k->public_key, k->id);
    k->log2_n = SEALED_LOG2_N;
    return gmtime_r(&now, &date) != NULL &&
           strftime(k->created, sizeof k->created, "%Y-%m-%dT%H:%M:%SZ", &date) == sizeof k->created - 1 &&
           sealed_key_seal(k, plain, size, passphrase);
}

static bool write_new(const char *path, const uint8_t *bytes, size_t size)
{
    output_file out;

    if (!output_begin(&out, path, 0600))
        return false;
    setvbuf(out.stream, NULL, _IONBF, 0); /* no copy of the key in a buffer that is not wiped */
    if (fwrite(bytes, 1, size, out.stream) == size)
        return output_commit(&out, false);
    say("%s: cannot write", path);
    output_abandon(&out);
    return false;
}

bool key_store_save(const phash_key *key, const char *path, const secret *passphrase)
{
    uint8_t *plain = locked_new(PHASH_KEY_FILE_SIZE);
    uint8_t bytes[SEALED_KEY_FILE_MAX];
    sealed_key k;
    size_t size = 0;
    bool good = plain != NULL && phash_key_write(key, plain, PHASH_KEY_FILE_SIZE, &size) == PHASH_OK;

    if (good && passphrase != NULL)
        good = seal(&k, key, plain, size, passphrase);
    if (!good)
        say("%s: cannot be made: memory is short%s", path, passphrase != NULL ? "; sealing takes 128 MiB" : "");
    else if (passphrase == NULL)
        good = write_new(path, plain, size);
    else
        good = write_new(path, bytes, sealed_key_format(bytes, &k));
    locked_free(plain);
    return good;
}

void key_store_announce(const phash_key *key, const char *path)
{
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    uint8_t id[PHASH_KEY_ID_SIZE];

    phash_key_public(key, public_key, id);
    printf("%s: key ", path);
    for (size_t i = 0; i < sizeof id; i++)
        printf("%02x", id[i]);
    printf("\n");
}
