/* SPDX-License-Identifier: Apache-2.0 */
/* bench-throughput [--seconds S] [--jobs N] [--pipeline NAME]... FOLDER...
 * bench-throughput --once [--jobs N] [--pipeline NAME] [--views all|none] FOLDER...
 *
 * From files to hashes, beside the floor: decoding the same files in the same way and nothing else. The two are taken
 * in turns, picture by picture (with several threads, folder by folder), and what is told is the median of their
 * ratios: a machine that others use slows both alike. Each folder is one line and should hold pictures of one size.
 *
 * --once is the loop alone, each picture hashed one time: for scan_ratio.py. It tells its seconds elapsed and of the
 * processor itself: the start of this program, which loads OpenCV, is no part of the loop. */
#define _POSIX_C_SOURCE 200809L
#include "measure.h"
#include "opencv_hash.h"
#include "worker.h"

#include <phash/index.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_SIZE 100000u
#define RADIUS 31u
#define JOBS_MAX 256u
#define TURNS_MIN 5u /* of each picture, and of each crowd, however slow */
#define PIPELINES 3

static const char *const short_names[PIPELINES] = {"exact", "luma", "scaled"};

typedef struct settings {
    double seconds; /* for each line */
    uint32_t jobs;
    bool pipelines[PIPELINES];
    bool once;
    phash_views views; /* that --once computes */
} settings;

/* --- one thread --- */

typedef struct findings {
    series read, decode, hash, whole, floor, ratio, views, match;
    double megapixels; /* of the last picture; folders hold one size */
    size_t n_views;
} findings;

static void findings_free(findings *f)
{
    series *all[] = {&f->read, &f->decode, &f->hash, &f->whole, &f->floor, &f->ratio, &f->views, &f->match};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        series_free(all[i]);
}

/* Hash and floor of one picture. Who comes first changes from turn to turn: the second finds warmer caches. */
static void take_turn(findings *f, worker *w, const char *path, phash_pipeline pipeline, bool floor_first)
{
    stages times;
    double floor = 0;

    if (floor_first)
        floor = worker_floor(w, path, pipeline);
    worker_hash(w, &times, path, pipeline);
    if (!floor_first)
        floor = worker_floor(w, path, pipeline);
    const double whole = times.read + times.decode + times.hash;
    series_add(&f->read, times.read);
    series_add(&f->decode, times.decode);
    series_add(&f->hash, times.hash);
    series_add(&f->whole, whole);
    series_add(&f->floor, floor);
    series_add(&f->ratio, whole / floor);
    f->megapixels = w->pixels / 1e6;
}

/* What comes after the hash, on its own: a list of this size would push everything else out of the caches. */
static void measure_rest(findings *f, worker *w, const folder *files, phash_pipeline pipeline, const phash_index *list)
{
    const size_t n = files->n < 24 ? files->n : 24;
    stages times;
    size_t found;

    for (size_t i = 0; i < n; i++) {
        worker_hash(w, &times, files->paths[i], pipeline);
        series_add(&f->views, worker_views(w, &f->n_views));
        const double start = cpu_seconds();
        if (phash_index_range(list, NULL, 0, &found, &w->print.hash, RADIUS) == PHASH_E_ARGUMENT)
            exit(2);
        series_add(&f->match, cpu_seconds() - start);
    }
}

static double median_ms(series *s)
{
    return 1e3 * quantile(s->values, s->n, 0.5);
}

static void print_line(findings *f, const char *name, phash_pipeline pipeline)
{
    const double whole = median_ms(&f->whole);
    const double ratio = quantile(f->ratio.values, f->ratio.n, 0.5);
    const double low = quantile(f->ratio.values, f->ratio.n, 0.25);
    const double high = quantile(f->ratio.values, f->ratio.n, 0.75);

    printf("| %s | %s | %.3f | %.2f | %.3f | %.3f (%zu) | %.3f | %.2f | %.2f | **%.3f** (%.3f-%.3f) | %.1f | %.1f |\n",
           name, short_names[pipeline], median_ms(&f->read), median_ms(&f->decode), median_ms(&f->hash),
           median_ms(&f->views), f->n_views, median_ms(&f->match), whole, median_ms(&f->floor), ratio, low, high,
           1e3 / whole, 1e3 / whole * f->megapixels);
    fflush(stdout);
}

static void one_thread(const settings *s, const folder *files, phash_pipeline pipeline, const phash_index *list)
{
    findings f = {0};
    worker w;
    const double end = wall_seconds() + s->seconds;

    worker_init(&w);
    for (unsigned turn = 0; turn < TURNS_MIN || wall_seconds() < end; turn++)
        for (size_t i = 0; i < files->n && (turn < TURNS_MIN || wall_seconds() < end); i++)
            take_turn(&f, &w, files->paths[i], pipeline, turn % 2 != 0);
    measure_rest(&f, &w, files, pipeline, list);
    print_line(&f, files->name, pipeline);
    worker_clear(&w);
    findings_free(&f);
}

/* --- beside another library --- */

/* OpenCV on the same files, in turns with the exact pipeline: both decode all colours. */
static void beside_opencv(const settings *s, const folder *files)
{
    series decode = {0}, hash = {0}, ours = {0}, ratio = {0};
    const double end = wall_seconds() + s->seconds;
    stages times;
    worker w;

    worker_init(&w);
    for (unsigned turn = 0; turn < TURNS_MIN || wall_seconds() < end; turn++)
        for (size_t i = 0; i < files->n && (turn < TURNS_MIN || wall_seconds() < end); i++) {
            if (!worker_opencv(&w, &times, files->paths[i]))
                continue;
            const double theirs = times.decode + times.hash;
            series_add(&decode, times.decode);
            series_add(&hash, times.hash);
            worker_hash(&w, &times, files->paths[i], PHASH_PIPELINE_EXACT);
            series_add(&ours, times.decode + times.hash);
            series_add(&ratio, (times.decode + times.hash) / theirs);
        }
    printf("| %s | %.2f | %.3f | %.2f | **%.3f** (%.3f-%.3f) |\n", files->name, median_ms(&decode), median_ms(&hash),
           median_ms(&ours), quantile(ratio.values, ratio.n, 0.5), quantile(ratio.values, ratio.n, 0.25),
           quantile(ratio.values, ratio.n, 0.75));
    fflush(stdout);
    worker_clear(&w);
    series *all[] = {&decode, &hash, &ours, &ratio};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        series_free(all[i]);
}

static void compare_opencv(const settings *s, const folder *folders, size_t n)
{
    const char *name = opencv_hash_name();

    if (name == NULL) {
        printf("\nSKIP: no comparison with OpenCV's img_hash, which is not built in (Debian: libopencv-contrib-dev)\n");
        return;
    }
    printf("\n%s, imdecode and img_hash's pHash (64 bits), one thread; processor milliseconds, medians, without "
           "reading:\n\n| folder | imdecode | pHash | libphash exact | libphash / OpenCV (quartiles) |\n"
           "|---|---|---|---|---|\n", name);
    for (size_t i = 0; i < n; i++)
        beside_opencv(s, &folders[i]);
}

/* --- several threads --- */

/* Threads that share the pictures of a folder. */
typedef struct crowd {
    const folder *files;
    phash_pipeline pipeline;
    phash_views views;
    bool floor;
    size_t end;
    atomic_size_t next;
} crowd;

typedef struct member {
    crowd *crowd;
    worker worker;
    pthread_t thread;
} member;

static void *work(void *argument)
{
    member *m = argument;
    crowd *c = m->crowd;
    stages times;
    size_t i;

    while ((i = atomic_fetch_add(&c->next, 1)) < c->end) {
        const char *path = c->files->paths[i % c->files->n];
        if (c->floor)
            (void)worker_floor(&m->worker, path, c->pipeline);
        else if (c->views != PHASH_VIEWS_NONE)
            worker_hash_views(&m->worker, path, c->pipeline, c->views);
        else
            worker_hash(&m->worker, &times, path, c->pipeline);
    }
    return NULL;
}

/* Seconds on the wall until `jobs` threads have gone through c->end pictures. */
static double crowd_seconds(crowd *c, member *members, uint32_t jobs, bool floor)
{
    const double start = wall_seconds();

    c->floor = floor;
    atomic_store(&c->next, 0);
    for (uint32_t i = 0; i < jobs; i++) {
        members[i].crowd = c;
        if (pthread_create(&members[i].thread, NULL, work, &members[i]) != 0) {
            fprintf(stderr, "bench-throughput: cannot start a thread\n");
            exit(2);
        }
    }
    for (uint32_t i = 0; i < jobs; i++)
        pthread_join(members[i].thread, NULL);
    return wall_seconds() - start;
}

static void all_threads(const settings *s, const folder *files, phash_pipeline pipeline)
{
    crowd c = {.files = files, .pipeline = pipeline, .end = files->n < 4 * s->jobs ? 4 * s->jobs : files->n};
    series alone = {0}, together = {0}, speedup = {0}, floor_speedup = {0}, ratio = {0};
    member *members = calloc(s->jobs, sizeof *members);
    const double end = wall_seconds() + s->seconds;

    if (members == NULL)
        exit(2);
    for (uint32_t i = 0; i < s->jobs; i++)
        worker_init(&members[i].worker);
    for (unsigned turn = 0; turn < TURNS_MIN || wall_seconds() < end; turn++) {
        const double one = crowd_seconds(&c, members, 1, false);
        const double many = crowd_seconds(&c, members, s->jobs, false);
        const double floor_many = crowd_seconds(&c, members, s->jobs, true);
        const double floor_one = crowd_seconds(&c, members, 1, true);
        series_add(&alone, one);
        series_add(&together, many);
        series_add(&speedup, one / many);
        series_add(&floor_speedup, floor_one / floor_many);
        series_add(&ratio, many / floor_many);
    }
    const double pictures = (double)c.end;
    const double rate = pictures / quantile(together.values, together.n, 0.5);
    printf("| %s | %s | %.1f | %.1f | %.1f | **%.2f** (%.2f-%.2f) | %.2f | %.3f |\n", files->name,
           short_names[pipeline], pictures / quantile(alone.values, alone.n, 0.5), rate,
           rate * members[0].worker.pixels / 1e6,
           quantile(speedup.values, speedup.n, 0.5), quantile(speedup.values, speedup.n, 0.25),
           quantile(speedup.values, speedup.n, 0.75), quantile(floor_speedup.values, floor_speedup.n, 0.5),
           quantile(ratio.values, ratio.n, 0.5));
    fflush(stdout);
    for (uint32_t i = 0; i < s->jobs; i++)
        worker_clear(&members[i].worker);
    free(members);
    series *all[] = {&alone, &together, &speedup, &floor_speedup, &ratio};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        series_free(all[i]);
}

/* --- the loop and nothing else --- */

static void hash_once(const settings *s, const folder *files)
{
    crowd c = {.files = files, .pipeline = PHASH_PIPELINE_EXACT, .views = s->views, .end = files->n};
    member *members = calloc(s->jobs, sizeof *members);

    if (members == NULL)
        exit(2);
    for (int p = 0; p < PIPELINES; p++)
        if (s->pipelines[p])
            c.pipeline = (phash_pipeline)p;
    for (uint32_t i = 0; i < s->jobs; i++)
        worker_init(&members[i].worker);
    const double before = process_cpu_seconds();
    const double elapsed = crowd_seconds(&c, members, s->jobs, false);
    printf("%.6f %.6f\n", elapsed, process_cpu_seconds() - before);
    for (uint32_t i = 0; i < s->jobs; i++)
        worker_clear(&members[i].worker);
    free(members);
}

/* --- the program --- */

/* Random hashes from a fixed seed (xorshift64*; G. Marsaglia 2003, S. Vigna 2016). */
static phash_index *random_list(void)
{
    phash_hash *hashes = calloc(LIST_SIZE, sizeof *hashes);
    phash_index *list = NULL;
    uint64_t state = 88172645463325252u;

    if (hashes == NULL)
        exit(2);
    for (size_t i = 0; i < LIST_SIZE; i++)
        for (size_t k = 0; k < PHASH_HASH_SIZE; k++) {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            hashes[i].bytes[k] = (uint8_t)(state * 2685821657736338717u >> 56);
        }
    if (phash_index_new(&list, hashes, LIST_SIZE, NULL) != PHASH_OK)
        exit(2);
    free(hashes);
    return list;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: bench-throughput [--seconds S] [--jobs N] [--pipeline exact|luma|scaled]... FOLDER...\n"
            "       bench-throughput --once [--jobs N] [--pipeline exact|luma|scaled] [--views all|none] FOLDER...\n"
            "Hashes the pictures of each folder for S seconds (default 5), beside decoding them and nothing else.\n");
    return 64;
}

static bool take_option(settings *s, const char *name, const char *value)
{
    char *end;

    if (strcmp(name, "--pipeline") == 0) {
        for (int i = 0; i < PIPELINES; i++)
            if (strcmp(value, short_names[i]) == 0)
                return s->pipelines[i] = true;
        return false;
    }
    if (strcmp(name, "--views") == 0) {
        s->views = strcmp(value, "all") == 0 ? PHASH_VIEWS_ALL : PHASH_VIEWS_NONE;
        return s->once && (s->views == PHASH_VIEWS_ALL || strcmp(value, "none") == 0);
    }
    const double number = strtod(value, &end);
    if (*end != '\0' || !(number >= 0 && number <= 86400))
        return false;
    if (strcmp(name, "--seconds") == 0)
        s->seconds = number;
    else if (strcmp(name, "--jobs") == 0 && number >= 1 && number <= JOBS_MAX)
        s->jobs = (uint32_t)number;
    else
        return false;
    return true;
}

static void print_header(const settings *s)
{
    worker w;

    worker_init(&w);
    printf("libphash %s, kernels %s, %s; %u processors\n", phash_version(), phash_hasher_kernels(w.hasher),
           phash_codec_description(), (unsigned)s->jobs);
    worker_clear(&w);
}

static void run(const settings *s, const folder *folders, size_t n)
{
    phash_index *list = random_list();

    print_header(s);
    printf("\nOne thread; processor milliseconds of a picture, medians:\n\n"
           "| folder | pipeline | read | decode | hash | views (n) | match | whole | floor | whole / floor (quartiles) "
           "| pictures/s | MP/s |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++)
        for (int p = 0; p < PIPELINES; p++)
            if (s->pipelines[p])
                one_thread(s, &folders[i], (phash_pipeline)p, list);
    compare_opencv(s, folders, n);
    if (s->jobs > 1)
        printf("\n%u threads; time on the wall:\n\n"
               "| folder | pipeline | pictures/s, one thread | pictures/s | MP/s | over one thread (quartiles) "
               "| floor over one thread | whole / floor |\n|---|---|---|---|---|---|---|---|\n", (unsigned)s->jobs);
    for (size_t i = 0; s->jobs > 1 && i < n; i++)
        for (int p = 0; p < PIPELINES; p++)
            if (s->pipelines[p])
                all_threads(s, &folders[i], (phash_pipeline)p);
    phash_index_free(&list);
}

int main(int argc, char **argv)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    settings s = {.seconds = 5, .jobs = online < 1 ? 1 : online > (long)JOBS_MAX ? JOBS_MAX : (uint32_t)online};
    int i = 1;

    if (argc > 1 && strcmp(argv[1], "--once") == 0)
        s.once = true;
    i += s.once ? 1 : 0;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2)
        if (!take_option(&s, argv[i], argv[i + 1]))
            return usage();
    const size_t n = (size_t)(argc - i);
    if (n == 0 || strncmp(argv[i], "--", 2) == 0)
        return usage();
    if (!s.pipelines[0] && !s.pipelines[1] && !s.pipelines[2])
        s.pipelines[0] = s.pipelines[1] = s.pipelines[2] = true;
    folder *folders = calloc(n, sizeof *folders);
    bool good = folders != NULL;
    for (size_t k = 0; good && k < n; k++)
        good = folder_list(&folders[k], argv[i + (int)k]);
    if (good && !s.once)
        run(&s, folders, n);
    for (size_t k = 0; good && s.once && k < n; k++)
        hash_once(&s, &folders[k]);
    for (size_t k = 0; folders != NULL && k < n; k++)
        folder_free(&folders[k]);
    free(folders);
    return good ? 0 : 2;
}
