/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/html_report.h"

#include <inttypes.h>
#include <phash/digest_list.h>
#include <string.h>

/* The policy names the digest of the style: nothing else is let in, whatever a label holds. */
#define STYLE                                                                                                          \
    "body{font:16px/1.4 sans-serif;margin:2em;max-width:80em}"                                                         \
    "table{border-collapse:collapse;margin:1em 0}"                                                                     \
    "th,td{border:1px solid #999;padding:.2em .6em;text-align:left;vertical-align:top;overflow-wrap:anywhere}"         \
    "td.n{text-align:right}"                                                                                           \
    "tr.match{background:#fdd}tr.indeterminate{background:#ffc}"
#define STYLE_DIGEST "sha256-m+BUdHX2vfeQb57aWudGN5+kbmXltpLma27tUPTJ6Rc="

static const char page_head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '" STYLE_DIGEST "'\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<title>phash scan</title>\n"
    "<style>" STYLE "</style>\n"
    "</head>\n"
    "<body>\n"
    "<h1>phash scan</h1>\n";

/* For people, as on a terminal, and no character means anything to a browser. */
static void put_escaped(text *t, const char *bytes, size_t size)
{
    static const char special[] = "&<>\"'";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    text shown = {0};

    text_shown(&shown, bytes, size);
    for (size_t i = 0; i < shown.size; i++) {
        const char *found = memchr(special, shown.data[i], sizeof special - 1);
        if (found != NULL)
            text_put(t, names[found - special]);
        else
            text_put_bytes(t, shown.data + i, 1);
    }
    t->failed = t->failed || shown.failed;
    text_free(&shown);
}

static void put_string(text *t, const char *string)
{
    put_escaped(t, string, strlen(string));
}

static void send(html_report *h)
{
    if (text_ok(&h->line))
        fwrite(h->line.data, 1, h->line.size, h->stream);
    text_clear(&h->line);
}

void html_report_begin(html_report *h, const char *headline, const char *set_note)
{
    text *t = &h->line;

    text_put(t, page_head);
    text_printf(t, "<p>Made by phash %s. ", phash_version());
    put_string(t, headline);
    text_put(t, ".</p>\n");
    if (set_note != NULL) {
        text_put(t, "<p>Set: ");
        put_string(t, set_note);
        text_put(t, ".</p>\n");
    }
    text_put(t, "<p>Inputs are numbered in the order they were read. <a href=\"#counts\">Counts</a> are below.</p>\n"
                "<h2 id=\"findings\">Findings</h2>\n"
                "<table>\n<tr><th>input</th><th>status</th><th>reason</th><th>distance</th><th>view</th><th>list</th>"
                "<th>entry</th>");
    text_put(t, h->show_paths ? "<th>path</th></tr>\n" : "</tr>\n");
    send(h);
}

static void put_list(text *t, const html_report *h, const char *list)
{
    const char *slash = strrchr(list, '/');

    put_string(t, !h->show_paths && slash != NULL ? slash + 1 : list);
}

static void put_row(html_report *h, const outcome *o, const hit *found, const char *path)
{
    text *t = &h->line;

    text_printf(t, "<tr class=\"%s\"><td class=\"n\">%" PRIu64 "</td><td>%s</td><td>%s</td>", verdict_name(o->verdict),
                h->inputs, verdict_name(o->verdict), reason_name(o->reason));
    if (found != NULL) {
        text_put(t, "<td class=\"n\">");
        text_printf(t, "%" PRIu32, found->distance);
        text_put(t, "</td><td>");
        if (found->digest == 0)
            report_put_view(t, found->view);
        else
            text_put(t, phash_digest_name(found->digest));
        text_put(t, "</td><td>");
        put_list(t, h, found->list);
        text_put(t, "</td><td>");
        if (found->label_size != 0)
            put_escaped(t, o->labels.data + found->label_at, found->label_size);
        text_put(t, "</td>");
    } else {
        text_put(t, "<td></td><td></td><td></td><td></td>");
    }
    if (h->show_paths) {
        text_put(t, "<td>");
        put_string(t, path);
        text_put(t, "</td>");
    }
    text_put(t, "</tr>\n");
    send(h);
}

void html_report_add(html_report *h, const outcome *o, const char *path)
{
    h->inputs++;
    for (size_t i = 0; i < o->hit_count; i++)
        put_row(h, o, &o->hits[i], path);
    if (o->hit_count == 0 && o->verdict != VERDICT_CLEAN)
        put_row(h, o, NULL, path);
}

static void put_count(text *t, const char *what, uint64_t n)
{
    text_printf(t, "<tr><td>%s</td><td class=\"n\">%" PRIu64 "</td></tr>\n", what, n);
}

void html_report_end(html_report *h, const totals *sums)
{
    text *t = &h->line;

    text_put(t, "</table>\n<h2 id=\"counts\">Counts</h2>\n<table>\n<tr><th>what</th><th>inputs</th></tr>\n");
    put_count(t, "all", sums->inputs);
    for (int i = 0; i < VERDICT_COUNT; i++)
        put_count(t, verdict_name((verdict)i), sums->verdicts[i]);
    for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
        if (sums->reasons[i] != 0) {
            text_put(t, "<tr><td>indeterminate: ");
            text_printf(t, "%s</td><td class=\"n\">%" PRIu64 "</td></tr>\n", reason_name((reason)i),
                        sums->reasons[i]);
        }
    text_put(t, "</table>\n");
    const size_t before = t->size;
    describe_skipped(t, "<p>Passed over: ", &sums->skipped);
    text_put(t, t->size != before ? ".</p>\n" : "");
    if (sums->bad_rows != 0)
        text_printf(t, "<p>%" PRIu64 " rows of the lists could not be read and were not matched against.</p>\n",
                    sums->bad_rows);
    if (sums->skipped.interrupted)
        text_put(t, "<p><strong>Interrupted by a signal: there may be more inputs.</strong></p>\n");
    text_put(t, "</body>\n</html>\n");
    send(h);
}

void html_report_free(html_report *h)
{
    text_free(&h->line);
}
