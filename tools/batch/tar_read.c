/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/tar_read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 512u
#define EXTENSION_MAX (1u << 20) /* bytes of a pax header or a long name */

/* Fields of a header block (POSIX.1-2008, pax, table "ustar Header Block"). */
#define AT_NAME 0u
#define AT_SIZE 124u
#define AT_CHECKSUM 148u
#define AT_TYPE 156u
#define AT_MAGIC 257u
#define AT_PREFIX 345u
#define AT_EXTENDED 482u     /* GNU: another block of the map of a sparse file follows */
#define AT_MAP_EXTENDED 504u /* likewise, in such a block */

void tar_begin(tar_reader *r, tar_fill_fn fill, void *user)
{
    memset(r, 0, sizeof *r);
    r->fill = fill;
    r->user = user;
}

void tar_reader_free(tar_reader *r)
{
    text_free(&r->name);
    text_free(&r->next_name);
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static tar_step fail(tar_reader *r, tar_step step, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = snprintf(r->why, sizeof r->why, "at byte %" PRIu64 ": ", r->offset);
    vsnprintf(r->why + n, sizeof r->why - (size_t)n, format, args);
    va_end(args);
    return step;
}

/* Up to size bytes; fewer only at the end of the stream or on trouble, which r->why then tells. */
static size_t take(tar_reader *r, void *bytes, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ptrdiff_t n = r->fill(r->user, (char *)bytes + have, size - have);
        if (n < 0)
            fail(r, TAR_DAMAGED, "cannot read");
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    r->offset += have;
    return have;
}

size_t tar_read_data(tar_reader *r, void *bytes, size_t size)
{
    size_t n = take(r, bytes, r->left < size ? (size_t)r->left : size);

    r->left -= n;
    return n;
}

static tar_step cut_short(tar_reader *r, const char *where)
{
    return r->why[0] != '\0' ? TAR_DAMAGED : fail(r, TAR_TRUNCATED, "the tar stream ends %s", where);
}

/* Pass over what is left of a member, and its padding. */
static bool skip_data(tar_reader *r)
{
    char waste[16 * BLOCK];

    r->left += r->padding;
    r->padding = 0;
    while (r->left != 0)
        if (tar_read_data(r, waste, sizeof waste) == 0)
            return false;
    return true;
}

/* An octal number that blanks or 0 bytes end, or with the top bit set a binary one (GNU, star). */
static bool read_number(uint64_t *out, const uint8_t *field, size_t size)
{
    uint64_t value = 0;
    size_t i = 0;

    if ((field[0] & 0x80) != 0) {
        value = field[0] & 0x7f;
        for (i = 1; i < size; i++) {
            if (value >> 55 != 0)
                return false;
            value = value << 8 | field[i];
        }
        *out = value;
        return true;
    }
    while (i < size && field[i] == ' ')
        i++;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        value = value << 3 | (uint64_t)(field[i] - '0'); /* 12 digits fit */
    *out = value;
    return i == size || field[i] == ' ' || field[i] == '\0';
}

static bool checksum_fits(const uint8_t *block)
{
    uint64_t told;
    uint64_t sum = 0;

    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= AT_CHECKSUM && i < AT_CHECKSUM + 8 ? ' ' : block[i];
    return read_number(&told, block + AT_CHECKSUM, 8) && told == sum;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static size_t field_size(const uint8_t *field, size_t size)
{
    const uint8_t *end = memchr(field, 0, size);

    return end != NULL ? (size_t)(end - field) : size;
}

static void take_name(tar_reader *r, const uint8_t *block)
{
    text_clear(&r->name);
    if (r->next_name.size != 0) {
        text_put_bytes(&r->name, r->next_name.data, r->next_name.size);
    } else {
        /* "ustar", 0, "00": GNU's older headers have other things where the prefix is */
        const size_t prefix = memcmp(block + AT_MAGIC, "ustar", 6) == 0 ? field_size(block + AT_PREFIX, 155) : 0;
        text_put_bytes(&r->name, (const char *)block + AT_PREFIX, prefix);
        text_put(&r->name, prefix != 0 ? "/" : "");
        text_put_bytes(&r->name, (const char *)block + AT_NAME, field_size(block + AT_NAME, 100));
    }
    text_put_bytes(&r->name, "", 1);
    r->name.size -= text_ok(&r->name);
}

/* The data of an extension, whole. */
static tar_step read_extension(tar_reader *r, text *out)
{
    char piece[4 * BLOCK];
    size_t n;

    if (r->left > EXTENSION_MAX)
        return fail(r, TAR_DAMAGED, "an extended header of %" PRIu64 " bytes", r->left);
    while ((n = tar_read_data(r, piece, sizeof piece)) != 0)
        text_put_bytes(out, piece, n);
    if (r->left != 0)
        return cut_short(r, "in an extended header");
    return text_ok(out) ? TAR_FILE : fail(r, TAR_DAMAGED, "not enough memory");
}

static tar_step take_record(tar_reader *r, const char *key, size_t key_size, const char *value, size_t size)
{
    if (key_size == 4 && memcmp(key, "size", 4) == 0) {
        r->next_size = 0;
        for (size_t i = 0; i < size; i++) {
            if (value[i] < '0' || value[i] > '9' || r->next_size > (UINT64_MAX >> 8) / 10)
                return fail(r, TAR_DAMAGED, "a size that is no number");
            r->next_size = r->next_size * 10 + (uint64_t)(value[i] - '0');
        }
        r->has_next_size = true;
    } else if ((key_size == 4 && memcmp(key, "path", 4) == 0) ||
               (key_size == 15 && memcmp(key, "GNU.sparse.name", 15) == 0)) {
        if (memchr(value, 0, size) != NULL)
            return fail(r, TAR_DAMAGED, "a name with a 0 byte in it");
        text_clear(&r->next_name);
        text_put_bytes(&r->next_name, value, size);
    }
    r->next_sparse = r->next_sparse || (key_size > 11 && memcmp(key, "GNU.sparse.", 11) == 0);
    return TAR_FILE;
}

/* Records "LENGTH KEY=VALUE\n", LENGTH counting all of it (POSIX.1-2008, pax, "pax Extended Header"). */
static tar_step read_pax(tar_reader *r, const text *records)
{
    tar_step step = TAR_FILE;

    for (size_t at = 0; at < records->size && step == TAR_FILE;) {
        const char *p = records->data + at;
        const size_t left = records->size - at;
        size_t length = 0;
        size_t i = 0;
        for (; i < left && i < 8 && p[i] >= '0' && p[i] <= '9'; i++)
            length = length * 10 + (size_t)(p[i] - '0');
        if (i == 0 || i >= left || p[i] != ' ' || length > left || length < i + 3 || p[length - 1] != '\n')
            return fail(r, TAR_DAMAGED, "a malformed extended header");
        const char *key = p + i + 1;
        const char *equals = memchr(key, '=', length - i - 2);
        if (equals == NULL)
            return fail(r, TAR_DAMAGED, "a malformed extended header");
        step = take_record(r, key, (size_t)(equals - key), equals + 1, (size_t)(p + length - 1 - (equals + 1)));
        at += length;
    }
    return step;
}

/* TAR_FILE when what was read says something of the next member. */
static tar_step extend(tar_reader *r, uint8_t type)
{
    text data = {0};
    tar_step step = read_extension(r, &data);

    if (step == TAR_FILE && type == 'x')
        step = read_pax(r, &data);
    else if (step == TAR_FILE && type == 'L' && data.size != 0) {
        text_clear(&r->next_name);
        text_put_bytes(&r->next_name, data.data, field_size((const uint8_t *)data.data, data.size));
    }
    text_free(&data);
    return step;
}

/* What kind of member is this? TAR_END for one that says something about others. */
static tar_step kind_of(const tar_reader *r, uint8_t type)
{
    switch (type) {
    case 'x':
    case 'g':
    case 'L':
    case 'K':
    case 'N':
    case 'V': return TAR_END;
    case '1': return TAR_HARD_LINK;
    case '2': return TAR_SYMLINK;
    case '3':
    case '4':
    case '6': return TAR_SPECIAL;
    case '5':
    case 'D': return TAR_DIRECTORY;
    case 'M': /* the rest of a file that began in another volume */
    case 'S': return TAR_SPARSE;
    default: /* POSIX: types that are not known are regular files */
        if (type == '\0' && r->name.size != 0 && r->name.data[r->name.size - 1] == '/')
            return TAR_DIRECTORY; /* before ustar */
        return r->next_sparse ? TAR_SPARSE : TAR_FILE;
    }
}

/* Behind the end there may be zeros; anything else would be passed over without a word. */
static tar_step read_end(tar_reader *r)
{
    uint8_t block[16 * BLOCK];
    size_t n;

    while ((n = take(r, block, sizeof block)) != 0)
        if (!is_zero(block, n))
            return fail(r, TAR_DAMAGED, "there is data behind the end of the archive");
    return r->why[0] != '\0' ? TAR_DAMAGED : TAR_END;
}

/* More of the map of a sparse file, in blocks between header and data (GNU tar, "Old GNU Format"). */
static tar_step skip_map(tar_reader *r, uint8_t more)
{
    uint8_t block[BLOCK];

    while (more != 0) {
        if (take(r, block, BLOCK) != BLOCK)
            return cut_short(r, "in a header");
        more = block[AT_MAP_EXTENDED];
    }
    return TAR_SPARSE;
}

static tar_step read_header(tar_reader *r, const uint8_t *block)
{
    uint64_t size;

    if (!checksum_fits(block))
        return fail(r, TAR_DAMAGED, r->offset == BLOCK ? "this is no tar stream" : "a damaged header");
    if (!read_number(&size, block + AT_SIZE, 12) || size > UINT64_MAX >> 2)
        return fail(r, TAR_DAMAGED, "a size that is no number");
    const uint8_t type = block[AT_TYPE];
    take_name(r, block);
    const tar_step kind = kind_of(r, type);
    const bool has_data = kind == TAR_FILE || kind == TAR_SPARSE || kind == TAR_END || type == 'D';
    if (kind != TAR_END && r->has_next_size)
        size = r->next_size;
    r->size = r->left = has_data ? size : 0;
    r->padding = (uint32_t)(BLOCK - r->left % BLOCK) % BLOCK;
    if (!text_ok(&r->name) || !text_ok(&r->next_name))
        return fail(r, TAR_DAMAGED, "not enough memory");
    if (kind == TAR_END)
        return type == 'x' || type == 'L' ? extend(r, type) : TAR_FILE;
    text_clear(&r->next_name);
    r->has_next_size = false;
    r->next_sparse = false;
    return type == 'S' ? skip_map(r, block[AT_EXTENDED]) : kind;
}

static bool is_extension(uint8_t type)
{
    return type != '\0' && strchr("xgLKNV", type) != NULL;
}

tar_step tar_next(tar_reader *r)
{
    uint8_t block[BLOCK];
    tar_step step;

    do {
        if (!skip_data(r))
            return cut_short(r, "in a member");
        size_t n = take(r, block, BLOCK);
        if (n != BLOCK)
            return cut_short(r, n == 0 ? "without its end mark" : "in a header");
        if (is_zero(block, BLOCK))
            return read_end(r);
        step = read_header(r, block);
    } while (step == TAR_FILE && is_extension(block[AT_TYPE]));
    return step;
}
