/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "measure.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double cpu_seconds(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double process_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double wall_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

double quantile(double *values, size_t n, double q)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, by_value);
    const double at = q * (double)(n - 1);
    const size_t low = (size_t)at;
    const size_t high = low + 1 < n ? low + 1 : low;
    return values[low] + (values[high] - values[low]) * (at - (double)low);
}

static void *grown(void *old, size_t size)
{
    void *memory = realloc(old, size);

    if (memory == NULL) {
        fprintf(stderr, "bench-throughput: out of memory\n");
        exit(2);
    }
    return memory;
}

void series_add(series *s, double value)
{
    if (s->n == s->room) {
        s->room = s->room * 2 + 64;
        s->values = grown(s->values, s->room * sizeof *s->values);
    }
    s->values[s->n++] = value;
}

void series_free(series *s)
{
    free(s->values);
    memset(s, 0, sizeof *s);
}

bool contents_read(contents *c, const char *path)
{
    struct stat info;
    bool good = false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    c->size = 0;
    if (fd < 0)
        return false;
    if (fstat(fd, &info) == 0 && info.st_size > 0) {
        if (c->room < (size_t)info.st_size) {
            c->room = (size_t)info.st_size;
            c->data = grown(c->data, c->room);
        }
        const ssize_t n = read(fd, c->data, (size_t)info.st_size);
        good = n == (ssize_t)info.st_size;
        c->size = good ? (size_t)n : 0;
    }
    close(fd);
    return good;
}

void contents_free(contents *c)
{
    free(c->data);
    memset(c, 0, sizeof *c);
}

static bool is_file(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool folder_list(folder *f, const char *path)
{
    const char *slash = strrchr(path, '/');
    DIR *directory = opendir(path);

    memset(f, 0, sizeof *f);
    f->name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    if (directory == NULL) {
        fprintf(stderr, "bench-throughput: %s: cannot be listed\n", path);
        return false;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const size_t size = strlen(path) + strlen(entry->d_name) + 2;
        char *name = grown(NULL, size);
        snprintf(name, size, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || !is_file(name)) {
            free(name);
            continue;
        }
        f->paths = grown(f->paths, (f->n + 1) * sizeof *f->paths);
        f->paths[f->n++] = name;
    }
    closedir(directory);
    if (f->n == 0) {
        fprintf(stderr, "bench-throughput: %s: no files\n", path);
        return false;
    }
    qsort(f->paths, f->n, sizeof *f->paths, by_name);
    return true;
}

void folder_free(folder *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->paths[i]);
    free(f->paths);
    memset(f, 0, sizeof *f);
}
