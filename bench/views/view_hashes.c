/* SPDX-License-Identifier: Apache-2.0 */
/* All views of pictures as text, for views_fit.py; or what they cost.
 *
 *   view-hashes <LIST        LIST: a path a line. Writes a line of names, then one of hashes a picture
 *   view-hashes --time FILE  microseconds of one fingerprint and of all views, from the same bitmap */
#define _POSIX_C_SOURCE 200809L
#include <phash/hash.h>
#include <phash/image.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROOM = 512, FILE_MAX = 64 << 20, ROUNDS = 301 };

typedef struct tool {
    phash_decoder *decoder;
    phash_hasher *hasher;
    uint8_t *bytes; /* FILE_MAX */
    phash_fingerprint views[ROOM];
    uint32_t ids[ROOM];
    size_t n;
    phash_bitmap bitmap;
} tool;

static int load(tool *t, const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        return 0;
    size = fread(t->bytes, 1, FILE_MAX, file);
    fclose(file);
    return phash_decoder_read(t->decoder, NULL, NULL, t->bytes, size, NULL) == PHASH_OK &&
           phash_decoder_reading(t->decoder, &t->bitmap, NULL, 0) == PHASH_OK;
}

static int print_views(tool *t, const char *path)
{
    size_t next = 0;

    if (!load(t, path) || phash_hasher_views(t->hasher, t->views, t->ids, &t->n, ROOM, &t->bitmap, PHASH_SCALING_512,
                                             PHASH_VIEWS_ALL) != PHASH_OK) {
        fprintf(stderr, "view-hashes: %s cannot be read\n", path);
        return 0;
    }
    printf("%d %u", (int)t->views[0].quality, (unsigned)t->views[0].flags);
    for (uint32_t id = 0; strcmp(phash_view_name(id), "unknown") != 0; id++) {
        char hex[PHASH_HEX_SIZE] = "-"; /* a view this picture does not have */
        if (next < t->n && t->ids[next] == id)
            phash_hash_to_hex(hex, &t->views[next++].hash);
        printf(" %s", hex);
    }
    printf("\n");
    return 1;
}

static int print_all(tool *t)
{
    char path[4096];
    int good = 1;

    for (uint32_t id = 0; strcmp(phash_view_name(id), "unknown") != 0; id++)
        printf("%s%s", id != 0 ? " " : "", phash_view_name(id));
    printf("\n");
    while (good && fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        good = print_views(t, path);
    }
    return good;
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Alternating, so that both meet the same machine; the fastest of the rounds is nearest to an idle one. */
static int print_times(tool *t, const char *path)
{
    static double times[4][ROUNDS];
    static const char *const names[] = {"fingerprint", "views none", "views edits", "views all"};

    if (!load(t, path))
        return 0;
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t what = 0; what < 4; what++) {
            static const phash_views views[] = {0, PHASH_VIEWS_NONE, PHASH_VIEWS_EDITS, PHASH_VIEWS_ALL};
            const double start = now();
            const phash_status st =
                what == 0 ? phash_hasher_run(t->hasher, t->views, &t->bitmap, PHASH_SCALING_512)
                          : phash_hasher_views(t->hasher, t->views, t->ids, &t->n, ROOM, &t->bitmap,
                                               PHASH_SCALING_512, views[what]);
            times[what][round] = now() - start;
            if (st != PHASH_OK)
                return 0;
        }
    for (size_t what = 0; what < 4; what++)
        qsort(times[what], ROUNDS, sizeof(double), compare);
    printf("%u x %u, kernels %s, %zu views\n", (unsigned)t->bitmap.width, (unsigned)t->bitmap.height,
           phash_hasher_kernels(t->hasher), t->n);
    for (size_t what = 0; what < 4; what++)
        printf("%-12s fastest %7.1f us (%.2f fingerprints), median %7.1f us (%.2f)\n", names[what], times[what][0],
               times[what][0] / times[0][0], times[what][ROUNDS / 2], times[what][ROUNDS / 2] / times[0][ROUNDS / 2]);
    return 1;
}

int main(int argc, char **argv)
{
    static tool t;
    int good = 0;

    t.bytes = malloc(FILE_MAX);
    if (t.bytes != NULL && phash_decoder_new(&t.decoder, NULL) == PHASH_OK &&
        phash_hasher_new(&t.hasher, 0, NULL) == PHASH_OK)
        good = argc == 3 && strcmp(argv[1], "--time") == 0 ? print_times(&t, argv[2]) : print_all(&t);
    phash_hasher_free(&t.hasher);
    phash_decoder_free(&t.decoder);
    free(t.bytes);
    return good ? 0 : 1;
}
