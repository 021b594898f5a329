/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/list_record.h"

#include <string.h>

/* Fields told apart; what follows belongs to the last one. Only labels have that many commas. */
#define FIELDS_MAX 64

typedef struct text {
    uint8_t *at;
    size_t size;
} text;

typedef struct fields {
    text field[FIELDS_MAX]; /* raw: with quotes */
    size_t n;
    uint8_t *end; /* of the row */
    bool more;    /* the last field holds several */
} fields;

/* The size of the field at the head of t. Quoting is well formed (list_rows.c). */
static size_t field_size(text t)
{
    size_t i = 0;

    if (t.size != 0 && t.at[0] == '"') {
        for (i = 1; i < t.size; i++)
            if (t.at[i] == '"' && (++i >= t.size || t.at[i] != '"'))
                break;
        return i < t.size ? i : t.size;
    }
    const uint8_t *comma = t.size != 0 ? memchr(t.at, ',', t.size) : NULL;
    return comma != NULL ? (size_t)(comma - t.at) : t.size;
}

static void split(fields *f, uint8_t *row, size_t size)
{
    text left = {row, size};

    f->n = 0;
    f->end = row + size;
    f->more = false;
    for (;;) {
        size_t n = field_size(left);
        f->more = f->n == FIELDS_MAX - 1 && n != left.size;
        f->field[f->n].at = left.at;
        f->field[f->n++].size = f->more ? left.size : n;
        if (f->more || n == left.size)
            return;
        left.at += n + 1;
        left.size -= n + 1;
    }
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A field without its quotes and surrounding blanks. Doubled quotes stay: no hash, number or name has any. */
static text bare(text t)
{
    if (t.size >= 2 && t.at[0] == '"') {
        t.at++;
        t.size -= 2;
    }
    while (t.size != 0 && is_blank(t.at[0])) {
        t.at++;
        t.size--;
    }
    while (t.size != 0 && is_blank(t.at[t.size - 1]))
        t.size--;
    return t;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* word is in lower case. */
static bool has_prefix(text t, const char *word)
{
    size_t n = strlen(word);

    if (t.size < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(t.at[i]) != (uint8_t)word[i])
            return false;
    return true;
}

static bool is_word(text t, const char *word)
{
    return t.size == strlen(word) && has_prefix(t, word);
}

static text after(text t, size_t n)
{
    text rest = {t.at + n, t.size - n};

    return rest;
}

static size_t count_hex(text t)
{
    size_t n = 0;

    while (n < t.size && ((t.at[n] >= '0' && t.at[n] <= '9') || (lower(t.at[n]) >= 'a' && lower(t.at[n]) <= 'f')))
        n++;
    return n;
}

/* Why text is not a hash, in words that help whoever made the list. */
static const char *why_not(text t)
{
    size_t hex = count_hex(t);

    if (t.size == 0)
        return "no hash";
    if (hex >= 32 && hex < t.size && is_blank(t.at[hex]))
        return "digest and file name: a checksum file, not a PDQ list";
    if (hex == t.size) {
        switch (hex) {
        case 32: return "32 hexadecimal digits: an MD5 digest or half a hash, not PDQ";
        case 40: return "40 hexadecimal digits: a SHA-1 digest, not PDQ";
        case 96: return "96 hexadecimal digits: a SHA-384 digest, not PDQ";
        case 128: return "128 hexadecimal digits: a SHA-512 digest, not PDQ";
        default: return "hexadecimal digits, but not 64 of them";
        }
    }
    const uint8_t *blank = memchr(t.at, ' ', t.size);
    if (blank != NULL && count_hex(after(t, (size_t)(blank - t.at) + 1)) >= 32)
        return "signal type is not pdq";
    return "neither 64 hexadecimal digits nor the base64 of 32 bytes";
}

/* A hash with the optional prefixes "pdq " and "hash=". Gives NULL or the reason. */
static const char *read_hash(phash_hash *out, text t)
{
    t = bare(t);
    if (has_prefix(t, "pdq") && t.size > 3 && is_blank(t.at[3]))
        t = bare(after(t, 3));
    if (has_prefix(t, "hash="))
        t = bare(after(t, 5));
    return phash_hash_from_text(out, (const char *)t.at, t.size) == PHASH_OK ? NULL : why_not(t);
}

static bool read_quality(int32_t *out, text t)
{
    int32_t value = 0;

    t = bare(t);
    if (t.size == 0 || t.size > 3)
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        value = value * 10 + (t.at[i] - '0');
    }
    if (value > 100)
        return false;
    *out = value;
    return true;
}

/* Undo the quoting of a field, in place. */
static text unquoted(text t)
{
    if (t.size < 2 || t.at[0] != '"')
        return t;
    text out = {t.at + 1, 0};
    for (size_t i = 1; i + 1 < t.size; i++) {
        if (t.at[i] == '"')
            i++; /* the second of two */
        out.at[out.size++] = t.at[i];
    }
    return out;
}

/* The label: fields first..last as they stand, or one field's value when it is quoted. */
static void set_label(phash_list_record *out, const fields *f, size_t first, size_t last)
{
    text t = {NULL, 0};

    if (first < f->n) {
        const text *final = &f->field[last < f->n ? last : f->n - 1];
        t.at = f->field[first].at;
        t.size = (size_t)(final->at + final->size - t.at);
        if (final == &f->field[first] && !(f->more && first == f->n - 1))
            t = unquoted(t);
    }
    out->label = t.at;
    out->label_size = t.size;
}

/* Miller's key=value form: norm, delta and quality are numbers, the file name is the rest of the row. */
static bool read_key_values(phash_list_record *out, const fields *f, size_t first)
{
    static const char *const keys[] = {"norm=", "delta=", "quality=", "filename="};
    bool known = false;

    for (size_t i = first; i < f->n; i++) {
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            known = known || has_prefix(f->field[i], keys[k]);
        if (!known)
            return false;
        if (has_prefix(f->field[i], "quality="))
            (void)read_quality(&out->quality, after(f->field[i], 8)); /* unknown stays unknown */
        if (has_prefix(f->field[i], "filename=")) {
            out->label = f->field[i].at + 9;
            out->label_size = (size_t)(f->end - out->label);
            return true;
        }
    }
    return known;
}

/* A row without a header: [pdq,]hash[x8][,quality],label or hash=...,key=value... */
static const char *read_free(phash_list_record *out, const fields *f)
{
    size_t next = f->n > 1 && is_word(bare(f->field[0]), "pdq") ? 2 : 1;
    const char *reason = read_hash(&out->hashes[0], f->field[next - 1]);

    if (reason != NULL)
        return reason;
    if (has_prefix(bare(f->field[0]), "hash=") && read_key_values(out, f, next))
        return NULL;
    if (f->n - next >= PHASH_DIHEDRAL_COUNT - 1) {
        uint32_t n = 1;
        while (n < PHASH_DIHEDRAL_COUNT && read_hash(&out->hashes[n], f->field[next + n - 1]) == NULL)
            n++;
        if (n == PHASH_DIHEDRAL_COUNT) {
            out->n = n;
            next += n - 1;
        }
    }
    if (next + 1 < f->n && read_quality(&out->quality, f->field[next]))
        next++;
    set_label(out, f, next, f->n);
    return NULL;
}

/* Surplus commas are taken to be the label's own: Meta's tools do not quote file names. */
static const char *read_columns(phash_list_record *out, const phash_list_columns *c, const fields *f)
{
    const bool label_last = c->label == c->n - 1;
    const size_t surplus = f->n > c->n && c->label != PHASH_NO_COLUMN ? f->n - c->n : 0;
    const size_t hash = c->hash + (c->hash > c->label ? surplus : 0);
    const size_t quality = c->quality + (c->quality > c->label ? surplus : 0);
    const size_t type = c->type + (c->type > c->label ? surplus : 0);

    if (f->more && c->label != PHASH_NO_COLUMN && !label_last)
        return "more fields than the header has";
    if (hash >= f->n)
        return "fewer fields than the header has";
    if (c->type != PHASH_NO_COLUMN && type < f->n && !is_word(bare(f->field[type]), "pdq") &&
        !is_word(bare(f->field[type]), "hash_pdq"))
        return "signal type is not pdq";
    const char *reason = read_hash(&out->hashes[0], f->field[hash]);
    if (reason != NULL)
        return reason;
    if (c->quality != PHASH_NO_COLUMN && quality < f->n)
        (void)read_quality(&out->quality, f->field[quality]);
    if (c->label != PHASH_NO_COLUMN)
        set_label(out, f, c->label, c->label + surplus);
    else
        set_label(out, f, (c->quality != PHASH_NO_COLUMN && quality > hash ? quality : hash) + 1, f->n);
    return NULL;
}

const char *phash_list_record_read(phash_list_record *out, const phash_list_columns *columns, uint8_t *row,
                                   size_t size)
{
    fields f;

    memset(out, 0, sizeof *out);
    out->n = 1;
    out->quality = PHASH_QUALITY_UNKNOWN;
    split(&f, row, size);
    return columns->n != 0 ? read_columns(out, columns, &f) : read_free(out, &f);
}

static bool is_name(text t)
{
    if (t.size == 0 || t.size > 40)
        return false;
    for (size_t i = 0; i < t.size; i++) {
        uint8_t c = lower(t.at[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ' ' || c == '-' || c == '.'))
            return false;
    }
    return true;
}

static bool is_one_of(text t, const char *const *words)
{
    while (*words != NULL && !is_word(t, *words))
        words++;
    return *words != NULL;
}

bool phash_list_header_read(phash_list_columns *out, uint8_t *row, size_t size)
{
    static const char *const hash[] = {"hash", "pdq", "pdq_hash", "pdqhash", "hash_value", "signal_str", NULL};
    static const char *const label[] = {"filename", "file", "filepath", "path", "label", "name", "entry", NULL};
    static const char *const quality[] = {"quality", "pdq_quality", NULL};
    static const char *const type[] = {"signal_type", "hash_type", NULL};
    phash_list_columns c = {0, PHASH_NO_COLUMN, PHASH_NO_COLUMN, PHASH_NO_COLUMN, PHASH_NO_COLUMN};
    fields f;

    split(&f, row, size);
    if (f.more)
        return false;
    for (c.n = 0; c.n < f.n; c.n++) {
        text name = bare(f.field[c.n]);
        if (!is_name(name))
            return false;
        if (c.hash == PHASH_NO_COLUMN && is_one_of(name, hash))
            c.hash = c.n;
        else if (c.label == PHASH_NO_COLUMN && is_one_of(name, label))
            c.label = c.n;
        else if (c.quality == PHASH_NO_COLUMN && is_one_of(name, quality))
            c.quality = c.n;
        else if (c.type == PHASH_NO_COLUMN && is_one_of(name, type))
            c.type = c.n;
    }
    if (c.hash == PHASH_NO_COLUMN)
        return false;
    *out = c;
    return true;
}
