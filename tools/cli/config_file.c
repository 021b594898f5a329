/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_file.h"

#include "cli/cli.h"
#include "cli/file_io.h"

#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX ((uint64_t)1 << 20)

typedef struct line {
    const char *file;
    size_t number;
    const char *name;
    size_t name_size;
    const char *value;
    size_t value_size;
} line;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool fault(const line *l, const char *what)
{
    usage_error("--config %s, line %zu: %s '%.*s'", l->file, l->number, what,
                l->name_size < 64 ? (int)l->name_size : 64, l->name);
    return false;
}

/* Take a line apart. */
static void split(line *l, const char *begin, const char *end)
{
    while (begin < end && is_blank(*begin))
        begin++;
    while (end > begin && is_blank(end[-1]))
        end--;
    l->name = begin;
    while (begin < end && !is_blank(*begin))
        begin++;
    l->name_size = (size_t)(begin - l->name);
    while (begin < end && is_blank(*begin))
        begin++;
    l->value = begin;
    l->value_size = (size_t)(end - begin);
}

static const struct option *find(const line *l, const struct option *known)
{
    for (; known->name != NULL; known++)
        if (strlen(known->name) == l->name_size && memcmp(known->name, l->name, l->name_size) == 0)
            return known;
    return NULL;
}

/* What makes no sense in a file. */
static bool is_for_people(const struct option *o)
{
    return strcmp(o->name, "help") == 0 || strcmp(o->name, "version") == 0 || strcmp(o->name, "config") == 0;
}

static bool check(const line *l, const struct option *known)
{
    const struct option *o = find(l, known);

    if (memchr(l->name, '\0', (size_t)(l->value + l->value_size - l->name)) != NULL)
        return fault(l, "there is a 0 byte in");
    if (o == NULL || is_for_people(o))
        return fault(l, "no such option:");
    if (o->has_arg == required_argument && l->value_size == 0)
        return fault(l, "there is no value for");
    if (o->has_arg == no_argument && l->value_size != 0)
        return fault(l, "there may be no value for");
    return true;
}

static void put(config_file *out, const char *bytes, size_t size)
{
    memcpy(out->text + out->used, bytes, size);
    out->used += size;
}

static void add(config_file *out, const line *l)
{
    out->arguments[out->count++] = out->text + out->used;
    put(out, "--", 2);
    put(out, l->name, l->name_size);
    if (l->value_size != 0)
        put(out, "=", 1);
    put(out, l->value, l->value_size);
    put(out, "", 1);
}

/* Room for as many options as there are lines. */
static bool make_room(config_file *out, const char *bytes, size_t size)
{
    size_t lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    memset(out, 0, sizeof *out);
    out->arguments = calloc(lines, sizeof *out->arguments);
    out->text = malloc(size + lines * sizeof "--=");
    if (out->arguments != NULL && out->text != NULL)
        return true;
    say("out of memory");
    config_file_free(out);
    return false;
}

bool config_file_parse(config_file *out, const char *name, const char *bytes, size_t size,
                       const struct option *known)
{
    line l = {.file = name};
    const char *const end = bytes + size;

    if (!make_room(out, bytes, size))
        return false;
    while (bytes < end) {
        const char *next = memchr(bytes, '\n', (size_t)(end - bytes));
        next = next != NULL ? next : end;
        l.number++;
        split(&l, bytes, next);
        if (l.name_size != 0 && l.name[0] != '#') {
            if (!check(&l, known)) {
                config_file_free(out);
                return false;
            }
            add(out, &l);
        }
        bytes = next < end ? next + 1 : end;
    }
    return true;
}

static bool load(config_file *out, const char *path, const struct option *known)
{
    file_buffer file = {0};
    char why[160];

    if (file_read(&file, why, sizeof why, path, FILE_SIZE_MAX) != FILE_OK) {
        usage_error("--config %s: %s", path, why);
        file_buffer_free(&file, false);
        return false;
    }
    const bool good = config_file_parse(out, path, (const char *)file.data, file.size, known);
    file_buffer_free(&file, false);
    return good;
}

/* The file that the first argument names, and how many arguments that takes; 0 when it names none. */
static int named(const char **path, int argc, char **argv)
{
    static const char joined[] = "--config=";

    if (argc > 2 && strcmp(argv[1], "--config") == 0) {
        *path = argv[2];
        return 2;
    }
    if (argc < 2 || strncmp(argv[1], joined, sizeof joined - 1) != 0)
        return 0;
    *path = argv[1] + sizeof joined - 1;
    return 1;
}

bool config_file_expand(config_file *out, const char **path, int *argc, char ***argv, const struct option *known)
{
    char **const given = *argv;

    memset(out, 0, sizeof *out);
    *path = NULL;
    const int taken = named(path, *argc, given);
    if (taken == 0)
        return true;
    if (!load(out, *path, known))
        return false;
    const size_t rest = (size_t)(*argc - 1 - taken);
    char **all = calloc(out->count + rest + 2, sizeof *all);
    if (all == NULL) {
        say("out of memory");
        config_file_free(out);
        return false;
    }
    all[0] = given[0];
    memcpy(all + 1, out->arguments, out->count * sizeof *all);
    memcpy(all + 1 + out->count, given + 1 + taken, rest * sizeof *all);
    free(out->arguments);
    out->arguments = all;
    *argv = all;
    *argc = (int)(1 + out->count + rest);
    return true;
}

void config_file_free(config_file *c)
{
    free(c->arguments);
    free(c->text);
    memset(c, 0, sizeof *c);
}
