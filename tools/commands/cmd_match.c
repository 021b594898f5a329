/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "lists/lists.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: phash match --list LIST [--list LIST]... [OPTION]... [FILE]\n"
    "\n"
    "Match hashes given as text, one a line, from FILE or stdin, against plain lists.\n"
    "Every shape that lists have is accepted, so the output of phash hash can be piped in.\n"
    "Writes JSON lines: a header, one result for each hash, a summary.\n"
    "\n"
    "  --list LIST              a list to match against; may be given several times\n"
    "  --radius N               widest Hamming distance that counts, 0 to 63; default 31\n"
    "  --list-radius LIST=N     another radius for one list, named as it is with --list\n"
    "  --format jsonl|csv|human output format; default jsonl\n"
    "  --quiet                  no summary with --format human\n"
    "  --help                   this text\n"
    "  --version                version, decoders and kernels\n"
    "\n"
    "Exit status: 0 nothing matched, 1 something matched, 2 a line or list row could not be\n"
    "read or a hash has low quality, 64 usage.\n";

/* A line that gave no hash, kept until the hashes before it are written. */
typedef struct bad_line {
    uint64_t line;
    const char *reason; /* static */
} bad_line;

typedef struct match_run {
    list_options lists; /* read once the whole command line is understood */
    phash_list *list;
    bool quiet;
    totals totals;
    reporter reporter;
    judge judge;
    judge_worker worker;
    outcome outcome;
    text extra;
    phash_list *queries;
    size_t written; /* queries whose result is written */
    bad_line *bad;
    size_t bad_count;
    size_t bad_room;
    bool failed;
} match_run;

static void keep_bad_line(void *user, const phash_bad_row *row)
{
    match_run *run = user;

    if (run->bad_count == run->bad_room) {
        size_t room = run->bad_room != 0 ? 2 * run->bad_room : 16;
        bad_line *grown = realloc(run->bad, room * sizeof *grown);
        if (grown == NULL) {
            run->failed = true;
            return;
        }
        run->bad = grown;
        run->bad_room = room;
    }
    run->bad[run->bad_count++] = (bad_line){row->line, row->reason};
}

static void write_result(match_run *run, const char *subject, uint64_t line, const char *label, size_t label_size)
{
    text_clear(&run->extra);
    text_printf(&run->extra, ",\"line\":%" PRIu64, line);
    if (label_size != 0) {
        text_put(&run->extra, ",");
        text_json_bytes_member(&run->extra, "label", label, label_size);
    }
    text_put_bytes(&run->extra, "", 1);
    if (!text_ok(&run->extra)) {
        run->failed = true;
        return;
    }
    totals_add(&run->totals, &run->outcome);
    report_outcome(&run->reporter, &run->outcome, subject, strlen(subject), run->extra.data);
}

/* Results of everything that was read so far, in line order. */
static void write_results(match_run *run)
{
    char hex[PHASH_HEX_SIZE];
    char line[32];
    size_t bad = 0;
    size_t n = phash_list_count(run->queries);

    while (!run->failed && (run->written < n || bad < run->bad_count)) {
        phash_list_entry entry = {.line = UINT64_MAX};
        if (run->written < n && phash_list_get_entry(run->queries, &entry, run->written) != PHASH_OK)
            break;
        outcome_reset(&run->outcome);
        if (bad < run->bad_count && run->bad[bad].line < entry.line) {
            outcome_trouble(&run->outcome, REASON_MALFORMED, run->bad[bad].reason);
            snprintf(line, sizeof line, "line %" PRIu64, run->bad[bad].line);
            write_result(run, run->reporter.format == FORMAT_HUMAN ? line : "", run->bad[bad].line, "", 0);
            bad++;
            continue;
        }
        judge_hash(&run->worker, &run->outcome, &entry.hash, entry.quality);
        phash_hash_to_hex(hex, &entry.hash);
        write_result(run, hex, entry.line, (const char *)entry.label, entry.label_size);
        run->written++;
    }
    run->bad_count = 0;
}

static bool read_queries(match_run *run, const char *path)
{
    uint8_t piece[65536];
    bool is_stdin = path == NULL || strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : -1;
    FILE *stream = is_stdin ? NULL : fopen(path, "rb");
    phash_status st = PHASH_OK;
    ssize_t got = 0;

    if (!is_stdin && stream == NULL) {
        say("%s: cannot open: %s", path, strerror(errno));
        return false;
    }
    if (stream != NULL)
        fd = fileno(stream);
    st = phash_list_source_begin(run->queries, "queries", keep_bad_line, run);
    while (st == PHASH_OK && !run->failed && ferror(stdout) == 0) {
        got = read(fd, piece, sizeof piece); /* not fread: a line that arrived is answered at once */
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        st = phash_list_feed(run->queries, piece, (size_t)got);
        if (st == PHASH_OK)
            write_results(run);
    }
    if (got < 0)
        say("%s: cannot read: %s", is_stdin ? "stdin" : path, strerror(errno));
    if (st == PHASH_OK && got >= 0)
        st = phash_list_source_end(run->queries, NULL);
    if (st != PHASH_OK)
        say("cannot read the hashes: %s", phash_status_string(st));
    else
        write_results(run);
    if (run->failed)
        say("out of memory");
    if (stream != NULL)
        fclose(stream);
    return st == PHASH_OK && got >= 0 && !run->failed;
}

static int match_all(match_run *run, const char *path)
{
    phash_matcher *matcher = NULL;
    text details = {0};
    bool good = false;

    if (lists_read_all(run->list, &run->lists, &run->totals.bad_rows))
        matcher = lists_matcher(run->list, &run->lists);
    if (matcher == NULL)
        return EXIT_TROUBLE;
    run->judge = (judge){.list = run->list, .matcher = matcher};
    lists_describe(&details, run->list, &run->lists);
    text_put_bytes(&details, "", 1);
    if (!text_ok(&details) || !judge_worker_init(&run->worker, &run->judge)) {
        say("out of memory");
    } else {
        report_header(&run->reporter, details.data, NULL);
        good = read_queries(run, path);
        if (run->reporter.format != FORMAT_HUMAN || !run->quiet)
            report_summary(&run->reporter, &run->totals);
        judge_worker_clear(&run->worker);
    }
    text_free(&details);
    phash_matcher_free(&matcher);
    return finish_stdout() && good ? totals_exit_status(&run->totals) : EXIT_TROUBLE;
}

static int parse(match_run *run, int argc, char **argv)
{
    static const struct option options[] = {
        {"list", required_argument, NULL, 'l'},        {"radius", required_argument, NULL, 'r'},
        {"list-radius", required_argument, NULL, 'R'}, {"format", required_argument, NULL, 'f'},
        {"quiet", no_argument, NULL, 'q'},             {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},           {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case 'h': return print_help(help);
        case 'V': return print_version();
        case 'l': run->lists.paths[run->lists.count++] = optarg; break;
        case 'R': run->lists.own[run->lists.own_count++] = optarg; break;
        case 'r': good = list_options_take_radius(&run->lists, optarg); break;
        case 'f': good = parse_format(&run->reporter.format, optarg, 7); break;
        case 'q': run->quiet = true; break;
        default: return usage_error("unknown option or missing value");
        }
        if (!good)
            return EXIT_USAGE;
    }
    if (run->lists.count == 0)
        return usage_error("no list is named: --list LIST");
    if (argc - optind > 1)
        return usage_error("one file of hashes is read, not %d; each list needs its own --list", argc - optind);
    if (!list_options_settle(&run->lists))
        return EXIT_USAGE;
    return -1;
}

int cmd_match(int argc, char **argv)
{
    match_run run = {.failed = false};
    int status = EXIT_TROUBLE;

    run.reporter = (reporter){.stream = stdout, .format = FORMAT_JSONL, .command = "match", .subject = "hash",
                              .only_hash = true};
    if (!list_options_init(&run.lists, argc) || phash_list_new(&run.list, NULL, NULL) != PHASH_OK ||
        phash_list_new(&run.queries, NULL, NULL) != PHASH_OK) {
        say("out of memory");
    } else {
        status = parse(&run, argc, argv);
        if (status == -1)
            status = match_all(&run, optind < argc ? argv[optind] : NULL);
    }
    outcome_free(&run.outcome);
    text_free(&run.extra);
    reporter_free(&run.reporter);
    free(run.bad);
    phash_list_free(&run.queries);
    phash_list_free(&run.list);
    list_options_free(&run.lists);
    return status;
}
