/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/digest.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#define SHA256_BLOCK 64

/* Algorithms are fetched once: an implicit fetch at every use costs more than hashing a short input. The contexts are
 * reset after every use, which wipes and frees what they hold of it: key schedules, digests of secrets. */
struct phash_digest {
    phash_allocator allocator;
    EVP_MD *sha256;
    EVP_MD_CTX *hashing;
    EVP_CIPHER *gcm;
    EVP_CIPHER_CTX *sealing;
};

phash_status phash_digest_new(phash_digest **out, const phash_allocator *allocator)
{
    if (out == NULL || allocator == NULL)
        return PHASH_E_ARGUMENT;
    phash_digest *d = phash_alloc(allocator, 1, sizeof *d);
    if (d == NULL)
        return PHASH_E_NO_MEMORY;
    d->allocator = *allocator;
    d->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    d->hashing = EVP_MD_CTX_new();
    d->gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    d->sealing = EVP_CIPHER_CTX_new();
    if (d->sha256 == NULL || d->hashing == NULL || d->gcm == NULL || d->sealing == NULL) {
        phash_digest_free(&d);
        return PHASH_E_NO_MEMORY;
    }
    *out = d;
    return PHASH_OK;
}

void phash_digest_free(phash_digest **digest)
{
    if (digest == NULL || *digest == NULL)
        return;
    phash_digest *d = *digest;
    EVP_CIPHER_CTX_free(d->sealing);
    EVP_CIPHER_free(d->gcm);
    EVP_MD_CTX_free(d->hashing);
    EVP_MD_free(d->sha256);
    phash_allocator allocator = d->allocator;
    phash_release_secret(&allocator, d, sizeof *d);
    *digest = NULL;
}

static bool parts_ok(const phash_part *parts, size_t n)
{
    if (parts == NULL)
        return n == 0;
    for (size_t i = 0; i < n; i++)
        if (parts[i].data == NULL && parts[i].size != 0)
            return false;
    return true;
}

/* Add n parts to the hash in progress; false when OpenSSL failed. */
static bool update(phash_digest *digest, const phash_part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (parts[i].size != 0 && EVP_DigestUpdate(digest->hashing, parts[i].data, parts[i].size) != 1)
            return false;
    return true;
}

/* out = SHA-256(before || parts) */
static phash_status hash(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE], const phash_part *before,
                         const phash_part *parts, size_t n)
{
    uint8_t value[EVP_MAX_MD_SIZE];
    phash_status st = PHASH_E_NO_MEMORY;

    if (EVP_DigestInit_ex2(digest->hashing, digest->sha256, NULL) == 1 && update(digest, before, before != NULL) &&
        update(digest, parts, n) && EVP_DigestFinal_ex(digest->hashing, value, NULL) == 1) {
        memcpy(out, value, PHASH_SHA256_SIZE);
        st = PHASH_OK;
    }
    EVP_MD_CTX_reset(digest->hashing);
    phash_wipe(value, PHASH_SHA256_SIZE);
    return st;
}

phash_status phash_sha256(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE], const phash_part *parts, size_t n)
{
    if (digest == NULL || out == NULL || !parts_ok(parts, n))
        return PHASH_E_ARGUMENT;
    return hash(digest, out, NULL, parts, n);
}

/* HMAC = H((key xor opad) || H((key xor ipad) || text)), RFC 2104, section 2; keys longer than a block are hashed. */
phash_status phash_hmac(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE], const uint8_t *key, size_t key_size,
                        const phash_part *parts, size_t n)
{
    uint8_t pad[SHA256_BLOCK] = {0};
    uint8_t inner[PHASH_SHA256_SIZE];
    const phash_part whole_key = {key, key_size};
    const phash_part padded = {pad, sizeof pad};
    const phash_part rest = {inner, sizeof inner};
    phash_status st = PHASH_OK;

    if (digest == NULL || out == NULL || (key == NULL && key_size != 0) || !parts_ok(parts, n))
        return PHASH_E_ARGUMENT;
    if (key_size > sizeof pad)
        st = hash(digest, pad, NULL, &whole_key, 1);
    else if (key_size != 0)
        memcpy(pad, key, key_size);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36;
    if (st == PHASH_OK)
        st = hash(digest, inner, &padded, parts, n);
    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    if (st == PHASH_OK)
        st = hash(digest, out, &padded, &rest, 1);
    phash_wipe(pad, sizeof pad);
    phash_wipe(inner, sizeof inner);
    return st;
}

/* T(i) = HMAC(prk, T(i-1) || info || i) */
phash_status phash_hkdf_expand(phash_digest *digest, uint8_t *out, size_t size, const uint8_t prk[PHASH_SHA256_SIZE],
                               const phash_part *info, size_t n)
{
    uint8_t block[PHASH_SHA256_SIZE];
    uint8_t counter = 0;
    phash_part parts[10] = {{block, 0}};
    const size_t room = sizeof parts / sizeof *parts - 2;
    phash_status st = PHASH_OK;

    if (digest == NULL || out == NULL || prk == NULL || size > 255 * PHASH_SHA256_SIZE || n > room ||
        !parts_ok(info, n))
        return PHASH_E_ARGUMENT;
    for (size_t i = 0; i < n; i++)
        parts[1 + i] = info[i];
    parts[n + 1] = (phash_part){&counter, 1};
    for (size_t at = 0; st == PHASH_OK && at < size;) {
        counter++;
        st = phash_hmac(digest, block, prk, PHASH_SHA256_SIZE, parts, n + 2);
        size_t take = size - at < sizeof block ? size - at : sizeof block;
        if (st == PHASH_OK)
            memcpy(out + at, block, take);
        at += take;
        parts[0].size = sizeof block;
    }
    if (st != PHASH_OK)
        phash_wipe(out, size);
    phash_wipe(block, sizeof block);
    return st;
}

phash_status phash_aead_seal(phash_digest *digest, uint8_t *out, const uint8_t key[PHASH_AEAD_KEY_SIZE],
                             const uint8_t nonce[PHASH_AEAD_NONCE_SIZE], const uint8_t *aad, size_t aad_size,
                             const uint8_t *plain, size_t size)
{
    uint8_t none[1];
    int got = 0;
    phash_status st = PHASH_E_NO_MEMORY;

    if (digest == NULL || out == NULL || key == NULL || nonce == NULL || (aad == NULL && aad_size != 0) ||
        (plain == NULL && size != 0) || aad_size > INT_MAX || size > INT_MAX - PHASH_AEAD_TAG_SIZE)
        return PHASH_E_ARGUMENT;
    EVP_CIPHER_CTX *c = digest->sealing;
    if (EVP_EncryptInit_ex2(c, digest->gcm, key, nonce, NULL) == 1 &&
        (aad_size == 0 || EVP_EncryptUpdate(c, NULL, &got, aad, (int)aad_size) == 1) &&
        (size == 0 || EVP_EncryptUpdate(c, out, &got, plain, (int)size) == 1) &&
        EVP_EncryptFinal_ex(c, none, &got) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, PHASH_AEAD_TAG_SIZE, out + size) == 1)
        st = PHASH_OK;
    EVP_CIPHER_CTX_reset(c);
    if (st != PHASH_OK)
        phash_wipe(out, size + PHASH_AEAD_TAG_SIZE);
    return st;
}

phash_status phash_aead_open(phash_digest *digest, uint8_t *out, const uint8_t key[PHASH_AEAD_KEY_SIZE],
                             const uint8_t nonce[PHASH_AEAD_NONCE_SIZE], const uint8_t *aad, size_t aad_size,
                             const uint8_t *sealed, size_t size)
{
    uint8_t tag[PHASH_AEAD_TAG_SIZE];
    uint8_t none[1];
    int got = 0;
    phash_status st = PHASH_E_NO_MEMORY;

    if (digest == NULL || key == NULL || nonce == NULL || sealed == NULL || (aad == NULL && aad_size != 0) ||
        aad_size > INT_MAX || size > INT_MAX)
        return PHASH_E_ARGUMENT;
    if (size < PHASH_AEAD_TAG_SIZE)
        return PHASH_E_CHECKSUM; /* too short to hold a tag */
    size -= PHASH_AEAD_TAG_SIZE;
    if (out == NULL && size != 0)
        return PHASH_E_ARGUMENT;
    memcpy(tag, sealed + size, sizeof tag);
    ERR_set_mark(); /* a wrong tag is an ordinary answer: leave nothing in the caller's error queue */
    EVP_CIPHER_CTX *c = digest->sealing;
    if (EVP_DecryptInit_ex2(c, digest->gcm, key, nonce, NULL) == 1 &&
        (aad_size == 0 || EVP_DecryptUpdate(c, NULL, &got, aad, (int)aad_size) == 1) &&
        (size == 0 || EVP_DecryptUpdate(c, out, &got, sealed, (int)size) == 1) &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, PHASH_AEAD_TAG_SIZE, tag) == 1)
        st = EVP_DecryptFinal_ex(c, none, &got) == 1 ? PHASH_OK : PHASH_E_CHECKSUM;
    ERR_pop_to_mark();
    EVP_CIPHER_CTX_reset(c);
    if (st != PHASH_OK)
        phash_wipe(out, size);
    return st;
}
