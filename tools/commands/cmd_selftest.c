/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "cli/file_io.h"
#include "picture/judge.h"
#include "picture/test_picture.h"

#include <phash/set.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "Usage: phash selftest [--quiet]\n"
    "       phash selftest --write FOLDER\n"
    "\n"
    "Try this build on this machine with a harmless picture that is built in: decode and hash it,\n"
    "match it openly against a list and privately against a set made with a fresh key, and see that\n"
    "another picture does not match. Nothing is read or written; one line is printed for each check.\n"
    "\n"
    "  --write FOLDER  write the picture, phash-test.png, and a list that holds it, phash-test.csv,\n"
    "                  to try a deployment with: a scan against that list must report the picture,\n"
    "                  and says \"class\":\"test\". FOLDER is made when it does not exist\n"
    "  --quiet         print only the checks that fail\n"
    "  --help          this text\n"
    "  --version       version, decoders and kernels\n"
    "\n"
    "Exit status: 0 all is well (or the files are written), 2 it is not, 64 usage.\n";

#define TEST_LIST "phash-test.csv"
#define TEST_LIST_LINE TEST_PICTURE_HASH ",100," TEST_LABEL_PREFIX TEST_PICTURE_NAME "\n"

typedef struct selftest {
    bool quiet;
    text poster; /* PNG files */
    text other;
    picture_reader reader;
    picture picture;
    phash_list *list;
    phash_matcher *matcher;
    phash_key *key;
    text set_file;
    phash_set *set;
} selftest;

/* One line; false when the check failed. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static bool check(const selftest *t, bool good, const char *format, ...)
{
    char line[300];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (size_t n = strlen(line); n > 0 && line[n - 1] == ' '; n--) /* there was no detail to tell */
        line[n - 1] = '\0';
    if (!good || !t->quiet)
        printf("%-4s  %s\n", good ? "ok" : "FAIL", line);
    return good;
}

static void read_picture(selftest *t, const text *png)
{
    picture_read_bytes(&t->reader, &t->picture, (const uint8_t *)png->data, png->size);
}

static bool make_pictures(selftest *t)
{
    const phash_decode_options options = {.struct_size = sizeof options, .orientation = PHASH_ORIENTATION_BOTH,
                                          .alpha = PHASH_ALPHA_BOTH, .pipeline = PHASH_PIPELINE_LUMA};

    test_picture_png(&t->poster, TEST_PICTURE_POSTER);
    test_picture_png(&t->other, TEST_PICTURE_OTHER);
    return check(t, text_ok(&t->poster) && text_ok(&t->other) &&
                        picture_reader_init(&t->reader, &options, PHASH_VIEWS_ALL, false, 0, NULL),
                 "memory for a decoder and a hasher");
}

static bool check_hash(selftest *t)
{
    char hex[PHASH_HEX_SIZE] = "";
    const picture *p = &t->picture;

    read_picture(t, &t->poster);
    if (!check(t, p->readings != 0 && p->info.width == TEST_PICTURE_SIDE && p->info.height == TEST_PICTURE_SIDE,
               "decode: the built-in picture is a PNG of %u x %u pixels %s", TEST_PICTURE_SIDE, TEST_PICTURE_SIDE,
               p->why))
        return false;
    phash_hash_to_hex(hex, &p->print[0].hash);
    return check(t, strcmp(hex, TEST_PICTURE_HASH) == 0, "hash: %s (kernels: %s)", hex,
                 phash_hasher_kernels(t->reader.decoder.hasher)) &&
           check(t, p->print[0].quality == 100 && p->print[0].flags == 0, "quality: %" PRId32, p->print[0].quality);
}

/* Both pictures through the judge that scan uses: the poster matches at distance 0 under its label, the other does
 * not match. */
static bool check_judge(selftest *t, const judge *j, const char *how)
{
    static const char label[] = TEST_LABEL_PREFIX TEST_PICTURE_NAME;
    judge_worker worker = {0};
    outcome out = {0};
    bool good = judge_worker_init(&worker, j);

    outcome_reset(&out);
    if (good) {
        read_picture(t, &t->poster);
        judge_picture(&worker, &out, &t->picture, &t->reader.views);
    }
    good = check(t, good && out.verdict == VERDICT_MATCH && out.hits[0].distance == 0 &&
                        out.hits[0].label_size == strlen(label) &&
                        memcmp(out.labels.data + out.hits[0].label_at, label, strlen(label)) == 0,
                 "%s: the picture matches %s%s", how, label, out.why);
    outcome_reset(&out);
    if (good) {
        read_picture(t, &t->other);
        judge_picture(&worker, &out, &t->picture, &t->reader.views);
        good = check(t, out.verdict == VERDICT_CLEAN, "%s: another picture is clean%s", how, out.why);
    }
    outcome_free(&out);
    judge_worker_clear(&worker);
    return good;
}

static bool check_list(selftest *t)
{
    static const char line[] = TEST_LIST_LINE;
    static const uint32_t radius = PHASH_RADIUS_DEFAULT;
    phash_list_counts counts = {0};

    bool good = phash_list_new(&t->list, NULL, NULL) == PHASH_OK &&
                phash_list_source_begin(t->list, TEST_LIST, NULL, NULL) == PHASH_OK &&
                phash_list_feed(t->list, (const uint8_t *)line, strlen(line)) == PHASH_OK &&
                phash_list_source_end(t->list, &counts) == PHASH_OK && counts.entries == 1 &&
                phash_matcher_new(&t->matcher, t->list, &radius, 1, NULL) == PHASH_OK;
    const judge j = {.list = t->list, .matcher = t->matcher};
    return check(t, good, "list: read from its text, 1 entry") && check_judge(t, &j, "plain");
}

static int keep(void *user, const uint8_t *bytes, size_t size)
{
    text_put_bytes(user, (const char *)bytes, size);
    return text_ok(user) ? 0 : -1;
}

static bool build_set(selftest *t)
{
    static const uint32_t radius = PHASH_RADIUS_DEFAULT;
    const phash_set_params params = {.struct_size = sizeof params, .bands = 6, .budget = 256, .sequence = 1,
                                     .name = "selftest"};
    phash_diag diag = {""};
    phash_set_build_report report;

    if (!check(t, phash_key_new(&t->key, NULL) == PHASH_OK, "key: drawn from the system's random numbers"))
        return false;
    phash_status st = phash_set_build(&report, &diag, t->key, t->list, &radius, &params, keep, &t->set_file, NULL,
                                      NULL, NULL);
    if (!check(t, st == PHASH_OK, "set: blinded under that key, %zu bytes %s", t->set_file.size, diag.text))
        return false;
    st = phash_set_open_memory(&t->set, &diag, (const uint8_t *)t->set_file.data, t->set_file.size, NULL);
    if (st == PHASH_OK)
        st = phash_set_verify(t->set, &diag, NULL, NULL, NULL);
    return check(t, st == PHASH_OK, "set: opened, its digests verified %s", diag.text);
}

/* The bytes of a request must not depend on the picture in a way that shows: two about one picture differ. */
static bool check_requests(selftest *t)
{
    phash_query *query = NULL;
    uint8_t *requests = NULL;
    size_t size = 0;

    read_picture(t, &t->poster);
    bool good = phash_query_new(&query, t->set, NULL) == PHASH_OK;
    if (good) {
        size = phash_query_request_size(query);
        requests = malloc(2 * size);
        good = requests != NULL;
    }
    for (size_t i = 0; good && i < 2; i++)
        good = phash_query_begin(query, requests + i * size, size, t->reader.views.print, NULL, 1) == PHASH_OK;
    good = check(t, good && memcmp(requests, requests + size, size) != 0,
                 "private: two requests about one picture, %zu bytes each, are different", size);
    free(requests);
    phash_query_free(&query);
    return good;
}

static bool check_set(selftest *t)
{
    if (!build_set(t))
        return false;
    const judge j = {.set = t->set, .key = t->key, .set_name = "selftest", .radius = PHASH_RADIUS_MAX};
    return check_judge(t, &j, "private") && check_requests(t);
}

static void selftest_free(selftest *t)
{
    phash_set_free(&t->set);
    phash_key_free(&t->key);
    phash_matcher_free(&t->matcher);
    phash_list_free(&t->list);
    picture_reader_clear(&t->reader);
    text_free(&t->set_file);
    text_free(&t->poster);
    text_free(&t->other);
}

static bool run_checks(bool quiet)
{
    selftest t = {.quiet = quiet};
    const bool good = make_pictures(&t) && check_hash(&t) && check_list(&t) && check_set(&t);

    if (good && !quiet)
        printf("all is well\n");
    selftest_free(&t);
    return finish_stdout() && good;
}

static bool write_file(const char *folder, const char *name, const char *bytes, size_t size)
{
    text path = {0};
    output_file out;

    text_put(&path, folder);
    text_put(&path, "/");
    text_put_bytes(&path, name, strlen(name) + 1);
    bool good = text_ok(&path);
    if (!good)
        say("out of memory");
    good = good && output_begin(&out, path.data, 0666);
    if (good) {
        good = fwrite(bytes, 1, size, out.stream) == size;
        if (!good)
            say("%s: cannot write", path.data);
        good = good && output_commit(&out, true);
        output_abandon(&out);
    }
    text_free(&path);
    return good;
}

static bool write_files(const char *folder, bool quiet)
{
    text png = {0};

    test_picture_png(&png, TEST_PICTURE_POSTER);
    bool good = text_ok(&png);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        say("%s: cannot make this folder: %s", folder, strerror(errno));
        good = false;
    }
    good = good && write_file(folder, TEST_PICTURE_NAME, png.data, png.size) &&
           write_file(folder, TEST_LIST, TEST_LIST_LINE, strlen(TEST_LIST_LINE));
    text_free(&png);
    if (good && !quiet)
        printf("written: %s and %s\n", TEST_PICTURE_NAME, TEST_LIST);
    return finish_stdout() && good;
}

int cmd_selftest(int argc, char **argv)
{
    static const struct option options[] = {{"write", required_argument, NULL, 'w'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    const char *folder = NULL;
    bool quiet = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'w':
            if (!take_once(&folder, "--write", optarg))
                return EXIT_USAGE;
            break;
        case 'q': quiet = true; break;
        case 'h': return print_help(help);
        case 'V': return print_version();
        default: return usage_error("unknown option or missing value");
        }
    }
    if (optind != argc)
        return usage_error("takes no arguments");
    return (folder != NULL ? write_files(folder, quiet) : run_checks(quiet)) ? EXIT_CLEAN : EXIT_TROUBLE;
}
