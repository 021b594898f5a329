/* SPDX-License-Identifier: Apache-2.0 */
/* The records of scan and match: JSON lines, CSV, and lines for people. */
#include "picture/outcome.h"

#include "picture/formats.h"
#include "picture/kind_suffix.h"
#include "picture/test_picture.h"

#include <inttypes.h>
#include <phash/digest_list.h>
#include <string.h>

#define RECORD_ROOM ((size_t)1 << 16)

/* One write a record, so that lines of several programs on one pipe do not mix. */
static void send_line(reporter *r)
{
    text_put(&r->line, "\n");
    if (text_ok(&r->line)) {
        fwrite(r->line.data, 1, r->line.size, r->stream);
    } else {
        say("out of memory: a record is missing from the output");
        fputs("\n", r->stream); /* never a silent gap */
    }
    if (r->stream == stdout) /* nobody reads a file that has no name yet */
        fflush(stdout);
    text_clear(&r->line);
}

/* [READING:]VIEW: the reading is left out when it is the upright one, over white. */
void report_put_view(text *t, view_label view)
{
    if (view.reading != 0) {
        text_put(t, phash_reading_name(view.reading));
        text_put(t, ":");
    }
    text_put(t, phash_view_name(view.view));
}

/* Where no hit has a label there is no memory for labels either. */
static const char *label_of(const outcome *o, const hit *h)
{
    return h->label_size != 0 ? o->labels.data + h->label_at : "";
}

static void json_hit(reporter *r, const outcome *o, const hit *h)
{
    text *t = &r->line;

    if (h->digest != 0)
        text_printf(t, "\"match_kind\":\"%s\",", phash_digest_name(h->digest));
    text_printf(t, "\"distance\":%" PRIu32 ",", h->distance);
    if (h->digest == 0 && r->set_name != NULL) {
        text_put(t, "\"set\":");
        text_json_string(t, r->set_name, strlen(r->set_name));
        text_put(t, ",");
    }
    text_json_bytes_member(t, "list", h->list, strlen(h->list));
    text_put(t, ",");
    text_json_bytes_member(t, "entry", label_of(o, h), h->label_size);
    if (h->label_size >= strlen(TEST_LABEL_PREFIX) &&
        memcmp(label_of(o, h), TEST_LABEL_PREFIX, strlen(TEST_LABEL_PREFIX)) == 0)
        text_put(t, ",\"class\":\"test\"");
    text_put(t, ",\"view\":\"");
    report_put_view(t, h->view);
    text_put(t, "\"");
}

static void json_outcome(reporter *r, const outcome *o, const char *subject, size_t size, const char *extra)
{
    text *t = &r->line;
    char hex[PHASH_HEX_SIZE];

    text_put(t, "{\"type\":\"result\",");
    text_json_bytes_member(t, r->subject, subject, size);
    text_printf(t, ",\"status\":\"%s\"", verdict_name(o->verdict));
    if (o->reason != REASON_NONE) {
        text_printf(t, ",\"reason\":\"%s\",\"detail\":", reason_name(o->reason));
        text_json_string(t, o->why, strlen(o->why));
    }
    if (!r->only_hash) {
        phash_hash_to_hex(hex, &o->hash);
        text_printf(t, o->has_hash ? ",\"hash\":\"%s\"" : ",\"hash\":null", hex);
    }
    text_printf(t, o->quality >= 0 ? ",\"quality\":%" PRId32 : ",\"quality\":null", o->quality);
    if (!r->only_hash)
        text_printf(t, ",\"pipeline\":\"%s\"", r->pipeline);
    if (o->width != 0)
        text_printf(t, ",\"kind\":\"%s\",\"width\":%" PRIu32 ",\"height\":%" PRIu32, phash_kind_name(o->kind), o->width,
                    o->height);
    formats_describe_frames(t, o->frames, o->frame);
    if (!r->only_hash && (o->kind != PHASH_KIND_UNKNOWN || o->reason == REASON_NOT_AN_IMAGE) &&
        kind_disagrees(subject, o->kind))
        text_put(t, ",\"mismatch\":true");
    for (size_t i = 0; i < o->hit_count; i++) {
        text_put(t, i == 0 ? "," : i == 1 ? ",\"matches\":[{" : ",{");
        json_hit(r, o, &o->hits[i]);
        if (i != 0 && o->all_frames && o->frames > 1 && o->hits[i].digest == 0)
            text_printf(t, ",\"frame\":%" PRIu32, o->hits[i].frame);
        if (i != 0)
            text_put(t, "}");
    }
    if (o->hit_count != 0)
        text_put(t, o->hit_count == 1 ? ",\"matches\":[]" : "]");
    if (extra != NULL)
        text_put(t, extra);
    text_put(t, "}");
}

static void csv_outcome(reporter *r, const outcome *o, const char *subject, size_t size)
{
    text *t = &r->line;
    char hex[PHASH_HEX_SIZE];

    text_csv_field(t, subject, size);
    text_printf(t, ",%s,", verdict_name(o->verdict));
    if (o->has_hash && !r->only_hash) {
        phash_hash_to_hex(hex, &o->hash);
        text_put(t, hex);
    }
    if (!r->only_hash)
        text_put(t, ",");
    if (o->quality >= 0)
        text_printf(t, "%" PRId32, o->quality);
    if (!r->only_hash)
        text_printf(t, ",%s", r->pipeline);
    text_put(t, ",");
    if (o->hit_count != 0) {
        const hit *h = &o->hits[0];
        text_printf(t, "%" PRIu32 ",", h->distance);
        text_csv_field(t, h->list, strlen(h->list));
        text_put(t, ",");
        text_csv_field(t, label_of(o, h), h->label_size);
        text_put(t, ",");
        if (h->digest == 0)
            report_put_view(t, h->view);
        else
            text_put(t, phash_digest_name(h->digest));
        text_put(t, ",");
    } else {
        text_put(t, ",,,,");
    }
    text_put(t, reason_name(o->reason));
}

static void human_outcome(reporter *r, const outcome *o, const char *subject, size_t size)
{
    static const char *const colors[VERDICT_COUNT] = {"32", "1;31", "33"};
    text *t = &r->line;

    if (r->color)
        text_printf(t, "\033[%sm", colors[o->verdict]);
    text_printf(t, "%-13s ", verdict_name(o->verdict));
    if (r->color)
        text_put(t, "\033[0m");
    text_shown(t, subject, size);
    if (o->reason != REASON_NONE)
        text_printf(t, "  [%s", reason_name(o->reason));
    if (o->reason != REASON_NONE && o->why[0] != '\0') {
        text_put(t, ": ");
        text_shown(t, o->why, strlen(o->why));
    }
    if (o->reason != REASON_NONE)
        text_put(t, "]");
    for (size_t i = 0; i < o->hit_count; i++) {
        const hit *h = &o->hits[i];
        text_put(t, i == 0 ? "  " : ";  ");
        if (h->digest != 0)
            text_printf(t, "%s of ", phash_digest_name(h->digest));
        else
            text_printf(t, "distance %" PRIu32 " to ", h->distance);
        text_shown(t, label_of(o, h), h->label_size);
        text_put(t, " in ");
        text_shown(t, h->list, strlen(h->list));
        if (h->digest == 0 && o->all_frames && o->frames > 1)
            text_printf(t, ", frame %" PRIu32, h->frame);
        if (h->digest != 0 || (h->view.reading == 0 && h->view.view == 0))
            continue;
        text_put(t, " (");
        report_put_view(t, h->view);
        text_put(t, ")");
    }
}

void report_header(reporter *r, const char *details, const char *headline)
{
    static char room[RECORD_ROOM]; /* a record that fits is one write */

    if (r->stream == stdout)
        setvbuf(stdout, room, _IOFBF, sizeof room);
    if (r->format == FORMAT_JSONL) {
        text_printf(&r->line, "{\"type\":\"header\",\"tool\":\"phash\",\"version\":\"%s\",\"command\":\"%s\"",
                    phash_version(), r->command);
        text_put(&r->line, details);
        text_put(&r->line, "}");
        send_line(r);
    } else if (r->format == FORMAT_CSV) {
        text_put(&r->line, r->subject);
        text_put(&r->line, r->only_hash ? ",status,quality" : ",status,hash,quality,pipeline");
        text_put(&r->line, ",distance,list,entry,view,reason");
        send_line(r);
    } else if (headline != NULL) {
        text_put(&r->line, headline);
        text_put(&r->line, "\n");
        send_line(r);
    }
}

void report_outcome(reporter *r, const outcome *o, const char *subject, size_t size, const char *extra)
{
    switch (r->format) {
    case FORMAT_JSONL: json_outcome(r, o, subject, size, extra); break;
    case FORMAT_CSV: csv_outcome(r, o, subject, size); break;
    case FORMAT_HUMAN: human_outcome(r, o, subject, size); break;
    }
    send_line(r);
}

static void json_summary(reporter *r, const totals *t)
{
    text *line = &r->line;

    text_printf(line, "{\"type\":\"summary\",\"inputs\":%" PRIu64, t->inputs);
    for (int v = 0; v < VERDICT_COUNT; v++)
        text_printf(line, ",\"%s\":%" PRIu64, verdict_name((verdict)v), t->verdicts[v]);
    text_put(line, ",\"reasons\":{");
    const char *comma = "";
    for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
        if (t->reasons[i] != 0) {
            text_printf(line, "%s\"%s\":%" PRIu64, comma, reason_name((reason)i), t->reasons[i]);
            comma = ",";
        }
    text_put(line, "}");
    describe_skipped_json(line, &t->skipped, !r->only_hash);
    text_printf(line, ",\"list_bad_rows\":%" PRIu64, t->bad_rows);
    if (r->set_name != NULL)
        text_printf(line, ",\"requests\":%" PRIu64 ",\"bytes_up\":%" PRIu64 ",\"bytes_down\":%" PRIu64, t->requests,
                    t->bytes_up, t->bytes_down);
    if (t->errors_ok)
        text_put(line, ",\"errors_ok\":true");
    if (t->skipped.interrupted)
        text_put(line, ",\"interrupted\":true");
    if (r->closing != NULL)
        text_put(line, r->closing);
    text_put(line, "}");
    send_line(r);
}

/* What the inputs that could not be judged lacked. */
static void human_reasons(text *line, const totals *t)
{
    const char *comma = "\nindeterminate: ";

    for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
        if (t->reasons[i] != 0) {
            text_printf(line, "%s%" PRIu64 " %s", comma, t->reasons[i], reason_name((reason)i));
            comma = ", ";
        }
    if (t->errors_ok && t->verdicts[VERDICT_INDETERMINATE] != 0)
        text_put(line, "; they do not count in the exit status");
    if (t->skipped.interrupted)
        text_put(line, "\ninterrupted by a signal: there may be more inputs");
}

static void human_summary(reporter *r, const totals *t)
{
    text *line = &r->line;

    text_printf(line, "\n%" PRIu64 " inputs: %" PRIu64 " match, %" PRIu64 " clean, %" PRIu64 " indeterminate",
                t->inputs, t->verdicts[VERDICT_MATCH], t->verdicts[VERDICT_CLEAN], t->verdicts[VERDICT_INDETERMINATE]);
    describe_skipped(line, "; passed over: ", &t->skipped);
    if (!r->only_hash)
        human_reasons(line, t);
    if (t->bad_rows != 0)
        text_printf(line, "\n%" PRIu64 " rows of the lists could not be read and were not matched against",
                    t->bad_rows);
    if (r->set_name != NULL)
        text_printf(line, "\nprivate: %" PRIu64 " requests, %" PRIu64 " bytes up and %" PRIu64 " bytes down ",
                    t->requests, t->bytes_up, t->bytes_down);
    if (r->set_name != NULL && r->evaluator == NULL)
        text_put(line, "(the evaluator ran in this process; nothing was sent)");
    else if (r->set_name != NULL)
        text_printf(line, "(the evaluator was asked at %s)", r->evaluator);
    if (r->set_note != NULL)
        text_printf(line, "\nset: %s", r->set_note);
    send_line(r);
}

void report_summary(reporter *r, const totals *t)
{
    if (r->format == FORMAT_JSONL)
        json_summary(r, t);
    else if (r->format == FORMAT_HUMAN)
        human_summary(r, t);
}

void reporter_free(reporter *r)
{
    text_free(&r->line);
}
