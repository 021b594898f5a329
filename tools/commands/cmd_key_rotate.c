/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "keys/key_store.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "Usage: phash key rotate --key KEY --out NEXT [OPTION]...\n"
    "\n"
    "Draw the key that is to follow KEY, and say how to roll over to it. NEXT is sealed when KEY\n"
    "is, under the same passphrase unless another one is given. KEY is left as it is; an existing\n"
    "NEXT is kept.\n"
    "\n"
    "  --key KEY                   the current key\n"
    "  --out NEXT                  file to write, mode 0600\n"
    "  --passphrase-file FILE      the passphrase of KEY is the first line of FILE; without it, it\n"
    "                              is asked for at the terminal\n"
    "  --new-passphrase-file FILE  seal NEXT under the first line of this FILE\n"
    "  --quiet                     print only the new key's id\n"
    "  --help                      this text\n"
    "  --version                   version, decoders and kernels\n"
    "\n"
    "Exit status: 0 written, 2 not written, 64 usage.\n";

typedef struct rotate_run {
    const char *key_path;
    const char *out_path;
    const char *passphrase_file;
    const char *new_passphrase_file;
    bool quiet;
} rotate_run;

static void print_steps(const rotate_run *run)
{
    printf("To roll over without a pause:\n"
           "  1. Serve both:       phash-evaluator --key %s --key %s ...\n"
           "  2. Build each set:   phash set build --key %s --out NEW.phb LIST...\n"
           "     and sign and publish it. With another key it is another set, whose chain of editions\n"
           "     begins: no --previous. Devices that have the old set go on with the previous key.\n"
           "  3. When none asks for the previous key any more: phash-evaluator --key %s ...\n"
           "     and destroy %s. Who gets it later can test hashes against the old sets.\n",
           run->out_path, run->key_path, run->out_path, run->out_path, run->key_path);
}

/* The passphrase of the next key: a new one, that of the current key, or none when that is plain. */
static bool choose_passphrase(secret *out, bool *seal, const rotate_run *run, const key_facts *current)
{
    *seal = true;
    if (run->new_passphrase_file != NULL)
        return passphrase_get(out, run->new_passphrase_file, run->out_path, true);
    *seal = current->log2_n != 0;
    return !*seal || passphrase_get(out, run->passphrase_file, run->key_path, false);
}

/* Open the current key with what will seal the next: a mistyped passphrase must not get into use. */
static bool check_current(const rotate_run *run, const secret *passphrase)
{
    phash_key *key = NULL;
    const bool same = passphrase->bytes != NULL && run->new_passphrase_file == NULL;
    const bool good = same ? key_store_open(&key, run->key_path, passphrase)
                           : key_store_load(&key, run->key_path, run->passphrase_file);

    phash_key_free(&key);
    return good;
}

static bool rotate(const rotate_run *run)
{
    const phash_options options = locked_options();
    key_facts current;
    secret passphrase = {NULL, 0};
    phash_key *key = NULL;
    bool seal = false;
    bool good = key_store_describe(&current, run->key_path, NULL) &&
                choose_passphrase(&passphrase, &seal, run, &current) && check_current(run, &passphrase);

    if (good) {
        const phash_status st = phash_key_new(&key, &options);
        if (st != PHASH_OK)
            say("cannot draw a key: %s", phash_status_string(st));
        good = st == PHASH_OK && key_store_save(key, run->out_path, seal ? &passphrase : NULL);
    }
    if (good) {
        key_store_announce(key, run->out_path);
        if (!run->quiet)
            print_steps(run);
    }
    phash_key_free(&key);
    secret_free(&passphrase);
    return good;
}

int cmd_key_rotate(int argc, char **argv)
{
    static const struct option options[] = {{"key", required_argument, NULL, 'k'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"passphrase-file", required_argument, NULL, 'p'},
                                            {"new-passphrase-file", required_argument, NULL, 'n'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    rotate_run run = {0};
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
        return usage_error("needs the current key and one file to write: --key KEY --out NEXT");
    no_core_dumps();
    good = rotate(&run);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
