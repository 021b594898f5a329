/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader of phash merge: steps stay within the text, whatever it is; of a well-formed object every member is
 * reached, and taking one out leaves a well-formed object with the others. */
#include "cli/json_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void check_within(json_text whole, json_text piece)
{
    CHECK(piece.at >= whole.at && piece.size <= whole.size && piece.at + piece.size <= whole.at + whole.size);
}

static size_t walk_array(json_text whole, json_text array)
{
    json_text value;
    size_t at = 0;
    size_t n = 0;

    while (json_next_value(array, &at, &value)) {
        CHECK(at <= array.size && value.size != 0);
        check_within(whole, value);
        n++;
    }
    return n;
}

static size_t walk_object(json_text whole, json_text object)
{
    json_member member;
    uint64_t number;
    size_t at = 0;
    size_t n = 0;

    while (json_next_member(object, &at, &member)) {
        CHECK(at <= object.size && member.begin < member.end && member.end <= object.size && member.value.size != 0);
        check_within(whole, member.name);
        check_within(whole, member.value);
        walk_array(whole, member.value);
        (void)json_whole_number(member.value, &number);
        n++;
    }
    CHECK(at <= object.size);
    return n;
}

/* Take out each member in turn. */
static void check_removal(json_text object, size_t members)
{
    json_member member;
    size_t at = 0;

    while (json_next_member(object, &at, &member)) {
        text rest = {0};
        json_put_without(&rest, object, &member);
        CHECK(text_ok(&rest));
        const json_text left = {rest.data, rest.size};
        CHECK(json_is_object(left));
        CHECK(walk_object(left, left) == members - 1);
        text_free(&rest);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const json_text whole = {(const char *)data, size};
    json_member member;
    const size_t members = walk_object(whole, whole);

    walk_array(whole, whole);
    (void)json_find(whole, "n", &member);
    if (!json_is_object(whole))
        return 0;
    if (json_find(whole, "shard", &member))
        check_within(whole, member.value);
    if (members <= 64) /* the work grows with the square */
        check_removal(whole, members);
    return 0;
}
