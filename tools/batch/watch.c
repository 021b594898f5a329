/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "batch/watch.h"

#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHOW_EVERY_NS 100000000L /* 10 Hz */
#define JSON_EVERY_S 1

bool parse_progress(progress_mode *out, const char *value)
{
    static const char *const words[] = {"auto", "json", "none"};

    for (int i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            *out = (progress_mode)i;
            return true;
        }
    usage_error("--progress takes auto, json or none, not '%s'", value);
    return false;
}

/* A moment of the run. */
typedef struct moment {
    uint64_t files;
    uint64_t matches;
    uint64_t bytes;
    uint64_t total_files;
    uint64_t total_bytes;
    bool total_known;
    double seconds;
    double left; /* seconds; below 0: not known */
} moment;

static moment look(watch *w)
{
    struct timespec now;
    moment m = {atomic_load(&w->counts.files), atomic_load(&w->counts.matches), atomic_load(&w->counts.bytes),
                .left = -1};

    clock_gettime(CLOCK_MONOTONIC, &now);
    m.seconds = (double)(now.tv_sec - w->begun.tv_sec) + (double)(now.tv_nsec - w->begun.tv_nsec) * 1e-9;
    const forecast *f = atomic_load(&w->forecast);
    m.total_known = f != NULL && forecast_get(f, &m.total_files, &m.total_bytes);
    /* files may have grown or gone since: then there is no telling */
    if (m.total_known && m.bytes != 0 && m.bytes <= m.total_bytes)
        m.left = m.seconds * (double)(m.total_bytes - m.bytes) / (double)m.bytes;
    return m;
}

static void put_line(const moment *m)
{
    fprintf(stderr, "%" PRIu64 " files, %" PRIu64 " matches, %.1f MB, %.0f/s", m->files, m->matches,
            (double)m->bytes * 1e-6, m->seconds > 0 ? (double)m->files / m->seconds : 0);
    if (m->total_known)
        fprintf(stderr, ", of %" PRIu64 " files, %.1f MB", m->total_files, (double)m->total_bytes * 1e-6);
    if (m->left >= 0) {
        unsigned long left = (unsigned long)(m->left + 0.5);
        fprintf(stderr, ", %lu:%02lu:%02lu left", left / 3600, left / 60 % 60, left % 60);
    }
}

static void put_json(const moment *m)
{
    fprintf(stderr,
            "{\"type\":\"progress\",\"files\":%" PRIu64 ",\"matches\":%" PRIu64 ",\"bytes\":%" PRIu64
            ",\"seconds\":%.3f",
            m->files, m->matches, m->bytes, m->seconds);
    if (m->total_known)
        fprintf(stderr, ",\"total_files\":%" PRIu64 ",\"total_bytes\":%" PRIu64, m->total_files, m->total_bytes);
    if (m->left >= 0)
        fprintf(stderr, ",\"seconds_left\":%.1f", m->left);
    fputs("}\n", stderr);
}

static void hide(watch *w)
{
    if (w->shown)
        fputs("\r\033[K", stderr);
    w->shown = false;
}

/* While a record is written, which may wait for whoever reads it, the watching thread has to stay awake for signals: it
 * never waits for the lock. */
static bool try_hide(watch *w)
{
    if (pthread_mutex_trylock(&w->lock) != 0)
        return false;
    if (w->mode == PROGRESS_AUTO)
        hide(w);
    return true;
}

static void show(watch *w)
{
    moment m = look(w);

    if (!try_hide(w))
        return; /* the next time will do */
    if (w->mode == PROGRESS_JSON)
        put_json(&m);
    else
        put_line(&m);
    w->shown = w->mode == PROGRESS_AUTO;
    fflush(stderr);
    pthread_mutex_unlock(&w->lock);
}

/* What SIGUSR1 asks for, also where no progress is shown. */
static void show_once(watch *w)
{
    moment m = look(w);
    bool locked = try_hide(w);

    if (w->mode == PROGRESS_JSON) {
        put_json(&m);
    } else {
        put_line(&m);
        fputs("\n", stderr);
    }
    fflush(stderr);
    if (locked)
        pthread_mutex_unlock(&w->lock);
}

/* From now on a second signal of the kind ends the program: it is no longer held back in this thread. */
static void interrupt(watch *w)
{
    sigset_t set;

    sigemptyset(&set);
    if (sigismember(&w->signals, SIGINT))
        sigaddset(&set, SIGINT);
    if (sigismember(&w->signals, SIGTERM))
        sigaddset(&set, SIGTERM);
    atomic_store(&w->stop, true);
    if (w->stop_pipe[1] >= 0)
        (void)!write(w->stop_pipe[1], "", 1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    bool locked = try_hide(w);
    say("interrupted: finishing the files under way; a second signal ends at once");
    if (locked)
        pthread_mutex_unlock(&w->lock);
}

static void *run(void *argument)
{
    watch *w = argument;
    sigset_t set = w->signals;
    struct timespec every = {w->mode == PROGRESS_JSON ? JSON_EVERY_S : 0,
                             w->mode == PROGRESS_JSON ? 0 : SHOW_EVERY_NS};

    while (!atomic_load(&w->ending)) {
        int got = w->mode == PROGRESS_NONE ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &every);
        if (atomic_load(&w->ending))
            break;
        if (got == SIGINT || got == SIGTERM) {
            sigdelset(&set, SIGINT);
            sigdelset(&set, SIGTERM);
            interrupt(w);
        } else if (got == SIGUSR1) {
            show_once(w);
        } else if (got < 0 && w->mode != PROGRESS_NONE) {
            show(w);
        }
    }
    return NULL;
}

static void do_nothing(int signal_number)
{
    (void)signal_number;
}

void watch_allow_questions(void)
{
    struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
}

static bool is_ignored(int signal_number)
{
    struct sigaction now;

    return sigaction(signal_number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void watch_begin(watch *w)
{
    if (w->mode == PROGRESS_AUTO && !isatty(STDERR_FILENO))
        w->mode = PROGRESS_NONE;
    w->shares_terminal = w->mode == PROGRESS_AUTO && isatty(STDOUT_FILENO);
    clock_gettime(CLOCK_MONOTONIC, &w->begun);
    pthread_mutex_init(&w->lock, NULL);
    if (pipe(w->stop_pipe) != 0)
        w->stop_pipe[0] = w->stop_pipe[1] = -1;
    w->stop_fd = w->stop_pipe[0];
    sigemptyset(&w->signals);
    sigaddset(&w->signals, SIGUSR1);
    if (w->interruptible && !is_ignored(SIGINT))
        sigaddset(&w->signals, SIGINT);
    if (w->interruptible && !is_ignored(SIGTERM))
        sigaddset(&w->signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &w->signals, &w->before);
    w->started = pthread_create(&w->thread, NULL, run, w) == 0;
    if (!w->started)
        pthread_sigmask(SIG_SETMASK, &w->before, NULL);
}

void watch_pause(watch *w, bool message)
{
    pthread_mutex_lock(&w->lock);
    if (!w->shares_terminal && !message)
        return;
    hide(w);
    fflush(stderr);
}

void watch_resume(watch *w)
{
    pthread_mutex_unlock(&w->lock);
}

void watch_end(watch *w)
{
    atomic_store(&w->ending, true);
    if (w->started) {
        pthread_kill(w->thread, SIGUSR1); /* held back there, so it only wakes it */
        pthread_join(w->thread, NULL);
    }
    if (w->mode == PROGRESS_JSON)
        show(w);
    hide(w);
    fflush(stderr);
    forecast *f = atomic_load(&w->forecast);
    forecast_free(&f);
    if (w->started)
        pthread_sigmask(SIG_SETMASK, &w->before, NULL);
    if (w->stop_pipe[0] >= 0) {
        close(w->stop_pipe[0]);
        close(w->stop_pipe[1]);
    }
    pthread_mutex_destroy(&w->lock);
}
