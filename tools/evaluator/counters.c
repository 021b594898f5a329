/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/counters.h"

#include <inttypes.h>
#include <time.h>

#define SHORTEST UINT64_C(1000000) /* the first bound, ns */

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void histogram_add(histogram *h, uint64_t nanoseconds)
{
    unsigned i = 0;

    while (i < HISTOGRAM_BOUNDS && nanoseconds > SHORTEST << i)
        i++;
    atomic_fetch_add(i < HISTOGRAM_BOUNDS ? &h->at_most[i] : &h->above, 1);
    atomic_fetch_add(&h->sum, nanoseconds);
}

void metric_begin(text *out, const char *name, const char *type, const char *help)
{
    text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_histogram(text *out, const char *name, const char *help, histogram *h)
{
    uint64_t n = 0;

    metric_begin(out, name, "histogram", help);
    for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++) {
        n += atomic_load(&h->at_most[i]);
        text_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, (double)(SHORTEST << i) / 1e9, n);
    }
    n += atomic_load(&h->above);
    text_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, n);
    text_printf(out, "%s_sum %.9f\n", name, (double)atomic_load(&h->sum) / 1e9);
    text_printf(out, "%s_count %" PRIu64 "\n", name, n);
}

static void write_requests(text *out, counters *c)
{
    uint64_t refused = 0;

    for (int f = FAULT_NONE + 1; f <= FAULT_UNKNOWN_KEY; f++)
        refused += atomic_load(&c->rejected[f]);
    metric_begin(out, "phash_eval_requests_total", "counter", "Requests of the protocol by what came of them.");
    text_printf(out, "phash_eval_requests_total{result=\"ok\"} %" PRIu64 "\n", (uint64_t)atomic_load(&c->evaluated));
    text_printf(out, "phash_eval_requests_total{result=\"refused\"} %" PRIu64 "\n", refused);
    text_printf(out, "phash_eval_requests_total{result=\"failed\"} %" PRIu64 "\n",
                (uint64_t)atomic_load(&c->rejected[FAULT_INTERNAL]));
    metric_begin(out, "phash_rejected_total", "counter", "Requests that were turned away, by the word of the error.");
    for (int f = FAULT_NONE + 1; f < FAULT_COUNT; f++)
        text_printf(out, "phash_rejected_total{reason=\"%s\"} %" PRIu64 "\n", fault_describe((fault)f)->word,
                    (uint64_t)atomic_load(&c->rejected[f]));
}

void counters_write(text *out, counters *c)
{
    const struct {
        const char *name;
        const char *type;
        const char *help;
        uint64_t value;
    } plain[] = {
        {"phash_eval_points_total", "counter", "Elements evaluated.", atomic_load(&c->points)},
        {"phash_bytes_in_total", "counter", "Bytes of bodies taken.", atomic_load(&c->bytes_in)},
        {"phash_bytes_out_total", "counter", "Bytes of bodies given.", atomic_load(&c->bytes_out)},
        {"phash_cut_off_total", "counter", "Connections cut off for being slow.", atomic_load(&c->cut_off)},
        {"phash_connections_total", "counter", "Connections taken.", atomic_load(&c->connections_ever)},
        {"phash_connections", "gauge", "Connections open now.", atomic_load(&c->connections)},
        {"phash_in_flight", "gauge", "Requests that are not answered yet.", atomic_load(&c->in_flight)},
        {"phash_reloads_total", "counter", "Times keys, credentials and sets were read again.",
         atomic_load(&c->reloads)},
        {"phash_reload_failures_total", "counter", "Times that failed, and the old ones stayed.",
         atomic_load(&c->reloads_failed)},
    };

    write_requests(out, c);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        metric_begin(out, plain[i].name, plain[i].type, plain[i].help);
        text_printf(out, "%s %" PRIu64 "\n", plain[i].name, plain[i].value);
    }
    write_histogram(out, "phash_eval_seconds", "Time to evaluate a request.", &c->seconds);
    write_histogram(out, "phash_eval_wait_seconds", "Time a request waited for a processor.", &c->waited);
}
