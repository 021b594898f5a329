/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/list_rows.h"

#include <string.h>

enum {
    AT_LINE,    /* nothing but blanks so far */
    AT_FIELD,   /* behind a comma */
    IN_PLAIN,   /* in a field that did not begin with a quote */
    IN_QUOTED,  /* between quotes */
    AFTER_QUOTE, /* behind a quote that closes the field, or is the first of two */
    AFTER_CR,   /* behind a closing quote and a carriage return */
    IN_COMMENT, /* drop the line, then tell that one was ignored */
    IN_SKIPPED  /* drop the line: it was reported as bad already */
};

/* Re-reading after bad quoting stays below this many times the stream, plus the slack: without a bound, lines
 * like `a","b` would each be read up to the longest row. */
#define REREAD_FACTOR 4
#define REREAD_SLACK ((uint64_t)1 << 20)

static const char not_closed[] = "a quoted field is not closed";
static const char after_quote[] = "text after a closing quote";
static const char too_long[] = "the row is longer than 65536 bytes";

void phash_rows_init(phash_rows *rows, uint8_t *window)
{
    const phash_rows fresh = {.window = window, .line = 1, .state = AT_LINE};

    *rows = fresh;
}

size_t phash_rows_put(phash_rows *rows, const uint8_t *bytes, size_t size)
{
    if (rows->start == rows->end || rows->end == PHASH_ROWS_WINDOW) {
        size_t shift = rows->start;
        memmove(rows->window, rows->window + shift, rows->end - shift);
        rows->base += shift;
        rows->start = 0;
        rows->at -= shift;
        rows->end -= shift;
        if (rows->next_line != 0)
            rows->next_line -= shift;
    }
    size_t room = PHASH_ROWS_WINDOW - rows->end;
    size_t n = size < room ? size : room;
    if (n != 0)
        memcpy(rows->window + rows->end, bytes, n);
    rows->end += n;
    return n;
}

/* The row that begins at `at` is the next one. */
static void begin_row(phash_rows *rows, uint64_t lines_passed)
{
    rows->start = rows->at;
    rows->next_line = 0;
    rows->newlines = 0;
    rows->line += lines_passed;
    rows->state = AT_LINE;
}

/* Report the row and go on behind its first line, whatever the rest of it was taken for. */
static phash_row_kind bad_row(phash_rows *rows, phash_row *row, const char *reason)
{
    row->text = NULL;
    row->size = 0;
    row->line = rows->line;
    row->reason = reason;
    if (rows->next_line != 0) {
        rows->reread += rows->at - rows->next_line;
        rows->at = rows->next_line;
        begin_row(rows, 1);
    } else {
        rows->state = IN_SKIPPED;
    }
    return PHASH_ROW_BAD;
}

/* The row ends in front of `at`; consumed says whether a line feed stands there. */
static phash_row_kind end_row(phash_rows *rows, phash_row *row, size_t consumed)
{
    const uint32_t state = rows->state;

    row->text = rows->window + rows->start;
    row->size = rows->at - rows->start;
    row->line = rows->line;
    row->reason = NULL;
    if (row->size != 0 && row->text[row->size - 1] == '\r')
        row->size--;
    if (row->size > PHASH_LIST_ROW_MAX && state != IN_SKIPPED && state != IN_COMMENT && state != AT_LINE)
        return bad_row(rows, row, too_long);
    rows->at += consumed;
    begin_row(rows, rows->newlines + 1);
    if (state == IN_SKIPPED)
        return PHASH_ROW_NONE;
    return state == AT_LINE || state == IN_COMMENT ? PHASH_ROW_IGNORED : PHASH_ROW_TEXT;
}

/* Drop the bytes of a comment or a skipped line as they come, so that it may be of any length. */
static void drop_line(phash_rows *rows)
{
    const uint8_t *from = rows->window + rows->at;
    const uint8_t *found = memchr(from, '\n', rows->end - rows->at);

    rows->at = found != NULL ? (size_t)(found - rows->window) : rows->end;
    rows->start = rows->at;
}

/* The state behind a byte that is not a line end in the state it ends; NULL reason unless the byte is wrong. */
static uint32_t step(uint32_t state, uint8_t byte, bool first, const char **reason)
{
    switch (state) {
    case AT_LINE:
        if (byte == '#')
            return IN_COMMENT;
        if (byte == ' ' || byte == '\t' || byte == '\r')
            return AT_LINE;
        if (byte == '"' && !first)
            return IN_PLAIN;
        return byte == '"' ? IN_QUOTED : byte == ',' ? AT_FIELD : IN_PLAIN;
    case AT_FIELD: return byte == '"' ? IN_QUOTED : byte == ',' ? AT_FIELD : IN_PLAIN;
    case IN_PLAIN: return byte == ',' ? AT_FIELD : IN_PLAIN;
    case IN_QUOTED: return byte == '"' ? AFTER_QUOTE : IN_QUOTED;
    case AFTER_QUOTE:
        if (byte == '"' || byte == ',' || byte == '\r')
            return byte == '"' ? IN_QUOTED : byte == ',' ? AT_FIELD : AFTER_CR;
        break;
    default: break; /* AFTER_CR: only a line feed may follow */
    }
    *reason = after_quote;
    return state;
}

/* A line feed between quotes. */
static bool may_cross_line(phash_rows *rows)
{
    if (rows->reread > REREAD_FACTOR * (rows->base + rows->at) + REREAD_SLACK)
        return false;
    rows->newlines++;
    if (rows->next_line == 0)
        rows->next_line = rows->at + 1;
    return true;
}

static phash_row_kind scan_row(phash_rows *rows, phash_row *row)
{
    const char *reason = NULL;

    for (; rows->at < rows->end; rows->at++) {
        const uint8_t byte = rows->window[rows->at];
        if (rows->state == IN_SKIPPED || rows->state == IN_COMMENT) {
            drop_line(rows);
            return rows->at < rows->end ? end_row(rows, row, 1) : PHASH_ROW_NONE;
        }
        if (byte == '\n' && rows->state != IN_QUOTED)
            return end_row(rows, row, 1);
        if (rows->at - rows->start > PHASH_LIST_ROW_MAX)
            return bad_row(rows, row, too_long);
        if (byte == '\n' && !may_cross_line(rows))
            return bad_row(rows, row, not_closed);
        rows->state = step(rows->state, byte, rows->at == rows->start, &reason);
        if (reason != NULL)
            return bad_row(rows, row, reason);
    }
    return PHASH_ROW_NONE;
}

/* UTF-8 byte order mark, as some spreadsheets write it. False: more bytes are needed to tell. */
static bool skip_mark(phash_rows *rows, bool last)
{
    if (rows->begun)
        return true;
    if (rows->end - rows->at < 3 && !last)
        return false;
    if (rows->end - rows->at >= 3 && memcmp(rows->window + rows->at, "\xef\xbb\xbf", 3) == 0)
        rows->start = rows->at += 3;
    rows->begun = true;
    return true;
}

phash_row_kind phash_rows_next(phash_rows *rows, phash_row *row, bool last)
{
    if (!skip_mark(rows, last))
        return PHASH_ROW_NONE;
    while (rows->at < rows->end) {
        phash_row_kind kind = scan_row(rows, row);
        if (kind != PHASH_ROW_NONE)
            return kind;
    }
    if (!last || (rows->start == rows->end && rows->state != IN_COMMENT))
        return PHASH_ROW_NONE;
    if (rows->state == IN_QUOTED)
        return bad_row(rows, row, not_closed);
    return end_row(rows, row, 0);
}
