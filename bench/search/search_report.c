/* SPDX-License-Identifier: Apache-2.0 */
#include "search_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

double median(const double *values, size_t n)
{
    double sorted[ROUNDS_MAX];

    if (n == 0)
        return 0;
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    return n % 2 != 0 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double rate_ratio(const measured *a, const measured *b)
{
    double ratios[ROUNDS_MAX];

    for (size_t i = 0; i < a->n_rounds; i++)
        ratios[i] = a->rates[i] / b->rates[i];
    return median(ratios, a->n_rounds);
}

static void print_line(const bench_system *s, const measured *m, const measured *rival, const bench_data *data,
                       const char *kind)
{
    printf("{\"bench\":\"search\",\"system\":\"%s\",\"detail\":\"%s\",\"data\":\"%s\",\"n\":%zu,\"radius\":%u,"
           "\"exact\":%s,\"queries_per_s\":%.1f,\"build_s\":%.3f,\"bytes\":%.0f",
           s->name, s->detail, kind, data->n, (unsigned)data->radius, s->exact ? "true" : "false",
           median(m->rates, m->n_rounds), s->build_s, s->bytes);
    if (m->compared)
        printf(",\"recall\":%.6f,\"entries\":%.0f,\"extras\":%.0f",
               m->counts[0] != 0 ? m->counts[1] / m->counts[0] : 1.0, m->counts[0], m->counts[2]);
    if (rival != NULL)
        printf(",\"over_best_exact_rival\":%.2f", rate_ratio(m, rival));
    printf("}\n");
}

static void print_row(const bench_system *s, const measured *m, const measured *rival)
{
    char recall[32] = "";
    char ratio[32] = "";
    char bytes[32] = "";

    if (m->compared)
        snprintf(recall, sizeof recall, "%.4f", m->counts[0] != 0 ? m->counts[1] / m->counts[0] : 1.0);
    if (rival != NULL)
        snprintf(ratio, sizeof ratio, "%.2f", rate_ratio(m, rival));
    if (s->bytes != 0)
        snprintf(bytes, sizeof bytes, "%.0f", s->bytes / 1e6);
    printf("| %s | %s | %.0f | %s | %s | %.2f | %s |\n", s->name, s->detail, median(m->rates, m->n_rounds), ratio,
           recall, s->build_s, bytes);
}

void print_results(const bench_system *systems, const measured *results, size_t n, size_t rival,
                   const bench_data *data, const char *kind, int jsonl)
{
    const measured *best = rival < n ? &results[rival] : NULL;

    for (size_t i = 0; jsonl && i < n; i++)
        print_line(&systems[i], &results[i], best, data, kind);
    if (jsonl)
        return;
    printf("\n%zu hashes, %s, radius %u, one thread, %zu rounds:\n\n"
           "| system | how | queries/s | over the best exact rival | recall | build or open, s | MB |\n"
           "|---|---|---|---|---|---|---|\n",
           data->n, kind, (unsigned)data->radius, results[0].n_rounds);
    for (size_t i = 0; i < n; i++)
        print_row(&systems[i], &results[i], best);
}
