/* SPDX-License-Identifier: Apache-2.0 */
/* A set of 30 made hashes, its key, an evaluator, and pictures of each kind to ask about. */
#ifndef PHASH_TESTS_EXCHANGE_FIXTURE_H
#define PHASH_TESTS_EXCHANGE_FIXTURE_H

#include "support/set_fixture.h"

#include <phash/private.h>

enum { EXCHANGE_HASHES = 30, EXCHANGE_BUDGET = 64, EXCHANGE_VIEWS = 5 };

/** What a picture is like, as far as an observer must not tell. */
typedef enum picture_kind {
    PICTURE_LISTED,
    PICTURE_STRANGE,
    PICTURE_SHARING_A_BAND, /* opens an entry that is too far away */
    PICTURE_LOW_QUALITY,
    PICTURE_MEANINGLESS,
    PICTURE_UNREADABLE, /* no fingerprints at all */
    PICTURE_KINDS
} picture_kind;

typedef struct picture_prints {
    phash_fingerprint prints[EXCHANGE_VIEWS];
    uint32_t ids[EXCHANGE_VIEWS];
    size_t n;
} picture_prints;

typedef struct exchange_fixture {
    phash_hash hashes[EXCHANGE_HASHES];
    phash_key *key;
    phash_list *list;
    set_bytes bytes;
    phash_set *set;
    phash_evaluator *evaluator;
    picture_prints pictures[PICTURE_KINDS];
} exchange_fixture;

/** Make everything from a seed. */
void exchange_fixture_init(exchange_fixture *f, uint64_t seed);
void exchange_fixture_clear(exchange_fixture *f);

/** Begin a query about a picture; the request goes to 16384 bytes. */
void exchange_begin(phash_query *query, uint8_t *request, const picture_prints *p);
/** Let the evaluator answer; gives the size of the response. */
size_t exchange_answer(const exchange_fixture *f, const phash_query *query, uint8_t *response, const uint8_t *request);

#endif
