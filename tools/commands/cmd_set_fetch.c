/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "lists/set_text.h"
#include "lists/trust.h"
#include "remote/download.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_DEFAULT ((uint64_t)64 << 30)

static const char help[] =
    "Usage: phash set fetch URL --out SET.phb [OPTION]...\n"
    "\n"
    "Download a blinded set, verify all of it as phash set verify does, and put it in place. After an\n"
    "interruption the same command goes on where it was.\n"
    "\n"
    "  --out SET.phb              where to; SET.phb.part and SET.phb.part.etag are what has come so far\n"
    "  --signer PUB.pem           take it only when this signer has signed it (Ed25519); may be given\n"
    "                             several times\n"
    "  --quorum N                 how many of the signers must have signed; default: all\n"
    "  --state FILE               remember the newest edition in FILE, and refuse older ones and ones\n"
    "                             that rewrite history\n"
    "  --allow-unsigned           with --signer: take a set without any signature all the same\n"
    "  --force                    replace what is at SET.phb also when that is newer, or another set\n"
    "  --max-size BYTES           refuse a larger file; default 64 GiB\n"
    HTTP_HELP
    "  --quiet                    no progress, and no report\n"
    "  --help                     this text\n"
    "  --version                  version, decoders and kernels\n"
    "\n"
    "Exit status: 0 in place, 2 not fetched or refused, 64 usage.\n";

typedef struct fetch_run {
    const char *url;
    const char *out;
    trust_options trust;
    http_options http;
    uint64_t max_size;
    bool force;
    bool quiet;
} fetch_run;

/* Every signature it carries, whoever made it; trust_check asks whose they are. */
static bool check_contents(const phash_set *set, const phash_set_info *info, const char *name)
{
    phash_diag diag = {""};
    phash_status st = phash_set_verify(set, &diag, NULL, NULL, NULL);

    for (uint32_t i = 0; st == PHASH_OK && i < info->signature_count; i++)
        st = phash_set_check_signature(set, &diag, i);
    if (st != PHASH_OK)
        say("%s: %s", name, set_trouble(&diag, st));
    return st == PHASH_OK;
}

/* Does the new set follow what is there? */
static bool may_replace(const fetch_run *run, const phash_set_info *fresh)
{
    phash_set_info old;
    const char *trouble = NULL;

    if (run->force || access(run->out, F_OK) != 0)
        return true;
    phash_set *set = set_load(&old, run->out);
    if (set == NULL)
        trouble = "what is there is no set that can be read";
    else if (memcmp(old.id, fresh->id, sizeof old.id) != 0)
        trouble = "what is there is another set";
    else if (old.sequence > fresh->sequence)
        trouble = "what is there is a newer edition";
    else if (old.sequence == fresh->sequence && memcmp(old.digest, fresh->digest, sizeof old.digest) != 0)
        trouble = "what is there is another edition of the same number";
    if (trouble != NULL)
        say("%s: %s; it is kept unless --force is given", run->out, trouble);
    phash_set_free(&set);
    return trouble == NULL;
}

static bool report(const fetch_run *run, const download *d, const phash_set_info *info)
{
    text t = {0};

    if (run->quiet)
        return true;
    text_printf(&t, "name          %s\nedition       %" PRIu64 ", %" PRIu64 " entries\n", info->name, info->sequence,
                info->entries);
    text_put(&t, "digest        sha256:");
    text_hex(&t, info->digest, sizeof info->digest);
    if (d->unchanged)
        text_put(&t, "\nfetched       nothing: what is there is what is offered\n");
    else
        text_printf(&t, "\nfetched       %" PRIu64 " of %" PRIu64 " bytes\n", d->fetched, d->size);
    text_put(&t, d->verified ? "file          its SHA-256 is the one that was announced\n" : "");
    text_put(&t, "blocks        all agree with the digest tree\n");
    text_printf(&t, "trust         %s\n", run->trust.note);
    return text_print(&t);
}

/* What has come is a set to be used, or it goes. */
static bool accept(fetch_run *run, download *d)
{
    phash_set_info info;
    text details = {0};
    phash_set *set = set_load(&info, d->part);
    bool good = set != NULL && check_contents(set, &info, run->url);

    if (!good)
        download_discard(d);
    good = good && may_replace(run, &info);
    if (good && !trust_check(&run->trust, set, run->url, &details)) {
        download_discard(d);
        good = false;
    }
    good = good && download_commit(d) && report(run, d, &info);
    text_free(&details);
    phash_set_free(&set);
    return good;
}

/* Nothing came, because the file that is there is the one that is offered; but it is trusted no more than a new one. */
static bool accept_present(fetch_run *run, const download *d)
{
    phash_set_info info;
    text details = {0};
    phash_set *set = set_load(&info, run->out);
    const bool good = set != NULL && check_contents(set, &info, run->out) &&
                      trust_check(&run->trust, set, run->out, &details) && report(run, d, &info);

    text_free(&details);
    phash_set_free(&set);
    return good;
}

static bool fetch(fetch_run *run)
{
    http_access *access = NULL;
    char *origin = NULL;
    download d = {.url = run->url, .path = run->out, .max_size = run->max_size, .fd = -1,
                  .anew = run->force, .progress = !run->quiet && isatty(STDERR_FILENO)};
    const bool good = http_open(&access, &run->http) && http_url_ok(&origin, access, run->url) &&
                      download_run(&d, access) && (d.unchanged ? accept_present(run, &d) : accept(run, &d));

    download_clear(&d);
    free(origin);
    http_close(&access);
    return good;
}

static bool take_option(fetch_run *run, int option, const char *value)
{
    if (trust_is_option(option))
        return trust_take_option(&run->trust, option, value);
    if (http_is_option(option))
        return http_take_option(&run->http, option, value);
    switch (option) {
    case 'o': return take_once(&run->out, "--out", value);
    case 'f': return run->force = true;
    case 'q': return run->quiet = true;
    case 'm': return parse_number(&run->max_size, "--max-size", value, 1, INT64_MAX);
    default: usage_error("unknown option or missing value"); return false;
    }
}

int cmd_set_fetch(int argc, char **argv)
{
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"max-size", required_argument, NULL, 'm'},
                                            TRUST_OPTIONS,
                                            HTTP_OPTIONS,
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    fetch_run run = {.max_size = SIZE_DEFAULT};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (!take_option(&run, option, optarg))
            return EXIT_USAGE;
    }
    if (!trust_settle(&run.trust, true) || !http_settle(&run.http, NULL))
        return EXIT_USAGE;
    if (argc - optind != 1)
        return usage_error("one set is fetched, not %d", argc - optind);
    if (run.out == NULL)
        return usage_error("--out SET.phb says where to");
    run.url = argv[optind];
    const bool good = fetch(&run);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
