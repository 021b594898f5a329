/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets do not outlive their use: an allocator looks for planted ones in every block that is given back, and in all
 * blocks that the handle keeps. OpenSSL's own memory and the stack are out of its sight. */
#include "exchange_fixture.h"

#include "hashset/band.h"
#include "hashset/key.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_query_wiping(void);

enum { NEEDLE = 12, NEEDLES_MAX = 4096, BLOCKS_MAX = 512, FILTER = 1 << 16 };

/* The first bytes of something that must not be found. */
typedef struct needle {
    uint8_t bytes[NEEDLE];
    const char *what;
} needle;

typedef struct inspector {
    struct {
        uint8_t *data;
        size_t size;
    } blocks[BLOCKS_MAX];
    size_t n_blocks;
    needle needles[NEEDLES_MAX];
    size_t n_needles;
    uint8_t filter[FILTER]; /* 1 for the first two bytes of any needle */
    test_rng rng;
    const char *freed_with; /* the first secret found in a block that was given back */
    size_t freed;
    bool keep_random; /* what the random hook gives is secret */
} inspector;

static inspector in;
static exchange_fixture f;
static phash_query *query;
static uint8_t request[16384];
static uint8_t response[65536];

static void plant(const void *bytes, const char *what)
{
    ck_assert_uint_lt(in.n_needles, NEEDLES_MAX);
    needle *n = &in.needles[in.n_needles++];

    memcpy(n->bytes, bytes, NEEDLE);
    n->what = what;
    in.filter[n->bytes[0] | n->bytes[1] << 8] = 1;
}

/* Numbers are kept in limbs as well, lowest first. */
static void plant_scalar(const uint8_t *bytes, const char *what)
{
    uint8_t turned[PHASH_SCALAR_SIZE];

    for (size_t i = 0; i < sizeof turned; i++)
        turned[i] = bytes[sizeof turned - 1 - i];
    plant(bytes, what);
    plant(turned, what);
}

/* What is found in a block; NULL for nothing. */
static const char *find_in(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + NEEDLE <= size; i++)
        if (in.filter[data[i] | data[i + 1] << 8] != 0)
            for (size_t n = 0; n < in.n_needles; n++)
                if (memcmp(data + i, in.needles[n].bytes, NEEDLE) == 0)
                    return in.needles[n].what;
    return NULL;
}

static const char *find_in_kept(void)
{
    const char *what = NULL;

    for (size_t i = 0; i < in.n_blocks && what == NULL; i++)
        what = find_in(in.blocks[i].data, in.blocks[i].size);
    return what;
}

/* How many of the needles called so are in some block that is kept. */
static size_t count_kept(const char *what)
{
    size_t count = 0;

    for (size_t n = 0; n < in.n_needles; n++)
        for (size_t b = 0; in.needles[n].what == what && b < in.n_blocks; b++)
            for (size_t i = 0; i + NEEDLE <= in.blocks[b].size; i++)
                if (memcmp(in.blocks[b].data + i, in.needles[n].bytes, NEEDLE) == 0) {
                    count++;
                    break;
                }
    return count;
}

static void *inspect_alloc(void *user, size_t size)
{
    (void)user;
    ck_assert_uint_lt(in.n_blocks, BLOCKS_MAX);
    uint8_t *data = malloc(size);
    ck_assert_ptr_nonnull(data);
    in.blocks[in.n_blocks].data = data;
    in.blocks[in.n_blocks++].size = size;
    return data;
}

static void inspect_release(void *user, void *ptr)
{
    (void)user;
    for (size_t i = 0; i < in.n_blocks; i++)
        if (in.blocks[i].data == ptr) {
            const char *what = find_in(in.blocks[i].data, in.blocks[i].size);
            if (in.freed_with == NULL)
                in.freed_with = what;
            in.blocks[i] = in.blocks[--in.n_blocks];
            in.freed++;
            free(ptr);
            return;
        }
    ck_assert_msg(ptr == NULL, "a block that was not allocated is released");
}

static int inspect_random(void *user, uint8_t *out, size_t size)
{
    static const char what[] = "randomness";

    (void)user;
    test_rng_fill(&in.rng, out, size);
    for (size_t at = 0; in.keep_random && at + PHASH_SCALAR_SIZE <= size; at += PHASH_SCALAR_SIZE)
        plant_scalar(out + at, what);
    return 0;
}

static void plant_print(const phash_fingerprint *p)
{
    for (size_t at = 0; at + NEEDLE <= PHASH_HASH_SIZE; at += 10)
        plant(p->hash.bytes + at, "hash");
    for (size_t k = 0; k + 3 <= PHASH_HASH_BITS; k += 51)
        plant(&p->margin[k], "margin");
}

/* The inputs of all bands as they are, and what the evaluator's key makes of them. */
static void plant_tokens(const phash_hash *hash)
{
    phash_allocator a = phash_allocator_from(NULL);
    phash_band_layout layout;
    phash_voprf *v = NULL;
    uint8_t input[PHASH_TOKEN_INPUT_SIZE];
    uint8_t token[PHASH_VOPRF_OUTPUT_SIZE];

    ck_assert_int_eq(phash_band_layout_init(&layout, 6), PHASH_OK);
    ck_assert_int_eq(phash_voprf_new(&v, &a), PHASH_OK);
    for (uint32_t j = 0; j < 6; j++) {
        phash_band_input(input, &layout, j, phash_band_value(&layout, hash, j));
        ck_assert_int_eq(phash_voprf_output(v, token, f.key->secret, input, sizeof input), PHASH_OK);
        plant(input + sizeof input - NEEDLE, "input"); /* begins with 0, m, j, bits; then the value */
        const phash_probe probe = {phash_band_value(&layout, hash, j), j};
        uint8_t both[NEEDLE];
        memcpy(both, &probe.value, 8); /* as they lie in memory, the number of the band after the value */
        memcpy(both + 8, &probe.band, 4);
        plant(both, "probe");
        plant(token, "token");
        plant(token + 16, "token");
    }
    phash_voprf_free(&v);
}

static void set_up(void)
{
    memset(&in, 0, sizeof in);
    in.rng = test_rng_init(71);
    exchange_fixture_init(&f, 72);
    phash_options o = {sizeof o, inspect_alloc, inspect_release, inspect_random, NULL};
    ck_assert_int_eq(phash_query_new(&query, f.set, &o), PHASH_OK);
    in.keep_random = true;
}

static void tear_down(void)
{
    phash_query_free(&query);
    exchange_fixture_clear(&f);
}

static void plant_picture(picture_kind kind)
{
    const picture_prints *p = &f.pictures[kind];

    for (size_t v = 0; v < p->n; v++) {
        plant_print(&p->prints[v]);
        plant_tokens(&p->prints[v].hash);
    }
}

#define NOTHING_FREED() ck_assert_msg(in.freed_with == NULL, "a %s is in memory that was given back", in.freed_with)
#define NOTHING_KEPT(when)                                                                                             \
    do {                                                                                                               \
        const char *kept_ = find_in_kept();                                                                            \
        ck_assert_msg(kept_ == NULL, "a %s is kept " when, kept_);                                                     \
    } while (0)

static const char *name_of(const char *what)
{
    for (size_t n = 0; n < in.n_needles; n++)
        if (strcmp(in.needles[n].what, what) == 0)
            return in.needles[n].what;
    return NULL;
}

/* While the answer is awaited hashes, inputs and blinds have to be there: this also shows that they would be seen. */
static void check_waiting(void)
{
    ck_assert_uint_gt(count_kept(name_of("hash")), 0);
    ck_assert_uint_gt(count_kept(name_of("input")), 0);
    ck_assert_uint_ge(count_kept(name_of("randomness")), EXCHANGE_BUDGET);
    ck_assert_uint_eq(count_kept(name_of("margin")), 0);
    ck_assert_uint_eq(count_kept(name_of("token")), 0);
    NOTHING_FREED();
}

static void finish(phash_verdict want)
{
    phash_verdict verdict;
    const size_t size = exchange_answer(&f, query, response, request);

    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, size), PHASH_OK);
    ck_assert_int_eq(verdict, want);
}

START_TEST(a_query_without_match_leaves_nothing)
{
    plant_picture(PICTURE_SHARING_A_BAND);
    for (size_t at = 14; at + NEEDLE <= PHASH_HASH_SIZE; at++) /* what the entry has in common with the picture */
        plant(f.hashes[5].bytes + at, "hash");
    plant(f.hashes[5].bytes, "entry that was too far away");
    plant("photo-5\0\0\0\0\0", "entry that was too far away");
    exchange_begin(query, request, &f.pictures[PICTURE_SHARING_A_BAND]);
    check_waiting();
    finish(PHASH_VERDICT_NO_MATCH);
    NOTHING_KEPT("after no match");
    phash_query_free(&query);
    NOTHING_FREED();
    ck_assert_uint_gt(in.freed, 10);
    ck_assert_uint_eq(in.n_blocks, 0);
}
END_TEST

/* Nothing but the entry stays, and that goes with the next query. */
START_TEST(a_match_keeps_the_entry_alone)
{
    phash_hash *hash = &f.pictures[PICTURE_LISTED].prints[0].hash;
    const char *entry = "entry";

    for (size_t at = 5; at < PHASH_HASH_SIZE; at += 6) /* no 12 bytes of it are the entry's */
        hash->bytes[at] ^= 1;
    plant_picture(PICTURE_LISTED);
    exchange_begin(query, request, &f.pictures[PICTURE_LISTED]);
    check_waiting();
    finish(PHASH_VERDICT_MATCH);
    NOTHING_KEPT("after a match");
    plant(f.hashes[3].bytes, entry);
    ck_assert_uint_gt(count_kept(entry), 0);
    exchange_begin(query, request, &f.pictures[PICTURE_UNREADABLE]);
    ck_assert_uint_eq(count_kept(entry), 0);
    phash_query_free(&query);
    NOTHING_FREED();
}
END_TEST

START_TEST(a_query_that_is_dropped_or_refused_leaves_nothing)
{
    phash_verdict verdict;

    plant_picture(PICTURE_STRANGE);
    exchange_begin(query, request, &f.pictures[PICTURE_STRANGE]);
    check_waiting();
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, 5), PHASH_E_MESSAGE);
    NOTHING_KEPT("after a refusal");
    exchange_begin(query, request, &f.pictures[PICTURE_STRANGE]);
    size_t size = exchange_answer(&f, query, response, request);
    response[size - 1] ^= 1;
    ck_assert_int_eq(phash_query_finish(query, &verdict, NULL, response, size), PHASH_E_PROOF_INVALID);
    NOTHING_KEPT("after a proof that does not verify");
    exchange_begin(query, request, &f.pictures[PICTURE_STRANGE]);
    phash_query_free(&query); /* while it waits */
    NOTHING_FREED();
}
END_TEST

START_TEST(loading_a_saved_query_leaves_nothing_either)
{
    const size_t size = phash_query_state_size(query);
    uint8_t *state = malloc(size);

    ck_assert_ptr_nonnull(state);
    exchange_begin(query, request, &f.pictures[PICTURE_UNREADABLE]);
    ck_assert_int_eq(phash_query_save(query, state, size), PHASH_OK);
    plant_picture(PICTURE_STRANGE);
    exchange_begin(query, request, &f.pictures[PICTURE_STRANGE]);
    ck_assert_int_eq(phash_query_load(query, NULL, state, size), PHASH_OK); /* in its place: it has no hashes */
    ck_assert_uint_eq(count_kept(name_of("hash")), 0);
    exchange_begin(query, request, &f.pictures[PICTURE_STRANGE]);
    ck_assert_int_eq(phash_query_save(query, state, size), PHASH_OK);
    finish(PHASH_VERDICT_NO_MATCH);
    NOTHING_KEPT("after saving and finishing");
    ck_assert_int_eq(phash_query_load(query, NULL, state, size), PHASH_OK);
    check_waiting();
    state[size - 40] ^= 1;
    ck_assert_int_eq(phash_query_load(query, NULL, state, size), PHASH_E_CHECKSUM);
    NOTHING_KEPT("after a state that was refused");
    state[size - 40] ^= 1;
    ck_assert_int_eq(phash_query_load(query, NULL, state, size), PHASH_OK);
    phash_query_free(&query);
    NOTHING_FREED();
    free(state);
}
END_TEST

START_TEST(a_planner_leaves_nothing)
{
    static phash_probe probes[64];
    phash_options o = {sizeof o, inspect_alloc, inspect_release, inspect_random, NULL};
    phash_planner *planner = NULL;
    const picture_prints *p = &f.pictures[PICTURE_STRANGE];
    uint32_t n;

    plant_picture(PICTURE_STRANGE);
    ck_assert_int_eq(phash_planner_new(&planner, 6, 64, &o), PHASH_OK);
    ck_assert_int_eq(phash_planner_run(planner, probes, &n, p->prints, p->ids, p->n), PHASH_OK);
    ck_assert_uint_eq(n, 64);
    NOTHING_KEPT("after planning");
    phash_planner_free(&planner);
    NOTHING_FREED();
}
END_TEST

Suite *suite_query_wiping(void)
{
    Suite *s = suite_create("match/query_wiping");
    TCase *c = tcase_create("query_wiping");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_query_without_match_leaves_nothing);
    tcase_add_test(c, a_match_keeps_the_entry_alone);
    tcase_add_test(c, a_query_that_is_dropped_or_refused_leaves_nothing);
    tcase_add_test(c, loading_a_saved_query_leaves_nothing_either);
    tcase_add_test(c, a_planner_leaves_nothing);
    suite_add_tcase(s, c);
    return s;
}
