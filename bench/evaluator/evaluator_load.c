/* SPDX-License-Identifier: Apache-2.0 */
/* bench-evaluator: how much of the machine's evaluations phash-evaluator gives to its clients, and how fast
 * (docs/private-performance.md). */
#define _GNU_SOURCE /* getopt_long, sched_getaffinity */
#include "load.h"

#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 100 };

static const char help[] =
    "Usage: bench-evaluator --key FILE [OPTION]... HOST PORT\n"
    "\n"
    "Ask a phash-evaluator that runs on this machine, on all of its processors, and measure in turns the\n"
    "library in this process: one thread, and as many as there are processors. Prints JSON lines, the\n"
    "summary last. Answers are compared with the right ones; their proofs are not verified. At half load\n"
    "the time of a request runs from when it was due; turns in which the machine under this one took no\n"
    "processor are summed up apart.\n"
    "\n"
    "  --key FILE       the service's key\n"
    "  --tokens N       elements a request, 64 to 1024; default 256\n"
    "  --cores N        processors that the service may use; default those that this program may use\n"
    "  --connections N  requests under way at once; default 3 for each processor\n"
    "  --rounds N       1 to 100; default 5\n"
    "  --seconds S      of each measurement in a round; default 1\n"
    "  --requests N     of the half load, 80 to 25000; default 4000\n"
    "  --arrivals WHEN  of the half load: random, or even, as most programs that make load have them;\n"
    "                   default random\n"
    "  --pid PID        the service's process: its processor time is measured too\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 measured, 2 not measured, 64 usage.\n";

typedef struct run {
    load load;
    const char *key_path;
    unsigned long cores;
    unsigned long connections;
    unsigned long rounds;
    unsigned long requests;
    double seconds;
    bool even;
    load_halves half;
    /* of each round */
    double single[ROUNDS_MAX]; /* elements a second */
    double service[ROUNDS_MAX];
    double ratio[ROUNDS_MAX];      /* to cores times single */
    double ratio_left[ROUNDS_MAX]; /* to what this program left of the processors */
    double ratio_here[ROUNDS_MAX]; /* to as many threads of the library */
    double ratio_cpu[ROUNDS_MAX];  /* elements for a second of the service's processor time, to those of one thread */
    double ratio_cpu_here[ROUNDS_MAX]; /* and to those of as many threads: what shares a core is slower */
} run;

static bool measure_round(run *r, unsigned long i)
{
    load_rate one;
    load_rate all;
    load_rate there;

    if (!load_measure(&one, &r->load, load_work_here, 1, r->seconds) ||
        !load_measure(&there, &r->load, load_work_there, (unsigned)r->connections, r->seconds) ||
        !load_measure(&all, &r->load, load_work_here, (unsigned)r->cores, r->seconds))
        return false;
    r->single[i] = one.elements;
    r->service[i] = there.elements;
    r->ratio[i] = there.elements / ((double)r->cores * one.elements);
    r->ratio_left[i] = there.elements / (((double)r->cores - there.own_cpu) * one.elements);
    r->ratio_here[i] = there.elements / all.elements;
    r->ratio_cpu[i] = there.service_cpu > 0 ? there.elements / there.service_cpu / (one.elements / one.own_cpu) : 0;
    r->ratio_cpu_here[i] =
        there.service_cpu > 0 ? there.elements / there.service_cpu / (all.elements / all.own_cpu) : 0;
    printf("{\"record\":\"evaluator-round\",\"round\":%lu,\"one_thread\":%.0f,\"one_thread_cpu\":%.3f,"
           "\"all_threads\":%.0f,\"service\":%.0f,\"service_cpu\":%.3f,\"client_cpu\":%.3f,\"ratio\":%.3f,"
           "\"ratio_cpu_here\":%.3f}\n",
           i + 1, one.elements, one.own_cpu, all.elements, there.elements, there.service_cpu, there.own_cpu,
           r->ratio[i], r->ratio_cpu_here[i]);
    fflush(stdout);
    return true;
}

static void report_half(const load_halves *h, bool even)
{
    printf(",\"half_load\":{\"arrivals\":\"%s\",\"turns\":%u,\"requests\":%u,\"service_ms\":%.3f,\"alone_ms\":%.3f,"
           "\"p50_ms\":%.3f,"
           "\"p99_ms\":%.3f,\"max_ms\":%.3f,\"here_p99_ms\":%.3f,\"p99_to_here\":%.2f,\"p99_to_alone\":%.2f,"
           "\"queue_p99_to_alone\":%.2f,\"undisturbed\":{\"turns\":%u",
           even ? "even" : "random", h->turns, h->requests, h->service * 1e3, h->alone * 1e3, h->p50 * 1e3,
           h->p99 * 1e3, h->largest * 1e3, h->here_p99 * 1e3, h->to_here, h->to_alone, h->queue_to_alone,
           h->calm_turns);
    if (h->calm_turns > 0)
        printf(",\"p99_to_alone\":%.2f,\"queue_p99_to_alone\":%.2f", h->calm_to_alone, h->calm_queue_to_alone);
    printf("}}}\n");
}

static void report(run *r)
{
    const size_t n = r->rounds;
    const double service = load_quantile(r->service, n, 0.5);

    printf("{\"record\":\"evaluator-load\",\"version\":\"%s\",\"cores\":%lu,\"tokens\":%" PRIu32
           ",\"connections\":%lu,\"rounds\":%lu,\"one_thread\":%.0f,\"service\":%.0f,\"ratio\":%.3f,"
           "\"ratio_left\":%.3f,\"ratio_here\":%.3f",
           phash_version(), r->cores, r->load.tokens, r->connections, r->rounds, load_quantile(r->single, n, 0.5),
           service, load_quantile(r->ratio, n, 0.5), load_quantile(r->ratio_left, n, 0.5),
           load_quantile(r->ratio_here, n, 0.5));
    if (r->load.pid != 0)
        printf(",\"ratio_cpu\":%.3f,\"ratio_cpu_here\":%.3f", load_quantile(r->ratio_cpu, n, 0.5),
               load_quantile(r->ratio_cpu_here, n, 0.5));
    report_half(&r->half, r->even);
}

static bool take_number(unsigned long *out, const char *text, unsigned long least, unsigned long most)
{
    char *end;

    *out = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *out >= least && *out <= most;
}

static bool take_seconds(double *out, const char *text)
{
    char *end;

    *out = strtod(text, &end);
    return *text >= '0' && *text <= '9' && *end == '\0' && *out >= 0.05 && *out <= 600;
}

static bool take_option(run *r, int c, const char *value)
{
    unsigned long n;
    bool good = true;

    switch (c) {
    case 'k': r->key_path = value; break;
    case 't':
        good = take_number(&n, value, 64, PHASH_BUDGET_MAX);
        r->load.tokens = (uint32_t)n;
        break;
    case 'c': good = take_number(&r->cores, value, 1, 256); break;
    case 'n': good = take_number(&r->connections, value, 1, 256); break;
    case 'r': good = take_number(&r->rounds, value, 1, ROUNDS_MAX); break;
    case 's': good = take_seconds(&r->seconds, value); break;
    case 'q': good = take_number(&r->requests, value, 80, LOAD_TURN * LOAD_TURNS_MAX); break;
    case 'a':
        r->even = strcmp(value, "even") == 0;
        good = r->even || strcmp(value, "random") == 0;
        break;
    case 'p':
        good = take_number(&n, value, 1, 1ul << 30);
        r->load.pid = (long)n;
        break;
    default: good = false;
    }
    return good;
}

/* 0 to go on, else the exit status plus one. */
static int parse(run *r, int argc, char **argv)
{
    static const struct option longs[] = {{"key", required_argument, NULL, 'k'},
                                          {"tokens", required_argument, NULL, 't'},
                                          {"cores", required_argument, NULL, 'c'},
                                          {"connections", required_argument, NULL, 'n'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"requests", required_argument, NULL, 'q'},
                                          {"pid", required_argument, NULL, 'p'},
                                          {"arrivals", required_argument, NULL, 'a'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool good = true;
    int c;

    while (good && (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c == 'h') {
            fputs(help, stdout);
            return 1;
        }
        good = take_option(r, c, optarg);
    }
    if (!good || argc - optind != 2 || r->key_path == NULL) {
        fprintf(stderr, "bench-evaluator: see --help\n");
        return 65;
    }
    r->load.host = argv[optind];
    r->load.port = argv[optind + 1];
    return 0;
}

static unsigned long processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned long)CPU_COUNT(&set) : 1;
}

int main(int argc, char **argv)
{
    static run r = {.load = {.tokens = PHASH_BUDGET_DEFAULT}, .rounds = 5, .requests = 4000, .seconds = 1};
    const int status = parse(&r, argc, argv);
    bool good = true;

    if (status != 0)
        return status - 1;
    if (r.cores == 0)
        r.cores = processors();
    if (r.connections == 0)
        r.connections = 3 * r.cores;
    good = load_prepare(&r.load, r.key_path);
    for (unsigned long i = 0; good && i < r.rounds; i++)
        good = measure_round(&r, i);
    good = good && load_half(&r.half, &r.load, (unsigned)r.requests, (unsigned)r.cores, r.even);
    if (good)
        report(&r);
    load_clear(&r.load);
    return good ? 0 : 2;
}
