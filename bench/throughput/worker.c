/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "opencv_hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool good, const char *path, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench-throughput: %s%s%s\n", path, path[0] != '\0' ? ": " : "", what);
    exit(2);
}

static void need_ok(phash_status st, const char *path, const phash_diag *diag)
{
    need(st == PHASH_OK, path, diag != NULL && diag->text[0] != '\0' ? diag->text : phash_status_string(st));
}

void worker_init(worker *w)
{
    memset(w, 0, sizeof *w);
    need_ok(phash_decoder_new(&w->decoder, NULL), "", NULL);
    need_ok(phash_hasher_new(&w->hasher, 0, NULL), "", NULL);
    w->views = calloc(PHASH_VIEWS_MAX, sizeof *w->views);
    need(w->views != NULL, "", "out of memory");
}

void worker_clear(worker *w)
{
    phash_decoder_free(&w->decoder);
    phash_hasher_free(&w->hasher);
    free(w->views);
    contents_free(&w->file);
    floor_row_free(&w->row);
}

static void decode(worker *w, const char *path, phash_pipeline pipeline)
{
    const phash_decode_options options = {.struct_size = sizeof options, .pipeline = pipeline};
    phash_image_info info;
    phash_diag diag = {""};

    need_ok(phash_decoder_read(w->decoder, &info, &diag, w->file.data, w->file.size, &options), path, &diag);
    w->pixels = (double)info.width * info.height;
}

void worker_hash(worker *w, stages *times, const char *path, phash_pipeline pipeline)
{
    phash_bitmap bitmap;
    const double start = cpu_seconds();

    need(contents_read(&w->file, path), path, "cannot be read");
    const double read = cpu_seconds();
    decode(w, path, pipeline);
    const double decoded = cpu_seconds();
    need_ok(phash_decoder_reading(w->decoder, &bitmap, NULL, 0), path, NULL);
    need_ok(phash_hasher_run(w->hasher, &w->print, &bitmap, PHASH_SCALING_512), path, NULL);
    const double hashed = cpu_seconds();
    *times = (stages){read - start, decoded - read, hashed - decoded};
}

void worker_hash_views(worker *w, const char *path, phash_pipeline pipeline, phash_views views)
{
    uint32_t ids[PHASH_VIEWS_MAX];
    phash_bitmap bitmap;
    size_t n;

    need(contents_read(&w->file, path), path, "cannot be read");
    decode(w, path, pipeline);
    need_ok(phash_decoder_reading(w->decoder, &bitmap, NULL, 0), path, NULL);
    need_ok(phash_hasher_views(w->hasher, w->views, ids, &n, PHASH_VIEWS_MAX, &bitmap, PHASH_SCALING_512, views), path,
            NULL);
}

double worker_floor(worker *w, const char *path, phash_pipeline pipeline)
{
    need(contents_read(&w->file, path), path, "cannot be read");
    const double start = cpu_seconds();
    need(floor_decode(&w->row, w->file.data, w->file.size, pipeline), path, "cannot be decoded plainly");
    return cpu_seconds() - start;
}

double worker_views(worker *w, size_t *n)
{
    static const phash_views views = PHASH_VIEWS_ALL;
    uint32_t ids[PHASH_VIEWS_MAX];
    phash_bitmap bitmap;

    need_ok(phash_decoder_reading(w->decoder, &bitmap, NULL, 0), "", NULL);
    const double start = cpu_seconds();
    need_ok(phash_hasher_run(w->hasher, &w->views[0], &bitmap, PHASH_SCALING_512), "", NULL);
    const double alone = cpu_seconds();
    need_ok(phash_hasher_views(w->hasher, w->views, ids, n, PHASH_VIEWS_MAX, &bitmap, PHASH_SCALING_512, views), "",
            NULL);
    const double all = cpu_seconds();
    return (all - alone) - (alone - start); /* the picture itself is among them */
}

bool worker_opencv(worker *w, stages *times, const char *path)
{
    need(contents_read(&w->file, path), path, "cannot be read");
    const double start = cpu_seconds();
    if (!opencv_decode(w->file.data, w->file.size))
        return false;
    const double decoded = cpu_seconds();
    if (!opencv_hash())
        return false;
    *times = (stages){0, decoded - start, cpu_seconds() - decoded};
    return true;
}
