/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "blind/build_chunks.h"

#include "cli/cli.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static atomic_int caught; /* lock-free, so a handler may set it */

static void on_signal(int number)
{
    atomic_store(&caught, number);
}

void build_catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction old;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) /* nohup, and jobs in background */
            sigaction(numbers[i], &action, NULL);
}

bool build_was_stopped(void)
{
    return atomic_load(&caught) != 0;
}

typedef struct chunk_run {
    phash_set_builder *builder;
    build_journal *journal;
    const bool *done;
    uint32_t count;
    pthread_mutex_t lock; /* guards what follows, and the journal */
    pthread_cond_t changed;
    uint32_t next;
    uint32_t working; /* threads */
    uint64_t tokens;  /* done in this run */
    phash_status status;
} chunk_run;

/* The next chunk that nobody has; count when there is none, or the run is over. Locked. */
static uint32_t take_chunk(chunk_run *run)
{
    if (build_was_stopped() || run->status != PHASH_OK)
        return run->count;
    while (run->next < run->count && run->done[run->next])
        run->next++;
    return run->next < run->count ? run->next++ : run->count;
}

static void *work(void *user)
{
    chunk_run *run = user;
    phash_set_worker *worker = NULL;
    uint8_t sealed[PHASH_SET_CHUNK_SEALED_MAX];
    phash_status st = phash_set_worker_new(&worker, NULL);

    pthread_mutex_lock(&run->lock);
    while (st == PHASH_OK) {
        uint32_t chunk = take_chunk(run);
        size_t size = 0;
        if (chunk == run->count)
            break;
        pthread_mutex_unlock(&run->lock);
        st = phash_set_builder_work(run->builder, worker, chunk, sealed, &size);
        pthread_mutex_lock(&run->lock);
        if (st == PHASH_OK) {
            uint32_t tokens = phash_set_builder_chunk_tokens(run->builder, chunk);
            build_journal_add(run->journal, chunk, tokens, sealed, size);
            run->tokens += tokens;
        }
    }
    if (run->status == PHASH_OK)
        run->status = st;
    run->working--;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
    phash_set_worker_free(&worker);
    return NULL;
}

void build_duration(char *out, size_t size, double seconds)
{
    uint64_t s = seconds > 0 ? (uint64_t)(seconds + 0.5) : 0;

    if (s >= 3600)
        snprintf(out, size, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60), (unsigned)(s % 60));
    else
        snprintf(out, size, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

static double seconds_since(const struct timespec *begun)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) * 1e-9;
}

/* What was done before this run took no time in it: the rate is that of this run's work. */
static void show(const chunk_run *run, uint64_t before, uint64_t total, double elapsed)
{
    char left[32] = "?";
    double rate = elapsed > 0 ? (double)run->tokens / elapsed : 0;

    if (rate > 0)
        build_duration(left, sizeof left, (double)(total - before - run->tokens) / rate);
    fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " tokens, %.1f %%, %.0f a second, %s left", before + run->tokens,
            total, 100.0 * (double)(before + run->tokens) / (double)total, rate, left);
}

/* Wait for the threads, telling how far they are five times a second. */
static void watch(chunk_run *run, uint64_t before, uint64_t total, bool progress)
{
    struct timespec begun;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &begun);
    pthread_mutex_lock(&run->lock);
    while (run->working != 0) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&run->changed, &run->lock, &until);
        if (progress)
            show(run, before, total, seconds_since(&begun));
    }
    pthread_mutex_unlock(&run->lock);
    if (progress)
        fprintf(stderr, "\r\033[K");
}

/* Signals go to the thread that watches, so that no worker's write is cut short. */
static uint32_t start_threads(chunk_run *run, pthread_t *threads, uint32_t jobs)
{
    sigset_t all;
    sigset_t old;
    uint32_t started = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    run->working = jobs;
    while (started < jobs && pthread_create(&threads[started], NULL, work, run) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_mutex_lock(&run->lock);
    run->working -= jobs - started;
    pthread_mutex_unlock(&run->lock);
    return started;
}

bool build_chunks_run(phash_set_builder *builder, build_journal *journal, const bool *done, uint32_t jobs,
                      bool progress)
{
    chunk_run run = {.builder = builder, .journal = journal, .done = done,
                     .count = phash_set_builder_chunk_count(builder), .lock = PTHREAD_MUTEX_INITIALIZER,
                     .changed = PTHREAD_COND_INITIALIZER};
    uint64_t before = 0;
    uint64_t total = 0;
    uint32_t open = 0;

    for (uint32_t i = 0; i < run.count; i++) {
        uint32_t tokens = phash_set_builder_chunk_tokens(builder, i);
        total += tokens;
        before += done[i] ? tokens : 0;
        open += !done[i];
    }
    jobs = jobs < open ? jobs : open;
    pthread_t *threads = malloc((jobs != 0 ? jobs : 1) * sizeof *threads);
    uint32_t started = threads != NULL ? start_threads(&run, threads, jobs) : 0;
    if (started == 0 && jobs != 0) {
        say("cannot start a thread");
        free(threads);
        return false;
    }
    watch(&run, before, total, progress);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    if (run.status != PHASH_OK)
        say("%s", phash_status_string(run.status));
    return run.status == PHASH_OK && !build_was_stopped();
}
