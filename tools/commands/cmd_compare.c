/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: phash compare [OPTION]... A B\n"
    "\n"
    "Print the Hamming distance, 0 to 256, of two pictures or hashes. Up to 31 counts as the\n"
    "same picture; different pictures are near 128. A hash is 64 hexadecimal digits; a file of such\n"
    "a name is written ./NAME.\n"
    "\n"
    "  --orientation apply|ignore|both\n"
    "                     apply the EXIF orientation first (default), compare the pictures as\n"
    "                     stored, or take the nearer of both\n"
    "  --pipeline exact|luma|scaled\n"
    "                     how much of a JPEG is decoded: colours (default), the luminance\n"
    "                     only, or that at a smaller size\n"
    "  --views none|flips|edits|all\n"
    "                     the nearest that turned and mirrored views (flips), trimmed, framed\n"
    "                     and slightly rotated ones (edits) of one picture come to the other as\n"
    "                     it is; default none\n"
    "  --quiet            do not warn of low quality and meaningless hashes\n"
    "  --help             this text\n"
    "  --version          version, decoders and kernels\n"
    "\n"
    "Exit status: 0 compared, 2 a picture could not be read, 64 usage.\n";

/* The hashes of one side: one for a hash, one or more readings for a picture, and then their views. */
typedef struct side {
    size_t readings;
    size_t n; /* with views */
    phash_hash hash[PHASH_READINGS_MAX * (1 + PHASH_VIEWS_MAX)];
} side;

static void warn(const char *path, const phash_fingerprint *print)
{
    if (print->quality < PHASH_QUALITY_MIN)
        say("%s: quality %" PRId32 " of 100: the picture is too flat for its distance to mean much", path,
            print->quality);
    else if ((print->flags & PHASH_FINGERPRINT_MEANINGLESS) != 0)
        say("%s: the hash is rounding noise, as of stripes or gradients: its distance means nothing", path);
}

static bool read_side(side *out, picture_reader *reader, const char *argument, bool quiet)
{
    picture p = {0};

    /* base64 is not taken here: it would be mistaken for file names */
    if (strlen(argument) == 2 * PHASH_HASH_SIZE &&
        phash_hash_from_text(&out->hash[0], argument, strlen(argument)) == PHASH_OK) {
        out->n = out->readings = 1;
        return true;
    }
    picture_read(reader, &p, argument);
    if (p.trouble != REASON_NONE) {
        say("%s: %s: %s", argument, reason_name(p.trouble), p.why);
        return false;
    }
    out->n = out->readings = p.readings;
    for (uint32_t i = 0; i < p.readings; i++)
        out->hash[i] = p.print[i].hash;
    for (size_t i = 0; i < reader->views.n; i++)
        out->hash[out->n++] = reader->views.print[i].hash;
    if (!quiet)
        warn(argument, &p.print[0]);
    return true;
}

/* Views of one side with the other as it is, in both directions; not views with views, of which so many pairs come
 * nearer by chance. */
static uint32_t nearest(const side *a, const side *b)
{
    uint32_t best = PHASH_HASH_BITS;

    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < (i < a->readings ? b->n : b->readings); k++) {
            uint32_t d = phash_hash_distance(&a->hash[i], &b->hash[k]);
            best = d < best ? d : best;
        }
    return best;
}

int cmd_compare(int argc, char **argv)
{
    static const struct option options[] = {
        {"views", required_argument, NULL, 'v'}, BATCH_OPTIONS, {NULL, 0, NULL, 0}};
    side a;
    side b;
    batch_options batch;
    picture_reader reader;
    int option;

    batch_options_init(&batch);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (option == '?' || option == 'F' || option == 'j')
            return usage_error("unknown option or missing value");
        if (option == 'v' ? !parse_views(&batch.views, optarg) : !batch_take_option(&batch, option, optarg))
            return EXIT_USAGE;
    }
    if (argc - optind != 2)
        return usage_error("two pictures or hashes are compared, not %d", argc - optind);
    if (!picture_reader_init(&reader, &batch.decode, batch.views, false, 0, NULL)) {
        say("out of memory");
        return EXIT_TROUBLE;
    }
    bool good = read_side(&a, &reader, argv[optind], batch.quiet);
    good = read_side(&b, &reader, argv[optind + 1], batch.quiet) && good;
    picture_reader_clear(&reader);
    if (good)
        printf("%" PRIu32 "\n", nearest(&a, &b));
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
