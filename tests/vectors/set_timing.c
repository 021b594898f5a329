/* SPDX-License-Identifier: Apache-2.0 */
/* set_timing [sample [entries [folder]]]: what building and reading a blinded set costs.
 *
 * Tokens: the builder's work on `sample` entries, against hash to curve, one multiplication and one encoding in the
 * same run. All the rest: a set of `entries` random hashes whose tokens are made up, built, written and opened;
 * look-ups of tokens it does not have, which read what others read. CPU and wall clock; nice it. */
#define _POSIX_C_SOURCE 200809L
#include "hashset/set_builder.h"
#include "hashset/set_file.h"
#include "oprf/voprf_internal.h"
#include "support/set_fixture.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1024
#define BANDS 7

static test_rng rng;

static void require(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "set_timing: %s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static double peak_mib(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static phash_list *random_list(size_t n)
{
    phash_list *list = NULL;

    require(phash_list_new(&list, NULL, NULL) == PHASH_OK &&
                phash_list_source_begin(list, "random", NULL, NULL) == PHASH_OK, "a list");
    for (size_t i = 0; i < n; i++) {
        phash_hash h = fixture_hash(&rng);
        require(phash_list_add(list, &h, NULL, 0, -1) == PHASH_OK, "adding to a list");
    }
    require(phash_list_source_end(list, NULL) == PHASH_OK, "ending a list");
    return list;
}

static phash_set_builder *builder(const phash_list *list, const phash_key *key)
{
    phash_set_builder *b = NULL;
    const phash_set_params params = {.struct_size = sizeof params, .bands = BANDS, .name = "timing"};

    require(phash_set_builder_new(&b, NULL, key, list, NULL, &params, NULL) == PHASH_OK, "a builder");
    return b;
}

/* Microseconds of hash to curve, multiplication and encoding together, for one input in a batch. */
static double unit_cost(const phash_key *key)
{
    static uint8_t inputs[BATCH][PHASH_TOKEN_INPUT_SIZE];
    static uint8_t blinds[BATCH][PHASH_SCALAR_SIZE], out[BATCH][PHASH_ELEMENT_SIZE];
    static phash_part parts[BATCH];
    phash_voprf *v = NULL;
    phash_allocator a = phash_allocator_from(NULL);

    require(phash_voprf_new(&v, &a) == PHASH_OK, "a context");
    test_rng_fill(&rng, inputs[0], sizeof inputs);
    for (size_t i = 0; i < BATCH; i++) {
        parts[i] = (phash_part){inputs[i], sizeof inputs[i]};
        memcpy(blinds[i], key->secret, PHASH_SCALAR_SIZE);
    }
    double begun = cpu(); /* Blind is just that: hash to curve, multiply, encode */
    require(phash_voprf_blind_batch(v, out[0], blinds[0], parts, BATCH) == PHASH_OK, "blinding");
    double us = (cpu() - begun) * 1e6 / BATCH;
    phash_voprf_free(&v);
    return us;
}

static void time_tokens(const phash_key *key, size_t n)
{
    phash_list *list = random_list(n);
    phash_set_builder *b = builder(list, key);
    phash_set_worker *w = NULL;
    static uint8_t sealed[PHASH_SET_CHUNK_SEALED_MAX];
    const uint32_t count = phash_set_builder_chunk_count(b);
    double unit = unit_cost(key);
    double begun = cpu();
    size_t size = 0;

    require(phash_set_worker_new(&w, NULL) == PHASH_OK, "a worker");
    for (uint32_t i = 0; i < count; i++)
        require(phash_set_builder_work(b, w, i, sealed, &size) == PHASH_OK, "work");
    double us = (cpu() - begun) * 1e6 / (double)(n * BANDS);
    double again = unit_cost(key);
    unit = again < unit ? again : unit;
    printf("tokens: %.2f us each (%zu entries, %d bands); hash to curve, multiply and encode: %.2f us; ratio %.2f\n",
           us, n, BANDS, unit, us / unit);
    phash_set_worker_free(&w);
    phash_set_builder_free(&b);
    phash_list_free(&list);
}

static int write_at(void *user, uint64_t offset, const uint8_t *bytes, size_t size)
{
    return pwrite(*(int *)user, bytes, size, (off_t)offset) == (ssize_t)size ? 0 : -1;
}

/* Chunks in the place of which stand random bytes. */
static void make_up_tokens(phash_set_builder *b)
{
    memset(b->done, 1, phash_set_builder_chunk_count(b));
    for (uint32_t j = 0; j < BANDS; j++)
        test_rng_fill(&rng, b->slots[j], b->n * phash_slot_stride(&b->manifest, j));
    for (size_t i = 0; i < b->n; i++)
        test_rng_fill(&rng, b->entries[i].key, sizeof b->entries[i].key);
}

static void time_finish(const phash_key *key, size_t n, const char *path)
{
    phash_list *list = random_list(n);
    double with_list = peak_mib();
    double begun = cpu();
    phash_set_builder *b = builder(list, key);
    phash_set_build_report report;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    require(fd >= 0, "opening the file");
    printf("builder of %zu entries: %.2f s CPU", n, cpu() - begun);
    make_up_tokens(b);
    begun = cpu();
    double wall = seconds(CLOCK_MONOTONIC);
    require(phash_set_builder_finish(b, &report, NULL, write_at, &fd, NULL, NULL) == PHASH_OK, "finishing");
    printf("; maps, records and file: %.2f s CPU, %.2f s\n", cpu() - begun, seconds(CLOCK_MONOTONIC) - wall);
    printf("%" PRIu64 " bytes, %.1f an entry; memory: %.0f MiB with the list alone, %.0f at most: %.0f bytes an entry "
           "for the build\n", report.file_size, (double)report.file_size / (double)n, with_list, peak_mib(),
           (peak_mib() - with_list) * 1048576 / (double)n);
    close(fd);
    phash_set_builder_free(&b);
    phash_list_free(&list);
}

static void look_up(const phash_set *set, phash_digest *d, phash_tree_cache *cache, const char *what)
{
    enum { TOKENS = 256 * 8 };
    phash_opened_entry e;
    uint8_t token[PHASH_SHA256_SIZE];
    double begun = cpu();
    double wall = seconds(CLOCK_MONOTONIC);

    for (uint32_t i = 0; i < TOKENS; i++) {
        bool found = false;
        test_rng_fill(&rng, token, sizeof token);
        require(phash_set_lookup(set, d, cache, NULL, &e, &found, token, i % BANDS, 0, 0) == PHASH_OK && !found,
                "a look-up");
    }
    printf("look-up, %s: %.2f us CPU, %.2f us a token\n", what, (cpu() - begun) * 1e6 / TOKENS,
           (seconds(CLOCK_MONOTONIC) - wall) * 1e6 / TOKENS);
}

static void time_reading(const char *path)
{
    phash_set *set = NULL;
    phash_digest *d = NULL;
    phash_allocator a = phash_allocator_from(NULL);
    phash_tree_cache cache = {{0}};
    double begun = seconds(CLOCK_MONOTONIC);

    require(phash_set_open(&set, NULL, path, NULL) == PHASH_OK, "opening the set");
    printf("open: %.3f ms\n", (seconds(CLOCK_MONOTONIC) - begun) * 1e3);
    require(phash_digest_new(&d, &a) == PHASH_OK, "a digest");
    look_up(set, d, NULL, "every digest every time");
    look_up(set, d, &cache, "digest blocks once, cold");
    look_up(set, d, &cache, "digest blocks once, warm");
    begun = seconds(CLOCK_MONOTONIC);
    require(phash_set_verify(set, NULL, NULL, NULL, NULL) == PHASH_OK, "verifying");
    printf("verify all of it: %.2f s\n", seconds(CLOCK_MONOTONIC) - begun);
    phash_digest_free(&d);
    phash_set_free(&set);
}

int main(int argc, char **argv)
{
    size_t sample = argc > 1 ? strtoul(argv[1], NULL, 10) : 3000;
    size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
    char path[4096];
    phash_key *key = fixture_key(1);

    rng = test_rng_init(1);
    snprintf(path, sizeof path, "%s/set_timing.phb", argc > 3 ? argv[3] : ".");
    time_tokens(key, sample != 0 ? sample : 1);
    time_finish(key, n != 0 ? n : 1, path);
    time_reading(path);
    unlink(path);
    phash_key_free(&key);
    return EXIT_SUCCESS;
}
