/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of a scan as a page of text: nothing on it is fetched from anywhere, and it holds no picture. */
#ifndef PHASH_TOOLS_HTML_REPORT_H
#define PHASH_TOOLS_HTML_REPORT_H

#include "picture/outcome.h"

/** A page under way. */
typedef struct html_report {
    FILE *stream;    /* borrowed */
    bool show_paths; /* of inputs, and of lists */
    uint64_t inputs;
    text line;
} html_report;

/** Write what comes before the findings. headline: the run, in a line for people. */
void html_report_begin(html_report *h, const char *headline, const char *set_note);

/** Count one input, and write what was found: a row for every match, or one for what could not be judged. Clean inputs
 *  are only counted. */
void html_report_add(html_report *h, const outcome *o, const char *path);

/** Write the counts and the end of the page. Where memory was short on the way, text_ok(&h->line) is false. */
void html_report_end(html_report *h, const totals *sums);

void html_report_free(html_report *h);

#endif
