/* SPDX-License-Identifier: Apache-2.0 */
/* libphash's own ways to search. */
#ifndef SEARCH_SYSTEMS_H
#define SEARCH_SYSTEMS_H

#include "search_bench.h"

/** Build and save indexes of the data; returns how many systems were filled in, at most capacity. folder is where the
 *  saved index goes; scans says whether to measure them too. */
size_t own_systems(bench_system *systems, size_t capacity, const bench_data *data, const char *folder, int scans);

#endif
