/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, verifying and looking up in hostile set files. Digests of manifest and body are mended first, else hardly
 * any mutation would get past them; a builder who lies can do the same. Tokens are those of the seeds' entries (see
 * seeds_private.c), so that mutated maps and records are reached, and noise. */
#include "hashset/key.h"
#include "hashset/set_file.h"

#include "support/guard.h"
#include "support/set_fixture.h"
#include "util/bytes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRIES 6
static phash_digest *digest;
static phash_hash hashes[ENTRIES];
static uint8_t tokens[PHASH_BANDS_MAX + 1][ENTRIES][PHASH_BANDS_MAX][PHASH_SHA256_SIZE]; /* by number of bands */

static void make_tokens(phash_voprf *v)
{
    test_rng rng = test_rng_init(3);
    phash_key *key = fixture_key(2);

    for (size_t i = 0; i < ENTRIES; i++)
        hashes[i] = fixture_hash(&rng);
    for (uint32_t m = PHASH_BANDS_MIN; m <= PHASH_BANDS_MAX; m++) {
        phash_band_layout layout;
        if (phash_band_layout_init(&layout, m) != PHASH_OK)
            abort();
        for (size_t i = 0; i < ENTRIES; i++)
            for (uint32_t j = 0; j < m; j++) {
                uint8_t input[PHASH_TOKEN_INPUT_SIZE];
                phash_band_input(input, &layout, j, phash_band_value(&layout, &hashes[i], j));
                if (phash_voprf_output(v, tokens[m][i][j], key->secret, input, sizeof input) != PHASH_OK)
                    abort();
            }
    }
    phash_key_free(&key);
}

static void set_up(void)
{
    static phash_voprf *v;
    phash_allocator a = phash_allocator_from(NULL);

    if (phash_voprf_new(&v, &a) != PHASH_OK)
        abort();
    digest = phash_voprf_digest(v);
    make_tokens(v);
}

/* The digest of the manifest, as it is now. */
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

static int swallow(void *user, const uint8_t *bytes, size_t size)
{
    size_t *total = user;

    *total += size + (bytes[0] & bytes[size - 1] & 0u); /* reads both ends */
    return 0;
}

/* Signatures that were never checked when the set was opened. */
static void use_signatures(const phash_set *set, const phash_set_info *info)
{
    static uint8_t keys[2 * PHASH_SIGNER_KEY_SIZE] = {1};
    uint8_t signature[PHASH_SIGNATURE_SIZE] = {0};
    phash_trust trust = {.struct_size = sizeof trust, .signers = keys, .signer_count = 2, .quorum = 1, .now = 1};
    phash_trust_report report;
    phash_diag diag = {""};
    size_t total = 0;

    for (uint32_t i = 0; i < info->signature_count; i++) {
        if (phash_set_get_signer(set, keys + PHASH_SIGNER_KEY_SIZE, i) != PHASH_OK)
            abort();
        (void)!phash_set_check_signature(set, NULL, i);
    }
    if (phash_set_check_trust(&report, &diag, set, &trust) == PHASH_OK && report.verified == 0)
        abort();
    if (phash_set_write_signed(set, NULL, keys, signature, swallow, &total, NULL) == PHASH_OK || total != 0)
        abort(); /* no such signature exists */
}

/* The tree of a set that opens, and its root in the manifest, so that no block is refused. */
static void mend_tree(uint8_t *bytes, const phash_set *set)
{
    phash_manifest m = set->manifest;
    uint8_t *body = bytes + set->head.size;
    const phash_tree_shape *t = &set->tree;
    uint8_t *upper = body + t->blocks[0] * PHASH_SET_BLOCK;
    phash_writer w = phash_writer_init(bytes + PHASH_SET_PREFIX_SIZE, set->head.manifest_size);

    memset(upper, 0, (size_t)(t->total - t->blocks[0]) * PHASH_SET_BLOCK);
    for (uint64_t i = 0; i < t->blocks[0]; i++)
        if (phash_tree_digest(digest, phash_tree_leaf(t, upper, i), 0, i, body + i * PHASH_SET_BLOCK) != PHASH_OK)
            abort();
    if (phash_tree_build(digest, t, m.root, upper) != PHASH_OK)
        abort();
    phash_manifest_write(&w, &m, set->sources); /* one encoding: the same bytes but for the root */
    if (w.failed || w.at != set->head.manifest_size)
        abort();
}

static void look_up(const phash_set *set, phash_tree_cache *cache, const uint8_t *token, uint32_t band, uint64_t value)
{
    phash_opened_entry e;
    bool found = true;

    for (uint32_t n = 0; found && n < 4; n++) {
        memset(&e, 0, sizeof e);
        if (phash_set_lookup(set, digest, cache, NULL, &e, &found, token, band, value, n) != PHASH_OK)
            return;
        if (found && (e.radius > PHASH_RADIUS_MAX || e.source >= set->manifest.source_count ||
                      e.label_size > PHASH_LABEL_MAX || e.label[e.label_size] != '\0' ||
                      phash_band_value(&set->layout, &e.hash, band) != value))
            abort();
    }
}

static void use(const phash_set *set, const uint8_t *noise)
{
    phash_set_info info;
    phash_tree_cache cache = {{0}};
    const char *name;
    uint64_t entries;
    uint32_t radius;

    if (phash_set_get_info(set, &info) != PHASH_OK || strlen(info.rules) > PHASH_SET_RULES_MAX)
        abort();
    for (uint32_t i = 0; i < info.source_count; i++)
        if (phash_set_get_source(set, &name, &entries, i) != PHASH_OK || strlen(name) > PHASH_SOURCE_NAME_MAX ||
            phash_set_get_source_radius(set, &radius, i) != PHASH_OK || radius > PHASH_RADIUS_MAX)
            abort();
    for (size_t i = 0; i < ENTRIES; i++)
        for (uint32_t j = 0; j < info.bands; j++)
            look_up(set, i % 2 == 0 ? &cache : NULL, tokens[info.bands][i][j], j,
                    phash_band_value(&set->layout, &hashes[i], j));
    for (uint32_t j = 0; j < info.bands; j++)
        look_up(set, &cache, noise, j, 0);
    use_signatures(set, &info);
    (void)!phash_set_verify(set, NULL, NULL, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t noise[PHASH_SHA256_SIZE] = {0};
    phash_set *set = NULL;
    phash_diag diag = {""};

    if (digest == NULL)
        set_up();
    guard_buffer b = guard_new(size);
    if (size != 0)
        memcpy(b.data, data, size);
    mend_digest(b.data, size);
    if (size != 0)
        memcpy(noise, data, size < sizeof noise ? size : sizeof noise);
    if (phash_set_open_memory(&set, &diag, b.data, size, NULL) == PHASH_OK) {
        use(set, noise); /* with the damage in it */
        mend_tree(b.data, set);
        phash_set_free(&set);
        mend_digest(b.data, size);
        if (phash_set_open_memory(&set, &diag, b.data, size, NULL) != PHASH_OK ||
            phash_set_verify(set, NULL, NULL, NULL, NULL) != PHASH_OK)
            abort();
        use(set, noise);
    } else if (set != NULL) {
        abort();
    }
    phash_set_free(&set);
    guard_free(&b);
    return 0;
}
