/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "cli/cli.h"

#include "cli/cpu_quota.h"
#include "cli/text_out.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *current_program = "phash";
static const char *current_command = "";

void say_from(const char *program)
{
    current_program = program;
}

void say_as(const char *command)
{
    current_command = command;
}

#if defined(__GNUC__)
__attribute__((format(printf, 1, 0)))
#endif
static void say_list(const char *format, va_list args)
{
    va_list again;
    char small[1024]; /* names may be longer; where memory is short the message is cut */
    text shown = {0};

    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    char *large = n >= (int)sizeof small ? malloc((size_t)n + 1) : NULL;
    if (large != NULL)
        vsnprintf(large, (size_t)n + 1, format, again);
    va_end(again);
    /* names and arguments may hold control characters: none reach the terminal */
    const char *message = large != NULL ? large : small;
    text_shown(&shown, message, strlen(message));
    fprintf(stderr, "%s%s%s: %.*s\n", current_program, current_command[0] != '\0' ? " " : "", current_command,
            (int)shown.size, shown.data != NULL ? shown.data : "");
    text_free(&shown);
    free(large);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_list(format, args);
    va_end(args);
}

int usage_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_list(format, args);
    va_end(args);
    fprintf(stderr, "Try: %s %s%s--help\n", current_program, current_command, current_command[0] != '\0' ? " " : "");
    return EXIT_USAGE;
}

int print_help(const char *help)
{
    fputs(help, stdout);
    return finish_stdout() ? EXIT_CLEAN : EXIT_TROUBLE;
}

bool take_once(const char **out, const char *option, const char *value)
{
    if (*out != NULL) {
        usage_error("%s is given twice", option);
        return false;
    }
    *out = value;
    return true;
}

bool parse_number(uint64_t *out, const char *option, const char *value, uint64_t lowest, uint64_t highest)
{
    char *end = NULL;

    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    /* strtoull takes signs and spaces, which are mistakes here */
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number < lowest || number > highest) {
        usage_error("%s takes a whole number from %llu to %llu, not '%s'", option, (unsigned long long)lowest,
                    (unsigned long long)highest, value);
        return false;
    }
    *out = number;
    return true;
}

/* The place of a word among n; -1 when it is none of them. */
static int index_of(const char *const *words, int n, const char *value)
{
    for (int i = 0; i < n; i++)
        if (strcmp(value, words[i]) == 0)
            return i;
    return -1;
}

bool parse_orientation(phash_orientation *out, const char *value)
{
    static const char *const words[] = {"apply", "ignore", "both"};
    int i = index_of(words, 3, value);

    if (i < 0)
        usage_error("--orientation takes apply, ignore or both, not '%s'", value);
    else
        *out = (phash_orientation)i;
    return i >= 0;
}

bool parse_pipeline(phash_pipeline *out, const char *value)
{
    static const char *const words[] = {"exact", "luma", "scaled"};
    int i = index_of(words, 3, value);

    if (i < 0)
        usage_error("--pipeline takes exact, luma or scaled, not '%s'", value);
    else
        *out = (phash_pipeline)i;
    return i >= 0;
}

static const char *const views_words[] = {"none", "flips", "edits", "all"};

bool parse_views(phash_views *out, const char *value)
{
    int i = index_of(views_words, 4, value);

    if (i < 0)
        usage_error("--views takes none, flips, edits or all, not '%s'", value);
    else
        *out = (phash_views)i;
    return i >= 0;
}

const char *views_name(phash_views views)
{
    return views_words[views];
}

bool parse_format(output_format *out, const char *value, unsigned allowed)
{
    static const char *const names[] = {"human", "csv", "jsonl"};

    for (unsigned i = 0; i < 3; i++)
        if (strcmp(value, names[i]) == 0 && (allowed >> i & 1) != 0) {
            *out = (output_format)i;
            return true;
        }
    usage_error("--format does not take '%s'", value);
    return false;
}

uint32_t default_jobs(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    uint32_t n = CPU_COUNT(&set) > 0 ? (uint32_t)CPU_COUNT(&set) : 1;
    uint32_t quota = cpu_quota("");
    return quota != 0 && quota < n ? quota : n;
}

bool finish_stdout(void)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return true;
    say("cannot write the output: %s", strerror(errno));
    return false;
}
