/* SPDX-License-Identifier: Apache-2.0 */
/* What plan_fit.py fits the planner's model on, counted over the edited pictures of a folder (its index.tsv, as
 * edits.py and plan_edits.py write it).
 *
 *   plan-data flips WORK   how often bits differ between the original and the nearest view of the edited picture:
 *                          view, distance / 8, rank by margin, place in zigzag order / 32, bits, differing bits
 *   plan-data reach WORK   for each edited picture which views open its original: a line of names, then
 *                          edit, photo, usable, distance of the picture, of its nearest view, and for 6, 7 and 8 bands
 *                          a field of view:tokens, tokens being how many that view alone would need
 */
#define _POSIX_C_SOURCE 200809L
#include <phash/hash.h>
#include <phash/image.h>
#include <phash/match.h>
#include <phash/private.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No view but the picture itself is ever worth more than OTHER_BUDGET tokens. */
enum { FILE_MAX = 64 << 20, PHOTOS_MAX = 4096, SHARES = 8, NEAR = 64, BANDS_MAX = 8, OTHER_BUDGET = 192 };

typedef struct photo {
    char name[128];
    phash_hash hash;
    int usable;
} photo;

typedef struct tool {
    const char *work;
    phash_decoder *decoder;
    phash_hasher *hasher;
    phash_planner *planners[3];       /* for the picture itself */
    phash_planner *other_planners[3]; /* for the other views */
    uint8_t *bytes; /* FILE_MAX */
    phash_fingerprint views[PHASH_VIEWS_MAX];
    uint32_t ids[PHASH_VIEWS_MAX];
    size_t n;
    photo photos[PHOTOS_MAX];
    size_t n_photos;
    uint8_t place[PHASH_HASH_BITS]; /* of each bit in zigzag order */
    uint32_t bits[PHASH_VIEWS_MAX][NEAR / 8][PHASH_HASH_BITS][SHARES];
    uint32_t flips[PHASH_VIEWS_MAX][NEAR / 8][PHASH_HASH_BITS][SHARES];
} tool;

static int hash_bit(const phash_hash *hash, uint32_t k)
{
    return hash->bytes[PHASH_HASH_SIZE - 1 - k / 8] >> (k % 8) & 1;
}

/* Bands are bits in zigzag order, lowest first: the band and the place in it of a single bit tell the order. */
static int find_places(tool *t)
{
    for (uint32_t k = 0; k < PHASH_HASH_BITS; k++) {
        phash_hash one = {{0}};
        uint64_t values[BANDS_MAX];
        one.bytes[PHASH_HASH_SIZE - 1 - k / 8] = (uint8_t)(1u << (k % 8));
        if (phash_hash_bands(values, &one, BANDS_MAX) != PHASH_OK)
            return 0;
        for (uint32_t at = 0; at < PHASH_HASH_BITS; at++)
            if ((values[at / 32] >> (at % 32) & 1) != 0)
                t->place[k] = (uint8_t)at;
    }
    return 1;
}

static int load(tool *t, const char *file)
{
    char path[4096];
    phash_bitmap bitmap;
    size_t size;

    snprintf(path, sizeof path, "%s/%s", t->work, file);
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        perror(path);
        return 0;
    }
    size = fread(t->bytes, 1, FILE_MAX, in);
    fclose(in);
    if (phash_decoder_read(t->decoder, NULL, NULL, t->bytes, size, NULL) != PHASH_OK ||
        phash_decoder_reading(t->decoder, &bitmap, NULL, 0) != PHASH_OK ||
        phash_hasher_views(t->hasher, t->views, t->ids, &t->n, PHASH_VIEWS_MAX, &bitmap, PHASH_SCALING_512,
                           PHASH_VIEWS_ALL) != PHASH_OK) {
        fprintf(stderr, "plan-data: %s cannot be read\n", path);
        return 0;
    }
    return 1;
}

static size_t nearest(const tool *t, const phash_hash *hash, uint32_t *distance)
{
    size_t best = 0;

    *distance = PHASH_HASH_BITS;
    for (size_t v = 0; v < t->n; v++) {
        const uint32_t d = phash_hash_distance(&t->views[v].hash, hash);
        if (phash_fingerprint_is_usable(&t->views[v]) && d < *distance) {
            *distance = d;
            best = v;
        }
    }
    return best;
}

static void count_flips(tool *t, const photo *original)
{
    uint32_t distance;
    const size_t v = nearest(t, &original->hash, &distance);
    const phash_fingerprint *p = &t->views[v];

    if (distance >= NEAR)
        return;
    for (uint32_t k = 0; k < PHASH_HASH_BITS; k++) {
        uint32_t rank = 0;
        for (uint32_t other = 0; other < PHASH_HASH_BITS; other++)
            rank += p->margin[other] < p->margin[k] || (!(p->margin[other] > p->margin[k]) && other < k);
        const size_t share = t->place[k] / 32;
        t->bits[t->ids[v]][distance / 8][rank][share]++;
        t->flips[t->ids[v]][distance / 8][rank][share] += hash_bit(&p->hash, k) != hash_bit(&original->hash, k);
    }
}

static void print_flips(const tool *t)
{
    for (uint32_t v = 0; v < PHASH_VIEWS_MAX; v++)
        for (size_t d = 0; d < NEAR / 8; d++)
            for (size_t rank = 0; rank < PHASH_HASH_BITS; rank++)
                for (size_t s = 0; s < SHARES; s++)
                    if (t->bits[v][d][rank][s] != 0)
                        printf("%s\t%zu\t%zu\t%zu\t%" PRIu32 "\t%" PRIu32 "\n", phash_view_name(v), d, rank, s,
                               t->bits[v][d][rank][s], t->flips[v][d][rank][s]);
}

static uint32_t differing(uint64_t a, uint64_t b)
{
    uint32_t n = 0;

    for (uint64_t x = a ^ b; x != 0; x &= x - 1)
        n++;
    return n;
}

/* Tokens until view v alone opens the entry, or 0. */
static uint32_t tokens_needed(tool *t, size_t v, uint32_t bands, const uint64_t *wanted)
{
    static phash_probe probes[PHASH_BUDGET_MAX];
    uint64_t values[BANDS_MAX];
    uint32_t fewest = 64;
    uint32_t n = 0;

    if (phash_hash_bands(values, &t->views[v].hash, bands) != PHASH_OK)
        return 0;
    for (uint32_t j = 0; j < bands; j++) {
        const uint32_t d = differing(values[j], wanted[j]);
        fewest = d < fewest ? d : fewest;
    }
    if (fewest > 7 || !phash_fingerprint_is_usable(&t->views[v])) /* 8 flips of 32 bits or more: out of reach */
        return 0;
    phash_planner *planner = (t->ids[v] == 0 ? t->planners : t->other_planners)[bands - 6];
    if (phash_planner_run(planner, probes, &n, &t->views[v], &t->ids[v], 1) != PHASH_OK)
        return 0;
    for (uint32_t i = 0; i < n; i++)
        if (probes[i].value == wanted[probes[i].band])
            return i + 1;
    return 0;
}

static void print_reach(tool *t, const char *edit, const photo *original)
{
    uint32_t distance;
    uint64_t wanted[BANDS_MAX];

    (void)nearest(t, &original->hash, &distance);
    printf("%s\t%s\t%d\t%" PRIu32 "\t%" PRIu32, edit, original->name,
           original->usable && phash_fingerprint_is_usable(&t->views[0]),
           phash_hash_distance(&t->views[0].hash, &original->hash), distance);
    for (uint32_t bands = 6; bands <= BANDS_MAX; bands++) {
        printf("\t-");
        if (distance > PHASH_RADIUS_MAX || phash_hash_bands(wanted, &original->hash, bands) != PHASH_OK)
            continue;
        for (size_t v = 0; v < t->n; v++) {
            const uint32_t tokens = tokens_needed(t, v, bands, wanted);
            if (tokens != 0)
                printf(",%" PRIu32 ":%" PRIu32, t->ids[v], tokens);
        }
    }
    printf("\n");
}

static photo *find_photo(tool *t, const char *name)
{
    for (size_t i = 0; i < t->n_photos; i++)
        if (strcmp(t->photos[i].name, name) == 0)
            return &t->photos[i];
    return NULL;
}

/* One line of the index: edit, group, photo, file. Originals come first. */
static int take_line(tool *t, char *line, int flips)
{
    char *fields[4];

    for (int i = 0; i < 4; i++) {
        fields[i] = line;
        line += strcspn(line, "\t\n");
        if (*line != '\0')
            *line++ = '\0';
    }
    const int is_original = strcmp(fields[0], "original") == 0;
    photo *p = is_original ? &t->photos[t->n_photos] : find_photo(t, fields[2]);
    if (p == NULL || (is_original && t->n_photos == PHOTOS_MAX - 1) || !load(t, fields[3]))
        return 0;
    if (is_original) {
        snprintf(p->name, sizeof p->name, "%s", fields[2]);
        p->hash = t->views[0].hash;
        p->usable = phash_fingerprint_is_usable(&t->views[0]);
        t->n_photos++;
    } else if (flips && p->usable && phash_fingerprint_is_usable(&t->views[0])) {
        count_flips(t, p);
    } else if (!flips) {
        print_reach(t, fields[0], p);
    }
    return 1;
}

static int run(tool *t, int flips)
{
    char line[4096];
    int good = find_places(t);

    snprintf(line, sizeof line, "%s/index.tsv", t->work);
    FILE *index = fopen(line, "r");
    if (index == NULL) {
        perror(line);
        return 0;
    }
    for (uint32_t id = 0; !flips && strcmp(phash_view_name(id), "unknown") != 0; id++)
        printf("%s%s", id != 0 ? "\t" : "", phash_view_name(id));
    if (!flips)
        printf("\n");
    while (good && fgets(line, sizeof line, index) != NULL)
        good = take_line(t, line, flips);
    fclose(index);
    if (good && flips)
        print_flips(t);
    return good;
}

int main(int argc, char **argv)
{
    tool *t = calloc(1, sizeof *t);
    int good = t != NULL && argc == 3 && (strcmp(argv[1], "flips") == 0 || strcmp(argv[1], "reach") == 0);

    if (!good) {
        fprintf(stderr, "usage: plan-data flips|reach WORK\n");
        free(t);
        return 64;
    }
    t->work = argv[2];
    t->bytes = malloc(FILE_MAX);
    good = t->bytes != NULL && phash_decoder_new(&t->decoder, NULL) == PHASH_OK &&
           phash_hasher_new(&t->hasher, 0, NULL) == PHASH_OK;
    for (uint32_t m = 0; good && m < 3; m++)
        good = phash_planner_new(&t->planners[m], 6 + m, PHASH_BUDGET_MAX, NULL) == PHASH_OK &&
               phash_planner_new(&t->other_planners[m], 6 + m, OTHER_BUDGET, NULL) == PHASH_OK;
    good = good && run(t, argv[1][0] == 'f');
    for (uint32_t m = 0; m < 3; m++) {
        phash_planner_free(&t->planners[m]);
        phash_planner_free(&t->other_planners[m]);
    }
    phash_hasher_free(&t->hasher);
    phash_decoder_free(&t->decoder);
    free(t->bytes);
    free(t);
    return good && fflush(stdout) == 0 ? 0 : 1;
}
