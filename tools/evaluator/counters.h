/* SPDX-License-Identifier: Apache-2.0 */
/* What the service has done, in numbers. Nothing here comes from the inside of a request, and no label names a
 * credential. */
#ifndef PHASH_TOOLS_COUNTERS_H
#define PHASH_TOOLS_COUNTERS_H

#include "cli/text_out.h"
#include "evaluator/faults.h"

#include <stdatomic.h>
#include <stdint.h>

/** Bounds of the histograms: 1 ms doubled so many times. */
#define HISTOGRAM_BOUNDS 14

typedef struct histogram {
    atomic_uint_fast64_t at_most[HISTOGRAM_BOUNDS]; /* not cumulative */
    atomic_uint_fast64_t above;
    atomic_uint_fast64_t sum; /* nanoseconds */
} histogram;

typedef struct counters {
    atomic_uint_fast64_t evaluated; /* requests */
    atomic_uint_fast64_t points;
    atomic_uint_fast64_t rejected[FAULT_COUNT];
    atomic_uint_fast64_t bytes_in;
    atomic_uint_fast64_t bytes_out;
    atomic_uint_fast64_t cut_off;
    atomic_uint_fast64_t connections_ever;
    atomic_uint_fast64_t reloads;
    atomic_uint_fast64_t reloads_failed;
    atomic_uint_fast32_t connections; /* now, as the next two */
    atomic_uint_fast32_t in_flight;
    histogram seconds; /* of evaluating */
    histogram waited;  /* for a processor */
} counters;

/** Count a duration. */
void histogram_add(histogram *h, uint64_t nanoseconds);

/** Write all of it in the text format of Prometheus, version 0.0.4. */
void counters_write(text *out, counters *c);

/** Write the two comment lines that begin a metric. */
void metric_begin(text *out, const char *name, const char *type, const char *help);

/** Nanoseconds of a clock that only goes forward. */
uint64_t now_ns(void);

#endif
