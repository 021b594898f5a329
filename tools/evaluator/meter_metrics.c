/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/meter.h"

#include <inttypes.h>

static void begin(text *out, const char *name, const char *type, const char *help)
{
    text_printf(out, "# HELP phash_meter_%s %s\n# TYPE phash_meter_%s %s\n", name, help, name, type);
}

static void one(text *out, const char *name, const char *type, const char *help, uint64_t value)
{
    begin(out, name, type, help);
    text_printf(out, "phash_meter_%s %" PRIu64 "\n", name, value);
}

static void by_answer(text *out, const char *name, const char *answer, uint64_t value)
{
    text_printf(out, "phash_meter_%s{answer=\"%s\"} %" PRIu64 "\n", name, answer, value);
}

void meter_write(text *out, const meter_counts *counts)
{
    begin(out, "requests_total", "counter", "Requests that asked for a part of a budget.");
    by_answer(out, "requests_total", "granted", counts->granted);
    by_answer(out, "requests_total", "spent", counts->spent);
    by_answer(out, "requests_total", "failed", counts->failed);
    begin(out, "elements_total", "counter", "Elements of these requests.");
    by_answer(out, "elements_total", "granted", counts->granted_elements);
    by_answer(out, "elements_total", "spent", counts->spent_elements);
    one(out, "returned_elements_total", "counter", "Granted elements that were not evaluated and given back.",
        counts->returned_elements);
    one(out, "credentials", "gauge", "Credentials whose budget is not full.", counts->credentials);
    one(out, "credentials_limit", "gauge", "So many there can be; further ones get an error.", METER_CREDENTIALS_MAX);
    one(out, "working", "gauge", "0: nothing is granted, because it cannot be written.", counts->working);
    one(out, "persistent", "gauge", "0: in memory only, budgets are full after a restart.", counts->persistent);
    one(out, "flushes_total", "counter", "Times it was written.", counts->flushes);
    one(out, "flush_failures_total", "counter", "Times that writing failed.", counts->flush_failures);
    begin(out, "unwritten_seconds", "gauge", "Age of the oldest grant that is not on disk yet.");
    text_printf(out, "phash_meter_unwritten_seconds %" PRIu64 ".%03" PRIu64 "\n", counts->unwritten_ms / 1000,
                counts->unwritten_ms % 1000);
}
