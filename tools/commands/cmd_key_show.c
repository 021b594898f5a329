/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "keys/key_store.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "Usage: phash key show [--passphrase-file FILE] KEY...\n"
    "\n"
    "Say what key files hold: id, public key, date, and whether they are sealed. Nothing secret is\n"
    "shown. Of a sealed key that is what the file says; with its passphrase it is verified.\n"
    "\n"
    "  --passphrase-file FILE  open sealed keys with the first line of FILE\n"
    "  --help                  this text\n"
    "  --version               version, decoders and kernels\n"
    "\n"
    "Exit status: 0 all were shown, 2 some could not be read or opened, 64 usage.\n";

static void show_hex(const char *name, const uint8_t *bytes, size_t size)
{
    printf("  %-8s  ", name);
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

static bool show(const char *path, const char *passphrase_file)
{
    key_facts facts;

    if (!key_store_describe(&facts, path, passphrase_file))
        return false;
    printf("%s:\n", path);
    show_hex("id", facts.id, sizeof facts.id);
    show_hex("public", facts.public_key, sizeof facts.public_key);
    printf("  created   %s\n", facts.created[0] != '\0' ? facts.created : "not recorded");
    if (facts.log2_n != 0)
        printf("  sealed    yes: scrypt with %u MiB, AES-256-GCM\n", 1u << (facts.log2_n - 10));
    else
        printf("  sealed    no\n");
    printf("  verified  %s\n", facts.verified ? "yes" : "no: its passphrase was not given");
    return true;
}

int cmd_key_show(int argc, char **argv)
{
    static const struct option options[] = {{"passphrase-file", required_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    const char *passphrase_file = NULL;
    bool good = true;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'p':
            if (!take_once(&passphrase_file, "--passphrase-file", optarg))
                return EXIT_USAGE;
            break;
        case 'h': return print_help(help);
        case 'V': return print_version();
        default: return usage_error("unknown option or missing value");
        }
    }
    if (optind == argc)
        return usage_error("which key? Give its file");
    no_core_dumps();
    for (int i = optind; i < argc; i++)
        good = show(argv[i], passphrase_file) && good;
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
