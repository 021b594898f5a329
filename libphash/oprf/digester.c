/* SPDX-License-Identifier: Apache-2.0 */
/* MD5, SHA-1 and SHA-256 side by side over pieces of a file. */
#include "util/mem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <phash/digests.h>
#include <string.h>

#define KINDS 3
#define PIECE ((size_t)16 << 10) /* fed to each algorithm in turn, so that the bytes stay in the first cache */

typedef struct algorithm {
    uint32_t bit;
    unsigned size;
    size_t at; /* in phash_digests */
    const char *name;
} algorithm;

static const algorithm algorithms_known[KINDS] = {
    {PHASH_DIGEST_MD5, PHASH_DIGEST_MD5_SIZE, offsetof(phash_digests, md5), "MD5"},
    {PHASH_DIGEST_SHA1, PHASH_DIGEST_SHA1_SIZE, offsetof(phash_digests, sha1), "SHA1"},
    {PHASH_DIGEST_SHA256, PHASH_DIGEST_SHA256_SIZE, offsetof(phash_digests, sha256), "SHA2-256"},
};

struct phash_digester {
    phash_allocator allocator;
    uint32_t algorithms;
    bool failed;
    EVP_MD *kinds[KINDS]; /* fetched once: doing it for every file costs more than hashing a small one */
    EVP_MD_CTX *contexts[KINDS];
};

static bool is_wanted(const phash_digester *d, size_t i)
{
    return (d->algorithms & algorithms_known[i].bit) != 0;
}

static phash_status fetch(phash_digester *d)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (!is_wanted(d, i))
            continue;
        ERR_set_mark(); /* leave nothing in the caller's error queue */
        d->kinds[i] = EVP_MD_fetch(NULL, algorithms_known[i].name, NULL);
        ERR_pop_to_mark();
        if (d->kinds[i] == NULL || (unsigned)EVP_MD_get_size(d->kinds[i]) != algorithms_known[i].size)
            return PHASH_E_UNSUPPORTED;
        d->contexts[i] = EVP_MD_CTX_new();
        if (d->contexts[i] == NULL)
            return PHASH_E_NO_MEMORY;
    }
    return phash_digester_begin(d);
}

phash_status phash_digester_new(phash_digester **out, uint32_t algorithms, const phash_options *options)
{
    const uint32_t all = PHASH_DIGEST_MD5 | PHASH_DIGEST_SHA1 | PHASH_DIGEST_SHA256;

    if (out == NULL || algorithms == 0 || (algorithms & ~all) != 0)
        return PHASH_E_ARGUMENT;
    const phash_allocator allocator = phash_allocator_from(options);
    phash_digester *d = phash_alloc(&allocator, 1, sizeof *d);
    if (d == NULL)
        return PHASH_E_NO_MEMORY;
    d->allocator = allocator;
    d->algorithms = algorithms;
    const phash_status st = fetch(d);
    if (st == PHASH_OK)
        *out = d;
    else
        phash_digester_free(&d);
    return st;
}

void phash_digester_free(phash_digester **digester)
{
    if (digester == NULL || *digester == NULL)
        return;
    phash_digester *d = *digester;
    for (size_t i = 0; i < KINDS; i++) {
        EVP_MD_CTX_free(d->contexts[i]); /* which wipes what it holds */
        EVP_MD_free(d->kinds[i]);
    }
    const phash_allocator allocator = d->allocator;
    phash_release(&allocator, d);
    *digester = NULL;
}

phash_status phash_digester_begin(phash_digester *digester)
{
    if (digester == NULL)
        return PHASH_E_ARGUMENT;
    digester->failed = false;
    for (size_t i = 0; i < KINDS; i++)
        if (is_wanted(digester, i) && EVP_DigestInit_ex2(digester->contexts[i], digester->kinds[i], NULL) != 1)
            digester->failed = true;
    return digester->failed ? PHASH_E_NO_MEMORY : PHASH_OK;
}

phash_status phash_digester_add(phash_digester *digester, const uint8_t *bytes, size_t size)
{
    if (digester == NULL || (bytes == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    if (digester->failed)
        return PHASH_E_STATE;
    for (size_t at = 0; at < size; at += PIECE) {
        const size_t n = size - at < PIECE ? size - at : PIECE;
        for (size_t i = 0; i < KINDS; i++)
            if (is_wanted(digester, i) && EVP_DigestUpdate(digester->contexts[i], bytes + at, n) != 1)
                digester->failed = true;
    }
    return digester->failed ? PHASH_E_NO_MEMORY : PHASH_OK;
}

phash_status phash_digester_finish(phash_digester *digester, phash_digests *out)
{
    phash_digests got = {0};
    uint8_t value[EVP_MAX_MD_SIZE];

    if (digester == NULL || out == NULL)
        return PHASH_E_ARGUMENT;
    if (digester->failed)
        return PHASH_E_STATE;
    for (size_t i = 0; i < KINDS; i++) {
        if (!is_wanted(digester, i))
            continue;
        if (EVP_DigestFinal_ex(digester->contexts[i], value, NULL) != 1) {
            digester->failed = true;
            return PHASH_E_NO_MEMORY;
        }
        memcpy((uint8_t *)&got + algorithms_known[i].at, value, algorithms_known[i].size);
    }
    got.known = digester->algorithms;
    const phash_status st = phash_digester_begin(digester);
    if (st == PHASH_OK)
        *out = got;
    return st;
}
