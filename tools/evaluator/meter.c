/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getrandom, strnlen */
#include "evaluator/meter.h"

#include "cli/cli.h"
#include "evaluator/meter_db.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define HEADS 16384u
#define WHY_SIZE 256
#define CLOCK_SET_MS 2000u /* a step of the time of day that is no drift */

typedef struct entry {
    struct entry *next;
    token_bucket bucket;
    bool dirty;  /* changed since it was last copied for writing */
    bool stored; /* has a row in the file */
    char credential[];
} entry;

struct meter {
    pthread_mutex_t lock;     /* over all that follows */
    pthread_mutex_t flushing; /* taken before lock; who has it may free entries */
    pthread_cond_t wake;
    pthread_t flusher;
    bool has_flusher;
    bool stop;
    bool hurry;   /* flush now, to make room */
    bool broken;  /* the last flush failed */
    bool stalled; /* told that flushing takes too long */
    bool crowded; /* told that there are too many credentials */
    char why[WHY_SIZE];
    bucket_rule rule;
    meter_clock clock;
    meter_db *db; /* NULL: in memory only */
    uint64_t flush_ms;
    uint64_t seed;
    bool unwritten, writing; /* there are grants that wait to be written, that are being written, */
    uint64_t unwritten_at;   /* the oldest of them made at */
    uint64_t writing_at;
    uint64_t clock_gap; /* wall minus running at the last flush */
    meter_counts counts;
    entry *heads[HEADS];
};

static uint64_t now_of(const meter *m)
{
    return m->clock.running_ms(m->clock.user);
}

static bool is_credential(const char *id)
{
    return id != NULL && id[0] != '\0' && strnlen(id, METER_CREDENTIAL_MAX + 1) <= METER_CREDENTIAL_MAX;
}

/* FNV-1a from a start that nobody else knows. */
static entry **place_of(meter *m, const char *id)
{
    uint64_t h = m->seed;

    for (const char *p = id; *p != '\0'; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    h ^= h >> 32;
    entry **at = &m->heads[(h * UINT64_C(0x9e3779b97f4a7c15) >> 40) % HEADS];
    while (*at != NULL && strcmp((*at)->credential, id) != 0)
        at = &(*at)->next;
    return at;
}

/* The entry of a credential, a new one with a full bucket if there is none. NULL when there is no room. */
static entry *entry_of(meter *m, const char *id, uint64_t now)
{
    entry **at = place_of(m, id);
    const size_t size = strlen(id) + 1;

    if (*at != NULL || m->counts.credentials >= METER_CREDENTIALS_MAX)
        return *at;
    entry *e = calloc(1, sizeof *e + size);
    if (e == NULL)
        return NULL;
    memcpy(e->credential, id, size);
    e->bucket.at_ms = now;
    *at = e;
    m->counts.credentials++;
    return e;
}

/* How long the oldest grant has been waiting to be in the file. */
static uint64_t unwritten_age(const meter *m, uint64_t now)
{
    if (m->db == NULL || (!m->writing && !m->unwritten))
        return 0;
    const uint64_t since = m->writing ? m->writing_at : m->unwritten_at;
    return now > since ? now - since : 0;
}

/* May anything be granted? */
static bool is_working(meter *m, uint64_t now)
{
    if (m->broken)
        return false; /* told when it broke */
    if (unwritten_age(m, now) <= 2 * m->flush_ms)
        return true;
    if (!m->stalled)
        say("meter: the last %" PRIu64 " s are not on disk yet; nothing is granted until they are",
            unwritten_age(m, now) / 1000);
    m->stalled = true;
    return false;
}

/* Once until there is room again: full buckets leave with the flush that this asks for. */
static void tell_crowded(meter *m)
{
    if (m->crowded)
        return;
    say("meter: no room for another credential beside %" PRIu32 "; others get an error until some have their full "
        "budget again",
        m->counts.credentials);
    m->crowded = true;
    m->hurry = true;
    pthread_cond_broadcast(&m->wake);
}

static meter_answer take_locked(meter *m, const char *credential, uint64_t elements, uint64_t *wait_ms)
{
    const uint64_t now = now_of(m);

    if (!is_credential(credential) || !is_working(m, now))
        return METER_FAILED;
    entry *e = entry_of(m, credential, now);
    if (e == NULL) {
        tell_crowded(m);
        return METER_FAILED;
    }
    if (!bucket_take(&e->bucket, &m->rule, now, elements, wait_ms))
        return METER_SPENT;
    e->dirty = true;
    if (!m->unwritten) {
        m->unwritten = true;
        m->unwritten_at = now;
    }
    return METER_GRANTED;
}

meter_answer meter_take(meter *m, const char *credential, uint64_t elements, uint64_t *retry_seconds)
{
    uint64_t wait_ms = 0;

    pthread_mutex_lock(&m->lock);
    const meter_answer answer = take_locked(m, credential, elements, &wait_ms);
    switch (answer) {
    case METER_GRANTED:
        m->counts.granted++;
        m->counts.granted_elements += elements;
        break;
    case METER_SPENT:
        m->counts.spent++;
        m->counts.spent_elements += elements;
        break;
    case METER_FAILED: m->counts.failed++; break;
    }
    pthread_mutex_unlock(&m->lock);
    if (retry_seconds != NULL)
        *retry_seconds = answer == METER_GRANTED ? 0 : wait_ms / 1000 + 1;
    return answer;
}

void meter_give_back(meter *m, const char *credential, uint64_t elements)
{
    if (!is_credential(credential))
        return;
    pthread_mutex_lock(&m->lock);
    entry *e = *place_of(m, credential);
    if (e != NULL) {
        bucket_put_back(&e->bucket, &m->rule, elements);
        e->dirty = true;
        m->counts.returned_elements += elements;
    }
    pthread_mutex_unlock(&m->lock);
}

void meter_totals(meter *m, meter_counts *out)
{
    pthread_mutex_lock(&m->lock);
    *out = m->counts;
    const uint64_t now = now_of(m);
    out->unwritten_ms = unwritten_age(m, now);
    out->persistent = m->db != NULL;
    out->working = is_working(m, now);
    pthread_mutex_unlock(&m->lock);
}

/* What one flush writes: entries as they were when it began. */
typedef struct flush_copy {
    entry **entries;
    meter_row *rows;
    size_t n;
    size_t n_rows; /* those of full buckets without a row are left out */
} flush_copy;

/* The time of day was set: stamps in the file are to be renewed. */
static bool clock_was_set(meter *m, uint64_t gap)
{
    const uint64_t step = gap - m->clock_gap; /* modulo 2^64, as it may be negative */
    const bool was = step + CLOCK_SET_MS > 2 * CLOCK_SET_MS;

    if (was)
        m->clock_gap = gap;
    return was;
}

/* Copy what is to be written; full buckets too, for they can go. */
static bool copy_locked(meter *m, flush_copy *c)
{
    const uint64_t now = now_of(m);
    const uint64_t wall = m->clock.wall_ms(m->clock.user);

    memset(c, 0, sizeof *c);
    const size_t room = m->counts.credentials != 0 ? m->counts.credentials : 1;
    c->entries = malloc(room * sizeof *c->entries);
    c->rows = malloc(room * sizeof *c->rows);
    if (c->entries == NULL || c->rows == NULL)
        return false;
    const bool all = clock_was_set(m, wall - now);
    for (size_t h = 0; h < HEADS; h++)
        for (entry *e = m->heads[h]; e != NULL; e = e->next) {
            bucket_age(&e->bucket, &m->rule, now);
            const uint64_t missing = bucket_missing(&e->bucket, &m->rule);
            if (!e->dirty && !all && missing != 0)
                continue;
            c->entries[c->n++] = e;
            if (missing != 0 || e->stored)
                c->rows[c->n_rows++] = (meter_row){e->credential, missing, wall, now, m->clock.boot};
            e->dirty = false;
            e->stored = e->stored || missing != 0; /* from here on there may be a row */
        }
    m->writing = m->unwritten;
    m->writing_at = m->unwritten_at;
    m->unwritten = false;
    return true;
}

static void remove_full(meter *m, const flush_copy *c)
{
    for (size_t i = 0; i < c->n; i++) {
        entry *e = c->entries[i];
        if (e->dirty || e->bucket.missing != 0)
            continue;
        *place_of(m, e->credential) = e->next;
        free(e);
        m->counts.credentials--;
        m->crowded = false;
    }
}

static void flush_succeeded(meter *m, const flush_copy *c)
{
    if (m->broken || m->stalled)
        say("meter: written again");
    m->broken = m->stalled = false;
    m->why[0] = '\0';
    m->writing = false;
    m->counts.flushes++;
    remove_full(m, c);
}

static void flush_failed(meter *m, const flush_copy *c, const char *why)
{
    if (!m->broken || strcmp(why, m->why) != 0)
        say("meter: cannot be written: %s; nothing is granted until it can", why);
    m->broken = true;
    memcpy(m->why, why, sizeof m->why);
    m->counts.flush_failures++;
    for (size_t i = 0; i < c->n; i++)
        c->entries[i]->dirty = true;
    if (m->writing) {
        m->unwritten = true;
        m->unwritten_at = m->writing_at;
        m->writing = false;
    }
}

bool meter_flush(meter *m)
{
    flush_copy copy;
    char why[WHY_SIZE] = "out of memory";

    pthread_mutex_lock(&m->flushing);
    pthread_mutex_lock(&m->lock);
    bool good = copy_locked(m, &copy);
    pthread_mutex_unlock(&m->lock);
    /* without the lock: grants go on while the disk works */
    if (good && m->db != NULL && copy.n_rows != 0)
        good = meter_db_write(m->db, copy.rows, copy.n_rows, why, sizeof why);
    pthread_mutex_lock(&m->lock);
    if (good)
        flush_succeeded(m, &copy);
    else
        flush_failed(m, &copy, why);
    pthread_mutex_unlock(&m->lock);
    free(copy.entries);
    free(copy.rows);
    pthread_mutex_unlock(&m->flushing);
    return good;
}

/* Wait for the next flush; true when it is the last. */
static bool wait_for_interval(meter *m)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(m->flush_ms / 1000);
    pthread_mutex_lock(&m->lock);
    while (!m->stop && !m->hurry && pthread_cond_timedwait(&m->wake, &m->lock, &until) == 0)
        ;
    const bool stop = m->stop;
    m->hurry = false;
    pthread_mutex_unlock(&m->lock);
    return stop;
}

static void *flush_at_intervals(void *user)
{
    meter *m = user;

    while (!wait_for_interval(m))
        meter_flush(m);
    return NULL;
}

/* Signals are the service's business, so this thread gets none. */
static bool start_flusher(meter *m)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    m->has_flusher = pthread_create(&m->flusher, NULL, flush_at_intervals, m) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!m->has_flusher)
        say("meter: cannot start a thread");
    return m->has_flusher;
}

/* How long ago a row was written. While the machine runs that does not depend on the time of day; after a restart of
 * it there is nothing else, and a row from the future is one of now. */
static uint64_t age_of(const meter *m, const meter_row *row, uint64_t now)
{
    const bool same = m->clock.boot[0] != '\0' && strcmp(row->boot, m->clock.boot) == 0;
    const uint64_t then = same ? row->running_ms : row->wall_ms;
    const uint64_t current = same ? now : m->clock.wall_ms(m->clock.user);

    return current > then ? current - then : 0;
}

static bool restore(void *user, const meter_row *row)
{
    meter *m = user;
    const uint64_t now = now_of(m);
    entry *e = is_credential(row->credential) ? entry_of(m, row->credential, now) : NULL;

    if (e == NULL) {
        say("meter: more than %u credentials in its file, or an id that is none, or out of memory",
            METER_CREDENTIALS_MAX);
        return false;
    }
    e->bucket = bucket_restored(&m->rule, row->missing, age_of(m, row, now), now);
    e->dirty = true; /* with a stamp of this clock, or its row removed */
    e->stored = true;
    return true;
}

static meter *meter_new(const bucket_rule *rule, uint32_t flush_seconds, const meter_clock *clock)
{
    pthread_condattr_t monotonic;
    meter *m = calloc(1, sizeof *m);

    if (m == NULL)
        return NULL;
    pthread_mutex_init(&m->lock, NULL);
    pthread_mutex_init(&m->flushing, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&m->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    m->rule = *rule;
    m->clock = *clock;
    m->flush_ms = (uint64_t)flush_seconds * 1000;
    m->clock_gap = clock->wall_ms(clock->user) - now_of(m);
    if (getrandom(&m->seed, sizeof m->seed, GRND_NONBLOCK) != (ssize_t)sizeof m->seed)
        m->seed = clock->wall_ms(clock->user) ^ (uintptr_t)m;
    return m;
}

static void meter_free(meter **m)
{
    for (size_t h = 0; h < HEADS; h++)
        while ((*m)->heads[h] != NULL) {
            entry *e = (*m)->heads[h];
            (*m)->heads[h] = e->next;
            free(e);
        }
    pthread_cond_destroy(&(*m)->wake);
    pthread_mutex_destroy(&(*m)->lock);
    pthread_mutex_destroy(&(*m)->flushing);
    free(*m);
    *m = NULL;
}

bool meter_open_clocked(meter **out, const char *path, const meter_limits *limits, uint32_t flush_seconds,
                        const meter_clock *clock)
{
    bucket_rule rule;

    if (!bucket_rule_from(&rule, limits) || flush_seconds < 1 || flush_seconds > METER_FLUSH_MAX) {
        say("meter: a limit or the flush interval is out of range");
        return false;
    }
    meter *m = meter_new(&rule, flush_seconds, clock);
    if (m == NULL) {
        say("meter: out of memory");
        return false;
    }
    /* The flush at once tells whether the file can be written at all, before anything is granted. */
    bool good = path == NULL ||
                (meter_db_open(&m->db, path) && meter_db_read(m->db, restore, m) && meter_flush(m));
    if (good && start_flusher(m)) {
        *out = m;
        return true;
    }
    meter_db_close(&m->db);
    meter_free(&m);
    return false;
}

bool meter_open(meter **out, const char *path, const meter_limits *limits, uint32_t flush_seconds)
{
    meter_clock clock;

    meter_clock_system(&clock);
    return meter_open_clocked(out, path, limits, flush_seconds, &clock);
}

bool meter_close(meter **m)
{
    if (m == NULL || *m == NULL)
        return true;
    pthread_mutex_lock(&(*m)->lock);
    (*m)->stop = true;
    pthread_cond_broadcast(&(*m)->wake);
    pthread_mutex_unlock(&(*m)->lock);
    pthread_join((*m)->flusher, NULL);
    bool good = meter_flush(*m);
    good = meter_db_close(&(*m)->db) && good;
    meter_free(m);
    return good;
}
