/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "picture/formats.h"
#include "batch/scale.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const char help[] =
    "Usage: phash hash [OPTION]... PATH...\n"
    "       phash hash [OPTION]... --files-from FILE\n"
    "\n"
    "Print the PDQ hash of pictures, one line each: hash,quality,path.\n"
    "Directories are walked to their end; every file in them counts as a picture.\n"
    "The lines are a hash list that phash scan, match and set build read.\n"
    "\n"
    "  --format csv|jsonl         output format (csv: RFC 4180)\n"
    "  --dihedral                 also the hashes of the seven turned and mirrored views:\n"
    "                             eight hashes across in csv\n"
    "  --orientation apply|ignore|both\n"
    "                             apply the EXIF orientation first (default), or hash the\n"
    "                             picture as stored, as Meta's tool does; both needs jsonl\n"
    "  --alpha white|drop         composite transparency over white (default), or drop it,\n"
    "                             as Meta's tool does\n"
    "  --pipeline exact|luma|scaled\n"
    "                             how much of a JPEG is decoded: colours (default; equals\n"
    "                             Meta's tool), the luminance only, or that at a smaller size\n"
    "  --formats LIST             decode only these: jpeg,png,webp,gif,bmp,pnm,tiff,heif,avif,jxl\n"
    "  --no-formats LIST          do not decode these\n"
    "  --frames N                 the frame of an animation or page of a TIFF, from 0 (default);\n"
    "                             the last one when there are fewer\n"
    "  --files-from FILE          read more paths from FILE, one a line; - is stdin\n"
    "  -0                         paths in FILE end with a 0 byte\n"
    WALK_HELP
    "  --tar FILE                 also the regular files in a tar stream; - is stdin\n"
    "  --shard PART/COUNT         hash only one of COUNT parts of the inputs, and number the records;\n"
    "                             needs --format jsonl. phash merge puts the parts together\n"
    "  -j, --jobs N               threads; default: all processors\n"
    "  --progress auto|json|none  on stderr: a line when that is a terminal (default), or a JSON\n"
    "                             object a second\n"
    "  --timeout SECONDS          stop the decoder of a file after this time; default 60\n"
    "  --no-sandbox               decode in this process, not in confined ones\n"
    "  --quiet                    no progress, and no count of links and devices passed over\n"
    "  --help                     this text\n"
    "  --version                  version, decoders and kernels\n"
    "\n"
    "A picture that cannot be hashed gives a line without hash (csv: ',,path') and a message.\n"
    "Exit status: 0 all were hashed, 2 some were not, 64 usage.\n";

typedef struct hash_run {
    batch_options batch;
    output_format format;
    bool dihedral;
    uint64_t inputs;
    uint64_t failed;
    scale_options scale;
    text line;
} hash_run;

static void put_hex(text *t, const phash_hash *hash)
{
    char hex[PHASH_HEX_SIZE];

    phash_hash_to_hex(hex, hash);
    text_put(t, hex);
}

static void csv_line(hash_run *run, const char *path, const picture *p)
{
    text *t = &run->line;
    uint32_t hashes = run->dihedral ? PHASH_DIHEDRAL_COUNT : 1;

    for (uint32_t i = 0; i < hashes; i++) {
        if (i != 0)
            text_put(t, ",");
        if (p->readings != 0)
            put_hex(t, run->dihedral ? &p->dihedral[i].hash : &p->print[0].hash);
    }
    if (p->readings != 0)
        text_printf(t, ",%" PRId32 ",", p->print[0].quality);
    else
        text_put(t, ",,");
    text_csv_field(t, path, strlen(path));
}

static void json_hashes(hash_run *run, const picture *p)
{
    text *t = &run->line;

    for (uint32_t i = 0; i < p->readings; i++) {
        if (i == 0)
            text_put(t, ",\"hash\":\"");
        else
            text_printf(t, ",\"%s\":\"", phash_reading_name(p->reading[i]));
        put_hex(t, &p->print[i].hash);
        text_put(t, "\"");
    }
    text_printf(t, ",\"quality\":%" PRId32, p->print[0].quality);
    if ((p->print[0].flags & PHASH_FINGERPRINT_MEANINGLESS) != 0)
        text_put(t, ",\"meaningless\":true");
    if (!run->dihedral)
        return;
    text_put(t, ",\"dihedral\":{");
    for (int i = 0; i < PHASH_DIHEDRAL_COUNT; i++) {
        text_printf(t, "%s\"%s\":\"", i == 0 ? "" : ",", phash_dihedral_name((phash_dihedral)i));
        put_hex(t, &p->dihedral[i].hash);
        text_put(t, "\"");
    }
    text_put(t, "}");
}

static void json_line(hash_run *run, const batch_result *result)
{
    const picture *p = result->picture;
    const char *number = scale_number(&run->scale, result);
    text *t = &run->line;

    text_put(t, "{");
    text_json_bytes_member(t, "path", result->path, strlen(result->path));
    if (p->readings != 0) {
        json_hashes(run, p);
    } else {
        text_printf(t, ",\"hash\":null,\"quality\":null,\"reason\":\"%s\",\"detail\":", reason_name(p->trouble));
        text_json_string(t, p->why, strlen(p->why));
    }
    text_printf(t, ",\"pipeline\":\"%s\"", phash_pipeline_name(run->batch.decode.pipeline));
    if (p->info.width != 0)
        text_printf(t, ",\"kind\":\"%s\",\"width\":%" PRIu32 ",\"height\":%" PRIu32 ",\"orientation\":%" PRIu32,
                    phash_kind_name(p->info.kind), p->info.width, p->info.height, p->info.orientation);
    if (p->readings != 0)
        formats_describe_frames(t, p->info.frames, p->info.frame);
    text_put(t, number != NULL ? number : "");
    text_put(t, "}");
}

static bool send_line(hash_run *run)
{
    text_put(&run->line, "\n");
    if (!text_ok(&run->line)) {
        say("out of memory");
        return false;
    }
    fwrite(run->line.data, 1, run->line.size, stdout);
    fflush(stdout);
    text_clear(&run->line);
    return true;
}

/* Parts of a run say what they are, so that phash merge can tell whether they belong together. */
static bool open_part(hash_run *run)
{
    static const char *const orientations[] = {"apply", "ignore", "both"};
    const phash_decode_options *decode = &run->batch.decode;
    text *t = &run->line;

    if (run->batch.shard == NULL)
        return true;
    text_printf(t, "{\"type\":\"header\",\"tool\":\"phash\",\"version\":\"%s\",\"command\":\"hash\"", phash_version());
    text_printf(t, ",\"pipeline\":\"%s\",\"orientation\":\"%s\",\"alpha\":\"%s\",\"dihedral\":%s",
                phash_pipeline_name(decode->pipeline), orientations[decode->orientation],
                decode->alpha == PHASH_ALPHA_DROP ? "drop" : "white", run->dihedral ? "true" : "false");
    scale_describe(t, &run->scale, NULL);
    text_put(t, "}");
    return send_line(run);
}

static bool close_part(hash_run *run)
{
    const char *closing = NULL;
    text *t = &run->line;

    if (run->batch.shard == NULL)
        return true;
    text_printf(t, "{\"type\":\"summary\",\"inputs\":%" PRIu64 ",\"failed\":%" PRIu64, run->inputs, run->failed);
    if (!scale_close(&run->scale, &closing))
        return false;
    text_put(t, closing);
    text_put(t, "}");
    return send_line(run);
}

static bool print_result(void *user, const batch_result *result)
{
    hash_run *run = user;
    const picture *p = result->picture;

    if (run->format == FORMAT_CSV)
        csv_line(run, result->path, p);
    else
        json_line(run, result);
    if (!send_line(run))
        return false;
    run->inputs++;
    if (p->readings == 0) {
        run->failed++;
        say("%s: %s: %s", result->path, reason_name(p->trouble), p->why);
    }
    return ferror(stdout) == 0;
}

static bool parse_alpha(phash_alpha *out, const char *name)
{
    if (strcmp(name, "white") == 0)
        *out = PHASH_ALPHA_WHITE;
    else if (strcmp(name, "drop") == 0)
        *out = PHASH_ALPHA_DROP;
    else {
        usage_error("--alpha takes white or drop, not '%s'", name);
        return false;
    }
    return true;
}

static bool take_option(hash_run *run, int option, const char *value)
{
    if (scale_is_option(option))
        return scale_take_option(&run->scale, option, value);
    if (formats_is_option(option))
        return formats_take_option(&run->batch.decode, option, value);
    switch (option) {
    case 'f': return parse_format(&run->format, value, 1u << FORMAT_CSV | 1u << FORMAT_JSONL);
    case 'd': run->dihedral = true; return true;
    case 'a': return parse_alpha(&run->batch.decode.alpha, value);
    default: break;
    }
    if (sandbox_is_option(option))
        return sandbox_take_option(&run->batch.confinement, option, value);
    return batch_take_option(&run->batch, option, value);
}

int cmd_hash(int argc, char **argv)
{
    static const struct option options[] = {{"format", required_argument, NULL, 'f'},
                                            {"dihedral", no_argument, NULL, 'd'},
                                            {"alpha", required_argument, NULL, 'a'},
                                            SCALE_OPTIONS, SANDBOX_OPTIONS, FORMATS_OPTIONS, BATCH_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    hash_run run = {.format = FORMAT_CSV};
    walk_skipped skipped = {0};
    int option;

    batch_options_init(&run.batch);
    while ((option = getopt_long(argc, argv, BATCH_SHORT, options, NULL)) != -1) {
        if (option == 'h')
            return print_help(help);
        if (option == 'V')
            return print_version();
        if (option == '?')
            return usage_error("unknown option or missing value");
        if (!take_option(&run, option, optarg))
            return EXIT_USAGE;
    }
    if (run.batch.decode.orientation == PHASH_ORIENTATION_BOTH && run.format == FORMAT_CSV)
        return usage_error("--orientation both gives two hashes a picture: it needs --format jsonl");
    if (optind == argc && run.batch.files_from == NULL && !scale_has_inputs(&run.scale))
        return usage_error("no picture is named");
    if (!sandbox_settle(&run.batch.confinement) ||
        !scale_settle(&run.scale, &run.batch, run.format, argc - optind))
        return EXIT_USAGE;
    run.batch.dihedral = run.dihedral;
    run.batch.no_margins = true;
    if (!batch_start_sandbox(&run.batch))
        return EXIT_TROUBLE;
    bool good = open_part(&run) &&
                batch_run(&run.batch, argv + optind, (size_t)(argc - optind), NULL, &skipped, print_result, &run) &&
                close_part(&run);
    sandbox_stop(&run.batch.sandbox);
    scale_free(&run.scale);
    batch_options_free(&run.batch);
    text_clear(&run.line);
    describe_skipped(&run.line, "passed over: ", &skipped);
    if (!run.batch.quiet && run.line.size != 0)
        say("%.*s", (int)run.line.size, run.line.data);
    text_free(&run.line);
    good = finish_stdout() && good;
    return good && run.failed == 0 ? EXIT_CLEAN : EXIT_TROUBLE;
}
