/* SPDX-License-Identifier: Apache-2.0 */
#include "recall.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* The smallest value that at least p per cent do not exceed. */
static uint32_t quantile(const uint32_t *sorted, size_t n, size_t p)
{
    return n != 0 ? sorted[(n * p + 99) / 100 - 1] : RECALL_NOT_FOUND;
}

static recall_quantiles quantiles(uint32_t *values, size_t n)
{
    qsort(values, n, sizeof *values, by_size);
    recall_quantiles q = {quantile(values, n, 50), quantile(values, n, 90), quantile(values, n, 99),
                          quantile(values, n, 100)};
    return q;
}

size_t recall_figures_count(const recall_run *run)
{
    return run->index.n_edits + 1;
}

const char *recall_figures_name(const recall_run *run, size_t which)
{
    const size_t n = run->index.n_edits;

    return which < n ? run->index.edits[which].name : "all";
}

static bool counts(const recall_run *run, const recall_item *item, size_t which)
{
    const size_t n = run->index.n_edits;

    if (!run->index.photos[item->photo].judged)
        return false;
    return which < n ? item->edit == which : true;
}

static void count_found(recall_figures *f, const recall_run *run, const recall_item *item)
{
    f->flat += !item->judged;
    f->sampled += item->sampled;
    for (size_t r = 0; r < run->n_radii; r++) {
        f->plain_found[r] += item->judged && item->plain <= run->radii[r];
        f->views_found[r] += item->judged && item->views <= run->radii[r];
    }
    for (size_t b = 0; item->judged && b < run->priv.n_bands; b++)
        for (size_t k = 0; k < run->priv.n_budgets; k++) {
            const bool opened = item->tokens[b] <= run->priv.budgets[k];
            for (size_t r = 0; r < run->n_radii; r++)
                f->private_found[b][k][r] += opened && item->views <= run->radii[r];
            f->private_kept[b][k] += opened && item->plain <= run->radii[0];
        }
}

static uint32_t most_frequent(uint32_t *values, size_t n)
{
    uint32_t best = 0;
    size_t most = 0;

    qsort(values, n, sizeof *values, by_size);
    for (size_t i = 0, begin = 0; i < n; i++) {
        if (values[i] != values[begin])
            begin = i;
        if (i - begin + 1 > most) {
            most = i - begin + 1;
            best = values[i];
        }
    }
    return best;
}

bool recall_sum_up(recall_figures *f, const recall_run *run, size_t which)
{
    const recall_index *index = &run->index;
    uint32_t *values = malloc(3 * index->n_items * sizeof *values);
    uint32_t *plain = values, *views = values + index->n_items, *view = values + 2 * index->n_items;

    if (values == NULL)
        return false;
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < index->n_items; i++) {
        const recall_item *item = &index->items[i];
        if (!counts(run, item, which))
            continue;
        if (item->status != PHASH_OK) {
            f->unreadable++;
            continue;
        }
        plain[f->n] = item->plain;
        views[f->n] = item->views;
        view[f->n++] = item->view;
        count_found(f, run, item);
    }
    f->plain = quantiles(plain, f->n);
    f->views = quantiles(views, f->n);
    f->usual_view = most_frequent(view, f->n);
    free(values);
    return true;
}

uint32_t recall_smallest(const uint64_t histogram[PHASH_HASH_BITS + 1])
{
    for (uint32_t d = 0; d <= PHASH_HASH_BITS; d++)
        if (histogram[d] != 0)
            return d;
    return RECALL_NOT_FOUND;
}

uint64_t recall_within(const uint64_t histogram[PHASH_HASH_BITS + 1], uint32_t radius)
{
    uint64_t n = 0;

    for (uint32_t d = 0; d <= radius && d <= PHASH_HASH_BITS; d++)
        n += histogram[d];
    return n;
}

static void print_distance(FILE *out, uint32_t d)
{
    if (d == RECALL_NOT_FOUND)
        fprintf(out, "    -");
    else
        fprintf(out, " %4" PRIu32, d);
}

static void print_quantiles(FILE *out, const recall_quantiles *q)
{
    fprintf(out, "  ");
    print_distance(out, q->p50);
    print_distance(out, q->p90);
    print_distance(out, q->p99);
    print_distance(out, q->max);
}

/* Whole per cent; 100 and 0 only when all and none. */
static size_t share_of(size_t found, size_t n)
{
    size_t share = n != 0 ? (200 * found + n) / (2 * n) : 0;

    return found == 0 ? 0 : found == n ? 100 : share == 100 ? 99 : share == 0 ? 1 : share;
}

static void print_share(FILE *out, size_t found, size_t n)
{
    if (n == 0)
        fprintf(out, "    -");
    else
        fprintf(out, " %4zu", share_of(found, n));
}

static void print_shares(FILE *out, const recall_run *run, const size_t *found, size_t n)
{
    fprintf(out, "  ");
    for (size_t r = 0; r < run->n_radii; r++)
        print_share(out, found[r], n);
}

static void print_heading(FILE *out, const recall_run *run, const char *what)
{
    fprintf(out, "%*s", (int)(5 * run->n_radii + 2), what);
}

static void print_radii(FILE *out, const recall_run *run)
{
    fprintf(out, "  ");
    for (size_t r = 0; r < run->n_radii; r++)
        fprintf(out, " %4" PRIu32, run->radii[r]);
}

/* Index of the budget that sets have. */
static size_t set_budget(const recall_run *run)
{
    size_t k = 0;

    while (run->priv.budgets[k] != run->priv.budget)
        k++;
    return k;
}

static void print_shares_table(FILE *out, const recall_run *run, const recall_figures *figures)
{
    const bool views = run->views != PHASH_VIEWS_NONE;

    fprintf(out, "Found, per cent, by radius");
    fprintf(out, "; private budget %" PRIu32, run->priv.budget);
    fprintf(out, "\n%-28s", "");
    print_heading(out, run, "plain");
    if (views)
        print_heading(out, run, "views");
    for (size_t b = 0; b < run->priv.n_bands; b++) {
        char what[32];
        snprintf(what, sizeof what, "private m=%" PRIu32, run->priv.bands[b]);
        print_heading(out, run, what);
    }
    fprintf(out, "\n%-17s %5s %4s", "edit", "n", "flat");
    for (size_t k = 0; k < 1 + views + run->priv.n_bands; k++)
        print_radii(out, run);
    fprintf(out, "\n");
    for (size_t e = 0; e < recall_figures_count(run); e++) {
        const recall_figures *f = &figures[e];
        fprintf(out, "%-17s %5zu %4zu", recall_figures_name(run, e), f->n, f->flat);
        print_shares(out, run, f->plain_found, f->n);
        if (views)
            print_shares(out, run, f->views_found, f->n);
        for (size_t b = 0; b < run->priv.n_bands; b++)
            print_shares(out, run, f->private_found[b][set_budget(run)], f->n);
        fprintf(out, "\n");
    }
}

/* The first radius, by bands and budget. */
static void print_budgets_table(FILE *out, const recall_run *run, const recall_figures *figures)
{
    const recall_private *p = &run->priv;

    fprintf(out, "\nFound privately, per cent, radius %" PRIu32 ", by budget\n%-27s", run->radii[0], "");
    for (size_t b = 0; b < p->n_bands; b++)
        fprintf(out, "%*s%" PRIu32, (int)(4 * p->n_budgets + 1), "m=", p->bands[b]);
    fprintf(out, "\n%-17s plain views", "edit");
    for (size_t b = 0; b < p->n_bands; b++) {
        fprintf(out, "  ");
        for (size_t k = 0; k < p->n_budgets; k++)
            fprintf(out, "%4" PRIu32, p->budgets[k]);
    }
    fprintf(out, "\n");
    for (size_t e = 0; e < recall_figures_count(run); e++) {
        const recall_figures *f = &figures[e];
        fprintf(out, "%-17s %5zu %5zu", recall_figures_name(run, e), share_of(f->plain_found[0], f->n),
                share_of(f->views_found[0], f->n));
        for (size_t b = 0; b < p->n_bands; b++) {
            fprintf(out, "  ");
            for (size_t k = 0; k < p->n_budgets; k++)
                fprintf(out, "%4zu", share_of(f->private_found[b][k][0], f->n));
        }
        fprintf(out, "\n");
    }
}

/* What the budget is about: keep what plain PDQ finds, and find more. */
static void print_kept(FILE *out, const recall_run *run, const recall_figures *all)
{
    const recall_private *p = &run->priv;

    fprintf(out, "\nOf all edits, radius %" PRIu32 ": what plain PDQ finds is found privately too, per cent; and found "
            "in all, for each that plain PDQ finds\n", run->radii[0]);
    for (size_t b = 0; b < p->n_bands; b++)
        for (size_t k = 0; k < p->n_budgets; k++)
            fprintf(out, "m=%" PRIu32 " budget %4" PRIu32 "  %5.1f  %.3f\n", p->bands[b], p->budgets[k],
                    100.0 * (double)all->private_kept[b][k] / (double)all->plain_found[0],
                    (double)all->private_found[b][k][0] / (double)all->plain_found[0]);
    fprintf(out, "all views                %.3f\n", (double)all->views_found[0] / (double)all->plain_found[0]);
}

static void print_distances_table(FILE *out, const recall_run *run, const recall_figures *figures)
{
    const bool views = run->views != PHASH_VIEWS_NONE;

    fprintf(out, "\nDistance to the original\n%-17s%22s%s\n", "", "plain", views ? "          nearest view" : "");
    fprintf(out, "%-17s    p50  p90  p99  max%s\n", "edit",
            views ? "    p50  p90  p99  max  nearest most often" : "");
    for (size_t e = 0; e < run->index.n_edits; e++) {
        fprintf(out, "%-17s", run->index.edits[e].name);
        print_quantiles(out, &figures[e].plain);
        if (views) {
            print_quantiles(out, &figures[e].views);
            fprintf(out, "  %s", phash_view_name(figures[e].usual_view));
        }
        fprintf(out, "\n");
    }
}

static void print_pairs(FILE *out, const recall_run *run, const char *what, const uint64_t *histogram)
{
    fprintf(out, "%-34s %9" PRIu64, what, recall_within(histogram, PHASH_HASH_BITS));
    print_distance(out, recall_smallest(histogram));
    for (size_t r = 0; r < run->n_radii; r++)
        fprintf(out, " %6" PRIu64, recall_within(histogram, run->radii[r]));
    fprintf(out, "\n");
}

static void print_others(FILE *out, const recall_run *run)
{
    fprintf(out, "\nDifferent pictures\n%-34s %9s  min", "", "pairs");
    for (size_t r = 0; r < run->n_radii; r++)
        fprintf(out, "   <=%2" PRIu32, run->radii[r]);
    fprintf(out, "\n");
    print_pairs(out, run, "originals, plain", run->of_originals.plain);
    print_pairs(out, run, "edited and originals, plain", run->of_edited.plain);
    if (run->views != PHASH_VIEWS_NONE) {
        print_pairs(out, run, "originals, nearest view", run->of_originals.views);
        print_pairs(out, run, "edited and originals, nearest view", run->of_edited.views);
        fprintf(out, "%" PRIu64 " comparisons of hashes\n", run->of_originals.comparisons + run->of_edited.comparisons);
    }
    for (size_t b = 0; run->priv.sample != 0 && b < run->priv.n_bands; b++)
        fprintf(out, "private m=%" PRIu32 ": %" PRIu64 " queries, %" PRIu64 " matches with different pictures, %" PRIu64
                " do not agree with their plan\n", run->priv.bands[b], run->of_edited.private_queries[b],
                run->of_edited.private_matches[b], run->of_edited.private_disagreements[b]);
}

static void print_near(FILE *out, const recall_run *run)
{
    const recall_index *index = &run->index;

    fprintf(out, "\nOriginals nearer than %" PRIu32 " to each other\n", run->near);
    for (size_t a = 0; a < index->n_photos; a++)
        for (size_t b = a + 1; b < index->n_photos; b++) {
            if (!index->photos[a].judged || !index->photos[b].judged)
                continue;
            uint32_t d = recall_pair_distance(index, a, b);
            if (d < run->near)
                fprintf(out, "%3" PRIu32 "  %s  %s%s\n", d, index->photos[a].name, index->photos[b].name,
                        index->same[a * index->n_photos + b] != 0 ? "  (known to be the same)" : "");
        }
    fprintf(out, "\nOriginals left out because they are flat or unreadable\n");
    for (size_t i = 0; i < index->n_photos; i++)
        if (!index->photos[i].judged)
            fprintf(out, "     %s\n", index->photos[i].name);
}

void recall_report_text(FILE *out, const recall_run *run, const recall_figures *figures)
{
    print_shares_table(out, run, figures);
    print_budgets_table(out, run, figures);
    print_kept(out, run, &figures[recall_figures_count(run) - 1]);
    print_distances_table(out, run, figures);
    print_others(out, run);
    print_near(out, run);
}
