/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "lists/set_text.h"
#include "lists/trust.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "Usage: phash set verify [--signer PUB.pem]... [--quorum N] SET.phb\n"
    "\n"
    "Verify a blinded set: every block against the digest tree, the manifest, every signature; and\n"
    "say what was checked and what was not. Its date is told, but an edition past it is sound.\n"
    "\n"
    "  --signer PUB.pem  a signer whose signature is required; may be given several times\n"
    "  --quorum N        how many of them must have signed; default: all\n"
    "  --help            this text\n"
    "  --version         version, decoders and kernels\n"
    "\n"
    "Exit status: 0 sound, 2 not sound or unreadable, 64 usage.\n";

/* Every signature, whoever made it. */
static bool check_signatures(text *t, const phash_set *set, uint32_t n, const char *path)
{
    bool good = true;

    for (uint32_t i = 0; i < n; i++) {
        uint8_t key[PHASH_SIGNER_KEY_SIZE];
        phash_diag diag = {""};
        phash_status st = phash_set_get_signer(set, key, i);
        if (st == PHASH_OK)
            st = phash_set_check_signature(set, &diag, i);
        text_put(t, "signature     ed25519:");
        text_hex(t, key, sizeof key);
        text_put(t, st == PHASH_OK ? " verifies\n" : " DOES NOT VERIFY\n");
        if (st != PHASH_OK)
            say("%s: %s", path, set_trouble(&diag, st));
        good = good && st == PHASH_OK;
    }
    if (n == 0)
        text_put(t, "signature     none: nothing shows who made this set\n");
    return good;
}

static bool check_required(text *t, const trust_options *options, const phash_set *set, const char *path)
{
    phash_diag diag = {""};
    phash_trust_report report = {0};
    /* now = 1: an edition of an archive is sound whatever its date; tell_date tells it */
    phash_trust trust = {.struct_size = sizeof trust, .signers = options->keys, .signer_count = options->signer_count,
                         .quorum = (uint32_t)options->quorum, .now = 1};

    if (options->signer_count == 0)
        return true;
    phash_status st = phash_set_check_trust(&report, &diag, set, &trust);
    if (st != PHASH_OK)
        say("%s: %s", path, set_trouble(&diag, st));
    else
        text_printf(t, "signers       %" PRIu32 " of %" PRIu32 " required signers have signed\n", report.verified,
                    options->signer_count);
    return st == PHASH_OK;
}

static void tell_date(text *t, const phash_set_info *info)
{
    time_t now = time(NULL);

    text_put(t, "not after     ");
    text_date(t, info->not_after, "never out of date");
    if (info->not_after != 0 && now > 0 && (uint64_t)now > info->not_after)
        text_put(t, ", which is past: scans refuse this edition");
    text_put(t, "\n");
}

static void tell_unchecked(text *t, const trust_options *options, const phash_set_info *info)
{
    if (options->signer_count == 0 && info->signature_count != 0)
        text_put(t, "not checked   whose keys these are: give --signer PUB.pem\n");
    else if (options->signer_count == 0)
        text_put(t, "not checked   who made it: there is no signature to check\n");
    text_put(t, "not checked   whether it is the newest edition (phash scan --state), and its history (phash set "
                "log)\n");
    text_put(t, "not checked   what the lists hold: that cannot be read without the key\n");
}

static bool verify(const trust_options *options, const char *path)
{
    phash_set_info info;
    phash_diag diag = {""};
    text t = {0};
    phash_set *set = set_load(&info, path);

    if (set == NULL)
        return false;
    text_printf(&t, "name          %s\nedition       %" PRIu64 ", %" PRIu64 " entries\n", info.name, info.sequence,
                info.entries);
    text_put(&t, "digest        sha256:");
    text_hex(&t, info.digest, sizeof info.digest);
    text_put(&t, "\nmanifest      agrees with its digest\n");
    phash_status st = phash_set_verify(set, &diag, NULL, NULL, NULL);
    if (st != PHASH_OK)
        say("%s: %s", path, set_trouble(&diag, st));
    text_put(&t, st == PHASH_OK ? "blocks        all agree with the digest tree\n"
                                : "blocks        DAMAGED: fetch the file again\n");
    bool good = check_signatures(&t, set, info.signature_count, path);
    good = good && check_required(&t, options, set, path);
    good = good && st == PHASH_OK;
    tell_date(&t, &info);
    tell_unchecked(&t, options, &info);
    text_put(&t, good ? "sound         yes\n" : "sound         NO\n");
    phash_set_free(&set);
    return text_print(&t) && good;
}

int cmd_set_verify(int argc, char **argv)
{
    static const struct option options[] = {{"signer", required_argument, NULL, 'S'},
                                            {"quorum", required_argument, NULL, 'Q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    trust_options trust = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (option == '?')
            return usage_error("unknown option or missing value");
        if (!trust_take_option(&trust, option, optarg))
            return EXIT_USAGE;
    }
    if (!trust_settle(&trust, true))
        return EXIT_USAGE;
    if (argc - optind != 1)
        return usage_error("one set is verified, not %d", argc - optind);
    bool good = trust_load_signers(&trust) && verify(&trust, argv[optind]);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
