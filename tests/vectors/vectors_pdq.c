/* SPDX-License-Identifier: Apache-2.0 */
/* Checks hashers, with every subset of the processor's features, against the table of generated pictures.
 *
 *   vectors_pdq [--file TABLE] [--max-pixels N] [--mask FLAGS] [--literal]
 *
 * --literal checks tests/vectors/pdq_reference.c instead. Exit 0 all equal, 1 not, 77 table missing. */
#define _POSIX_C_SOURCE 200809L /* strtok_r */
#include "hash/hasher.h"
#include "util/cpu.h"
#include "vectors/cpu_masks.h"
#include "vectors/pdq_planes.h"
#include "vectors/pdq_reference.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 21, MASKS = CPU_MASKS_MAX };

typedef struct options {
    const char *file;
    uint64_t max_pixels;
    bool one_mask;
    bool literal;
    uint32_t mask;
} options;

/* One row of the table; hashes stay text, as they are printed. */
typedef struct vector {
    const char *name;
    uint32_t width;
    uint32_t height;
    size_t channels;
    uint64_t fnv_bytes;
    const char *direct_hash;
    int direct_quality;
    const char *pipe_hash;
    int pipe_quality;
    uint64_t fnv_grid;
    uint64_t fnv_coefficients;
    float min_margin;
    const char *turned[PHASH_DIHEDRAL_COUNT];
    int turned_quality;
} vector;

static uint64_t hexadecimal(const char *text)
{
    return strtoull(text, NULL, 16);
}

static bool parse(vector *v, char *line)
{
    const char *cell[COLUMNS];
    char *rest = NULL;
    size_t n = 0;

    line[strcspn(line, "\r\n")] = '\0';
    for (char *t = strtok_r(line, "\t", &rest); t != NULL && n < COLUMNS; t = strtok_r(NULL, "\t", &rest))
        cell[n++] = t;
    if (n != COLUMNS)
        return false;
    v->name = cell[0];
    v->width = (uint32_t)strtoul(cell[1], NULL, 10);
    v->height = (uint32_t)strtoul(cell[2], NULL, 10);
    v->channels = (size_t)strtoul(cell[3], NULL, 10);
    v->fnv_bytes = hexadecimal(cell[4]);
    v->direct_hash = cell[5];
    v->direct_quality = atoi(cell[6]);
    v->pipe_hash = cell[7];
    v->pipe_quality = atoi(cell[8]);
    v->fnv_grid = hexadecimal(cell[9]);
    v->fnv_coefficients = hexadecimal(cell[10]);
    v->min_margin = strtof(cell[11], NULL);
    for (size_t i = 0; i < PHASH_DIHEDRAL_COUNT; i++)
        v->turned[i] = cell[12 + i];
    v->turned_quality = atoi(cell[20]);
    return true;
}

static bool complain(const vector *v, const char *kernels, const char *what)
{
    printf("FAIL %s %ux%u, kernels %s: %s\n", v->name, (unsigned)v->width, (unsigned)v->height, kernels, what);
    return false;
}

static bool is_hash(const phash_hash *hash, const char *text)
{
    char hex[PHASH_HEX_SIZE];

    phash_hash_to_hex(hex, hash);
    return strcmp(hex, text) == 0;
}

/* FNV of the bit patterns, least significant byte first. */
static uint64_t fnv_floats(const float *values, size_t n)
{
    uint8_t bytes[4 * 64 * 64];

    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        for (size_t b = 0; b < 4; b++)
            bytes[4 * i + b] = (uint8_t)(bits >> (8 * b));
    }
    return pdq_fnv1a(bytes, 4 * n);
}

static int compare_floats(const void *x, const void *y)
{
    const float a = *(const float *)x;
    const float b = *(const float *)y;

    return (a > b) - (a < b);
}

/* Margins are distances from the sorted value 127, and the smallest upward one is the table's. */
static const char *check_margins(const phash_fingerprint *f, const float *coefficients, float min_margin)
{
    float sorted[PHASH_HASH_BITS];

    memcpy(sorted, coefficients, sizeof sorted);
    qsort(sorted, PHASH_HASH_BITS, sizeof *sorted, compare_floats);
    if (sorted[128] - sorted[127] != min_margin)
        return "min_margin";
    for (size_t i = 0; i < PHASH_HASH_BITS; i++) {
        const float d = coefficients[i] - sorted[127];
        if (f->margin[i] != (d < 0.0f ? -d : d))
            return "margin";
    }
    return NULL;
}

static const char *check_direct(const vector *v, phash_hasher *hasher, const phash_bitmap *bitmap)
{
    const bool too_small = v->width < 5 || v->height < 5;
    phash_fingerprint f;

    if (phash_hasher_run(hasher, &f, bitmap, PHASH_SCALING_NONE) != PHASH_OK)
        return "direct status";
    if (fnv_floats(phash_hasher_grid(hasher), PHASH_GRID_SIZE) != v->fnv_grid)
        return "64 x 64 buffer";
    if (fnv_floats(phash_hasher_coefficients(hasher), PHASH_DCT_SIZE) != v->fnv_coefficients)
        return "16 x 16 buffer";
    if (!is_hash(&f.hash, v->direct_hash))
        return "direct hash";
    if (f.quality != v->direct_quality)
        return "direct quality";
    if ((f.flags & PHASH_FINGERPRINT_TOO_SMALL) != (too_small ? PHASH_FINGERPRINT_TOO_SMALL : 0u))
        return "flags";
    return check_margins(&f, phash_hasher_coefficients(hasher), v->min_margin);
}

static const char *check_dihedral(const vector *v, phash_hasher *hasher, const phash_bitmap *bitmap)
{
    phash_fingerprint f[PHASH_DIHEDRAL_COUNT];

    if (phash_hasher_dihedral(hasher, f, bitmap, PHASH_SCALING_NONE) != PHASH_OK)
        return "dihedral status";
    for (int i = 0; i < PHASH_DIHEDRAL_COUNT; i++) {
        if (!is_hash(&f[i].hash, v->turned[i]))
            return phash_dihedral_name((phash_dihedral)i);
        if (f[i].quality != v->turned_quality)
            return "dihedral quality";
    }
    return NULL;
}

static const char *check_pipeline(const vector *v, phash_hasher *hasher, const phash_bitmap *bitmap)
{
    phash_fingerprint f;

    if (phash_hasher_run(hasher, &f, bitmap, PHASH_SCALING_512) != PHASH_OK)
        return "pipeline status";
    if (!is_hash(&f.hash, v->pipe_hash))
        return "pipeline hash";
    return f.quality == v->pipe_quality ? NULL : "pipeline quality";
}

static bool check_hasher(const vector *v, phash_hasher *hasher, const uint8_t *pixels)
{
    const phash_bitmap bitmap = {pixels, v->width, v->height, v->width * v->channels,
                                 v->channels == 1 ? PHASH_PIXELS_GREY : PHASH_PIXELS_RGB};
    const char *wrong = check_direct(v, hasher, &bitmap);

    if (wrong == NULL)
        wrong = check_dihedral(v, hasher, &bitmap);
    if (wrong == NULL)
        wrong = check_pipeline(v, hasher, &bitmap);
    return wrong == NULL || complain(v, phash_hasher_kernels(hasher), wrong);
}

static bool check_literal(const vector *v, const uint8_t *pixels)
{
    const size_t n = (size_t)v->width * v->height;
    float *luma = malloc(2 * n * sizeof *luma);
    const char *wrong = NULL;
    pdq_reference r;
    phash_hash hash;

    if (luma == NULL)
        return complain(v, "literal", "out of memory");
    for (int dihedral = 0; dihedral < 2 && wrong == NULL; dihedral++) {
        for (size_t i = 0; i < n; i++) {
            const uint8_t *p = pixels + i * v->channels;
            luma[i] = v->channels == 1 ? (float)p[0]
                                       : (0.299f * (float)p[0] + 0.587f * (float)p[1]) + 0.114f * (float)p[2];
        }
        pdq_reference_run(&r, luma, luma + n, v->height, v->width, dihedral);
        memcpy(hash.bytes, r.hash, sizeof r.hash);
        if (!is_hash(&hash, dihedral ? v->turned[0] : v->direct_hash))
            wrong = "hash";
        else if (r.quality != (dihedral ? v->turned_quality : v->direct_quality))
            wrong = "quality";
        else if (!dihedral && fnv_floats(&r.grid[0][0], 64 * 64) != v->fnv_grid)
            wrong = "64 x 64 buffer";
        else if (!dihedral && fnv_floats(&r.coefficients[0][0], 256) != v->fnv_coefficients)
            wrong = "16 x 16 buffer";
    }
    free(luma);
    return wrong == NULL || complain(v, "literal", wrong);
}

/* What is being counted: hashers by mask, or the literal transcription alone. */
typedef struct run {
    phash_hasher *hashers[MASKS];
    uint32_t masks[MASKS];
    size_t passed[MASKS];
    size_t n;
    size_t vectors;
    size_t skipped;
    bool literal;
} run;

static bool start(run *r, const options *o)
{
    if (o->literal || o->one_mask) {
        r->n = 1;
        r->masks[0] = phash_cpu_flags() & o->mask;
        r->literal = o->literal;
    } else {
        r->n = cpu_masks(r->masks, phash_cpu_flags());
    }
    for (size_t i = 0; i < r->n && !r->literal; i++)
        if (phash_hasher_new_with_cpu(&r->hashers[i], o->max_pixels, NULL, r->masks[i]) != PHASH_OK)
            return false;
    return true;
}

static bool check_vector(run *r, const vector *v)
{
    uint8_t *pixels = malloc((size_t)v->width * v->height * v->channels);
    bool good = true;

    if (pixels == NULL)
        return complain(v, "none", "out of memory");
    /* If our picture is not the table's, nothing after it means anything. */
    if (pdq_plane_generate(pixels, v->name, v->width, v->height) != (int)v->channels ||
        pdq_fnv1a(pixels, (size_t)v->width * v->height * v->channels) != v->fnv_bytes) {
        free(pixels);
        return complain(v, "none", "the generator makes another picture");
    }
    for (size_t i = 0; i < r->n; i++) {
        const bool passed = r->literal ? check_literal(v, pixels) : check_hasher(v, r->hashers[i], pixels);
        r->passed[i] += passed;
        good = good && passed;
    }
    free(pixels);
    return good;
}

static bool check_table(run *r, FILE *file, uint64_t max_pixels)
{
    char line[2048];
    bool good = true;
    vector v;

    if (fgets(line, sizeof line, file) == NULL || strncmp(line, "gen\t", 4) != 0)
        return false;
    while (fgets(line, sizeof line, file) != NULL) {
        if (!parse(&v, line)) {
            printf("FAIL: a row of the table cannot be read\n");
            return false;
        }
        if ((uint64_t)v.width * v.height > max_pixels) {
            r->skipped++;
            continue;
        }
        r->vectors++;
        good = check_vector(r, &v) && good;
    }
    return good && r->vectors != 0;
}

static void report(const run *r)
{
    for (size_t i = 0; i < r->n; i++)
        printf("%zu of %zu vectors, features 0x%03x (%s)\n", r->passed[i], r->vectors, (unsigned)r->masks[i],
               r->literal ? "literal" : phash_hasher_kernels(r->hashers[i]));
    if (r->skipped != 0)
        printf("%zu larger pictures left out by --max-pixels\n", r->skipped);
}

static bool read_options(options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--literal") == 0) {
            o->literal = true;
        } else if (i + 1 == argc) {
            return false;
        } else if (strcmp(argv[i], "--file") == 0) {
            o->file = argv[++i];
        } else if (strcmp(argv[i], "--max-pixels") == 0) {
            o->max_pixels = strtoull(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--mask") == 0) {
            o->mask = (uint32_t)strtoul(argv[++i], NULL, 0);
            o->one_mask = true;
        } else {
            return false;
        }
    }
    return o->max_pixels != 0;
}

int main(int argc, char **argv)
{
    const char *root = getenv("PHASH_SOURCE_DIR");
    options o = {NULL, (uint64_t)1 << 24, false, false, UINT32_MAX};
    char path[4096];
    run r = {{NULL}, {0}, {0}, 0, 0, 0, false};
    bool good;

    if (!read_options(&o, argc, argv)) {
        fprintf(stderr, "usage: vectors_pdq [--file TABLE] [--max-pixels N] [--mask FLAGS] [--literal]\n");
        return 64;
    }
    snprintf(path, sizeof path, "%s/tests/data/pdq/plane_vectors.tsv", root != NULL ? root : ".");
    FILE *file = fopen(o.file != NULL ? o.file : path, "r");
    if (file == NULL) {
        printf("SKIP: no table of vectors at %s\n", o.file != NULL ? o.file : path);
        return o.file != NULL ? 77 : 1;
    }
    good = start(&r, &o) && check_table(&r, file, o.max_pixels);
    report(&r);
    for (size_t i = 0; i < r.n; i++)
        phash_hasher_free(&r.hashers[i]);
    fclose(file);
    return good ? 0 : 1;
}
