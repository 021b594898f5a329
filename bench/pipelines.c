/* SPDX-License-Identifier: Apache-2.0 */
/* How far the hashes of the luma and scaled pipelines are from the exact ones, and what each pipeline costs:
 *
 *   pipelines [--quality N] [--side N] PATH...
 *
 * PATH is a file or a folder, read with its subfolders. Counted are JPEG pictures (others are decoded alike in every
 * pipeline) of quality 80 or more, or N, and of at least N pixels on both sides. Exit code 1 when the 99th percentile
 * exceeds 2 bits for luma or 8 for scaled; of fewer than 100 pictures that is the largest distance. */
#define _XOPEN_SOURCE 700 /* nftw, clock_gettime */
#include <phash/hash.h>
#include <phash/image.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_PIPELINES 3
#define QUALITY_LEAST 80

typedef struct session {
    phash_decoder *decoder;
    phash_hasher *hasher;
    int32_t quality_least;
    uint32_t side_least;
    uint32_t histogram[N_PIPELINES][PHASH_HASH_BITS + 1]; /* of distances to the exact hash */
    double ms[N_PIPELINES];
    uint32_t n, n_small, n_other, n_refused;
} session;

static session s; /* nftw has no argument for its callback */

static double now_ms(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint8_t *read_whole(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;

    *size = 0;
    if (f == NULL)
        return NULL;
    if (fseek(f, 0, SEEK_END) == 0) {
        const long end = ftell(f);
        rewind(f);
        bytes = malloc(end > 0 ? (size_t)end : 1);
        *size = bytes != NULL ? fread(bytes, 1, end > 0 ? (size_t)end : 0, f) : 0;
    }
    fclose(f);
    return bytes;
}

/* Returns 1 when there is a fingerprint. */
static int fingerprint(phash_fingerprint *out, phash_image_info *info, double *ms, const uint8_t *bytes, size_t size,
                       phash_pipeline pipeline)
{
    const phash_decode_options options = {.struct_size = sizeof options, .pipeline = pipeline};
    const double start = now_ms();
    phash_bitmap bitmap;

    if (phash_decoder_read(s.decoder, info, NULL, bytes, size, &options) != PHASH_OK ||
        phash_decoder_reading(s.decoder, &bitmap, NULL, 0) != PHASH_OK ||
        phash_hasher_run(s.hasher, out, &bitmap, PHASH_SCALING_512) != PHASH_OK)
        return 0;
    *ms = now_ms() - start;
    return 1;
}

static void count(const uint8_t *bytes, size_t size)
{
    phash_fingerprint f[N_PIPELINES];
    double ms[N_PIPELINES];
    phash_image_info info;

    if (phash_kind_sniff(bytes, size) != PHASH_KIND_JPEG) {
        s.n_other++;
        return;
    }
    for (int p = 0; p < N_PIPELINES; p++)
        if (!fingerprint(&f[p], &info, &ms[p], bytes, size, (phash_pipeline)p)) {
            s.n_refused++;
            return;
        }
    if (f[0].quality < s.quality_least || info.width < s.side_least || info.height < s.side_least) {
        s.n_small++;
        return;
    }
    for (int p = 0; p < N_PIPELINES; p++) {
        s.histogram[p][phash_hash_distance(&f[0].hash, &f[p].hash)]++;
        s.ms[p] += ms[p];
    }
    s.n++;
}

static int on_file(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    size_t size = 0;

    (void)stat;
    (void)place;
    if (type != FTW_F)
        return 0;
    uint8_t *bytes = read_whole(path, &size);
    if (bytes != NULL)
        count(bytes, size);
    else
        s.n_refused++;
    free(bytes);
    return 0;
}

/* Smallest distance that at least `share` of the pictures do not exceed. */
static uint32_t percentile(const uint32_t *histogram, double share)
{
    uint32_t sum = 0;

    for (uint32_t d = 0; d <= PHASH_HASH_BITS; d++) {
        sum += histogram[d];
        if ((double)sum >= share * (double)s.n)
            return d;
    }
    return PHASH_HASH_BITS;
}

static double mean(const uint32_t *histogram)
{
    double sum = 0;

    for (uint32_t d = 0; d <= PHASH_HASH_BITS; d++)
        sum += (double)d * histogram[d];
    return sum / s.n;
}

static int print_results(void)
{
    static const uint32_t p99_most[N_PIPELINES] = {0, 2, 8};
    int good = 1;

    printf("%u JPEG pictures; not counted: %u too small or of too low a quality, %u of other kinds, %u refused\n", s.n,
           s.n_small, s.n_other, s.n_refused);
    if (s.n == 0)
        return 1;
    printf("%-18s %6s %4s %4s %4s %10s\n", "bits to exact", "mean", "p50", "p99", "max", "ms/picture");
    for (int p = 0; p < N_PIPELINES; p++) {
        const uint32_t p99 = percentile(s.histogram[p], 0.99);
        printf("%-18s %6.2f %4u %4u %4u %10.2f\n", phash_pipeline_name((phash_pipeline)p), mean(s.histogram[p]),
               percentile(s.histogram[p], 0.5), p99, percentile(s.histogram[p], 1.0), s.ms[p] / s.n);
        good = good && p99 <= p99_most[p];
    }
    return good;
}

int main(int argc, char **argv)
{
    int good = 0;
    int i = 1;

    s.quality_least = QUALITY_LEAST;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--quality") == 0)
            s.quality_least = (int32_t)strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--side") == 0)
            s.side_least = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        else
            break;
    }
    if (i >= argc || argv[i][0] == '-') {
        fprintf(stderr, "usage: pipelines [--quality N] [--side N] PATH...\n");
        return 64;
    }
    if (phash_decoder_new(&s.decoder, NULL) == PHASH_OK && phash_hasher_new(&s.hasher, 0, NULL) == PHASH_OK) {
        for (; i < argc; i++)
            if (nftw(argv[i], on_file, 16, FTW_PHYS) != 0)
                fprintf(stderr, "cannot read %s\n", argv[i]);
        good = print_results();
    }
    phash_hasher_free(&s.hasher);
    phash_decoder_free(&s.decoder);
    return good ? 0 : 1;
}
