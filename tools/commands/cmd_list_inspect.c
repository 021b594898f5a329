/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "lists/lists.h"
#include "cli/text_out.h"

#include <phash/index.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: phash list inspect [OPTION]... LIST...\n"
    "\n"
    "Say what plain lists hold, what in them looks wrong, and how they are searched.\n"
    "\n"
    "  --radius N             radius the search is prepared for, 0 to 63; default 31\n"
    "  --format human|jsonl   output format; default human\n"
    "  --help                 this text\n"
    "  --version              version, decoders and kernels\n"
    "\n"
    "Exit status: 0 every row was understood, 2 some were not, or a list is unreadable, 64 usage.\n";

/* PDQ makes half of the bits 1 unless coefficients are equal (docs/pdq.md, "Median and bits"); far from it lie only
 * hashes that were not made from photographs. */
#define ONES_LEAST 64u
#define ONES_MOST 192u

typedef struct facts {
    uint64_t entries;
    uint64_t repeated;  /* entries whose hash an earlier entry has */
    uint64_t odd;       /* hashes with too few or too many ones */
    uint64_t low;       /* entries whose row tells a quality below PHASH_QUALITY_MIN */
    uint64_t unlabelled;
} facts;

static int by_bytes(const void *left, const void *right)
{
    return memcmp(left, right, PHASH_HASH_SIZE);
}

static bool count_repeated(uint64_t *repeated, const phash_list *list)
{
    const size_t n = phash_list_count(list);
    phash_hash *sorted = malloc(n * sizeof *sorted);

    if (sorted == NULL)
        return false;
    memcpy(sorted, phash_list_hashes(list), n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_bytes);
    for (size_t i = 1; i < n; i++)
        *repeated += by_bytes(&sorted[i - 1], &sorted[i]) == 0;
    free(sorted);
    return true;
}

static bool gather_facts(facts *f, const phash_list *list)
{
    static const phash_hash zero;

    f->entries = phash_list_count(list);
    for (size_t i = 0; i < f->entries; i++) {
        phash_list_entry entry;
        if (phash_list_get_entry(list, &entry, i) != PHASH_OK)
            return false;
        const uint32_t ones = phash_hash_distance(&entry.hash, &zero);
        f->odd += ones < ONES_LEAST || ones > ONES_MOST;
        f->low += entry.quality != PHASH_QUALITY_UNKNOWN && entry.quality < PHASH_QUALITY_MIN;
        f->unlabelled += entry.label_size == 0;
    }
    return count_repeated(&f->repeated, list);
}

static void human(text *t, const phash_list *list, const facts *f, const phash_index_info *index)
{
    for (uint32_t i = 0; i < phash_list_source_count(list); i++) {
        phash_list_counts counts = {0};
        const char *name = phash_list_source_name(list, i);
        (void)!phash_list_get_counts(list, &counts, i);
        text_put(t, "list          ");
        text_shown(t, name, strlen(name));
        text_printf(t, ", %" PRIu64 " entries, %" PRIu64 " bad rows\n", counts.entries, counts.bad_rows);
    }
    text_printf(t, "entries       %" PRIu64 "\nrepeated      %" PRIu64 " entries have the hash of an earlier one\n",
                f->entries, f->repeated);
    text_printf(t, "low quality   %" PRIu64 " entries say a quality below %d\n", f->low, PHASH_QUALITY_MIN);
    text_printf(t, "odd hashes    %" PRIu64 " with under %u or over %u ones: not of photographs\n", f->odd, ONES_LEAST,
                ONES_MOST);
    text_printf(t, "unlabelled    %" PRIu64 " entries\n", f->unlabelled);
    text_printf(t, "search        %s, radius %" PRIu32 ", kernels %s\n", index->plan, index->radius, index->kernels);
    text_printf(t, "memory        %" PRIu64 " bytes of hashes, %" PRIu64 " of tables\n", index->hash_bytes,
                index->table_bytes);
}

static void json(text *t, const phash_list *list, const facts *f, const phash_index_info *index)
{
    text_put(t, "{\"type\":\"lists\",\"lists\":[");
    for (uint32_t i = 0; i < phash_list_source_count(list); i++) {
        phash_list_counts counts = {0};
        const char *name = phash_list_source_name(list, i);
        (void)!phash_list_get_counts(list, &counts, i);
        text_put(t, i == 0 ? "{" : ",{");
        text_json_bytes_member(t, "name", name, strlen(name));
        text_printf(t, ",\"rows\":%" PRIu64 ",\"entries\":%" PRIu64 ",\"bad_rows\":%" PRIu64 "}", counts.rows,
                    counts.entries, counts.bad_rows);
    }
    text_printf(t,
                "],\"entries\":%" PRIu64 ",\"repeated\":%" PRIu64 ",\"low_quality\":%" PRIu64 ",\"odd\":%" PRIu64
                ",\"unlabelled\":%" PRIu64,
                f->entries, f->repeated, f->low, f->odd, f->unlabelled);
    text_printf(t,
                ",\"search\":{\"method\":\"%s\",\"plan\":\"%s\",\"radius\":%" PRIu32
                ",\"kernels\":\"%s\",\"hash_bytes\":%" PRIu64 ",\"table_bytes\":%" PRIu64 "}}\n",
                index->method == PHASH_INDEX_SCAN ? "scan" : "tables", index->plan, index->radius, index->kernels,
                index->hash_bytes, index->table_bytes);
}

static bool describe(const phash_list *list, uint32_t radius, output_format format)
{
    const phash_index_params params = {.struct_size = sizeof params, .radius = radius};
    phash_index *index = NULL;
    phash_index_info info;
    facts f = {0};
    text t = {0};

    phash_status st = phash_index_build(&index, phash_list_hashes(list), phash_list_count(list), &params, NULL);
    if (st == PHASH_OK)
        st = phash_index_get_info(index, &info);
    bool good = st == PHASH_OK;
    if (!good)
        say("cannot prepare the lists for matching: %s", phash_status_string(st));
    else if (!gather_facts(&f, list))
        good = false;
    else if (format == FORMAT_JSONL)
        json(&t, list, &f, &info);
    else
        human(&t, list, &f, &info);
    if (st == PHASH_OK && (!good || !text_ok(&t))) {
        good = false;
        say("out of memory");
    }
    if (good)
        fwrite(t.data, 1, t.size, stdout);
    text_free(&t);
    phash_index_free(&index);
    return good;
}

int cmd_list_inspect(int argc, char **argv)
{
    static const struct option options[] = {{"radius", required_argument, NULL, 'r'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    output_format format = FORMAT_HUMAN;
    uint64_t radius = PHASH_RADIUS_DEFAULT;
    uint64_t bad_rows = 0;
    phash_list *list = NULL;
    bool good = true;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'h': return print_help(help);
        case 'V': return print_version();
        case 'r': good = parse_number(&radius, "--radius", optarg, 0, PHASH_RADIUS_MAX); break;
        case 'f': good = parse_format(&format, optarg, 1u << FORMAT_HUMAN | 1u << FORMAT_JSONL); break;
        default: return usage_error("unknown option or missing value");
        }
        if (!good)
            return EXIT_USAGE;
    }
    if (optind == argc)
        return usage_error("no list is named");
    if (phash_list_new(&list, NULL, NULL) != PHASH_OK) {
        say("out of memory");
        return EXIT_TROUBLE;
    }
    for (int i = optind; good && i < argc; i++)
        good = lists_read(list, argv[i], argv[i], &bad_rows);
    good = good && describe(list, (uint32_t)radius, format);
    phash_list_free(&list);
    return finish_stdout() && good && bad_rows == 0 ? EXIT_CLEAN : EXIT_TROUBLE;
}
