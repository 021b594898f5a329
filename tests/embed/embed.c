/* SPDX-License-Identifier: Apache-2.0 */
/* A whole program that embeds libphash: it has pixels, a key and a list; it blinds the list and asks about the
 * pixels privately, being device and evaluator at once. Built against an installed copy by install.sh. */
#include <phash/private.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 256

typedef struct blob {
    uint8_t *bytes;
    size_t size;
} blob;

static int append(void *user, const uint8_t *bytes, size_t size)
{
    blob *b = user;
    uint8_t *grown = realloc(b->bytes, b->size + size);

    if (grown == NULL)
        return -1;
    memcpy(grown + b->size, bytes, size);
    b->bytes = grown;
    b->size += size;
    return 0;
}

static void check(phash_status status, const char *what)
{
    if (status != PHASH_OK) {
        fprintf(stderr, "%s: %s\n", what, phash_status_string(status));
        exit(EXIT_FAILURE);
    }
}

/* A harmless picture: overlapping waves. */
static void draw(uint8_t *rgba)
{
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < SIDE; x++) {
            uint8_t *p = rgba + 4 * (y * SIDE + x);
            p[0] = (uint8_t)((x * x / 97 + y * 3) ^ (y * y / 61));
            p[1] = (uint8_t)(x * y / 53);
            p[2] = (uint8_t)((x + 2 * y) * 2);
            p[3] = 255;
        }
}

int main(void)
{
    static uint8_t rgba[SIDE * SIDE * 4];
    phash_bitmap bitmap = {rgba, SIDE, SIDE, SIDE * 4, PHASH_PIXELS_RGBA};
    phash_set_params params = {.struct_size = sizeof params, .name = "embedded"};
    phash_hasher *hasher = NULL;
    phash_list *list = NULL;
    phash_key *key = NULL;
    phash_set *set = NULL;
    phash_query *query = NULL;
    phash_evaluator *evaluator = NULL;
    phash_fingerprint print;
    phash_verdict verdict;
    blob file = {NULL, 0};
    size_t response_size = 0;

    draw(rgba);
    check(phash_hasher_new(&hasher, 0, NULL), "hasher");
    check(phash_hasher_run(hasher, &print, &bitmap, PHASH_SCALING_512), "hash");
    check(phash_list_new(&list, NULL, NULL), "list");
    check(phash_list_source_begin(list, "waves", NULL, NULL), "source");
    check(phash_list_add(list, &print.hash, (const uint8_t *)"wave", 4, print.quality), "entry");
    check(phash_list_source_end(list, NULL), "source");
    check(phash_key_new(&key, NULL), "key");
    check(phash_set_build(NULL, NULL, key, list, NULL, &params, append, &file, NULL, NULL, NULL), "build");
    check(phash_set_open_memory(&set, NULL, file.bytes, file.size, NULL), "open");
    check(phash_query_new(&query, set, NULL), "query");
    check(phash_evaluator_new(&evaluator, key, 0, NULL), "evaluator");

    size_t request_size = phash_query_request_size(query);
    size_t room = phash_evaluator_response_max(evaluator);
    uint8_t *request = malloc(request_size);
    uint8_t *response = malloc(room);
    if (request == NULL || response == NULL)
        return EXIT_FAILURE;
    check(phash_query_begin(query, request, request_size, &print, NULL, 1), "begin");
    check(phash_evaluator_answer(evaluator, response, room, &response_size, NULL, NULL, request, request_size),
          "answer");
    check(phash_query_finish(query, &verdict, NULL, response, response_size), "finish");
    printf("%s: %zu bytes up, %zu bytes down\n", verdict == PHASH_VERDICT_MATCH ? "match" : "no match", request_size,
           response_size);

    free(response);
    free(request);
    phash_evaluator_free(&evaluator);
    phash_query_free(&query);
    phash_set_free(&set);
    phash_key_free(&key);
    phash_list_free(&list);
    phash_hasher_free(&hasher);
    free(file.bytes);
    return verdict == PHASH_VERDICT_MATCH ? EXIT_SUCCESS : EXIT_FAILURE;
}
