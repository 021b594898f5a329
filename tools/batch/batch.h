/* SPDX-License-Identifier: Apache-2.0 */
/* Many pictures through many threads, results in input order: what hash and scan share. */
#ifndef PHASH_TOOLS_BATCH_H
#define PHASH_TOOLS_BATCH_H

#include "picture/judge.h"
#include "picture/picture.h"
#include "journal/scan_journal.h"
#include "walk/shard.h"
#include "walk/walk.h"
#include "batch/watch.h"

/** A run under way, for a source that gives it inputs. */
struct batch;

/** Gives inputs to a run: with batch_submit, from the thread it is called in. False when the run must stop. */
typedef bool (*batch_source_fn)(void *source, struct batch *b, walk_skipped *skipped);

/** One input. */
typedef struct batch_input {
    const char *path; /* what it is called */
    reason trouble;   /* REASON_NONE: it is to be read */
    const char *why;  /* of the trouble */
    uint8_t *bytes;   /* its content, size bytes, malloced and freed by the run; NULL: read the file at path */
    size_t size;
} batch_input;

/** Options of every command that goes through pictures. */
typedef struct batch_options {
    phash_decode_options decode;
    const char *files_from; /* NULL: none */
    bool zero;              /* names in it end with a 0 byte */
    uint32_t jobs;
    bool jobs_given;
    bool quiet;
    progress_mode progress;
    bool interruptible; /* SIGINT and SIGTERM end the run early, with what was done so far */
    walk_options walk;
    bool dihedral;
    phash_views views; /* what to look up beside the picture itself */
    uint32_t max_frames; /* look at all frames, so many at most; 0: at one (see picture_wanted) */
    bool keep_views;   /* hand their hashes on in batch_result */
    bool no_margins;   /* nobody looks at the margins of views: see picture_wanted */
    sandbox_options confinement;
    sandbox *sandbox; /* NULL: decoded in this process */
    uint32_t digests;      /* PHASH_DIGEST_... bits: of every file */
    scan_journal *journal; /* of what was read; NULL: none is kept */
    batch_source_fn source; /* gives more inputs, after those that are named; NULL: none */
    void *source_data;
    shard *shard;      /* take the inputs of one part only; NULL: all */
} batch_options;

/** getopt_long entries for them; short options BATCH_SHORT. */
#define BATCH_OPTIONS                                                                                                  \
    {"orientation", required_argument, NULL, 'E'}, {"pipeline", required_argument, NULL, 'p'},                         \
        {"files-from", required_argument, NULL, 'F'}, {"jobs", required_argument, NULL, 'j'},                          \
        {"quiet", no_argument, NULL, 'q'}, {"progress", required_argument, NULL, 'P'}, WALK_OPTIONS,                   \
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}
#define BATCH_SHORT "0j:"

void batch_options_init(batch_options *o);
void batch_options_free(batch_options *o);

/** Take one of BATCH_OPTIONS (but help and version); false after a message. */
bool batch_take_option(batch_options *o, int option, const char *value);

/** Start decoder processes as the options say: before threads, and before lists and keys are in memory. The caller ends
 *  them with sandbox_stop. False after a message. */
bool batch_start_sandbox(batch_options *o);

/** One input and what came of it. */
typedef struct batch_result {
    const char *path;
    const picture *picture;
    const outcome *outcome;  /* NULL without a judge */
    const phash_hash *views; /* n_views hashes of its usable views, likeliest first; none unless keep_views */
    size_t n_views;
    uint64_t number; /* with a shard: which input of the whole run it is, from 1 */
} batch_result;

/** Called in input order from the calling thread. False stops the run. */
typedef bool (*batch_fn)(void *user, const batch_result *result);

/** Go through paths (and the files_from list): read each, judge it when there is a judge, hand it to `done`.
 *  *skipped says what was passed over below directories, and whether a signal ended the run early. False after a
 *  message when the run could not be completed. */
bool batch_run(const batch_options *o, char **paths, size_t n, const judge *j, walk_skipped *skipped, batch_fn done,
               void *user);

/** Read up to size bytes of a source's stream. While it waits for them results are handed out; with answer_first
 *  those of all that was submitted, before it waits. 0 at the end, and when the run is to stop; -1 with errno on
 *  trouble. */
ptrdiff_t batch_read(struct batch *b, int fd, void *bytes, size_t size, bool answer_first);

/** Take an input; some results may be handed out meanwhile. Its content is taken over in any case. False when the run
 *  must stop. */
bool batch_submit(struct batch *b, batch_input input);

/** Hand out the results of all that was submitted. False when the run must stop. */
bool batch_drain(struct batch *b);

/** phash --version. */
int print_version(void);

#endif
