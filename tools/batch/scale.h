/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the commands that go through pictures, for work that is split. */
#ifndef PHASH_TOOLS_SCALE_H
#define PHASH_TOOLS_SCALE_H

#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/text_out.h"

typedef struct scale_options {
    const char *shard_value; /* NULL: not given */
    const char *tar_path;    /* likewise */
    bool worker;
    char line_end; /* of requests */
    shard shard;
    text closing;    /* JSON members for the summary */
    char number[40]; /* of a record, as JSON */
} scale_options;

/** getopt_long entries. */
#define SCALE_OPTIONS {"shard", required_argument, NULL, 0x280}, {"tar", required_argument, NULL, 0x281}

/** And of a command that answers requests. */
#define SCALE_WORKER_OPTION {"worker", no_argument, NULL, 0x282}

/** Is this one of them? */
bool scale_is_option(int option);

/** Take one of them; false after a message. */
bool scale_take_option(scale_options *o, int option, const char *value);

/** Do they name inputs? */
bool scale_has_inputs(const scale_options *o);

/** Once the command line is read: do the options fit together? named: inputs on the
 *  command line. Tells the batch what to do. False after a message. */
bool scale_settle(scale_options *o, batch_options *batch, output_format format, int named);

/** `,"shard":{...}` for the header; nothing when the run is whole. list: what is matched against, or NULL. */
void scale_describe(text *details, const scale_options *o, const phash_list *list);

/** `,"n":17` for a record; NULL when the run is whole. Valid until the next call. */
const char *scale_number(scale_options *o, const batch_result *result);

/** JSON members for the summary; NULL for none. False when memory is short. */
bool scale_close(scale_options *o, const char **members);

void scale_free(scale_options *o);

#endif
