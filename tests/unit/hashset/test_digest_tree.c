/* SPDX-License-Identifier: Apache-2.0 */
#include "hashset/digest_tree.h"

#include "support/rng.h"
#include "util/mem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_digest_tree(void);

static phash_digest *digest;

static void set_up(void)
{
    phash_allocator a = phash_allocator_from(NULL);
    ck_assert_int_eq(phash_digest_new(&digest, &a), PHASH_OK);
}

static void tear_down(void)
{
    phash_digest_free(&digest);
}

/* Digests of level 0, then the levels above: as the builder does it, piece by piece. */
static void build(const phash_tree_shape *s, uint8_t root[PHASH_SHA256_SIZE], uint8_t *body)
{
    uint8_t *upper = body + s->blocks[0] * PHASH_TREE_BLOCK;

    memset(upper, 0, (s->total - s->blocks[0]) * PHASH_TREE_BLOCK);
    for (uint64_t i = 0; i < s->blocks[0]; i++)
        ck_assert_int_eq(phash_tree_digest(digest, s->levels > 1 ? phash_tree_leaf(s, upper, i) : root, 0, i,
                                           body + i * PHASH_TREE_BLOCK), PHASH_OK);
    ck_assert_int_eq(phash_tree_build(digest, s, root, upper), PHASH_OK);
}

START_TEST(shape_counts_every_level)
{
    phash_tree_shape one = phash_tree_shape_of(1);
    ck_assert_uint_eq(one.levels, 1);
    ck_assert_uint_eq(one.total, 1);
    phash_tree_shape s = phash_tree_shape_of(129);
    ck_assert_uint_eq(s.levels, 3);
    ck_assert_uint_eq(s.blocks[1], 2);
    ck_assert_uint_eq(s.start[2], 131);
    ck_assert_uint_eq(s.total, 132);
}
END_TEST

START_TEST(any_changed_byte_is_found)
{
    static const uint64_t sizes[] = {1, 2, 128, 129, 300};
    test_rng rng = test_rng_init(7);

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        phash_tree_shape s = phash_tree_shape_of(sizes[i]);
        uint8_t root[PHASH_SHA256_SIZE];
        uint8_t *body = malloc(s.total * PHASH_TREE_BLOCK);
        ck_assert_ptr_nonnull(body);
        test_rng_fill(&rng, body, s.blocks[0] * PHASH_TREE_BLOCK);
        build(&s, root, body);
        for (uint64_t b = 0; b < s.blocks[0]; b++)
            ck_assert_int_eq(phash_tree_verify(digest, &s, NULL, root, body, b), PHASH_OK);
        for (int round = 0; round < 50; round++) {
            uint64_t block = test_rng_below(&rng, (uint32_t)s.blocks[0]);
            uint32_t at = test_rng_below(&rng, PHASH_TREE_BLOCK);
            body[block * PHASH_TREE_BLOCK + at] ^= 1;
            ck_assert_int_eq(phash_tree_verify(digest, &s, NULL, root, body, block), PHASH_E_CHECKSUM);
            body[block * PHASH_TREE_BLOCK + at] ^= 1;
        }
        for (uint64_t b = s.blocks[0]; b < s.total; b++) { /* the digests, too, are covered */
            body[b * PHASH_TREE_BLOCK] ^= 0x80;
            uint64_t below = 0;
            ck_assert_int_eq(phash_tree_verify(digest, &s, NULL, root, body, below),
                             b == s.start[1] || b >= s.start[s.levels - 1] ? PHASH_E_CHECKSUM : PHASH_OK);
            body[b * PHASH_TREE_BLOCK] ^= 0x80;
        }
        ck_assert_int_eq(phash_tree_verify(digest, &s, NULL, root, body, s.blocks[0]), PHASH_E_INTERNAL);
        free(body);
    }
}
END_TEST

/* A cache spares digest blocks that were verified before, and only those; blocks of level 0 never. */
START_TEST(cache_trusts_only_what_was_verified)
{
    static const uint64_t sizes[] = {1, 128, 300, 128 * 600};
    test_rng rng = test_rng_init(8);

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        phash_tree_shape s = phash_tree_shape_of(sizes[i]);
        static phash_tree_cache cache;
        uint8_t root[PHASH_SHA256_SIZE];
        uint8_t *body = calloc(s.total, PHASH_TREE_BLOCK);
        ck_assert_ptr_nonnull(body);
        build(&s, root, body);
        memset(&cache, 0, sizeof cache);
        for (int round = 0; round < 300; round++) {
            uint64_t block = test_rng_below(&rng, (uint32_t)s.blocks[0]);
            uint8_t *byte = body + block * PHASH_TREE_BLOCK + test_rng_below(&rng, PHASH_TREE_BLOCK);
            ck_assert_int_eq(phash_tree_verify(digest, &s, &cache, root, body, block), PHASH_OK);
            *byte ^= 1;
            ck_assert_int_eq(phash_tree_verify(digest, &s, &cache, root, body, block), PHASH_E_CHECKSUM);
            *byte ^= 1;
        }
        /* Damage above is seen through an empty cache, also by way of a block that was refused. */
        for (uint64_t b = s.blocks[0]; b < s.total; b++) {
            if (b != s.start[1] && b < s.start[s.levels - 1])
                continue;
            body[b * PHASH_TREE_BLOCK] ^= 0x80;
            memset(&cache, 0, sizeof cache);
            ck_assert_int_eq(phash_tree_verify(digest, &s, &cache, root, body, 0), PHASH_E_CHECKSUM);
            ck_assert_int_eq(phash_tree_verify(digest, &s, &cache, root, body, 0), PHASH_E_CHECKSUM);
            body[b * PHASH_TREE_BLOCK] ^= 0x80;
        }
        free(body);
    }
}
END_TEST

START_TEST(place_is_part_of_the_digest)
{
    uint8_t block[PHASH_TREE_BLOCK] = {0};
    uint8_t a[PHASH_SHA256_SIZE];
    uint8_t b[PHASH_SHA256_SIZE];

    ck_assert_int_eq(phash_tree_digest(digest, a, 0, 1, block), PHASH_OK);
    ck_assert_int_eq(phash_tree_digest(digest, b, 0, 2, block), PHASH_OK);
    ck_assert_mem_ne(a, b, sizeof a);
    ck_assert_int_eq(phash_tree_digest(digest, b, 1, 1, block), PHASH_OK);
    ck_assert_mem_ne(a, b, sizeof a);
}
END_TEST

Suite *suite_digest_tree(void)
{
    Suite *s = suite_create("hashset/digest_tree");
    TCase *c = tcase_create("digest_tree");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, shape_counts_every_level);
    tcase_add_test(c, any_changed_byte_is_found);
    tcase_add_test(c, cache_trusts_only_what_was_verified);
    tcase_add_test(c, place_is_part_of_the_digest);
    suite_add_tcase(s, c);
    return s;
}
