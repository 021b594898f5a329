/* SPDX-License-Identifier: Apache-2.0 */
/* Where phash scan writes to: records to stdout or a file, paths of what matched and of what could not be judged, a
 * page of findings. */
#ifndef PHASH_TOOLS_SCAN_OUTPUT_H
#define PHASH_TOOLS_SCAN_OUTPUT_H

#include "cli/file_io.h"
#include "picture/html_report.h"
#include "picture/outcome.h"

/** When records for people are coloured. */
typedef enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_mode;

/** One file that is there whole or not at all. */
typedef struct scan_file {
    const char *option; /* by which it is asked for */
    const char *path;   /* NULL: it is not */
    output_file file;
    bool open;
} scan_file;

enum { SCAN_RECORDS, SCAN_ERRORS, SCAN_MATCHES, SCAN_HTML, SCAN_FILES };

/** Options about output, and the files under way. */
typedef struct scan_output {
    scan_file files[SCAN_FILES];
    color_mode color;
    bool errors_ok;
    html_report html;
} scan_output;

enum {
    SCAN_OUTPUT_FIRST = 0x250,
    SCAN_OUTPUT_ERRORS = SCAN_OUTPUT_FIRST,
    SCAN_OUTPUT_ERRORS_OK,
    SCAN_OUTPUT_MATCHES,
    SCAN_OUTPUT_COLOR,
    SCAN_OUTPUT_HTML,
    SCAN_OUTPUT_PATHS,
    SCAN_OUTPUT_END,
    SCAN_OUTPUT_RECORDS = 'o'
};

/** getopt_long entries for them; short options SCAN_OUTPUT_SHORT. */
#define SCAN_OUTPUT_OPTIONS                                                                                            \
    {"output", required_argument, NULL, SCAN_OUTPUT_RECORDS}, {"errors", required_argument, NULL, SCAN_OUTPUT_ERRORS}, \
        {"errors-ok", no_argument, NULL, SCAN_OUTPUT_ERRORS_OK}, {"color", required_argument, NULL, SCAN_OUTPUT_COLOR},\
        {"matches", required_argument, NULL, SCAN_OUTPUT_MATCHES},                                                     \
        {"html", required_argument, NULL, SCAN_OUTPUT_HTML}, {"show-paths", no_argument, NULL, SCAN_OUTPUT_PATHS}
#define SCAN_OUTPUT_SHORT "o:"

/** Their part of --help. */
#define SCAN_OUTPUT_HELP                                                                                               \
    "  -o, --output FILE          write the records to FILE, which is there whole or not at all\n"                     \
    "  --errors FILE              write the paths of what could not be judged to FILE, for\n"                          \
    "                             --files-from FILE -0\n"                                                              \
    "  --errors-ok                inputs that could not be judged do not count in the exit status\n"                   \
    "  --matches FILE             write the paths of what matched to FILE, each with a 0 byte behind\n"                \
    "                             it: for xargs -0\n"                                                                 \
    "  --color auto|always|never  colour the lines for people; auto: on a terminal, unless the\n"                      \
    "                             environment has NO_COLOR\n"                                                         \
    "  --html FILE                also write a page of text with the findings to FILE; no pictures,\n"                 \
    "                             nothing from outside\n"                                                              \
    "  --show-paths               with --html: the paths of inputs and lists, too\n"

/** Is this one of SCAN_OUTPUT_OPTIONS? */
bool scan_output_is_option(int option);

/** Take one of them; false after a message. */
bool scan_output_take_option(scan_output *o, int option, const char *value);

/** Once the command line is read: do they fit together? False after a message. */
bool scan_output_settle(const scan_output *o);

/** Begin the files, and point the reporter to where records go. False after a message. */
bool scan_output_begin(scan_output *o, reporter *r);

/** Write what comes before the records of inputs. headline: the run, in a line for people. */
void scan_output_header(scan_output *o, const reporter *r, const char *headline);

/** Note one input. False when something could not be written; scan_output_end tells. */
bool scan_output_add(scan_output *o, const reporter *r, const outcome *result, const char *path);

/** Write what comes behind the records of inputs. */
void scan_output_summary(scan_output *o, const totals *t);

/** Put the files in place, when the run was completed; what a signal cut short goes to FILE.interrupted instead, and a
 *  run that failed leaves nothing. False after a message. */
bool scan_output_end(scan_output *o, bool completed, bool interrupted);

#endif
