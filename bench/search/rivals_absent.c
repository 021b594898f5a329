/* SPDX-License-Identifier: Apache-2.0 */
#include "search_bench.h"

size_t bench_rivals(bench_system *systems, size_t capacity, const bench_data *data, const char **absent)
{
    (void)systems;
    (void)capacity;
    (void)data;
    *absent = "FAISS is absent: it was not found when this was configured (Debian: apt-get install libfaiss-dev)";
    return 0;
}
