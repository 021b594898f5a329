/* SPDX-License-Identifier: Apache-2.0 */
#include "walk/walk_options.h"

#include "cli/cli.h"
#include "walk/walk.h"

#include <inttypes.h>
#include <string.h>

bool walk_is_option(int option)
{
    return option >= WALK_OPTION_FIRST && option < WALK_OPTION_END;
}

static bool take_depth(walk_options *o, const char *value)
{
    if (o->max_depth != 0) {
        usage_error("--max-depth is given twice; --no-recursive is --max-depth 1");
        return false;
    }
    return parse_number(&o->max_depth, "--max-depth", value, 1, WALK_DEPTH_MAX);
}

static bool take_glob(glob_list *list, const char *option, const char *value)
{
    const char *wrong = glob_list_add(list, value);

    if (wrong != NULL)
        usage_error("%s '%s': %s", option, value, wrong);
    return wrong == NULL;
}

bool walk_take_option(walk_options *o, int option, const char *value)
{
    switch (option) {
    case WALK_NO_RECURSIVE: return take_depth(o, "1");
    case WALK_MAX_DEPTH: return take_depth(o, value);
    case WALK_INCLUDE: return take_glob(&o->include, "--include", value);
    case WALK_EXCLUDE: return take_glob(&o->exclude, "--exclude", value);
    case WALK_IGNORE_FILE: return glob_list_read(&o->exclude, value);
    case WALK_FOLLOW: o->follow = true; return true;
    case WALK_ONE_FILE_SYSTEM: o->one_file_system = true; return true;
    default: o->all_links = true; return true;
    }
}

static void describe_globs(text *out, const char *name, const glob_list *list)
{
    if (list->n == 0)
        return;
    text_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < list->n; i++) {
        const glob *g = &list->at[i];
        text shown = {0};
        if (g->whole_path)
            text_put(&shown, "/");
        text_put(&shown, g->pattern);
        if (g->only_dirs)
            text_put(&shown, "/");
        if (i != 0)
            text_put(out, ",");
        text_json_string(out, shown.data, shown.size);
        out->failed = out->failed || shown.failed;
        text_free(&shown);
    }
    text_put(out, "]");
}

void walk_describe(text *out, const walk_options *o)
{
    text members = {0};

    if (o->max_depth != 0)
        text_printf(&members, ",\"max_depth\":%" PRIu64, o->max_depth);
    if (o->follow)
        text_put(&members, ",\"follow\":true");
    if (o->one_file_system)
        text_put(&members, ",\"one_file_system\":true");
    if (o->all_links)
        text_put(&members, ",\"all_links\":true");
    describe_globs(&members, "include", &o->include);
    describe_globs(&members, "exclude", &o->exclude);
    if (members.size != 0) {
        text_put(out, ",\"walk\":{");
        text_put_bytes(out, members.data + 1, members.size - 1);
        text_put(out, "}");
    }
    out->failed = out->failed || members.failed;
    text_free(&members);
}

void walk_options_free(walk_options *o)
{
    glob_list_free(&o->include);
    glob_list_free(&o->exclude);
}
