/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/key, /livez, /readyz and /metrics. */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/exchange.h"

#include <phash/phash.h>

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum MHD_Result answer_keys(exchange *x)
{
    text body = {0};

    text_put(&body, "{\"keys\":[");
    for (unsigned i = 0; i < x->from->key_count; i++) {
        const served_key *k = &x->from->keys[i];
        text_put(&body, i > 0 ? ",{\"id\":\"" : "{\"id\":\"");
        write_hex(&body, k->id, sizeof k->id);
        text_put(&body, "\",\"public_key\":\"");
        write_hex(&body, k->public_key, sizeof k->public_key);
        text_printf(&body, "\",\"state\":\"%s\"}", i == 0 ? "current" : "previous");
    }
    text_put(&body, "]}\n");
    return answer_text(x, MHD_HTTP_OK, "application/json", &body);
}

enum MHD_Result answer_live(exchange *x)
{
    text body = {0};

    text_put(&body, "{\"live\":true}\n");
    return answer_text(x, MHD_HTTP_OK, "application/json", &body);
}

enum MHD_Result answer_ready(exchange *x)
{
    const char *why = service_unready(x->service);
    text body = {0};

    if (why == NULL) {
        text_put(&body, "{\"ready\":true}\n");
    } else {
        text_put(&body, "{\"ready\":false,\"error\":\"not_ready\",\"message\":");
        text_json_string(&body, why, strlen(why));
        text_put(&body, "}\n");
    }
    return answer_text(x, why == NULL ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "application/json", &body);
}

static void write_sets(text *out, const served_sets *sets)
{
    const time_t now = time(NULL);

    metric_begin(out, "phash_set_entries", "gauge", "Entries of a set.");
    for (size_t i = 0; sets != NULL && i < sets->count; i++)
        text_printf(out, "phash_set_entries{set=\"%s\"} %" PRIu64 "\n", sets->all[i].name, sets->all[i].entries);
    metric_begin(out, "phash_set_age_seconds", "gauge", "Time since a set was built.");
    for (size_t i = 0; sets != NULL && i < sets->count; i++)
        text_printf(out, "phash_set_age_seconds{set=\"%s\"} %" PRId64 "\n", sets->all[i].name,
                    (int64_t)now - (int64_t)sets->all[i].created);
}

static void write_keys(text *out, const served *now)
{
    metric_begin(out, "phash_key_requests_total", "counter", "Requests answered under a key that is served.");
    for (unsigned i = 0; i < now->key_count; i++) {
        text_put(out, "phash_key_requests_total{key=\"");
        write_hex(out, now->keys[i].id, sizeof now->keys[i].id);
        text_printf(out, "\"} %" PRIu64 "\n", (uint64_t)atomic_load(&now->keys[i].use->requests));
    }
}

static void write_gauge(text *out, const char *name, const char *help, uint64_t value)
{
    metric_begin(out, name, "gauge", help);
    text_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_meter(text *out, service *s)
{
    meter_counts now;

    write_gauge(out, "phash_meter_limit_elements", "Elements that a credential may have evaluated in a period; 0: any.",
                s->options->limits.refill);
    write_gauge(out, "phash_meter_limit_period_seconds", "That period.", s->options->limits.period);
    write_gauge(out, "phash_meter_limit_burst", "Elements that a credential can save up.", s->options->limits.burst);
    if (s->budget == NULL)
        return;
    meter_totals(s->budget, &now);
    meter_write(out, &now);
}

enum MHD_Result answer_metrics(exchange *x)
{
    service *s = x->service;
    text body = {0};

    metric_begin(&body, "phash_build_info", "gauge", "The version.");
    text_printf(&body, "phash_build_info{version=\"%s\"} 1\n", phash_version());
    write_gauge(&body, "phash_ready", "Whether /readyz says so.", service_unready(s) == NULL);
    write_gauge(&body, "phash_keys_served", "Keys: 2 during a roll-over.", x->from->key_count);
    write_gauge(&body, "phash_threads", "Threads that evaluate.", s->options->threads);
    write_gauge(&body, "phash_queue_length", "Requests that wait for a processor.", pool_waiting(s->workers));
    write_gauge(&body, "phash_queue_limit", "Requests that may.", s->options->queue);
    counters_write(&body, &s->counts);
    write_keys(&body, x->from);
    write_meter(&body, s);
    write_sets(&body, x->from->sets);
    return answer_text(x, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &body);
}
