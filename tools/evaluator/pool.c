/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/pool.h"

#include "cli/cli.h"
#include "keys/locked_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    evaluation *first;
    evaluation **last;
    unsigned waiting;
    bool stopping;
    bool drop;
    pool_limits limits;
    counters *counts;
    unsigned started;
    pthread_t threads[];
};

/* What a thread has ready: handles for the keys of the edition of the configuration that it saw last. */
typedef struct worker {
    served *from;
    phash_evaluator *evaluators[SERVED_KEYS_MAX];
} worker;

static void worker_forget(worker *w)
{
    for (unsigned i = 0; i < SERVED_KEYS_MAX; i++)
        phash_evaluator_free(&w->evaluators[i]);
    served_drop(&w->from);
}

static phash_status worker_prepare(worker *w, evaluation *e, uint32_t max_tokens)
{
    const phash_options locked = locked_options();
    phash_status st = PHASH_OK;

    if (w->from != e->from) {
        worker_forget(w);
        w->from = served_hold(e->from);
    }
    if (w->evaluators[e->key] == NULL)
        st = phash_evaluator_new(&w->evaluators[e->key], w->from->keys[e->key].key, max_tokens, &locked);
    return st;
}

static evaluation *take(pool *p)
{
    evaluation *e;

    pthread_mutex_lock(&p->lock);
    while (p->first == NULL && !p->stopping)
        pthread_cond_wait(&p->work, &p->lock);
    e = p->first;
    if (e != NULL) {
        p->first = e->next;
        if (p->first == NULL)
            p->last = &p->first;
        p->waiting--;
        e->dropped = p->drop;
    }
    pthread_mutex_unlock(&p->lock);
    return e;
}

static void evaluate(pool *p, worker *w, evaluation *e)
{
    const uint64_t begun = now_ns();

    histogram_add(&p->counts->waited, begun - e->entered);
    e->late = begun - e->entered > p->limits.wait;
    if (e->late || e->dropped)
        return;
    e->status = worker_prepare(w, e, p->limits.max_tokens);
    if (e->status != PHASH_OK)
        return;
    e->status = phash_evaluator_answer(w->evaluators[e->key], e->response, e->room, &e->written, &e->evaluated,
                                       &e->diag, e->request, e->request_size);
    if (e->status == PHASH_OK)
        histogram_add(&p->counts->seconds, now_ns() - begun);
}

static void *run(void *user)
{
    pool *p = user;
    worker w = {0};
    evaluation *e;

    while ((e = take(p)) != NULL) {
        evaluate(p, &w, e);
        e->done(e);
    }
    worker_forget(&w);
    return NULL;
}

pool *pool_start(const pool_limits *limits, counters *c)
{
    pool *p = calloc(1, sizeof *p + limits->threads * sizeof *p->threads);

    if (p == NULL) {
        say("no memory for %u threads", limits->threads);
        return NULL;
    }
    p->limits = *limits;
    p->counts = c;
    p->last = &p->first;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    for (; p->started < limits->threads; p->started++)
        if (pthread_create(&p->threads[p->started], NULL, run, p) != 0)
            break;
    if (p->started < limits->threads) {
        say("only %u of %u threads can be started; give a smaller --threads, or raise the limit on processes",
            p->started, limits->threads);
        pool_stop(&p, true);
    }
    return p;
}

bool pool_submit(pool *p, evaluation *e)
{
    bool good;

    pthread_mutex_lock(&p->lock);
    good = !p->stopping && p->waiting < p->limits.queue;
    if (good) {
        e->next = NULL;
        e->entered = now_ns();
        *p->last = e;
        p->last = &e->next;
        p->waiting++;
        pthread_cond_signal(&p->work);
    }
    pthread_mutex_unlock(&p->lock);
    return good;
}

unsigned pool_waiting(pool *p)
{
    pthread_mutex_lock(&p->lock);
    const unsigned n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}

void pool_stop(pool **pp, bool drop)
{
    pool *p = *pp;

    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    p->drop = drop;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->started; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *pp = NULL;
}
