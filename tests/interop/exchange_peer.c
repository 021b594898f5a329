/* SPDX-License-Identifier: Apache-2.0 */
/* One side of the private exchange over stdin and stdout, for another implementation to talk to. Messages travel in
 * frames: four bytes of length, little-endian, then the message. The verdict comes last, as lines of text. */
#include <phash/private.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASHES_MAX 8
#define FRAME_MAX (1u << 20)

typedef struct frame {
    uint8_t *bytes;
    uint32_t size;
} frame;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "exchange_peer: %s: %s\n", what, why);
    exit(2);
}

static void check(phash_status status, const phash_diag *diag, const char *what)
{
    if (status != PHASH_OK)
        fail(what, diag->text[0] ? diag->text : phash_status_string(status));
}

static void *take(size_t size)
{
    void *bytes = malloc(size ? size : 1);

    if (bytes == NULL)
        fail("memory", "none");
    return bytes;
}

/* 0 at the end of the input. */
static int read_frame(frame *f)
{
    uint8_t head[4];
    size_t got = fread(head, 1, sizeof head, stdin);

    if (got == 0)
        return 0;
    f->size = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
    if (got != sizeof head || f->size > FRAME_MAX)
        fail("stdin", "no frame");
    f->bytes = take(f->size); /* exactly as long, so that sanitizers see a byte too far */
    if (fread(f->bytes, 1, f->size, stdin) != f->size)
        fail("stdin", "half a frame");
    return 1;
}

static void write_frame(const uint8_t *bytes, size_t size)
{
    const uint8_t head[4] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16), (uint8_t)(size >> 24)};

    if (fwrite(head, 1, sizeof head, stdout) != sizeof head || fwrite(bytes, 1, size, stdout) != size ||
        fflush(stdout) != 0)
        fail("stdout", "not written");
}

static phash_key *read_key(const char *path)
{
    uint8_t text[PHASH_KEY_FILE_SIZE];
    phash_diag diag = {{0}};
    phash_key *key = NULL;
    size_t size;
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        fail(path, "not opened");
    size = fread(text, 1, sizeof text, file);
    fclose(file);
    check(phash_key_read(&key, &diag, text, size, NULL), &diag, path);
    return key;
}

/* Each request is answered with a frame; what the operator would be told goes to stderr. */
static void evaluate(const char *key_path, uint32_t max_tokens)
{
    phash_key *key = read_key(key_path);
    phash_evaluator *evaluator = NULL;
    phash_diag diag = {{0}};
    frame request;
    uint8_t *response;
    size_t room, written;

    check(phash_evaluator_new(&evaluator, key, max_tokens, NULL), &diag, "evaluator");
    room = phash_evaluator_response_max(evaluator);
    response = take(room);
    while (read_frame(&request)) {
        diag.text[0] = 0;
        written = 0;
        if (phash_evaluator_answer(evaluator, response, room, &written, NULL, &diag, request.bytes, request.size) !=
            PHASH_OK)
            fprintf(stderr, "%s\n", diag.text);
        write_frame(response, written);
        free(request.bytes);
    }
    free(response);
    phash_evaluator_free(&evaluator);
    phash_key_free(&key);
}

static void print_verdict(phash_query *query)
{
    phash_verdict verdict = PHASH_VERDICT_NO_MATCH;
    phash_private_match match;
    phash_diag diag = {{0}};
    phash_status status;
    frame response;

    if (!read_frame(&response))
        fail("stdin", "no response");
    status = phash_query_finish(query, &verdict, &diag, response.bytes, response.size);
    free(response.bytes);
    if (status != PHASH_OK)
        printf("error %d %s\n", (int)status, diag.text);
    else if (verdict == PHASH_VERDICT_INDETERMINATE)
        printf("indeterminate\n");
    else if (verdict == PHASH_VERDICT_NO_MATCH)
        printf("none\n");
    for (size_t i = 0; i < phash_query_match_count(query); i++) {
        check(phash_query_get_match(query, &match, i), &diag, "match");
        printf("match %u %s\n", (unsigned)match.distance, match.label);
    }
}

/* Hashes become fingerprints of good quality, all bits equally sure; "-" is one that may not be matched. */
static void write_request(phash_query *query, char **hashes, int n)
{
    static phash_fingerprint prints[HASHES_MAX];
    phash_diag diag = {{0}};
    size_t size = phash_query_request_size(query);
    uint8_t *request = take(size);

    if (n > HASHES_MAX)
        fail("arguments", "too many hashes");
    for (int i = 0; i < n; i++) {
        for (int bit = 0; bit < PHASH_HASH_BITS; bit++)
            prints[i].margin[bit] = 1;
        if (strcmp(hashes[i], "-") == 0)
            continue;
        prints[i].quality = 100;
        check(phash_hash_from_text(&prints[i].hash, hashes[i], strlen(hashes[i])), &diag, hashes[i]);
    }
    check(phash_query_begin(query, request, size, prints, NULL, (size_t)n), &diag, "request");
    write_frame(request, size);
    free(request);
}

static void save(const phash_query *query)
{
    phash_diag diag = {{0}};
    size_t size = phash_query_state_size(query);
    uint8_t *state = take(size);

    check(phash_query_save(query, state, size), &diag, "state");
    write_frame(state, size);
    free(state);
}

static void load(phash_query *query)
{
    phash_diag diag = {{0}};
    frame state;

    if (!read_frame(&state))
        fail("stdin", "no state");
    check(phash_query_load(query, &diag, state.bytes, state.size), &diag, "state");
    free(state.bytes);
}

int main(int argc, char **argv)
{
    const char *mode = argc < 3 ? "" : argv[1];
    phash_diag diag = {{0}};
    phash_set *set = NULL;
    phash_query *query = NULL;

    if (strcmp(mode, "evaluate") == 0) {
        evaluate(argv[2], argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0);
        return 0;
    }
    if (strcmp(mode, "query") != 0 && strcmp(mode, "save") != 0 && strcmp(mode, "load") != 0)
        fail("usage", "evaluate KEY [MAX] | query SET HASH... | save SET HASH... | load SET");
    check(phash_set_open(&set, &diag, argv[2], NULL), &diag, argv[2]);
    check(phash_query_new(&query, set, NULL), &diag, "query");
    if (strcmp(mode, "load") == 0)
        load(query);
    else
        write_request(query, argv + 3, argc - 3);
    if (strcmp(mode, "save") == 0)
        save(query);
    else
        print_verdict(query);
    phash_query_free(&query);
    phash_set_free(&set);
    return 0;
}
