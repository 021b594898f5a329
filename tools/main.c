/* SPDX-License-Identifier: Apache-2.0 */
/* phash: one program, one file for each subcommand. */
#define _POSIX_C_SOURCE 200809L
#include "batch/batch.h"
#include "cli/cli.h"

#include <phash/hash.h>
#include <phash/image.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: phash COMMAND [OPTION]... [ARGUMENT]...\n"
    "\n"
    "Perceptual fingerprints of pictures (PDQ), matched against lists openly or privately.\n"
    "\n"
    "  hash          print the hashes of pictures\n"
    "  compare       print the distance of two pictures or hashes\n"
    "  match         match hashes against plain lists\n"
    "  scan          match pictures against plain lists, or privately against a blinded set\n"
    "  merge         put the parts of a run that was split together\n"
    "  dedup         find near-duplicates among pictures\n"
    "  list inspect  say what plain lists hold and how they are searched\n"
    "  set build     blind plain lists\n"
    "  set inspect   say what a blinded set holds and whether it is sound\n"
    "  set sign      sign a blinded set\n"
    "  set fetch     download a blinded set\n"
    "  set verify    verify a blinded set and its signatures\n"
    "  set diff      say what changed between two editions of a set\n"
    "  set log       show the chain of editions of a set\n"
    "  key new       draw an evaluator key\n"
    "  key show      say what key files hold, without their secrets\n"
    "  key seal      encrypt a key under a passphrase\n"
    "  key rotate    draw the key that follows one\n"
    "  selftest      try everything with a harmless built-in picture\n"
    "  bench         measure how fast this machine hashes\n"
    "  completion    print completions for a shell\n"
    "\n"
    "phash COMMAND --help explains a command; phash --version tells decoders and kernels.\n"
    "No command writes anything but the files it is told to, or opens a network connection unless\n"
    "it is given a URL.\n";

static const struct command {
    const char *name;
    const char *second; /* for commands of two words */
    const char *full;
    command_fn *run;
} commands[] = {
    {"hash", NULL, "hash", cmd_hash},
    {"compare", NULL, "compare", cmd_compare},
    {"match", NULL, "match", cmd_match},
    {"scan", NULL, "scan", cmd_scan},
    {"merge", NULL, "merge", cmd_merge},
    {"dedup", NULL, "dedup", cmd_dedup},
    {"list", "inspect", "list inspect", cmd_list_inspect},
    {"set", "build", "set build", cmd_set_build},
    {"set", "inspect", "set inspect", cmd_set_inspect},
    {"set", "sign", "set sign", cmd_set_sign},
    {"set", "fetch", "set fetch", cmd_set_fetch},
    {"set", "verify", "set verify", cmd_set_verify},
    {"set", "diff", "set diff", cmd_set_diff},
    {"set", "log", "set log", cmd_set_log},
    {"key", "new", "key new", cmd_key_new},
    {"key", "show", "key show", cmd_key_show},
    {"key", "seal", "key seal", cmd_key_seal},
    {"key", "rotate", "key rotate", cmd_key_rotate},
    {"selftest", NULL, "selftest", cmd_selftest},
    {"bench", NULL, "bench", cmd_bench},
    {"completion", NULL, "completion", cmd_completion},
};

int print_version(void)
{
    phash_hasher *hasher = NULL;

    printf("phash %s\n", PHASH_VERSION_STRING);
    printf("library   libphash %s\n", phash_version());
    printf("decoders  %s\n", phash_codec_description());
    if (phash_hasher_new(&hasher, 0, NULL) == PHASH_OK)
        printf("kernels   %s\n", phash_hasher_kernels(hasher));
    phash_hasher_free(&hasher);
    return finish_stdout() ? EXIT_CLEAN : EXIT_TROUBLE;
}

static int unknown_command(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return usage_error("%s needs a second word, such as '%s'", argv[1], commands[i].full);
    return usage_error("'%s' is no command", argc > 1 ? argv[1] : "");
}

/* A program started with stdin, stdout or stderr closed must not write its output into the next file it opens. What
 * is opened here in their place fails when it is used. */
static bool standard_streams_are_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    if (!standard_streams_are_open())
        return EXIT_TROUBLE;
    if (argc < 2) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return print_help(help);
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *c = &commands[i];
        int words = c->second != NULL ? 2 : 1;
        if (strcmp(c->name, argv[1]) != 0 || (c->second != NULL && (argc < 3 || strcmp(c->second, argv[2]) != 0)))
            continue;
        say_as(c->full);
        return c->run(argc - words, argv + words);
    }
    return unknown_command(argc, argv);
}
