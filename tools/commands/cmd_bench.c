/* SPDX-License-Identifier: Apache-2.0 */
/* How fast this machine hashes: the pictures that are named, or generated ones. */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h" /* print_version */
#include "cli/cli.h"
#include "cli/file_io.h"
#include "cli/text_out.h"
#include "walk/walk.h"

#include <phash/hash.h>
#include <phash/image.h>

#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define JOBS_MAX 1024u
#define FILE_SIZE_MAX ((uint64_t)512 << 20)
#define GENERATED 8u /* pictures */
#define GENERATED_SIDE 512u
#define PIPELINES 3

static const char help[] =
    "Usage: phash bench [OPTION]... [PATH]...\n"
    "\n"
    "Measure how many pictures this machine hashes in a second, with one thread and with\n"
    "all. Pictures are those named, directories to their end; without PATH they are\n"
    "generated bitmaps of 512 x 512, and nothing is read or decoded.\n"
    "\n"
    "  --pipeline exact|luma|scaled\n"
    "                             only this one; default: one after the other\n"
    "  --views none|flips|edits|all\n"
    "                             hash views of each picture too (default none)\n"
    "  --seconds N                length of each measurement (default 2); whole passes over\n"
    "                             the pictures are made, at least one; 0: only one\n"
    "  -j, --jobs N               threads of the second measurement; default: all processors\n"
    "  --format human|jsonl       output format\n"
    "  --quiet                    say nothing about pictures that cannot be hashed\n"
    "  --help                     this text\n"
    "  --version                  version, decoders and kernels\n"
    "\n"
    "Exit status: 0 all were hashed, 2 some were not (they are left out), 64 usage.\n";

static const char *const short_names[PIPELINES] = {"exact", "luma", "scaled"};
static const char *const view_names[] = {"none", "flips", "edits", "all"};

/* What is hashed, over and over. */
typedef struct pictures {
    char **paths; /* NULL: generated */
    size_t n;
    uint8_t *bitmaps; /* generated ones, GENERATED_SIDE squared x 3 bytes each */
} pictures;

typedef struct stage_times {
    double read;
    double decode;
    double hash;
    double views;
} stage_times;

typedef struct bench {
    output_format format;
    uint32_t jobs;
    uint64_t seconds;
    int pipeline; /* -1: all */
    phash_views views;
    bool quiet;
    pictures pictures;
    uint64_t failed;
    bool out_of_memory;
    text line;
} bench;

/* One measurement: threads draw tickets until the pass is over in which the time was up. */
typedef struct measurement {
    const bench *bench;
    phash_pipeline pipeline;
    pthread_mutex_t lock;
    uint64_t ticket;
    struct timespec begun;
    double elapsed; /* when the last picture was done */
    stage_times times;
    uint64_t images;
    uint64_t bytes;
    double pixels;
    bool failed;
    char why[256];
} measurement;

/* One thread's. */
typedef struct runner {
    measurement *measurement;
    phash_decoder *decoder;
    phash_hasher *hasher;
    phash_fingerprint *prints; /* PHASH_VIEWS_MAX */
    file_buffer file;
    stage_times times;
    uint64_t images;
    uint64_t bytes;
    double pixels;
    char why[256];
    pthread_t thread;
} runner;

static double since(const struct timespec *from)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

/* Seconds of processor time of the calling thread: what other programs do does not count. */
static double busy(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- one picture --- */

/* Smooth noise, as alike as nothing else is to photographs: a sum of waves whose phases differ from picture to picture,
 * in integers. */
static void generate(uint8_t *out, uint32_t number)
{
    for (uint32_t y = 0; y < GENERATED_SIDE; y++)
        for (uint32_t x = 0; x < GENERATED_SIDE; x++)
            for (uint32_t c = 0; c < 3; c++) {
                const uint32_t a = (x * (3 + number) + y * 2 + c * 40) & 511;
                const uint32_t b = (x * 5 + y * (7 + number)) & 1023;
                const uint32_t wave = (a < 256 ? a : 511 - a) + (b < 512 ? b : 1023 - b) / 2;
                *out++ = (uint8_t)((wave + (x * y * (number + 1) >> 9 & 63)) * 255 / 575);
            }
}

static bool load(runner *r, phash_bitmap *bitmap, uint64_t ticket, phash_pipeline pipeline)
{
    const pictures *p = &r->measurement->bench->pictures;
    const phash_decode_options options = {.struct_size = sizeof options, .pipeline = pipeline};
    phash_image_info info = {0};
    phash_diag diag = {""};

    /* As the pipeline would hand them over: grey ones are the first third of the bytes. */
    if (p->paths == NULL) {
        const bool grey = pipeline != PHASH_PIPELINE_EXACT;
        const size_t row = (size_t)GENERATED_SIDE * (grey ? 1 : 3);
        *bitmap = (phash_bitmap){p->bitmaps + (ticket % p->n) * GENERATED_SIDE * GENERATED_SIDE * 3, GENERATED_SIDE,
                                 GENERATED_SIDE, row, grey ? PHASH_PIXELS_GREY : PHASH_PIXELS_RGB};
        r->pixels += (double)GENERATED_SIDE * GENERATED_SIDE;
        return true;
    }
    const double start = busy();
    if (file_read(&r->file, r->why, sizeof r->why, p->paths[ticket % p->n], FILE_SIZE_MAX) != FILE_OK)
        return false;
    const double read = busy();
    phash_status st = phash_decoder_read(r->decoder, &info, &diag, r->file.data, r->file.size, &options);
    if (st == PHASH_OK)
        st = phash_decoder_reading(r->decoder, bitmap, NULL, 0);
    r->times.read += read - start;
    r->times.decode += busy() - read;
    r->bytes += r->file.size;
    r->pixels += (double)info.width * info.height;
    if (st != PHASH_OK)
        snprintf(r->why, sizeof r->why, "%s", diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    return st == PHASH_OK;
}

static bool hash_one(runner *r, uint64_t ticket)
{
    uint32_t ids[PHASH_VIEWS_MAX];
    phash_bitmap bitmap;
    size_t n;

    if (!load(r, &bitmap, ticket, r->measurement->pipeline))
        return false;
    const double start = busy();
    phash_status st = phash_hasher_run(r->hasher, r->prints, &bitmap, PHASH_SCALING_512);
    const double hashed = busy();
    r->times.hash += hashed - start;
    if (st == PHASH_OK && r->measurement->bench->views != PHASH_VIEWS_NONE) {
        st = phash_hasher_views(r->hasher, r->prints, ids, &n, PHASH_VIEWS_MAX, &bitmap, PHASH_SCALING_512,
                                r->measurement->bench->views);
        r->times.views += busy() - hashed;
    }
    if (st != PHASH_OK)
        snprintf(r->why, sizeof r->why, "%s", phash_status_string(st));
    r->images++;
    return st == PHASH_OK;
}

static bool runner_init(runner *r, measurement *m)
{
    memset(r, 0, sizeof *r);
    r->measurement = m;
    r->prints = calloc(PHASH_VIEWS_MAX, sizeof *r->prints);
    return r->prints != NULL && phash_decoder_new(&r->decoder, NULL) == PHASH_OK &&
           phash_hasher_new(&r->hasher, 0, NULL) == PHASH_OK;
}

static void runner_clear(runner *r)
{
    phash_decoder_free(&r->decoder);
    phash_hasher_free(&r->hasher);
    file_buffer_free(&r->file, true);
    free(r->prints);
}

/* --- which pictures --- */

typedef struct collector {
    bench *bench;
    runner runner;
} collector;

/* Hash each once: what fails is told and left out, and the rest is in the page cache afterwards. */
static bool take_picture(void *user, const char *path, const char *why)
{
    collector *c = user;
    bench *b = c->bench;
    pictures *p = &b->pictures;

    char **paths = realloc(p->paths, (p->n + 1) * sizeof *paths);
    if (paths != NULL)
        p->paths = paths;
    char *copy = paths != NULL ? strdup(path) : NULL;
    if (copy == NULL) {
        b->out_of_memory = true;
        return false;
    }
    p->paths[p->n++] = copy;
    if (why == NULL && hash_one(&c->runner, p->n - 1))
        return true;
    free(p->paths[--p->n]);
    b->failed++;
    if (!b->quiet)
        say("%s: %s", path, why != NULL ? why : c->runner.why);
    return true;
}

static bool collect(bench *b, char **paths, size_t n)
{
    measurement m = {.bench = b, .pipeline = b->pipeline < 0 ? PHASH_PIPELINE_EXACT : (phash_pipeline)b->pipeline};
    collector c = {.bench = b};
    const walk_options all = {.all_links = true};
    walker w = {.options = &all, .visit = take_picture, .user = &c};

    b->out_of_memory = !runner_init(&c.runner, &m);
    for (size_t i = 0; !b->out_of_memory && i < n; i++)
        (void)walk_path(&w, paths[i]);
    walker_clear(&w);
    runner_clear(&c.runner);
    if (b->out_of_memory)
        say("out of memory");
    else if (b->pictures.n == 0)
        say("no picture that can be hashed is named");
    return !b->out_of_memory && b->pictures.n != 0;
}

static bool make_pictures(bench *b)
{
    const size_t size = (size_t)GENERATED_SIDE * GENERATED_SIDE * 3;

    b->pictures.n = GENERATED;
    b->pictures.bitmaps = malloc(GENERATED * size);
    if (b->pictures.bitmaps == NULL) {
        say("out of memory");
        return false;
    }
    for (uint32_t i = 0; i < GENERATED; i++)
        generate(b->pictures.bitmaps + i * size, i);
    return true;
}

/* --- measuring --- */

/* False when the measurement is over. */
static bool draw(measurement *m, uint64_t *ticket)
{
    pthread_mutex_lock(&m->lock);
    const bool pass_begins = m->ticket % m->bench->pictures.n == 0;
    const bool over = m->failed ||
                      (pass_begins && m->ticket != 0 && since(&m->begun) >= (double)m->bench->seconds);
    *ticket = m->ticket;
    m->ticket += !over;
    pthread_mutex_unlock(&m->lock);
    return !over;
}

static void *run(void *argument)
{
    runner *r = argument;
    measurement *m = r->measurement;
    bool good = true;

    for (uint64_t ticket; good && draw(m, &ticket);)
        good = hash_one(r, ticket);
    pthread_mutex_lock(&m->lock);
    if (!good) {
        m->failed = true;
        memcpy(m->why, r->why, sizeof m->why);
    }
    m->elapsed = since(&m->begun);
    m->times.read += r->times.read;
    m->times.decode += r->times.decode;
    m->times.hash += r->times.hash;
    m->times.views += r->times.views;
    m->images += r->images;
    m->bytes += r->bytes;
    m->pixels += r->pixels;
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

/* False after a message. */
static bool measure(measurement *m, uint32_t jobs)
{
    runner *runners = calloc(jobs, sizeof *runners);
    uint32_t started = 0;
    bool ready = runners != NULL;

    pthread_mutex_init(&m->lock, NULL);
    for (uint32_t i = 0; ready && i < jobs; i++)
        ready = runner_init(&runners[i], m);
    clock_gettime(CLOCK_MONOTONIC, &m->begun);
    while (ready && started < jobs && pthread_create(&runners[started].thread, NULL, run, &runners[started]) == 0)
        started++;
    if (started < jobs) { /* those that did start stop at once */
        pthread_mutex_lock(&m->lock);
        m->failed = true;
        pthread_mutex_unlock(&m->lock);
    }
    for (uint32_t i = 0; i < started; i++)
        pthread_join(runners[i].thread, NULL);
    if (started < jobs)
        say("cannot start %" PRIu32 " threads: memory is short", jobs);
    else if (m->failed)
        say("a picture that could be hashed before cannot any more: %s", m->why);
    for (uint32_t i = 0; runners != NULL && i < jobs; i++)
        runner_clear(&runners[i]);
    free(runners);
    pthread_mutex_destroy(&m->lock);
    return !m->failed;
}

/* --- output --- */

static bool print_text(bench *b)
{
    if (!text_ok(&b->line)) {
        say("out of memory");
        return false;
    }
    fwrite(b->line.data, 1, b->line.size, stdout);
    fflush(stdout);
    text_clear(&b->line);
    return ferror(stdout) == 0;
}

static bool print_header(bench *b)
{
    const bool generated = b->pictures.paths == NULL;
    const char *decoders = phash_codec_description();
    phash_hasher *hasher = NULL;
    text *t = &b->line;

    if (phash_hasher_new(&hasher, 0, NULL) != PHASH_OK) {
        say("out of memory");
        return false;
    }
    const char *kernels = phash_hasher_kernels(hasher); /* static, it outlives the hasher */
    phash_hasher_free(&hasher);
    if (b->format == FORMAT_JSONL) {
        text_printf(t, "{\"type\":\"header\",\"tool\":\"phash\",\"version\":\"%s\",\"command\":\"bench\""
                    ",\"kernels\":\"%s\",\"decoders\":", PHASH_VERSION_STRING, kernels);
        text_json_string(t, decoders, strlen(decoders));
        text_printf(t, ",\"pictures\":%zu,\"generated\":%s,\"views\":\"%s\",\"processors\":%" PRIu32 "}\n",
                    b->pictures.n, generated ? "true" : "false", view_names[b->views], default_jobs());
    } else {
        text_printf(t, "phash %s, kernels %s, %s\n%zu %s, views: %s, %" PRIu32 " processors\n\n", PHASH_VERSION_STRING,
                    kernels, decoders, b->pictures.n, generated ? "generated bitmaps of 512 x 512" : "pictures",
                    view_names[b->views], default_jobs());
        text_put(t, "                                         milliseconds a picture\n"
                    "pipeline  threads  pictures/s     MP/s    read  decode    hash   views\n");
    }
    return print_text(b);
}

static void put_stage(text *t, bool json, const char *name, bool measured, double seconds, uint64_t images)
{
    const double ms = seconds * 1e3 / (double)images;

    if (json && measured)
        text_printf(t, "\"%s\":%.6f", name, ms);
    else if (json)
        text_printf(t, "\"%s\":null", name);
    else if (measured)
        text_printf(t, "%8.3f", ms);
    else
        text_put(t, "       -");
}

static bool print_result(bench *b, const measurement *m, uint32_t jobs)
{
    const bool json = b->format == FORMAT_JSONL;
    const bool files = b->pictures.paths != NULL;
    const double rate = (double)m->images / m->elapsed;
    const double megapixels = m->pixels / 1e6 / m->elapsed;
    text *t = &b->line;

    if (json)
        text_printf(t, "{\"type\":\"result\",\"pipeline\":\"%s\",\"threads\":%" PRIu32 ",\"pictures\":%" PRIu64
                    ",\"bytes\":%" PRIu64 ",\"seconds\":%.6f,\"pictures_per_second\":%.3f"
                    ",\"megapixels_per_second\":%.3f,\"milliseconds\":{", phash_pipeline_name(m->pipeline), jobs,
                    m->images, m->bytes, m->elapsed, rate, megapixels);
    else
        text_printf(t, "%-8s %8" PRIu32 " %11.1f %8.1f", short_names[m->pipeline], jobs, rate, megapixels);
    put_stage(t, json, "read", files, m->times.read, m->images);
    text_put(t, json ? "," : "");
    put_stage(t, json, "decode", files, m->times.decode, m->images);
    text_put(t, json ? "," : "");
    put_stage(t, json, "hash", true, m->times.hash, m->images);
    text_put(t, json ? "," : "");
    put_stage(t, json, "views", b->views != PHASH_VIEWS_NONE, m->times.views, m->images);
    text_put(t, json ? "}}\n" : "\n");
    return print_text(b);
}

static bool print_summary(bench *b)
{
    if (b->format == FORMAT_JSONL)
        text_printf(&b->line, "{\"type\":\"summary\",\"pictures\":%zu,\"failed\":%" PRIu64 "}\n", b->pictures.n,
                    b->failed);
    else if (b->failed != 0)
        text_printf(&b->line, "\nleft out because they cannot be hashed: %" PRIu64 "\n", b->failed);
    return print_text(b);
}

static bool measure_all(bench *b)
{
    const uint32_t jobs[2] = {1, b->jobs};

    for (int p = 0; p < PIPELINES; p++)
        for (int k = 0; k < (b->jobs > 1 ? 2 : 1); k++) {
            measurement m = {.bench = b, .pipeline = (phash_pipeline)p};
            /* generated bitmaps are grey in both of the others */
            if (b->pipeline < 0 ? b->pictures.paths == NULL && p == PHASH_PIPELINE_SCALED : b->pipeline != p)
                continue;
            if (!measure(&m, jobs[k]) || !print_result(b, &m, jobs[k]))
                return false;
        }
    return true;
}

/* --- options --- */

static int index_of(const char *const *names, int n, const char *option, const char *value)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], value) == 0)
            return i;
    usage_error("%s does not take '%s'", option, value);
    return -1;
}

static bool take_option(bench *b, int option, const char *value)
{
    uint64_t number;
    int i;

    switch (option) {
    case 'f': return parse_format(&b->format, value, 1u << FORMAT_HUMAN | 1u << FORMAT_JSONL);
    case 'p': return (b->pipeline = index_of(short_names, PIPELINES, "--pipeline", value)) >= 0;
    case 'v':
        i = index_of(view_names, (int)(sizeof view_names / sizeof *view_names), "--views", value);
        if (i >= 0)
            b->views = (phash_views)i;
        return i >= 0;
    case 's': return parse_number(&b->seconds, "--seconds", value, 0, 86400);
    case 'q': return b->quiet = true;
    case 'j':
        if (!parse_number(&number, "--jobs", value, 1, JOBS_MAX))
            return false;
        b->jobs = (uint32_t)number;
        return true;
    default: usage_error("unknown option or missing value"); return false;
    }
}

int cmd_bench(int argc, char **argv)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'}, {"pipeline", required_argument, NULL, 'p'},
        {"views", required_argument, NULL, 'v'},  {"seconds", required_argument, NULL, 's'},
        {"jobs", required_argument, NULL, 'j'},   {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},         {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0}};
    bench b = {.format = FORMAT_HUMAN, .jobs = default_jobs(), .seconds = 2, .pipeline = -1};
    int option;

    while ((option = getopt_long(argc, argv, "j:", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (!take_option(&b, option, optarg))
            return EXIT_USAGE;
    }
    if (b.jobs > JOBS_MAX)
        b.jobs = JOBS_MAX;
    bool good = optind == argc ? make_pictures(&b) : collect(&b, argv + optind, (size_t)(argc - optind));
    good = good && print_header(&b) && measure_all(&b) && print_summary(&b);
    for (size_t i = 0; b.pictures.paths != NULL && i < b.pictures.n; i++)
        free(b.pictures.paths[i]);
    free(b.pictures.paths);
    free(b.pictures.bitmaps);
    text_free(&b.line);
    good = finish_stdout() && good;
    return good && b.failed == 0 ? EXIT_CLEAN : EXIT_TROUBLE;
}
