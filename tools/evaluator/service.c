/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "evaluator/service.h"

#include "cli/cli.h"
#include "evaluator/http_thread.h"
#include "evaluator/listen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

served *service_current(service *s)
{
    pthread_mutex_lock(&s->lock);
    served *now = served_hold(s->current);
    pthread_mutex_unlock(&s->lock);
    return now;
}

static void replace_current(service *s, served *fresh)
{
    pthread_mutex_lock(&s->lock);
    served *old = s->current;
    s->current = fresh;
    pthread_mutex_unlock(&s->lock);
    served_drop(&old);
}

static key_use *use_of(service *s, const uint8_t id[PHASH_KEY_ID_SIZE])
{
    key_use *use = s->uses;

    while (use != NULL && memcmp(use->id, id, sizeof use->id) != 0)
        use = use->next;
    if (use != NULL)
        return use;
    use = calloc(1, sizeof *use);
    if (use == NULL) {
        say("no memory");
        return NULL;
    }
    memcpy(use->id, id, sizeof use->id);
    use->next = s->uses;
    s->uses = use;
    return use;
}

static bool count_uses(service *s, served *fresh)
{
    for (unsigned i = 0; i < fresh->key_count; i++) {
        fresh->keys[i].use = use_of(s, fresh->keys[i].id);
        if (fresh->keys[i].use == NULL)
            return false;
    }
    return true;
}

static void free_uses(service *s)
{
    while (s->uses != NULL) {
        key_use *next = s->uses->next;
        free(s->uses);
        s->uses = next;
    }
}

static bool too_old(const service *s, const served_sets *sets)
{
    const uint64_t now = (uint64_t)time(NULL);

    for (size_t i = 0; sets != NULL && s->options->max_set_age != 0 && i < sets->count; i++)
        if (now > sets->all[i].created && now - sets->all[i].created > s->options->max_set_age)
            return true;
    return false;
}

const char *service_unready(service *s)
{
    const char *why = NULL;
    served *now = service_current(s);

    if (atomic_load(&s->draining))
        why = "stopping";
    else if (s->options->files.sets != NULL && now->sets == NULL)
        why = "sets are being verified";
    else if (too_old(s, now->sets))
        why = "a set is older than --max-set-age";
    served_drop(&now);
    return why;
}

bool service_reload(service *s)
{
    served *fresh = served_load(&s->options->files, true);

    if (fresh == NULL || !count_uses(s, fresh)) {
        served_drop(&fresh);
        atomic_fetch_add(&s->counts.reloads_failed, 1);
        return false;
    }
    replace_current(s, fresh);
    atomic_fetch_add(&s->counts.reloads, 1);
    return true;
}

/* Before anything can be evaluated: whoever reaches the service could spend what is the operator's to give. */
static bool may_be_anonymous(const service *s, bool local)
{
    const service_options *o = s->options;

    if (local || o->anonymous || o->files.credentials != NULL || o->credential_header != NULL)
        return true;
    say("--listen %s: other machines can reach this, and anybody could ask. Give --credentials FILE, or listen on "
        "127.0.0.1 behind a proxy; --anonymous if it is meant",
        o->listen);
    return false;
}

static bool start_listening(service *s)
{
    bool local;
    const int fd = listen_on(s->options->listen, &local);

    if (fd == -1)
        return false;
    if (!may_be_anonymous(s, local)) {
        close(fd);
        return false;
    }
    s->daemon = http_thread_start(s, fd);
    if (s->daemon == NULL) {
        say("cannot start the HTTP thread");
        close(fd);
        return false;
    }
    listen_say(fd, s->options->listen);
    return true;
}

bool service_start(service *s, const service_options *o, served *first)
{
    const pool_limits limits = {.threads = (unsigned)o->threads,
                                .queue = (unsigned)o->queue,
                                .wait = o->max_wait * SECOND,
                                .max_tokens = (uint32_t)o->max_elements};

    memset(s, 0, sizeof *s);
    s->options = o;
    pthread_mutex_init(&s->lock, NULL);
    s->current = first;
    if (!count_uses(s, first))
        return false;
    if (o->limits.refill != 0 && !meter_open(&s->budget, o->meter_file, &o->limits, (uint32_t)o->meter_flush))
        return false;
    if (phash_digester_new(&s->digester, PHASH_DIGEST_SHA256, NULL) != PHASH_OK) {
        say("no memory");
        return false;
    }
    s->slow = deadlines_start(&s->counts);
    s->workers = s->slow != NULL ? pool_start(&limits, &s->counts) : NULL;
    return s->workers != NULL && start_listening(s);
}

static void wait_a_tick(void)
{
    const struct timespec tick = {0, 10000000};

    nanosleep(&tick, NULL);
}

/* Wait while something is under way, but not for ever. */
static bool wait_until_idle(service *s, uint64_t until, const atomic_bool *hurry)
{
    while (atomic_load(&s->counts.in_flight) > 0) {
        if (now_ns() >= until || atomic_load(hurry))
            return false;
        wait_a_tick();
    }
    return true;
}

/* Connections that are open answer "Connection: close" from now on; those that are silent get a moment for a request
 * that may be on its way. */
static bool finish_requests(service *s, const atomic_bool *hurry)
{
    const uint64_t until = now_ns() + s->options->drain_timeout * SECOND;
    const uint64_t moment = now_ns() + (until - now_ns() < SECOND / 2 ? until - now_ns() : SECOND / 2);

    while (now_ns() < moment && atomic_load(&s->counts.connections) > 0 && !atomic_load(hurry))
        wait_a_tick();
    return wait_until_idle(s, until, hurry);
}

bool service_drain(service *s, const atomic_bool *hurry)
{
    const uint64_t listen_until = now_ns() + s->options->drain_delay * SECOND;
    bool good;

    atomic_store(&s->draining, true);
    while (now_ns() < listen_until && !atomic_load(hurry))
        wait_a_tick();
    http_thread_stop_accepting(s->daemon);
    good = finish_requests(s, hurry);
    if (!good)
        say("%" PRIuFAST32 " requests are cut off: they take longer than --drain-timeout",
            atomic_load(&s->counts.in_flight));
    pool_stop(&s->workers, !good); /* what waits is told that we are draining, */
    const atomic_bool patient = false;
    wait_until_idle(s, now_ns() + SECOND, &patient); /* and has a second to hear it */
    http_thread_stop(&s->daemon);
    if (s->budget != NULL && !meter_close(&s->budget))
        good = false;
    return good;
}

void service_free(service *s)
{
    pool_stop(&s->workers, true);
    http_thread_stop(&s->daemon);
    deadlines_stop(&s->slow);
    phash_digester_free(&s->digester);
    if (s->budget != NULL)
        meter_close(&s->budget);
    served_drop(&s->current);
    free_uses(s);
    pthread_mutex_destroy(&s->lock);
}
