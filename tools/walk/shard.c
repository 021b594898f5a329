/* SPDX-License-Identifier: Apache-2.0 */
#include "walk/shard.h"

#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool shard_parse(shard *s, const char *value)
{
    uint64_t numbers[2] = {0, 0};
    size_t at = 0;

    *s = (shard){.names = SHARD_FNV_BEGIN};
    for (int i = 0; i < 2; i++) {
        size_t digits = strspn(value + at, "0123456789");
        if (digits == 0 || digits > 6 || value[at + digits] != (i == 0 ? '/' : '\0'))
            goto malformed;
        numbers[i] = strtoull(value + at, NULL, 10);
        at += digits + 1;
    }
    if (numbers[0] < 1 || numbers[0] > numbers[1] || numbers[1] > SHARD_COUNT_MAX)
        goto malformed;
    s->part = numbers[0];
    s->count = numbers[1];
    return true;
malformed:
    usage_error("--shard takes PART/COUNT, such as 3/8, with PART from 1 to COUNT and COUNT up to %u; not '%s'",
                SHARD_COUNT_MAX, value);
    return false;
}

uint64_t shard_fnv(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The low bits of FNV-1a depend on the low bits of the bytes only: fold the high half in. */
uint64_t shard_part_of(const char *name, uint64_t count)
{
    uint64_t hash = shard_fnv(SHARD_FNV_BEGIN, name, strlen(name));

    return (hash ^ hash >> 32) % count + 1;
}

bool shard_takes(shard *s, const char *name)
{
    s->walked++;
    s->names = shard_fnv(s->names, name, strlen(name) + 1);
    return shard_part_of(name, s->count) == s->part;
}

/* Lists of one name and length may differ all the same. */
static uint64_t lists_fnv(const phash_list *list)
{
    uint64_t hash = SHARD_FNV_BEGIN;
    phash_list_entry e;

    for (size_t i = 0; i < phash_list_count(list); i++) {
        if (phash_list_get_entry(list, &e, i) != PHASH_OK)
            return 0;
        const unsigned char frame[] = {(unsigned char)e.source, (unsigned char)(e.source >> 8),
                                       (unsigned char)e.label_size, (unsigned char)(e.label_size >> 8)};
        hash = shard_fnv(hash, frame, sizeof frame);
        hash = shard_fnv(hash, &e.hash, sizeof e.hash);
        hash = shard_fnv(hash, e.label, e.label_size);
    }
    return hash;
}

void shard_describe(text *out, const shard *s, const phash_list *list)
{
    text_printf(out, ",\"shard\":{\"of\":%" PRIu64 ",\"parts\":[%" PRIu64 "]", s->count, s->part);
    if (list != NULL)
        text_printf(out, ",\"lists\":\"%016" PRIx64 "\"", lists_fnv(list));
    text_put(out, "}");
}

void shard_close(text *out, const shard *s)
{
    text_printf(out, ",\"shard\":{\"walked\":%" PRIu64 ",\"names\":\"%016" PRIx64 "\"}", s->walked, s->names);
}
