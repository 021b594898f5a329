/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/deadlines.h"

#include "cli/cli.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define TICK UINT64_C(100000000) /* how often it looks, ns */

struct deadline {
    struct deadline *next;
    struct deadline **from; /* what points here */
    uint64_t at;
    int fd;
};

struct deadlines {
    pthread_mutex_t lock;
    pthread_t thread;
    deadline *first;
    counters *counts;
    atomic_bool stop;
};

static void cut_off_late(deadlines *d)
{
    const uint64_t now = now_ns();

    pthread_mutex_lock(&d->lock);
    for (deadline *one = d->first; one != NULL; one = one->next)
        if (one->at <= now) {
            /* The socket cannot be closed meanwhile: it is taken out first, under this lock. */
            shutdown(one->fd, SHUT_RDWR);
            one->at = DEADLINE_NONE;
            atomic_fetch_add(&d->counts->cut_off, 1);
        }
    pthread_mutex_unlock(&d->lock);
}

static void *watch(void *user)
{
    deadlines *d = user;
    const struct timespec tick = {0, (long)TICK};

    while (!atomic_load(&d->stop)) {
        nanosleep(&tick, NULL);
        cut_off_late(d);
    }
    return NULL;
}

deadlines *deadlines_start(counters *c)
{
    deadlines *d = calloc(1, sizeof *d);

    if (d == NULL) {
        say("no memory");
        return NULL;
    }
    d->counts = c;
    pthread_mutex_init(&d->lock, NULL);
    if (pthread_create(&d->thread, NULL, watch, d) != 0) {
        say("cannot start a thread");
        pthread_mutex_destroy(&d->lock);
        free(d);
        return NULL;
    }
    return d;
}

void deadlines_stop(deadlines **dp)
{
    deadlines *d = *dp;

    if (d == NULL)
        return;
    atomic_store(&d->stop, true);
    pthread_join(d->thread, NULL);
    pthread_mutex_destroy(&d->lock);
    free(d);
    *dp = NULL;
}

static uint64_t after(uint64_t in_ns)
{
    return in_ns == DEADLINE_NONE ? DEADLINE_NONE : now_ns() + in_ns;
}

deadline *deadline_add(deadlines *d, int fd, uint64_t in_ns)
{
    deadline *one = calloc(1, sizeof *one);

    if (one == NULL)
        return NULL;
    one->fd = fd;
    one->at = after(in_ns);
    pthread_mutex_lock(&d->lock);
    one->next = d->first;
    one->from = &d->first;
    if (one->next != NULL)
        one->next->from = &one->next;
    d->first = one;
    pthread_mutex_unlock(&d->lock);
    return one;
}

void deadline_remove(deadlines *d, deadline *one)
{
    if (one == NULL)
        return;
    pthread_mutex_lock(&d->lock);
    *one->from = one->next;
    if (one->next != NULL)
        one->next->from = one->from;
    pthread_mutex_unlock(&d->lock);
    free(one);
}

void deadline_set(deadlines *d, deadline *one, uint64_t in_ns)
{
    if (one == NULL)
        return;
    pthread_mutex_lock(&d->lock);
    one->at = after(in_ns);
    pthread_mutex_unlock(&d->lock);
}
