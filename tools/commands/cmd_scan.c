/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/config_file.h"
#include "keys/key_store.h"
#include "lists/digest_lists.h"
#include "picture/formats.h"
#include "lists/lists.h"
#include "lists/max_age.h"
#include "batch/scale.h"
#include "picture/scan_output.h"
#include "lists/trust.h"
#include "remote/remote_evaluator.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: phash scan --list LIST [--list LIST]... [OPTION]... PATH...\n"
    "       phash scan --set SET --key KEY [OPTION]... PATH...\n"
    "       phash scan --set SET --evaluator URL [OPTION]... PATH...\n"
    "       phash scan --digests FILE [OPTION]... PATH...\n"
    "\n"
    "Match pictures against plain lists, or privately against a blinded set. Directories are\n"
    "walked to their end; every file is told apart by its content, never by its name, and gives\n"
    "exactly one line: match, clean, or indeterminate with the reason.\n"
    "\n"
    "  --config FILE              as the first option: take options from FILE, one a line, without\n"
    "                             dashes; # begins a comment\n"
    "  --list LIST                a plain list of hashes; may be given several times\n"
    "  --set SET                  a blinded set, made by phash set build\n"
    "  --key KEY                  with --set: the evaluator's key; the evaluator then runs in\n"
    "                             this process, and nothing leaves the machine\n"
    "  --passphrase-file FILE     the passphrase of a sealed KEY is the first line of FILE; without\n"
    "                             it, it is asked for at the terminal\n"
    "  --evaluator URL            with --set: the service to ask, such as https://evaluator.example.\n"
    "                             It learns that something is asked, not about what, nor the verdict\n"
    "  --evaluator-timeout SECONDS  wait this long for each answer, tries included; default 60\n"
    HTTP_HELP
    "  --digests FILE             a list of MD5, SHA-1 or SHA-256 digests; may be given several times.\n"
    "                             Finds exact copies, also of files that are no pictures\n"
    "  --signer PUB.pem           with --set: use it only when this signer has signed it (Ed25519);\n"
    "                             may be given several times\n"
    "  --quorum N                 how many of the signers must have signed; default: all\n"
    "  --state FILE               remember the newest edition used in FILE, and refuse older ones\n"
    "                             and ones that rewrite history\n"
    "  --allow-unsigned           with --signer: use a set without any signature all the same\n"
    MAX_AGE_HELP
    "  --radius N                 widest Hamming distance that counts, 0 to 63; default 31.\n"
    "                             With --set an upper bound on top of each entry's own radius\n"
    "  --list-radius LIST=N       another radius for one list, named as it is with --list\n"
    "  --views none|flips|edits|all\n"
    "                             also ask what the picture was before it was turned or\n"
    "                             mirrored (flips), or trimmed, framed or rotated a little\n"
    "                             (edits); default all\n"
    "  --orientation apply|ignore|both\n"
    "                             look at pictures as EXIF turns them, as they are stored, or\n"
    "                             both ways (default)\n"
    "  --pipeline exact|luma|scaled\n"
    "                             how much of a JPEG is decoded: colours, the luminance only\n"
    "                             (default), or that at a smaller size\n"
    "  --format human|jsonl|csv   output format; default human\n"
    SCAN_OUTPUT_HELP
    "  --formats LIST             decode only these: jpeg,png,webp,gif,bmp,pnm,tiff,heif,avif,jxl\n"
    "  --no-formats LIST          do not decode these\n"
    "  --frames N                 the frame of an animation or page of a TIFF, from 0 (default);\n"
    "                             the last one when there are fewer\n"
    "  --frames all               every frame and page: a match of any is a match of the file.\n"
    "                             Not with --set\n"
    "  --max-frames N             with --frames all: look at the first N, 1 to 1000; default 256.\n"
    "                             A file with more that does not match cannot be judged\n"
    "  --files-from FILE          read more paths from FILE, one a line; - is stdin\n"
    "  -0                         paths in FILE end with a 0 byte\n"
    WALK_HELP
    "  --journal FILE             note in FILE what was read of each input\n"
    "  --resume                   with --journal: go on with the FILE of an earlier scan; inputs that\n"
    "                             are in it and unchanged are not read again\n"
    "  --tar FILE                 also the regular files in a tar stream; - is stdin\n"
    "  --worker                   answer requests on stdin, one record each, until it ends; needs\n"
    "                             --format jsonl. See docs/formats/worker.md\n"
    "  --shard PART/COUNT         scan only one of COUNT parts of the inputs, and number the records;\n"
    "                             needs --format jsonl. phash merge puts the parts together\n"
    "  -j, --jobs N               threads; default: all processors, and with --evaluator, which\n"
    "                             each of them waits for, twice as many\n"
    "  --progress auto|json|none  on stderr: a line when that is a terminal (default), or a JSON\n"
    "                             object a second\n"
    "  --timeout SECONDS          stop the decoder of a file after this time; default 60\n"
    "  --no-sandbox               decode in this process, not in confined ones\n"
    "  --quiet                    no progress, and no header and summary with --format human\n"
    "  --help                     this text\n"
    "  --version                  version, decoders and kernels\n"
    "\n"
    "Exit status: 0 nothing matched, 1 something matched, 2 some input could not be judged,\n"
    "64 usage, 130 interrupted by SIGINT or SIGTERM. 2 wins over 1, and 130 over both: read the\n"
    "lines.\n";

#define FRAMES_OPTION 0x202
#define CONFIG_OPTION 0x2c1
/* For all frames of a file: the 256 files that a decoder process serves then stay within its hour. */
#define FRAMES_CPU_MS 14000

typedef struct scan_run {
    batch_options batch;
    bool all_frames;
    config_file config;
    const char *config_path;
    reporter reporter;
    totals totals;
    list_options lists; /* read once the whole command line is understood */
    phash_list *list;
    phash_matcher *matcher;
    const char *set_path;
    const char *key_path;
    const char *passphrase_file; /* of a sealed key */
    const char *url; /* of the evaluator */
    uint64_t wait; /* seconds */
    http_options http;
    phash_set *set;
    phash_key *key;
    remote_evaluator *remote;
    trust_options trust;
    scale_options scale;
    scan_output output;
    max_age max_age;
    scan_journal_options journal;
    digest_options digests;
    phash_digest_list *digest_list;
    judge judge;
} scan_run;

static bool print_result(void *user, const batch_result *result)
{
    scan_run *run = user;

    totals_add(&run->totals, result->outcome);
    report_outcome(&run->reporter, result->outcome, result->path, strlen(result->path),
                   scale_number(&run->scale, result));
    return scan_output_add(&run->output, &run->reporter, result->outcome, result->path);
}

static const char *orientation_name(phash_orientation o)
{
    return o == PHASH_ORIENTATION_APPLY ? "apply" : o == PHASH_ORIENTATION_IGNORE ? "ignore" : "both";
}

static void describe_set(text *out, const phash_set_info *info, const char *evaluator)
{
    text_put(out, ",\"set\":{\"name\":");
    text_json_string(out, info->name, strlen(info->name));
    text_printf(out, ",\"entries\":%" PRIu64 ",\"sequence\":%" PRIu64 ",\"bands\":%" PRIu32 ",\"budget\":%" PRIu32,
                info->entries, info->sequence, info->bands, info->budget);
    text_put(out, ",\"digest\":\"sha256:");
    for (size_t i = 0; i < sizeof info->digest; i++)
        text_printf(out, "%02x", info->digest[i]);
    text_put(out, "\"},\"evaluator\":");
    text_json_string(out, evaluator, strlen(evaluator));
}

/* The human header's half about the set. */
static void describe_set_shortly(text *out, const scan_run *run, const phash_set_info *info)
{
    if (run->lists.radius_given)
        text_printf(out, ", radius at most %" PRIu64, run->lists.radius);
    text_put(out, "; set ");
    text_shown(out, info->name, strlen(info->name));
    text_printf(out, ", %" PRIu64 " %s", info->entries, info->entries == 1 ? "hash" : "hashes");
    if (run->remote != NULL)
        text_printf(out, "; evaluator %s", remote_name(run->remote));
}

/* The key in this process, or a service that has it. */
static bool find_evaluator(scan_run *run, const phash_set_info *info)
{
    uint8_t public_key[PHASH_PUBLIC_KEY_SIZE];
    uint8_t key_id[PHASH_KEY_ID_SIZE];

    if (run->url != NULL)
        return remote_open(&run->remote, run->url, &run->http, run->wait, info);
    if (!key_store_load(&run->key, run->key_path, run->passphrase_file))
        return false;
    phash_key_public(run->key, public_key, key_id);
    if (memcmp(public_key, info->public_key, sizeof public_key) == 0)
        return true;
    say("%s is not the key that %s was built with", run->key_path, run->set_path);
    return false;
}

static bool open_set(scan_run *run, text *details, text *headline)
{
    phash_diag diag = {""};
    phash_set_info info;

    phash_status st = phash_set_open(&run->set, &diag, run->set_path, NULL);
    if (st == PHASH_OK)
        st = phash_set_get_info(run->set, &info);
    if (st != PHASH_OK) {
        say("%s: %s", run->set_path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
        return false;
    }
    if (!max_age_check_set(&run->max_age, run->set_path, info.created) ||
        !trust_check(&run->trust, run->set, run->set_path, details) || !find_evaluator(run, &info))
        return false;
    run->judge = (judge){.set = run->set, .key = run->key, .remote = run->remote, .set_name = info.name,
                         .radius = run->lists.radius_given ? (uint32_t)run->lists.radius : PHASH_RADIUS_MAX};
    run->reporter.set_name = info.name;
    run->reporter.set_note = run->trust.note;
    run->reporter.evaluator = run->remote != NULL ? remote_name(run->remote) : NULL;
    if (run->lists.radius_given)
        text_printf(details, ",\"radius\":%" PRIu64, run->lists.radius);
    describe_set(details, &info, run->remote != NULL ? remote_name(run->remote) : "in-process");
    describe_set_shortly(headline, run, &info);
    return true;
}

static bool open_lists(scan_run *run, text *details, text *headline)
{
    if (!max_age_check_lists(&run->max_age, run->lists.paths, run->lists.count) ||
        !lists_read_all(run->list, &run->lists, &run->totals.bad_rows))
        return false;
    run->matcher = lists_matcher(run->list, &run->lists);
    if (run->matcher == NULL)
        return false;
    run->judge = (judge){.list = run->list, .matcher = run->matcher};
    lists_describe(details, run->list, &run->lists);
    text_put(headline, ", ");
    lists_headline(headline, run->list, &run->lists);
    return true;
}

/* Read what is matched against, and describe the run for the header record. */
static bool prepare(scan_run *run, text *details, text *headline)
{
    const char *views = views_name(run->batch.views);

    run->reporter.pipeline = phash_pipeline_name(run->batch.decode.pipeline);
    text_printf(details, ",\"pipeline\":\"%s\",\"orientation\":\"%s\",\"views\":\"%s\"", run->reporter.pipeline,
                orientation_name(run->batch.decode.orientation), views);
    if (run->config_path != NULL) {
        text_put(details, ",");
        text_json_bytes_member(details, "config", run->config_path, strlen(run->config_path));
    }
    walk_describe(details, &run->batch.walk);
    sandbox_describe(details, run->batch.sandbox);
    formats_describe(details, &run->batch.decode);
    if (run->all_frames)
        text_printf(details, ",\"frame\":\"all\",\"max_frames\":%" PRIu32, run->batch.max_frames);
    text_printf(headline, "Pipeline %s, views %s%s", run->reporter.pipeline, views,
                run->config_path != NULL ? ", options of --config" : ""); /* --html has no paths */
    if (run->all_frames)
        text_printf(headline, ", all frames up to %" PRIu32, run->batch.max_frames);
    sandbox_describe_shortly(headline, run->batch.sandbox);
    if (run->set_path != NULL ? !open_set(run, details, headline) : !open_lists(run, details, headline))
        return false;
    if (!max_age_check_lists(&run->max_age, run->digests.paths, run->digests.count) ||
        !digest_lists_open(&run->digest_list, &run->digests, &run->totals.bad_rows, details, headline))
        return false;
    run->judge.digests = run->digest_list;
    run->batch.digests = phash_digest_list_algorithms(run->digest_list);
    scale_describe(details, &run->scale, run->set_path != NULL ? NULL : run->list);
    text_put_bytes(details, "", 1);
    text_put_bytes(headline, "", 1);
    if (text_ok(details) && text_ok(headline))
        return true;
    say("out of memory");
    return false;
}

static bool open_journal(scan_run *run)
{
    const scan_journal_basis basis = {&run->batch.decode, run->batch.views, run->batch.digests, run->batch.max_frames,
                                      run->set_path != NULL, run->batch.quiet};

    return scan_journal_open(&run->batch.journal, &run->journal, &basis);
}

static bool scan_all(scan_run *run, char **paths, size_t n)
{
    text details = {0};
    text headline = {0};

    run->batch.no_margins = run->set_path == NULL;
    bool good = batch_start_sandbox(&run->batch) && scan_output_begin(&run->output, &run->reporter) &&
                prepare(run, &details, &headline) && open_journal(run);
    if (good) {
        run->totals.errors_ok = run->output.errors_ok;
        report_header(&run->reporter, details.data, run->batch.quiet ? NULL : headline.data);
        scan_output_header(&run->output, &run->reporter, headline.data);
        good = batch_run(&run->batch, paths, n, &run->judge, &run->totals.skipped, print_result, run);
        if (good && !run->totals.skipped.interrupted) /* else it is no part that can be merged */
            good = scale_close(&run->scale, &run->reporter.closing);
        if (run->reporter.format != FORMAT_HUMAN || !run->batch.quiet)
            report_summary(&run->reporter, &run->totals);
        scan_output_summary(&run->output, &run->totals);
    }
    sandbox_stop(&run->batch.sandbox);
    scan_journal_close(&run->batch.journal);
    good = scan_output_end(&run->output, good, run->totals.skipped.interrupted) && good;
    text_free(&details);
    text_free(&headline);
    return finish_stdout() && good;
}

static bool take_option(scan_run *run, int option, const char *value)
{
    if (option == FRAMES_OPTION && strcmp(value, "all") == 0)
        return run->all_frames = true;
    if (option == FRAMES_OPTION)
        run->all_frames = false;
    if (formats_is_option(option))
        return formats_take_option(&run->batch.decode, option, value);
    if (trust_is_option(option))
        return trust_take_option(&run->trust, option, value);
    if (scale_is_option(option))
        return scale_take_option(&run->scale, option, value);
    if (scan_output_is_option(option))
        return scan_output_take_option(&run->output, option, value);
    if (sandbox_is_option(option))
        return sandbox_take_option(&run->batch.confinement, option, value);
    if (digest_is_option(option))
        return digest_take_option(&run->digests, option, value);
    if (scan_journal_is_option(option))
        return scan_journal_take_option(&run->journal, option, value);
    if (http_is_option(option))
        return http_take_option(&run->http, option, value);
    switch (option) {
    case 'l': run->lists.paths[run->lists.count++] = value; return true;
    case 'R': run->lists.own[run->lists.own_count++] = value; return true;
    case 'v': return parse_views(&run->batch.views, value);
    case 's': return take_once(&run->set_path, "--set", value);
    case 'k': return take_once(&run->key_path, "--key", value);
    case 0x2b2: return take_once(&run->passphrase_file, "--passphrase-file", value);
    case 0x2b0: return take_once(&run->url, "--evaluator", value);
    case 0x2b1: return parse_number(&run->wait, "--evaluator-timeout", value, 1, REMOTE_WAIT_MAX);
    case MAX_AGE_OPTION: return max_age_take(&run->max_age, value);
    case 0x2c0: return formats_take_max_frames(&run->batch.max_frames, value);
    case CONFIG_OPTION: usage_error("--config comes first, before any other option"); return false;
    case 'f': return parse_format(&run->reporter.format, value, 7);
    case 'r': return list_options_take_radius(&run->lists, value);
    default: return batch_take_option(&run->batch, option, value);
    }
}

/* A thread that waits for an answer leaves its processor to another. */
static void settle_threads(scan_run *run)
{
    if (run->url == NULL)
        return;
    if (run->wait == 0)
        run->wait = REMOTE_WAIT_DEFAULT;
    if (!run->batch.jobs_given)
        run->batch.jobs *= 2;
}

/* False after a message. */
static bool settle_frames(scan_run *run)
{
    if (!run->all_frames && run->batch.max_frames != 0) {
        usage_error("--max-frames goes with --frames all");
        return false;
    }
    if (run->all_frames && run->set_path != NULL) {
        usage_error("--frames all goes with --list: with --set, a request for each frame would tell the evaluator how "
                    "many there are");
        return false;
    }
    if (!run->all_frames)
        return true;
    run->batch.decode.frame = 0;
    run->batch.decode.limits.max_cpu_ms = FRAMES_CPU_MS;
    if (run->batch.max_frames == 0)
        run->batch.max_frames = FRAMES_DEFAULT;
    return true;
}

static const struct option scan_options[] = {
    {"list", required_argument, NULL, 'l'}, {"set", required_argument, NULL, 's'},
    {"key", required_argument, NULL, 'k'},  {"radius", required_argument, NULL, 'r'},
    {"evaluator", required_argument, NULL, 0x2b0}, {"evaluator-timeout", required_argument, NULL, 0x2b1},
    {"passphrase-file", required_argument, NULL, 0x2b2},
    HTTP_OPTIONS, {"list-radius", required_argument, NULL, 'R'}, {"views", required_argument, NULL, 'v'},
    {"format", required_argument, NULL, 'f'}, {"config", required_argument, NULL, CONFIG_OPTION}, FORMATS_OPTIONS,
    {"max-frames", required_argument, NULL, 0x2c0}, TRUST_OPTIONS, SCAN_OUTPUT_OPTIONS,
    SCAN_JOURNAL_OPTIONS, DIGEST_OPTIONS, MAX_AGE_OPTIONS, SANDBOX_OPTIONS, SCALE_OPTIONS, SCALE_WORKER_OPTION,
    BATCH_OPTIONS, {NULL, 0, NULL, 0}};

/* -1 to go on, else the exit status. */
static int parse(scan_run *run, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, BATCH_SHORT SCAN_OUTPUT_SHORT, scan_options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (option == '?')
            return usage_error("unknown option or missing value");
        if (!take_option(run, option, optarg))
            return EXIT_USAGE;
    }
    if (run->lists.count != 0 ? run->set_path != NULL : run->set_path == NULL && run->digests.count == 0)
        return usage_error("give either --list LIST or --set SET, or --digests FILE");
    if (run->set_path != NULL && (run->key_path == NULL) == (run->url == NULL))
        return usage_error("--set needs either --key KEY or --evaluator URL");
    if (run->set_path == NULL && (run->key_path != NULL || run->url != NULL))
        return usage_error("--key and --evaluator go with --set");
    if (run->url == NULL && run->wait != 0)
        return usage_error("--evaluator-timeout goes with --evaluator");
    if (run->key_path == NULL && run->passphrase_file != NULL)
        return usage_error("--passphrase-file goes with --key");
    if (optind == argc && run->batch.files_from == NULL && !scale_has_inputs(&run->scale))
        return usage_error("nothing to scan is named");
    if (run->set_path != NULL && run->lists.own_count != 0)
        return usage_error("--list-radius goes with --list; a set holds the radius of each entry");
    settle_threads(run);
    if (!http_settle(&run->http, run->url == NULL ? "--evaluator" : NULL) || !list_options_settle(&run->lists) ||
        !settle_frames(run) ||
        !trust_settle(&run->trust, run->set_path != NULL) ||
        !scan_output_settle(&run->output) || !sandbox_settle(&run->batch.confinement) ||
        !scan_journal_settle(&run->journal) ||
        !scale_settle(&run->scale, &run->batch, run->reporter.format, argc - optind))
        return EXIT_USAGE;
    return -1;
}

static int understand_and_scan(scan_run *run, int argc, char **argv)
{
    if (!config_file_expand(&run->config, &run->config_path, &argc, &argv, scan_options))
        return EXIT_USAGE;
    if (!list_options_init(&run->lists, argc) || phash_list_new(&run->list, NULL, NULL) != PHASH_OK) {
        say("out of memory");
        return EXIT_TROUBLE;
    }
    const int status = parse(run, argc, argv);
    if (status != -1)
        return status;
    return scan_all(run, argv + optind, (size_t)(argc - optind)) ? totals_exit_status(&run->totals) : EXIT_TROUBLE;
}

int cmd_scan(int argc, char **argv)
{
    scan_run run = {.set_path = NULL};

    batch_options_init(&run.batch);
    run.batch.decode.orientation = PHASH_ORIENTATION_BOTH;
    run.batch.decode.alpha = PHASH_ALPHA_BOTH;
    run.batch.decode.pipeline = PHASH_PIPELINE_LUMA;
    run.batch.views = PHASH_VIEWS_ALL;
    run.batch.interruptible = true;
    run.reporter = (reporter){.stream = stdout, .format = FORMAT_HUMAN, .command = "scan", .subject = "path"};
    const int status = understand_and_scan(&run, argc, argv);
    phash_matcher_free(&run.matcher);
    remote_close(&run.remote);
    phash_set_free(&run.set);
    phash_key_free(&run.key);
    phash_list_free(&run.list);
    list_options_free(&run.lists);
    scale_free(&run.scale);
    batch_options_free(&run.batch);
    phash_digest_list_free(&run.digest_list);
    digest_options_free(&run.digests);
    reporter_free(&run.reporter);
    config_file_free(&run.config);
    return status;
}
