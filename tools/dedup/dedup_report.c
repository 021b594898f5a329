/* SPDX-License-Identifier: Apache-2.0 */
#include "dedup/dedup_report.h"

#include "picture/outcome.h"
#include "cli/text_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counts, and the number of each group: from 1, in the order of their first inputs. */
typedef struct summary {
    uint64_t *number; /* per file: of the group it leads; 0 when it leads none */
    uint64_t groups;
    uint64_t duplicates; /* inputs that are in a group */
    uint64_t unique;
    uint64_t indeterminate;
} summary;

static bool is_grouped(const dedup_file *f)
{
    return f->trouble == REASON_NONE && f->distance != UINT32_MAX;
}

static bool summarise(summary *s, const dedup_file *files, size_t n)
{
    memset(s, 0, sizeof *s);
    s->number = calloc(n + 1, sizeof *s->number);
    if (s->number == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        const dedup_file *f = &files[i];
        s->indeterminate += f->trouble != REASON_NONE;
        s->unique += f->trouble == REASON_NONE && !is_grouped(f);
        s->duplicates += is_grouped(f);
        if (is_grouped(f) && s->number[f->leader] == 0)
            s->number[f->leader] = ++s->groups;
    }
    return true;
}

int dedup_exit_status(const dedup_file *files, size_t n)
{
    int status = EXIT_CLEAN;

    for (size_t i = 0; i < n; i++) {
        if (files[i].trouble != REASON_NONE)
            return EXIT_TROUBLE;
        if (is_grouped(&files[i]))
            status = EXIT_MATCH;
    }
    return status;
}

static const char *status_of(const dedup_file *f)
{
    return f->trouble != REASON_NONE ? "indeterminate" : is_grouped(f) ? "duplicate" : "unique";
}

static bool send(text *t)
{
    const bool good = text_ok(t);

    if (good)
        fwrite(t->data, 1, t->size, stdout);
    else
        say("out of memory");
    text_clear(t);
    return good && ferror(stdout) == 0;
}

static void json_file(text *t, const dedup_report *r, const summary *s, const dedup_file *files, size_t i)
{
    const dedup_file *f = &files[i];
    char hex[PHASH_HEX_SIZE];

    text_put(t, "{\"type\":\"result\",");
    text_json_bytes_member(t, "path", f->path, strlen(f->path));
    text_printf(t, ",\"status\":\"%s\"", status_of(f));
    if (is_grouped(f))
        text_printf(t, ",\"group\":%" PRIu64 ",\"first\":%s,\"distance\":%" PRIu32, s->number[f->leader],
                    f->leader == i ? "true" : "false", f->distance);
    if (f->trouble != REASON_NONE) {
        text_printf(t, ",\"reason\":\"%s\",\"detail\":", reason_name(f->trouble));
        text_json_string(t, f->why != NULL ? f->why : "", f->why != NULL ? strlen(f->why) : 0);
    }
    phash_hash_to_hex(hex, &f->hash);
    if (f->has_hash)
        text_printf(t, ",\"hash\":\"%s\",\"quality\":%" PRId32, hex, f->quality);
    else
        text_put(t, ",\"hash\":null,\"quality\":null");
    text_printf(t, ",\"pipeline\":\"%s\"", r->pipeline);
    if (f->width != 0)
        text_printf(t, ",\"kind\":\"%s\",\"width\":%" PRIu32 ",\"height\":%" PRIu32, phash_kind_name(f->kind), f->width,
                    f->height);
    text_put(t, "}\n");
}

static void csv_file(text *t, const dedup_report *r, const summary *s, const dedup_file *f)
{
    char hex[PHASH_HEX_SIZE];

    text_csv_field(t, f->path, strlen(f->path));
    text_printf(t, ",%s,", status_of(f));
    if (is_grouped(f))
        text_printf(t, "%" PRIu64 ",%" PRIu32 ",", s->number[f->leader], f->distance);
    else
        text_put(t, ",,");
    phash_hash_to_hex(hex, &f->hash);
    if (f->has_hash)
        text_printf(t, "%s,%" PRId32, hex, f->quality);
    else
        text_put(t, ",");
    text_printf(t, ",%s,%s\n", r->pipeline, reason_name(f->trouble));
}

static bool write_records(text *t, const dedup_report *r, const summary *s, const dedup_file *files, size_t n)
{
    bool good = true;

    if (r->format == FORMAT_CSV)
        text_put(t, "path,status,group,distance,hash,quality,pipeline,reason\n");
    else
        text_printf(t,
                    "{\"type\":\"header\",\"tool\":\"phash\",\"version\":\"%s\",\"command\":\"dedup\","
                    "\"pipeline\":\"%s\",\"views\":\"%s\",\"radius\":%" PRIu32 "%s}\n",
                    phash_version(), r->pipeline, r->views, r->radius, r->details);
    for (size_t i = 0; good && i < n; i++) {
        if (r->format == FORMAT_CSV)
            csv_file(t, r, s, &files[i]);
        else
            json_file(t, r, s, files, i);
        good = send(t);
    }
    if (r->format == FORMAT_JSONL) {
        text_printf(t,
                    "{\"type\":\"summary\",\"inputs\":%zu,\"groups\":%" PRIu64 ",\"duplicate\":%" PRIu64
                    ",\"unique\":%" PRIu64 ",\"indeterminate\":%" PRIu64,
                    n, s->groups, s->duplicates, s->unique, s->indeterminate);
        describe_skipped_json(t, &r->skipped, true);
        text_put(t, "}\n");
    }
    return good && send(t);
}

static void human_file(text *t, const dedup_file *f)
{
    text_put(t, "  ");
    text_shown(t, f->path, strlen(f->path));
    text_printf(t, "  %" PRIu32 " x %" PRIu32 ", distance %" PRIu32 "\n", f->width, f->height, f->distance);
}

static void human_trouble(text *t, const dedup_file *f)
{
    text_put(t, "indeterminate ");
    text_shown(t, f->path, strlen(f->path));
    text_printf(t, "  [%s", reason_name(f->trouble));
    if (f->why != NULL && f->why[0] != '\0') {
        text_put(t, ": ");
        text_shown(t, f->why, strlen(f->why));
    }
    text_put(t, "]\n");
}

/* Members of one group, each with its place: groups in order, the first member first, then as they were read. */
typedef struct member {
    uint64_t group;
    bool follows;
    size_t file;
} member;

static int by_group(const void *left, const void *right)
{
    const member *a = left;
    const member *b = right;

    if (a->group != b->group)
        return a->group > b->group ? 1 : -1;
    if (a->follows != b->follows)
        return a->follows ? 1 : -1;
    return (a->file > b->file) - (a->file < b->file);
}

static bool human_groups(text *t, const summary *s, const dedup_file *files, size_t n)
{
    member *members = malloc((n + 1) * sizeof *members);
    size_t m = 0;
    bool good = members != NULL;

    if (!good)
        say("out of memory");
    for (size_t i = 0; good && i < n; i++)
        if (is_grouped(&files[i]))
            members[m++] = (member){s->number[files[i].leader], files[i].leader != i, i};
    if (good)
        qsort(members, m, sizeof *members, by_group);
    for (size_t first = 0; good && first < m;) {
        size_t end = first;
        while (end < m && members[end].group == members[first].group)
            end++;
        text_printf(t, "group %" PRIu64 ": %zu pictures\n", members[first].group, end - first);
        for (; first < end; first++)
            human_file(t, &files[members[first].file]);
        good = send(t);
    }
    free(members);
    return good;
}

static bool write_human(text *t, const dedup_report *r, const summary *s, const dedup_file *files, size_t n)
{
    if (!r->quiet)
        text_printf(t, "Pipeline %s, views %s, radius %" PRIu32 "\n", r->pipeline, r->views, r->radius);
    bool good = human_groups(t, s, files, n);
    for (size_t i = 0; good && i < n; i++)
        if (files[i].trouble != REASON_NONE) {
            human_trouble(t, &files[i]);
            good = send(t);
        }
    if (!good || r->quiet)
        return good;
    text_printf(t,
                "\n%zu inputs: %" PRIu64 " near-duplicates in %" PRIu64 " groups, %" PRIu64 " unique, %" PRIu64
                " indeterminate",
                n, s->duplicates, s->groups, s->unique, s->indeterminate);
    describe_skipped(t, "; passed over: ", &r->skipped);
    text_put(t, "\n");
    return send(t);
}

bool dedup_report_write(const dedup_report *r, const dedup_file *files, size_t n)
{
    text t = {0};
    summary s;
    bool good = summarise(&s, files, n);

    if (!good)
        say("out of memory");
    else if (r->format == FORMAT_HUMAN)
        good = write_human(&t, r, &s, files, n);
    else
        good = write_records(&t, r, &s, files, n);
    free(s.number);
    text_free(&t);
    return good;
}
