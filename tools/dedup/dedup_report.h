/* SPDX-License-Identifier: Apache-2.0 */
/* What phash dedup found, as groups for people or as a record for every input. */
#ifndef PHASH_TOOLS_DEDUP_REPORT_H
#define PHASH_TOOLS_DEDUP_REPORT_H

#include "cli/cli.h"
#include "cli/reason.h"
#include "walk/walk.h"

#include <phash/hash.h>
#include <phash/image.h>

/** One input. */
typedef struct dedup_file {
    char *path;
    char *why;      /* with trouble in reading it: what, for people */
    reason trouble; /* REASON_NONE: it was compared */
    phash_kind kind;
    uint32_t width; /* 0: unknown */
    uint32_t height;
    bool has_hash;
    phash_hash hash;
    int32_t quality;
    phash_hash *hashes; /* of its views */
    size_t n_hashes;
    size_t leader;     /* when it was compared: the file that stands first in its group */
    uint32_t distance; /* to the nearest other of its group; UINT32_MAX when it is alone */
} dedup_file;

typedef struct dedup_report {
    output_format format;
    bool quiet;
    const char *pipeline;
    const char *views;
    const char *details; /* more members of the header record, starting with a comma */
    uint32_t radius;
    walk_skipped skipped;
} dedup_report;

/** Write everything to stdout. False after a message. */
bool dedup_report_write(const dedup_report *r, const dedup_file *files, size_t n);

/** 2 when some input could not be compared, else 1 when there are near-duplicates, else 0. */
int dedup_exit_status(const dedup_file *files, size_t n);

#endif
