/* SPDX-License-Identifier: Apache-2.0 */
/* Sets in which hundreds of entries share a token; what stands in the file; sets made to mislead. */
#include "hashset/key.h"
#include "hashset/set_builder.h"
#include "hashset/set_file.h"
#include "hashset/set_record.h"

#include "support/set_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_set_chains(void);

static phash_key *key;
static phash_voprf *voprf;
static set_bytes bytes;

static void set_up(void)
{
    phash_allocator a = phash_allocator_from(NULL);

    key = fixture_key(9);
    ck_assert_int_eq(phash_voprf_new(&voprf, &a), PHASH_OK);
}

static void tear_down(void)
{
    set_bytes_free(&bytes);
    phash_voprf_free(&voprf);
    phash_key_free(&key);
}

static phash_set *open_set(void)
{
    phash_set *set = NULL;
    phash_diag diag = {""};

    ck_assert_msg(phash_set_open_memory(&set, &diag, bytes.data, bytes.size, NULL) == PHASH_OK, "%s", diag.text);
    return set;
}

static void token_of(uint8_t token[PHASH_VOPRF_OUTPUT_SIZE], const phash_set *set, uint32_t band, uint64_t value)
{
    uint8_t input[PHASH_TOKEN_INPUT_SIZE];

    phash_band_input(input, &set->layout, band, value);
    ck_assert_int_eq(phash_voprf_output(voprf, token, key->secret, input, sizeof input), PHASH_OK);
}

/* Set hash bits so that band j has this value. */
static void set_band(phash_hash *h, const phash_band_layout *layout, uint32_t j, uint64_t value)
{
    for (uint32_t p = layout->start[j]; p < layout->start[j + 1]; p++) {
        uint32_t k = layout->bit[p];
        uint8_t bit = (uint8_t)(1u << k % 8);
        uint8_t *byte = &h->bytes[PHASH_HASH_SIZE - 1 - k / 8];
        *byte = (value >> (p - layout->start[j]) & 1) != 0 ? (uint8_t)(*byte | bit) : (uint8_t)(*byte & ~bit);
    }
}

/* Entries that a token opens, in order; each must have the value. */
static uint32_t count_chain(const phash_set *set, uint32_t band, uint64_t value, uint8_t *seen, size_t n)
{
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];
    phash_opened_entry e;
    phash_tree_cache cache = {{0}};
    bool found = true;
    uint32_t k = 0;

    token_of(token, set, band, value);
    for (;; k++) {
        ck_assert_int_eq(phash_set_lookup(set, phash_voprf_digest(voprf), &cache, NULL, &e, &found, token, band, value,
                                          k), PHASH_OK);
        if (!found)
            return k;
        ck_assert_uint_eq(phash_band_value(&set->layout, &e.hash, band), value);
        unsigned long i = strtoul(e.label + strlen("photo-"), NULL, 10);
        ck_assert(i < n && !seen[i]);
        seen[i] = 1;
    }
}

START_TEST(hundreds_with_one_band_value)
{
    enum { N = 700, CHAIN = 600 };
    static phash_hash hashes[N];
    phash_band_layout layout;
    test_rng rng = test_rng_init(61);

    ck_assert_int_eq(phash_band_layout_init(&layout, 7), PHASH_OK);
    for (size_t i = 0; i < N; i++) {
        hashes[i] = fixture_hash(&rng);
        if (i < CHAIN)
            set_band(&hashes[i], &layout, 0, 5); /* more than two chunks of the builder */
        if (i < CHAIN / 2)
            set_band(&hashes[i], &layout, 3, UINT64_C(0xfffffffff));
    }
    for (size_t i = 0; i < 40; i++)
        hashes[i] = hashes[0]; /* and equal hashes under labels of their own */
    phash_list *list = fixture_list(hashes, N);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 7, 0), PHASH_OK);
    phash_set *set = open_set();
    static uint8_t seen[N];
    ck_assert_uint_eq(count_chain(set, 0, 5, seen, N), CHAIN);
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(seen[i], i < CHAIN);
    memset(seen, 0, sizeof seen);
    ck_assert_uint_eq(count_chain(set, 3, UINT64_C(0xfffffffff), seen, N), CHAIN / 2);
    memset(seen, 0, sizeof seen);
    ck_assert_uint_eq(count_chain(set, 5, phash_band_value(&layout, &hashes[0], 5), seen, N), 40);
    memset(seen, 0, sizeof seen);
    ck_assert_uint_eq(count_chain(set, 0, 6, seen, N), 0);
    for (size_t i = CHAIN; i < N; i++)
        for (uint32_t j = 0; j < 7; j++) {
            memset(seen, 0, sizeof seen);
            ck_assert_uint_eq(count_chain(set, j, phash_band_value(&layout, &hashes[i], j), seen, N), 1);
            ck_assert_uint_eq(seen[i], 1);
        }
    phash_set_free(&set);
    phash_list_free(&list);
}
END_TEST

static double chi_square(const uint32_t count[256], double n)
{
    double chi2 = 0;

    for (int i = 0; i < 256; i++)
        chi2 += ((double)count[i] - n / 256) * ((double)count[i] - n / 256) / (n / 256);
    return chi2;
}

/* Bytes size apart from each other, over a section: every place of a cell or unit by itself, and all together. */
static void check_random(const char *what, const uint8_t *section, size_t size, size_t stride)
{
    uint32_t all[256] = {0};

    for (size_t place = 0; place < stride; place++) {
        uint32_t count[256] = {0};
        for (size_t at = place; at < size; at += stride)
            count[section[at]]++;
        for (int i = 0; i < 256; i++)
            all[i] += count[i];
        /* 255 degrees of freedom, so a deviation of 22.6: seven of them are never seen by chance */
        double chi2 = chi_square(count, (double)((size - place + stride - 1) / stride));
        ck_assert_msg(chi2 > 100 && chi2 < 413, "%s, place %zu of %zu: chi-square %g", what, place, stride, chi2);
    }
    double chi2 = chi_square(all, (double)size);
    ck_assert_msg(chi2 > 100 && chi2 < 413, "%s: chi-square %g", what, chi2);
}

START_TEST(the_file_looks_random)
{
    enum { N = 2500 };
    static phash_hash hashes[N];
    test_rng rng = test_rng_init(62);
    phash_band_layout layout;

    ck_assert_int_eq(phash_band_layout_init(&layout, 6), PHASH_OK);
    for (size_t i = 0; i < N; i++) {
        hashes[i] = fixture_hash(&rng);
        memset(hashes[i].bytes, 0, 8); /* lists have more in common than random ones */
        if (i % 2 == 0)
            set_band(&hashes[i], &layout, 1, 77);
    }
    phash_list *list = fixture_list(hashes, N);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 6, 0), PHASH_OK);
    phash_set *set = open_set();
    const phash_set_sections *s = &set->sections;
    for (uint32_t j = 0; j < 6; j++) {
        size_t end = j < 5 ? s->map[j + 1] : s->records;
        check_random("a map", set->body + s->map[j] * 4096, (end - s->map[j]) * 4096,
                     phash_map_value_size(&set->manifest, j));
    }
    check_random("the records", set->body + s->records * 4096, (s->blocks - s->records) * 4096, 8);
    for (size_t at = 8; at + 8 < s->blocks * 4096; at += 8)
        ck_assert_mem_ne(set->body + at, set->body + at - 8, 8);
    phash_set_free(&set);
    phash_list_free(&list);
}
END_TEST

/* Whoever has a token of another band or place in a chain sees nothing of a value: what four cells join to is random
 * without the pad, though offsets have many bits in common. */
START_TEST(pads_hide_the_values)
{
    enum { N = 1500 };
    static phash_hash hashes[N];
    test_rng rng = test_rng_init(63);
    uint32_t first[256] = {0}, last[256] = {0};

    for (size_t i = 0; i < N; i++)
        hashes[i] = fixture_hash(&rng);
    phash_list *list = fixture_list(hashes, N);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 6, 0), PHASH_OK);
    phash_set *set = open_set();
    for (size_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < 2; j++) {
            uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];
            uint8_t slot[PHASH_SLOT_MAX];
            uint64_t cells[PHASH_MAP_ARITY];
            uint8_t joined[PHASH_SLOT_PAD_MAX] = {0};
            const uint32_t size = phash_map_value_size(&set->manifest, j);
            token_of(token, set, j, phash_band_value(&set->layout, &hashes[i], j));
            ck_assert_int_eq(phash_slot_derive(phash_voprf_digest(voprf), slot, size, token, set->manifest.salt, j, 0),
                             PHASH_OK);
            phash_map_cells_of(cells, &set->manifest.shape, set->manifest.seed[j], slot);
            for (size_t c = 0; c < PHASH_MAP_ARITY; c++)
                for (uint32_t b = 0; b < size; b++)
                    joined[b] ^= set->body[set->sections.map[j] * 4096 + cells[c] * size + b];
            first[joined[0]]++;
            last[joined[2]]++; /* of an offset below 2^16: zero without a pad */
        }
    double a = chi_square(first, 2 * N);
    double b = chi_square(last, 2 * N);
    ck_assert_msg(a < 413 && b < 413, "chi-square %g, %g", a, b);
    phash_set_free(&set);
    phash_list_free(&list);
}
END_TEST

/* Digests of a body that was changed, as a faulty or hostile builder computes them; the set is then opened. */
static phash_set *mend(const phash_set *as)
{
    phash_manifest m = as->manifest;
    uint64_t start = as->head.size;
    size_t manifest_size = as->head.manifest_size;
    uint8_t *upper = bytes.data + start + as->tree.blocks[0] * 4096;
    phash_digest *d = phash_voprf_digest(voprf);

    memset(upper, 0, (as->tree.total - as->tree.blocks[0]) * 4096);
    for (uint64_t i = 0; i < as->tree.blocks[0]; i++)
        ck_assert_int_eq(phash_tree_digest(d, phash_tree_leaf(&as->tree, upper, i), 0, i,
                                           bytes.data + start + i * 4096), PHASH_OK);
    ck_assert_int_eq(phash_tree_build(d, &as->tree, m.root, upper), PHASH_OK);
    phash_writer w = phash_writer_init(bytes.data + PHASH_SET_PREFIX_SIZE, manifest_size);
    phash_manifest_write(&w, &m, as->sources);
    ck_assert(!w.failed && w.at == manifest_size);
    phash_part part = {bytes.data + PHASH_SET_PREFIX_SIZE, manifest_size};
    ck_assert_int_eq(phash_sha256(d, bytes.data + 16, &part, 1), PHASH_OK);
    phash_set *set = open_set();
    ck_assert_int_eq(phash_set_verify(set, NULL, NULL, NULL, NULL), PHASH_OK);
    return set;
}

START_TEST(entries_of_another_value_do_not_count)
{
    enum { N = 3 };
    phash_hash hashes[N];
    test_rng rng = test_rng_init(64);
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];
    uint8_t entry_key[PHASH_AEAD_KEY_SIZE];
    phash_opened_entry e;
    bool found = false;

    for (size_t i = 0; i < N; i++)
        hashes[i] = fixture_hash(&rng);
    phash_list *list = fixture_list(hashes, N);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 6, 0), PHASH_OK);
    phash_set *set = open_set();
    phash_digest *d = phash_voprf_digest(voprf);
    const uint64_t value = phash_band_value(&set->layout, &hashes[1], 0);
    token_of(token, set, 0, value);
    ck_assert_int_eq(phash_set_lookup(set, d, NULL, NULL, &e, &found, token, 0, value, 0), PHASH_OK);
    ck_assert(found);
    /* the caller names another value, or a band there is not */
    ck_assert_int_eq(phash_set_lookup(set, d, NULL, NULL, &e, &found, token, 0, value ^ 1, 0), PHASH_OK);
    ck_assert(!found);
    ck_assert_int_eq(phash_set_lookup(set, d, NULL, NULL, &e, &found, token, 6, value, 0), PHASH_E_ARGUMENT);
    /* the record holds another hash, or a source that is not there, under the right key: digests and tag agree */
    ck_assert_int_eq(phash_entry_key_derive(d, entry_key, token, set->manifest.salt, 0), PHASH_OK);
    uint8_t *record = bytes.data + set->head.size + set->sections.records * 4096 + (size_t)e.entry * 8;
    phash_record changed = {fixture_hash(&rng), 0, e.label_size, e.label};
    ck_assert_int_eq(phash_record_seal(d, record, &changed, entry_key, set->manifest.salt, e.entry), PHASH_OK);
    phash_set *other = mend(set);
    ck_assert_int_eq(phash_set_lookup(other, d, NULL, NULL, &e, &found, token, 0, value, 0), PHASH_OK);
    ck_assert(!found);
    phash_set_free(&other);
    changed = (phash_record){hashes[1], 1, e.label_size, e.label};
    ck_assert_int_eq(phash_record_seal(d, record, &changed, entry_key, set->manifest.salt, e.entry), PHASH_OK);
    other = mend(set);
    ck_assert_int_eq(phash_set_lookup(other, d, NULL, NULL, &e, &found, token, 0, value, 0), PHASH_E_RECORD);
    ck_assert(!found);
    phash_set_free(&other);
    phash_set_free(&set);
    phash_list_free(&list);
}
END_TEST

/* A record that says it is longer than what is left of the section: nobody reads on past the end. */
START_TEST(records_end_with_their_section)
{
    enum { N = 73 }; /* of 56 bytes each: the section is one block, nearly full */
    static phash_hash hashes[N];
    test_rng rng = test_rng_init(66);
    phash_opened_entry e = {.entry = 0};
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];
    uint8_t text[PHASH_RECORD_MIN] = {0};
    uint8_t sealed[PHASH_RECORD_MIN + PHASH_AEAD_TAG_SIZE];
    uint8_t entry_key[PHASH_AEAD_KEY_SIZE];
    uint64_t value = 0;
    bool found = false;

    for (size_t i = 0; i < N; i++)
        hashes[i] = fixture_hash(&rng);
    phash_list *list = fixture_list(hashes, N);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 6, 0), PHASH_OK);
    phash_set *set = open_set();
    phash_digest *d = phash_voprf_digest(voprf);
    ck_assert_uint_eq(set->manifest.record_units, 7 * N);
    for (size_t i = 0; i < N && e.entry != 7 * (N - 1); i++) {
        value = phash_band_value(&set->layout, &hashes[i], 0);
        token_of(token, set, 0, value);
        ck_assert_int_eq(phash_set_lookup(set, d, NULL, NULL, &e, &found, token, 0, value, 0), PHASH_OK);
        ck_assert(found);
    }
    ck_assert_uint_eq(e.entry, 7 * (N - 1)); /* the last of them */
    text[PHASH_HASH_SIZE + 1] = 0xe8; /* a label of 1000 bytes */
    text[PHASH_HASH_SIZE + 2] = 0x07;
    uint8_t nonce[PHASH_AEAD_NONCE_SIZE] = {(uint8_t)e.entry, (uint8_t)(e.entry >> 8)};
    memcpy(nonce + 4, set->manifest.salt, 8);
    ck_assert_int_eq(phash_entry_key_derive(d, entry_key, token, set->manifest.salt, 0), PHASH_OK);
    ck_assert_int_eq(phash_aead_seal(d, sealed, entry_key, nonce, NULL, 0, text, sizeof text), PHASH_OK);
    memcpy(bytes.data + set->head.size + set->sections.records * 4096 + (size_t)e.entry * 8, sealed, sizeof text);
    phash_set *other = mend(set);
    ck_assert_int_eq(phash_set_lookup(other, d, NULL, NULL, &e, &found, token, 0, value, 0), PHASH_OK);
    ck_assert(!found);
    phash_set_free(&other);
    phash_set_free(&set);
    phash_list_free(&list);
}
END_TEST

/* A look-up meets damage wherever it reads: cells, record, digests on the way to the root. */
START_TEST(damage_is_met_where_it_is_read)
{
    phash_hash hash;
    test_rng rng = test_rng_init(65);
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];
    phash_opened_entry e;
    bool found = false;
    uint32_t met = 0;

    hash = fixture_hash(&rng);
    phash_list *list = fixture_list(&hash, 1);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 8, 0), PHASH_OK);
    phash_set *set = open_set();
    for (uint32_t j = 0; j < 8; j++) {
        const uint64_t value = phash_band_value(&set->layout, &hash, j);
        token_of(token, set, j, value);
        ck_assert_int_eq(phash_set_lookup(set, phash_voprf_digest(voprf), NULL, NULL, &e, &found, token, j, value, 0),
                         PHASH_OK);
        ck_assert(found);
        for (uint64_t block = 0; block < set->tree.total; block++) {
            phash_diag diag = {""};
            uint8_t *byte = bytes.data + set->head.size + block * 4096 + test_rng_below(&rng, 256);
            *byte ^= 1;
            phash_status st = phash_set_lookup(set, phash_voprf_digest(voprf), NULL, &diag, &e, &found, token, j,
                                               value, 0);
            bool read = block == set->sections.map[j] || block == set->sections.records ||
                        block >= set->tree.blocks[0];
            ck_assert_int_eq(st, read ? PHASH_E_CHECKSUM : PHASH_OK);
            ck_assert(found == !read);
            ck_assert((strlen(diag.text) != 0) == read);
            met += read;
            *byte ^= 1;
        }
    }
    ck_assert_uint_eq(met, 8 * 3);
    phash_set_free(&set);
    phash_list_free(&list);
}
END_TEST

Suite *suite_set_chains(void)
{
    Suite *s = suite_create("hashset/set_chains");
    TCase *c = tcase_create("set_chains");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 240);
    tcase_add_test(c, hundreds_with_one_band_value);
    tcase_add_test(c, the_file_looks_random);
    tcase_add_test(c, pads_hide_the_values);
    tcase_add_test(c, entries_of_another_value_do_not_count);
    tcase_add_test(c, records_end_with_their_section);
    tcase_add_test(c, damage_is_met_where_it_is_read);
    suite_add_tcase(s, c);
    return s;
}
