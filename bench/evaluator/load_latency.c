/* SPDX-License-Identifier: Apache-2.0 */
/* How long one request takes when no other is under way. */
#define _POSIX_C_SOURCE 200809L
#include "load.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

double load_quantile(double *values, size_t n, double q)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, by_value);
    const size_t i = (size_t)ceil(q * (double)n);
    return values[i == 0 ? 0 : i - 1];
}

bool load_alone(double *took, const load *l, unsigned n)
{
    wire w;
    bool good = wire_open(&w, l);

    for (unsigned i = 0; good && i < n; i++) {
        const double begun = load_now();
        good = wire_ask(&w, &l->requests[i % LOAD_REQUESTS]);
        took[i] = load_now() - begun;
    }
    wire_close(&w);
    return good;
}

bool load_service_time(double *out, const load *l, unsigned n)
{
    phash_evaluator *evaluator = NULL;
    phash_status st = phash_evaluator_new(&evaluator, l->key, 0, NULL);
    const size_t room = st == PHASH_OK ? phash_evaluator_response_max(evaluator) : 0;
    uint8_t *response = malloc(room + 1);
    double *took = calloc(n, sizeof *took);
    size_t written;

    if (response == NULL || took == NULL)
        st = PHASH_E_NO_MEMORY;
    for (unsigned i = 0; st == PHASH_OK && i < n; i++) {
        const load_request *r = &l->requests[i % LOAD_REQUESTS];
        const double begun = load_now();
        st = phash_evaluator_answer(evaluator, response, room, &written, NULL, NULL, r->body, r->body_size);
        took[i] = load_now() - begun;
    }
    if (st == PHASH_OK)
        *out = load_quantile(took, n, 0.5);
    free(took);
    free(response);
    phash_evaluator_free(&evaluator);
    return st == PHASH_OK;
}
