/* SPDX-License-Identifier: Apache-2.0 */
/* Saving, opening, and refusing what is damaged. */
#define _POSIX_C_SOURCE 200809L
#include <check.h>
#include <stdio.h>
#include <unistd.h>

#include "index_fixture.h"

#include "support/failing_alloc.h"
#include "support/guard.h"
#include "support/index_bytes.h"

Suite *suite_saved(void);

#define N 500

static phash_hash set[N];
static const phash_plan plan = {5, {12, 12, 11, 10, 8}};

static index_bytes saved_tables(test_rng *rng)
{
    index_bytes b = {0};

    fill_shape(rng, set, N, SHAPE_FAMILIES);
    phash_index *index = planned_index(set, N, &plan, UINT64_MAX);
    ck_assert_int_eq(phash_index_write(index, index_bytes_write, &b), PHASH_OK);
    phash_index_free(&index);
    return b;
}

static void same_answers(test_rng *rng, const phash_index *a, const phash_index *b)
{
    static phash_index_hit x[N];
    static phash_index_hit y[N];
    size_t n_x;
    size_t n_y;

    ck_assert_uint_eq(phash_index_count(a), phash_index_count(b));
    for (int q = 0; q < 50; q++) {
        phash_hash query = set[test_rng_below(rng, N)];
        const uint32_t radius = test_rng_below(rng, 64);
        flip_some(rng, &query, test_rng_below(rng, 40));
        ck_assert_int_eq(phash_index_range(a, x, N, &n_x, &query, radius), PHASH_OK);
        ck_assert_int_eq(phash_index_range(b, y, N, &n_y, &query, radius), PHASH_OK);
        ck_assert_uint_eq(n_x, n_y);
        ck_assert_int_eq(memcmp(x, y, n_x * sizeof *x), 0);
    }
}

static void write_file(const char *path, const index_bytes *b)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(b->data, 1, b->size, file), b->size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(what_is_opened_answers_as_what_was_saved)
{
    test_rng rng = test_rng_init(test_seed(41));
    char path[] = "/tmp/phash-index-XXXXXX";
    const int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    close(fd);
    for (int round = 0; round < 12; round++) {
        index_bytes b = {0};
        index_bytes again = {0};
        phash_index_info info;
        phash_index *opened = NULL;
        phash_diag diag = {""};
        const phash_index_params params = {sizeof params, 17, 0};
        phash_index *index = NULL;
        fill_shape(&rng, set, N, (index_shape)(round % SHAPE_COUNT));
        if (round % 2 != 0)
            index = planned_index(set, N, &plan, UINT64_MAX);
        else
            ck_assert_int_eq(phash_index_build(&index, set, N, &params, NULL), PHASH_OK);
        ck_assert_int_eq(phash_index_write(index, index_bytes_write, &b), PHASH_OK);
        write_file(path, &b);
        for (uint32_t flags = 0; flags < 4; flags++) {
            ck_assert_int_eq(phash_index_open(&opened, &diag, path, flags, NULL), PHASH_OK);
            index_force_tables(opened);
            same_answers(&rng, index, opened);
            ck_assert_int_eq(phash_index_get_info(opened, &info), PHASH_OK);
            ck_assert_uint_eq(info.radius, round % 2 != 0 ? 31 : 17);
            ck_assert((info.mapped == 0) == ((flags & PHASH_INDEX_OPEN_COPY) != 0));
            if (flags == 0)
                ck_assert_int_eq(phash_index_write(opened, index_bytes_write, &again), PHASH_OK);
            phash_index_free(&opened);
        }
        ck_assert_uint_eq(b.size, again.size);
        ck_assert_int_eq(memcmp(b.data, again.data, b.size), 0);
        ck_assert_int_eq(phash_index_open_memory(&opened, &diag, b.data, b.size, 0, NULL), PHASH_OK);
        same_answers(&rng, index, opened);
        /* Opened indexes can be changed like any other. */
        ck_assert_int_eq(phash_index_add(opened, NULL, set, 3), PHASH_OK);
        ck_assert_int_eq(phash_index_write(opened, index_bytes_write, &again), PHASH_E_STATE);
        ck_assert_int_eq(phash_index_compact(opened, NULL), PHASH_OK);
        ck_assert_int_eq(phash_index_write(opened, index_bytes_write, &again), PHASH_OK);
        phash_index_free(&opened);
        phash_index_free(&index);
        free(b.data);
        free(again.data);
    }
    unlink(path);
    phash_index *none = NULL;
    ck_assert_int_eq(phash_index_open(&none, NULL, path, 0, NULL), PHASH_E_IO);
    ck_assert_int_eq(phash_index_open(&none, NULL, "/dev/null", 0, NULL), PHASH_E_IO);
}
END_TEST

START_TEST(an_empty_index_is_saved_too)
{
    index_bytes b = {0};
    phash_index *index = NULL;
    phash_index_hit hit;

    ck_assert_int_eq(phash_index_new(&index, NULL, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_index_write(index, index_bytes_write, &b), PHASH_OK);
    ck_assert_uint_eq(b.size, PHASH_SEGMENT_HEADER);
    phash_index_free(&index);
    ck_assert_int_eq(phash_index_open_memory(&index, NULL, b.data, b.size, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_index_nearest(index, &hit, &set[0]), PHASH_OK);
    ck_assert_uint_eq(hit.id, PHASH_INDEX_NONE);
    ck_assert_int_eq(phash_index_add(index, NULL, set, 2), PHASH_OK);
    ck_assert_uint_eq(phash_index_count(index), 2);
    phash_index_free(&index);
    free(b.data);
}
END_TEST

static void refused(const index_bytes *b, size_t size, phash_status want, uint32_t flags)
{
    phash_index *index = NULL;
    phash_diag diag = {""};
    guard_buffer g = guard_new((size + 3) / 4 * 4); /* at an address that is a multiple of 4 */

    memcpy(g.data, b->data, size);
    ck_assert_int_eq(phash_index_open_memory(&index, &diag, g.data, size, flags, NULL), want);
    ck_assert_ptr_null(index);
    ck_assert(diag.text[0] != '\0');
    guard_free(&g);
}

static void refused_with(const index_bytes *b, size_t at, uint32_t value, phash_status want)
{
    uint8_t before[4];

    memcpy(before, b->data + at, 4);
    index_bytes_put_u32(b->data + at, value);
    refused(b, b->size, at < 8 ? PHASH_E_MAGIC : at < 12 ? PHASH_E_VERSION : PHASH_E_CHECKSUM, 0);
    index_bytes_mend(b->data, b->size);
    refused(b, b->size, want, PHASH_INDEX_OPEN_UNCHECKED);
    memcpy(b->data + at, before, 4);
    index_bytes_mend(b->data, b->size);
}

START_TEST(every_field_is_checked)
{
    test_rng rng = test_rng_init(test_seed(43));
    index_bytes b = saved_tables(&rng);

    refused_with(&b, 0, 0, PHASH_E_MAGIC);
    refused_with(&b, 4, 0, PHASH_E_MAGIC);
    refused_with(&b, 8, 1, PHASH_E_VERSION);
    refused_with(&b, 12, 4096, PHASH_E_ORDER);  /* piece */
    refused_with(&b, 16, N + 1, PHASH_E_ORDER); /* n: another size follows */
    refused_with(&b, 16, 0, PHASH_E_ORDER);
    refused_with(&b, 20, 1, PHASH_E_ORDER); /* 2^32 and more hashes */
    refused_with(&b, 24, (uint32_t)b.size + 4, PHASH_E_ORDER);
    refused_with(&b, 28, 1, PHASH_E_ORDER);
    refused_with(&b, 32, 64, PHASH_E_ORDER); /* radius */
    refused_with(&b, 36, 4, PHASH_E_ORDER);  /* bands: the fifth's width is left over */
    refused_with(&b, 36, 6, PHASH_E_ORDER);
    refused_with(&b, 36, 33, PHASH_E_ORDER);
    refused_with(&b, 36, UINT32_MAX, PHASH_E_ORDER);
    refused_with(&b, 40, 0x0a0b0c1c, PHASH_E_ORDER); /* a width of 28 */
    refused_with(&b, 40, 0x0a0b0c07, PHASH_E_ORDER);
    refused_with(&b, 40, 0x1b1b1b1b, PHASH_E_ORDER); /* another size */
    refused_with(&b, 68, 8, PHASH_E_ORDER);
    refused_with(&b, 72, 1, PHASH_E_ORDER);
    refused_with(&b, 4088, 1u << 31, PHASH_E_ORDER);
    b.data[4093] ^= 1;
    refused(&b, b.size, PHASH_E_CHECKSUM, 0);
    free(b.data);
}
END_TEST

START_TEST(damage_and_truncation_are_found_everywhere)
{
    uint64_t seed = test_seed(44);
    test_rng rng = test_rng_init(seed);
    index_bytes b = saved_tables(&rng);
    phash_index *index = NULL;

    printf("damage: seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 300; i++) {
        const size_t at = i < 100 ? b.size - 1 - (size_t)i : test_rng_below(&rng, (uint32_t)b.size);
        const uint8_t bit = (uint8_t)(1u << test_rng_below(&rng, 8));
        b.data[at] ^= bit;
        refused(&b, b.size, at < 8 ? PHASH_E_MAGIC : at < 12 ? PHASH_E_VERSION : PHASH_E_CHECKSUM, 0);
        b.data[at] ^= bit;
        const size_t size = i < 100 ? b.size - 1 - (size_t)i : test_rng_below(&rng, (uint32_t)b.size);
        refused(&b, size, size < 8 ? PHASH_E_MAGIC : PHASH_E_TRUNCATED, 0);
    }
    uint8_t zeros[8] = {0};
    index_bytes_write(&b, zeros, sizeof zeros);
    refused(&b, b.size, PHASH_E_ORDER, 0);
    refused(&b, 0, PHASH_E_MAGIC, 0);
    ck_assert_int_eq(phash_index_open_memory(&index, NULL, b.data + 1, b.size - 1, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_open_memory(&index, NULL, NULL, 1, 0, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_open_memory(&index, NULL, b.data, b.size, 4, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_open(&index, NULL, NULL, 0, NULL), PHASH_E_ARGUMENT);
    free(b.data);
}
END_TEST

/* Tables that lie, with checksums that agree: searches may miss entries, but stay inside and tell the truth. */
START_TEST(lying_tables_lead_nowhere)
{
    uint64_t seed = test_seed(45);
    test_rng rng = test_rng_init(seed);
    index_bytes b = saved_tables(&rng);
    const phash_segment_layout l = phash_segment_lay_out(N, &plan);

    printf("lies: seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 200; round++) {
        phash_index *index = NULL;
        static phash_index_hit hits[4 * N];
        size_t n_found;
        uint8_t *copy = malloc(b.size);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, b.data, b.size);
        for (uint32_t i = 1 + test_rng_below(&rng, round < 100 ? 4 : 4000); i > 0; i--) {
            const size_t at = (size_t)l.blocks[0] + test_rng_below(&rng, (uint32_t)(l.checks - l.blocks[0]));
            copy[at] = (uint8_t)(test_rng_below(&rng, 2) != 0 ? 0xff : test_rng_next(&rng));
        }
        index_bytes_mend(copy, b.size);
        ck_assert_int_eq(phash_index_open_memory(&index, NULL, copy, b.size, 0, NULL), PHASH_OK);
        index_force_tables(index);
        index->segments[0]->candidate_limit = round % 2 != 0 ? UINT64_MAX : 300;
        for (int q = 0; q < 10; q++) {
            const phash_hash *query = &set[test_rng_below(&rng, N)];
            phash_status st = phash_index_range(index, hits, 4 * N, &n_found, query, test_rng_below(&rng, 15));
            for (size_t i = 0; st == PHASH_OK && i < n_found; i++) {
                ck_assert_uint_lt(hits[i].id, N);
                ck_assert_uint_eq(hits[i].distance, naive_distance(&set[hits[i].id], query));
            }
        }
        phash_index_free(&index);
        free(copy);
    }
    free(b.data);
}
END_TEST

START_TEST(failures_of_memory_and_of_writing_are_told)
{
    test_rng rng = test_rng_init(test_seed(46));
    index_bytes b = saved_tables(&rng);
    unsigned long n = 0;

    for (;; n++) {
        failing_alloc f = {n, 0, 0};
        phash_options o = failing_alloc_options(&f);
        phash_index *index = NULL;
        phash_status st = phash_index_open_memory(&index, NULL, b.data, b.size, PHASH_INDEX_OPEN_COPY, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        phash_index_free(&index);
        ck_assert_int_eq(f.live, 0);
        if (st == PHASH_OK)
            break;
    }
    ck_assert_uint_eq(n, 3);
    phash_index *index = NULL;
    ck_assert_int_eq(phash_index_open_memory(&index, NULL, b.data, b.size, 0, NULL), PHASH_OK);
    ck_assert_int_eq(phash_index_write(index, NULL, NULL), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_index_write(NULL, index_bytes_write, &b), PHASH_E_ARGUMENT);
    for (unsigned long pieces = 1; pieces <= 3; pieces++) {
        index_bytes to = {.left = pieces};
        ck_assert_int_eq(phash_index_write(index, index_bytes_write, &to), PHASH_E_IO);
        free(to.data);
    }
    phash_index_free(&index);
    free(b.data);
}
END_TEST

static void *filled(void *user, size_t size)
{
    void *p = malloc(size);

    if (p != NULL)
        memset(p, *(const int *)user, size);
    return p;
}

static void release(void *user, void *p)
{
    (void)user;
    free(p);
}

/* The same list gives the same bytes, whatever was in memory before. */
START_TEST(nothing_left_in_memory_is_saved)
{
    enum { MANY = 30000 };
    test_rng rng = test_rng_init(test_seed(47));
    phash_hash *many = malloc(MANY * sizeof *many);

    ck_assert_ptr_nonnull(many);
    fill_shape(&rng, many, MANY, SHAPE_RANDOM);
    for (uint64_t max_bytes = 0; max_bytes <= 1; max_bytes++) { /* with tables, then without */
        index_bytes b[2] = {{0}, {0}};
        int fill[2] = {0xa5, 0x5a};
        for (int i = 0; i < 2; i++) {
            const phash_options o = {sizeof o, filled, release, NULL, &fill[i]};
            const phash_index_params params = {sizeof params, 0, max_bytes};
            phash_index *index = NULL;
            ck_assert_int_eq(phash_index_build(&index, many, MANY - 1, &params, &o), PHASH_OK);
            ck_assert_int_eq(phash_index_write(index, index_bytes_write, &b[i]), PHASH_OK);
            phash_index_free(&index);
        }
        ck_assert_uint_eq(b[0].size, b[1].size);
        ck_assert_int_eq(memcmp(b[0].data, b[1].data, b[0].size), 0);
        free(b[0].data);
        free(b[1].data);
    }
    free(many);
}
END_TEST

Suite *suite_saved(void)
{
    Suite *s = suite_create("index/saved");
    TCase *c = tcase_create("saved");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, what_is_opened_answers_as_what_was_saved);
    tcase_add_test(c, an_empty_index_is_saved_too);
    tcase_add_test(c, every_field_is_checked);
    tcase_add_test(c, damage_and_truncation_are_found_everywhere);
    tcase_add_test(c, lying_tables_lead_nowhere);
    tcase_add_test(c, nothing_left_in_memory_is_saved);
    tcase_add_test(c, failures_of_memory_and_of_writing_are_told);
    suite_add_tcase(s, c);
    return s;
}
