/* SPDX-License-Identifier: Apache-2.0 */
/* Photographs against the hashes that Meta's PDQ tool gives for the same files (reference_hashes.tsv).
 *
 * Opaque 8-bit RGB, YCbCr and grey JPEG, PNG and WebP files must agree in every bit of the hash, in the quality and in
 * the eight dihedral hashes; so must pictures with alpha once it is dropped, which is what that tool does. CMYK,
 * palettes and 1-bit pictures reach the tool through another converter and must lie within 10 bits. */
#include <phash/image.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIP 77
#define COLUMNS 16
#define NEAR 10

enum { PATH, WIDTH, HEIGHT, MODE, FORMAT, HASH, QUALITY, DIHEDRAL, DIHEDRAL_QUALITY = DIHEDRAL + PHASH_DIHEDRAL_COUNT };

typedef struct tally {
    unsigned exact, exact_required, near_required, near, near_but_exact, unsupported, failures;
} tally;

typedef struct bench {
    phash_decoder *decoder;
    phash_hasher *hasher;
    tally n;
} bench;

static uint8_t *read_whole(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = NULL;

    if (f == NULL)
        return NULL;
    if (fseek(f, 0, SEEK_END) == 0) {
        const long end = ftell(f);
        rewind(f);
        bytes = malloc(end > 0 ? (size_t)end : 1);
        *size = bytes != NULL ? fread(bytes, 1, (size_t)end, f) : 0;
    }
    fclose(f);
    return bytes;
}

static unsigned split(char *line, char *field[COLUMNS])
{
    unsigned n = 0;

    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line; p != NULL && n < COLUMNS; n++) {
        field[n] = p;
        p = strchr(p, '\t');
        if (p != NULL)
            *p++ = '\0';
    }
    return n;
}

static void fail(bench *b, const char *path, const char *what)
{
    printf("FAIL %s: %s\n", path, what);
    b->n.failures++;
}

/* 300 (more than any distance) when the text is no hash. */
static uint32_t distance_to(const phash_hash *hash, const char *text)
{
    phash_hash expected;

    if (phash_hash_from_text(&expected, text, strlen(text)) != PHASH_OK)
        return 300;
    return phash_hash_distance(hash, &expected);
}

static void check_dihedral(bench *b, char *field[COLUMNS], const phash_bitmap *bitmap)
{
    phash_fingerprint f[PHASH_DIHEDRAL_COUNT];

    if (phash_hasher_dihedral(b->hasher, f, bitmap, PHASH_SCALING_512) != PHASH_OK) {
        fail(b, field[PATH], "phash_hasher_dihedral failed");
        return;
    }
    for (int v = 0; v < PHASH_DIHEDRAL_COUNT; v++)
        if (distance_to(&f[v].hash, field[DIHEDRAL + v]) != 0)
            fail(b, field[PATH], phash_dihedral_name((phash_dihedral)v));
    if (f[0].quality != atoi(field[DIHEDRAL_QUALITY]))
        fail(b, field[PATH], "dihedral quality");
}

static void check_hash(bench *b, char *field[COLUMNS], bool exact_required)
{
    phash_bitmap bitmap;
    phash_fingerprint f;

    if (phash_decoder_reading(b->decoder, &bitmap, NULL, 0) != PHASH_OK ||
        phash_hasher_run(b->hasher, &f, &bitmap, PHASH_SCALING_512) != PHASH_OK) {
        fail(b, field[PATH], "not hashed");
        return;
    }
    const uint32_t distance = distance_to(&f.hash, field[HASH]);
    const bool exact = distance == 0 && f.quality == atoi(field[QUALITY]);
    if (exact_required) {
        b->n.exact_required++;
        b->n.exact += exact;
        check_dihedral(b, field, &bitmap);
    } else {
        b->n.near_required++;
        b->n.near += distance <= NEAR;
        b->n.near_but_exact += exact;
    }
    if (exact_required ? !exact : distance > NEAR) {
        printf("FAIL %s (%s): distance %u, quality %d, not %s\n", field[PATH], field[MODE], distance, (int)f.quality,
               field[QUALITY]);
        b->n.failures++;
    }
}

static void check_row(bench *b, const char *folder, char *field[COLUMNS])
{
    static const char *const exact_modes[] = {"RGB", "L", "RGBA", "LA"};
    const phash_decode_options options = {.struct_size = sizeof options,
                                          .orientation = PHASH_ORIENTATION_IGNORE,
                                          .alpha = PHASH_ALPHA_DROP};
    char path[8192];
    size_t size = 0;
    phash_image_info info;
    phash_diag diag = {""};
    bool exact_required = false;

    snprintf(path, sizeof path, "%s/%s", folder, field[PATH]);
    uint8_t *bytes = read_whole(path, &size);
    if (bytes == NULL) {
        fail(b, field[PATH], "cannot be read");
        return;
    }
    const phash_status st = phash_decoder_read(b->decoder, &info, &diag, bytes, size, &options);
    free(bytes);
    for (size_t i = 0; i < sizeof exact_modes / sizeof *exact_modes; i++)
        exact_required |= strcmp(field[MODE], exact_modes[i]) == 0;
    if (strcmp(field[FORMAT], "WEBP") == 0 && !phash_kind_is_supported(PHASH_KIND_WEBP)) {
        if (st != PHASH_E_UNSUPPORTED || info.kind != PHASH_KIND_WEBP)
            fail(b, field[PATH], "a WebP file in a build without WebP, but not refused as one");
        b->n.unsupported++;
    } else if (st != PHASH_OK) {
        fail(b, field[PATH], diag.text);
    } else if (info.width != strtoul(field[WIDTH], NULL, 10) || info.height != strtoul(field[HEIGHT], NULL, 10)) {
        fail(b, field[PATH], "other sides");
    } else {
        check_hash(b, field, exact_required);
    }
}

static int report(const tally *n)
{
    printf("pdq photos: %u exact of %u required, %u within %d bits of %u others (%u of them exact), %u unsupported "
           "(WebP)\n",
           n->exact, n->exact_required, n->near, NEAR, n->near_required, n->near_but_exact, n->unsupported);
    if (n->exact_required == 0)
        printf("FAIL: the list has no row that must be exact\n");
    return n->failures == 0 && n->exact_required != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
    const char *data = getenv("PHASH_TEST_DATA");
    char folder[2048];
    char line[4096];
    char *field[COLUMNS];
    bench b = {0};

    snprintf(folder, sizeof folder, "%s/pdq", data != NULL ? data : ".");
    snprintf(line, sizeof line, "%s/reference_hashes.tsv", folder);
    FILE *list = fopen(line, "r");
    if (list == NULL) {
        printf("SKIP: no %s; set PHASH_TEST_DATA\n", line);
        return SKIP;
    }
    int result = EXIT_FAILURE;
    if (phash_decoder_new(&b.decoder, NULL) == PHASH_OK && phash_hasher_new(&b.hasher, 0, NULL) == PHASH_OK) {
        while (fgets(line, sizeof line, list) != NULL)
            if (strncmp(line, "path\t", 5) != 0) {
                if (split(line, field) == COLUMNS)
                    check_row(&b, folder, field);
                else
                    fail(&b, line, "not 16 columns");
            }
        result = report(&b.n);
    }
    phash_decoder_free(&b.decoder);
    phash_hasher_free(&b.hasher);
    fclose(list);
    return result;
}
