/* SPDX-License-Identifier: Apache-2.0 */
/* What the systems under measurement have in common. */
#ifndef SEARCH_BENCH_H
#define SEARCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Hashes to search and to ask with, 32 bytes each. */
typedef struct bench_data {
    const uint8_t *hashes;
    size_t n;
    const uint8_t *queries;
    size_t n_queries;
    uint32_t radius;
} bench_data;

/** What a system found for one query: the first of its ids, in any order. */
typedef struct bench_found {
    uint32_t *ids;
    size_t capacity;
    size_t n; /* may exceed capacity */
} bench_found;

/** A way to search. */
typedef struct bench_system {
    char name[64];
    char detail[256];
    int exact;         /* whether it claims to be */
    double build_s;    /* processor seconds */
    double bytes;      /* memory, hashes included; 0: not known */
    size_t queries_at_once;
    void *state;
    /** Answer n queries from `first` on; found may be NULL to time only. */
    void (*ask)(void *state, const bench_data *data, size_t first, size_t n, bench_found *found);
    void (*close)(void *state);
} bench_system;

/** Fill in the systems of another library; returns how many, at most capacity. `absent` says why there are none. */
size_t bench_rivals(bench_system *systems, size_t capacity, const bench_data *data, const char **absent);

/** Processor seconds of this process so far. */
double bench_cpu_s(void);

#ifdef __cplusplus
}
#endif
#endif
