/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "recall.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* One pass over items by several threads. Results go into the items, so their order does not matter. */
typedef struct pass {
    recall_run *run;
    recall_item *items;
    size_t n;
    bool originals;
    atomic_size_t next;
    atomic_bool stop;
    pthread_mutex_t lock; /* for run->others, trouble, diag */
} pass;

typedef struct worker {
    pass *pass;
    phash_decoder *decoder;
    phash_hasher *hasher;
    recall_asker asker;
    uint8_t *bytes;
    size_t size;
    size_t room;
    phash_fingerprint prints[PHASH_VIEWS_MAX];
    uint32_t ids[PHASH_VIEWS_MAX];
    size_t n;
    recall_others others;
    phash_diag diag;
} worker;

static bool may_be_matched(const phash_fingerprint *p)
{
    return p->quality >= PHASH_QUALITY_MIN && (p->flags & PHASH_FINGERPRINT_MEANINGLESS) == 0;
}

static phash_status read_stream(worker *w, FILE *in)
{
    w->size = 0;
    for (;;) {
        if (w->size == w->room) {
            size_t room = w->room != 0 ? 2 * w->room : (size_t)1 << 20;
            uint8_t *grown = realloc(w->bytes, room);
            if (grown == NULL)
                return PHASH_E_NO_MEMORY;
            w->bytes = grown;
            w->room = room;
        }
        size_t got = fread(w->bytes + w->size, 1, w->room - w->size, in);
        if (got == 0)
            return ferror(in) ? PHASH_E_IO : PHASH_OK;
        w->size += got;
    }
}

static phash_status read_file(worker *w, const char *path)
{
    char whole[4096];
    phash_status st;

    int length = snprintf(whole, sizeof whole, "%s/%s", w->pass->run->work, path);
    if (length < 0 || (size_t)length >= sizeof whole)
        return PHASH_E_IO;
    FILE *in = fopen(whole, "rb");
    if (in == NULL)
        return PHASH_E_IO;
    st = read_stream(w, in);
    fclose(in);
    return st;
}

/* File to fingerprints; w->prints[0] is that of the picture itself. */
static phash_status fingerprint(worker *w, const recall_item *item)
{
    const recall_run *run = w->pass->run;
    phash_decode_options options = {.struct_size = sizeof options, .pipeline = run->pipeline};
    phash_bitmap bitmap;
    phash_status st = read_file(w, item->path);

    w->diag.text[0] = '\0';
    if (st == PHASH_OK)
        st = phash_decoder_read(w->decoder, NULL, &w->diag, w->bytes, w->size, &options);
    if (st == PHASH_OK)
        st = phash_decoder_reading(w->decoder, &bitmap, NULL, 0);
    if (st == PHASH_OK)
        st = phash_hasher_views(w->hasher, w->prints, w->ids, &w->n, PHASH_VIEWS_MAX, &bitmap, PHASH_SCALING_512,
                                run->views);
    if (st != PHASH_OK)
        fprintf(stderr, "bench-recall: %s: %s\n", item->path,
                w->diag.text[0] != '\0' ? w->diag.text : phash_status_string(st));
    return st;
}

static phash_status keep_original(worker *w, recall_item *item)
{
    recall_photo *photo = &w->pass->run->index.photos[item->photo];

    photo->hash = w->prints[0].hash;
    photo->judged = item->judged = may_be_matched(&w->prints[0]);
    photo->views = malloc(w->n * sizeof *photo->views);
    if (photo->views == NULL)
        return PHASH_E_NO_MEMORY;
    for (size_t v = 0; v < w->n; v++)
        if (may_be_matched(&w->prints[v]))
            photo->views[photo->n_views++] = w->prints[v].hash;
    return PHASH_OK;
}

/* The nearest view of the picture in w to a hash. */
static uint32_t nearest(const worker *w, const phash_hash *hash, uint32_t *view, uint64_t *comparisons)
{
    uint32_t best = RECALL_NOT_FOUND;

    for (size_t v = 0; v < w->n; v++) {
        if (!may_be_matched(&w->prints[v]))
            continue;
        uint32_t d = phash_hash_distance(&w->prints[v].hash, hash);
        ++*comparisons;
        if (d < best) {
            best = d;
            *view = w->ids[v];
        }
    }
    return best;
}

static void compare_with_others(worker *w, const recall_item *item)
{
    const recall_index *index = &w->pass->run->index;
    uint32_t view;

    for (size_t i = 0; i < index->n_photos; i++) {
        const recall_photo *other = &index->photos[i];
        if (!other->judged || index->same[item->photo * index->n_photos + i] != 0)
            continue;
        uint32_t d = nearest(w, &other->hash, &view, &w->others.comparisons);
        w->others.plain[phash_hash_distance(&w->prints[0].hash, &other->hash)]++;
        if (d <= PHASH_HASH_BITS)
            w->others.views[d]++;
    }
}

static phash_status plan_privately(worker *w, recall_item *item, const phash_hash *original)
{
    const recall_private *p = &w->pass->run->priv;
    phash_status st = PHASH_OK;

    for (size_t i = 0; st == PHASH_OK && i < p->n_bands; i++)
        st = recall_plan(&w->asker, p, i, &item->tokens[i], original, w->prints, w->ids, w->n);
    return st;
}

/* The same with an evaluator: it has to come to what planning said. */
static phash_status ask_privately(worker *w, const recall_item *item)
{
    const recall_run *run = w->pass->run;
    const recall_private *p = &run->priv;
    phash_status st = PHASH_OK;

    for (size_t i = 0; st == PHASH_OK && i < p->n_bands; i++) {
        const bool expected = item->tokens[i] <= p->budget && item->views <= p->radius;
        uint32_t distance;
        st = recall_ask(&w->asker, i, &distance, &w->others.private_matches[i], &run->index, item->photo, w->prints,
                        w->ids, w->n);
        w->others.private_queries[i]++;
        w->others.private_disagreements[i] += distance != (expected ? item->views : RECALL_NOT_FOUND);
    }
    return st;
}

static phash_status measure_edited(worker *w, recall_item *item)
{
    const recall_photo *original = &w->pass->run->index.photos[item->photo];
    uint64_t ignored = 0;

    if (!original->judged)
        return PHASH_OK;
    item->judged = may_be_matched(&w->prints[0]);
    item->plain = phash_hash_distance(&w->prints[0].hash, &original->hash);
    item->views = nearest(w, &original->hash, &item->view, &ignored);
    if (item->judged)
        compare_with_others(w, item);
    phash_status st = plan_privately(w, item, &original->hash);
    if (st == PHASH_OK && item->sampled)
        st = ask_privately(w, item);
    return st;
}

static void give_up(pass *p, phash_status st)
{
    pthread_mutex_lock(&p->lock);
    p->run->trouble = st;
    pthread_mutex_unlock(&p->lock);
    atomic_store(&p->stop, true);
}

static void add_others(recall_others *sum, const recall_others *part)
{
    for (size_t d = 0; d <= PHASH_HASH_BITS; d++) {
        sum->plain[d] += part->plain[d];
        sum->views[d] += part->views[d];
    }
    sum->comparisons += part->comparisons;
    for (size_t i = 0; i < RECALL_BANDS_MAX; i++) {
        sum->private_queries[i] += part->private_queries[i];
        sum->private_matches[i] += part->private_matches[i];
        sum->private_disagreements[i] += part->private_disagreements[i];
    }
}

static bool init_worker(worker *w, pass *p)
{
    w->pass = p;
    return phash_decoder_new(&w->decoder, NULL) == PHASH_OK && phash_hasher_new(&w->hasher, 0, NULL) == PHASH_OK &&
           (p->originals || recall_asker_init(&w->asker, &p->run->priv));
}

static void free_worker(worker *w)
{
    phash_decoder_free(&w->decoder);
    phash_hasher_free(&w->hasher);
    recall_asker_clear(&w->asker);
    free(w->bytes);
    free(w);
}

static void *work(void *user)
{
    pass *p = user;
    worker *w = calloc(1, sizeof *w);
    phash_status st = PHASH_OK;

    if (w == NULL || !init_worker(w, p))
        st = PHASH_E_NO_MEMORY;
    while (st == PHASH_OK && !atomic_load(&p->stop)) {
        size_t i = atomic_fetch_add(&p->next, 1);
        if (i >= p->n)
            break;
        recall_item *item = &p->items[i];
        item->status = fingerprint(w, item);
        if (item->status == PHASH_OK)
            st = p->originals ? keep_original(w, item) : measure_edited(w, item);
    }
    if (st != PHASH_OK)
        give_up(p, st);
    if (w != NULL) {
        pthread_mutex_lock(&p->lock);
        add_others(&p->run->of_edited, &w->others);
        pthread_mutex_unlock(&p->lock);
        free_worker(w);
    }
    return NULL;
}

static bool run_pass(recall_run *run, recall_item *items, size_t n, bool originals)
{
    pass p = {.run = run, .items = items, .n = n, .originals = originals, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[64];
    unsigned started = 0;

    for (unsigned wanted = run->jobs; started < wanted && started < 64; started++)
        if (pthread_create(&threads[started], NULL, work, &p) != 0)
            break;
    if (started == 0)
        work(&p);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&p.lock);
    if (run->trouble != PHASH_OK)
        fprintf(stderr, "bench-recall: stopped: %s\n", phash_status_string(run->trouble));
    return run->trouble == PHASH_OK;
}

static uint32_t nearest_of(const recall_photo *asked, const recall_photo *listed)
{
    uint32_t best = RECALL_NOT_FOUND;

    for (size_t v = 0; v < asked->n_views; v++) {
        uint32_t d = phash_hash_distance(&asked->views[v], &listed->hash);
        if (d < best)
            best = d;
    }
    return best;
}

uint32_t recall_pair_distance(const recall_index *index, size_t a, size_t b)
{
    uint32_t there = nearest_of(&index->photos[a], &index->photos[b]);
    uint32_t back = nearest_of(&index->photos[b], &index->photos[a]);

    return there < back ? there : back;
}

bool recall_measure_originals(recall_run *run)
{
    const recall_index *index = &run->index;
    recall_others *o = &run->of_originals;
    bool any = false;

    if (!run_pass(run, index->originals, index->n_photos, true))
        return false;
    for (size_t a = 0; a < index->n_photos; a++) {
        any = any || index->photos[a].judged;
        for (size_t b = 0; b < index->n_photos; b++) {
            const recall_photo *x = &index->photos[a], *y = &index->photos[b];
            if (!x->judged || !y->judged || index->same[a * index->n_photos + b] != 0)
                continue;
            o->views[nearest_of(x, y)]++;
            o->comparisons += x->n_views;
            if (a < b) /* without views both directions are the same */
                o->plain[phash_hash_distance(&x->hash, &y->hash)]++;
        }
    }
    if (!any)
        fprintf(stderr, "bench-recall: none of the originals can be matched: all are flat or unreadable\n");
    return any;
}

/* Of each edit `sample` pictures that can be matched, evenly spread. */
static void choose_sample(recall_run *run)
{
    const recall_index *index = &run->index;

    for (size_t e = 0; run->priv.sample != 0 && e < index->n_edits; e++) {
        const recall_edit *edit = &index->edits[e];
        size_t usable = 0, passed = 0;
        for (size_t i = edit->first; i < edit->first + edit->n; i++)
            usable += index->photos[index->items[i].photo].judged;
        size_t sample = run->priv.sample < usable ? run->priv.sample : usable;
        for (size_t i = edit->first; i < edit->first + edit->n; i++)
            if (index->photos[index->items[i].photo].judged) {
                /* the line from (0, 0) to (usable, sample) passes a whole number here */
                index->items[i].sampled = (passed + 1) * sample / usable != passed * sample / usable;
                passed++;
            }
    }
}

bool recall_measure_edited(recall_run *run)
{
    choose_sample(run);
    return run_pass(run, run->index.items, run->index.n_items, false);
}
