/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long, explicit_bzero */
#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/file_io.h"

#include <phash/set.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: phash key new --out KEY\n"
    "\n"
    "Draw a new evaluator key and write it to the file KEY, mode 0600. An existing file is kept:\n"
    "sets that were built with a key are of no use without it.\n"
    "\n"
    "  --out KEY   file to write\n"
    "  --quiet     do not print the key's id\n"
    "  --help      this text\n"
    "  --version   version, decoders and kernels\n"
    "\n"
    "Exit status: 0 written, 2 not written, 64 usage.\n";

static bool write_key(const phash_key *key, const char *path)
{
    uint8_t bytes[PHASH_KEY_FILE_SIZE];
    size_t size = 0;
    output_file out;

    if (!output_begin(&out, path, 0600))
        return false;
    setvbuf(out.stream, NULL, _IONBF, 0); /* no copy of the key in a buffer that is not wiped */
    bool good = phash_key_write(key, bytes, sizeof bytes, &size) == PHASH_OK &&
                fwrite(bytes, 1, size, out.stream) == size;
    explicit_bzero(bytes, sizeof bytes);
    if (good)
        return output_commit(&out, false);
    say("%s: cannot write", path);
    output_abandon(&out);
    return false;
}

int cmd_key_new(int argc, char **argv)
{
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    const char *path = NULL;
    bool quiet = false;
    phash_key *key = NULL;
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    uint8_t id[PHASH_KEY_ID_SIZE];
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            if (!take_once(&path, "--out", optarg))
                return EXIT_USAGE;
            break;
        case 'q': quiet = true; break;
        case 'h': return print_help(help);
        case 'V': return print_version();
        default: return usage_error("unknown option or missing value");
        }
    }
    if (path == NULL || optind != argc)
        return usage_error("the key needs one file: --out KEY");
    phash_status st = phash_key_new(&key, NULL);
    if (st != PHASH_OK) {
        say("cannot draw a key: %s", phash_status_string(st));
        return EXIT_TROUBLE;
    }
    bool good = write_key(key, path);
    phash_key_public(key, public_key, id);
    phash_key_free(&key);
    if (good && !quiet) {
        printf("%s: key ", path);
        for (size_t i = 0; i < sizeof id; i++)
            printf("%02x", id[i]);
        printf("\n");
    }
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
