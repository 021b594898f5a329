/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that evaluate, one for each processor, and the bounded queue before them. */
#ifndef PHASH_TOOLS_POOL_H
#define PHASH_TOOLS_POOL_H

#include "evaluator/counters.h"
#include "evaluator/served.h"

#include <phash/private.h>

#include <stdbool.h>
#include <stdint.h>

/** A request on its way through the pool. Who submits it owns it, and leaves it alone until `done` is called. */
typedef struct evaluation {
    struct evaluation *next;
    served *from;      /* whose keys */
    unsigned key;      /* which of them */
    const uint8_t *request;
    size_t request_size;
    uint8_t *response; /* room bytes */
    size_t room;
    size_t written;
    uint32_t evaluated; /* elements */
    bool late;          /* it waited too long, and was not looked at */
    bool dropped;       /* the pool stopped before its turn */
    phash_status status;
    phash_diag diag;
    uint64_t entered; /* ns */
    void (*done)(struct evaluation *); /* on a thread of the pool */
    void *user;
} evaluation;

typedef struct pool_limits {
    unsigned threads;
    unsigned queue;      /* requests that may wait */
    uint64_t wait;       /* ns that one may */
    uint32_t max_tokens; /* of a request */
} pool_limits;

typedef struct pool pool;

/** Start the threads. NULL after a message. */
pool *pool_start(const pool_limits *limits, counters *c);

/** Put a request at the end of the queue; false when that is full, or the pool is stopping. */
bool pool_submit(pool *p, evaluation *e);

/** Requests that wait now. */
unsigned pool_waiting(pool *p);

/** End the threads after what waits is done, or without that when `drop`; those are marked dropped. */
void pool_stop(pool **p, bool drop);

#endif
