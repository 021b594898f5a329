/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/set_head.h"

#include "util/bytes.h"
#include "util/diag.h"
#include "util/mem.h"

#include <inttypes.h>
#include <string.h>

static size_t size_of_head(size_t manifest_size, uint32_t signatures)
{
    size_t used = PHASH_SET_PREFIX_SIZE + manifest_size + 2 + (size_t)signatures * PHASH_SIGNATURE_ENTRY_SIZE;

    return (used + PHASH_SET_BLOCK - 1) / PHASH_SET_BLOCK * PHASH_SET_BLOCK;
}

/* One encoding for each set of signatures: two files of the same edition and signers are equal to the byte. */
static phash_status check_order(const phash_set_head *head, phash_diag *diag)
{
    for (uint32_t i = 1; i < head->signature_count; i++) {
        const uint8_t *at = head->signatures + (size_t)i * PHASH_SIGNATURE_ENTRY_SIZE;
        int order = memcmp(at - PHASH_SIGNATURE_ENTRY_SIZE, at, PHASH_SIGNER_KEY_SIZE);
        if (order >= 0)
            return phash_fail(diag, PHASH_E_ORDER, "signature %" PRIu32 " %s", i + 1,
                              order == 0 ? "is of the same signer as the one before" : "is out of order");
    }
    return PHASH_OK;
}

static phash_status check_limits(const phash_set_head *head, phash_diag *diag)
{
    if (head->manifest_size > PHASH_SET_MANIFEST_MAX)
        return phash_fail(diag, PHASH_E_LIMIT, "a manifest of %zu bytes; the limit is %u: name fewer lists",
                          head->manifest_size, PHASH_SET_MANIFEST_MAX);
    if (head->signature_count > PHASH_SIGNATURES_MAX)
        return phash_fail(diag, PHASH_E_LIMIT, "%" PRIu32 " signatures; the limit is %d", head->signature_count,
                          PHASH_SIGNATURES_MAX);
    return PHASH_OK;
}

static phash_status read_prefix(phash_set_head *head, phash_reader *r, phash_diag *diag)
{
    const uint8_t *magic = phash_read_bytes(r, 8);

    if (magic == NULL || memcmp(magic, PHASH_SET_MAGIC, 8) != 0)
        return phash_fail(diag, PHASH_E_MAGIC, "not a blinded set: the first 8 bytes are not its mark");
    uint32_t format = phash_read_u32le(r);
    if (!r->failed && format != PHASH_SET_FORMAT)
        return phash_fail(diag, PHASH_E_VERSION, "a blinded set of format %" PRIu32 "; this build reads format %u",
                          format, PHASH_SET_FORMAT);
    head->manifest_size = phash_read_u32le(r);
    phash_read_copy(r, head->digest, PHASH_DIGEST_SIZE);
    return r->failed ? phash_fail(diag, PHASH_E_TRUNCATED, "the file ends inside its head") : PHASH_OK;
}

static phash_status check_digest(const phash_set_head *head, phash_digest *digest, phash_diag *diag)
{
    uint8_t got[PHASH_SHA256_SIZE];
    phash_part part = {head->manifest, head->manifest_size};
    phash_status st = phash_sha256(digest, got, &part, 1);

    if (st == PHASH_OK && memcmp(got, head->digest, sizeof got) != 0)
        st = phash_fail(diag, PHASH_E_CHECKSUM, "the manifest does not agree with its digest: fetch the file again");
    return st;
}

static phash_status check_zeros(const phash_set_head *head, phash_reader *r, phash_diag *diag)
{
    size_t used = r->at;
    const uint8_t *fill = phash_read_bytes(r, head->size - used);

    if (fill == NULL)
        return phash_fail(diag, PHASH_E_TRUNCATED, "the file ends inside its head");
    for (size_t i = 0; i < head->size - used; i++)
        if (fill[i] != 0)
            return phash_fail(diag, PHASH_E_ORDER, "byte %zu between signatures and body is not zero", used + i);
    return PHASH_OK;
}

phash_status phash_set_head_read(phash_set_head *out, phash_digest *digest, phash_diag *diag, const uint8_t *bytes,
                                 size_t size)
{
    phash_reader r = phash_reader_init(bytes, size);
    phash_set_head head = {0};

    phash_status st = read_prefix(&head, &r, diag);
    if (st == PHASH_OK)
        st = check_limits(&head, diag);
    if (st != PHASH_OK)
        return st;
    head.manifest = phash_read_bytes(&r, head.manifest_size);
    if (head.manifest == NULL)
        return phash_fail(diag, PHASH_E_TRUNCATED, "the file ends inside its manifest");
    st = check_digest(&head, digest, diag);
    if (st != PHASH_OK)
        return st;
    head.signature_count = phash_read_u16le(&r);
    st = check_limits(&head, diag);
    if (st != PHASH_OK)
        return st;
    head.signatures = phash_read_bytes(&r, (size_t)head.signature_count * PHASH_SIGNATURE_ENTRY_SIZE);
    if (r.failed)
        return phash_fail(diag, PHASH_E_TRUNCATED, "the file ends inside its signatures");
    head.size = size_of_head(head.manifest_size, head.signature_count);
    st = check_order(&head, diag);
    if (st == PHASH_OK)
        st = check_zeros(&head, &r, diag);
    if (st == PHASH_OK)
        *out = head;
    return st;
}

phash_status phash_set_head_make(uint8_t **out, phash_set_head *head, phash_digest *digest, phash_diag *diag,
                                 const phash_allocator *allocator)
{
    uint8_t full[PHASH_SHA256_SIZE];
    phash_part part = {head->manifest, head->manifest_size};
    phash_status st = check_limits(head, diag);

    if (st == PHASH_OK)
        st = check_order(head, diag);
    if (st == PHASH_OK)
        st = phash_sha256(digest, full, &part, 1);
    if (st != PHASH_OK)
        return st;
    size_t size = size_of_head(head->manifest_size, head->signature_count);
    uint8_t *bytes = phash_alloc(allocator, size, 1);
    if (bytes == NULL)
        return PHASH_E_NO_MEMORY;
    phash_writer w = phash_writer_init(bytes, size);
    phash_write_bytes(&w, PHASH_SET_MAGIC, 8);
    phash_write_u32le(&w, PHASH_SET_FORMAT);
    phash_write_u32le(&w, (uint32_t)head->manifest_size);
    phash_write_bytes(&w, full, sizeof full);
    phash_write_bytes(&w, head->manifest, head->manifest_size);
    phash_write_u16le(&w, (uint16_t)head->signature_count);
    phash_write_bytes(&w, head->signatures, (size_t)head->signature_count * PHASH_SIGNATURE_ENTRY_SIZE);
    memcpy(head->digest, full, sizeof full);
    head->size = size;
    *out = bytes;
    return PHASH_OK;
}
