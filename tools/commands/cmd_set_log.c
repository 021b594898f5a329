/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "lists/set_text.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: phash set log SET.phb...\n"
    "\n"
    "Show the editions of a set in order, and verify that each names the one before it. Gaps, and\n"
    "forks (two editions with one number, or one that does not follow), are named.\n"
    "\n"
    "  --help     this text\n"
    "  --version  version, decoders and kernels\n"
    "\n"
    "Exit status: 0 one unbroken chain for each set, 2 a gap, a fork, a signature that does not verify,\n"
    "or a file that cannot be read, 64 usage.\n";

/* What is kept of each file: the set is closed again. */
typedef struct edition {
    const char *path;
    phash_set_info info; /* its name points to `name` */
    char name[65];
    uint32_t bad_signatures;
} edition;

static int by_set_and_sequence(const void *left, const void *right)
{
    const edition *a = left;
    const edition *b = right;
    int order = memcmp(a->info.id, b->info.id, sizeof a->info.id);

    if (order == 0 && a->info.sequence != b->info.sequence)
        order = a->info.sequence < b->info.sequence ? -1 : 1;
    return order != 0 ? order : memcmp(a->info.digest, b->info.digest, sizeof a->info.digest);
}

static bool edition_load(edition *e, const char *path)
{
    phash_set *set = set_load(&e->info, path);

    if (set == NULL)
        return false;
    e->path = path;
    snprintf(e->name, sizeof e->name, "%s", e->info.name);
    e->info.name = e->name;
    e->info.rules = NULL; /* goes with the set */
    for (uint32_t i = 0; i < e->info.signature_count; i++) {
        phash_diag diag = {""};
        phash_status st = phash_set_check_signature(set, &diag, i);
        if (st != PHASH_OK) {
            say("%s: %s", path, set_trouble(&diag, st));
            e->bad_signatures++;
        }
    }
    phash_set_free(&set);
    return true;
}

static bool is_same_set(const edition *a, const edition *b)
{
    return memcmp(a->info.id, b->info.id, sizeof a->info.id) == 0;
}

static bool is_first(const phash_set_info *info)
{
    static const uint8_t zeros[PHASH_DIGEST_SIZE];

    return memcmp(info->previous, zeros, sizeof zeros) == 0;
}

/* The link of editions[i] to those before it; true when it holds. */
static bool tell_link(text *t, const edition *editions, size_t i)
{
    const edition *e = &editions[i];
    const edition *before = i > 0 && is_same_set(e, &editions[i - 1]) ? &editions[i - 1] : NULL;

    if (before == NULL) {
        text_put(t, is_first(&e->info) ? "the first edition" : "begins here: what it follows is not among the files");
        return true;
    }
    if (before->info.sequence == e->info.sequence &&
        memcmp(before->info.digest, e->info.digest, sizeof e->info.digest) == 0) {
        text_put(t, "the same edition again");
        return true;
    }
    bool fork = before->info.sequence == e->info.sequence;
    if (fork)
        text_printf(t, "FORK: another edition with the number %" PRIu64 "; ", e->info.sequence);
    for (size_t k = i; k > 0 && is_same_set(e, &editions[k - 1]); k--) {
        const phash_set_info *old = &editions[k - 1].info;
        if (old->sequence == e->info.sequence)
            continue;
        if (old->sequence + 1 != e->info.sequence) {
            text_printf(t, "GAP: no file of edition %" PRIu64 ", so its link is not verified", e->info.sequence - 1);
            return false;
        }
        if (memcmp(old->digest, e->info.previous, sizeof old->digest) == 0) {
            text_printf(t, "follows %" PRIu64, old->sequence);
            return !fork;
        }
        if (k > 1 && is_same_set(e, &editions[k - 2]) && editions[k - 2].info.sequence == old->sequence)
            continue; /* a fork there: it may follow the other one */
        text_printf(t, "FORK: does not follow edition %" PRIu64, old->sequence);
        return false;
    }
    text_put(t, is_first(&e->info) ? "names none before it" : "what it follows is not among the files");
    return !fork;
}

static bool tell(text *t, const edition *editions, size_t n)
{
    bool good = true;

    for (size_t i = 0; i < n; i++) {
        const edition *e = &editions[i];
        if (i == 0 || !is_same_set(e, &editions[i - 1])) {
            text_printf(t, "%sset %s, id ", i != 0 ? "\n" : "", e->info.name);
            text_hex(t, e->info.id, sizeof e->info.id);
            text_put(t, "\n");
        }
        text_printf(t, "%6" PRIu64 "  ", e->info.sequence);
        text_date(t, e->info.created, "no date");
        text_printf(t, "  %" PRIu64 " entries  sha256:", e->info.entries);
        text_hex(t, e->info.digest, sizeof e->info.digest);
        text_put(t, "  ");
        text_shown(t, e->path, strlen(e->path));
        text_put(t, "\n        ");
        good = tell_link(t, editions, i) && good;
        text_printf(t, "; %" PRIu32 " signature%s", e->info.signature_count, e->info.signature_count == 1 ? "" : "s");
        if (e->bad_signatures != 0)
            text_printf(t, ", %" PRIu32 " DO NOT VERIFY", e->bad_signatures);
        else if (e->info.signature_count != 0)
            text_put(t, e->info.signature_count == 1 ? ", verified" : ", all verified");
        text_put(t, "\n");
        good = good && e->bad_signatures == 0;
    }
    return good;
}

int cmd_set_log(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    text t = {0};
    size_t n = 0;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'h': return print_help(help);
        case 'V': return print_version();
        default: return usage_error("unknown option");
        }
    }
    if (optind == argc)
        return usage_error("no set is named");
    edition *editions = calloc((size_t)(argc - optind), sizeof *editions);
    bool good = editions != NULL;
    if (!good)
        say("out of memory");
    for (int i = optind; editions != NULL && i < argc; i++) {
        bool loaded = edition_load(&editions[n], argv[i]);
        n += loaded ? 1 : 0;
        good = loaded && good;
    }
    if (n != 0) {
        qsort(editions, n, sizeof *editions, by_set_and_sequence);
        for (size_t i = 0; i < n; i++) /* sorting moved them */
            editions[i].info.name = editions[i].name;
        good = tell(&t, editions, n) && good;
    }
    good = text_print(&t) && good;
    free(editions);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
