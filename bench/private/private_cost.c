/* SPDX-License-Identifier: Apache-2.0 */
/* bench-private: what a private query costs the client and the evaluator (docs/private-recall.md, "Cost"). */
#define _GNU_SOURCE /* getopt_long */
#include <phash/hash.h>
#include <phash/image.h>
#include <phash/private.h>
#include <phash/set.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX = 64 << 20, ENTRIES = 1000, TIMES_MAX = 100000 };

/* What is timed, in the order of one query. */
typedef enum step { VIEWS, PLAN, BEGIN, SAVE, LOAD, ANSWER, FINISH, STEPS } step;

static const char *const step_names[STEPS] = {"views", "plan", "begin", "save", "load", "answer", "finish"};
static const char *const step_words[STEPS] = {
    "client: fingerprints of all views, after decoding",
    "client: planning alone (a part of begin)",
    "client: plan, blind, write the request",
    "client: save the query",
    "client: load the query",
    "evaluator: evaluate, prove",
    "client: verify, unblind, look up",
};

static const char help[] =
    "Usage: bench-private [OPTION]... PICTURE...\n"
    "\n"
    "Measure processor time and bytes of private queries about pictures, with a set of 1,000 made entries\n"
    "and client and evaluator in this process.\n"
    "\n"
    "  --bands M        6 to 8; default 6\n"
    "  --budget N       tokens a picture, 64 to 1024; default 256\n"
    "  --rounds N       queries about each picture, 1 to 1000; default 5\n"
    "  --format FORMAT  text or jsonl; default text\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 measured, 2 not measured, 64 usage.\n";

typedef struct bench {
    uint32_t bands;
    uint32_t budget;
    uint32_t rounds;
    bool jsonl;
    phash_decoder *decoder;
    phash_hasher *hasher;
    phash_planner *planner;
    phash_probe *probes;
    phash_key *key;
    uint8_t *set_bytes;
    size_t set_size;
    size_t set_room;
    phash_set *set;
    phash_query *query;
    phash_evaluator *evaluator;
    uint8_t *file; /* FILE_MAX */
    uint8_t *request;
    uint8_t *response;
    uint8_t *state;
    phash_fingerprint prints[PHASH_VIEWS_MAX];
    uint32_t ids[PHASH_VIEWS_MAX];
    size_t n;
    double times[STEPS][TIMES_MAX]; /* microseconds */
    size_t n_times;
} bench;

static int keep_bytes(void *user, const uint8_t *bytes, size_t size)
{
    bench *b = user;

    if (b->set_size + size > b->set_room) {
        uint8_t *grown = realloc(b->set_bytes, 2 * (b->set_size + size));
        if (grown == NULL)
            return -1;
        b->set_bytes = grown;
        b->set_room = 2 * (b->set_size + size);
    }
    memcpy(b->set_bytes + b->set_size, bytes, size);
    b->set_size += size;
    return 0;
}

static phash_status make_list(phash_list **out)
{
    phash_list *list = NULL;
    uint64_t state = 1;
    phash_status st = phash_list_new(&list, NULL, NULL);

    if (st == PHASH_OK)
        st = phash_list_source_begin(list, "made", NULL, NULL);
    for (uint32_t i = 0; st == PHASH_OK && i < ENTRIES; i++) {
        phash_hash hash;
        for (size_t k = 0; k < PHASH_HASH_SIZE; k++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407; /* Knuth's MMIX */
            hash.bytes[k] = (uint8_t)(state >> 56);
        }
        st = phash_list_add(list, &hash, NULL, 0, PHASH_QUALITY_UNKNOWN);
    }
    if (st == PHASH_OK)
        st = phash_list_source_end(list, NULL);
    *out = list;
    return st;
}

static phash_status make_set(bench *b)
{
    phash_set_params params = {.struct_size = sizeof params, .bands = b->bands, .budget = b->budget, .sequence = 1,
                               .name = "bench"};
    phash_list *list = NULL;
    phash_status st = make_list(&list);

    if (st == PHASH_OK)
        st = phash_key_new(&b->key, NULL);
    if (st == PHASH_OK)
        st = phash_set_build(NULL, NULL, b->key, list, NULL, &params, keep_bytes, b, NULL, NULL, NULL);
    if (st == PHASH_OK)
        st = phash_set_open_memory(&b->set, NULL, b->set_bytes, b->set_size, NULL);
    phash_list_free(&list);
    return st;
}

static phash_status prepare(bench *b)
{
    phash_status st = make_set(b);

    if (st == PHASH_OK)
        st = phash_query_new(&b->query, b->set, NULL);
    if (st == PHASH_OK)
        st = phash_evaluator_new(&b->evaluator, b->key, 0, NULL);
    if (st == PHASH_OK)
        st = phash_planner_new(&b->planner, b->bands, b->budget, NULL);
    if (st == PHASH_OK)
        st = phash_decoder_new(&b->decoder, NULL);
    if (st == PHASH_OK)
        st = phash_hasher_new(&b->hasher, 0, NULL);
    if (st != PHASH_OK)
        return st;
    b->probes = calloc(b->budget, sizeof *b->probes);
    b->file = malloc(FILE_MAX);
    b->request = malloc(phash_query_request_size(b->query));
    b->response = malloc(phash_evaluator_response_max(b->evaluator));
    b->state = malloc(phash_query_state_size(b->query));
    return b->probes != NULL && b->file != NULL && b->request != NULL && b->response != NULL && b->state != NULL
               ? PHASH_OK
               : PHASH_E_NO_MEMORY;
}

static void clear(bench *b)
{
    free(b->state);
    free(b->response);
    free(b->request);
    free(b->file);
    free(b->probes);
    phash_hasher_free(&b->hasher);
    phash_decoder_free(&b->decoder);
    phash_planner_free(&b->planner);
    phash_evaluator_free(&b->evaluator);
    phash_query_free(&b->query);
    phash_set_free(&b->set);
    free(b->set_bytes);
    phash_key_free(&b->key);
}

/* Processor time since `since`, which is set to now. */
static double lap(double *since)
{
    struct timespec ts;
    const double before = *since;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    *since = (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
    return *since - before;
}

static phash_status time_query(bench *b, const phash_bitmap *bitmap, double t[STEPS])
{
    const size_t request_size = phash_query_request_size(b->query);
    const size_t state_size = phash_query_state_size(b->query);
    phash_verdict verdict;
    uint32_t planned;
    size_t written = 0;
    double since = 0;

    (void)lap(&since);
    phash_status st = phash_hasher_views(b->hasher, b->prints, b->ids, &b->n, PHASH_VIEWS_MAX, bitmap,
                                         PHASH_SCALING_512, PHASH_VIEWS_ALL);
    t[VIEWS] = lap(&since);
    if (st == PHASH_OK)
        st = phash_planner_run(b->planner, b->probes, &planned, b->prints, b->ids, b->n);
    t[PLAN] = lap(&since);
    if (st == PHASH_OK)
        st = phash_query_begin(b->query, b->request, request_size, b->prints, b->ids, b->n);
    t[BEGIN] = lap(&since);
    if (st == PHASH_OK)
        st = phash_query_save(b->query, b->state, state_size);
    t[SAVE] = lap(&since);
    if (st == PHASH_OK)
        st = phash_query_load(b->query, NULL, b->state, state_size);
    t[LOAD] = lap(&since);
    if (st == PHASH_OK)
        st = phash_evaluator_answer(b->evaluator, b->response, phash_evaluator_response_max(b->evaluator), &written,
                                    NULL, NULL, b->request, request_size);
    t[ANSWER] = lap(&since);
    if (st == PHASH_OK)
        st = phash_query_finish(b->query, &verdict, NULL, b->response, written);
    t[FINISH] = lap(&since);
    return st;
}

static bool take_picture(bench *b, const char *path)
{
    phash_bitmap bitmap;
    phash_status st = PHASH_E_IO;
    FILE *in = fopen(path, "rb");
    size_t size = 0;

    if (in != NULL) {
        size = fread(b->file, 1, FILE_MAX, in);
        fclose(in);
        st = phash_decoder_read(b->decoder, NULL, NULL, b->file, size, NULL);
    }
    if (st == PHASH_OK)
        st = phash_decoder_reading(b->decoder, &bitmap, NULL, 0);
    for (uint32_t i = 0; st == PHASH_OK && i < b->rounds && b->n_times < TIMES_MAX; i++) {
        double t[STEPS];
        st = time_query(b, &bitmap, t);
        for (size_t s = 0; s < STEPS; s++)
            b->times[s][b->n_times] = t[s];
        b->n_times++;
    }
    if (st != PHASH_OK)
        fprintf(stderr, "bench-private: %s: %s\n", path, phash_status_string(st));
    return st == PHASH_OK;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(bench *b)
{
    const size_t n = b->n_times;
    const size_t up = phash_query_request_size(b->query);
    const size_t down = phash_query_response_size(b->query);
    const size_t state = phash_query_state_size(b->query);

    for (size_t s = 0; s < STEPS; s++)
        qsort(b->times[s], n, sizeof *b->times[s], by_value);
    if (b->jsonl) {
        printf("{\"record\":\"private-cost\",\"version\":\"%s\",\"bands\":%" PRIu32 ",\"budget\":%" PRIu32
               ",\"queries\":%zu,\"bytes_up\":%zu,\"bytes_down\":%zu,\"bytes_state\":%zu",
               phash_version(), b->bands, b->budget, n, up, down, state);
        for (size_t s = 0; s < STEPS; s++)
            printf(",\"%s_us\":{\"p10\":%.1f,\"p50\":%.1f,\"p90\":%.1f}", step_names[s], b->times[s][n / 10],
                   b->times[s][n / 2], b->times[s][n * 9 / 10]);
        printf("}\n");
        return;
    }
    printf("m = %" PRIu32 ", %" PRIu32 " tokens, %zu queries; kernels %s\n", b->bands, b->budget, n,
           phash_hasher_kernels(b->hasher));
    printf("%zu bytes up, %zu down, %zu in a saved query\n\n", up, down, state);
    printf("milliseconds of processor time    p10     p50     p90\n");
    for (size_t s = 0; s < STEPS; s++)
        printf("%-28s %8.3f%8.3f%8.3f  %s\n", step_names[s], b->times[s][n / 10] / 1e3, b->times[s][n / 2] / 1e3,
               b->times[s][n * 9 / 10] / 1e3, step_words[s]);
}

static bool take_number(uint32_t *out, const char *text, uint32_t least, uint32_t most)
{
    char *end;
    const unsigned long v = strtoul(text, &end, 10);

    *out = (uint32_t)v;
    return *text >= '0' && *text <= '9' && *end == '\0' && v >= least && v <= most;
}

/* 0 to go on, else the exit status plus one. */
static int parse(bench *b, int argc, char **argv)
{
    static const struct option longs[] = {{"bands", required_argument, NULL, 'b'},
                                          {"budget", required_argument, NULL, 'B'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"format", required_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool good = true;
    int c;

    while (good && (c = getopt_long(argc, argv, "", longs, NULL)) != -1)
        switch (c) {
        case 'b': good = take_number(&b->bands, optarg, 6, 8); break;
        case 'B': good = take_number(&b->budget, optarg, 64, PHASH_BUDGET_MAX); break;
        case 'r': good = take_number(&b->rounds, optarg, 1, 1000); break;
        case 'f':
            b->jsonl = strcmp(optarg, "jsonl") == 0;
            good = b->jsonl || strcmp(optarg, "text") == 0;
            break;
        case 'h': fputs(help, stdout); return 1;
        default: good = false; break;
        }
    if (good && optind < argc)
        return 0;
    fprintf(stderr, "bench-private: see --help\n");
    return 65;
}

int main(int argc, char **argv)
{
    static bench b = {.bands = PHASH_BANDS_DEFAULT, .budget = PHASH_BUDGET_DEFAULT, .rounds = 5};
    const int status = parse(&b, argc, argv);

    if (status != 0)
        return status - 1;
    phash_status st = prepare(&b);
    if (st != PHASH_OK)
        fprintf(stderr, "bench-private: %s\n", phash_status_string(st));
    bool good = st == PHASH_OK;
    for (int i = optind; good && i < argc; i++)
        good = take_picture(&b, argv[i]);
    if (good)
        report(&b);
    clear(&b);
    return good && fflush(stdout) == 0 ? 0 : 2;
}
