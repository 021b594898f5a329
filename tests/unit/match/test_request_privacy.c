/* SPDX-License-Identifier: Apache-2.0 */
/* What an observer sees must not depend on the picture: docs/threat-model.md, "Claims". */
#include "exchange_fixture.h"
#include "match/wire.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_request_privacy(void);

enum { REQUESTS = 2000, SIZE = PHASH_REQUEST_HEAD_SIZE + EXCHANGE_BUDGET * PHASH_ELEMENT_SIZE, FEATURES = 10,
       SEEN = 1 << 19 };

static exchange_fixture f;
static phash_query *query;
static uint8_t request[16384];
static uint8_t response[65536];

static void set_up(void)
{
    exchange_fixture_init(&f, 51);
    ck_assert_int_eq(phash_query_new(&query, f.set, NULL), PHASH_OK);
    ck_assert_uint_eq(phash_query_request_size(query), SIZE);
}

static void tear_down(void)
{
    phash_query_free(&query);
    exchange_fixture_clear(&f);
}

/* Whether two requests have 16 bytes in common, at the same or at different places. */
static bool share_16_bytes(const uint8_t *a, const uint8_t *b, size_t size)
{
    for (size_t i = 0; i + 16 <= size; i++)
        for (size_t k = 0; k + 16 <= size; k++)
            if (a[i] == b[k] && a[i + 1] == b[k + 1] && memcmp(a + i, b + k, 16) == 0)
                return true;
    return false;
}

START_TEST(requests_have_one_size_and_nothing_in_common)
{
    const size_t head = PHASH_REQUEST_HEAD_SIZE; /* version, count, set id and key id: the same for all, by design */
    static uint8_t kept[2 * PICTURE_KINDS][SIZE];

    for (int i = 0; i < 2 * PICTURE_KINDS; i++) { /* each picture twice */
        memset(request, 0xee, sizeof request);
        exchange_begin(query, request, &f.pictures[i % PICTURE_KINDS]);
        memcpy(kept[i], request, SIZE);
        for (size_t k = SIZE; k < sizeof request; k++)
            ck_assert_uint_eq(request[k], 0xee);
    }
    for (int i = 0; i < 2 * PICTURE_KINDS; i++) {
        for (int k = 0; k < i; k++) {
            ck_assert_mem_eq(kept[i], kept[k], head);
            ck_assert(!share_16_bytes(kept[i] + head, kept[k] + head, SIZE - head));
        }
        for (size_t e = 0; e < EXCHANGE_BUDGET; e++) /* nor with itself */
            for (size_t k = 0; k < e; k++)
                ck_assert(memcmp(kept[i] + head + 33 * e + 1, kept[i] + head + 33 * k + 1, 32) != 0);
    }
}
END_TEST

/* ---- a distinguisher ---- */

typedef struct sample {
    bool listed;
    double feature[FEATURES];
    uint8_t bytes[SIZE];
} sample;

/* Counts over all requests that have known values when elements are uniformly random. */
typedef struct tally {
    uint64_t odd;     /* elements that begin with 03 */
    uint64_t ascents; /* elements below their successor */
    uint64_t bytes[256];
    uint64_t repeated; /* elements that were there before */
    uint64_t *seen;    /* SEEN: hash table of elements' first bytes */
} tally;

static bool was_seen(tally *t, const uint8_t *element)
{
    uint64_t word;
    memcpy(&word, element + 1, sizeof word);

    for (size_t at = word % SEEN;; at = (at + 1) % SEEN) {
        if (t->seen[at] == word)
            return true;
        if (t->seen[at] == 0) {
            t->seen[at] = word;
            return false;
        }
    }
}

static void count_element(sample *s, tally *t, size_t i)
{
    const uint8_t *e = s->bytes + PHASH_REQUEST_HEAD_SIZE + i * PHASH_ELEMENT_SIZE;
    const bool odd = e[0] == 3;
    const bool ascends = i + 1 < EXCHANGE_BUDGET && memcmp(e + 1, e + 1 + PHASH_ELEMENT_SIZE, 32) < 0;
    const bool repeated = was_seen(t, e);

    ck_assert(e[0] == 2 || e[0] == 3);
    t->odd += odd;
    t->ascents += ascends;
    t->repeated += repeated;
    s->feature[0] += odd;
    s->feature[1] += ascends;
    s->feature[2] += repeated;
    s->feature[3] += e[1];
    s->feature[4] += (double)i * e[1];
    s->feature[5] = fmax(s->feature[5], e[1]); /* order statistics */
    s->feature[6] = fmin(s->feature[6], e[1]);
    for (size_t k = 1; k < PHASH_ELEMENT_SIZE; k++) {
        t->bytes[e[k]]++;
        s->feature[7] += e[k];
        s->feature[8] += e[k] == 0;
        s->feature[9] += (double)e[k] * e[k];
    }
}

static void take_sample(sample *s, tally *t, int i)
{
    /* half are the same listed picture again and again; the others are of all other kinds */
    s->listed = i % 2 == 0;
    exchange_begin(query, request, &f.pictures[s->listed ? PICTURE_LISTED : 1 + i / 2 % (PICTURE_KINDS - 1)]);
    memset(s->feature, 0, sizeof s->feature);
    s->feature[6] = 255;
    memcpy(s->bytes, request, SIZE);
    for (size_t e = 0; e < EXCHANGE_BUDGET; e++)
        count_element(s, t, e);
}

static double value_of(const sample *s, size_t which)
{
    return which < FEATURES ? s->feature[which] : s->bytes[which - FEATURES];
}

/* Learn means and variances of both classes on the first half. */
static void learn(const sample *s, size_t which, double mean[2], double *variance)
{
    double n[2] = {0, 0}, sum[2] = {0, 0}, squares[2] = {0, 0};

    for (size_t i = 0; i < REQUESTS / 2; i++) {
        const double v = value_of(&s[i], which);
        n[s[i].listed]++;
        sum[s[i].listed] += v;
        squares[s[i].listed] += v * v;
    }
    for (size_t c = 0; c < 2; c++)
        mean[c] = sum[c] / n[c];
    *variance = (squares[0] + squares[1]) / (n[0] + n[1]) - (mean[0] * mean[0] + mean[1] * mean[1]) / 2;
}

/* Share of the second half that features from..to-1 together tell apart: the linear discriminant of what the first half
 * showed, every feature for itself. */
static double told_apart(const sample *s, size_t from, size_t to)
{
    static double score[REQUESTS];
    size_t right = 0;

    memset(score, 0, sizeof score);
    for (size_t which = from; which < to; which++) {
        double mean[2], variance;
        learn(s, which, mean, &variance);
        if (variance < 1e-9)
            continue; /* the same everywhere */
        for (size_t i = REQUESTS / 2; i < REQUESTS; i++)
            score[i] += (value_of(&s[i], which) - (mean[0] + mean[1]) / 2) * (mean[1] - mean[0]) / variance;
    }
    for (size_t i = REQUESTS / 2; i < REQUESTS; i++)
        right += (score[i] > 0) == s[i].listed;
    return (double)right / (REQUESTS - REQUESTS / 2);
}

/* The chance of one false alarm in all these is below one in a million. */
static void within(double value, double mean, double deviation, const char *what)
{
    ck_assert_msg(fabs(value - mean) <= 6 * deviation, "%s: %g, expected %g with deviation %g", what, value, mean,
                  deviation);
}

static void check_tally(const tally *t)
{
    const double elements = (double)REQUESTS * EXCHANGE_BUDGET;
    const double each = elements * 32 / 256;
    double chi = 0;

    for (size_t i = 0; i < 256; i++)
        chi += ((double)t->bytes[i] - each) * ((double)t->bytes[i] - each) / each;
    within((double)t->odd, elements / 2, sqrt(elements / 4), "elements that begin with 03");
    within((double)t->ascents, REQUESTS * (EXCHANGE_BUDGET - 1) / 2.0, sqrt(REQUESTS * (EXCHANGE_BUDGET + 1) / 12.0),
           "elements in ascending order");
    within(chi, 255, sqrt(2 * 255), "chi-square of bytes");
    ck_assert_uint_eq(t->repeated, 0);
}

START_TEST(requests_cannot_be_told_apart)
{
    sample *s = calloc(REQUESTS, sizeof *s);
    tally t = {.seen = calloc(SEEN, sizeof(uint64_t))};
    const double chance = 0.5 + 5 * sqrt(0.25 / (REQUESTS / 2)); /* 0.58 */

    ck_assert_ptr_nonnull(s);
    ck_assert_ptr_nonnull(t.seen);
    for (int i = 0; i < REQUESTS; i++)
        take_sample(&s[i], &t, i);
    check_tally(&t);
    for (size_t which = 0; which < FEATURES; which++)
        ck_assert_msg(told_apart(s, which, which + 1) < chance, "feature %zu tells %.3f", which,
                      told_apart(s, which, which + 1));
    printf("told apart: %.3f by features, %.3f by bytes\n", told_apart(s, 0, FEATURES),
           told_apart(s, FEATURES, FEATURES + SIZE));
    ck_assert_double_lt(told_apart(s, 0, FEATURES), chance);
    ck_assert_double_lt(told_apart(s, FEATURES, FEATURES + SIZE), chance);
    free(t.seen);
    free(s);
}
END_TEST

/* ---- the other side, and afterwards ---- */

START_TEST(responses_have_one_size)
{
    for (int kind = 0; kind < PICTURE_KINDS; kind++) {
        exchange_begin(query, request, &f.pictures[kind]);
        memset(response, 0xee, sizeof response);
        ck_assert_uint_eq(exchange_answer(&f, query, response, request), phash_query_response_size(query));
        ck_assert_uint_eq(response[phash_query_response_size(query)], 0xee);
    }
}
END_TEST

typedef struct counted_random {
    test_rng rng;
    size_t bytes;
} counted_random;

static int give_random(void *user, uint8_t *out, size_t size)
{
    counted_random *r = user;

    test_rng_fill(&r->rng, out, size);
    r->bytes += size;
    return 0;
}

/* With the same randomness a client that found something asks its next question byte for byte as one that did not. */
START_TEST(nothing_afterwards_depends_on_the_verdict)
{
    static uint8_t first[SIZE];
    static const phash_verdict want[PICTURE_KINDS + 1] = {
        PHASH_VERDICT_MATCH,         PHASH_VERDICT_NO_MATCH,      PHASH_VERDICT_NO_MATCH,
        PHASH_VERDICT_INDETERMINATE, PHASH_VERDICT_INDETERMINATE, PHASH_VERDICT_INDETERMINATE,
        PHASH_VERDICT_INDETERMINATE};
    size_t drawn = 0;

    for (int kind = 0; kind <= PICTURE_KINDS; kind++) { /* the last one: an answer that does not verify */
        counted_random r = {test_rng_init(60), 0};
        phash_options o = {sizeof o, NULL, NULL, give_random, &r};
        phash_query *q = NULL;
        phash_verdict verdict;
        ck_assert_int_eq(phash_query_new(&q, f.set, &o), PHASH_OK);
        exchange_begin(q, request, &f.pictures[kind % PICTURE_KINDS]);
        const size_t size = exchange_answer(&f, q, response, request);
        if (kind == PICTURE_KINDS)
            response[size - 1] ^= 1;
        ck_assert_int_eq(phash_query_finish(q, &verdict, NULL, response, size),
                         kind == PICTURE_KINDS ? PHASH_E_PROOF_INVALID : PHASH_OK);
        ck_assert_int_eq(verdict, want[kind]);
        ck_assert_uint_eq(phash_query_request_size(q), SIZE);
        r.rng = test_rng_init(61);
        r.bytes = 0;
        exchange_begin(q, request, &f.pictures[PICTURE_STRANGE]);
        if (kind == 0) {
            memcpy(first, request, SIZE);
            drawn = r.bytes;
        }
        ck_assert_mem_eq(request, first, SIZE);
        ck_assert_uint_eq(r.bytes, drawn);
        phash_query_free(&q);
    }
}
END_TEST

Suite *suite_request_privacy(void)
{
    Suite *s = suite_create("match/request_privacy");
    TCase *c = tcase_create("request_privacy");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 240);
    tcase_add_test(c, requests_have_one_size_and_nothing_in_common);
    tcase_add_test(c, requests_cannot_be_told_apart);
    tcase_add_test(c, responses_have_one_size);
    tcase_add_test(c, nothing_afterwards_depends_on_the_verdict);
    suite_add_tcase(s, c);
    return s;
}
