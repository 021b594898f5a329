/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* getline, fseeko */
#define _FILE_OFFSET_BITS 64
#include "merge/merge_input.h"

#include "cli/cli.h"
#include "walk/shard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#define SUMMARY_SIZE_MAX 65536

json_text merge_text(const text *t)
{
    return (json_text){t->data, t->size};
}

/* A line without its end; false at the end of the file, on trouble, and for a line without an end. */
static bool read_line(merge_input *in)
{
    ssize_t size = getline(&in->line, &in->room, in->stream);

    if (size <= 0 || in->line[size - 1] != '\n')
        return false;
    in->offset += (uint64_t)size;
    in->record = (json_text){in->line, (size_t)size - 1};
    return json_is_object(in->record);
}

/* Where does the last line begin? That of a run that was not completed is no summary. */
static bool find_last_line(merge_input *in)
{
    static char tail[SUMMARY_SIZE_MAX];
    struct stat info;

    if (fstat(fileno(in->stream), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 2)
        return false;
    uint64_t size = (uint64_t)info.st_size;
    size_t n = size < sizeof tail ? (size_t)size : sizeof tail;
    if (fseeko(in->stream, (off_t)(size - n), SEEK_SET) != 0 || fread(tail, 1, n, in->stream) != n)
        return false;
    for (size_t i = n - 1; i-- > 0;)
        if (tail[i] == '\n') {
            in->summary_offset = size - n + i + 1;
            return true;
        }
    return false;
}

static bool is_type(json_text object, const char *type)
{
    json_member member;

    return json_find(object, "type", &member) && json_is(member.value, type);
}

static bool read_summary(merge_input *in)
{
    const uint64_t records = in->offset;
    json_member member;

    if (!find_last_line(in) || fseeko(in->stream, (off_t)in->summary_offset, SEEK_SET) != 0 || !read_line(in) ||
        !is_type(in->record, "\"summary\"")) {
        say("%s: the run was not completed: there is no summary at its end", in->path);
        return false;
    }
    if (!json_find(in->record, "shard", &member)) {
        say("%s: its summary does not say that it is of one part of a run, or the run was not completed", in->path);
        return false;
    }
    json_put_without(&in->summary, in->record, &member);
    text_put_bytes(&in->walk, member.value.at, member.value.size);
    in->offset = records;
    if (fseeko(in->stream, (off_t)records, SEEK_SET) == 0)
        return true;
    say("%s: %s", in->path, strerror(errno));
    return false;
}

static bool read_parts(merge_input *in, json_text array)
{
    json_text value;
    uint64_t part = 0;
    size_t at = 0;

    while (json_next_value(array, &at, &value)) {
        uint64_t before = part;
        if (!json_whole_number(value, &part) || part <= before || part > in->count)
            return false;
        if ((in->n_parts & (in->n_parts - 1)) == 0) { /* room for a power of two is full */
            uint32_t *grown = realloc(in->parts, (in->n_parts != 0 ? 2 * in->n_parts : 1) * sizeof *grown);
            if (grown == NULL)
                return false;
            in->parts = grown;
        }
        in->parts[in->n_parts++] = (uint32_t)part;
    }
    return in->n_parts != 0;
}

static bool read_header(merge_input *in)
{
    json_member split;
    json_member member;

    if (!read_line(in) || !is_type(in->record, "\"header\"")) {
        say("%s: does not begin with a header, as the output of phash with --format jsonl does", in->path);
        return false;
    }
    if (!json_find(in->record, "shard", &split)) {
        say("%s: not a part of a run: it was written without --shard, or is merged already", in->path);
        return false;
    }
    if (!json_find(split.value, "of", &member) || !json_whole_number(member.value, &in->count) || in->count == 0 ||
        in->count > SHARD_COUNT_MAX || !json_find(split.value, "parts", &member) || !read_parts(in, member.value)) {
        say("%s: its header is damaged", in->path);
        return false;
    }
    if (json_find(split.value, "lists", &member))
        text_put_bytes(&in->lists, member.value.at, member.value.size);
    json_put_without(&in->header, in->record, &split);
    return true;
}

bool merge_input_open(merge_input *in, const char *path)
{
    memset(in, 0, sizeof *in);
    in->path = path;
    in->stream = fopen(path, "rb");
    if (in->stream == NULL) {
        say("%s: cannot open: %s%s", path, strerror(errno),
            errno == EMFILE ? "; merge fewer at a time, with --partial" : "");
        return false;
    }
    if (!read_header(in) || !read_summary(in))
        return false;
    if (text_ok(&in->header) && text_ok(&in->summary) && text_ok(&in->lists) && text_ok(&in->walk))
        return true;
    say("out of memory");
    return false;
}

merge_step merge_input_next(merge_input *in)
{
    uint64_t before = in->number;

    if (in->offset == in->summary_offset)
        return MERGE_END;
    errno = 0;
    if (in->offset > in->summary_offset || !read_line(in) || !json_find(in->record, "n", &in->number_member) ||
        !json_whole_number(in->number_member.value, &in->number) || in->number <= before) {
        say("%s: record %" PRIu64 " is %s", in->path, in->records + 1, errno != 0 ? strerror(errno) : "damaged");
        return MERGE_TROUBLE;
    }
    in->records++;
    return MERGE_RECORD;
}

void merge_input_free(merge_input *in)
{
    if (in->stream != NULL)
        fclose(in->stream);
    text_free(&in->header);
    text_free(&in->summary);
    text_free(&in->lists);
    text_free(&in->walk);
    free(in->parts);
    free(in->line);
    memset(in, 0, sizeof *in);
}
