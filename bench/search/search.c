/* SPDX-License-Identifier: Apache-2.0 */
/* bench-search: how many queries a second one thread answers, and whether it finds all there is to be found.
 *
 * All systems have the same data in memory at once and take turns, round by round, so that what else the machine does
 * meets them alike; compare ratios. */
#define _POSIX_C_SOURCE 200809L
#include "search_data.h"
#include "search_report.h"
#include "search_systems.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SYSTEMS_MAX 16
#define FOUND_MAX 4096

typedef struct settings {
    size_t n;
    uint32_t radius;
    size_t compared; /* queries */
    size_t rounds;
    double seconds; /* of a system in a round */
    bool clustered;
    bool jsonl;
    bool rivals;
    bool scans;
    const char *folder;
} settings;

double bench_cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bench_found *new_found(size_t n)
{
    bench_found *found = calloc(n, sizeof *found);

    for (size_t i = 0; found != NULL && i < n; i++) {
        found[i].capacity = FOUND_MAX;
        found[i].ids = malloc(FOUND_MAX * sizeof *found[i].ids);
        if (found[i].ids == NULL)
            exit(2);
    }
    if (found == NULL)
        exit(2);
    return found;
}

static void free_found(bench_found *found, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(found[i].ids);
    free(found);
}

/* What each system finds for the first queries, against a look at every hash. */
static void compare(const settings *s, const bench_data *data, bench_system *systems, measured *results, size_t n)
{
    bench_found *truth = new_found(s->compared);
    bench_found *found = new_found(s->compared);

    for (size_t q = 0; q < s->compared; q++)
        find_all(data, q, &truth[q]);
    for (size_t i = 0; i < n; i++) {
        if (systems[i].queries_at_once > 16) /* groups: what belongs to which query is not told */
            continue;
        systems[i].ask(systems[i].state, data, 0, s->compared, found);
        for (size_t q = 0; q < s->compared; q++)
            compare_found(&truth[q], &found[q], results[i].counts);
        results[i].compared = 1;
    }
    free_found(truth, s->compared);
    free_found(found, s->compared);
}

/* Ask for some seconds; the queries go round and round. */
static double rate(const settings *s, const bench_data *data, const bench_system *system, size_t *at)
{
    const size_t step = system->queries_at_once;
    const double start = bench_cpu_s();
    double now = start;
    size_t asked = 0;

    while (now - start < s->seconds) {
        if (*at + step > data->n_queries)
            *at = 0;
        system->ask(system->state, data, *at, step, NULL);
        *at += step;
        asked += step;
        now = bench_cpu_s();
    }
    return (double)asked / (now - start);
}

/* The exact system of others with the highest rate, or n. */
static size_t best_rival(const bench_system *systems, const measured *results, size_t own, size_t n)
{
    size_t best = n;

    for (size_t i = own; i < n; i++)
        if (systems[i].exact && (best == n || median(results[i].rates, results[i].n_rounds) >
                                                  median(results[best].rates, results[best].n_rounds)))
            best = i;
    return best;
}

static int run(const settings *s)
{
    static bench_system systems[SYSTEMS_MAX];
    static measured results[SYSTEMS_MAX];
    size_t at[SYSTEMS_MAX] = {0};
    const char *absent = NULL;
    const char *kind = s->clustered ? "clustered" : "uniform";
    bench_data data;
    int missed = 0;

    make_data(&data, s->n, 20000, s->radius, s->clustered, 1);
    const size_t own = own_systems(systems, SYSTEMS_MAX, &data, s->folder, s->scans);
    const size_t n = own + (s->rivals ? bench_rivals(systems + own, SYSTEMS_MAX - own, &data, &absent) : 0);
    if (absent != NULL)
        fprintf(stderr, "%s\n", absent);
    compare(s, &data, systems, results, n);
    for (size_t round = 0; round < s->rounds; round++)
        for (size_t i = 0; i < n; i++)
            results[i].rates[results[i].n_rounds++] = rate(s, &data, &systems[i], &at[i]);
    print_results(systems, results, n, best_rival(systems, results, own, n), &data, kind, s->jsonl);
    for (size_t i = 0; i < n; i++) {
        if (systems[i].exact && (results[i].counts[1] != results[i].counts[0] || results[i].counts[2] != 0))
            missed = 1;
        systems[i].close(systems[i].state);
    }
    free_data(&data);
    if (missed)
        fprintf(stderr, "bench-search: a system that should be exact is not\n");
    return missed;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: bench-search [--n N] [--radius R] [--data uniform|clustered] [--seconds S] [--rounds N]\n"
            "                    [--compared Q] [--rivals yes|no] [--scans yes|no] [--folder DIR] [--format jsonl]\n"
            "--seconds: of each system in each round. --compared: queries whose answers are compared with a look at\n"
            "every hash. --folder: also save the index there and open it again. Exit 1 if an exact system is not.\n");
    return 64;
}

static bool take_number(double *out, const char *value, double least, double most)
{
    char *end;

    *out = strtod(value, &end);
    return *value != '\0' && *end == '\0' && *out >= least && *out <= most;
}

static bool take_option(settings *s, const char *name, const char *value)
{
    double x = 0;

    if (strcmp(name, "--data") == 0)
        return (s->clustered = strcmp(value, "clustered") == 0) || strcmp(value, "uniform") == 0;
    if (strcmp(name, "--rivals") == 0)
        return (s->rivals = strcmp(value, "yes") == 0) || strcmp(value, "no") == 0;
    if (strcmp(name, "--scans") == 0)
        return (s->scans = strcmp(value, "yes") == 0) || strcmp(value, "no") == 0;
    if (strcmp(name, "--format") == 0)
        return s->jsonl = strcmp(value, "jsonl") == 0;
    if (strcmp(name, "--folder") == 0)
        return (s->folder = value) != NULL;
    if (strcmp(name, "--n") == 0 && take_number(&x, value, 1, 4e9))
        s->n = (size_t)x;
    else if (strcmp(name, "--radius") == 0 && take_number(&x, value, 0, 63))
        s->radius = (uint32_t)x;
    else if (strcmp(name, "--compared") == 0 && take_number(&x, value, 0, 20000))
        s->compared = (size_t)x;
    else if (strcmp(name, "--rounds") == 0 && take_number(&x, value, 1, ROUNDS_MAX))
        s->rounds = (size_t)x;
    else if (strcmp(name, "--seconds") == 0 && take_number(&x, value, 0, 3600))
        s->seconds = x;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    settings s = {.n = 1000000, .radius = 31, .compared = 200, .rounds = 5, .seconds = 1, .rivals = true,
                  .scans = true};

    for (int i = 1; i < argc; i += 2)
        if (i + 1 >= argc || !take_option(&s, argv[i], argv[i + 1]))
            return usage();
    return run(&s);
}
