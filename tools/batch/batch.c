/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "batch/batch.h"

#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 1024u
#define IDLE_MS 100 /* between looks for results while a stream keeps one waiting */
#define RESULTS_LATE_NS 50000000L /* for so long a finished result may wait for others */
#define HELD_MAX PICTURE_FILE_MAX /* bytes of inputs in memory that wait for their turn */

void batch_options_init(batch_options *o)
{
    memset(o, 0, sizeof *o);
    o->decode.struct_size = sizeof o->decode;
    o->jobs = default_jobs();
    watch_allow_questions();
}

void batch_options_free(batch_options *o)
{
    walk_options_free(&o->walk);
}

bool batch_take_option(batch_options *o, int option, const char *value)
{
    uint64_t number;

    if (walk_is_option(option))
        return walk_take_option(&o->walk, option, value);
    switch (option) {
    case 'E': return parse_orientation(&o->decode.orientation, value);
    case 'p': return parse_pipeline(&o->decode.pipeline, value);
    case 'F': return take_once(&o->files_from, "--files-from", value);
    case '0': o->zero = true; return true;
    case 'q': o->quiet = true; return true;
    case 'P': return parse_progress(&o->progress, value);
    case 'j':
        if (!parse_number(&number, "--jobs", value, 1, JOBS_MAX))
            return false;
        o->jobs = (uint32_t)number;
        o->jobs_given = true;
        return true;
    default: usage_error("unknown option"); return false;
    }
}

bool batch_start_sandbox(batch_options *o)
{
    const picture_wanted wanted = {.options = o->decode, .views = o->views, .dihedral = o->dihedral,
                                   .margins = !o->no_margins, .max_frames = o->max_frames};

    return sandbox_start(&o->sandbox, &o->confinement, &wanted, o->jobs);
}

/* A place in the ring: filled by the main thread, worked on by one worker, emptied by the main thread in order. */
typedef struct place {
    char *path;
    uint64_t file_size;
    uint64_t number;
    uint8_t *bytes; /* of the file, when it is in memory already */
    size_t bytes_size;
    bool unreadable; /* picture.why says why; nothing to read */
    bool done;
    scan_journal_input noted; /* with a journal */
    picture picture;
    outcome outcome;
    phash_hash *views;
    size_t n_views;
    size_t view_room;
} place;

typedef struct batch {
    const batch_options *options;
    const judge *judge;
    batch_fn done;
    void *user;
    pthread_mutex_t lock;
    pthread_cond_t work;   /* there is something to take, or no more will come */
    pthread_cond_t result; /* the awaited place is done */
    const place *awaited;  /* by the main thread; NULL: none */
    place *ring;
    uint64_t size;
    uint64_t head; /* next to hand out */
    uint64_t next; /* next to take */
    uint64_t tail; /* next to fill */
    bool closed;
    bool failed;
    watch watch;
    walker walker;
    uint64_t held; /* bytes of the inputs in the ring */
} batch;

/* The next place. With wait false, NULL unless there are enough for every other worker too: of a few large pictures
 * each is to have its share. */
static place *take(batch *b, bool wait)
{
    place *p = NULL;

    pthread_mutex_lock(&b->lock);
    while (wait && b->next == b->tail && !b->closed)
        pthread_cond_wait(&b->work, &b->lock);
    if (b->tail - b->next >= (wait ? 1 : b->options->jobs))
        p = &b->ring[b->next++ % b->size];
    pthread_mutex_unlock(&b->lock);
    return p;
}

/* The views stay behind in the reader: copy their hashes. False when memory is short. */
static bool keep_views(place *p, const picture_views *views)
{
    p->n_views = 0;
    if (views->n > p->view_room) {
        phash_hash *grown = realloc(p->views, views->n * sizeof *grown);
        if (grown == NULL)
            return false;
        p->views = grown;
        p->view_room = views->n;
    }
    for (size_t i = 0; i < views->n; i++)
        p->views[p->n_views++] = views->print[i].hash;
    return true;
}

/* What a worker works with. */
typedef struct workshop {
    batch *batch;
    bool ready; /* else memory was short */
    picture_reader reader;
    judge_worker judging;
    place *flying[PICTURES_IN_FLIGHT]; /* oldest first */
    size_t n;
} workshop;

static void workshop_init(workshop *w, batch *b)
{
    memset(w, 0, sizeof *w);
    w->batch = b;
    w->ready = picture_reader_init(&w->reader, &b->options->decode, b->options->views, b->options->dihedral,
                                   b->options->max_frames, b->options->sandbox) &&
               picture_reader_add_digests(&w->reader, b->options->digests);
    if (w->ready && b->judge != NULL)
        w->ready = judge_worker_init(&w->judging, b->judge);
}

/* Read a place; false when it is in flight now. */
static bool begin_place(workshop *w, place *p)
{
    scan_journal *journal = w->batch->options->journal;

    if (!w->ready) {
        p->picture.digests.known = 0;
        p->picture.readings = 0;
        p->picture.trouble = REASON_NO_MEMORY;
        snprintf(p->picture.why, sizeof p->picture.why, "not enough memory to begin");
        return true;
    }
    if (p->unreadable) {
        picture_read_nothing(&w->reader);
        return true;
    }
    if (p->bytes != NULL)
        return picture_begin_bytes(&w->reader, &p->picture, p->bytes, p->bytes_size);
    if (journal != NULL)
        return scan_journal_begin(journal, &p->noted, &w->reader, &p->picture, p->path);
    return picture_begin(&w->reader, &p->picture, p->path);
}

/* Wait for the oldest in flight. */
static place *finish_place(workshop *w)
{
    scan_journal *journal = w->batch->options->journal;
    place *p = w->flying[0];

    w->n--;
    memmove(w->flying, w->flying + 1, w->n * sizeof *w->flying);
    if (p->bytes == NULL && journal != NULL)
        scan_journal_finish(journal, &p->noted, &w->reader, &p->picture, p->path);
    else
        picture_finish(&w->reader, &p->picture);
    return p;
}

/* The place was read: judge it, and say that it is done. */
static void complete_place(workshop *w, place *p)
{
    batch *b = w->batch;

    p->n_views = 0;
    if (w->ready && b->options->keep_views && !keep_views(p, &w->reader.views)) {
        p->picture.readings = 0;
        p->picture.trouble = REASON_NO_MEMORY;
        snprintf(p->picture.why, sizeof p->picture.why, "not enough memory for its views");
    }
    if (b->judge != NULL) {
        outcome_reset(&p->outcome);
        if (w->ready)
            judge_picture(&w->judging, &p->outcome, &p->picture, &w->reader.views);
        else
            outcome_trouble(&p->outcome, REASON_NO_MEMORY, p->picture.why);
    }
    pthread_mutex_lock(&b->lock);
    p->done = true;
    if (p == b->awaited)
        pthread_cond_signal(&b->result);
    pthread_mutex_unlock(&b->lock);
}

static void *worker(void *argument)
{
    workshop w;
    place *p;

    workshop_init(&w, argument);
    do {
        p = NULL;
        if (w.n == 0 || (w.n < PICTURES_IN_FLIGHT && picture_may_begin(&w.reader)))
            p = take(w.batch, w.n == 0);
        if (p != NULL && !begin_place(&w, p)) {
            w.flying[w.n++] = p;
            continue;
        }
        if (p == NULL && w.n != 0)
            p = finish_place(&w);
        if (p != NULL)
            complete_place(&w, p);
    } while (p != NULL);
    judge_worker_clear(&w.judging);
    picture_reader_clear(&w.reader);
    return NULL;
}

static void empty_place(batch *b, place *p)
{
    b->held -= p->bytes_size;
    free(p->bytes);
    free(p->path);
    p->bytes = NULL;
    p->bytes_size = 0;
    p->path = NULL;
}

/* Hand out the oldest result, waiting for it. The place is empty afterwards. */
static bool hand_out(batch *b)
{
    place *p = &b->ring[b->head % b->size];
    batch_result result = {p->path, &p->picture, b->judge != NULL ? &p->outcome : NULL, NULL, 0};

    pthread_mutex_lock(&b->lock);
    b->awaited = p;
    while (!p->done)
        pthread_cond_wait(&b->result, &b->lock);
    b->awaited = NULL;
    pthread_mutex_unlock(&b->lock);
    result.views = p->views;
    result.n_views = p->n_views;
    result.number = p->number;
    watch_pause(&b->watch, p->picture.trouble != REASON_NONE);
    bool going = b->done(b->user, &result);
    watch_resume(&b->watch);
    atomic_fetch_add(&b->watch.counts.files, 1);
    atomic_fetch_add(&b->watch.counts.bytes, p->file_size);
    atomic_fetch_add(&b->watch.counts.matches, b->judge != NULL && p->outcome.verdict == VERDICT_MATCH);
    empty_place(b, p);
    b->head++;
    return going;
}

static bool head_is_done(batch *b)
{
    pthread_mutex_lock(&b->lock);
    bool ready = b->head != b->tail && b->ring[b->head % b->size].done;
    pthread_mutex_unlock(&b->lock);
    return ready;
}

static void hand_out_finished(void *user)
{
    batch *b = user;

    while (!b->failed && head_is_done(b))
        if (!hand_out(b))
            b->failed = true;
}

/* The ring is full: sleep until half of it is done, or for a moment. To wake up for every single result would cost a
 * small picture several changes of threads. */
static void wait_for_several(batch *b)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += RESULTS_LATE_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&b->lock);
    b->awaited = &b->ring[(b->head + b->size / 2) % b->size];
    while (!b->awaited->done && pthread_cond_timedwait(&b->result, &b->lock, &until) == 0)
        continue;
    b->awaited = NULL;
    pthread_mutex_unlock(&b->lock);
}

/* Make a place free, and room for the bytes of one more input. */
static bool make_room(batch *b, size_t size)
{
    if (!b->failed && b->tail - b->head == b->size && !head_is_done(b))
        wait_for_several(b);
    while (!b->failed && (b->tail - b->head == b->size || head_is_done(b) ||
                          (b->tail != b->head && b->held > HELD_MAX - size)))
        if (!hand_out(b))
            b->failed = true;
    return !b->failed && !atomic_load(&b->watch.stop);
}

static void fill_place(batch *b, place *p, const batch_input *input, uint64_t file_size)
{
    p->number = b->options->shard != NULL ? b->options->shard->walked : 0;
    p->done = false;
    p->file_size = file_size;
    p->bytes = input->bytes;
    p->bytes_size = input->size;
    b->held += input->size;
    p->unreadable = input->trouble != REASON_NONE;
    if (p->unreadable) {
        memset(&p->picture.info, 0, sizeof p->picture.info);
        memset(&p->picture.digests, 0, sizeof p->picture.digests);
        p->picture.readings = 0;
        p->picture.trouble = input->trouble;
        snprintf(p->picture.why, sizeof p->picture.why, "%s", input->why);
    }
}

static bool take_input(batch *b, const batch_input *input, uint64_t file_size)
{
    if (b->options->shard != NULL && !shard_takes(b->options->shard, input->path)) {
        free(input->bytes);
        return !atomic_load(&b->watch.stop);
    }
    const bool room = make_room(b, input->size);
    place *p = &b->ring[b->tail % b->size];
    if (room)
        p->path = strdup(input->path);
    if (!room || p->path == NULL) {
        if (room) {
            say("out of memory");
            b->failed = true;
        }
        free(input->bytes);
        return false;
    }
    fill_place(b, p, input, file_size);
    pthread_mutex_lock(&b->lock);
    b->tail++;
    pthread_cond_signal(&b->work);
    pthread_mutex_unlock(&b->lock);
    return true;
}

bool batch_submit(batch *b, batch_input input)
{
    return take_input(b, &input, input.size);
}

static bool submit(void *user, const char *path, const char *why)
{
    batch *b = user;
    const batch_input input = {.path = path, .trouble = why != NULL ? REASON_UNREADABLE : REASON_NONE, .why = why};

    return take_input(b, &input, b->walker.size);
}

bool batch_drain(batch *b)
{
    while (!b->failed && b->head != b->tail)
        if (!hand_out(b))
            b->failed = true;
    return !b->failed;
}

ptrdiff_t batch_read(batch *b, int fd, void *bytes, size_t size, bool answer_first)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = b->watch.stop_fd, .events = POLLIN}};
    ssize_t n = -1;

    if (answer_first && poll(fds, 1, 0) == 0 && !batch_drain(b))
        return 0;
    do {
        const int ready = poll(fds, 2, answer_first ? -1 : IDLE_MS);
        if (b->failed || atomic_load(&b->watch.stop))
            return 0;
        if (ready == 0)
            hand_out_finished(b);
        errno = EINTR; /* nothing was read so far */
        if (ready > 0 && fds[0].revents != 0)
            n = read(fd, bytes, size);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* What nobody has begun to read is given up. */
static void drop_waiting(batch *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->tail != b->next) {
        b->tail--;
        empty_place(b, &b->ring[b->tail % b->size]);
    }
    pthread_mutex_unlock(&b->lock);
}

static bool feed(batch *b, char **paths, size_t n)
{
    bool going = true;

    for (size_t i = 0; going && i < n; i++)
        going = walk_path(&b->walker, paths[i]);
    if (going && b->options->files_from != NULL)
        going = walk_names(&b->walker, b->options->files_from, b->options->zero);
    if (going && b->options->source != NULL)
        going = b->options->source(b->options->source_data, b, &b->walker.skipped) && !atomic_load(&b->watch.stop);
    if (!going && !b->failed && atomic_load(&b->watch.stop)) {
        b->walker.skipped.interrupted = true;
        drop_waiting(b);
    }
    (void)batch_drain(b);
    return (going || b->walker.skipped.interrupted) && !b->failed;
}

static void close_and_join(batch *b, pthread_t *threads, uint32_t started)
{
    pthread_mutex_lock(&b->lock);
    b->closed = true;
    if (b->failed)
        b->next = b->tail; /* leave what nobody will look at */
    pthread_cond_broadcast(&b->work);
    pthread_mutex_unlock(&b->lock);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (uint64_t i = 0; i < b->size; i++) {
        free(b->ring[i].path);
        free(b->ring[i].bytes);
        free(b->ring[i].views);
        outcome_free(&b->ring[i].outcome);
    }
}

static void begin_watch(batch *b, char **paths, size_t n)
{
    const batch_options *o = b->options;

    b->watch.mode = o->quiet ? PROGRESS_NONE : o->progress;
    b->watch.interruptible = o->interruptible;
    watch_begin(&b->watch);
    b->walker = (walker){.options = &o->walk, .visit = submit, .user = b, .idle = hand_out_finished,
                         .stop = &b->watch.stop, .stop_fd = b->watch.stop_fd};
    if (b->watch.mode != PROGRESS_NONE && o->files_from == NULL && o->source == NULL)
        atomic_store(&b->watch.forecast, forecast_new(paths, n, &o->walk));
}

static void init_monotonic(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool batch_run(const batch_options *o, char **paths, size_t n, const judge *j, walk_skipped *skipped, batch_fn done,
               void *user)
{
    batch b = {.options = o, .judge = j, .done = done, .user = user, .size = 12 * (uint64_t)o->jobs + 16};
    pthread_t *threads = calloc(o->jobs, sizeof *threads);
    uint32_t started = 0;
    bool good = false;

    b.ring = calloc(b.size, sizeof *b.ring);
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.work, NULL);
    init_monotonic(&b.result);
    begin_watch(&b, paths, n);
    if (b.ring != NULL && threads != NULL)
        while (started < o->jobs && pthread_create(&threads[started], NULL, worker, &b) == 0)
            started++;
    if (started == 0)
        say("cannot start a thread: memory is short");
    else
        good = feed(&b, paths, n);
    if (b.ring != NULL)
        close_and_join(&b, threads, started);
    watch_end(&b.watch);
    *skipped = b.walker.skipped;
    walker_clear(&b.walker);
    pthread_cond_destroy(&b.result);
    pthread_cond_destroy(&b.work);
    pthread_mutex_destroy(&b.lock);
    free(b.ring);
    free(threads);
    return good;
}
