/* SPDX-License-Identifier: Apache-2.0 */
/* How much a run will have to read: a walk beside it that only looks at sizes. */
#ifndef PHASH_TOOLS_FORECAST_H
#define PHASH_TOOLS_FORECAST_H

#include "walk/walk_options.h"

#include <stddef.h>
#include <stdint.h>

/** A forecast under way. */
typedef struct forecast forecast;

/** Begin to add up the sizes of n paths and what lies below them, in a thread. NULL where there is no memory for it;
 *  paths and options must outlive it. */
forecast *forecast_new(char **paths, size_t n, const walk_options *options);

/** The totals; false while they are not known. */
bool forecast_get(const forecast *f, uint64_t *files, uint64_t *bytes);

/** Stop and free it, and store NULL. */
void forecast_free(forecast **f);

#endif
