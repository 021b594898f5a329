/* SPDX-License-Identifier: Apache-2.0 */
/* phash-evaluator: the service behind private matching. */
#define _GNU_SOURCE /* sigtimedwait beside C11 names */
#include "cli/cli.h"
#include "evaluator/evaluator_options.h"
#include "evaluator/service.h"
#include "evaluator/supervisor.h"
#include "keys/locked_memory.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define OTHER_DESCRIPTORS 1100u /* sets (at most 1000), the meter, the listening socket */

/* Descriptors for all connections, and for what else is open. */
static bool enough_descriptors(uint64_t connections)
{
    struct rlimit limit;
    const rlim_t wanted = (rlim_t)connections + OTHER_DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
        return true;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted) {
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            return true;
    }
    say("--max-connections %" PRIu64 ": this process may have only %ju files open; raise the limit (LimitNOFILE= of "
        "systemd, ulimit -n), or give a smaller number",
        connections, (uintmax_t)limit.rlim_max);
    return false;
}

/* All threads inherit this: signals reach the main thread only, when it asks for them. */
static void block_signals(sigset_t *all)
{
    sigemptyset(all);
    sigaddset(all, SIGTERM);
    sigaddset(all, SIGINT);
    sigaddset(all, SIGHUP);
    pthread_sigmask(SIG_BLOCK, all, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static atomic_bool hurry;

/* While it drains: the second signal means at once. */
static void *watch_for_hurry(void *user)
{
    const sigset_t *all = user;
    int signal_number;

    while (sigwait(all, &signal_number) == 0)
        if (signal_number != SIGHUP) {
            atomic_store(&hurry, true);
            break;
        }
    return NULL;
}

static void reload(service *s)
{
    supervisor_say("RELOADING=1");
    if (service_reload(s))
        say("keys, credentials and sets are read again");
    else
        say("the keys, credentials and sets of before stay in use");
    supervisor_say("READY=1");
}

static bool stop(service *s, sigset_t *all)
{
    pthread_t watcher;
    const bool watched = pthread_create(&watcher, NULL, watch_for_hurry, all) == 0;

    say("stopping");
    supervisor_say("STOPPING=1");
    const bool good = service_drain(s, &hurry);
    if (watched) {
        pthread_kill(watcher, SIGTERM); /* so that it ends, if it still waits */
        pthread_join(watcher, NULL);
    }
    say("stopped");
    return good;
}

static bool serve(service *s, sigset_t *all)
{
    int signal_number = 0;

    if (s->options->files.sets != NULL && !service_reload(s))
        return false;
    supervisor_say("READY=1");
    say("ready");
    while (sigwait(all, &signal_number) == 0) {
        if (signal_number != SIGHUP)
            break;
        reload(s);
    }
    return stop(s, all);
}

int main(int argc, char **argv)
{
    service_options options;
    service s;
    sigset_t all;
    int status;

    say_from("phash-evaluator");
    if (!no_core_dumps()) {
        say("core dumps cannot be turned off, and one would hold the key");
        return EXIT_TROUBLE;
    }
    if (!evaluator_options_read(&options, &status, argc, argv))
        return status;
    if (!enough_descriptors(options.max_connections))
        return EXIT_TROUBLE;
    served *first = served_load(&options.files, false); /* may ask at the terminal, where Ctrl-C must work */
    if (first == NULL)
        return EXIT_TROUBLE;
    options.files.may_ask = false;
    block_signals(&all);
    const bool good = service_start(&s, &options, first) && serve(&s, &all);
    service_free(&s);
    secret_free(options.files.asked);
    return good ? EXIT_CLEAN : EXIT_TROUBLE;
}
