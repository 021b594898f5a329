/* SPDX-License-Identifier: Apache-2.0 */
/* FAISS's binary indexes (Debian: libfaiss-dev). Its range searches find distances below the radius given. */
#include "search_bench.h"

#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>

#include <cstdio>
#include <cstring>
#include <memory>

extern "C" void omp_set_num_threads(int n);

static void ask(void *state, const bench_data *data, size_t first, size_t n, bench_found *found)
{
    const auto *index = static_cast<const faiss::IndexBinary *>(state);
    faiss::RangeSearchResult result(n);

    index->range_search(static_cast<faiss::IndexBinary::idx_t>(n), data->queries + 32 * first,
                        static_cast<int>(data->radius) + 1, &result);
    for (size_t i = 0; found != nullptr && i < n; i++) {
        found[i].n = result.lims[i + 1] - result.lims[i];
        for (size_t j = 0; j < found[i].n && j < found[i].capacity; j++)
            found[i].ids[j] = static_cast<uint32_t>(result.labels[result.lims[i] + j]);
    }
}

static void close_index(void *state)
{
    delete static_cast<faiss::IndexBinary *>(state);
}

static void fill(bench_system *s, const char *name, const char *detail, bool exact, faiss::IndexBinary *index,
                 const bench_data *data)
{
    const double start = bench_cpu_s();

    index->add(static_cast<faiss::IndexBinary::idx_t>(data->n), data->hashes);
    std::memset(s, 0, sizeof *s);
    std::snprintf(s->name, sizeof s->name, "%s", name);
    std::snprintf(s->detail, sizeof s->detail, "%s", detail);
    s->exact = exact;
    s->build_s = bench_cpu_s() - start;
    s->queries_at_once = 16;
    s->state = index;
    s->ask = ask;
    s->close = close_index;
}

extern "C" size_t bench_rivals(bench_system *systems, size_t capacity, const bench_data *data, const char **absent)
{
    *absent = nullptr;
    if (capacity < 3)
        return 0;
    omp_set_num_threads(1);
    fill(&systems[0], "faiss flat", "IndexBinaryFlat", true, new faiss::IndexBinaryFlat(256), data);
    auto *multi = new faiss::IndexBinaryMultiHash(256, 11, 23);
    multi->nflip = 2;
    fill(&systems[1], "faiss multihash", "IndexBinaryMultiHash, 11 x 23 bits with 2 flips", data->radius <= 32, multi,
         data);
    auto *hash = new faiss::IndexBinaryHash(256, 16);
    hash->nflip = 2;
    fill(&systems[2], "faiss hash", "IndexBinaryHash, 16 bits with 2 flips", false, hash, data);
    return 3;
}
