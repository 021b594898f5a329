/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long, timegm, strptime */
#define _FILE_OFFSET_BITS 64
#include "batch/batch.h"
#include "blind/build_chunks.h"
#include "cli/cli.h"
#include "cli/file_io.h"
#include "keys/key_store.h"
#include "lists/lists.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Usage: phash set build --key KEY --out SET.phb [OPTION]... LIST...\n"
    "\n"
    "Blind plain lists: write a set that can be looked up only with the help of the key.\n"
    "The same lists, key and parameters give the same file. SET.phb appears whole or not at all.\n"
    "A build that was interrupted goes on when the same command is given again: what is done is\n"
    "kept, encrypted, in SET.phb.part until the set is there.\n"
    "\n"
    "  --key KEY           the evaluator's key, from phash key new\n"
    "  --passphrase-file FILE\n"
    "                      the passphrase of a sealed KEY is the first line of FILE; without it, it\n"
    "                      is asked for at the terminal\n"
    "  --out SET.phb       file to write; replaced when it exists\n"
    "  --name NAME         name of the set; default: that of OLD.phb, else of the file without its\n"
    "                      ending\n"
    "  --radius N          radius of the entries, 0 to 63; default 31\n"
    "  --list-radius LIST=N\n"
    "                      another radius for the entries of one list, named as in LIST...\n"
    "  --bands 6|7|8       bands of a hash: fewer protect the list better, more find more;\n"
    "                      default 6\n"
    "  --budget N          tokens asked for each picture, 64 to 1024; default 256\n"
    "  --sequence N        number of this edition of the set; default 1, or the one after --previous\n"
    "  --previous OLD.phb  the edition before this one: the new one names its digest\n"
    "  --rules TEXT        by which entries were chosen, for those who use the set to read\n"
    "  --created DATE      date in the manifest, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ;\n"
    "                      default: SOURCE_DATE_EPOCH when it is set, else now\n"
    "  --not-after DATE    date after which scans refuse the set; default: never\n"
    "  -j, --jobs N        processors to use; default: all\n"
    "  --quiet             no progress and no report\n"
    "  --help              this text\n"
    "  --version           version, decoders and kernels\n"
    "\n"
    "Takes 0.02 to 0.15 ms a band and entry on one processor, and about 450 bytes of memory an entry.\n"
    "Exit status: 0 built, 2 not built, or built without list rows that could not be read, 64 usage.\n";

typedef struct build_run {
    const char *key_path;
    const char *passphrase_file; /* of a sealed key */
    const char *out_path;
    const char *previous_path;
    list_options lists;
    uint64_t jobs;
    uint64_t bad_rows;
    phash_set_params params;
    bool date_given; /* by --created or SOURCE_DATE_EPOCH */
    char name[65];
    bool quiet;
    bool progress;
    phash_list *list;
    phash_key *key;
    phash_set *previous;
    phash_set_builder *builder;
    build_journal journal;
    output_file out;
} build_run;

static bool parse_date(uint64_t *out, const char *option, const char *value)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"};
    static const size_t sizes[] = {20, 10}; /* strptime takes short numbers too */

    for (size_t i = 0; i < 2; i++) {
        struct tm tm = {0};
        const char *end = strptime(value, forms[i], &tm);
        int day = tm.tm_mday;
        time_t t = end != NULL && *end == '\0' && strlen(value) == sizes[i] ? timegm(&tm) : -1;
        if (t > 0 && tm.tm_mday == day) { /* timegm makes the 31st of February a day in March */
            *out = (uint64_t)t;
            return true;
        }
    }
    usage_error("%s takes YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ, not '%s'", option, value);
    return false;
}

static int write_piece(void *user, uint64_t offset, const uint8_t *bytes, size_t size)
{
    build_run *run = user;

    while (size != 0) {
        ssize_t n = pwrite(fileno(run->out.stream), bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static int show_writing(void *user, uint64_t done, uint64_t total)
{
    build_run *run = user;

    if (run->progress)
        fprintf(stderr, "\r\033[Kall tokens are there; writing the set, %.0f %%",
                100 * (double)done / (double)total);
    return build_was_stopped() ? -1 : 0;
}

/* A run that goes on takes the date of the one before it, so that it ends in the same set. */
static bool take_date_default(build_run *run)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");

    run->date_given = run->params.created != 0 || epoch != NULL;
    if (run->params.created != 0)
        return true;
    if (epoch != NULL)
        return parse_number(&run->params.created, "SOURCE_DATE_EPOCH", epoch, 1, INT64_MAX);
    run->params.created = (uint64_t)time(NULL);
    return true;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static void take_name_default(build_run *run)
{
    if (run->params.name == NULL) {
        snprintf(run->name, sizeof run->name, "%s", base_name(run->out_path));
        char *dot = strrchr(run->name, '.');
        if (dot != NULL && dot != run->name)
            *dot = '\0';
        run->params.name = run->name;
    }
}

static void report(const build_run *run, const phash_set_build_report *r)
{
    if (run->quiet)
        return;
    printf("%s: %" PRIu64 " entries, %" PRIu64 " bytes (%.0f an entry), %" PRIu64 " tokens", run->out_path, r->entries,
           r->file_size, (double)r->file_size / (double)r->entries, r->tokens);
    if (r->duplicates != 0)
        printf(", %" PRIu64 " duplicates left out", r->duplicates);
    printf("\n");
}

static bool make_builder(build_run *run)
{
    phash_diag diag = {""};

    phash_set_builder_free(&run->builder);
    phash_status st =
        phash_set_builder_new(&run->builder, &diag, run->key, run->list, run->lists.radii, &run->params, NULL);
    if (st != PHASH_OK)
        say("%s: %s", run->out_path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    return st == PHASH_OK;
}

/* Builder and journal. done is malloced: which chunks the journal held. */
static bool begin(build_run *run, bool **done)
{
    phash_set_worker *worker = NULL;
    uint64_t now = run->params.created;
    uint64_t before = 0;
    char *path = build_journal_path(run->out_path);

    if (path != NULL && !run->date_given)
        before = build_journal_created(path);
    free(path);
    if (before != 0)
        run->params.created = before;
    if (!make_builder(run))
        return false;
    *done = calloc(phash_set_builder_chunk_count(run->builder), sizeof **done);
    bool good = *done != NULL && phash_set_worker_new(&worker, NULL) == PHASH_OK;
    if (!good)
        say("out of memory");
    good = good &&
           build_journal_open(&run->journal, run->out_path, run->params.created, run->builder, worker, *done);
    phash_set_worker_free(&worker);
    if (good && run->journal.other) {
        if (!run->quiet)
            say("%s: of a build with another list, key or parameters: not used, begun anew", run->journal.path);
        if (before != 0) { /* its date has nothing to do with this build */
            run->params.created = now;
            good = make_builder(run) && build_journal_redate(&run->journal, now);
        }
    }
    if (good && run->journal.tokens != 0 && !run->quiet)
        say("%s: going on after %" PRIu64 " tokens", run->journal.path, run->journal.tokens);
    return good;
}

static bool finish(build_run *run, phash_set_build_report *result)
{
    phash_diag diag = {""};

    if (!output_begin(&run->out, run->out_path, 0666))
        return false;
    phash_status st =
        phash_set_builder_finish(run->builder, result, &diag, write_piece, run, show_writing, run);
    if (run->progress)
        fprintf(stderr, "\r\033[K");
    if (st == PHASH_OK)
        return output_commit(&run->out, true);
    if (!build_was_stopped())
        say("%s: %s", run->out_path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    output_abandon(&run->out);
    return false;
}

static bool build(build_run *run)
{
    phash_set_build_report result;
    bool *done = NULL;

    build_catch_signals();
    bool good = begin(run, &done) &&
                build_chunks_run(run->builder, &run->journal, done, (uint32_t)run->jobs, run->progress) &&
                finish(run, &result);
    if (!good && run->journal.tokens != 0)
        say("%s; %" PRIu64 " tokens are kept in %s: the same command goes on from there",
            build_was_stopped() ? "stopped" : "not built", run->journal.tokens, run->journal.path);
    else if (!good && build_was_stopped())
        say("stopped before anything was done that could be kept");
    build_journal_close(&run->journal, good);
    free(done);
    phash_set_builder_free(&run->builder);
    if (good)
        report(run, &result);
    return good;
}

static bool take_option(build_run *run, int option, const char *value)
{
    uint64_t number = 0;
    bool good = true;

    switch (option) {
    case 'k': good = take_once(&run->key_path, "--key", value); break;
    case 'P': good = take_once(&run->passphrase_file, "--passphrase-file", value); break;
    case 'o': good = take_once(&run->out_path, "--out", value); break;
    case 'n': run->params.name = value; break;
    case 'q': run->quiet = true; break;
    case 'p': good = take_once(&run->previous_path, "--previous", value); break;
    case 'u': run->params.rules = value; break;
    case 'R': run->lists.own[run->lists.own_count++] = value; break;
    case 'j': good = parse_number(&run->jobs, "--jobs", value, 1, 1024); break;
    case 'r': good = list_options_take_radius(&run->lists, value); break;
    case 's': good = parse_number(&run->params.sequence, "--sequence", value, 1, UINT64_MAX); break;
    case 'c': good = parse_date(&run->params.created, "--created", value); break;
    case 'a': good = parse_date(&run->params.not_after, "--not-after", value); break;
    case 'b':
        good = parse_number(&number, "--bands", value, 6, 8);
        run->params.bands = (uint32_t)number;
        break;
    case 'B':
        good = parse_number(&number, "--budget", value, 64, PHASH_BUDGET_MAX);
        run->params.budget = (uint32_t)number;
        break;
    default: usage_error("unknown option or missing value"); return false;
    }
    return good;
}

/* -1 to go on, else the exit status. */
static int parse(build_run *run, int argc, char **argv)
{
    static const struct option options[] = {
        {"passphrase-file", required_argument, NULL, 'P'},
        {"key", required_argument, NULL, 'k'},      {"out", required_argument, NULL, 'o'},
        {"name", required_argument, NULL, 'n'},     {"radius", required_argument, NULL, 'r'},
        {"bands", required_argument, NULL, 'b'},    {"budget", required_argument, NULL, 'B'},
        {"sequence", required_argument, NULL, 's'}, {"created", required_argument, NULL, 'c'},
        {"previous", required_argument, NULL, 'p'}, {"rules", required_argument, NULL, 'u'},
        {"jobs", required_argument, NULL, 'j'},     {"list-radius", required_argument, NULL, 'R'},
        {"not-after", required_argument, NULL, 'a'}, {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},           {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "j:", options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (!take_option(run, option, optarg))
            return EXIT_USAGE;
    }
    if (run->key_path == NULL || run->out_path == NULL)
        return usage_error("--key KEY and --out SET.phb are needed");
    if (optind == argc)
        return usage_error("no list is named");
    for (int i = optind; i < argc; i++)
        run->lists.paths[run->lists.count++] = argv[i];
    if (!list_options_settle(&run->lists))
        return EXIT_USAGE;
    return -1;
}

/* The output replaces what is there: never an input, least of all the key. */
static bool out_is_free(const build_run *run)
{
    struct stat out;
    struct stat in;

    if (stat(run->out_path, &out) != 0)
        return true;
    if (!S_ISREG(out.st_mode)) {
        say("%s: exists and is not a regular file", run->out_path);
        return false;
    }
    for (size_t i = 0; i < run->lists.count + 2; i++) {
        const char *path = i == 0 ? run->key_path : i == 1 ? run->previous_path : run->lists.paths[i - 2];
        if (path != NULL && stat(path, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
            say("%s: is read for this set and cannot be its output", path);
            return false;
        }
    }
    return true;
}

/* The edition before: opened, and whole, for the new one vouches for it by its digest. */
static bool open_previous(build_run *run)
{
    phash_diag diag = {""};

    if (run->previous_path == NULL) {
        if (run->params.sequence == 0)
            run->params.sequence = 1;
        return true;
    }
    phash_status st = phash_set_open(&run->previous, &diag, run->previous_path, NULL);
    if (st != PHASH_OK)
        say("%s: %s", run->previous_path, diag.text[0] != '\0' ? diag.text : phash_status_string(st));
    phash_set_info info;
    if (st == PHASH_OK)
        st = phash_set_get_info(run->previous, &info);
    if (st != PHASH_OK)
        return false;
    if (run->params.name == NULL) {
        snprintf(run->name, sizeof run->name, "%s", info.name);
        run->params.name = run->name;
    }
    run->params.previous = run->previous;
    return true;
}

static bool read_inputs(build_run *run)
{
    if (key_store_load(&run->key, run->key_path, run->passphrase_file) &&
        phash_list_new(&run->list, NULL, NULL) != PHASH_OK)
        say("out of memory");
    bool good = run->key != NULL && run->list != NULL && open_previous(run);
    take_name_default(run);
    /* The manifest is public: it names a list by its file name, not by where it lies here. */
    for (size_t i = 0; good && i < run->lists.count; i++)
        good = lists_read(run->list, run->lists.paths[i], base_name(run->lists.paths[i]), &run->bad_rows);
    return good;
}

/* Everything once the command line is understood. */
static bool read_and_build(build_run *run)
{
    run->progress = !run->quiet && isatty(STDERR_FILENO);
    const bool good = out_is_free(run) && read_inputs(run) && build(run);
    if (good && run->bad_rows != 0)
        say("%s is built, but %" PRIu64 " list rows are not in it", run->out_path, run->bad_rows);
    return finish_stdout() && good && run->bad_rows == 0;
}

int cmd_set_build(int argc, char **argv)
{
    build_run run = {.jobs = default_jobs(), .journal = {.fd = -1}, .params = {.struct_size = sizeof run.params}};
    int status = EXIT_TROUBLE;

    if (!list_options_init(&run.lists, argc))
        say("out of memory");
    else
        status = parse(&run, argc, argv);
    if (status == -1 && !take_date_default(&run))
        status = EXIT_USAGE;
    if (status == -1)
        status = read_and_build(&run) ? EXIT_CLEAN : EXIT_TROUBLE;
    phash_key_free(&run.key);
    phash_list_free(&run.list);
    phash_set_free(&run.previous);
    list_options_free(&run.lists);
    return status;
}
