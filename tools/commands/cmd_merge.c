/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/file_io.h"
#include "merge/merge_input.h"
#include "merge/merge_sum.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char help[] =
    "Usage: phash merge [OPTION]... PART...\n"
    "\n"
    "Put the outputs of phash scan --shard or phash hash --shard together: the result is, byte for\n"
    "byte, what one run without --shard writes. The order of the files does not matter. Parts that\n"
    "are missing, given twice, of another run or not complete are told, and nothing is written.\n"
    "\n"
    "  -o, --output FILE  write to FILE, which appears whole or not at all; default: stdout\n"
    "  --expect COUNT     refuse parts of a run that was not split in COUNT\n"
    "  --partial          merge although parts are missing: the result is a part itself, to be merged\n"
    "                     with the others later\n"
    "  --help             this text\n"
    "  --version          version, decoders and kernels\n"
    "\n"
    "Exit status: 0 merged, 2 not merged, 64 usage. What the parts say does not matter.\n";

#define MISSING_SHOWN 10

typedef struct merge_run {
    const char *output_path;
    uint64_t expect; /* 0: not given */
    bool partial;
    bool complete; /* all parts are here */
    merge_input *inputs;
    size_t n;
    uint32_t *owner; /* of each part: 1 + index of the input that has it, 0 for none */
    merge_input **heap; /* least number first */
    size_t heap_size;
    uint64_t records;
    FILE *stream;
} merge_run;

/* Every part is a file that stays open. */
static void allow_many_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)!setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool open_inputs(merge_run *run, char **paths)
{
    bool good = true;

    allow_many_files();
    for (size_t i = 0; i < run->n; i++) /* go on after trouble: all that is wrong is told at once */
        if (!merge_input_open(&run->inputs[i], paths[i]))
            good = false;
    return good;
}

/* Tell the first member in which two headers differ. */
static void tell_difference(const merge_input *a, const merge_input *b)
{
    json_member left;
    json_member right;
    size_t at = 0;

    while (json_next_member(merge_text(&a->header), &at, &left)) {
        char name[64];
        if (left.name.size >= sizeof name)
            continue;
        memcpy(name, left.name.at, left.name.size);
        name[left.name.size] = '\0';
        if (!json_find(merge_text(&b->header), name, &right) || !json_equal(left.value, right.value)) {
            say("%s and %s are not parts of one run: \"%s\" differs", a->path, b->path, name);
            return;
        }
    }
    say("%s and %s are not parts of one run: their headers differ", a->path, b->path);
}

static bool agree(const merge_input *a, const merge_input *b)
{
    if (!json_equal(merge_text(&a->header), merge_text(&b->header)))
        tell_difference(a, b);
    else if (a->count != b->count)
        say("%s is of a run in %" PRIu64 " parts, %s of one in %" PRIu64, a->path, a->count, b->path, b->count);
    else if (!json_equal(merge_text(&a->lists), merge_text(&b->lists)))
        say("%s and %s were matched against lists of other content", a->path, b->path);
    else if (!json_equal(merge_text(&a->walk), merge_text(&b->walk)))
        say("%s and %s did not go through the same inputs: were other paths given, or did a folder change?", a->path,
            b->path);
    else
        return true;
    return false;
}

static bool inputs_agree(const merge_run *run)
{
    bool good = true;

    for (size_t i = 1; i < run->n; i++)
        if (!agree(&run->inputs[0], &run->inputs[i]))
            good = false;
    if (good && run->expect != 0 && run->inputs[0].count != run->expect) {
        say("%s is of a run in %" PRIu64 " parts, not %" PRIu64, run->inputs[0].path, run->inputs[0].count,
            run->expect);
        good = false;
    }
    return good;
}

/* Which part comes from where. False after a message when one comes twice. */
static bool assign_parts(merge_run *run)
{
    bool good = true;

    run->owner = calloc((size_t)run->inputs[0].count, sizeof *run->owner);
    if (run->owner == NULL) {
        say("out of memory");
        return false;
    }
    for (size_t i = 0; i < run->n; i++)
        for (size_t k = 0; k < run->inputs[i].n_parts; k++) {
            uint32_t *owner = &run->owner[run->inputs[i].parts[k] - 1];
            if (*owner != 0) {
                say("part %" PRIu32 " is in %s and in %s", run->inputs[i].parts[k], run->inputs[*owner - 1].path,
                    run->inputs[i].path);
                good = false;
            }
            *owner = (uint32_t)i + 1;
        }
    return good;
}

static bool parts_are_there(merge_run *run)
{
    const uint64_t count = run->inputs[0].count;
    uint64_t missing = 0;

    for (uint64_t part = 0; part < count; part++)
        if (run->owner[part] == 0 && ++missing <= MISSING_SHOWN && !run->partial)
            say("part %" PRIu64 " of %" PRIu64 " is missing", part + 1, count);
    run->complete = missing == 0;
    if (missing > MISSING_SHOWN && !run->partial)
        say("%" PRIu64 " more parts are missing", missing - MISSING_SHOWN);
    return run->complete || run->partial;
}

static bool is_hash_run(const merge_run *run)
{
    json_member command;

    return json_find(merge_text(&run->inputs[0].header), "command", &command) && json_is(command.value, "\"hash\"");
}

/* A header or a summary, with its "shard" when the result is a part; what phash hash writes has neither. */
static bool write_frame(merge_run *run, text *line, const text *object, text *split)
{
    text_clear(line);
    text_put_bytes(line, object->data, object->size - 1);
    if (!run->complete) {
        text_put(line, ",\"shard\":");
        text_put_bytes(line, split->data, split->size);
    }
    text_put(line, "}\n");
    if (text_ok(line) && text_ok(split))
        return (run->complete && is_hash_run(run)) || fwrite(line->data, 1, line->size, run->stream) == line->size;
    say("out of memory");
    return false;
}

static bool write_header(merge_run *run, text *line)
{
    const merge_input *first = &run->inputs[0];
    text split = {0};
    const char *comma = "[";

    text_printf(&split, "{\"of\":%" PRIu64 ",\"parts\":", first->count);
    for (uint64_t part = 0; part < first->count; part++)
        if (run->owner[part] != 0) {
            text_printf(&split, "%s%" PRIu64, comma, part + 1);
            comma = ",";
        }
    text_put(&split, "]");
    if (first->lists.size != 0) {
        text_put(&split, ",\"lists\":");
        text_put_bytes(&split, first->lists.data, first->lists.size);
    }
    text_put(&split, "}");
    bool good = write_frame(run, line, &first->header, &split);
    text_free(&split);
    return good;
}

/* The heap's top may be too large for its place. */
static void sift_down(merge_run *run)
{
    merge_input **heap = run->heap;

    for (size_t i = 0, least;; i = least) {
        least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < run->heap_size; child++)
            if (heap[child]->number < heap[least]->number)
                least = child;
        if (least == i)
            return;
        merge_input *moved = heap[i];
        heap[i] = heap[least];
        heap[least] = moved;
    }
}

static void sift_up(merge_run *run, merge_input *in)
{
    size_t i = run->heap_size++;

    for (; i > 0 && run->heap[(i - 1) / 2]->number > in->number; i = (i - 1) / 2)
        run->heap[i] = run->heap[(i - 1) / 2];
    run->heap[i] = in;
}

static bool write_record(merge_run *run, text *line, const merge_input *in, uint64_t before)
{
    if (in->number == before || (run->complete && in->number != before + 1)) {
        say(in->number == before ? "%s: input %" PRIu64 " is in another part too"
                                 : "%s: the input before number %" PRIu64 " is in no part",
            in->path, in->number);
        return false;
    }
    text_clear(line);
    if (run->complete)
        json_put_without(line, in->record, &in->number_member);
    else
        text_put_bytes(line, in->record.at, in->record.size);
    text_put(line, "\n");
    if (!text_ok(line)) {
        say("out of memory");
        return false;
    }
    run->records++;
    return fwrite(line->data, 1, line->size, run->stream) == line->size;
}

static bool write_records(merge_run *run, text *line)
{
    uint64_t before = 0;
    merge_step step = MERGE_END;

    for (size_t i = 0; i < run->n && step != MERGE_TROUBLE; i++) {
        step = merge_input_next(&run->inputs[i]);
        if (step == MERGE_RECORD)
            sift_up(run, &run->inputs[i]);
    }
    while (run->heap_size != 0 && step != MERGE_TROUBLE) {
        if (!write_record(run, line, run->heap[0], before))
            return false;
        before = run->heap[0]->number;
        step = merge_input_next(run->heap[0]);
        if (step == MERGE_END)
            run->heap[0] = run->heap[--run->heap_size];
        sift_down(run);
    }
    return step != MERGE_TROUBLE;
}

/* As many records as a file says, and as many as were walked. */
static bool counts_agree(const merge_run *run)
{
    json_member member;
    uint64_t inputs = 0;

    for (size_t i = 0; i < run->n; i++)
        if (!json_find(merge_text(&run->inputs[i].summary), "inputs", &member) ||
            !json_whole_number(member.value, &inputs) || inputs != run->inputs[i].records) {
            say("%s: has %" PRIu64 " records and counts others in its summary", run->inputs[i].path,
                run->inputs[i].records);
            return false;
        }
    if (!run->complete || (json_find(merge_text(&run->inputs[0].walk), "walked", &member) &&
                           json_whole_number(member.value, &inputs) && inputs == run->records))
        return true;
    say("the parts hold %" PRIu64 " records and walked another number of inputs", run->records);
    return false;
}

static bool write_all(merge_run *run)
{
    text line = {0};
    text sum = {0};
    bool good = merge_sum(&sum, run->inputs, run->n) && write_header(run, &line) && write_records(run, &line) &&
                counts_agree(run) && write_frame(run, &line, &sum, &run->inputs[0].walk);

    text_free(&sum);
    text_free(&line);
    return good;
}

static bool merge(merge_run *run, char **paths)
{
    output_file out = {0};

    run->inputs = calloc(run->n, sizeof *run->inputs);
    run->heap = calloc(run->n, sizeof *run->heap);
    if (run->inputs == NULL || run->heap == NULL) {
        say("out of memory");
        return false;
    }
    if (!open_inputs(run, paths) || !inputs_agree(run) || !assign_parts(run) || !parts_are_there(run))
        return false;
    run->stream = stdout;
    if (run->output_path != NULL) {
        if (!output_begin(&out, run->output_path, 0666))
            return false;
        run->stream = out.stream;
    }
    bool good = write_all(run);
    if (good && run->output_path != NULL)
        return output_commit(&out, true);
    output_abandon(&out);
    return finish_stdout() && good;
}

static void merge_run_free(merge_run *run)
{
    for (size_t i = 0; run->inputs != NULL && i < run->n; i++)
        merge_input_free(&run->inputs[i]);
    free(run->inputs);
    free(run->heap);
    free(run->owner);
}

int cmd_merge(int argc, char **argv)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"expect", required_argument, NULL, 'e'},
                                            {"partial", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    merge_run run = {0};
    int option;

    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case 'o': good = take_once(&run.output_path, "--output", optarg); break;
        case 'e': good = parse_number(&run.expect, "--expect", optarg, 1, SHARD_COUNT_MAX); break;
        case 'p': run.partial = true; break;
        case 'h': return print_help(help);
        case 'V': return print_version();
        default: return usage_error("unknown option or missing value");
        }
        if (!good)
            return EXIT_USAGE;
    }
    if (optind == argc)
        return usage_error("no part is named");
    run.n = (size_t)(argc - optind);
    bool good = merge(&run, argv + optind);
    merge_run_free(&run);
    return good ? EXIT_CLEAN : EXIT_TROUBLE;
}
