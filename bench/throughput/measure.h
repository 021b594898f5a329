/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks, medians and folders of files. */
#ifndef PHASH_BENCH_MEASURE_H
#define PHASH_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Seconds of processor time of the calling thread: other programs on the machine disturb it least. */
double cpu_seconds(void);

/** Processor time of all threads of this program so far. */
double process_cpu_seconds(void);

/** Seconds of a clock on the wall. */
double wall_seconds(void);

/** The value below which a share q of n values lie, 0 when there are none; sorts them. 0.5 is the median. */
double quantile(double *values, size_t n, double q);

/** The values of one quantity. */
typedef struct series {
    double *values;
    size_t n;
    size_t room;
} series;

/** Ends the program when memory is short. */
void series_add(series *s, double value);
void series_free(series *s);

/** The contents of a file, in memory that is reused. */
typedef struct contents {
    uint8_t *data;
    size_t size;
    size_t room;
} contents;

bool contents_read(contents *c, const char *path);
void contents_free(contents *c);

/** The regular files of a folder, names in byte order. */
typedef struct folder {
    const char *name; /* last part of its path */
    char **paths;
    size_t n;
} folder;

/** False after a message. */
bool folder_list(folder *f, const char *path);
void folder_free(folder *f);

#endif
