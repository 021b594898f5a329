/* SPDX-License-Identifier: Apache-2.0 */
/* The same results, one JSON object a line. Names were checked when they were read, so that they need no escapes. */
#include "recall.h"

#include <inttypes.h>

static const char *views_name(phash_views views)
{
    static const char *const names[] = {"none", "flips", "edits", "all"};

    return names[views];
}

static void print_distance(FILE *out, const char *name, uint32_t d)
{
    if (d == RECALL_NOT_FOUND)
        fprintf(out, "\"%s\":null", name);
    else
        fprintf(out, "\"%s\":%" PRIu32, name, d);
}

static void print_quantiles(FILE *out, const char *name, const recall_quantiles *q)
{
    fprintf(out, ",\"%s\":{", name);
    print_distance(out, "p50", q->p50);
    fprintf(out, ",");
    print_distance(out, "p90", q->p90);
    fprintf(out, ",");
    print_distance(out, "p99", q->p99);
    fprintf(out, ",");
    print_distance(out, "max", q->max);
    fprintf(out, "}");
}

static void print_found(FILE *out, const recall_run *run, const char *name, const size_t *found)
{
    fprintf(out, ",\"%s\":[", name);
    for (size_t r = 0; r < run->n_radii; r++)
        fprintf(out, "%s%zu", r != 0 ? "," : "", found[r]);
    fprintf(out, "]");
}

static void print_header(FILE *out, const recall_run *run)
{
    size_t left_out = 0;

    for (size_t i = 0; i < run->index.n_photos; i++)
        left_out += !run->index.photos[i].judged;
    fprintf(out, "{\"record\":\"header\",\"version\":\"%s\",\"pipeline\":\"%s\",\"views\":\"%s\",\"radii\":[",
            phash_version(), phash_pipeline_name(run->pipeline), views_name(run->views));
    for (size_t r = 0; r < run->n_radii; r++)
        fprintf(out, "%s%" PRIu32, r != 0 ? "," : "", run->radii[r]);
    fprintf(out, "],\"bands\":[");
    for (size_t b = 0; b < run->priv.n_bands; b++)
        fprintf(out, "%s%" PRIu32, b != 0 ? "," : "", run->priv.bands[b]);
    fprintf(out, "],\"budgets\":[");
    for (size_t k = 0; k < run->priv.n_budgets; k++)
        fprintf(out, "%s%" PRIu32, k != 0 ? "," : "", run->priv.budgets[k]);
    fprintf(out, "],\"budget\":%" PRIu32 ",\"photos\":%zu,\"left_out\":%zu}\n", run->priv.budget, run->index.n_photos,
            left_out);
}

/* Found with the sets' budget, by radius; at the first radius, by budget: found, and of those found plainly. */
static void print_private(FILE *out, const recall_run *run, const recall_figures *f, size_t b)
{
    const recall_private *p = &run->priv;
    char key[32];

    snprintf(key, sizeof key, "private%" PRIu32 "_found", p->bands[b]);
    for (size_t k = 0; k < p->n_budgets; k++)
        if (p->budgets[k] == p->budget)
            print_found(out, run, key, f->private_found[b][k]);
    fprintf(out, ",\"private%" PRIu32 "_by_budget\":[", p->bands[b]);
    for (size_t k = 0; k < p->n_budgets; k++)
        fprintf(out, "%s%zu", k != 0 ? "," : "", f->private_found[b][k][0]);
    fprintf(out, "],\"private%" PRIu32 "_kept\":[", p->bands[b]);
    for (size_t k = 0; k < p->n_budgets; k++)
        fprintf(out, "%s%zu", k != 0 ? "," : "", f->private_kept[b][k]);
    fprintf(out, "]");
}

static void print_edit(FILE *out, const recall_run *run, const recall_figures *f, const char *name, const char *group)
{
    fprintf(out, "{\"record\":\"edit\",\"edit\":\"%s\",\"group\":\"%s\",\"n\":%zu", name, group, f->n);
    fprintf(out, ",\"unreadable\":%zu,\"flat\":%zu", f->unreadable, f->flat);
    print_quantiles(out, "plain", &f->plain);
    print_found(out, run, "plain_found", f->plain_found);
    if (run->views != PHASH_VIEWS_NONE) {
        print_quantiles(out, "views", &f->views);
        print_found(out, run, "views_found", f->views_found);
        fprintf(out, ",\"usual_view\":\"%s\"", phash_view_name(f->usual_view));
    }
    fprintf(out, ",\"sampled\":%zu", f->sampled);
    for (size_t b = 0; b < run->priv.n_bands; b++)
        print_private(out, run, f, b);
    fprintf(out, "}\n");
}

static void print_histogram(FILE *out, const recall_run *run, const char *what, const uint64_t *histogram)
{
    fprintf(out, "{\"record\":\"different\",\"what\":\"%s\",\"pairs\":%" PRIu64 ",", what,
            recall_within(histogram, PHASH_HASH_BITS));
    print_distance(out, "min", recall_smallest(histogram));
    fprintf(out, ",\"within\":[");
    for (size_t r = 0; r < run->n_radii; r++)
        fprintf(out, "%s%" PRIu64, r != 0 ? "," : "", recall_within(histogram, run->radii[r]));
    fprintf(out, "],\"histogram\":[");
    for (uint32_t d = 0; d <= PHASH_HASH_BITS; d++)
        fprintf(out, "%s%" PRIu64, d != 0 ? "," : "", histogram[d]);
    fprintf(out, "]}\n");
}

/* Distances of edited pictures to their own originals. */
static void print_same(FILE *out, const recall_run *run, const char *what, bool views)
{
    uint64_t histogram[PHASH_HASH_BITS + 1] = {0};

    for (size_t i = 0; i < run->index.n_items; i++) {
        const recall_item *item = &run->index.items[i];
        uint32_t d = views ? item->views : item->plain;
        if (item->status == PHASH_OK && item->judged && d <= PHASH_HASH_BITS)
            histogram[d]++;
    }
    fprintf(out, "{\"record\":\"same\",\"what\":\"%s\",\"histogram\":[", what);
    for (uint32_t d = 0; d <= PHASH_HASH_BITS; d++)
        fprintf(out, "%s%" PRIu64, d != 0 ? "," : "", histogram[d]);
    fprintf(out, "]}\n");
}

static void print_near(FILE *out, const recall_run *run)
{
    const recall_index *index = &run->index;

    for (size_t a = 0; a < index->n_photos; a++)
        for (size_t b = a + 1; b < index->n_photos; b++) {
            if (!index->photos[a].judged || !index->photos[b].judged)
                continue;
            uint32_t d = recall_pair_distance(index, a, b);
            if (d < run->near)
                fprintf(out, "{\"record\":\"near\",\"distance\":%" PRIu32 ",\"a\":\"%s\",\"b\":\"%s\",\"same\":%s}\n",
                        d, index->photos[a].name, index->photos[b].name,
                        index->same[a * index->n_photos + b] != 0 ? "true" : "false");
        }
}

void recall_report_jsonl(FILE *out, const recall_run *run, const recall_figures *figures)
{
    const recall_index *index = &run->index;
    const bool views = run->views != PHASH_VIEWS_NONE;

    print_header(out, run);
    for (size_t e = 0; e < recall_figures_count(run); e++)
        print_edit(out, run, &figures[e], recall_figures_name(run, e),
                   e < index->n_edits ? index->edits[e].group : "all");
    print_same(out, run, "plain", false);
    if (views)
        print_same(out, run, "views", true);
    print_histogram(out, run, "originals plain", run->of_originals.plain);
    print_histogram(out, run, "edited plain", run->of_edited.plain);
    if (views) {
        print_histogram(out, run, "originals views", run->of_originals.views);
        print_histogram(out, run, "edited views", run->of_edited.views);
    }
    for (size_t b = 0; b < run->priv.n_bands; b++)
        fprintf(out, "{\"record\":\"private\",\"bands\":%" PRIu32 ",\"queries\":%" PRIu64
                ",\"other_matches\":%" PRIu64 ",\"disagreements\":%" PRIu64 "}\n",
                run->priv.bands[b], run->of_edited.private_queries[b], run->of_edited.private_matches[b],
                run->of_edited.private_disagreements[b]);
    print_near(out, run);
    fprintf(out, "{\"record\":\"summary\",\"comparisons\":%" PRIu64 "}\n",
            run->of_originals.comparisons + run->of_edited.comparisons);
}
