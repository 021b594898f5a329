/* SPDX-License-Identifier: Apache-2.0 */
/* Writes seeds for fuzz_blinded_set, fuzz_private and fuzz_query_state into the folder it is given. */
#include "support/set_fixture.h"
#include "support/signer_keys.h"

#include <phash/private.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void save(const char *folder, const char *name, int first, const uint8_t *bytes, size_t size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");

    if (f == NULL || (first >= 0 && fputc(first, f) == EOF) || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

/* A set with three signatures, and key files of signers. */
static void save_signed(const char *folder, const set_bytes *plain)
{
    set_bytes bytes = *plain; /* borrowed in the first turn */

    for (int i = 0; i < 3; i++) {
        set_bytes next = {0};
        phash_set *set = NULL;
        phash_signer *signer = NULL;
        uint8_t key[PHASH_SIGNER_KEY_SIZE];
        uint8_t signature[PHASH_SIGNATURE_SIZE];
        const uint8_t *pem = (const uint8_t *)signer_secret[i];
        if (phash_set_open_memory(&set, NULL, bytes.data, bytes.size, NULL) != PHASH_OK ||
            phash_signer_read(&signer, NULL, pem, strlen(signer_secret[i]), NULL) != PHASH_OK ||
            phash_set_sign(set, signature, signer) != PHASH_OK)
            exit(EXIT_FAILURE);
        phash_signer_public(signer, key);
        if (phash_set_write_signed(set, NULL, key, signature, fixture_write, &next, NULL) != PHASH_OK)
            exit(EXIT_FAILURE);
        phash_signer_free(&signer);
        phash_set_free(&set);
        if (i != 0)
            set_bytes_free(&bytes);
        bytes = next;
    }
    save(folder, "set-signed", -1, bytes.data, bytes.size);
    set_bytes_free(&bytes);
    save(folder, "signer", 3, (const uint8_t *)signer_secret[0], strlen(signer_secret[0]));
    save(folder, "signer-public", 3, (const uint8_t *)signer_public[0], strlen(signer_public[0]));
    save(folder, "signer-locked", 3, (const uint8_t *)signer_locked, strlen(signer_locked));
    save(folder, "signer-p256", 3, (const uint8_t *)signer_p256, strlen(signer_p256));
    save(folder, "signer-p256-public", 3, (const uint8_t *)signer_p256_public, strlen(signer_p256_public));
    save(folder, "signer-x25519", 3, (const uint8_t *)signer_x25519, strlen(signer_x25519));
}

int main(int argc, char **argv)
{
    test_rng rng = test_rng_init(3);
    phash_hash hashes[6];
    set_bytes bytes = {0};
    phash_set *set = NULL;
    phash_query *query = NULL;
    uint8_t message[16384];
    size_t size = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < 6; i++)
        hashes[i] = fixture_hash(&rng);
    phash_list *list = fixture_list(hashes, 6);
    phash_key *key = fixture_key(2); /* the key of fuzz_private */
    for (uint32_t bands = 6; bands <= 8; bands++) {
        char name[16];
        set_bytes_free(&bytes);
        if (fixture_build(&bytes, key, list, bands, 64) != PHASH_OK)
            return EXIT_FAILURE;
        snprintf(name, sizeof name, "set-%u", (unsigned)bands);
        save(argv[1], name, -1, bytes.data, bytes.size);
    }
    save_signed(argv[1], &bytes);
    if (phash_key_write(key, message, sizeof message, &size) != PHASH_OK)
        return EXIT_FAILURE;
    save(argv[1], "key", 2, message, size);
    if (phash_set_open_memory(&set, NULL, bytes.data, bytes.size, NULL) != PHASH_OK ||
        phash_query_new(&query, set, NULL) != PHASH_OK ||
        phash_query_begin(query, message, sizeof message, NULL, NULL, 0) != PHASH_OK)
        return EXIT_FAILURE;
    static uint8_t state[1 << 16];
    if (phash_query_state_size(query) > sizeof state || phash_query_save(query, state, sizeof state) != PHASH_OK)
        return EXIT_FAILURE;
    save(argv[1], "state", -1, state, phash_query_state_size(query));
    message[3] = 4; /* as many tokens as the fuzzed evaluator takes */
    save(argv[1], "request", 0, message, 4 + 16 + 16 + 4 * 33);
    memcpy(message + 4, message + 20, 16); /* roughly a response: the key id follows the count */
    message[1] = 2;
    message[3] = 64;
    save(argv[1], "response", 1, message, phash_query_response_size(query));
    phash_query_free(&query);
    phash_set_free(&set);
    set_bytes_free(&bytes);
    phash_key_free(&key);
    phash_list_free(&list);
    return EXIT_SUCCESS;
}
