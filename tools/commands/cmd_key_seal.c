/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "keys/key_store.h"

#include <getopt.h>

static const char help[] =
    "Usage: phash key seal --key KEY --out SEALED [OPTION]...\n"
    "\n"
    "Write the same key to another file, encrypted under a new passphrase. KEY may be plain, or\n"
    "sealed under another passphrase; it is left as it is. An existing SEALED is kept.\n"
    "\n"
    "  --key KEY                   the key\n"
    "  --out SEALED                file to write, mode 0600\n"
    "  --passphrase-file FILE      the passphrase of KEY is the first line of FILE\n"
    "  --new-passphrase-file FILE  the passphrase of SEALED is the first line of FILE\n"
    "  --quiet                     do not print the key's id\n"
    "  --help                      this text\n"
    "  --version                   version, decoders and kernels\n"
    "\n"
    "Passphrases without a file are asked for at the terminal.\n"
    "Exit status: 0 written, 2 not written, 64 usage.\n";

typedef struct seal_run {
    const char *key_path;
    const char *out_path;
    const char *passphrase_file;
    const char *new_passphrase_file;
    bool quiet;
} seal_run;

static bool seal_again(const seal_run *run)
{
    phash_key *key = NULL;
    secret passphrase = {NULL, 0};
    const bool good = key_store_load(&key, run->key_path, run->passphrase_file) &&
                      passphrase_get(&passphrase, run->new_passphrase_file, run->out_path, true) &&
                      key_store_save(key, run->out_path, &passphrase);

    if (good && !run->quiet)
        key_store_announce(key, run->out_path);
    phash_key_free(&key);
    secret_free(&passphrase);
    return good;
}

int cmd_key_seal(int argc, char **argv)
{
    static const struct option options[] = {{"key", required_argument, NULL, 'k'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"passphrase-file", required_argument, NULL, 'p'},
                                            {"new-passphrase-file", required_argument, NULL, 'n'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    seal_run run = {0};
    bool good = true;
    int option;

    while (good && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'k': good = take_once(&run.key_path, "--key", optarg); break;
        case 'o': good = take_once(&run.out_path, "--out", optarg); break;
        case 'p': good = take_once(&run.passphrase_file, "--passphrase-file", optarg); break;
        case 'n': good = take_once(&run.new_passphrase_file, "--new-passphrase-file", optarg); break;
        case 'q': run.quiet = true; break;
        case 'h': return print_help(help);
        case 'V': return print_version();
        default: return usage_error("unknown option or missing value");
        }
    }
    if (!good)
        return EXIT_USAGE;
    if (run.key_path == NULL || run.out_path == NULL || optind != argc)
        return usage_error("needs the key and one file to write: --key KEY --out SEALED");
    no_core_dumps();
    good = seal_again(&run);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
