/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the seeds of fuzz_index into the folder it is given: indexes with blocks of each shape, with spans that do not
 * fit in their bits, and without tables. */
#include "support/index_bytes.h"
#include "support/rng.h"

#include <stdio.h>

static const struct {
    const char *name;
    size_t n;
    size_t equal; /* of these the first so many */
    phash_plan plan;
} seeds[] = {
    {"scan", 40, 1, {0, {0}}},
    {"narrow", 300, 1, {4, {8, 8, 9, 10}}},
    {"wide", 200, 150, {6, {12, 11, 10, 9, 8, 8}}},
    {"empty", 0, 0, {0, {0}}},
    {"crowded", 20000, 19000, {1, {8}}},
};

static void write_seed(const char *folder, size_t which)
{
    test_rng rng = test_rng_init(which);
    const size_t n = seeds[which].n;
    phash_hash *set = calloc(n + 1, sizeof *set);
    phash_allocator a = phash_allocator_from(NULL);
    phash_segment *segment = NULL;
    index_bytes b = {0};
    char path[4096];

    if (set == NULL)
        abort();
    test_rng_fill(&rng, set, n * sizeof *set);
    for (size_t i = 1; i < seeds[which].equal; i++)
        set[i] = set[0];
    const phash_hash_run run = {set, n};
    if (phash_segment_build(&segment, &run, 1, &seeds[which].plan, 31, &a) != PHASH_OK ||
        phash_segment_write(segment, 31, index_bytes_write, &b) != PHASH_OK)
        abort();
    snprintf(path, sizeof path, "%s/%s", folder, seeds[which].name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(b.data, 1, b.size, file) != b.size || fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    phash_segment_free(&segment, &a);
    free(b.data);
    free(set);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        write_seed(argv[1], i);
    return EXIT_SUCCESS;
}
