/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* pthread barriers */
#include "hashset/key.h"
#include "hashset/set_builder.h"
#include "hashset/set_file.h"

#include "support/failing_alloc.h"
#include "support/set_fixture.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_set_builder(void);

#define N 600 /* three chunks a band */
static phash_hash hashes[N];
static phash_list *list;
static phash_key *key;
static const phash_set_params params = {.struct_size = sizeof params, .bands = 6, .created = 1700000000, .name = "b"};

static void set_up(void)
{
    test_rng rng = test_rng_init(51);

    for (size_t i = 0; i < N; i++)
        hashes[i] = i % 3 == 0 ? fixture_hash(&rng) : fixture_flip(&rng, &hashes[i - i % 3], 1);
    list = fixture_list(hashes, N);
    key = fixture_key(7);
}

static void tear_down(void)
{
    phash_key_free(&key);
    phash_list_free(&list);
}

static phash_set_builder *make(void)
{
    phash_set_builder *b = NULL;
    phash_diag diag = {""};

    ck_assert_msg(phash_set_builder_new(&b, &diag, key, list, NULL, &params, NULL) == PHASH_OK, "%s", diag.text);
    return b;
}

static int write_at(void *user, uint64_t offset, const uint8_t *bytes, size_t size)
{
    set_bytes *b = user;
    size_t end = (size_t)offset + size;

    if (end > b->room) {
        b->data = realloc(b->data, 2 * end);
        if (b->data == NULL)
            abort();
        memset(b->data + b->room, 0x5a, 2 * end - b->room); /* a gap would show */
        b->room = 2 * end;
    }
    memcpy(b->data + offset, bytes, size);
    if (end > b->size)
        b->size = end;
    return 0;
}

static void finish(phash_set_builder *b, set_bytes *out)
{
    phash_set_build_report report;
    phash_diag diag = {""};

    memset(out, 0, sizeof *out);
    ck_assert_msg(phash_set_builder_finish(b, &report, &diag, write_at, out, NULL, NULL) == PHASH_OK, "%s", diag.text);
    ck_assert_uint_eq(report.file_size, out->size);
    ck_assert_uint_eq(report.entries, N);
}

static void whole(set_bytes *out)
{
    memset(out, 0, sizeof *out);
    ck_assert_int_eq(phash_set_build(NULL, NULL, key, list, NULL, &params, fixture_write, out, NULL, NULL, NULL),
                     PHASH_OK);
}

static void same(const set_bytes *a, const set_bytes *b)
{
    ck_assert_uint_eq(a->size, b->size);
    ck_assert_mem_eq(a->data, b->data, a->size);
}

START_TEST(order_and_restoring_do_not_matter)
{
    phash_set_builder *first = make();
    phash_set_builder *second = make();
    phash_set_worker *worker = NULL;
    static uint8_t sealed[64][PHASH_SET_CHUNK_SEALED_MAX];
    size_t sizes[64];
    set_bytes want, got;
    uint32_t count = phash_set_builder_chunk_count(first);
    uint64_t tokens = 0;

    whole(&want);
    ck_assert_uint_eq(count, 6 * 3);
    ck_assert_int_eq(phash_set_worker_new(&worker, NULL), PHASH_OK);
    for (uint32_t i = count; i-- > 0;) { /* backwards: keys of entries come last */
        tokens += phash_set_builder_chunk_tokens(first, i);
        ck_assert_int_eq(phash_set_builder_work(first, worker, i, sealed[i], &sizes[i]), PHASH_OK);
        ck_assert_uint_le(sizes[i], sizeof sealed[i]);
    }
    ck_assert_uint_eq(tokens, 6 * N);
    ck_assert_uint_eq(phash_set_builder_chunk_tokens(first, count), 0);
    for (uint32_t i = 0; i < count; i++) {
        if (i % 3 == 0) {
            uint8_t again[PHASH_SET_CHUNK_SEALED_MAX];
            size_t size = 0;
            ck_assert_int_eq(phash_set_builder_work(second, worker, i, again, &size), PHASH_OK);
            ck_assert_uint_eq(size, sizes[i]);
            ck_assert_mem_eq(again, sealed[i], size);
        } else {
            ck_assert_int_eq(phash_set_builder_restore(second, worker, i, sealed[i], sizes[i]), PHASH_OK);
        }
    }
    finish(first, &got);
    same(&got, &want);
    set_bytes_free(&got);
    finish(second, &got);
    same(&got, &want);
    ck_assert_int_eq(phash_set_builder_finish(second, NULL, NULL, write_at, &got, NULL, NULL), PHASH_E_STATE);
    ck_assert_int_eq(phash_set_builder_work(second, worker, 0, NULL, NULL), PHASH_E_STATE);
    ck_assert_int_eq(phash_set_builder_restore(second, worker, 0, sealed[0], sizes[0]), PHASH_E_STATE);
    set_bytes_free(&got);
    set_bytes_free(&want);
    phash_set_worker_free(&worker);
    phash_set_worker_free(&worker);
    phash_set_builder_free(&first);
    phash_set_builder_free(&second);
    phash_set_builder_free(NULL);
}
END_TEST

START_TEST(sealed_chunks_fit_one_place_only)
{
    phash_set_builder *b = make();
    phash_set_worker *worker = NULL;
    static uint8_t sealed[PHASH_SET_CHUNK_SEALED_MAX], other[PHASH_SET_CHUNK_SEALED_MAX];
    size_t size = 0, other_size = 0;
    uint8_t id[PHASH_SET_BUILD_ID_SIZE], other_id[PHASH_SET_BUILD_ID_SIZE];

    ck_assert_int_eq(phash_set_worker_new(&worker, NULL), PHASH_OK);
    ck_assert_int_eq(phash_set_builder_work(b, worker, 0, sealed, &size), PHASH_OK);
    ck_assert_int_eq(phash_set_builder_restore(b, worker, 1, sealed, size), PHASH_E_CHECKSUM);
    ck_assert_int_eq(phash_set_builder_restore(b, worker, 3, sealed, size), PHASH_E_CHECKSUM);
    ck_assert_int_eq(phash_set_builder_restore(b, worker, 0, sealed, size - 1), PHASH_E_CHECKSUM);
    ck_assert_int_eq(phash_set_builder_restore(b, worker, 18, sealed, size), PHASH_E_ARGUMENT);
    for (size_t at = 0; at < size; at += 97) {
        sealed[at] ^= 1;
        ck_assert_int_eq(phash_set_builder_restore(b, worker, 0, sealed, size), PHASH_E_CHECKSUM);
        sealed[at] ^= 1;
    }
    phash_set_builder_id(b, id);
    /* another key, name, number of bands, entry: another id, and chunks that do not fit */
    for (int change = 0; change < 4; change++) {
        phash_set_params p = params;
        phash_key *k = change == 0 ? fixture_key(8) : NULL;
        phash_hash changed = hashes[N - 1];
        phash_list *l = NULL;
        phash_set_builder *c = NULL;
        p.name = change == 1 ? "c" : p.name;
        p.bands = change == 2 ? 7 : p.bands;
        if (change == 3) {
            hashes[N - 1].bytes[3] ^= 4;
            l = fixture_list(hashes, N);
            hashes[N - 1] = changed;
        }
        ck_assert_int_eq(phash_set_builder_new(&c, NULL, k != NULL ? k : key, l != NULL ? l : list, NULL, &p, NULL),
                         PHASH_OK);
        phash_set_builder_id(c, other_id);
        ck_assert_mem_ne(id, other_id, sizeof id);
        ck_assert_int_eq(phash_set_builder_restore(c, worker, 0, sealed, size), PHASH_E_CHECKSUM);
        ck_assert_int_eq(phash_set_builder_work(c, worker, 0, other, &other_size), PHASH_OK);
        ck_assert_int_eq(phash_set_builder_restore(b, worker, 0, other, other_size), PHASH_E_CHECKSUM);
        phash_set_builder_free(&c);
        phash_key_free(&k);
        phash_list_free(&l);
    }
    phash_set_worker_free(&worker);
    phash_set_builder_free(&b);
}
END_TEST

START_TEST(nothing_is_written_before_all_is_done)
{
    phash_set_builder *b = make();
    phash_set_worker *worker = NULL;
    set_bytes out = {0};
    phash_diag diag = {""};

    ck_assert_int_eq(phash_set_worker_new(&worker, NULL), PHASH_OK);
    for (uint32_t i = 0; i + 1 < phash_set_builder_chunk_count(b); i++)
        ck_assert_int_eq(phash_set_builder_work(b, worker, i, NULL, NULL), PHASH_OK);
    ck_assert_int_eq(phash_set_builder_finish(b, NULL, &diag, write_at, &out, NULL, NULL), PHASH_E_STATE);
    ck_assert_uint_ne(strlen(diag.text), 0);
    ck_assert_uint_eq(out.size, 0);
    ck_assert_int_eq(phash_set_builder_work(b, worker, 17, NULL, NULL), PHASH_OK);
    finish(b, &out);
    set_bytes_free(&out);
    phash_set_worker_free(&worker);
    phash_set_builder_free(&b);
}
END_TEST

typedef struct crew {
    phash_set_builder *b;
    pthread_mutex_t lock;
    uint32_t next;
} crew;

static void *work(void *user)
{
    crew *c = user;
    phash_set_worker *worker = NULL;
    const uint32_t count = phash_set_builder_chunk_count(c->b);

    if (phash_set_worker_new(&worker, NULL) != PHASH_OK)
        abort();
    for (;;) {
        pthread_mutex_lock(&c->lock);
        uint32_t chunk = c->next < count ? c->next++ : count;
        pthread_mutex_unlock(&c->lock);
        if (chunk == count)
            break;
        if (phash_set_builder_work(c->b, worker, chunk, NULL, NULL) != PHASH_OK)
            abort();
    }
    phash_set_worker_free(&worker);
    return NULL;
}

START_TEST(threads_do_not_matter)
{
    set_bytes want, got;

    whole(&want);
    for (uint32_t n = 1; n <= 5; n += 2) {
        crew c = {.b = make(), .lock = PTHREAD_MUTEX_INITIALIZER};
        pthread_t threads[5];
        for (uint32_t i = 0; i < n; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &c), 0);
        for (uint32_t i = 0; i < n; i++)
            ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        finish(c.b, &got);
        same(&got, &want);
        set_bytes_free(&got);
        phash_set_builder_free(&c.b);
    }
    set_bytes_free(&want);
}
END_TEST

START_TEST(failing_memory_is_an_error)
{
    unsigned long fail_at = 0;
    set_bytes out = {0};
    phash_status st = PHASH_E_NO_MEMORY;

    while (st != PHASH_OK) {
        failing_alloc f = {fail_at++, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_set_builder *b = NULL;
        st = phash_set_builder_new(&b, NULL, key, list, NULL, &params, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        ck_assert((st == PHASH_OK) == (b != NULL));
        phash_set_builder_free(&b);
        ck_assert_int_eq(f.live, 0);
    }
    st = PHASH_E_NO_MEMORY;
    for (fail_at = 0; st != PHASH_OK; fail_at++) {
        failing_alloc f = {fail_at, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_set_worker *w = NULL;
        st = phash_set_worker_new(&w, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        phash_set_worker_free(&w);
        ck_assert_int_eq(f.live, 0);
    }
    /* in finish: the builder's own hooks fail only then */
    for (unsigned long k = 0;; k++) {
        failing_alloc f = {1000000, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_set_builder *b = NULL;
        ck_assert_int_eq(phash_set_builder_new(&b, NULL, key, list, NULL, &params, &o), PHASH_OK);
        memset(b->done, 1, phash_set_builder_chunk_count(b)); /* their contents do not matter here, but differ */
        test_rng rng = test_rng_init(52);
        for (uint32_t j = 0; j < 6; j++)
            test_rng_fill(&rng, b->slots[j], N * phash_slot_stride(&b->manifest, j));
        f.left = k;
        st = phash_set_builder_finish(b, NULL, NULL, write_at, &out, NULL, NULL);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        phash_set_builder_free(&b);
        ck_assert_int_eq(f.live, 0);
        if (st == PHASH_OK) {
            ck_assert_uint_gt(k, 10);
            break;
        }
    }
    set_bytes_free(&out);
}
END_TEST

/* Lists of one name and radius become one; of one name and two radii they stay two. The order does not matter. */
START_TEST(sources_are_canonical)
{
    static const char *const names[2][4] = {{"b", "a", "b", "b"}, {"b", "b", "b", "a"}};
    static const uint32_t radii[2][4] = {{31, 31, 40, 31}, {40, 31, 31, 31}};
    static const int block[2][4] = {{0, 1, 2, 3}, {2, 3, 0, 1}}; /* which hashes */
    set_bytes built[2];

    for (int turn = 0; turn < 2; turn++) {
        phash_list *l = NULL;
        ck_assert_int_eq(phash_list_new(&l, NULL, NULL), PHASH_OK);
        for (int s = 0; s < 4; s++) {
            ck_assert_int_eq(phash_list_source_begin(l, names[turn][s], NULL, NULL), PHASH_OK);
            for (int i = 0; i < 5; i++)
                ck_assert_int_eq(phash_list_add(l, &hashes[5 * block[turn][s] + i], NULL, 0, -1), PHASH_OK);
            ck_assert_int_eq(phash_list_source_end(l, NULL), PHASH_OK);
        }
        memset(&built[turn], 0, sizeof built[turn]);
        ck_assert_int_eq(phash_set_build(NULL, NULL, key, l, radii[turn], &params, fixture_write, &built[turn], NULL,
                                         NULL, NULL), PHASH_OK);
        phash_list_free(&l);
    }
    same(&built[0], &built[1]);
    phash_set *set = NULL;
    ck_assert_int_eq(phash_set_open_memory(&set, NULL, built[0].data, built[0].size, NULL), PHASH_OK);
    static const char *const want_names[] = {"a", "b", "b"};
    static const uint32_t want_radii[] = {31, 31, 40};
    static const uint64_t want_entries[] = {5, 10, 5};
    for (uint32_t i = 0; i < 3; i++) {
        const char *name = "";
        uint64_t entries = 0;
        uint32_t radius = 0;
        ck_assert_int_eq(phash_set_get_source(set, &name, &entries, i), PHASH_OK);
        ck_assert_int_eq(phash_set_get_source_radius(set, &radius, i), PHASH_OK);
        ck_assert_str_eq(name, want_names[i]);
        ck_assert_uint_eq(radius, want_radii[i]);
        ck_assert_uint_eq(entries, want_entries[i]);
    }
    uint32_t radius;
    ck_assert_int_eq(phash_set_get_source_radius(set, &radius, 3), PHASH_E_ARGUMENT);
    phash_set_free(&set);
    set_bytes_free(&built[0]);
    set_bytes_free(&built[1]);
}
END_TEST

/* Two entries in two lists, as a build id sees them. */
static void id_of(uint8_t id[PHASH_SET_BUILD_ID_SIZE], const phash_hash *hash, const char *label, int source)
{
    phash_list *l = NULL;
    phash_set_builder *b = NULL;

    ck_assert_int_eq(phash_list_new(&l, NULL, NULL), PHASH_OK);
    for (int s = 0; s < 2; s++) {
        ck_assert_int_eq(phash_list_source_begin(l, s == 0 ? "a" : "b", NULL, NULL), PHASH_OK);
        ck_assert_int_eq(phash_list_add(l, &hashes[1], (const uint8_t *)"x", 1, -1), PHASH_OK);
        if (s == source)
            ck_assert_int_eq(phash_list_add(l, hash, (const uint8_t *)label, strlen(label), -1), PHASH_OK);
        ck_assert_int_eq(phash_list_source_end(l, NULL), PHASH_OK);
    }
    ck_assert_int_eq(phash_set_builder_new(&b, NULL, key, l, NULL, &params, NULL), PHASH_OK);
    phash_set_builder_id(b, id);
    phash_set_builder_free(&b);
    phash_list_free(&l);
}

/* Keys and nonces of records follow from tokens, the salt and offsets: were two contents to share a salt, two texts
 * would be sealed with one key stream. The id follows from the salt. */
START_TEST(all_of_the_content_is_in_the_salt)
{
    uint8_t ids[6][PHASH_SET_BUILD_ID_SIZE];
    phash_hash near = hashes[0];

    near.bytes[31] ^= 1;
    id_of(ids[0], &hashes[0], "label", 0);
    id_of(ids[1], &near, "label", 0);
    id_of(ids[2], &hashes[0], "labem", 0);
    id_of(ids[3], &hashes[0], "labels", 0);
    id_of(ids[4], &hashes[0], "label", 1);
    id_of(ids[5], &hashes[0], "label", 2); /* not at all */
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++)
            ck_assert_mem_ne(ids[i], ids[k], sizeof ids[i]);
    id_of(ids[1], &hashes[0], "label", 0);
    ck_assert_mem_eq(ids[1], ids[0], sizeof ids[0]);
}
END_TEST

Suite *suite_set_builder(void)
{
    Suite *s = suite_create("hashset/set_builder");
    TCase *c = tcase_create("set_builder");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 240);
    tcase_add_test(c, order_and_restoring_do_not_matter);
    tcase_add_test(c, sealed_chunks_fit_one_place_only);
    tcase_add_test(c, nothing_is_written_before_all_is_done);
    tcase_add_test(c, threads_do_not_matter);
    tcase_add_test(c, failing_memory_is_an_error);
    tcase_add_test(c, sources_are_canonical);
    tcase_add_test(c, all_of_the_content_is_in_the_salt);
    suite_add_tcase(s, c);
    return s;
}
