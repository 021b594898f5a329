/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/digest_row.h"

#include <stdbool.h>
#include <string.h>

const size_t phash_digest_sizes[PHASH_DIGEST_KINDS] = {PHASH_DIGEST_MD5_SIZE, PHASH_DIGEST_SHA1_SIZE,
                                                       PHASH_DIGEST_SHA256_SIZE};

/* Digests of no bytes at all (RFC 1321, section A.5; FIPS 180-4). */
static const uint8_t nothing[PHASH_DIGEST_KINDS][PHASH_DIGEST_SHA256_SIZE] = {
    {0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04, 0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e},
    {0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07,
     0x09},
    {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
     0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55},
};

#define HASHDEEP "%%%% "
#define COLUMNS_MAX 64u

typedef struct span {
    uint8_t *at;
    size_t size;
} span;

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static span trim(span s)
{
    while (s.size != 0 && is_blank(s.at[0]))
        s = (span){s.at + 1, s.size - 1};
    while (s.size != 0 && is_blank(s.at[s.size - 1]))
        s.size--;
    return s;
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool starts_with(span s, const char *word)
{
    return s.size >= strlen(word) && memcmp(s.at, word, strlen(word)) == 0;
}

/* A digest is told by its length. Of several in a row the strongest stays. NULL, or why it is none. */
static const char *take_digest(phash_digest_row *out, span s, uint32_t kind)
{
    uint8_t bytes[PHASH_DIGEST_SHA256_SIZE];

    if (s.size != 2 * phash_digest_sizes[kind])
        return "a digest has the wrong length for its algorithm";
    for (size_t i = 0; i < phash_digest_sizes[kind]; i++) {
        const int high = digit(s.at[2 * i]);
        const int low = digit(s.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return "a digest is not hexadecimal";
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    if (memcmp(bytes, nothing[kind], phash_digest_sizes[kind]) == 0)
        return "the digest of no bytes: every empty file would match";
    out->kind = kind;
    memcpy(out->digest, bytes, phash_digest_sizes[kind]);
    return NULL;
}

/* The algorithm that a run of hexadecimal digits has the length of; PHASH_DIGEST_KINDS for none. */
static uint32_t kind_of_size(size_t digits)
{
    uint32_t kind = 0;

    while (kind < PHASH_DIGEST_KINDS && digits != 2 * phash_digest_sizes[kind])
        kind++;
    return kind;
}

/* "SHA-256", "sha256", "SHA2_256" ... are one name: letters are made small, all but letters and digits left out. */
static bool name_is(span s, const char *name)
{
    for (size_t i = 0; i < s.size; i++) {
        const uint8_t c = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (uint8_t)(s.at[i] | 0x20) : s.at[i];
        if (c == '-' || c == '_' || is_blank(c))
            continue;
        if (*name == '\0' || c != (uint8_t)*name++)
            return false;
    }
    return *name == '\0';
}

static uint32_t kind_of_name(span s)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } names[] = {{"md5", 0}, {"md5sum", 0}, {"sha1", 1}, {"sha1sum", 1}, {"sha256", 2}, {"sha2256", 2},
                 {"sha256sum", 2}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (name_is(s, names[i].name))
            return names[i].kind;
    return PHASH_DIGEST_KINDS;
}

static bool is_any_of(span s, const char *const *names)
{
    for (; *names != NULL; names++)
        if (name_is(s, *names))
            return true;
    return false;
}

/* Take the next field off a row, and its comma; a quoted one (RFC 4180, section 2) is unquoted in place. False when
 * the quotes are wrong. */
static bool next_field(span *field, span *rest, bool quoting)
{
    size_t n = 0;

    if (!quoting || rest->size == 0 || rest->at[0] != '"') {
        while (n < rest->size && rest->at[n] != ',')
            n++;
        *field = (span){rest->at, n};
    } else {
        size_t kept = 0;
        for (n = 1; n < rest->size; n++) {
            if (rest->at[n] == '"' && (n + 1 == rest->size || rest->at[n + 1] != '"'))
                break;
            n += rest->at[n] == '"';
            rest->at[kept++] = rest->at[n];
        }
        *field = (span){rest->at, kept};
        if (n++ >= rest->size || (n < rest->size && rest->at[n] != ','))
            return false;
    }
    n += n < rest->size;
    *rest = (span){rest->at + n, rest->size - n};
    return true;
}

/* Does the line name columns, one of a digest among them? Works on a copy, for unquoting changes it. */
static bool read_header(phash_digest_columns *out, span line, bool hashdeep)
{
    static const char *const labels[] = {"filename", "file", "filepath", "path", "label", "name", "entry", NULL};
    static const char *const any[] = {"hash", "digest", "hashvalue", NULL};
    uint8_t copy[2048];
    phash_digest_columns c = {.hashdeep = hashdeep};
    span field;
    bool found = false;

    if (line.size == 0 || line.size > sizeof copy)
        return false;
    memcpy(copy, line.at, line.size);
    for (span rest = {copy, line.size}; rest.size != 0;) {
        if (c.n == COLUMNS_MAX || !next_field(&field, &rest, true))
            return false;
        c.n++;
        field = trim(field);
        const uint32_t kind = kind_of_name(field);
        if (kind < PHASH_DIGEST_KINDS && c.digests[kind] == 0)
            c.digests[kind] = c.n;
        else if (c.any == 0 && is_any_of(field, any))
            c.any = c.n;
        else if (c.label == 0 && is_any_of(field, labels))
            c.label = c.n;
        found = found || kind < PHASH_DIGEST_KINDS || c.any == c.n;
    }
    if (found)
        *out = c;
    return found;
}

/* The digest in column n, when it has one; the strongest so far stays in out. */
static const char *take_column(phash_digest_row *out, bool *found, const phash_digest_columns *c, uint32_t n,
                               span digest)
{
    phash_digest_row got = *out;
    uint32_t kind = 0;

    if (digest.size == 0)
        return NULL;
    if (c->any == n)
        kind = kind_of_size(digest.size);
    else
        while (kind < PHASH_DIGEST_KINDS && c->digests[kind] != n)
            kind++;
    if (kind == PHASH_DIGEST_KINDS)
        return c->any == n ? "not an MD5, SHA-1 or SHA-256 digest in hexadecimal" : NULL;
    const char *reason = take_digest(&got, digest, kind);
    if (reason == NULL && (!*found || kind > out->kind))
        *out = got;
    *found = *found || reason == NULL;
    return reason;
}

/* A row by the columns of its header. */
static const char *read_columns(phash_digest_row *out, const phash_digest_columns *c, span line)
{
    span rest = line;
    span field;
    bool found = false;

    for (uint32_t n = 1; n <= c->n; n++) {
        if (c->hashdeep != 0 && n == c->n)
            field = rest;
        else if (!next_field(&field, &rest, c->hashdeep == 0))
            return "a quoted field is not closed, or goes on behind its closing quote";
        const char *reason = take_column(out, &found, c, n, trim(field));
        if (reason != NULL)
            return reason;
        if (c->label == n) {
            out->label = field.at;
            out->label_size = field.size;
        }
    }
    return found ? NULL : "no digest in it";
}

/* GNU checksum programs write a backslash before a line in whose name line feeds, carriage returns and backslashes are
 * written \n, \r and \\ (coreutils, "md5sum invocation"). */
static size_t unescape(uint8_t *label, size_t size)
{
    size_t kept = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t c = label[i];
        if (c == '\\' && i + 1 < size && (label[i + 1] == 'n' || label[i + 1] == 'r' || label[i + 1] == '\\')) {
            i++;
            c = label[i] == 'n' ? '\n' : label[i] == 'r' ? '\r' : '\\';
        }
        label[kept++] = c;
    }
    return kept;
}

/* ALGORITHM (name) = digits, as BSD programs, sum --tag and openssl dgst write it. 0 when the line is none such. */
static bool read_tagged(phash_digest_row *out, const char **reason, span line)
{
    size_t open = 0;
    size_t equals = line.size;

    while (open < line.size && line.at[open] != '(')
        open++;
    const uint32_t kind = kind_of_name(trim((span){line.at, open}));
    if (open == line.size || kind == PHASH_DIGEST_KINDS)
        return false;
    while (equals > open && line.at[equals - 1] != '=')
        equals--;
    size_t close = equals > open ? equals - 1 : open;
    while (close > open && is_blank(line.at[close - 1]))
        close--;
    if (close <= open + 1 || line.at[close - 1] != ')')
        return false;
    *reason = take_digest(out, trim((span){line.at + equals, line.size - equals}), kind);
    out->label = line.at + open + 1;
    out->label_size = close - 1 - (open + 1);
    return true;
}

/* digits; digits,label; digits:size:label (ClamAV); digits and blanks and a name. */
static const char *read_bare(phash_digest_row *out, span line)
{
    size_t n = 0;

    while (n < line.size && digit(line.at[n]) >= 0)
        n++;
    const uint32_t kind = kind_of_size(n);
    const uint8_t next = n < line.size ? line.at[n] : ' ';
    if (kind == PHASH_DIGEST_KINDS || (!is_blank(next) && next != ',' && next != ';' && next != ':'))
        return "not an MD5, SHA-1 or SHA-256 digest in hexadecimal";
    const char *reason = take_digest(out, (span){line.at, n}, kind);
    span rest = n < line.size ? (span){line.at + n + 1, line.size - n - 1} : (span){line.at + n, 0};
    const uint8_t *colon = next == ':' && rest.size != 0 ? memchr(rest.at, ':', rest.size) : NULL;
    if (next == ' ' && rest.size > 1 && (rest.at[0] == ' ' || rest.at[0] == '*'))
        rest = (span){rest.at + 1, rest.size - 1};
    else if (colon != NULL)
        rest = (span){rest.at + (colon + 1 - rest.at), rest.size - (size_t)(colon + 1 - rest.at)};
    span whole = rest;
    span field;
    /* A label that is exactly one quoted field is its value. */
    if (next == ',' && rest.size > 1 && rest.at[0] == '"' && rest.at[rest.size - 1] == '"' &&
        next_field(&field, &whole, true) && whole.size == 0)
        rest = field;
    out->label = rest.at;
    out->label_size = rest.size;
    return reason;
}

phash_digest_row_kind phash_digest_row_read(phash_digest_row *out, phash_digest_columns *columns, uint8_t *text,
                                            size_t size, int may_be_header)
{
    span line = {text, size};
    const char *reason = NULL;

    memset(out, 0, sizeof *out);
    if (size != 0 && text[size - 1] == '\r')
        line.size--;
    if (trim(line).size == 0 || line.at[0] == '#')
        return PHASH_DIGEST_ROW_IGNORED;
    if (starts_with(line, HASHDEEP)) {
        const span names = {line.at + strlen(HASHDEEP), line.size - strlen(HASHDEEP)};
        return read_header(columns, names, true) ? PHASH_DIGEST_ROW_HEADER : PHASH_DIGEST_ROW_IGNORED;
    }
    if (may_be_header && read_header(columns, line, false))
        return PHASH_DIGEST_ROW_HEADER;
    const bool escaped = columns->n == 0 && line.at[0] == '\\';
    if (escaped)
        line = (span){line.at + 1, line.size - 1};
    if (columns->n != 0)
        reason = read_columns(out, columns, line);
    else if (!read_tagged(out, &reason, line))
        reason = read_bare(out, line);
    if (reason == NULL && escaped)
        out->label_size = unescape(text + (out->label - text), out->label_size);
    out->reason = reason;
    return reason == NULL ? PHASH_DIGEST_ROW_ENTRY : PHASH_DIGEST_ROW_BAD;
}
