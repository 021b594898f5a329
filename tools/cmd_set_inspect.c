/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch.h"
#include "cli.h"
#include "text_out.h"

#include <phash/set.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "Usage: phash set inspect [OPTION]... SET.phb\n"
    "\n"
    "Say what a blinded set holds, verify all of its digests, and print how many entries a hostile\n"
    "device could open by guessing.\n"
    "\n"
    "  --format human|jsonl   output format; default human\n"
    "  --help                 this text\n"
    "  --version              version, decoders and kernels\n"
    "\n"
    "Exit status: 0 sound, 2 damaged or unreadable, 64 usage.\n";

static void put_hex(text *t, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text_printf(t, "%02x", bytes[i]);
}

static void put_date(text *t, uint64_t seconds, const char *none)
{
    time_t when = (time_t)seconds;
    struct tm tm;
    char shown[64];

    if (seconds == 0)
        text_put(t, none);
    else if (seconds > INT64_MAX || gmtime_r(&when, &tm) == NULL ||
             strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        text_printf(t, "second %" PRIu64, seconds);
    else
        text_put(t, shown);
}

/* Entries that a million guesses at the narrowest band open: n / 2^bits each (docs/threat-model.md). */
static double opened_per_million(const phash_set_info *info)
{
    double bits = (double)(PHASH_HASH_BITS / info->bands);
    double values = 1;

    for (double i = 0; i < bits; i++)
        values *= 2;
    return 1e6 * (double)info->entries / values;
}

/* Whose they are is for phash set verify --signer. */
static void put_signatures(text *t, const phash_set *set, uint32_t n, output_format format)
{
    uint8_t key[PHASH_SIGNER_KEY_SIZE];

    for (uint32_t i = 0; i < n && phash_set_get_signer(set, key, i) == PHASH_OK; i++) {
        bool good = phash_set_check_signature(set, NULL, i) == PHASH_OK;
        if (format == FORMAT_JSONL)
            text_put(t, i == 0 ? "{\"key\":\"ed25519:" : ",{\"key\":\"ed25519:");
        else
            text_put(t, "signature     ed25519:");
        put_hex(t, key, sizeof key);
        if (format == FORMAT_JSONL)
            text_printf(t, "\",\"verifies\":%s}", good ? "true" : "false");
        else
            text_put(t, good ? " verifies\n" : " DOES NOT VERIFY\n");
    }
    if (n == 0 && format == FORMAT_HUMAN)
        text_put(t, "signature     none\n");
}

static void human(text *t, const phash_set *set, const phash_set_info *info)
{
    text_printf(t, "name          %s\nformat        %" PRIu32 "\nid            ", info->name, info->format);
    put_hex(t, info->id, sizeof info->id);
    text_printf(t, "\nsequence      %" PRIu64 "\ncreated       ", info->sequence);
    put_date(t, info->created, "not said");
    text_put(t, "\nnot after     ");
    put_date(t, info->not_after, "never out of date");
    text_printf(t, "\nentries       %" PRIu64 "\nfile size     %" PRIu64 " bytes, %.0f an entry\n", info->entries,
                info->file_size, (double)info->file_size / (double)info->entries);
    text_printf(t, "bands         %" PRIu32 "\nbudget        %" PRIu32 " tokens a picture\nkey id        ", info->bands,
                info->budget);
    put_hex(t, info->key_id, sizeof info->key_id);
    text_put(t, "\ndigest        sha256:");
    put_hex(t, info->digest, sizeof info->digest);
    text_put(t, "\n");
    for (uint32_t i = 0; i < info->source_count; i++) {
        const char *name = "";
        uint64_t entries = 0;
        if (phash_set_get_source(set, &name, &entries, i) != PHASH_OK)
            continue;
        text_put(t, "list          ");
        text_shown(t, name, strlen(name));
        text_printf(t, ", %" PRIu64 " entries\n", entries);
    }
    text_printf(t, "guessing      a million evaluations spent on random guesses open %.2g entries\n",
                opened_per_million(info));
    put_signatures(t, set, info->signature_count, FORMAT_HUMAN);
}

static void json(text *t, const phash_set *set, const phash_set_info *info)
{
    text_put(t, "{\"type\":\"set\",\"name\":");
    text_json_string(t, info->name, strlen(info->name));
    text_printf(t, ",\"format\":%" PRIu32 ",\"id\":\"", info->format);
    put_hex(t, info->id, sizeof info->id);
    text_printf(t, "\",\"sequence\":%" PRIu64 ",\"created\":%" PRIu64 ",\"not_after\":%" PRIu64 ",\"entries\":%" PRIu64,
                info->sequence, info->created, info->not_after, info->entries);
    text_printf(t, ",\"file_size\":%" PRIu64 ",\"bands\":%" PRIu32 ",\"budget\":%" PRIu32 ",\"key_id\":\"",
                info->file_size, info->bands, info->budget);
    put_hex(t, info->key_id, sizeof info->key_id);
    text_put(t, "\",\"digest\":\"sha256:");
    put_hex(t, info->digest, sizeof info->digest);
    text_put(t, "\",\"lists\":[");
    for (uint32_t i = 0; i < info->source_count; i++) {
        const char *name = "";
        uint64_t entries = 0;
        if (phash_set_get_source(set, &name, &entries, i) != PHASH_OK)
            continue;
        text_put(t, i == 0 ? "{" : ",{");
        text_json_bytes_member(t, "name", name, strlen(name));
        text_printf(t, ",\"entries\":%" PRIu64 "}", entries);
    }
    text_printf(t, "],\"opened_per_million_guesses\":%.3g,\"signatures\":[", opened_per_million(info));
    put_signatures(t, set, info->signature_count, FORMAT_JSONL);
    text_put(t, "],\"sound\":true}\n");
}

static int inspect(const char *path, output_format format)
{
    phash_set *set = NULL;
    phash_set_info info;
    phash_diag diag = {""};
    text t = {0};
    bool good = false;

    phash_status st = phash_set_open(&set, &diag, path, NULL);
    if (st == PHASH_OK)
        st = phash_set_get_info(set, &info);
    if (st == PHASH_OK)
        st = phash_set_verify(set, &diag, NULL, NULL, NULL);
    if (st != PHASH_OK) {
        say("%s: %s", path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    } else {
        if (format == FORMAT_JSONL)
            json(&t, set, &info);
        else
            human(&t, set, &info);
        if (format == FORMAT_HUMAN)
            text_put(&t, "sound         yes: every block agrees with its digest\n");
        good = text_ok(&t) && fwrite(t.data, 1, t.size, stdout) == t.size;
        if (!text_ok(&t))
            say("out of memory");
    }
    text_free(&t);
    phash_set_free(&set);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}

int cmd_set_inspect(int argc, char **argv)
{
    static const struct option options[] = {{"format", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    output_format format = FORMAT_HUMAN;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'h': return print_help(help);
        case 'V': return print_version();
        case 'f':
            if (!parse_format(&format, optarg, 1u << FORMAT_HUMAN | 1u << FORMAT_JSONL))
                return EXIT_USAGE;
            break;
        default: return usage_error("unknown option or missing value");
        }
    }
    if (argc - optind != 1)
        return usage_error("one set is inspected, not %d", argc - optind);
    return inspect(argv[optind], format);
}
