/* SPDX-License-Identifier: Apache-2.0 */
/* One part of a run that is split among processes or machines: phash scan --shard 3/8. */
#ifndef PHASH_TOOLS_SHARD_H
#define PHASH_TOOLS_SHARD_H

#include "cli/text_out.h"

#include <phash/list.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARD_COUNT_MAX 65536u

/** FNV-1a, 64 bits: the value before the first byte. */
#define SHARD_FNV_BEGIN UINT64_C(0xcbf29ce484222325)

typedef struct shard {
    uint64_t part;   /* 1..count */
    uint64_t count;  /* 0: the run is not split */
    uint64_t walked; /* inputs so far, those of the other parts included */
    uint64_t names;  /* FNV-1a of their names, each with a 0 byte behind it */
} shard;

/** Read PART/COUNT; false after a message. */
bool shard_parse(shard *s, const char *value);

/** FNV-1a of more bytes after those that gave `hash`. */
uint64_t shard_fnv(uint64_t hash, const void *bytes, size_t size);

/** Which of `count` parts an input of this name belongs to: 1..count. */
uint64_t shard_part_of(const char *name, uint64_t count);

/** Count one more input; is it one of this part? */
bool shard_takes(shard *s, const char *name);

/** `,"shard":{"of":8,"parts":[3],"lists":"<16 digits>"}` for the header. list may be NULL (a set says its digest
 *  itself). */
void shard_describe(text *out, const shard *s, const phash_list *list);

/** `,"shard":{"walked":1234,"names":"<16 digits>"}` for the summary: the same in all parts that walked the same. */
void shard_close(text *out, const shard *s);

#endif
