/* SPDX-License-Identifier: Apache-2.0 */
/* Writes seeds for fuzz_blinded_set and fuzz_private into the folder it is given. */
#include "support/set_fixture.h"

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
    if (phash_key_write(key, message, sizeof message, &size) != PHASH_OK)
        return EXIT_FAILURE;
    save(argv[1], "key", 2, message, size);
    if (phash_set_open_memory(&set, NULL, bytes.data, bytes.size, NULL) != PHASH_OK ||
        phash_query_new(&query, set, NULL) != PHASH_OK ||
        phash_query_begin(query, message, sizeof message, NULL, 0) != PHASH_OK)
        return EXIT_FAILURE;
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
