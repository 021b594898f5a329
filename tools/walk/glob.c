/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "walk/glob.h"

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The ']' that closes the set after the '[' at p; NULL when none does. A ']' that stands first is a member. */
static const char *set_end(const char *p)
{
    p++;
    if (*p == '!' || *p == '^')
        p++;
    if (*p == ']')
        p++;
    while (*p != '\0' && *p != ']')
        p++;
    return *p == ']' ? p : NULL;
}

static bool set_has(const char *p, const char *end, unsigned char c)
{
    bool negated = p[1] == '!' || p[1] == '^';
    bool found = false;

    for (p += negated ? 2 : 1; p < end; p++) {
        unsigned char low = (unsigned char)*p;
        unsigned char high = low;
        if (p[1] == '-' && p + 2 < end) {
            high = (unsigned char)p[2];
            p += 2;
        }
        found = found || (low <= c && c <= high);
    }
    return found != negated;
}

/* Does the pattern's next item fit one byte? It is passed over then. */
static bool fits(const char **pattern, char c)
{
    const char *p = *pattern;

    if (*p == '?' || *p == '[') {
        const char *end = *p == '[' ? set_end(p) : p;
        if (c == '/' || (*p == '[' && !set_has(p, end, (unsigned char)c)))
            return false;
        *pattern = end + 1;
        return true;
    }
    if (*p == '\\')
        p++;
    *pattern = p + 1;
    return *p == c;
}

/* Where to try again: what follows a star, and the text that it has not taken. */
typedef struct mark {
    const char *pattern; /* NULL: no star */
    const char *text;
    bool whole; /* it takes whole directories only */
} mark;

/* Let a double star take more; false when the text is at its end. */
static bool take_more(mark *deep)
{
    if (deep->whole) {
        const char *slash = strchr(deep->text, '/');
        if (slash == NULL)
            return false;
        deep->text = slash;
    } else if (*deep->text == '\0') {
        return false;
    }
    deep->text++;
    return true;
}

/* Only the last star of a kind is tried again: what an earlier one could take instead leaves less for the rest. */
bool glob_matches(const char *pattern, const char *text)
{
    const char *p = pattern;
    mark star = {NULL, NULL, false};
    mark deep = {NULL, NULL, false};

    for (;;) {
        if (p[0] == '*' && p[1] == '*') {
            bool whole = (p == pattern || p[-1] == '/') && p[2] == '/';
            p += whole ? 3 : 2;
            deep = (mark){p, text, whole};
            star.pattern = NULL;
        } else if (p[0] == '*') {
            star = (mark){++p, text, false};
        } else if (*p == '\0' && *text == '\0') {
            return true;
        } else if (*p != '\0' && *text != '\0' && fits(&p, *text)) {
            text++;
        } else if (star.pattern != NULL && *star.text != '\0' && *star.text != '/') {
            p = star.pattern;
            text = ++star.text;
        } else if (deep.pattern != NULL && take_more(&deep)) {
            p = deep.pattern;
            text = deep.text;
            star.pattern = NULL;
        } else {
            return false;
        }
    }
}

/* What a user may have meant otherwise is refused, not guessed at. */
static const char *check(const char *pattern)
{
    if (pattern[strspn(pattern, "/")] == '\0')
        return "the pattern is empty";
    if (pattern[0] == '!')
        return "a pattern that begins with ! is not known here; write \\! for the character";
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '[' && (p = set_end(p)) == NULL)
            return "a [ is not closed";
        if (*p == '\\' && *++p == '\0')
            return "nothing follows the last backslash";
    }
    return NULL;
}

/* Is the character at the end of a pattern taken as it is? An odd number of backslashes says so. */
static bool is_escaped(const char *pattern, size_t at)
{
    size_t n = 0;

    while (n < at && pattern[at - n - 1] == '\\')
        n++;
    return n % 2 != 0;
}

const char *glob_list_add(glob_list *list, const char *pattern)
{
    const char *wrong = check(pattern);

    if (wrong != NULL)
        return wrong;
    if (list->n == list->room) {
        size_t room = list->room != 0 ? 2 * list->room : 16;
        glob *grown = realloc(list->at, room * sizeof *grown);
        if (grown == NULL)
            return "out of memory";
        list->at = grown;
        list->room = room;
    }
    glob *g = &list->at[list->n];
    size_t size = strlen(pattern);
    g->only_dirs = pattern[size - 1] == '/' && !is_escaped(pattern, size - 1);
    while (pattern[size - 1] == '/' && !is_escaped(pattern, size - 1))
        size--;
    g->whole_path = memchr(pattern, '/', size) != NULL;
    size_t lead = strspn(pattern, "/");
    g->pattern = strndup(pattern + lead, size - lead);
    if (g->pattern == NULL)
        return "out of memory";
    list->n++;
    return NULL;
}

static const char *add_line(glob_list *list, char *line, size_t size)
{
    if (line[size - 1] == '\n')
        line[--size] = '\0';
    if (size != 0 && line[size - 1] == '\r')
        line[--size] = '\0';
    if (strlen(line) != size)
        return "the line holds a 0 byte";
    return size == 0 || line[0] == '#' ? NULL : glob_list_add(list, line);
}

bool glob_list_read(glob_list *list, const char *path)
{
    FILE *stream = fopen(path, "rb");
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    unsigned long number = 0;
    const char *wrong = NULL;

    if (stream == NULL) {
        say("--ignore-file %s: %s", path, strerror(errno));
        return false;
    }
    while (wrong == NULL && (size = getline(&line, &room, stream)) > 0) {
        number++;
        wrong = add_line(list, line, (size_t)size);
    }
    bool good = wrong == NULL && ferror(stream) == 0;
    if (wrong != NULL)
        say("--ignore-file %s, line %lu: %s", path, number, wrong);
    else if (!good)
        say("--ignore-file %s: %s", path, strerror(errno));
    free(line);
    fclose(stream);
    return good;
}

bool glob_list_matches(const glob_list *list, const char *path, bool is_dir)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;

    for (size_t i = 0; i < list->n; i++) {
        const glob *g = &list->at[i];
        if ((is_dir || !g->only_dirs) && glob_matches(g->pattern, g->whole_path ? path : base))
            return true;
    }
    return false;
}

void glob_list_free(glob_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->at[i].pattern);
    free(list->at);
    memset(list, 0, sizeof *list);
}
