/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "keys/key_store.h"

#include <phash/set.h>

#include <getopt.h>

static const char help[] =
    "Usage: phash key new --out KEY [--seal [--passphrase-file FILE]] [--quiet]\n"
    "\n"
    "Draw a new evaluator key and write it to the file KEY, mode 0600. An existing file is kept:\n"
    "sets that were built with a key are of no use without it.\n"
    "\n"
    "  --out KEY               file to write\n"
    "  --seal                  encrypt it under a passphrase, which is asked for at the terminal\n"
    "  --passphrase-file FILE  with --seal: the passphrase is the first line of FILE, which others\n"
    "                          may not read\n"
    "  --quiet                 do not print the key's id\n"
    "  --help                  this text\n"
    "  --version               version, decoders and kernels\n"
    "\n"
    "Exit status: 0 written, 2 not written, 64 usage.\n";

static bool draw_and_save(const char *path, bool seal, const char *passphrase_file, bool quiet)
{
    const phash_options options = locked_options();
    secret passphrase = {NULL, 0};
    phash_key *key = NULL;

    if (seal && !passphrase_get(&passphrase, passphrase_file, path, true))
        return false;
    phash_status st = phash_key_new(&key, &options);
    if (st != PHASH_OK)
        say("cannot draw a key: %s", phash_status_string(st));
    const bool good = st == PHASH_OK && key_store_save(key, path, seal ? &passphrase : NULL);
    if (good && !quiet)
        key_store_announce(key, path);
    phash_key_free(&key);
    secret_free(&passphrase);
    return good;
}

int cmd_key_new(int argc, char **argv)
{
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"seal", no_argument, NULL, 's'},
                                            {"passphrase-file", required_argument, NULL, 'p'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    const char *path = NULL;
    const char *passphrase_file = NULL;
    bool seal = false;
    bool quiet = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            if (!take_once(&path, "--out", optarg))
                return EXIT_USAGE;
            break;
        case 'p':
            if (!take_once(&passphrase_file, "--passphrase-file", optarg))
                return EXIT_USAGE;
            break;
        case 's': seal = true; break;
        case 'q': quiet = true; break;
        case 'h': return print_help(help);
        case 'V': return print_version();
        default: return usage_error("unknown option or missing value");
        }
    }
    if (path == NULL || optind != argc)
        return usage_error("the key needs one file: --out KEY");
    if (passphrase_file != NULL && !seal)
        return usage_error("--passphrase-file goes with --seal");
    no_core_dumps();
    const bool good = draw_and_save(path, seal, passphrase_file, quiet);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
