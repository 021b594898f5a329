/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/signature.h"

#include "util/diag.h"
#include "util/mem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

phash_status phash_ed25519_public(uint8_t public_key[PHASH_ED25519_PUBLIC_SIZE],
                                  const uint8_t seed[PHASH_ED25519_SEED_SIZE])
{
    size_t size = PHASH_ED25519_PUBLIC_SIZE;

    if (public_key == NULL || seed == NULL)
        return PHASH_E_ARGUMENT;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, PHASH_ED25519_SEED_SIZE);
    bool good = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &size) == 1 &&
                size == PHASH_ED25519_PUBLIC_SIZE;
    EVP_PKEY_free(key);
    return good ? PHASH_OK : PHASH_E_NO_MEMORY;
}

phash_status phash_ed25519_sign(uint8_t signature[PHASH_ED25519_SIGNATURE_SIZE],
                                const uint8_t seed[PHASH_ED25519_SEED_SIZE], const uint8_t *message, size_t size)
{
    uint8_t made[PHASH_ED25519_SIGNATURE_SIZE];
    size_t made_size = sizeof made;

    if (signature == NULL || seed == NULL || (message == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, PHASH_ED25519_SEED_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key != NULL && context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(context, made, &made_size, message, size) == 1 && made_size == sizeof made;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (!good)
        return PHASH_E_NO_MEMORY;
    memcpy(signature, made, sizeof made);
    return PHASH_OK;
}

phash_status phash_ed25519_verify(const uint8_t public_key[PHASH_ED25519_PUBLIC_SIZE],
                                  const uint8_t signature[PHASH_ED25519_SIGNATURE_SIZE], const uint8_t *message,
                                  size_t size)
{
    phash_status st = PHASH_E_NO_MEMORY;

    if (public_key == NULL || signature == NULL || (message == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    ERR_set_mark(); /* a wrong signature is an ordinary answer: leave nothing in the caller's error queue */
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, PHASH_ED25519_PUBLIC_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (key != NULL && context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1) {
        int answer = EVP_DigestVerify(context, signature, PHASH_ED25519_SIGNATURE_SIZE, message, size);
        st = answer == 1 ? PHASH_OK : PHASH_E_SIGNATURE;
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_pop_to_mark();
    return st;
}

/* Says no to every passphrase, and remembers that one was needed. */
static int refuse_passphrase(char *out, int size, int writing, void *user)
{
    bool *asked = user;

    (void)out;
    (void)size;
    (void)writing;
    *asked = true;
    return -1;
}

static size_t count_text(const uint8_t *bytes, size_t size, const char *word)
{
    size_t length = strlen(word);
    size_t n = 0;

    for (size_t i = 0; i + length <= size; i++)
        n += memcmp(bytes + i, word, length) == 0;
    return n;
}

/* What can be told without decoding: that there is one PEM block, of a kind whose name ends in `kind`. */
static phash_status check_blocks(phash_diag *diag, const uint8_t *pem, size_t size, const char *kind)
{
    size_t blocks = count_text(pem, size, "-----BEGIN ");

    if (size > INT_MAX || blocks == 0)
        return phash_fail(diag, PHASH_E_KEY, "not a PEM file: it has no line that begins with '-----BEGIN'");
    if (blocks > 1)
        return phash_fail(diag, PHASH_E_KEY, "%zu PEM blocks where there should be one key", blocks);
    if (count_text(pem, size, kind) != 0)
        return PHASH_OK;
    if (count_text(pem, size, "PRIVATE KEY-----") != 0)
        return phash_fail(diag, PHASH_E_KEY, "a secret key, and the public one is needed: openssl pkey -pubout makes "
                                             "it");
    if (count_text(pem, size, "PUBLIC KEY-----") != 0)
        return phash_fail(diag, PHASH_E_KEY, "a public key, and the secret one is needed to sign");
    return phash_fail(diag, PHASH_E_KEY, "a PEM file, but of no key");
}

static phash_status check_kind(phash_diag *diag, const EVP_PKEY *key)
{
    if (key == NULL)
        return phash_fail(diag, PHASH_E_KEY, "a damaged key, or of a kind that OpenSSL does not know");
    if (EVP_PKEY_is_a(key, "ED25519") != 1)
        return phash_fail(diag, PHASH_E_KEY, "a key of another kind than Ed25519: openssl genpkey -algorithm ed25519 "
                                             "makes one");
    return PHASH_OK;
}

phash_status phash_ed25519_read_secret(uint8_t seed[PHASH_ED25519_SEED_SIZE], phash_diag *diag, const uint8_t *pem,
                                       size_t size)
{
    size_t seed_size = PHASH_ED25519_SEED_SIZE;
    EVP_PKEY *key = NULL;
    bool asked = false;

    if (seed == NULL || (pem == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    phash_status st = check_blocks(diag, pem, size, "PRIVATE KEY-----");
    if (st != PHASH_OK)
        return st;
    BIO *bio = BIO_new_mem_buf(pem, (int)size);
    if (bio == NULL)
        return PHASH_E_NO_MEMORY;
    ERR_set_mark();
    key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &asked);
    ERR_pop_to_mark();
    if (asked)
        st = phash_fail(diag, PHASH_E_KEY, "the key is behind a passphrase: decrypt it, or sign the message "
                                           "elsewhere and add the signature");
    else
        st = check_kind(diag, key);
    if (st == PHASH_OK && EVP_PKEY_get_raw_private_key(key, seed, &seed_size) != 1)
        st = PHASH_E_NO_MEMORY;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return st;
}

phash_status phash_ed25519_read_public(uint8_t public_key[PHASH_ED25519_PUBLIC_SIZE], phash_diag *diag,
                                       const uint8_t *pem, size_t size)
{
    size_t key_size = PHASH_ED25519_PUBLIC_SIZE;

    if (public_key == NULL || (pem == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    phash_status st = check_blocks(diag, pem, size, "BEGIN PUBLIC KEY-----");
    if (st != PHASH_OK)
        return st;
    BIO *bio = BIO_new_mem_buf(pem, (int)size);
    if (bio == NULL)
        return PHASH_E_NO_MEMORY;
    ERR_set_mark();
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    ERR_pop_to_mark();
    st = check_kind(diag, key);
    if (st == PHASH_OK && EVP_PKEY_get_raw_public_key(key, public_key, &key_size) != 1)
        st = PHASH_E_NO_MEMORY;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return st;
}
