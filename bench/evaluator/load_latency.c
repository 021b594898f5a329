/* SPDX-License-Identifier: Apache-2.0 */
/* How long answers take. Requests of the half load are due at times drawn beforehand, and their time runs from there: a
 * service that stalls does not hide it by keeping the next request from being sent. */
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ASKERS = 32, TURNS = 8 };

/* Requests and when they are due. */
typedef struct schedule {
    const load *load;
    double *due;
    double *took;
    unsigned n;
    double rate;
    uint64_t state; /* of what draws the times */
    atomic_uint next;
    atomic_bool failed;
} schedule;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

double load_quantile(double *values, size_t n, double q)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, by_value);
    const size_t i = (size_t)ceil(q * (double)n);
    return values[i == 0 ? 0 : i - 1];
}

static void summarize(load_latency *out, double *took, unsigned n)
{
    out->n = n;
    out->p50 = load_quantile(took, n, 0.5);
    out->p99 = load_quantile(took, n, 0.99);
    out->largest = load_quantile(took, n, 1);
}

bool load_alone(load_latency *out, const load *l, unsigned n)
{
    double *took = calloc(n, sizeof *took);
    wire w = {.fd = -1};
    bool good = took != NULL && wire_open(&w, l);

    for (unsigned i = 0; good && i < n; i++) {
        const double begun = load_now();
        good = wire_ask(&w, &l->requests[i % LOAD_REQUESTS]);
        took[i] = load_now() - begun;
    }
    if (good) {
        summarize(out, took, n);
        out->rate = 1 / out->p50;
    }
    wire_close(&w);
    free(took);
    return good;
}

bool load_service_time(double *out, const load *l, unsigned n)
{
    phash_evaluator *evaluator = NULL;
    phash_status st = phash_evaluator_new(&evaluator, l->key, 0, NULL);
    const size_t room = st == PHASH_OK ? phash_evaluator_response_max(evaluator) : 0;
    uint8_t *response = malloc(room + 1);
    double *took = calloc(n, sizeof *took);
    size_t written;

    if (response == NULL || took == NULL)
        st = PHASH_E_NO_MEMORY;
    for (unsigned i = 0; st == PHASH_OK && i < n; i++) {
        const load_request *r = &l->requests[i % LOAD_REQUESTS];
        const double begun = load_now();
        st = phash_evaluator_answer(evaluator, response, room, &written, NULL, NULL, r->body, r->body_size);
        took[i] = load_now() - begun;
    }
    if (st == PHASH_OK)
        *out = load_quantile(took, n, 0.5);
    free(took);
    free(response);
    phash_evaluator_free(&evaluator);
    return st == PHASH_OK;
}

/* The next request, once it is due; false after the last. */
static bool take_due(schedule *s, unsigned *i)
{
    *i = atomic_fetch_add(&s->next, 1);
    if (*i >= s->n || atomic_load(&s->failed))
        return false;
    load_sleep_until(s->due[*i]);
    return true;
}

static void *ask_there(void *user)
{
    schedule *s = user;
    unsigned i;
    wire w;
    bool good = wire_open(&w, s->load);

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

/* Times between requests are drawn from the exponential distribution: nobody agrees with others when to ask. */
static void draw_times(schedule *s)
{
    double when = load_now() + 0.1; /* the threads have started by then */

    for (unsigned i = 0; i < s->n; i++) {
        s->state = s->state * UINT64_C(6364136223846793005) + 1442695040888963407; /* Knuth's MMIX */
        when -= log(((double)(s->state >> 11) + 0.5) / 9007199254740992.0) / s->rate;
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

/* The median over the turns of the ratio of their 99th percentiles: what disturbs some of them does not count. */
static double ratio_of_turns(double *there, double *here, unsigned each)
{
    double ratios[TURNS];

    for (unsigned turn = 0; turn < TURNS; turn++) {
        const double one = load_quantile(here + turn * each, each, 0.99);
        ratios[turn] = one > 0 ? load_quantile(there + turn * each, each, 0.99) / one : 0;
    }
    return load_quantile(ratios, TURNS, 0.5);
}

bool load_half(load_latency *there, load_latency *here, const load *l, unsigned n, double rate, unsigned cores)
{
    const unsigned each = n / TURNS;
    double *took = calloc(2 * (size_t)n, sizeof *took);
    schedule s = {.load = l, .due = calloc(n, sizeof *s.due), .n = each, .rate = rate, .state = 1};
    bool good = s.due != NULL && took != NULL;

    for (unsigned turn = 0; good && turn < TURNS; turn++) {
        const uint64_t state = s.state;
        s.took = took + turn * each;
        good = run_schedule(&s, ask_there, ASKERS);
        s.took = took + n + turn * each;
        s.state = state; /* the same times */
        good = good && run_schedule(&s, ask_here, cores);
    }
    if (good) {
        there->ratio = ratio_of_turns(took, took + n, each);
        here->ratio = 1;
        summarize(there, took, TURNS * each);
        summarize(here, took + n, TURNS * each);
        there->rate = here->rate = rate;
    }
    free(took);
    free(s.due);
    return good;
}
