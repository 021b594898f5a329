/* SPDX-License-Identifier: Apache-2.0 */
#include "merge/merge_sum.h"

#include "cli/cli.h"
#include "cli/reason.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool disagree(const merge_input *inputs, size_t i, json_text name)
{
    say("%s and %s disagree about \"%.*s\" in their summaries", inputs[0].path, inputs[i].path, (int)name.size,
        name.at);
    return false;
}

/* values: one of each input, all there. */
static bool sum_numbers(text *out, const merge_input *inputs, const json_text *values, size_t n, json_text name)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t number;
        if (!json_whole_number(values[i], &number) || number > UINT64_MAX - sum)
            return disagree(inputs, i, name);
        sum += number;
    }
    text_printf(out, "%" PRIu64, sum);
    return true;
}

static bool same_value(text *out, const merge_input *inputs, const json_text *values, size_t n, json_text name)
{
    for (size_t i = 1; i < n; i++)
        if (!json_equal(values[0], values[i]))
            return disagree(inputs, i, name);
    text_put_bytes(out, values[0].at, values[0].size);
    return true;
}

static size_t count_members(json_text object)
{
    json_member member;
    size_t at = 0;
    size_t n = 0;

    while (json_next_member(object, &at, &member))
        n++;
    return n;
}

/* Only reasons that occurred are named, in the order of the vocabulary. */
static bool sum_reasons(text *out, const merge_input *inputs, const json_text *values, size_t n, json_text name)
{
    size_t *left = malloc(n * sizeof *left);
    const char *comma = "";

    text_put(out, "{");
    for (size_t i = 0; left != NULL && i < n; i++)
        left[i] = count_members(values[i]);
    for (int r = REASON_NONE + 1; left != NULL && r < REASON_COUNT; r++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < n; i++) {
            json_member member;
            uint64_t number;
            if (!json_find(values[i], reason_name((reason)r), &member) || !json_whole_number(member.value, &number) ||
                number > UINT64_MAX - sum)
                continue;
            left[i]--;
            sum += number;
        }
        if (sum == 0)
            continue;
        text_printf(out, "%s\"%s\":%" PRIu64, comma, reason_name((reason)r), sum);
        comma = ",";
    }
    text_put(out, "}");
    bool good = left != NULL;
    for (size_t i = 0; good && i < n; i++)
        if (left[i] != 0) /* a reason that is none, or no number */
            good = disagree(inputs, i, name);
    free(left);
    return good;
}

/* The values of one member in all summaries; false when one has none of that name. */
static bool gather(json_text *values, const merge_input *inputs, size_t n, json_text name)
{
    for (size_t i = 0; i < n; i++) {
        json_member member;
        size_t at = 0;
        values[i] = (json_text){NULL, 0};
        while (json_next_member(merge_text(&inputs[i].summary), &at, &member))
            if (json_equal(member.name, name))
                values[i] = member.value;
        if (values[i].at == NULL)
            return disagree(inputs, i, name);
    }
    return true;
}

static bool sum_members(text *out, const merge_input *inputs, json_text *values, size_t n)
{
    const json_text first = merge_text(&inputs[0].summary);
    json_member member;
    uint64_t number;
    size_t at = 0;
    const char *comma = "{";
    bool good = true;

    while (good && json_next_member(first, &at, &member)) {
        text_put(out, comma);
        text_put(out, "\"");
        text_put_bytes(out, member.name.at, member.name.size);
        text_put(out, "\":");
        good = gather(values, inputs, n, member.name);
        if (good && json_is(member.name, "reasons"))
            good = sum_reasons(out, inputs, values, n, member.name);
        else if (good && !json_is(member.name, "list_bad_rows") && json_whole_number(member.value, &number))
            good = sum_numbers(out, inputs, values, n, member.name);
        else if (good)
            good = same_value(out, inputs, values, n, member.name);
        comma = ",";
    }
    text_put(out, "}");
    return good;
}

bool merge_sum(text *out, const merge_input *inputs, size_t n)
{
    const size_t members = count_members(merge_text(&inputs[0].summary));
    json_text *values = malloc(n * sizeof *values);
    bool good = values != NULL;

    if (!good)
        say("out of memory");
    for (size_t i = 1; good && i < n; i++)
        if (count_members(merge_text(&inputs[i].summary)) != members) {
            say("%s and %s: their summaries have different members", inputs[0].path, inputs[i].path);
            good = false;
        }
    good = good && sum_members(out, inputs, values, n);
    free(values);
    return good;
}
