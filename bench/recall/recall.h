/* SPDX-License-Identifier: Apache-2.0 */
/* bench-recall: how well pictures are found again after edits, and how seldom different ones are confused.
 * What it measures and how: docs/recall.md. */
#ifndef PHASH_BENCH_RECALL_H
#define PHASH_BENCH_RECALL_H

#include <phash/hash.h>
#include <phash/image.h>
#include <phash/private.h>
#include <phash/set.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RECALL_RADII_MAX 4
#define RECALL_BANDS_MAX 3
#define RECALL_BUDGETS_MAX 8
#define RECALL_PROBES_MAX 1024      /* room for readings x views of one picture */
#define RECALL_NOT_FOUND UINT32_MAX /* a distance that no radius reaches */

/* ---- what is there: recall_index.c ---- */

/** One line of index.tsv: one file. */
typedef struct recall_item {
    char *path; /* relative to the work folder */
    size_t photo;
    size_t edit;
    bool sampled; /* asked about privately too */

    /* measured */
    phash_status status; /* of reading the file */
    bool judged;         /* quality and flags allow matching */
    uint32_t plain;      /* distance to the original's hash */
    uint32_t views;      /* the same, nearest view */
    uint32_t view;       /* which view that was */
    uint32_t tokens[RECALL_BANDS_MAX]; /* until one of them opens the original; RECALL_NOT_FOUND: none does */
} recall_item;

typedef struct recall_edit {
    char *name;
    char *group;
    size_t first; /* its items stand together */
    size_t n;
} recall_edit;

/** An original picture. */
typedef struct recall_photo {
    char *name;
    phash_hash hash;
    bool judged;
    phash_hash *views; /* n_views hashes of its views, those that may be matched; the first is its own */
    size_t n_views;
} recall_photo;

typedef struct recall_index {
    recall_photo *photos;
    size_t n_photos;
    recall_edit *edits;
    size_t n_edits;
    recall_item *items;     /* edited pictures, by edit */
    recall_item *originals; /* n_photos of them */
    size_t n_items;
    uint8_t *same; /* n_photos x n_photos: 1 when told that the two show the same, or equal */
} recall_index;

/** Read WORK/index.tsv, which edits.py writes. False after a message. */
bool recall_index_read(recall_index *index, const char *work);

/** Read pairs of photos that are known to show the same: two names a line, a tab between. False after a message. */
bool recall_index_read_same(recall_index *index, const char *path);

void recall_index_free(recall_index *index);

/* ---- private matching: recall_private.c ---- */

typedef struct recall_set {
    uint8_t *bytes;
    size_t size;
    size_t room;
    phash_set *set;
} recall_set;

typedef struct recall_private {
    uint32_t budgets[RECALL_BUDGETS_MAX]; /* ascending */
    size_t n_budgets;
    uint32_t bands[RECALL_BANDS_MAX];
    size_t n_bands;
    uint32_t budget; /* of the sets; one of budgets */
    uint32_t radius; /* of the sets' entries */
    size_t sample;   /* pictures of each edit that are asked about through sets too */
    phash_key *key;
    recall_set sets[RECALL_BANDS_MAX];
} recall_private;

/** Build one set for each number of bands. False after a message. */
bool recall_private_build(recall_private *p, const recall_index *index);

void recall_private_free(recall_private *p);

/** What one thread needs to ask and to answer. */
typedef struct recall_asker {
    phash_planner *planner[RECALL_BANDS_MAX]; /* of the largest budget */
    phash_probe *probes;
    phash_query *query[RECALL_BANDS_MAX]; /* the rest is for samples only */
    phash_evaluator *evaluator;
    uint8_t *request;
    uint8_t *response;
    size_t request_room;
    size_t response_room;
} recall_asker;

bool recall_asker_init(recall_asker *a, const recall_private *p);
void recall_asker_clear(recall_asker *a);

/** How many tokens it takes, with the i-th number of bands, until one opens the entry of a hash: planning without the
 *  exchange. A plan for a smaller budget is the beginning of that for a larger one, so one plan answers for all. */
phash_status recall_plan(recall_asker *a, const recall_private *p, size_t i, uint32_t *tokens, const phash_hash *hash,
                         const phash_fingerprint *prints, const uint32_t *ids, size_t n);

/** Ask set i about a picture. distance: to the entry called name, RECALL_NOT_FOUND when that is not among the matches;
 *  others: matches that index does not say to be the same picture. */
phash_status recall_ask(recall_asker *a, size_t i, uint32_t *distance, uint64_t *others, const recall_index *index,
                        size_t photo, const phash_fingerprint *prints, const uint32_t *ids, size_t n);

/* ---- measuring: recall_measure.c ---- */

/** Distances between pictures and the originals of others. */
typedef struct recall_others {
    uint64_t plain[PHASH_HASH_BITS + 1]; /* pairs, by distance */
    uint64_t views[PHASH_HASH_BITS + 1]; /* pairs, by distance of the nearest view */
    uint64_t comparisons;                /* of single hashes, all views */
    uint64_t private_queries[RECALL_BANDS_MAX];
    uint64_t private_matches[RECALL_BANDS_MAX]; /* with pictures not known to be the same */
    uint64_t private_disagreements[RECALL_BANDS_MAX]; /* queries that found something else than planning says */
} recall_others;

typedef struct recall_run {
    const char *work;
    unsigned jobs;
    phash_views views;
    phash_pipeline pipeline;
    uint32_t radii[RECALL_RADII_MAX];
    size_t n_radii;
    uint32_t near; /* originals nearer than this are listed */
    recall_index index;
    recall_private priv;
    recall_others of_originals; /* originals against each other */
    recall_others of_edited;    /* edited pictures against the originals of others */
    phash_status trouble;       /* why a thread stopped */
} recall_run;

/** Measure the originals; sets are built from them afterwards. False after a message. */
bool recall_measure_originals(recall_run *run);

/** Measure every edited picture. False after a message. */
bool recall_measure_edited(recall_run *run);

/** Distance of the nearest views of two originals, in either direction. */
uint32_t recall_pair_distance(const recall_index *index, size_t a, size_t b);

/* ---- results: recall_report.c, recall_jsonl.c ---- */

typedef struct recall_quantiles {
    uint32_t p50, p90, p99, max;
} recall_quantiles;

/** Figures of one edit. */
typedef struct recall_figures {
    size_t n;          /* pictures that were read and whose originals can be matched */
    size_t unreadable; /* files that could not be read */
    size_t flat;       /* of n, edited until they cannot be judged: never found */
    size_t sampled;    /* of n, asked about through a set too */
    recall_quantiles plain, views;
    uint32_t usual_view; /* the view that was nearest most often */
    size_t plain_found[RECALL_RADII_MAX];
    size_t views_found[RECALL_RADII_MAX];
    size_t private_found[RECALL_BANDS_MAX][RECALL_BUDGETS_MAX][RECALL_RADII_MAX];
    size_t private_kept[RECALL_BANDS_MAX][RECALL_BUDGETS_MAX]; /* of those found plainly, at the first radius */
} recall_figures;

/** How many figures a run has: one for each edit, then all edits together. */
size_t recall_figures_count(const recall_run *run);

/** Sum one of them up. False when out of memory. */
bool recall_sum_up(recall_figures *f, const recall_run *run, size_t which);

/** Name what figures are about. */
const char *recall_figures_name(const recall_run *run, size_t which);

void recall_report_text(FILE *out, const recall_run *run, const recall_figures *figures);
void recall_report_jsonl(FILE *out, const recall_run *run, const recall_figures *figures);

/** Smallest distance in a histogram; RECALL_NOT_FOUND when it is empty. */
uint32_t recall_smallest(const uint64_t histogram[PHASH_HASH_BITS + 1]);
/** Pairs up to a distance. */
uint64_t recall_within(const uint64_t histogram[PHASH_HASH_BITS + 1], uint32_t radius);

#endif
