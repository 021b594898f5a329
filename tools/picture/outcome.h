/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about one input in the end, and the records that say so. */
#ifndef PHASH_TOOLS_OUTCOME_H
#define PHASH_TOOLS_OUTCOME_H

#include "cli/cli.h"
#include "picture/picture.h"
#include "cli/reason.h"
#include "cli/text_out.h"
#include "walk/walk.h"

#include <phash/hash.h>
#include <phash/image.h>

#include <stdio.h>

typedef enum verdict { VERDICT_CLEAN, VERDICT_MATCH, VERDICT_INDETERMINATE, VERDICT_COUNT } verdict;

/** "clean", "match", "indeterminate". */
const char *verdict_name(verdict v);

/** One listed entry near the input. */
typedef struct hit {
    uint32_t digest;   /* PHASH_DIGEST_... that is equal; 0: hashes are near */
    uint32_t distance; /* 0 for a digest: the file is the listed one, bit for bit */
    const char *list;  /* borrowed: name of the list it comes from */
    view_label view;   /* the view of the input that is nearest */
    uint32_t frame;    /* of the input, with all_frames */
    size_t label_at;   /* its label in outcome.labels */
    size_t label_size;
} hit;

typedef struct outcome {
    verdict verdict;
    reason reason;
    char why[256];
    bool has_hash;
    phash_hash hash;
    int32_t quality; /* -1: unknown */
    phash_kind kind;
    uint32_t width;  /* 0: unknown */
    uint32_t height;
    uint32_t frames; /* 0: unknown */
    uint32_t frame;  /* the one that was looked at, from 0; with all_frames, the one that the hash is of */
    bool all_frames;
    hit *hits; /* nearest first */
    size_t hit_count;
    size_t hit_room;
    text labels;
    uint64_t bytes_up;
    uint64_t bytes_down;
} outcome;

/** Make it empty again, keeping its memory. */
void outcome_reset(outcome *o);
void outcome_free(outcome *o);

/** Say that the input could not be judged; a NULL or empty why means the reason says it all. */
void outcome_trouble(outcome *o, reason r, const char *why);

/** Add a hit; false when memory is short. label is copied. */
bool outcome_add_hit(outcome *o, const hit *h, const char *label);

/** Counts for the summary and the exit status. */
typedef struct totals {
    uint64_t inputs;
    uint64_t verdicts[VERDICT_COUNT];
    uint64_t reasons[REASON_COUNT];
    uint64_t requests;
    uint64_t bytes_up;
    uint64_t bytes_down;
    walk_skipped skipped;
    uint64_t bad_rows; /* of the lists */
    bool errors_ok;    /* what could not be judged does not count in the exit status */
} totals;

void totals_add(totals *t, const outcome *o);

/** 130 after a signal, 2 when something could not be judged (or a list had bad rows), else 1 when something matched,
 *  else 0. */
int totals_exit_status(const totals *t);

/** Put `before` and what was passed over in words, such as "2 symbolic links, 0 special files"; nothing when nothing
 *  was. */
void describe_skipped(text *out, const char *before, const walk_skipped *s);

/** Put the same as a JSON member `,"skipped":{...}`. `walked`: with what only walking passes over. */
void describe_skipped_json(text *out, const walk_skipped *s, bool walked);

/** How and where records are written. */
typedef struct reporter {
    FILE *stream;
    output_format format;
    const char *command;
    const char *subject;  /* "path" or "hash": what an input is called */
    const char *set_name; /* NULL in plain mode */
    const char *evaluator; /* with it: where that was asked; NULL: in this process */
    const char *pipeline; /* its name in records; NULL when only_hash */
    const char *set_note; /* with it: what was checked of the set, in words */
    const char *closing;  /* more JSON members for the summary, starting with a comma; may be NULL */
    bool color;           /* in lines for people */
    bool only_hash;       /* the hash is the subject: do not write it twice */
    text line;
} reporter;

/** Write the opening record. details: JSON members that describe the run, starting with a comma. headline: the same in
 *  a line for people; NULL for none. */
void report_header(reporter *r, const char *details, const char *headline);

/** Write the record of one input. subject is size bytes; extra: more JSON members starting with a comma, or NULL. */
void report_outcome(reporter *r, const outcome *o, const char *subject, size_t size, const char *extra);

/** Put the name of a view as records have it: [READING:]VIEW. */
void report_put_view(text *t, view_label view);

/** Write the closing record, or for people the closing lines. */
void report_summary(reporter *r, const totals *t);

void reporter_free(reporter *r);

#endif
