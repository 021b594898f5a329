/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "search_systems.h"

#include <phash/index.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAPACITY 4096
#define BATCH 16

typedef struct own {
    phash_index *index;
    size_t group; /* readings of one picture; 0: queries are asked one by one */
    int batch;
    phash_index_hit hits[BATCH * CAPACITY];
    phash_index_group_hit group_hits[CAPACITY];
} own;

static void must(phash_status st, const char *what)
{
    if (st == PHASH_OK)
        return;
    fprintf(stderr, "bench-search: %s: %s\n", what, phash_status_string(st));
    exit(2);
}

static void take(bench_found *found, const phash_index_hit *hits, size_t n)
{
    found->n = n;
    for (size_t i = 0; i < n && i < found->capacity && i < CAPACITY; i++)
        found->ids[i] = hits[i].id;
}

static void ask(void *state, const bench_data *data, size_t first, size_t n, bench_found *found)
{
    own *o = state;
    const phash_hash *queries = (const phash_hash *)(const void *)data->queries;
    size_t n_found[BATCH];
    const size_t step = o->batch ? BATCH : 1;

    for (size_t i = 0; i < n; i += step) {
        const size_t run = n - i < step ? n - i : step;
        if (phash_index_range_batch(o->index, o->hits, CAPACITY, n_found, queries + first + i, run, data->radius) ==
            PHASH_E_ARGUMENT)
            exit(2);
        for (size_t j = 0; found != NULL && j < run; j++)
            take(&found[i + j], o->hits + j * CAPACITY, n_found[j]);
    }
}

/* The readings of a picture are the queries from `first` on; what they find is the first one's. */
static void ask_group(void *state, const bench_data *data, size_t first, size_t n, bench_found *found)
{
    own *o = state;
    const phash_hash *queries = (const phash_hash *)(const void *)data->queries;
    size_t n_found;

    (void)found;
    for (size_t i = 0; i < n; i += o->group) {
        const size_t run = n - i < o->group ? n - i : o->group;
        if (phash_index_range_group(o->index, o->group_hits, CAPACITY, &n_found, queries + first + i, run,
                                    data->radius) == PHASH_E_ARGUMENT)
            exit(2);
    }
}

static void close_own(void *state)
{
    own *o = state;

    phash_index_free(&o->index);
    free(o);
}

static own *fill(bench_system *s, const char *name)
{
    own *o = calloc(1, sizeof *o);

    if (o == NULL)
        exit(2);
    memset(s, 0, sizeof *s);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->exact = 1;
    s->queries_at_once = 1;
    s->state = o;
    s->ask = ask;
    s->close = close_own;
    return o;
}

static void describe(bench_system *s, const own *o)
{
    phash_index_info info;

    must(phash_index_get_info(o->index, &info), "info");
    snprintf(s->detail, sizeof s->detail, "%s (%s)", info.plan, info.kernels);
    s->bytes = (double)(info.memory + info.mapped);
}

static void build(bench_system *s, own *o, const bench_data *data, uint64_t max_bytes)
{
    const phash_index_params params = {sizeof params, data->radius, max_bytes};
    const double start = bench_cpu_s();

    must(phash_index_build(&o->index, (const phash_hash *)(const void *)data->hashes, data->n, &params, NULL),
         "building");
    s->build_s = bench_cpu_s() - start;
    describe(s, o);
}

static int write_piece(void *user, const uint8_t *bytes, size_t size)
{
    return fwrite(bytes, 1, size, user) == size ? 0 : -1;
}

static void save(const phash_index *index, const char *path)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL) {
        perror(path);
        exit(2);
    }
    must(phash_index_write(index, write_piece, file), "saving");
    if (fclose(file) != 0)
        exit(2);
}

static void open_saved(bench_system *s, const char *name, const char *path, uint32_t flags)
{
    own *o = fill(s, name);
    phash_diag diag = {""};
    const double start = bench_cpu_s();

    if (phash_index_open(&o->index, &diag, path, flags, NULL) != PHASH_OK) {
        fprintf(stderr, "bench-search: %s: %s\n", path, diag.text);
        exit(2);
    }
    s->build_s = bench_cpu_s() - start;
    describe(s, o);
}

size_t own_systems(bench_system *systems, size_t capacity, const bench_data *data, const char *folder, int scans)
{
    char path[1100];
    size_t n = 0;

    if (capacity < 6)
        return 0;
    own *o = fill(&systems[n], "phash");
    build(&systems[n++], o, data, 0);
    if (folder != NULL) {
        snprintf(path, sizeof path, "%s/bench-search.phi", folder);
        save(o->index, path);
        open_saved(&systems[n++], "phash, saved and mapped", path, 0);
        open_saved(&systems[n++], "phash, saved and copied", path, PHASH_INDEX_OPEN_COPY);
        unlink(path);
    }
    o = fill(&systems[n], "phash, readings in groups of 90");
    build(&systems[n], o, data, 0);
    o->group = 90;
    systems[n].queries_at_once = 90;
    systems[n++].ask = ask_group;
    if (scans) {
        o = fill(&systems[n], "phash, scan");
        build(&systems[n++], o, data, 1);
        o = fill(&systems[n], "phash, scan for 16 at a time");
        build(&systems[n], o, data, 1);
        o->batch = 1;
        systems[n++].queries_at_once = BATCH;
    }
    return n;
}
