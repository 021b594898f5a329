/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluator keys and their file form (docs/formats/key.md): three lines of text,
 *
 *   libphash evaluator key 1
 *   secret <64 hexadecimal digits>
 *   public <66 hexadecimal digits>
 */
#include "hashset/key.h"
#include "hashset/set_format.h"
#include "util/diag.h"

#include <string.h>

static const char head_line[] = "libphash evaluator key 1\n";
static const char head_any[] = "libphash evaluator key ";
#define HEAD_SIZE (sizeof head_line - 1)
#define FILE_SIZE (HEAD_SIZE + 7 + 64 + 1 + 7 + 66 + 1)

static phash_status key_complete(phash_key *key, phash_voprf *v)
{
    phash_status st = phash_voprf_public_key(v, key->public_key, key->secret);

    if (st == PHASH_OK)
        st = phash_key_id_of(phash_voprf_digest(v), key->id, key->public_key);
    return st;
}

static phash_status key_make(phash_key **out, phash_voprf **v, const phash_options *options)
{
    phash_allocator a = phash_allocator_from(options);
    phash_key *key = phash_alloc(&a, 1, sizeof *key);

    if (key == NULL)
        return PHASH_E_NO_MEMORY;
    key->allocator = a;
    phash_status st = phash_voprf_new(v, &a);
    if (st != PHASH_OK)
        phash_key_free(&key);
    *out = key;
    return st;
}

phash_status phash_key_new(phash_key **out, const phash_options *options)
{
    phash_key *key = NULL;
    phash_voprf *v = NULL;

    if (out == NULL)
        return PHASH_E_ARGUMENT;
    phash_status st = key_make(&key, &v, options);
    if (st == PHASH_OK)
        st = phash_scalar_random(v, key->secret);
    if (st == PHASH_OK)
        st = key_complete(key, v);
    phash_voprf_free(&v);
    if (st == PHASH_OK)
        *out = key;
    else
        phash_key_free(&key);
    return st;
}

/* The value of a hexadecimal digit without a table look-up or branch on the digit; -1 when it is none. */
static int digit_value(uint8_t c)
{
    int digit = c - '0';
    int letter = (c | 0x20) - 'a';
    int is_digit = ((-1 - digit) & (digit - 10)) >> 31;  /* all ones for 0..9 */
    int is_letter = ((-1 - letter) & (letter - 6)) >> 31; /* all ones for a..f */

    return (is_digit & digit) | (is_letter & (letter + 10)) | ~(is_digit | is_letter);
}

static bool read_hex(phash_reader *r, uint8_t *out, size_t size)
{
    int bad = 0;

    for (size_t i = 0; i < size; i++) {
        int high = digit_value(phash_read_u8(r));
        int low = digit_value(phash_read_u8(r));
        bad |= high | low; /* negative as soon as one is */
        out[i] = (uint8_t)((high & 15) << 4 | (low & 15));
    }
    return bad >= 0 && !r->failed;
}

static bool read_literal(phash_reader *r, const char *text)
{
    const uint8_t *p = phash_read_bytes(r, strlen(text));

    return p != NULL && memcmp(p, text, strlen(text)) == 0;
}

static phash_status parse(phash_key *key, phash_diag *diag, const uint8_t *bytes, size_t size)
{
    phash_reader r = phash_reader_init(bytes, size);

    if (size < sizeof head_any - 1 || memcmp(bytes, head_any, sizeof head_any - 1) != 0)
        return phash_fail(diag, PHASH_E_MAGIC, "not a key file: it does not begin with '%s'", "libphash evaluator key");
    if (!read_literal(&r, head_line))
        return phash_fail(diag, PHASH_E_VERSION, "a key file of another version than 1");
    if (!read_literal(&r, "secret ") || !read_hex(&r, key->secret, PHASH_SCALAR_SIZE) || !read_literal(&r, "\n") ||
        !read_literal(&r, "public ") || !read_hex(&r, key->public_key, PHASH_ELEMENT_SIZE) ||
        !read_literal(&r, "\n") || phash_reader_left(&r) != 0)
        return phash_fail(diag, PHASH_E_RECORD, "the key file is damaged: restore it from a backup");
    return PHASH_OK;
}

phash_status phash_key_read(phash_key **out, phash_diag *diag, const uint8_t *bytes, size_t size,
                            const phash_options *options)
{
    phash_key *key = NULL;
    phash_voprf *v = NULL;
    uint8_t stated[PHASH_ELEMENT_SIZE];

    if (out == NULL || (bytes == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    phash_status st = key_make(&key, &v, options);
    if (st == PHASH_OK)
        st = parse(key, diag, bytes, size);
    if (st == PHASH_OK) {
        memcpy(stated, key->public_key, sizeof stated);
        st = key_complete(key, v);
    }
    if (st == PHASH_OK && memcmp(stated, key->public_key, sizeof stated) != 0)
        st = PHASH_E_KEY;
    if (st == PHASH_E_KEY)
        st = phash_fail(diag, st, "the key file is damaged: its secret is out of range or does not fit its public key");
    phash_voprf_free(&v);
    if (st == PHASH_OK)
        *out = key;
    else
        phash_key_free(&key);
    return st;
}

static void write_hex(phash_writer *w, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        for (int shift = 4; shift >= 0; shift -= 4) {
            unsigned d = (bytes[i] >> shift) & 15u;
            /* '0' + d, plus the distance to 'a' when d > 9, without a branch on the digit */
            phash_write_u8(w, (uint8_t)('0' + d + (((9u - d) >> 8) & 39u)));
        }
}

phash_status phash_key_write(const phash_key *key, uint8_t *bytes, size_t size, size_t *written)
{
    if (key == NULL || bytes == NULL || written == NULL)
        return PHASH_E_ARGUMENT;
    if (size < FILE_SIZE)
        return PHASH_E_BUFFER_TOO_SMALL;
    phash_writer w = phash_writer_init(bytes, size);
    phash_write_bytes(&w, head_line, HEAD_SIZE);
    phash_write_bytes(&w, "secret ", 7);
    write_hex(&w, key->secret, sizeof key->secret);
    phash_write_bytes(&w, "\npublic ", 8);
    write_hex(&w, key->public_key, sizeof key->public_key);
    phash_write_u8(&w, '\n');
    *written = w.at;
    return PHASH_OK;
}

void phash_key_public(const phash_key *key, uint8_t public_key[PHASH_PUBLIC_KEY_SIZE], uint8_t id[PHASH_KEY_ID_SIZE])
{
    memcpy(public_key, key->public_key, PHASH_PUBLIC_KEY_SIZE);
    memcpy(id, key->id, PHASH_KEY_ID_SIZE);
}

void phash_key_free(phash_key **key)
{
    if (key == NULL || *key == NULL)
        return;
    phash_allocator a = (*key)->allocator;
    phash_release_secret(&a, *key, sizeof **key);
    *key = NULL;
}
