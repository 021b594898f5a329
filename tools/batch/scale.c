/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* sigset_t in batch.h */
#include "batch/scale.h"

#include "batch/tar_feed.h"
#include "batch/worker_feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool scale_is_option(int option)
{
    return option >= 0x280 && option <= 0x282;
}

bool scale_take_option(scale_options *o, int option, const char *value)
{
    if (option == 0x282)
        return o->worker = true;
    if (option == 0x281)
        return take_once(&o->tar_path, "--tar", value);
    return take_once(&o->shard_value, "--shard", value) && shard_parse(&o->shard, value);
}

bool scale_has_inputs(const scale_options *o)
{
    return o->tar_path != NULL || o->worker;
}

static bool settle_worker(scale_options *o, batch_options *batch, output_format format, int named)
{
    if (format != FORMAT_JSONL) {
        usage_error("--worker needs --format jsonl");
        return false;
    }
    if (named != 0 || batch->files_from != NULL || o->tar_path != NULL || o->shard_value != NULL) {
        usage_error("--worker takes its inputs from requests: no PATH, --files-from, --tar or --shard goes with it");
        return false;
    }
    o->line_end = batch->zero ? '\0' : '\n';
    batch->source = worker_feed;
    batch->source_data = &o->line_end;
    return true;
}

bool scale_settle(scale_options *o, batch_options *batch, output_format format, int named)
{
    if (o->worker)
        return settle_worker(o, batch, format, named);
    if (o->shard_value != NULL && format != FORMAT_JSONL) {
        usage_error("--shard needs --format jsonl, which phash merge reads");
        return false;
    }
    if (o->tar_path != NULL && strcmp(o->tar_path, "-") == 0 && batch->files_from != NULL &&
        strcmp(batch->files_from, "-") == 0) {
        usage_error("--tar - and --files-from - cannot both read the standard input");
        return false;
    }
    if (o->shard_value != NULL)
        batch->shard = &o->shard;
    if (o->tar_path != NULL) {
        batch->source = tar_feed;
        batch->source_data = &o->tar_path;
    }
    return true;
}

void scale_describe(text *details, const scale_options *o, const phash_list *list)
{
    if (o->shard_value != NULL)
        shard_describe(details, &o->shard, list);
}

const char *scale_number(scale_options *o, const batch_result *result)
{
    if (o->shard_value == NULL)
        return NULL;
    snprintf(o->number, sizeof o->number, ",\"n\":%" PRIu64, result->number);
    return o->number;
}

bool scale_close(scale_options *o, const char **members)
{
    *members = NULL;
    if (o->shard_value == NULL)
        return true;
    shard_close(&o->closing, &o->shard);
    text_put_bytes(&o->closing, "", 1);
    *members = o->closing.data;
    return text_ok(&o->closing);
}

void scale_free(scale_options *o)
{
    text_free(&o->closing);
}
