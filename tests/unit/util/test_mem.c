/* SPDX-License-Identifier: Apache-2.0 */
#include "util/mem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_mem(void);

static size_t asked;

static void *counting_alloc(void *user, size_t size)
{
    (void)user;
    asked = size;
    void *p = malloc(size);
    if (p != NULL)
        memset(p, 0xa5, size);
    return p;
}

static void counting_release(void *user, void *ptr)
{
    (void)user;
    free(ptr);
}

static int broken_random(void *user, uint8_t *out, size_t size)
{
    (void)user;
    (void)out;
    (void)size;
    return -1;
}

START_TEST(hooks_are_used_and_memory_is_zeroed)
{
    phash_options o = {sizeof o, counting_alloc, counting_release, NULL, NULL};
    phash_allocator a = phash_allocator_from(&o);

    uint8_t *p = phash_alloc(&a, 3, 5);
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq(asked, 15);
    for (size_t i = 0; i < 15; i++)
        ck_assert_uint_eq(p[i], 0);
    p[14] = 9;
    uint8_t *q = phash_realloc(&a, p, 15, 30, 1);
    ck_assert_ptr_nonnull(q);
    ck_assert_uint_eq(q[14], 9);
    ck_assert_uint_eq(q[15], 0);
    phash_release(&a, q);
}
END_TEST

START_TEST(overflow_is_refused)
{
    phash_allocator a = phash_allocator_from(NULL);

    ck_assert_ptr_null(phash_alloc(&a, SIZE_MAX / 2, 3));
    void *p = phash_alloc(&a, 0, 8);
    ck_assert_ptr_nonnull(p);
    phash_release(&a, p);
    phash_release(&a, NULL);
    phash_release_secret(&a, NULL, 8);
}
END_TEST

START_TEST(equal_only_when_equal)
{
    uint8_t a[64] = {0};
    uint8_t b[64] = {0};

    ck_assert(phash_mem_equal_ct(a, b, sizeof a));
    for (size_t i = 0; i < sizeof a; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            b[i] = (uint8_t)(1u << bit);
            ck_assert(!phash_mem_equal_ct(a, b, sizeof a));
            b[i] = 0;
        }
    ck_assert(phash_mem_equal_ct(a, b, 0));
}
END_TEST

START_TEST(random_comes_from_the_hook_or_the_system)
{
    phash_allocator a = phash_allocator_from(NULL);
    uint8_t x[32] = {0};
    uint8_t y[32] = {0};

    ck_assert_int_eq(phash_random(&a, x, sizeof x), PHASH_OK);
    ck_assert_int_eq(phash_random(&a, y, sizeof y), PHASH_OK);
    ck_assert_mem_ne(x, y, sizeof x);
    a.random = broken_random;
    ck_assert_int_eq(phash_random(&a, x, sizeof x), PHASH_E_RANDOM);
    phash_wipe(y, sizeof y);
    memset(x, 0, sizeof x);
    ck_assert_mem_eq(x, y, sizeof x);
}
END_TEST

Suite *suite_mem(void)
{
    Suite *s = suite_create("util/mem");
    TCase *c = tcase_create("mem");

    tcase_add_test(c, hooks_are_used_and_memory_is_zeroed);
    tcase_add_test(c, overflow_is_refused);
    tcase_add_test(c, equal_only_when_equal);
    tcase_add_test(c, random_comes_from_the_hook_or_the_system);
    suite_add_tcase(s, c);
    return s;
}
