/* SPDX-License-Identifier: Apache-2.0 */
/* One thread's working memory, and the two things that are compared: a file to its hash, and its floor. */
#ifndef PHASH_BENCH_WORKER_H
#define PHASH_BENCH_WORKER_H

#include "floor.h"
#include "measure.h"

#include <phash/hash.h>
#include <phash/image.h>

typedef struct worker {
    phash_decoder *decoder;
    phash_hasher *hasher;
    contents file;
    floor_row row;
    phash_fingerprint print;  /* of the last picture */
    phash_fingerprint *views; /* room for PHASH_VIEWS_MAX */
    double pixels;
} worker;

/** Processor seconds of the stages of one picture. */
typedef struct stages {
    double read;
    double decode; /* and sample */
    double hash;   /* with margins */
} stages;

/** Both end the program, after a message, when something fails: a bench that leaves out files measures nothing. */
void worker_init(worker *w);
void worker_hash(worker *w, stages *times, const char *path, phash_pipeline pipeline);

/** The same with these views of the picture, and without a look at the clock. */
void worker_hash_views(worker *w, const char *path, phash_pipeline pipeline, phash_views views);

/** Read the file and decode it. Returns: the processor seconds of decoding alone. */
double worker_floor(worker *w, const char *path, phash_pipeline pipeline);

/** Processor seconds of the views of the last picture beside itself; their number is stored. */
double worker_views(worker *w, size_t *n);

void worker_clear(worker *w);

/** The same file through OpenCV's imdecode and pHash; times->read is 0. False when OpenCV cannot decode it. */
bool worker_opencv(worker *w, stages *times, const char *path);

#endif
