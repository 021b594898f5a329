/* SPDX-License-Identifier: Apache-2.0 */
/* Rates while all threads are at work: what they did before all had begun, and after the first was told to stop, is not
 * counted. */
#define _GNU_SOURCE
#include "load.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 256 };

double load_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void load_sleep_until(double when)
{
    const double whole = floor(when);
    const struct timespec then = {.tv_sec = (time_t)whole, .tv_nsec = (long)((when - whole) * 1e9)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) != 0)
        ;
}

static double own_cpu(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* proc(5): user and system time are fields 14 and 15, and the second one, in parentheses, may hold anything. */
static double cpu_of(long pid)
{
    char path[64];
    char text[1024] = "";
    uint64_t user = 0;
    uint64_t system = 0;

    if (pid == 0)
        return 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return 0;
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    const char *rest = strrchr(text, ')');
    if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64, &user,
                               &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* The window in which all of them work. */
static void watch(load_rate *out, load_crew *crew, unsigned threads, double seconds)
{
    while (atomic_load(&crew->ready) < threads && !atomic_load(&crew->failed))
        load_sleep_until(load_now() + 0.001);
    const double begun = load_now();
    const double own = own_cpu();
    const double service = cpu_of(crew->load->pid);
    const uint64_t done = atomic_load(&crew->done);
    load_sleep_until(begun + seconds);
    const double took = load_now() - begun;
    out->elements = (double)(atomic_load(&crew->done) - done) / took;
    out->own_cpu = (own_cpu() - own) / took;
    out->service_cpu = (cpu_of(crew->load->pid) - service) / took;
    atomic_store(&crew->stop, true);
}

bool load_measure(load_rate *out, const load *l, void *(*work)(void *), unsigned threads, double seconds)
{
    load_crew crew = {.load = l};
    pthread_t ids[THREADS_MAX];
    unsigned n = 0;

    while (n < threads && n < THREADS_MAX && pthread_create(&ids[n], NULL, work, &crew) == 0)
        n++;
    if (n < threads)
        atomic_store(&crew.failed, true);
    watch(out, &crew, threads, seconds);
    for (unsigned i = 0; i < n; i++)
        pthread_join(ids[i], NULL);
    return !atomic_load(&crew.failed);
}

void *load_work_here(void *user)
{
    load_crew *crew = user;
    phash_evaluator *evaluator = NULL;
    size_t written;
    unsigned turn = atomic_fetch_add(&crew->number, 1);
    phash_status st = phash_evaluator_new(&evaluator, crew->load->key, 0, NULL);
    const size_t room = st == PHASH_OK ? phash_evaluator_response_max(evaluator) : 0;
    uint8_t *response = malloc(room + 1);

    for (bool first = true; st == PHASH_OK && response != NULL && !atomic_load(&crew->stop); first = false) {
        const load_request *r = &crew->load->requests[turn++ % LOAD_REQUESTS];
        st = phash_evaluator_answer(evaluator, response, room, &written, NULL, NULL, r->body, r->body_size);
        atomic_fetch_add(&crew->done, crew->load->tokens);
        if (first)
            atomic_fetch_add(&crew->ready, 1);
    }
    if (st != PHASH_OK || response == NULL)
        atomic_store(&crew->failed, true);
    free(response);
    phash_evaluator_free(&evaluator);
    return NULL;
}

void *load_work_there(void *user)
{
    load_crew *crew = user;
    unsigned turn = atomic_fetch_add(&crew->number, 1);
    wire w;
    bool good = wire_open(&w, crew->load);

    for (bool first = true; good && !atomic_load(&crew->stop); first = false) {
        good = wire_ask(&w, &crew->load->requests[turn++ % LOAD_REQUESTS]);
        atomic_fetch_add(&crew->done, crew->load->tokens);
        if (first)
            atomic_fetch_add(&crew->ready, 1);
    }
    if (!good)
        atomic_store(&crew->failed, true);
    wire_close(&w);
    return NULL;
}
