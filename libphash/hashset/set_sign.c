/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of a set: making them, putting them into the file, verifying one by one. */
#include "hashset/set_file.h"
#include "oprf/signature.h"
#include "util/bytes.h"
#include "util/diag.h"

#include <string.h>

#define WRITE_PIECE (1u << 16)

struct phash_signer {
    phash_allocator allocator;
    uint8_t seed[PHASH_ED25519_SEED_SIZE];
    uint8_t public_key[PHASH_SIGNER_KEY_SIZE];
};

phash_status phash_signer_read(phash_signer **out, phash_diag *diag, const uint8_t *pem, size_t size,
                               const phash_options *options)
{
    if (out == NULL || (pem == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    phash_allocator a = phash_allocator_from(options);
    phash_signer *signer = phash_alloc(&a, 1, sizeof *signer);
    if (signer == NULL)
        return PHASH_E_NO_MEMORY;
    signer->allocator = a;
    phash_status st = phash_ed25519_read_secret(signer->seed, diag, pem, size);
    if (st == PHASH_OK)
        st = phash_ed25519_public(signer->public_key, signer->seed);
    if (st == PHASH_OK)
        *out = signer;
    else
        phash_signer_free(&signer);
    return st;
}

void phash_signer_public(const phash_signer *signer, uint8_t public_key[PHASH_SIGNER_KEY_SIZE])
{
    memcpy(public_key, signer->public_key, PHASH_SIGNER_KEY_SIZE);
}

void phash_signer_free(phash_signer **signer)
{
    if (signer == NULL || *signer == NULL)
        return;
    phash_allocator a = (*signer)->allocator;
    phash_release_secret(&a, *signer, sizeof **signer);
    *signer = NULL;
}

phash_status phash_signer_read_public(uint8_t public_key[PHASH_SIGNER_KEY_SIZE], phash_diag *diag, const uint8_t *pem,
                                      size_t size)
{
    return phash_ed25519_read_public(public_key, diag, pem, size);
}

/* The domain string and the zero byte behind it keep these signatures apart from all others made with the same key. */
phash_status phash_set_get_message(const phash_set *set, uint8_t message[PHASH_SIGNED_MESSAGE_SIZE])
{
    static const char domain[] = "libphash set manifest signature";

    if (set == NULL || message == NULL)
        return PHASH_E_ARGUMENT;
    phash_writer w = phash_writer_init(message, PHASH_SIGNED_MESSAGE_SIZE);
    phash_write_bytes(&w, domain, sizeof domain); /* with its final zero */
    phash_write_u32le(&w, PHASH_SET_FORMAT);
    phash_write_bytes(&w, set->head.digest, PHASH_DIGEST_SIZE);
    return w.failed || w.at != PHASH_SIGNED_MESSAGE_SIZE ? PHASH_E_INTERNAL : PHASH_OK;
}

phash_status phash_set_sign(const phash_set *set, uint8_t signature[PHASH_SIGNATURE_SIZE], const phash_signer *signer)
{
    uint8_t message[PHASH_SIGNED_MESSAGE_SIZE];

    if (signature == NULL || signer == NULL)
        return PHASH_E_ARGUMENT;
    phash_status st = phash_set_get_message(set, message);
    if (st == PHASH_OK)
        st = phash_ed25519_sign(signature, signer->seed, message, sizeof message);
    return st;
}

static phash_status check_one(const phash_set *set, phash_diag *diag, const uint8_t *public_key,
                              const uint8_t *signature)
{
    uint8_t message[PHASH_SIGNED_MESSAGE_SIZE];
    phash_status st = phash_set_get_message(set, message);

    if (st == PHASH_OK)
        st = phash_ed25519_verify(public_key, signature, message, sizeof message);
    if (st == PHASH_E_SIGNATURE)
        st = phash_fail(diag, st, "the signature of %02x%02x%02x%02x... does not verify: it is damaged or forged, or "
                        "was made for another edition", public_key[0], public_key[1], public_key[2], public_key[3]);
    return st;
}

static const uint8_t *signature_entry(const phash_set *set, uint32_t i)
{
    return set->head.signatures + (size_t)i * PHASH_SIGNATURE_ENTRY_SIZE;
}

phash_status phash_set_get_signer(const phash_set *set, uint8_t public_key[PHASH_SIGNER_KEY_SIZE], uint32_t i)
{
    if (set == NULL || public_key == NULL || i >= set->head.signature_count)
        return PHASH_E_ARGUMENT;
    memcpy(public_key, signature_entry(set, i), PHASH_SIGNER_KEY_SIZE);
    return PHASH_OK;
}

phash_status phash_set_check_signature(const phash_set *set, phash_diag *diag, uint32_t i)
{
    if (set == NULL || i >= set->head.signature_count)
        return PHASH_E_ARGUMENT;
    const uint8_t *entry = signature_entry(set, i);
    return check_one(set, diag, entry, entry + PHASH_SIGNER_KEY_SIZE);
}

/* The entries of the set with a new one in its place; out has room for one more. Gives their number. */
static uint32_t merge(uint8_t *out, const phash_set *set, const uint8_t *public_key, const uint8_t *signature)
{
    phash_writer w = phash_writer_init(out, (set->head.signature_count + 1) * (size_t)PHASH_SIGNATURE_ENTRY_SIZE);
    uint32_t i = 0;

    for (; i < set->head.signature_count; i++) {
        if (memcmp(signature_entry(set, i), public_key, PHASH_SIGNER_KEY_SIZE) >= 0)
            break;
        phash_write_bytes(&w, signature_entry(set, i), PHASH_SIGNATURE_ENTRY_SIZE);
    }
    phash_write_bytes(&w, public_key, PHASH_SIGNER_KEY_SIZE);
    phash_write_bytes(&w, signature, PHASH_SIGNATURE_SIZE);
    if (i < set->head.signature_count && memcmp(signature_entry(set, i), public_key, PHASH_SIGNER_KEY_SIZE) == 0)
        i++; /* the signer's earlier signature is replaced */
    for (; i < set->head.signature_count; i++)
        phash_write_bytes(&w, signature_entry(set, i), PHASH_SIGNATURE_ENTRY_SIZE);
    return (uint32_t)(w.at / PHASH_SIGNATURE_ENTRY_SIZE);
}

static phash_status write_copy(const phash_set *set, phash_diag *diag, const uint8_t *head, size_t head_size,
                               phash_write_fn write, void *user)
{
    uint64_t left = set->tree.total * PHASH_SET_BLOCK;
    const uint8_t *at = set->body;
    bool good = write(user, head, head_size) == 0;

    while (good && left != 0) {
        size_t piece = left < WRITE_PIECE ? (size_t)left : WRITE_PIECE;
        good = write(user, at, piece) == 0;
        at += piece;
        left -= piece;
    }
    return good ? PHASH_OK : phash_fail(diag, PHASH_E_IO, "writing the set failed");
}

phash_status phash_set_write_signed(const phash_set *set, phash_diag *diag,
                                    const uint8_t public_key[PHASH_SIGNER_KEY_SIZE],
                                    const uint8_t signature[PHASH_SIGNATURE_SIZE], phash_write_fn write,
                                    void *write_user, const phash_options *options)
{
    phash_digest *digest = NULL;
    uint8_t *bytes = NULL;

    if (set == NULL || public_key == NULL || signature == NULL || write == NULL)
        return PHASH_E_ARGUMENT;
    phash_allocator a = phash_allocator_from(options);
    phash_set_head head = set->head;
    uint8_t *merged = phash_alloc(&a, head.signature_count + (size_t)1, PHASH_SIGNATURE_ENTRY_SIZE);
    phash_status st = merged != NULL ? PHASH_OK : PHASH_E_NO_MEMORY;
    if (st == PHASH_OK)
        st = check_one(set, diag, public_key, signature);
    if (st == PHASH_OK)
        st = phash_digest_new(&digest, &a);
    if (st == PHASH_OK) {
        head.signature_count = merge(merged, set, public_key, signature);
        head.signatures = merged;
        st = phash_set_head_make(&bytes, &head, digest, diag, &a);
    }
    if (st == PHASH_OK)
        st = write_copy(set, diag, bytes, head.size, write, write_user);
    phash_release(&a, bytes);
    phash_release(&a, merged);
    phash_digest_free(&digest);
    return st;
}
