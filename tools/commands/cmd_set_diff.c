/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "batch/batch.h"
#include "cli/cli.h"
#include "lists/set_text.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: phash set diff [OPTION]... A.phb B.phb\n"
    "\n"
    "Say what changed from one edition of a blinded set to another: parameters, source lists with\n"
    "their counts and radii, number of entries, signers, and whether B follows A. Manifests are compared;\n"
    "which entries changed cannot be read without the key.\n"
    "\n"
    "  --format human|jsonl   output format; default human\n"
    "  --help                 this text\n"
    "  --version              version, decoders and kernels\n"
    "\n"
    "Exit status: 0 compared, 2 a file could not be read, or the editions contradict each other\n"
    "(a fork), 64 usage.\n";

/* One of the two, and what is written about the changes so far. */
typedef struct side {
    const char *path;
    phash_set *set;
    phash_set_info info;
} side;

typedef struct source {
    const char *name; /* borrowed from the set */
    uint64_t entries;
    uint32_t radius;
} source;

typedef struct writer {
    text t;
    bool json;
    bool any; /* a change was written */
} writer;

typedef struct relation {
    const char *word; /* in JSON */
    const char *words;
    bool fork;
} relation;

static relation relation_of(const phash_set_info *a, const phash_set_info *b)
{
    if (memcmp(a->id, b->id, sizeof a->id) != 0)
        return (relation){"other", "different sets: another name or another evaluator key", false};
    if (memcmp(a->digest, b->digest, sizeof a->digest) == 0)
        return (relation){"same", "the same edition", false};
    if (a->sequence == b->sequence)
        return (relation){"fork", "FORK: two editions with one number", true};
    if (a->sequence > b->sequence && memcmp(a->previous, b->digest, sizeof a->previous) == 0)
        return (relation){"previous", "B is the edition before A", false};
    if (a->sequence > b->sequence && a->sequence - 1 == b->sequence)
        return (relation){"fork", "FORK: A has the next number and does not follow B", true};
    if (a->sequence > b->sequence)
        return (relation){"earlier", "B is an earlier edition; those between are needed to verify the chain", false};
    if (memcmp(b->previous, a->digest, sizeof a->digest) == 0)
        return (relation){"next", "B follows A", false};
    if (b->sequence - 1 == a->sequence)
        return (relation){"fork", "FORK: B has the next number and does not follow A", true};
    return (relation){"later", "B is a later edition; those between are needed to verify the chain", false};
}

static void begin_change(writer *w, const char *what)
{
    if (w->json)
        text_printf(&w->t, "%s{\"what\":\"%s\"", w->any ? "," : "", what);
    else
        text_printf(&w->t, "%-13s ", what);
    w->any = true;
}

static void put_numbers(writer *w, uint64_t a, uint64_t b)
{
    text_printf(&w->t, w->json ? ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 : "%" PRIu64 " -> %" PRIu64, a, b);
}

static void number_change(writer *w, const char *what, uint64_t a, uint64_t b)
{
    if (a == b)
        return;
    begin_change(w, what);
    put_numbers(w, a, b);
    text_put(&w->t, w->json ? "}" : "\n");
}

static void date_change(writer *w, const char *what, uint64_t a, uint64_t b, const char *none)
{
    if (w->json) {
        number_change(w, what, a, b);
    } else if (a != b) {
        begin_change(w, what);
        text_date(&w->t, a, none);
        text_put(&w->t, " -> ");
        text_date(&w->t, b, none);
        text_put(&w->t, "\n");
    }
}

static void hex_change(writer *w, const char *what, const uint8_t *a, const uint8_t *b, size_t size)
{
    if (memcmp(a, b, size) == 0)
        return;
    begin_change(w, what);
    text_put(&w->t, w->json ? ",\"from\":\"" : "");
    text_hex(&w->t, a, size);
    text_put(&w->t, w->json ? "\",\"to\":\"" : " -> ");
    text_hex(&w->t, b, size);
    text_put(&w->t, w->json ? "\"}" : "\n");
}

static void text_change(writer *w, const char *what, const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return;
    begin_change(w, what);
    if (w->json) {
        text_put(&w->t, ",\"from\":");
        text_json_string(&w->t, a, strlen(a));
        text_put(&w->t, ",\"to\":");
        text_json_string(&w->t, b, strlen(b));
        text_put(&w->t, "}");
    } else {
        text_shown(&w->t, a, strlen(a));
        text_put(&w->t, " -> ");
        text_shown(&w->t, b, strlen(b));
        text_put(&w->t, "\n");
    }
}

static bool get_source(source *out, const side *s, uint32_t i)
{
    return phash_set_get_source(s->set, &out->name, &out->entries, i) == PHASH_OK &&
           phash_set_get_source_radius(s->set, &out->radius, i) == PHASH_OK;
}

/* Source lists are known by name; of several with one name the k-th of A belongs to the k-th of B. */
static bool find_source(source *out, const side *s, const char *name, uint32_t skip)
{
    for (uint32_t i = 0; i < s->info.source_count; i++)
        if (get_source(out, s, i) && strcmp(out->name, name) == 0 && skip-- == 0)
            return true;
    return false;
}

static uint32_t same_name_before(const side *s, const char *name, uint32_t i)
{
    source other;
    uint32_t n = 0;

    for (uint32_t k = 0; k < i; k++)
        n += get_source(&other, s, k) && strcmp(other.name, name) == 0 ? 1u : 0u;
    return n;
}

/* Begin the line of a change in a list: what, and the list's name. */
static void begin_source(writer *w, const char *what, const char *name)
{
    begin_change(w, what);
    if (w->json) {
        text_put(&w->t, ",");
        text_json_bytes_member(&w->t, "name", name, strlen(name));
    } else {
        text_shown(&w->t, name, strlen(name));
        text_put(&w->t, ": ");
    }
}

static void source_changed(writer *w, const source *a, const source *b)
{
    if (a->entries != b->entries) {
        begin_source(w, "list", a->name);
        put_numbers(w, a->entries, b->entries);
        text_put(&w->t, w->json ? "}" : " entries\n");
    }
    if (a->radius != b->radius) {
        begin_source(w, "list_radius", a->name);
        put_numbers(w, a->radius, b->radius);
        text_put(&w->t, w->json ? "}" : "\n");
    }
}

static void source_only_once(writer *w, const source *s, bool added)
{
    begin_source(w, "list", s->name);
    if (w->json && added)
        text_printf(&w->t, ",\"from\":null,\"to\":%" PRIu64 ",\"radius\":%" PRIu32 "}", s->entries, s->radius);
    else if (w->json)
        text_printf(&w->t, ",\"from\":%" PRIu64 ",\"to\":null,\"radius\":%" PRIu32 "}", s->entries, s->radius);
    else
        text_printf(&w->t, "%s, %" PRIu64 " entries, radius %" PRIu32 "\n", added ? "added" : "removed", s->entries,
                    s->radius);
}

static void source_changes(writer *w, const side *a, const side *b)
{
    source here;
    source there;

    for (uint32_t i = 0; i < a->info.source_count; i++) {
        if (!get_source(&here, a, i))
            continue;
        if (find_source(&there, b, here.name, same_name_before(a, here.name, i)))
            source_changed(w, &here, &there);
        else
            source_only_once(w, &here, false);
    }
    for (uint32_t i = 0; i < b->info.source_count; i++)
        if (get_source(&here, b, i) && !find_source(&there, a, here.name, same_name_before(b, here.name, i)))
            source_only_once(w, &here, true);
}

static bool has_signer(const side *s, const uint8_t *key)
{
    uint8_t other[PHASH_SIGNER_KEY_SIZE];

    for (uint32_t i = 0; phash_set_get_signer(s->set, other, i) == PHASH_OK; i++)
        if (memcmp(other, key, sizeof other) == 0)
            return true;
    return false;
}

static void signer_changes(writer *w, const side *a, const side *b, const char *how)
{
    uint8_t key[PHASH_SIGNER_KEY_SIZE];

    for (uint32_t i = 0; phash_set_get_signer(a->set, key, i) == PHASH_OK; i++) {
        if (has_signer(b, key))
            continue;
        begin_change(w, "signer");
        text_put(&w->t, w->json ? ",\"key\":\"ed25519:" : "ed25519:");
        text_hex(&w->t, key, sizeof key);
        text_printf(&w->t, w->json ? "\",\"change\":\"%s\"}" : " %s\n", how);
    }
}

static void tell_side(writer *w, const char *letter, const side *s)
{
    if (w->json) {
        text_printf(&w->t, ",\"%s\":{", letter);
        text_json_bytes_member(&w->t, "path", s->path, strlen(s->path));
        text_put(&w->t, ",\"name\":");
        text_json_string(&w->t, s->info.name, strlen(s->info.name));
        text_printf(&w->t, ",\"sequence\":%" PRIu64 ",\"digest\":\"sha256:", s->info.sequence);
    } else {
        text_printf(&w->t, "%-13s ", letter);
        text_shown(&w->t, s->path, strlen(s->path));
        text_printf(&w->t, ": %s, edition %" PRIu64 ", sha256:", s->info.name, s->info.sequence);
    }
    text_hex(&w->t, s->info.digest, sizeof s->info.digest);
    text_put(&w->t, w->json ? "\"}" : "\n");
}

static void tell_changes(writer *w, const side *a, const side *b)
{
    const phash_set_info *x = &a->info;
    const phash_set_info *y = &b->info;

    text_change(w, "name", x->name, y->name);
    text_change(w, "rules", x->rules, y->rules);
    number_change(w, "format", x->format, y->format);
    number_change(w, "sequence", x->sequence, y->sequence);
    date_change(w, "created", x->created, y->created, "not said");
    date_change(w, "not_after", x->not_after, y->not_after, "never");
    hex_change(w, "key_id", x->key_id, y->key_id, sizeof x->key_id);
    number_change(w, "bands", x->bands, y->bands);
    number_change(w, "budget", x->budget, y->budget);
    number_change(w, "lock_bits", x->lock_bits, y->lock_bits);
    number_change(w, "entries", x->entries, y->entries);
    number_change(w, "file_size", x->file_size, y->file_size);
    source_changes(w, a, b);
    signer_changes(w, a, b, "removed");
    signer_changes(w, b, a, "added");
}

static bool diff(const side *a, const side *b, output_format format)
{
    writer w = {.json = format == FORMAT_JSONL};
    relation r = relation_of(&a->info, &b->info);

    text_put(&w.t, w.json ? "{\"type\":\"diff\"" : "");
    tell_side(&w, "a", a);
    tell_side(&w, "b", b);
    text_printf(&w.t, w.json ? ",\"relation\":\"%s\",\"changes\":[" : "relation      %s\n", w.json ? r.word : r.words);
    tell_changes(&w, a, b);
    if (w.json)
        text_put(&w.t, "]}\n");
    else if (!w.any)
        text_put(&w.t, "no changes\n");
    return text_print(&w.t) && !r.fork;
}

int cmd_set_diff(int argc, char **argv)
{
    static const struct option options[] = {{"format", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    output_format format = FORMAT_HUMAN;
    side a = {0};
    side b = {0};
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
    if (argc - optind != 2)
        return usage_error("two sets are compared, not %d", argc - optind);
    a.path = argv[optind];
    b.path = argv[optind + 1];
    a.set = set_load(&a.info, a.path);
    b.set = set_load(&b.info, b.path);
    bool good = a.set != NULL && b.set != NULL && diff(&a, &b, format);
    phash_set_free(&a.set);
    phash_set_free(&b.set);
    return finish_stdout() && good ? EXIT_CLEAN : EXIT_TROUBLE;
}
