/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, verifying and looking up in hostile set files. The manifest's digest is mended first, else hardly any
 * mutation would get past it; a signer who lies can do the same. */
#include "hashset/set_file.h"

#include "support/guard.h"
#include "util/bytes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static phash_digest *digest;

static void mend_digest(uint8_t *bytes, size_t size)
{
    phash_reader r = phash_reader_init(bytes, size);

    (void)phash_read_bytes(&r, 12);
    uint32_t manifest_size = phash_read_u32le(&r);
    (void)phash_read_bytes(&r, PHASH_DIGEST_SIZE);
    const uint8_t *manifest = phash_read_bytes(&r, manifest_size);
    phash_part part = {manifest, manifest_size};
    if (manifest != NULL && phash_sha256(digest, bytes + 16, &part, 1) != PHASH_OK)
        abort();
}

static void use(const phash_set *set, const uint8_t *token)
{
    phash_set_info info;
    phash_opened_entry entry;
    const char *name;
    uint64_t entries;
    bool found = true;

    if (phash_set_get_info(set, &info) != PHASH_OK)
        abort();
    for (uint32_t i = 0; i < info.source_count; i++)
        if (phash_set_get_source(set, &name, &entries, i) != PHASH_OK || strlen(name) > PHASH_SOURCE_NAME_MAX)
            abort();
    for (uint32_t n = 0; found && n < 4; n++)
        if (phash_set_lookup(set, digest, NULL, NULL, &entry, &found, token, 0, 0, n) != PHASH_OK)
            break;
    (void)!phash_set_verify(set, NULL, NULL, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    phash_allocator a = phash_allocator_from(NULL);
    uint8_t token[PHASH_SHA256_SIZE] = {0};
    phash_set *set = NULL;
    phash_diag diag = {""};

    if (digest == NULL && phash_digest_new(&digest, &a) != PHASH_OK)
        abort();
    guard_buffer b = guard_new(size);
    if (size != 0)
        memcpy(b.data, data, size);
    mend_digest(b.data, size);
    if (size != 0)
        memcpy(token, data, size < sizeof token ? size : sizeof token);
    if (phash_set_open_memory(&set, &diag, b.data, size, NULL) == PHASH_OK)
        use(set, token);
    else if (set != NULL)
        abort();
    phash_set_free(&set);
    guard_free(&b);
    return 0;
}
