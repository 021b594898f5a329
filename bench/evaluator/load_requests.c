/* SPDX-License-Identifier: Apache-2.0 */
/* Requests made before anything is timed: random inputs, as the library sends them for a picture it could not read. */
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct growing {
    uint8_t *bytes;
    size_t size;
} growing;

static int keep(void *user, const uint8_t *bytes, size_t size)
{
    growing *g = user;
    uint8_t *grown = realloc(g->bytes, g->size + size);

    if (grown == NULL)
        return -1;
    g->bytes = grown;
    memcpy(grown + g->size, bytes, size);
    g->size += size;
    return 0;
}

static phash_status read_key(load *l, const char *path)
{
    uint8_t bytes[PHASH_KEY_FILE_SIZE];
    FILE *in = fopen(path, "rb");
    phash_status st = PHASH_E_IO;

    if (in != NULL) {
        const size_t size = fread(bytes, 1, sizeof bytes, in);
        fclose(in);
        st = phash_key_read(&l->key, NULL, bytes, size, NULL);
    }
    return st;
}

/* A set of one entry: what is asked does not depend on it, but its budget is how many tokens are asked for. */
static phash_status make_set(load *l, growing *bytes)
{
    const phash_set_params params = {.struct_size = sizeof params, .budget = l->tokens, .sequence = 1, .name = "bench"};
    const phash_hash hash = {{0x5a}};
    phash_list *list = NULL;
    phash_status st = phash_list_new(&list, NULL, NULL);

    if (st == PHASH_OK)
        st = phash_list_source_begin(list, "made", NULL, NULL);
    if (st == PHASH_OK)
        st = phash_list_add(list, &hash, NULL, 0, PHASH_QUALITY_UNKNOWN);
    if (st == PHASH_OK)
        st = phash_list_source_end(list, NULL);
    if (st == PHASH_OK)
        st = phash_set_build(NULL, NULL, l->key, list, NULL, &params, keep, bytes, NULL, NULL, NULL);
    phash_list_free(&list);
    return st;
}

static phash_status make_request(load_request *r, phash_query *query, phash_evaluator *evaluator)
{
    const size_t room = phash_evaluator_response_max(evaluator);
    char head[160];

    r->body_size = phash_query_request_size(query);
    const int n = snprintf(head, sizeof head,
                           "POST /v1/evaluate HTTP/1.1\r\nHost: bench\r\nContent-Type: application/octet-stream\r\n"
                           "Content-Length: %zu\r\n\r\n", r->body_size);
    r->wire_size = (size_t)n + r->body_size;
    r->wire = malloc(r->wire_size);
    r->expected = malloc(room);
    if (r->wire == NULL || r->expected == NULL)
        return PHASH_E_NO_MEMORY;
    memcpy(r->wire, head, (size_t)n);
    r->body = r->wire + n;
    phash_status st = phash_query_begin(query, r->wire + n, r->body_size, NULL, NULL, 0);
    if (st == PHASH_OK)
        st = phash_evaluator_answer(evaluator, r->expected, room, &r->expected_size, NULL, NULL, r->body, r->body_size);
    return st;
}

bool load_prepare(load *l, const char *key_path)
{
    growing bytes = {0};
    phash_set *set = NULL;
    phash_query *query = NULL;
    phash_evaluator *evaluator = NULL;
    phash_status st = read_key(l, key_path);

    if (st == PHASH_OK)
        st = make_set(l, &bytes);
    if (st == PHASH_OK)
        st = phash_set_open_memory(&set, NULL, bytes.bytes, bytes.size, NULL);
    if (st == PHASH_OK)
        st = phash_query_new(&query, set, NULL);
    if (st == PHASH_OK)
        st = phash_evaluator_new(&evaluator, l->key, 0, NULL);
    for (unsigned i = 0; st == PHASH_OK && i < LOAD_REQUESTS; i++)
        st = make_request(&l->requests[i], query, evaluator);
    phash_evaluator_free(&evaluator);
    phash_query_free(&query);
    phash_set_free(&set);
    free(bytes.bytes);
    if (st != PHASH_OK)
        fprintf(stderr, "bench-evaluator: %s: %s\n", key_path, phash_status_string(st));
    return st == PHASH_OK;
}

void load_clear(load *l)
{
    for (unsigned i = 0; i < LOAD_REQUESTS; i++) {
        free(l->requests[i].wire);
        free(l->requests[i].expected);
    }
    phash_key_free(&l->key);
}
