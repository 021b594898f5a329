/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "recall.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: bench-recall [OPTION]... WORK\n"
    "\n"
    "Measure how well the edited pictures that edits.py wrote into WORK are found again, and how far\n"
    "different pictures are from each other.\n"
    "\n"
    "  --radii R,R...      up to 4 radii, 0 to 63; default 31,48,60\n"
    "  --views WHICH       none, flips, edits or all views of the edited picture; default all\n"
    "  --pipeline WHICH    exact, luma or scaled; default exact\n"
    "  --bands M,M...      bands of blinded sets, 6 to 8; default 6,7,8\n"
    "  --budgets N,N...    up to 8 budgets of tokens a picture, ascending, 1 to 1024; the sets have the\n"
    "                      largest up to 256, or the smallest; default 64,128,192,256,384,512\n"
    "  --sample N          make blinded sets, and ask about N pictures of each edit through an\n"
    "                      evaluator: has to agree with what the plans say; default 0\n"
    "  --same FILE         pairs of originals that show the same, two names a line with a tab between:\n"
    "                      they do not count as different\n"
    "  --near N            list originals nearer than N to each other; default 80\n"
    "  --jobs N            threads, 1 to 64; default 1\n"
    "  --format FORMAT     text or jsonl; default text\n"
    "  --save FILE         write the JSON lines there too\n"
    "  --help              this text\n"
    "\n"
    "Exit status: 0 measured, 1 some file could not be read, 2 not measured, 64 usage.\n";

typedef struct options {
    const char *same;
    const char *save; /* file for JSON lines beside the output, or NULL */
    bool jsonl;
} options;

static bool usage(const char *option, const char *value)
{
    fprintf(stderr, "bench-recall: %s does not take '%s'; see --help\n", option, value);
    return false;
}

/* Numbers with commas between. */
static bool take_numbers(uint32_t *out, size_t *n, size_t room, const char *option, const char *text, uint32_t least,
                         uint32_t most)
{
    const char *p = text;

    for (*n = 0; *n < room; p++) {
        char *end;
        errno = 0;
        unsigned long v = strtoul(p, &end, 10);
        if (*p < '0' || *p > '9' || errno != 0 || v < least || v > most || (*end != ',' && *end != '\0'))
            return usage(option, text);
        out[(*n)++] = (uint32_t)v;
        p = end;
        if (*p == '\0')
            return true;
    }
    return usage(option, text);
}

static bool take_number(uint32_t *out, const char *option, const char *text, uint32_t least, uint32_t most)
{
    size_t n;

    return take_numbers(out, &n, 1, option, text, least, most);
}

static bool take_budgets(recall_private *p, const char *option, const char *text)
{
    bool good = take_numbers(p->budgets, &p->n_budgets, RECALL_BUDGETS_MAX, option, text, 1, PHASH_BUDGET_MAX);

    for (size_t i = 1; good && i < p->n_budgets; i++)
        good = p->budgets[i] > p->budgets[i - 1] || usage(option, text);
    return good;
}

static bool take_word(uint32_t *out, const char *option, const char *text, const char *const *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return true;
        }
    return usage(option, text);
}

static bool take_option(recall_run *run, options *o, int c, const char *name, const char *value)
{
    static const char *const views[] = {"none", "flips", "edits", "all"};
    static const char *const pipelines[] = {"exact", "luma", "scaled"};
    static const char *const formats[] = {"text", "jsonl"};
    uint32_t v = 0;
    bool good = true;

    switch (c) {
    case 'r':
        return take_numbers(run->radii, &run->n_radii, RECALL_RADII_MAX, name, value, 0, PHASH_RADIUS_MAX);
    case 'b':
        return take_numbers(run->priv.bands, &run->priv.n_bands, RECALL_BANDS_MAX, name, value, 6, 8);
    case 'v':
        good = take_word(&v, name, value, views, 4);
        run->views = (phash_views)v;
        return good;
    case 'p':
        good = take_word(&v, name, value, pipelines, 3);
        run->pipeline = (phash_pipeline)v;
        return good;
    case 'f':
        good = take_word(&v, name, value, formats, 2);
        o->jsonl = v == 1;
        return good;
    case 's':
        good = take_number(&v, name, value, 0, 1000000);
        run->priv.sample = v;
        return good;
    case 'j':
        good = take_number(&v, name, value, 1, 64);
        run->jobs = v;
        return good;
    case 'B': return take_budgets(&run->priv, name, value);
    case 'n': return take_number(&run->near, name, value, 0, PHASH_HASH_BITS);
    case 'S': o->same = value; return true;
    case 'o': o->save = value; return true;
    default: fprintf(stderr, "bench-recall: see --help\n"); return false;
    }
}

static uint32_t largest_radius(const recall_run *run)
{
    uint32_t largest = 0;

    for (size_t r = 0; r < run->n_radii; r++)
        largest = run->radii[r] > largest ? run->radii[r] : largest;
    return largest;
}

/* 0 to go on, else the exit status plus one. */
static int parse(recall_run *run, options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        {"radii", required_argument, NULL, 'r'},  {"views", required_argument, NULL, 'v'},
        {"sample", required_argument, NULL, 's'}, {"pipeline", required_argument, NULL, 'p'},
        {"bands", required_argument, NULL, 'b'},  {"budgets", required_argument, NULL, 'B'},
        {"same", required_argument, NULL, 'S'},   {"near", required_argument, NULL, 'n'},
        {"jobs", required_argument, NULL, 'j'},   {"format", required_argument, NULL, 'f'},
        {"save", required_argument, NULL, 'o'},   {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int c, which = 0;

    while ((c = getopt_long(argc, argv, "", longs, &which)) != -1) {
        if (c == 'h') {
            fputs(help, stdout);
            return 1;
        }
        if (!take_option(run, o, c, c == '?' ? "" : longs[which].name, optarg))
            return 65;
    }
    if (argc - optind != 1) {
        fprintf(stderr, "bench-recall: one folder is needed; see --help\n");
        return 65;
    }
    run->work = argv[optind];
    run->priv.radius = largest_radius(run);
    run->priv.budget = run->priv.budgets[0];
    for (size_t i = 0; i < run->priv.n_budgets; i++)
        if (run->priv.budgets[i] <= PHASH_BUDGET_DEFAULT)
            run->priv.budget = run->priv.budgets[i];
    return 0;
}

static bool save(const recall_run *run, const recall_figures *figures, const char *path)
{
    FILE *out = fopen(path, "w");
    bool good = out != NULL;

    if (good) {
        recall_report_jsonl(out, run, figures);
        good = !ferror(out);
        good = fclose(out) == 0 && good;
    }
    if (!good)
        fprintf(stderr, "bench-recall: %s: %s\n", path, strerror(errno));
    return good;
}

static bool report(const recall_run *run, const options *o)
{
    const size_t n = recall_figures_count(run);
    recall_figures *figures = calloc(n, sizeof *figures);
    bool good = figures != NULL;

    for (size_t e = 0; good && e < n; e++)
        good = recall_sum_up(&figures[e], run, e);
    if (!good)
        fprintf(stderr, "bench-recall: out of memory\n");
    else if (o->jsonl)
        recall_report_jsonl(stdout, run, figures);
    else
        recall_report_text(stdout, run, figures);
    if (good && o->save != NULL)
        good = save(run, figures, o->save);
    free(figures);
    if (good && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "bench-recall: standard output: %s\n", strerror(errno));
        good = false;
    }
    return good;
}

static bool all_read(const recall_index *index)
{
    for (size_t i = 0; i < index->n_photos; i++)
        if (index->originals[i].status != PHASH_OK)
            return false;
    for (size_t i = 0; i < index->n_items; i++)
        if (index->items[i].status != PHASH_OK)
            return false;
    return true;
}

/* Do the queries through sets come to what the plans said? */
static bool agrees(const recall_others *o)
{
    uint64_t wrong = 0;

    for (size_t i = 0; i < RECALL_BANDS_MAX; i++)
        wrong += o->private_disagreements[i];
    if (wrong != 0)
        fprintf(stderr, "bench-recall: %llu private queries do not agree with their plans\n",
                (unsigned long long)wrong);
    return wrong == 0;
}

int main(int argc, char **argv)
{
    static recall_run run = {.jobs = 1, .views = PHASH_VIEWS_ALL, .near = 80, .radii = {31, 48, 60}, .n_radii = 3,
                             .priv = {.budgets = {64, 128, 192, 256, 384, 512}, .n_budgets = 6, .bands = {6, 7, 8},
                                      .n_bands = 3}};
    options o = {NULL, NULL, false};
    int status = parse(&run, &o, argc, argv);

    if (status != 0)
        return status - 1;
    bool good = recall_index_read(&run.index, run.work) &&
                (o.same == NULL || recall_index_read_same(&run.index, o.same)) && recall_measure_originals(&run) &&
                (run.priv.sample == 0 || recall_private_build(&run.priv, &run.index)) &&
                recall_measure_edited(&run) && report(&run, &o);
    good = good && agrees(&run.of_edited);
    status = !good ? 2 : all_read(&run.index) ? 0 : 1;
    recall_private_free(&run.priv);
    recall_index_free(&run.index);
    return status;
}
