/* SPDX-License-Identifier: Apache-2.0 */
/* How long answers take at half load. Requests are due at times drawn beforehand, and their time runs from there: a
 * service that stalls does not hide it by keeping the next request from being sent.
 *
 * Where the machine under this one takes its processors for some milliseconds, that is what a 99th percentile shows.
 * So there are many short turns, each with its own measure of what half the load is and of how long a request takes
 * alone, and those in which nothing was taken are reported beside the whole. */
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CAPACITY_SECONDS 0.3
enum { ASKERS = 32, LONE = 25 };

/* Requests and when they are due. */
typedef struct schedule {
    const load *load;
    double *due;
    double *took;
    unsigned n;
    double rate;
    bool even;
    uint64_t state; /* of what draws the times */
    atomic_uint next;
    atomic_bool failed;
} schedule;

/* The next request, once it is due; false after the last. */
static bool take_due(schedule *s, unsigned *i)
{
    *i = atomic_fetch_add(&s->next, 1);
    if (*i >= s->n || atomic_load(&s->failed))
        return false;
    load_sleep_until(s->due[*i]);
    return true;
}

/* Whoever asks is on another machine, as a rule: where this program may, its threads do not stand in line for a
 * processor behind those that evaluate. */
static void go_first(void)
{
    const struct sched_param least = {.sched_priority = 1};

    (void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &least);
}

static void *ask_there(void *user)
{
    schedule *s = user;
    unsigned i;
    wire w;
    bool good = wire_open(&w, s->load);

    go_first();

    while (good && take_due(s, &i)) {
        good = wire_ask(&w, &s->load->requests[i % LOAD_REQUESTS]);
        s->took[i] = load_now() - s->due[i];
    }
    if (!good)
        atomic_store(&s->failed, true);
    wire_close(&w);
    return NULL;
}

static void *ask_here(void *user)
{
    schedule *s = user;
    unsigned i;
    size_t written;
    phash_evaluator *evaluator = NULL;
    phash_status st = phash_evaluator_new(&evaluator, s->load->key, 0, NULL);
    const size_t room = st == PHASH_OK ? phash_evaluator_response_max(evaluator) : 0;
    uint8_t *response = malloc(room + 1);

    if (response == NULL)
        st = PHASH_E_NO_MEMORY;
    while (st == PHASH_OK && take_due(s, &i)) {
        const load_request *r = &s->load->requests[i % LOAD_REQUESTS];
        st = phash_evaluator_answer(evaluator, response, room, &written, NULL, NULL, r->body, r->body_size);
        s->took[i] = load_now() - s->due[i];
    }
    if (st != PHASH_OK)
        atomic_store(&s->failed, true);
    free(response);
    phash_evaluator_free(&evaluator);
    return NULL;
}

/* Times between requests are drawn from the exponential distribution, as nobody agrees with others when to ask; or they
 * are all the same, as most programs that make load have them. */
static void draw_times(schedule *s)
{
    double when = load_now() + 0.1; /* the threads have started by then */

    for (unsigned i = 0; i < s->n; i++) {
        s->state = s->state * UINT64_C(6364136223846793005) + 1442695040888963407; /* Knuth's MMIX */
        const double uniform = ((double)(s->state >> 11) + 0.5) / 9007199254740992.0;
        when += (s->even ? 1 : -log(uniform)) / s->rate;
        s->due[i] = when;
    }
}

static bool run_schedule(schedule *s, void *(*ask)(void *), unsigned threads)
{
    pthread_t ids[ASKERS];
    unsigned started = 0;

    atomic_store(&s->next, 0);
    draw_times(s);
    while (started < threads && started < ASKERS && pthread_create(&ids[started], NULL, ask, s) == 0)
        started++;
    if (started == 0)
        return false;
    for (unsigned i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    return !atomic_load(&s->failed);
}

/* What the machine under this one has taken of its processors since it started, seconds; 0 where that is not known
 * ("steal" of proc_stat(5)). */
static double stolen(void)
{
    FILE *in = fopen("/proc/stat", "r");
    unsigned long long ticks = 0;

    if (in == NULL)
        return 0;
    if (fscanf(in, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks) != 1)
        ticks = 0;
    fclose(in);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* What waiting in line alone makes of these requests, if each takes `alone` on one of the cores: nothing that serves
 * them in the order in which they come can be faster. */
static void queue(double *took, const schedule *s, double alone, unsigned cores)
{
    double idle[ASKERS] = {0}; /* when each core is */

    for (unsigned i = 0; i < s->n; i++) {
        unsigned first = 0;
        for (unsigned c = 1; c < cores && c < ASKERS; c++)
            if (idle[c] < idle[first])
                first = c;
        idle[first] = fmax(idle[first], s->due[i]) + alone;
        took[i] = idle[first] - s->due[i];
    }
}

/* A turn, and what it starts from. */
typedef struct turn {
    double service; /* seconds for one request: of the library, */
    double alone;   /* and of the service, when no other is under way */
    double taken;   /* seconds of processors, while the service was asked */
} turn;

static bool measure_turn(turn *t, schedule *s, unsigned cores)
{
    double took[LONE];
    load_rate all;

    if (!load_measure(&all, s->load, load_work_there, 3 * cores, CAPACITY_SECONDS) ||
        !load_service_time(&t->service, s->load, LONE) || !load_alone(took, s->load, LONE))
        return false;
    s->rate = all.elements / s->load->tokens / 2;
    t->alone = load_quantile(took, LONE, 0.5);
    return true;
}

/* Of all turns: times, and times relative to those of a lone request in the same turn. */
enum { THERE, HERE, RELATIVE, QUEUED, CALM, CALM_QUEUED, KINDS };

typedef struct samples {
    double *of[KINDS];
    unsigned n[KINDS];
    double to_here[LOAD_TURNS_MAX];
    double alone[LOAD_TURNS_MAX];
    double service[LOAD_TURNS_MAX];
    unsigned turns;
    unsigned calm;
} samples;

static void add(samples *all, int kind, const double *took, unsigned n, double unit)
{
    for (unsigned i = 0; i < n; i++)
        all->of[kind][all->n[kind]++] = took[i] / unit;
}

static void keep_turn(samples *all, const turn *t, const schedule *s, unsigned cores)
{
    double *there = all->of[THERE] + all->n[THERE] - s->n;
    double *here = all->of[HERE] + all->n[HERE] - s->n;
    double *queued = s->took; /* has been copied */

    add(all, RELATIVE, there, s->n, t->alone);
    queue(queued, s, t->alone, cores);
    add(all, QUEUED, queued, s->n, t->alone);
    if (t->taken <= 0) {
        add(all, CALM, there, s->n, t->alone);
        add(all, CALM_QUEUED, queued, s->n, t->alone);
        all->calm++;
    }
    const double p99 = load_quantile(there, s->n, 0.99);
    const double here_p99 = load_quantile(here, s->n, 0.99);
    all->to_here[all->turns] = p99 / here_p99;
    all->alone[all->turns] = t->alone;
    all->service[all->turns++] = t->service;
    printf("{\"record\":\"evaluator-half-load\",\"turn\":%u,\"per_second\":%.1f,\"service_ms\":%.3f,"
           "\"alone_ms\":%.3f,\"p99_ms\":%.3f,\"here_p99_ms\":%.3f,\"taken_ms\":%.0f}\n",
           all->turns, s->rate, t->service * 1e3, t->alone * 1e3, p99 * 1e3, here_p99 * 1e3, t->taken * 1e3);
    fflush(stdout);
}

static bool run_turn(samples *all, schedule *s, unsigned cores)
{
    const uint64_t state = s->state;
    turn t;
    bool good = measure_turn(&t, s, cores);

    const double before = stolen();
    good = good && run_schedule(s, ask_there, ASKERS);
    t.taken = stolen() - before;
    add(all, THERE, s->took, s->n, 1);
    s->state = state; /* the same times */
    good = good && run_schedule(s, ask_here, cores);
    add(all, HERE, s->took, s->n, 1);
    if (good)
        keep_turn(all, &t, s, cores);
    return good;
}

static void conclude(load_halves *out, samples *all)
{
    out->turns = all->turns;
    out->requests = all->n[THERE];
    out->service = load_quantile(all->service, all->turns, 0.5);
    out->alone = load_quantile(all->alone, all->turns, 0.5);
    out->p50 = load_quantile(all->of[THERE], all->n[THERE], 0.5);
    out->p99 = load_quantile(all->of[THERE], all->n[THERE], 0.99);
    out->largest = load_quantile(all->of[THERE], all->n[THERE], 1);
    out->here_p99 = load_quantile(all->of[HERE], all->n[HERE], 0.99);
    out->to_here = load_quantile(all->to_here, all->turns, 0.5);
    out->to_alone = load_quantile(all->of[RELATIVE], all->n[RELATIVE], 0.99);
    out->queue_to_alone = load_quantile(all->of[QUEUED], all->n[QUEUED], 0.99);
    out->calm_turns = all->calm;
    out->calm_to_alone = load_quantile(all->of[CALM], all->n[CALM], 0.99);
    out->calm_queue_to_alone = load_quantile(all->of[CALM_QUEUED], all->n[CALM_QUEUED], 0.99);
}

bool load_half(load_halves *out, const load *l, unsigned n, unsigned cores, bool even)
{
    const unsigned turns = n / LOAD_TURN < 8 ? 8 : n / LOAD_TURN > LOAD_TURNS_MAX ? LOAD_TURNS_MAX : n / LOAD_TURN;
    const unsigned each = n / turns;
    schedule s = {.load = l, .n = each, .even = even, .state = 1};
    samples all = {.turns = 0};
    double *block = calloc((KINDS * (size_t)turns + 2) * each, sizeof *block);
    bool good = block != NULL;

    if (good) {
        s.due = block;
        s.took = block + each;
        for (size_t i = 0; i < KINDS; i++)
            all.of[i] = block + (2 + i * turns) * each;
    }
    for (unsigned i = 0; good && i < turns; i++)
        good = run_turn(&all, &s, cores);
    if (good)
        conclude(out, &all);
    free(block);
    return good;
}
