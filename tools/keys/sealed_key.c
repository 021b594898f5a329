/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* explicit_bzero, getrandom */
#include "keys/sealed_key.h"

#include "keys/locked_memory.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char head_any[] = "libphash sealed key ";
static const char head_line[] = "libphash sealed key 1\n";

#define KEY_SIZE 32u
#define SCRYPT_R 8u

/* Reading goes on to the end once something is wrong; failed is looked at there. */
typedef struct reader {
    const uint8_t *at;
    size_t left;
    bool failed;
} reader;

static void take_literal(reader *r, const char *literal)
{
    const size_t size = strlen(literal);

    if (r->left < size || memcmp(r->at, literal, size) != 0) {
        r->failed = true;
        return;
    }
    r->at += size;
    r->left -= size;
}

/* Small digits only: there is one way to write a file. */
static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void take_hex(reader *r, uint8_t *out, size_t size)
{
    if (r->left < 2 * size) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < size; i++) {
        const int high = digit_of(r->at[2 * i]);
        const int low = digit_of(r->at[2 * i + 1]);
        r->failed = r->failed || high < 0 || low < 0;
        out[i] = (uint8_t)((high & 15) << 4 | (low & 15));
    }
    r->at += 2 * size;
    r->left -= 2 * size;
}

/* A date by its form; what it says is for people. */
static void take_date(reader *r, char *out)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    const size_t size = sizeof form - 1;

    if (r->left < size) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < size; i++)
        r->failed = r->failed || (form[i] == '0' ? r->at[i] < '0' || r->at[i] > '9' : r->at[i] != (uint8_t)form[i]);
    memcpy(out, r->at, size);
    out[size] = '\0';
    r->at += size;
    r->left -= size;
}

static uint8_t take_two_digits(reader *r)
{
    uint8_t value = 0;

    for (int i = 0; i < 2; i++) {
        if (r->left == 0 || r->at[0] < '0' || r->at[0] > '9') {
            r->failed = true;
            return 0;
        }
        value = (uint8_t)(10 * value + (r->at[0] - '0'));
        r->at++;
        r->left--;
    }
    return value;
}

bool sealed_key_is(const uint8_t *bytes, size_t size)
{
    return size >= sizeof head_any - 1 && memcmp(bytes, head_any, sizeof head_any - 1) == 0;
}

/* The rest of the file but its last byte. */
static void take_box(reader *r, sealed_key *k)
{
    if (r->failed || r->left % 2 != 1 || r->left / 2 <= SEALED_TAG || r->left / 2 > sizeof k->box) {
        r->failed = true;
        return;
    }
    k->box_size = r->left / 2;
    take_hex(r, k->box, k->box_size);
}

bool sealed_key_parse(sealed_key *out, const char **why, const uint8_t *bytes, size_t size)
{
    reader r = {bytes, size, false};

    memset(out, 0, sizeof *out);
    *why = "the sealed key is damaged: restore it from a backup";
    if (!sealed_key_is(bytes, size)) {
        *why = "not a sealed key";
        return false;
    }
    if (size < sizeof head_line - 1 || memcmp(bytes, head_line, sizeof head_line - 1) != 0) {
        *why = "a sealed key of another version than 1";
        return false;
    }
    take_literal(&r, head_line);
    take_literal(&r, "id ");
    take_hex(&r, out->id, sizeof out->id);
    take_literal(&r, "\npublic ");
    take_hex(&r, out->public_key, sizeof out->public_key);
    take_literal(&r, "\ncreated ");
    take_date(&r, out->created);
    take_literal(&r, "\nscrypt ");
    out->log2_n = take_two_digits(&r);
    take_literal(&r, " 8 1 ");
    take_hex(&r, out->salt, sizeof out->salt);
    take_literal(&r, "\naes-256-gcm ");
    take_hex(&r, out->nonce, sizeof out->nonce);
    take_literal(&r, " ");
    take_box(&r, out);
    take_literal(&r, "\n");
    if (r.failed || r.left != 0)
        return false;
    if (out->log2_n < SEALED_LOG2_N_MIN || out->log2_n > SEALED_LOG2_N_MAX) {
        *why = "the sealed key asks for more work than is done for one, or for too little to be safe";
        return false;
    }
    return true;
}

typedef struct writer {
    uint8_t *at;
    size_t size;
} writer;

static void put_text(writer *w, const char *string)
{
    const size_t size = strlen(string);

    memcpy(w->at + w->size, string, size);
    w->size += size;
}

static void put_hex(writer *w, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        w->at[w->size++] = (uint8_t)digits[bytes[i] >> 4];
        w->at[w->size++] = (uint8_t)digits[bytes[i] & 15];
    }
}

/* All before the box: what the tag vouches for beside it. */
static size_t format_head(uint8_t *out, const sealed_key *k)
{
    writer w = {out, 0};
    const char cost[] = {(char)('0' + k->log2_n / 10 % 10), (char)('0' + k->log2_n % 10), '\0'};

    put_text(&w, head_line);
    put_text(&w, "id ");
    put_hex(&w, k->id, sizeof k->id);
    put_text(&w, "\npublic ");
    put_hex(&w, k->public_key, sizeof k->public_key);
    put_text(&w, "\ncreated ");
    put_text(&w, k->created);
    put_text(&w, "\nscrypt ");
    put_text(&w, cost);
    put_text(&w, " 8 1 ");
    put_hex(&w, k->salt, sizeof k->salt);
    put_text(&w, "\naes-256-gcm ");
    put_hex(&w, k->nonce, sizeof k->nonce);
    put_text(&w, " ");
    return w.size;
}

size_t sealed_key_format(uint8_t out[SEALED_KEY_FILE_MAX], const sealed_key *k)
{
    writer w = {out, format_head(out, k)};

    put_hex(&w, k->box, k->box_size);
    put_text(&w, "\n");
    return w.size;
}

/* The longest file fits: 22 + 3 + 32 + 8 + 66 + 9 + 20 + 8 + 2 + 5 + 32 + 13 + 24 + 1 + 544 + 1. */
_Static_assert(246 + 2 * (PHASH_KEY_FILE_SIZE + SEALED_TAG) <= SEALED_KEY_FILE_MAX, "SEALED_KEY_FILE_MAX");

static bool derive(uint8_t *key, const sealed_key *k, const secret *passphrase)
{
    const uint64_t n = (uint64_t)1 << k->log2_n;
    /* 128 N r for the table, and what goes beside it */
    const uint64_t memory = 128 * n * SCRYPT_R + (UINT64_C(1) << 20);

    return EVP_PBE_scrypt((const char *)passphrase->bytes, passphrase->size, k->salt, sizeof k->salt, n, SCRYPT_R, 1,
                          memory, key, KEY_SIZE) == 1;
}

static bool encrypt(EVP_CIPHER_CTX *c, sealed_key *k, const uint8_t *key, const uint8_t *plain, size_t size)
{
    uint8_t head[SEALED_KEY_FILE_MAX];
    const size_t head_size = format_head(head, k);
    int n = 0;
    int last = 0;

    return EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, k->nonce) == 1 &&
           EVP_EncryptUpdate(c, NULL, &n, head, (int)head_size) == 1 &&
           EVP_EncryptUpdate(c, k->box, &n, plain, (int)size) == 1 && n == (int)size &&
           EVP_EncryptFinal_ex(c, k->box + n, &last) == 1 && last == 0 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, SEALED_TAG, k->box + size) == 1;
}

static bool fill_random(uint8_t *out, size_t size)
{
    return getrandom(out, size, 0) == (ssize_t)size; /* never less for so few bytes */
}

bool sealed_key_seal(sealed_key *k, const uint8_t *plain, size_t size, const secret *passphrase)
{
    uint8_t *key = locked_new(KEY_SIZE);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

    k->box_size = size + SEALED_TAG;
    const bool good = key != NULL && c != NULL && size <= PHASH_KEY_FILE_SIZE && size != 0 &&
                      fill_random(k->salt, sizeof k->salt) && fill_random(k->nonce, sizeof k->nonce) &&
                      derive(key, k, passphrase) && encrypt(c, k, key, plain, size);
    EVP_CIPHER_CTX_free(c); /* wipes the key schedule */
    locked_free(key);
    return good;
}

static sealed_answer decrypt(EVP_CIPHER_CTX *c, uint8_t *plain, const sealed_key *k, const uint8_t *key)
{
    uint8_t head[SEALED_KEY_FILE_MAX];
    uint8_t tag[SEALED_TAG];
    const size_t head_size = format_head(head, k);
    const size_t size = k->box_size - SEALED_TAG;
    int n = 0;
    int last = 0;

    memcpy(tag, k->box + size, sizeof tag);
    if (EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, k->nonce) != 1 ||
        EVP_DecryptUpdate(c, NULL, &n, head, (int)head_size) != 1 ||
        EVP_DecryptUpdate(c, plain, &n, k->box, (int)size) != 1 || n != (int)size ||
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, SEALED_TAG, tag) != 1)
        return SEALED_FAILED;
    return EVP_DecryptFinal_ex(c, plain + size, &last) == 1 ? SEALED_OPENED : SEALED_WRONG;
}

sealed_answer sealed_key_open(uint8_t *plain, size_t *size, const sealed_key *k, const secret *passphrase)
{
    uint8_t *key = locked_new(KEY_SIZE);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    sealed_answer answer = SEALED_FAILED;

    if (key != NULL && c != NULL && derive(key, k, passphrase))
        answer = decrypt(c, plain, k, key);
    *size = k->box_size - SEALED_TAG;
    if (answer != SEALED_OPENED) {
        explicit_bzero(plain, *size); /* what was not vouched for */
        *size = 0;
    }
    EVP_CIPHER_CTX_free(c);
    locked_free(key);
    return answer;
}
