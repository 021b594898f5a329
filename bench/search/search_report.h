/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured of one system, and how it is printed. */
#ifndef SEARCH_REPORT_H
#define SEARCH_REPORT_H

#include "search_bench.h"

#define ROUNDS_MAX 15

typedef struct measured {
    double rates[ROUNDS_MAX]; /* queries a processor second, of each round */
    size_t n_rounds;
    double counts[3]; /* entries there, found, and found but not there; all 0 when it was not compared */
    int compared;
} measured;

/** The median of n values. */
double median(const double *values, size_t n);

/** The rate of a over that of b: the median over the rounds, in each of which both ran. */
double rate_ratio(const measured *a, const measured *b);

/** Print a table, and JSON lines if jsonl is set. rival is the best exact system of others, or n for none. */
void print_results(const bench_system *systems, const measured *results, size_t n, size_t rival,
                   const bench_data *data, const char *kind, int jsonl);

#endif
