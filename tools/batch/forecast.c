/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "batch/forecast.h"

#include "walk/walk.h"

#include <pthread.h>
#include <stdlib.h>

struct forecast {
    char **paths;
    size_t n;
    walker walker;
    uint64_t files;
    uint64_t bytes;
    atomic_bool stop;
    atomic_bool known;
    pthread_t thread;
};

static bool add_up(void *user, const char *path, const char *why)
{
    forecast *f = user;

    (void)path, (void)why;
    f->files++;
    f->bytes += f->walker.size;
    return true;
}

static void *run(void *argument)
{
    forecast *f = argument;
    bool going = true;

    for (size_t i = 0; going && i < f->n; i++)
        going = walk_path(&f->walker, f->paths[i]);
    atomic_store(&f->known, going);
    return NULL;
}

forecast *forecast_new(char **paths, size_t n, const walk_options *options)
{
    forecast *f = calloc(1, sizeof *f);

    if (f == NULL)
        return NULL;
    f->paths = paths;
    f->n = n;
    f->walker = (walker){.options = options, .visit = add_up, .user = f, .stop = &f->stop, .stop_fd = -1};
    atomic_init(&f->stop, false);
    atomic_init(&f->known, false);
    if (pthread_create(&f->thread, NULL, run, f) == 0)
        return f;
    free(f);
    return NULL;
}

bool forecast_get(const forecast *f, uint64_t *files, uint64_t *bytes)
{
    if (!atomic_load(&f->known))
        return false;
    *files = f->files;
    *bytes = f->bytes;
    return true;
}

void forecast_free(forecast **f)
{
    if (*f == NULL)
        return;
    atomic_store(&(*f)->stop, true);
    pthread_join((*f)->thread, NULL);
    walker_clear(&(*f)->walker);
    free(*f);
    *f = NULL;
}
