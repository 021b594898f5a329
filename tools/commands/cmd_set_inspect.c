/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/text_out.h"

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

#define PICTURES_A_DAY 2000.0 /* what an evaluator might let one client ask: docs/threat-model.md */

/* Entries that so many guesses at the narrowest band open: n / 2^bits each (docs/threat-model.md). */
static double opened_by(const phash_set_info *info, double guesses)
{
    uint32_t bits = PHASH_HASH_BITS / info->bands;

    return guesses * (double)info->entries / (double)((uint64_t)1 << bits);
}

static double opened_a_day(const phash_set_info *info)
{
    return opened_by(info, PICTURES_A_DAY * info->budget);
}

static bool has_previous(const phash_set_info *info)
{
    uint8_t all = 0;

    for (size_t i = 0; i < sizeof info->previous; i++)
        all |= info->previous[i];
    return all != 0;
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
    text_printf(t, "\nentries       %" PRIu64 "\nfile size     %" PRIu64 " bytes, %.1f an entry\n", info->entries,
                info->file_size, (double)info->file_size / (double)info->entries);
    text_printf(t, "records       %" PRIu64 " bytes of it, %.1f an entry: 48 and what labels need\n",
                info->record_bytes, (double)info->record_bytes / (double)info->entries);
    text_printf(t, "bands         %" PRIu32 "\nbudget        %" PRIu32 " tokens a picture\nkey id        ", info->bands,
                info->budget);
    put_hex(t, info->key_id, sizeof info->key_id);
    text_put(t, "\ndigest        sha256:");
    put_hex(t, info->digest, sizeof info->digest);
    text_put(t, "\nprevious      ");
    text_put(t, has_previous(info) ? "sha256:" : "none: the first edition");
    if (has_previous(info))
        put_hex(t, info->previous, sizeof info->previous);
    text_put(t, "\nrules         ");
    if (info->rules[0] != '\0')
        text_shown(t, info->rules, strlen(info->rules));
    else
        text_put(t, "not said");
    text_put(t, "\n");
    for (uint32_t i = 0; i < info->source_count; i++) {
        const char *name = "";
        uint64_t entries = 0;
        uint32_t radius = 0;
        if (phash_set_get_source(set, &name, &entries, i) != PHASH_OK ||
            phash_set_get_source_radius(set, &radius, i) != PHASH_OK)
            continue;
        text_put(t, "list          ");
        text_shown(t, name, strlen(name));
        text_printf(t, ", %" PRIu64 " entries, radius %" PRIu32 "\n", entries, radius);
    }
    text_printf(t, "guessing      a million evaluations spent on random guesses open %.2g entries;\n"
                "              at %.0f pictures a day one hostile account opens %.2g a day\n",
                opened_by(info, 1e6), PICTURES_A_DAY, opened_a_day(info));
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
    text_printf(t, ",\"file_size\":%" PRIu64 ",\"record_bytes\":%" PRIu64 ",\"bands\":%" PRIu32,
                info->file_size, info->record_bytes, info->bands);
    text_printf(t, ",\"budget\":%" PRIu32 ",\"key_id\":\"", info->budget);
    put_hex(t, info->key_id, sizeof info->key_id);
    text_put(t, "\",\"digest\":\"sha256:");
    put_hex(t, info->digest, sizeof info->digest);
    text_put(t, "\",\"previous\":");
    text_put(t, has_previous(info) ? "\"sha256:" : "null");
    if (has_previous(info))
        put_hex(t, info->previous, sizeof info->previous);
    text_put(t, has_previous(info) ? "\"," : ",");
    text_json_bytes_member(t, "rules", info->rules, strlen(info->rules));
    text_put(t, ",\"lists\":[");
    for (uint32_t i = 0; i < info->source_count; i++) {
        const char *name = "";
        uint64_t entries = 0;
        uint32_t radius = 0;
        if (phash_set_get_source(set, &name, &entries, i) != PHASH_OK ||
            phash_set_get_source_radius(set, &radius, i) != PHASH_OK)
            continue;
        text_put(t, i == 0 ? "{" : ",{");
        text_json_bytes_member(t, "name", name, strlen(name));
        text_printf(t, ",\"entries\":%" PRIu64 ",\"radius\":%" PRIu32 "}", entries, radius);
    }
    text_printf(t, "],\"opened_per_million_guesses\":%.3g,\"opened_a_day\":%.3g,\"signatures\":[",
                opened_by(info, 1e6), opened_a_day(info));
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
