/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and queries to measure with, and what a look at every hash finds. */
#ifndef SEARCH_DATA_H
#define SEARCH_DATA_H

#include "search_bench.h"

/** Make n hashes and n_queries queries, the same for the same seed. Clustered: families of 2 to 100 hashes within about
 *  40 bits of each other. Every other query is a hash with 0 to 40 bits flipped; the others are random. */
void make_data(bench_data *data, size_t n, size_t n_queries, uint32_t radius, int clustered, uint64_t seed);
void free_data(bench_data *data);

/** Find all hashes within the radius of a query by counting bits; ids ascend. */
void find_all(const bench_data *data, size_t query, bench_found *found);

/** Compare what a system found with what there is: adds to the counts of entries that are there, of those among them
 *  that were found, and of those found that are not there. Both must not exceed their capacity. */
void compare_found(const bench_found *truth, bench_found *found, double counts[3]);

#endif
