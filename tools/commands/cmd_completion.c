/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/completion_texts.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: phash completion bash|zsh|fish\n"
    "\n"
    "Print the script by which a shell completes commands, options and their values.\n"
    "\n"
    "  --help     this text\n"
    "  --version  version, decoders and kernels\n"
    "\n"
    "Exit status: 0 success, 2 trouble, 64 usage.\n";

static const struct {
    const char *shell;
    const char *script;
} scripts[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};

int cmd_completion(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        return usage_error("unknown option or missing value");
    }
    if (argc - optind != 1)
        return usage_error("name one shell: bash, zsh or fish");
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (strcmp(argv[optind], scripts[i].shell) == 0)
            return print_help(scripts[i].script);
    return usage_error("there is no completion for '%s'; there is for bash, zsh and fish", argv[optind]);
}
