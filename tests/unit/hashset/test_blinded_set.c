/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include "hashset/key.h"
#include "hashset/set_file.h"

#include "support/failing_alloc.h"
#include "support/set_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_blinded_set(void);

#define N 40
static phash_hash hashes[N];
static phash_list *list;
static phash_key *key;
static set_bytes bytes;
static phash_voprf *voprf;

static void set_up(void)
{
    phash_allocator a = phash_allocator_from(NULL);
    test_rng rng = test_rng_init(11);

    for (size_t i = 0; i < N; i++)
        hashes[i] = fixture_hash(&rng);
    /* near-duplicates that share most bands, and one equal hash under another label */
    hashes[1] = fixture_flip(&rng, &hashes[0], 1);
    hashes[2] = fixture_flip(&rng, &hashes[0], 2);
    hashes[3] = hashes[0];
    list = fixture_list(hashes, N);
    key = fixture_key(5);
    ck_assert_int_eq(fixture_build(&bytes, key, list, 7, 0), PHASH_OK);
    ck_assert_int_eq(phash_voprf_new(&voprf, &a), PHASH_OK);
}

static void tear_down(void)
{
    phash_voprf_free(&voprf);
    set_bytes_free(&bytes);
    phash_key_free(&key);
    phash_list_free(&list);
}

static phash_set *open_set(void)
{
    phash_set *set = NULL;
    phash_diag diag = {""};

    ck_assert_msg(phash_set_open_memory(&set, &diag, bytes.data, bytes.size, NULL) == PHASH_OK, "%s", diag.text);
    return set;
}

static void token_of(uint8_t token[PHASH_VOPRF_OUTPUT_SIZE], const phash_key *k, const phash_set *set,
                     const phash_hash *hash, uint32_t band)
{
    uint8_t input[PHASH_TOKEN_INPUT_SIZE];

    phash_band_input(input, &set->layout, band, phash_band_value(&set->layout, hash, band));
    ck_assert_int_eq(phash_voprf_output(voprf, token, k->secret, input, sizeof input), PHASH_OK);
}

START_TEST(every_entry_opens_through_every_band)
{
    phash_set *set = open_set();
    phash_set_info info;
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];
    phash_tree_cache cache = {{0}};

    ck_assert_int_eq(phash_set_get_info(set, &info), PHASH_OK);
    ck_assert_uint_eq(info.entries, N);
    ck_assert_uint_eq(info.bands, 7);
    ck_assert_uint_eq(info.budget, PHASH_BUDGET_DEFAULT);
    ck_assert_uint_eq(info.sequence, 3);
    ck_assert_str_eq(info.name, "test");
    for (size_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < 7; j++) {
            bool mine = false;
            char label[32];
            snprintf(label, sizeof label, "photo-%zu", i);
            token_of(token, key, set, &hashes[i], j);
            for (uint32_t n = 0;; n++) {
                phash_opened_entry e;
                bool found = false;
                ck_assert_int_eq(phash_set_lookup(set, phash_voprf_digest(voprf), &cache, NULL, &e, &found, token, j,
                                                  phash_band_value(&set->layout, &hashes[i], j), n), PHASH_OK);
                if (!found)
                    break;
                ck_assert_uint_lt(n, 4);
                ck_assert_uint_eq(e.radius, PHASH_RADIUS_DEFAULT);
                if (strcmp(e.label, label) == 0) {
                    ck_assert_mem_eq(e.hash.bytes, hashes[i].bytes, PHASH_HASH_SIZE);
                    mine = true;
                }
            }
            ck_assert(mine);
        }
    phash_set_free(&set);
    ck_assert_ptr_null(set);
    phash_set_free(NULL);
}
END_TEST

START_TEST(another_key_opens_nothing)
{
    phash_set *set = open_set();
    phash_key *other = fixture_key(6);
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];

    for (size_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < 7; j++) {
            phash_opened_entry e;
            bool found = true;
            token_of(token, other, set, &hashes[i], j);
            ck_assert_int_eq(phash_set_lookup(set, phash_voprf_digest(voprf), NULL, NULL, &e, &found, token, j,
                                              phash_band_value(&set->layout, &hashes[i], j), 0), PHASH_OK);
            ck_assert(!found);
        }
    phash_key_free(&other);
    phash_set_free(&set);
}
END_TEST

START_TEST(no_hash_or_label_shows_in_the_file)
{
    for (size_t at = 0; at + 8 <= bytes.size; at++) {
        ck_assert_mem_ne(bytes.data + at, "photo-", 6);
        for (size_t i = 0; i < N; i++)
            ck_assert_mem_ne(bytes.data + at, hashes[i].bytes, 8);
    }
}
END_TEST

START_TEST(same_inputs_build_the_same_bytes)
{
    phash_hash turned[N];
    set_bytes again;
    phash_list *other = NULL;

    ck_assert_int_eq(fixture_build(&again, key, list, 7, 0), PHASH_OK);
    ck_assert_uint_eq(again.size, bytes.size);
    ck_assert_mem_eq(again.data, bytes.data, bytes.size);
    set_bytes_free(&again);
    for (size_t i = 0; i < N; i++) /* other labels for the same hashes: other content */
        turned[i] = hashes[N - 1 - i];
    other = fixture_list(turned, N);
    ck_assert_int_eq(fixture_build(&again, key, other, 7, 0), PHASH_OK);
    ck_assert_uint_eq(again.size, bytes.size);
    size_t equal = 0;
    size_t end = bytes.size - PHASH_SET_BLOCK; /* the last block holds digests and zeros */
    for (size_t i = PHASH_SET_BLOCK; i < end; i++)
        equal += again.data[i] == bytes.data[i];
    ck_assert_uint_lt(equal, (end - PHASH_SET_BLOCK) / 128); /* 1 of 256 by chance */
    set_bytes_free(&again);
    phash_list_free(&other);
}
END_TEST

START_TEST(order_of_rows_does_not_matter)
{
    phash_list *lists[2] = {NULL, NULL};
    set_bytes built[2];

    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(phash_list_new(&lists[turn], NULL, NULL), PHASH_OK);
        ck_assert_int_eq(phash_list_source_begin(lists[turn], "l", NULL, NULL), PHASH_OK);
        for (size_t i = 0; i < N; i++)
            ck_assert_int_eq(phash_list_add(lists[turn], &hashes[turn == 0 ? i : N - 1 - i], NULL, 0, -1), PHASH_OK);
        ck_assert_int_eq(phash_list_source_end(lists[turn], NULL), PHASH_OK);
        ck_assert_int_eq(fixture_build(&built[turn], key, lists[turn], 6, 64), PHASH_OK);
        phash_list_free(&lists[turn]);
    }
    ck_assert_uint_eq(built[0].size, built[1].size);
    ck_assert_mem_eq(built[0].data, built[1].data, built[0].size);
    set_bytes_free(&built[0]);
    set_bytes_free(&built[1]);
}
END_TEST

/* Opens and, if that works, verifies everything. */
static phash_status examine(const uint8_t *data, size_t size)
{
    phash_set *set = NULL;
    phash_status st = phash_set_open_memory(&set, NULL, data, size, NULL);

    if (st == PHASH_OK)
        st = phash_set_verify(set, NULL, NULL, NULL, NULL);
    phash_set_free(&set);
    return st;
}

START_TEST(every_damaged_byte_is_found)
{
    ck_assert_int_eq(examine(bytes.data, bytes.size), PHASH_OK);
    for (size_t i = 0; i < bytes.size; i += i < 1024 ? 1 : 61) {
        bytes.data[i] ^= 4;
        ck_assert_msg(examine(bytes.data, bytes.size) != PHASH_OK, "byte %zu", i);
        bytes.data[i] ^= 4;
    }
    for (size_t cut = 0; cut < bytes.size; cut += cut < 1024 ? 1 : 331)
        ck_assert_int_ne(examine(bytes.data, cut), PHASH_OK);
    uint8_t *longer = malloc(bytes.size + 1);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, bytes.data, bytes.size);
    longer[bytes.size] = 0;
    ck_assert_int_eq(examine(longer, bytes.size + 1), PHASH_E_ORDER);
    free(longer);
}
END_TEST

START_TEST(file_and_memory_agree)
{
    char path[] = "/tmp/phash-set-XXXXXX";
    phash_set *set = NULL;
    phash_diag diag = {""};
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes.data, 1, bytes.size, f), bytes.size);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(phash_set_open(&set, &diag, path, NULL), PHASH_OK);
    ck_assert_int_eq(phash_set_verify(set, NULL, NULL, NULL, NULL), PHASH_OK);
    phash_set_free(&set);
    remove(path);
    ck_assert_int_eq(phash_set_open(&set, &diag, path, NULL), PHASH_E_IO);
    ck_assert_uint_ne(strlen(diag.text), 0);
}
END_TEST

START_TEST(bad_parameters_are_refused)
{
    set_bytes out = {0};
    phash_set_params p = {.struct_size = sizeof p, .name = "x"};
    uint32_t wide = PHASH_RADIUS_MAX + 1;
    phash_diag diag = {""};

#define BUILD(radii) phash_set_build(NULL, &diag, key, list, radii, &p, fixture_write, &out, NULL, NULL, NULL)
    ck_assert_int_eq(BUILD(&wide), PHASH_E_ARGUMENT);
    p.bands = 5;
    ck_assert_int_eq(BUILD(NULL), PHASH_E_ARGUMENT);
    p.bands = 0;
    p.budget = 63;
    ck_assert_int_eq(BUILD(NULL), PHASH_E_ARGUMENT);
    p.budget = 0;
    p.name = "";
    ck_assert_int_eq(BUILD(NULL), PHASH_E_ARGUMENT);
    p.name = "line\nbreak";
    ck_assert_int_eq(BUILD(NULL), PHASH_E_ARGUMENT);
    ck_assert_uint_eq(out.size, 0);
#undef BUILD
}
END_TEST

static int refuse_write(void *user, const uint8_t *data, size_t size)
{
    (void)user;
    (void)data;
    (void)size;
    return -1;
}

static int stop_at_once(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    (void)done;
    (void)total;
    return 1;
}

START_TEST(trouble_ends_a_build_cleanly)
{
    set_bytes out = {0};
    phash_set_params p = {.struct_size = sizeof p, .name = "x"};

    ck_assert_int_eq(phash_set_build(NULL, NULL, key, list, NULL, &p, refuse_write, NULL, NULL, NULL, NULL),
                     PHASH_E_IO);
    ck_assert_int_eq(phash_set_build(NULL, NULL, key, list, NULL, &p, fixture_write, &out, stop_at_once, NULL, NULL),
                     PHASH_E_STATE);
    ck_assert_uint_eq(out.size, 0);
    unsigned long fail_at = 0;
    phash_status st;
    do {
        failing_alloc f = {fail_at, 0, 0};
        phash_options o = failing_alloc_options(&f);
        st = phash_set_build(NULL, NULL, key, list, NULL, &p, fixture_write, &out, NULL, NULL, &o);
        ck_assert_int_eq(f.live, 0);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        fail_at++;
    } while (st != PHASH_OK);
    ck_assert_uint_gt(fail_at, 8);
    set_bytes_free(&out);
    fail_at = 0;
    do {
        failing_alloc f = {fail_at++, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_set *set = NULL;
        st = phash_set_open_memory(&set, NULL, bytes.data, bytes.size, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        phash_set_free(&set);
        ck_assert_int_eq(f.live, 0);
    } while (st != PHASH_OK);
}
END_TEST

Suite *suite_blinded_set(void)
{
    Suite *s = suite_create("hashset/blinded_set");
    TCase *c = tcase_create("blinded_set");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_entry_opens_through_every_band);
    tcase_add_test(c, another_key_opens_nothing);
    tcase_add_test(c, no_hash_or_label_shows_in_the_file);
    tcase_add_test(c, same_inputs_build_the_same_bytes);
    tcase_add_test(c, order_of_rows_does_not_matter);
    tcase_add_test(c, every_damaged_byte_is_found);
    tcase_add_test(c, file_and_memory_agree);
    tcase_add_test(c, bad_parameters_are_refused);
    tcase_add_test(c, trouble_ends_a_build_cleanly);
    suite_add_tcase(s, c);
    return s;
}
