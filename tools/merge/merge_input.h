/* SPDX-License-Identifier: Apache-2.0 */
/* One part of a run, as phash merge reads it: header, numbered records, summary. */
#ifndef PHASH_TOOLS_MERGE_INPUT_H
#define PHASH_TOOLS_MERGE_INPUT_H

#include "cli/json_read.h"
#include "cli/text_out.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct merge_input {
    const char *path;
    FILE *stream;
    uint64_t offset;         /* of what is read next */
    uint64_t summary_offset; /* where the summary begins, and records end */
    text header;             /* without its "shard" */
    text summary;            /* without its "shard" */
    text lists;              /* of the header's "shard": identity of the lists, as JSON; may be empty */
    text walk;               /* the summary's "shard", as JSON */
    uint64_t count;          /* parts of the whole run */
    uint32_t *parts;         /* which of them are here, ascending, from 1 */
    size_t n_parts;
    char *line; /* the record read last */
    size_t room;
    json_text record;
    json_member number_member; /* of that record: its "n" */
    uint64_t number;
    uint64_t records; /* read so far */
} merge_input;

/** Open a part and read its header and summary. False after a message that names the file. Free it either way. */
bool merge_input_open(merge_input *in, const char *path);

typedef enum merge_step { MERGE_RECORD, MERGE_END, MERGE_TROUBLE } merge_step;

/** Go to the next record; MERGE_TROUBLE after a message. Numbers ascend. */
merge_step merge_input_next(merge_input *in);

void merge_input_free(merge_input *in);

/** What was put into a text, as JSON. */
json_text merge_text(const text *t);

#endif
