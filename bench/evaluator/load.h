/* SPDX-License-Identifier: Apache-2.0 */
/* bench-evaluator: what its parts share. */
#ifndef PHASH_BENCH_LOAD_H
#define PHASH_BENCH_LOAD_H

#include <phash/private.h>
#include <phash/set.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Different requests, so that no cache answers. */
#define LOAD_REQUESTS 16u

/** One request as it goes over the wire, and what has to come back. */
typedef struct load_request {
    uint8_t *wire; /* head and body */
    size_t wire_size;
    const uint8_t *body; /* in wire */
    size_t body_size;
    uint8_t *expected; /* the response; its proof, at the end, is another each time */
    size_t expected_size;
} load_request;

/** What is asked, and of whom. */
typedef struct load {
    const char *host;
    const char *port;
    phash_key *key;
    uint32_t tokens;
    long pid; /* of the service; 0: not known */
    load_request requests[LOAD_REQUESTS];
} load;

/** A rate while everything ran evenly: of elements by the clock on the wall, and the processor time it took. */
typedef struct load_rate {
    double elements;    /* a second */
    double own_cpu;     /* seconds of processor time a second: of this program */
    double service_cpu; /* and of the service, when its process is known */
} load_rate;

/** Seconds of a clock on the wall. */
double load_now(void);

/** Sleep until then. */
void load_sleep_until(double when);

/** Make key, requests and expected responses. False after a message. */
bool load_prepare(load *l, const char *key_path);

/** Free them. */
void load_clear(load *l);

/** Threads that work until they are told to stop; `done` counts elements. */
typedef struct load_crew {
    const load *load;
    atomic_uint_fast64_t done;
    atomic_uint ready;
    atomic_uint number; /* of the next thread */
    atomic_bool stop;
    atomic_bool failed;
} load_crew;

/** Run so many threads of `work`, which takes a load_crew, and measure for some seconds while all of them are at work.
 *  False when one of them failed. */
bool load_measure(load_rate *out, const load *l, void *(*work)(void *), unsigned threads, double seconds);

/** Threads of load_measure: the library in this process, and the service. */
void *load_work_here(void *crew);
void *load_work_there(void *crew);

/** Ask one after the other; `took` gets n times, seconds. */
bool load_alone(double *took, const load *l, unsigned n);

/** About how many requests a turn of load_half has; and how many turns there are at most. */
#define LOAD_TURN 125u
#define LOAD_TURNS_MAX 200u

/** What load_half measures: seconds, and 99th percentiles in times of what a lone request takes. */
typedef struct load_halves {
    unsigned turns;
    unsigned requests;
    double service; /* one request in this process: median */
    double alone;   /* one request through the service, with no other under way: median */
    double p50;     /* from the time at which a request was due */
    double p99;
    double largest;
    double here_p99;
    double to_here; /* p99 of a turn to that of the library in this process: the median of the turns */
    double to_alone;
    double queue_to_alone; /* what waiting in line would make of it, if nothing else cost time */
    unsigned calm_turns;   /* those in which the machine under this one took no processor */
    double calm_to_alone;  /* and the same figures of them */
    double calm_queue_to_alone;
} load_halves;

/** Ask half as many times a second as can be answered, whether earlier answers have come or not, at random times or
 *  even ones: the service, and in turns with it as many threads of this process as there are cores, which take the
 *  requests as they come due. That is what waiting alone costs on this machine at this hour. Prints a JSON line for
 *  each turn. */
bool load_half(load_halves *out, const load *l, unsigned n, unsigned cores, bool even);

/** The median of what the library takes for one request in this process, seconds. */
bool load_service_time(double *out, const load *l, unsigned n);

/** The value below which a share q of n values lie; sorts them. */
double load_quantile(double *values, size_t n, double q);

/** A connection to the service. */
typedef struct wire {
    int fd;
    uint8_t *answer;
    size_t room;
} wire;

/** Connect. False after a message. */
bool wire_open(wire *w, const load *l);
void wire_close(wire *w);

/** One request and its answer, which has to be the right one but for the proof. False after a message. */
bool wire_ask(wire *w, const load_request *r);

#endif
