/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "picture/scan_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool scan_output_is_option(int option)
{
    return option == SCAN_OUTPUT_RECORDS || (option >= SCAN_OUTPUT_FIRST && option < SCAN_OUTPUT_END);
}

static bool take_color(scan_output *o, const char *value)
{
    static const char *const words[] = {"auto", "always", "never"};

    for (int i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            o->color = (color_mode)i;
            return true;
        }
    usage_error("--color takes auto, always or never, not '%s'", value);
    return false;
}

static bool take_file(scan_file *f, const char *option, const char *value)
{
    f->option = option;
    if (!take_once(&f->path, option, value))
        return false;
    if (value[0] != '\0' && strcmp(value, "-") != 0)
        return true;
    usage_error("%s needs the name of a file, not '%s'", option, value);
    return false;
}

bool scan_output_take_option(scan_output *o, int option, const char *value)
{
    switch (option) {
    case SCAN_OUTPUT_RECORDS: return take_file(&o->files[SCAN_RECORDS], "--output", value);
    case SCAN_OUTPUT_ERRORS: return take_file(&o->files[SCAN_ERRORS], "--errors", value);
    case SCAN_OUTPUT_MATCHES: return take_file(&o->files[SCAN_MATCHES], "--matches", value);
    case SCAN_OUTPUT_HTML: return take_file(&o->files[SCAN_HTML], "--html", value);
    case SCAN_OUTPUT_PATHS: o->html.show_paths = true; return true;
    case SCAN_OUTPUT_ERRORS_OK: o->errors_ok = true; return true;
    default: return take_color(o, value);
    }
}

bool scan_output_settle(const scan_output *o)
{
    for (int i = 0; i < SCAN_FILES; i++)
        for (int j = 0; j < i; j++)
            if (o->files[i].path != NULL && o->files[j].path != NULL &&
                strcmp(o->files[i].path, o->files[j].path) == 0) {
                usage_error("%s and %s name the same file", o->files[j].option, o->files[i].option);
                return false;
            }
    if (o->html.show_paths && o->files[SCAN_HTML].path == NULL) {
        usage_error("--show-paths goes with --html; other formats always have the paths");
        return false;
    }
    return true;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] != '\0';
}

/* NO_COLOR: https://no-color.org */
static bool wants_color(const scan_output *o)
{
    const char *terminal = getenv("TERM");

    if (o->color != COLOR_AUTO)
        return o->color == COLOR_ALWAYS;
    return o->files[SCAN_RECORDS].path == NULL && isatty(STDOUT_FILENO) && !is_set("NO_COLOR") &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

bool scan_output_begin(scan_output *o, reporter *r)
{
    for (int i = 0; i < SCAN_FILES; i++) {
        scan_file *f = &o->files[i];
        if (f->path == NULL)
            continue;
        f->open = output_begin(&f->file, f->path, 0666);
        if (!f->open)
            return false;
    }
    if (o->files[SCAN_RECORDS].open)
        r->stream = o->files[SCAN_RECORDS].file.stream;
    r->color = wants_color(o);
    return true;
}

void scan_output_header(scan_output *o, const reporter *r, const char *headline)
{
    o->html.stream = o->files[SCAN_HTML].file.stream;
    if (o->files[SCAN_HTML].open)
        html_report_begin(&o->html, headline, r->set_note);
}

/* A list of paths with 0 bytes behind them, of which this is one. */
static bool add_path(const scan_file *f, bool wanted, const char *path)
{
    if (f->open && wanted)
        fwrite(path, 1, strlen(path) + 1, f->file.stream);
    return !f->open || ferror(f->file.stream) == 0;
}

bool scan_output_add(scan_output *o, const reporter *r, const outcome *result, const char *path)
{
    const scan_file *html = &o->files[SCAN_HTML];

    if (html->open)
        html_report_add(&o->html, result, path);
    const bool good = add_path(&o->files[SCAN_ERRORS], result->verdict == VERDICT_INDETERMINATE, path) &&
                      add_path(&o->files[SCAN_MATCHES], result->verdict == VERDICT_MATCH, path);
    return good && ferror(r->stream) == 0 &&
           (!html->open || (ferror(html->file.stream) == 0 && text_ok(&o->html.line)));
}

void scan_output_summary(scan_output *o, const totals *t)
{
    if (o->files[SCAN_HTML].open)
        html_report_end(&o->html, t);
}

/* Half of a result must not pass for all of it. */
static bool keep_interrupted(scan_file *f)
{
    text name = {0};

    text_put(&name, f->path);
    text_put(&name, ".interrupted");
    text_put_bytes(&name, "", 1);
    bool good = text_ok(&name) && output_redirect(&f->file, name.data);
    if (!good) {
        say("%s: out of memory", f->path);
        output_abandon(&f->file);
    } else {
        good = output_commit(&f->file, true);
    }
    if (good)
        say("%s is not written; what there is of it is in %s", f->path, name.data);
    text_free(&name);
    return good;
}

bool scan_output_end(scan_output *o, bool completed, bool interrupted)
{
    bool good = true;

    for (int i = 0; i < SCAN_FILES; i++) {
        scan_file *f = &o->files[i];
        if (!f->open)
            continue;
        f->open = false;
        const bool whole = completed && (i != SCAN_HTML || text_ok(&o->html.line));
        good = good && whole;
        if (whole && interrupted) {
            good = keep_interrupted(f) && good;
        } else if (whole) {
            good = output_commit(&f->file, true) && good;
        } else {
            if (ferror(f->file.stream) != 0)
                say("%s: cannot write", f->path);
            say("%s is not written", f->path);
            output_abandon(&f->file);
        }
    }
    html_report_free(&o->html);
    return good;
}
