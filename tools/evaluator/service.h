/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP service: one thread that speaks HTTP (libmicrohttpd), a pool that evaluates, and what both share. */
#ifndef PHASH_TOOLS_SERVICE_H
#define PHASH_TOOLS_SERVICE_H

#include "evaluator/counters.h"
#include "evaluator/deadlines.h"
#include "evaluator/meter.h"
#include "evaluator/pool.h"
#include "evaluator/served.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** All durations in seconds. */
typedef struct service_options {
    served_files files;
    const char *listen;            /* HOST:PORT, [HOST]:PORT or unix:PATH */
    const char *credential_header; /* a proxy that is trusted sets it; NULL: none */
    const char *meter_file;        /* NULL: in memory only */
    meter_limits limits;           /* refill 0: unlimited */
    uint64_t meter_flush;
    uint64_t threads;
    uint64_t queue;           /* requests that may wait for a processor */
    uint64_t max_wait;        /* and how long */
    uint64_t max_elements;    /* of one request */
    uint64_t max_connections;
    uint64_t request_timeout; /* for a request to arrive, and for an answer to be taken */
    uint64_t idle_timeout;    /* between two requests of a connection */
    uint64_t max_set_age;     /* not ready with an older set; 0: any */
    uint64_t drain_delay;     /* not ready, but listening still */
    uint64_t drain_timeout;
    bool anonymous;           /* listen beyond this machine although anybody may ask */
} service_options;

typedef struct service {
    const service_options *options;
    counters counts;
    pool *workers;
    meter *budget; /* NULL: unlimited */
    deadlines *slow;
    struct MHD_Daemon *daemon;
    phash_digester *digester; /* of the HTTP thread */
    pthread_mutex_t lock;     /* of what follows */
    served *current;
    key_use *uses; /* of every key that was ever served; for the thread that starts and reloads */
    atomic_bool draining;
} service;

/** Open the meter, start the threads and listen. `first` is what is served until service_reload has the sets as well;
 *  it is the service's from now on. False after a message. */
bool service_start(service *s, const service_options *options, served *first);

/** Read keys, credentials and sets again; the old ones stay when something is wrong with the new. */
bool service_reload(service *s);

/** Finish what was begun, refuse what is new, and stop. False after a message when something was cut off or could not
 *  be stored. `hurry` may become true meanwhile. */
bool service_drain(service *s, const atomic_bool *hurry);

/** Free what service_start made, however far it came. */
void service_free(service *s);

/** The edition that requests begin under now; held. */
served *service_current(service *s);

/** NULL when it is ready, else why not. */
const char *service_unready(service *s);

#endif
