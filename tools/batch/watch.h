/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that watches over a run: it shows progress on stderr, and takes the signals meant for the whole program.
 *
 * SIGINT and SIGTERM end an interruptible run early: what is under way is finished. A second one ends the program at
 * once. Those that were ignored when the program began stay ignored. SIGUSR1 prints a line of progress. */
#ifndef PHASH_TOOLS_WATCH_H
#define PHASH_TOOLS_WATCH_H

#include "batch/forecast.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** What is shown of a run. */
typedef enum progress_mode {
    PROGRESS_AUTO, /* a line that changes, when stderr is a terminal */
    PROGRESS_JSON, /* a JSON object a second */
    PROGRESS_NONE
} progress_mode;

/** Counts of a run; the watching thread reads them at any time. */
typedef struct watch_counts {
    atomic_uint_fast64_t files;
    atomic_uint_fast64_t matches;
    atomic_uint_fast64_t bytes;
} watch_counts;

typedef struct watch {
    watch_counts counts;
    atomic_bool stop; /* set by SIGINT or SIGTERM */
    int stop_fd;      /* readable once stop is set; -1 without pipes */
    progress_mode mode;
    bool interruptible;
    bool shares_terminal; /* records go to the terminal too */
    _Atomic(forecast *) forecast; /* NULL: no total is known; watch_end frees it */
    /* below is the watching thread's and watch.c's own */
    atomic_bool ending;
    pthread_t thread;
    bool started;
    bool shown; /* under lock: there is a line of progress on the terminal */
    pthread_mutex_t lock;
    sigset_t signals;
    sigset_t before;
    int stop_pipe[2];
    struct timespec begun;
} watch;

/** From now on SIGUSR1 does not end the program, whether it is watched over or not. */
void watch_allow_questions(void);

/** Read --progress auto|json|none; false after a message. */
bool parse_progress(progress_mode *out, const char *value);

/** Begin; call it before other threads are started, which then leave the signals to the watching thread. w->mode and
 *  w->interruptible are set, all else is zero. Where no thread can be started nothing is shown and signals do what they
 *  do by default. */
void watch_begin(watch *w);

/** Around the writing of a record: the line of progress makes room for it, or for a message about it. */
void watch_pause(watch *w, bool message);
void watch_resume(watch *w);

/** End: take the line of progress away, and give signals back their meaning. */
void watch_end(watch *w);

#endif
