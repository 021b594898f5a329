/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long, strdup */
#include "batch/batch.h"
#include "cli/cli.h"
#include "dedup/dedup_report.h"
#include "dedup/dup_groups.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: phash dedup [OPTION]... PATH...\n"
    "       phash dedup [OPTION]... --files-from FILE\n"
    "\n"
    "Find groups of near-duplicates among pictures; directories are walked to their end.\n"
    "Nothing is changed or deleted. The largest picture of a group stands first.\n"
    "\n"
    "  --radius N                 widest Hamming distance between near-duplicates, 0 to 63;\n"
    "                             default 31\n"
    "  --views none|flips|edits|all\n"
    "                             also compare what a picture was before it was turned or\n"
    "                             mirrored (flips), or trimmed, framed or rotated a little\n"
    "                             (edits); default all\n"
    "  --orientation apply|ignore|both\n"
    "                             look at pictures as EXIF turns them, as they are stored, or\n"
    "                             both ways (default)\n"
    "  --pipeline exact|luma|scaled\n"
    "                             how much of a JPEG is decoded: colours, the luminance only\n"
    "                             (default), or that at a smaller size\n"
    "  --format human|csv|jsonl   human: the groups; csv and jsonl: a record for every input\n"
    "  --files-from FILE          read more paths from FILE, one a line; - is stdin\n"
    "  -0                         paths in FILE end with a 0 byte\n"
    WALK_HELP
    "  -j, --jobs N               threads; default: all processors\n"
    "  --progress auto|json|none  on stderr: a line when that is a terminal (default), or a JSON\n"
    "                             object a second\n"
    "  --timeout SECONDS          stop the decoder of a file after this time; default 60\n"
    "  --no-sandbox               decode in this process, not in confined ones\n"
    "  --quiet                    no progress; human: no header and no summary\n"
    "  --help                     this text\n"
    "  --version                  version, decoders and kernels\n"
    "\n"
    "Exit status: 0 no near-duplicates, 1 some, 2 some input could not be compared, 64 usage.\n";

typedef struct dedup_run {
    batch_options batch;
    uint64_t radius;
    dedup_file *files;
    size_t n;
    size_t room;
    dedup_report report;
} dedup_run;

static dedup_file *next_file(dedup_run *run)
{
    if (run->n == run->room) {
        const size_t room = run->room != 0 ? 2 * run->room : 256;
        dedup_file *grown = realloc(run->files, room * sizeof *grown);
        if (grown == NULL)
            return NULL;
        run->files = grown;
        run->room = room;
    }
    memset(&run->files[run->n], 0, sizeof *run->files);
    return &run->files[run->n];
}

/* A picture whose hash says nothing is not compared, whatever its views are. */
static void describe(dedup_file *f, const picture *p)
{
    f->trouble = p->trouble;
    f->kind = p->info.kind;
    f->width = p->info.width;
    f->height = p->info.height;
    if (p->readings == 0)
        return;
    f->has_hash = true;
    f->quality = p->print[0].quality;
    f->hash = p->print[0].hash;
    if (f->quality < PHASH_QUALITY_MIN)
        f->trouble = REASON_LOW_QUALITY;
    else if ((p->print[0].flags & PHASH_FINGERPRINT_MEANINGLESS) != 0)
        f->trouble = REASON_MEANINGLESS;
}

static bool keep_result(void *user, const batch_result *result)
{
    dedup_run *run = user;
    const picture *p = result->picture;
    dedup_file *f = next_file(run);

    if (f == NULL) {
        say("out of memory");
        return false;
    }
    describe(f, p);
    f->path = strdup(result->path);
    if (p->trouble != REASON_NONE)
        f->why = strdup(p->why);
    if (f->trouble == REASON_NONE) {
        f->n_hashes = result->n_views;
        f->hashes = malloc(result->n_views * sizeof *f->hashes);
        if (f->hashes != NULL)
            memcpy(f->hashes, result->views, result->n_views * sizeof *f->hashes);
    }
    run->n++; /* so that it is freed in any case */
    if (f->path != NULL && (p->trouble == REASON_NONE || f->why != NULL) &&
        (f->trouble != REASON_NONE || f->hashes != NULL))
        return true;
    say("out of memory");
    return false;
}

/* Group those that can be compared; the others stay alone. */
static phash_status find_groups(dedup_run *run)
{
    dup_item *items = malloc((run->n + 1) * sizeof *items);
    size_t *files = malloc((run->n + 1) * sizeof *files);
    size_t n = 0;
    phash_status st = PHASH_E_NO_MEMORY;

    if (items != NULL && files != NULL) {
        for (size_t i = 0; i < run->n; i++) {
            const dedup_file *f = &run->files[i];
            if (f->trouble != REASON_NONE)
                continue;
            items[n] = (dup_item){.hashes = f->hashes, .n = f->n_hashes, .size = (uint64_t)f->width * f->height};
            files[n++] = i;
        }
        st = dup_groups(items, n, (uint32_t)run->radius);
    }
    for (size_t i = 0; st == PHASH_OK && i < n; i++) {
        run->files[files[i]].leader = files[items[i].group];
        run->files[files[i]].distance = items[i].distance;
    }
    free(items);
    free(files);
    return st;
}

/* Read the pictures; what decodes them is told in details. */
static bool read_all(dedup_run *run, text *details, walk_skipped *skipped, char **paths, size_t n)
{
    if (!batch_start_sandbox(&run->batch))
        return false;
    sandbox_describe(details, run->batch.sandbox);
    text_put_bytes(details, "", 1);
    const bool good = batch_run(&run->batch, paths, n, NULL, skipped, keep_result, run);
    sandbox_stop(&run->batch.sandbox);
    return good;
}

static bool run_all(dedup_run *run, text *details, char **paths, size_t n)
{
    walk_skipped skipped = {0};

    if (!read_all(run, details, &skipped, paths, n))
        return false;
    if (!text_ok(details)) {
        say("out of memory");
        return false;
    }
    phash_status st = find_groups(run);
    if (st != PHASH_OK) {
        say("cannot compare the pictures: %s", phash_status_string(st));
        return false;
    }
    run->report.pipeline = phash_pipeline_name(run->batch.decode.pipeline);
    run->report.views = views_name(run->batch.views);
    run->report.details = details->data;
    run->report.radius = (uint32_t)run->radius;
    run->report.quiet = run->batch.quiet;
    run->report.skipped = skipped;
    return dedup_report_write(&run->report, run->files, run->n);
}

static bool take_option(dedup_run *run, int option, const char *value)
{
    switch (option) {
    case 'r': return parse_number(&run->radius, "--radius", value, 0, PHASH_RADIUS_MAX);
    case 'v': return parse_views(&run->batch.views, value);
    case 'f': return parse_format(&run->report.format, value, 7);
    default: break;
    }
    if (sandbox_is_option(option))
        return sandbox_take_option(&run->batch.confinement, option, value);
    return batch_take_option(&run->batch, option, value);
}

/* -1 to go on, else the exit status. */
static int parse(dedup_run *run, int argc, char **argv)
{
    static const struct option options[] = {{"radius", required_argument, NULL, 'r'},
                                            {"views", required_argument, NULL, 'v'},
                                            {"format", required_argument, NULL, 'f'},
                                            SANDBOX_OPTIONS, BATCH_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, BATCH_SHORT, options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (option == '?')
            return usage_error("unknown option or missing value");
        if (!take_option(run, option, optarg))
            return EXIT_USAGE;
    }
    if (optind == argc && run->batch.files_from == NULL)
        return usage_error("no picture is named");
    return sandbox_settle(&run->batch.confinement) ? -1 : EXIT_USAGE;
}

int cmd_dedup(int argc, char **argv)
{
    dedup_run run = {.radius = PHASH_RADIUS_DEFAULT};

    batch_options_init(&run.batch);
    run.batch.decode.orientation = PHASH_ORIENTATION_BOTH;
    run.batch.decode.alpha = PHASH_ALPHA_BOTH;
    run.batch.decode.pipeline = PHASH_PIPELINE_LUMA;
    run.batch.views = PHASH_VIEWS_ALL;
    run.batch.keep_views = true;
    run.batch.no_margins = true;
    int status = parse(&run, argc, argv);
    if (status == -1) {
        text details = {0};
        const bool good = run_all(&run, &details, argv + optind, (size_t)(argc - optind));
        status = finish_stdout() && good ? dedup_exit_status(run.files, run.n) : EXIT_TROUBLE;
        text_free(&details);
    }
    for (size_t i = 0; i < run.n; i++) {
        free(run.files[i].path);
        free(run.files[i].why);
        free(run.files[i].hashes);
    }
    free(run.files);
    batch_options_free(&run.batch);
    return status;
}
