/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of a run, from those of its parts. */
#ifndef PHASH_TOOLS_MERGE_SUM_H
#define PHASH_TOOLS_MERGE_SUM_H

#include "merge/merge_input.h"

/** Add up summaries, member by member: numbers and reasons are sums; "list_bad_rows", which every part tells of the
 *  whole, and all else, such as "skipped", must be the same in all. False after a message. */
bool merge_sum(text *out, const merge_input *inputs, size_t n);

#endif
