/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange_fixture.h"

#include <check.h>
#include <string.h>

static void make_picture(picture_prints *p, test_rng *rng, const phash_hash *hash)
{
    p->n = EXCHANGE_VIEWS;
    for (uint32_t v = 0; v < EXCHANGE_VIEWS; v++) {
        const phash_hash other = v == 0 ? *hash : fixture_hash(rng);
        p->prints[v] = fixture_print(rng, &other, NULL);
        p->ids[v] = v;
    }
}

static void make_pictures(exchange_fixture *f, test_rng *rng)
{
    const phash_hash stranger = fixture_hash(rng);
    phash_hash shares = f->hashes[5];

    for (size_t i = 0; i < 14; i++)
        shares.bytes[i] ^= 0xff; /* coefficient rows 9 to 15: the first band, diagonals 0 to 8, stays */
    make_picture(&f->pictures[PICTURE_LISTED], rng, &f->hashes[3]);
    make_picture(&f->pictures[PICTURE_STRANGE], rng, &stranger);
    make_picture(&f->pictures[PICTURE_SHARING_A_BAND], rng, &shares);
    for (int kind = PICTURE_LOW_QUALITY; kind <= PICTURE_MEANINGLESS; kind++) {
        f->pictures[kind] = f->pictures[PICTURE_LISTED];
        for (size_t v = 0; v < EXCHANGE_VIEWS; v++) {
            phash_fingerprint *p = &f->pictures[kind].prints[v];
            p->quality = kind == PICTURE_LOW_QUALITY ? PHASH_QUALITY_MIN - 1 : 100;
            p->flags = kind == PICTURE_MEANINGLESS ? PHASH_FINGERPRINT_MEANINGLESS : 0;
        }
    }
    f->pictures[PICTURE_UNREADABLE].n = 0;
}

void exchange_fixture_init(exchange_fixture *f, uint64_t seed)
{
    test_rng rng = test_rng_init(seed);

    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < EXCHANGE_HASHES; i++)
        f->hashes[i] = fixture_hash(&rng);
    f->key = fixture_key(seed + 1);
    f->list = fixture_list(f->hashes, EXCHANGE_HASHES);
    ck_assert_int_eq(fixture_build(&f->bytes, f->key, f->list, 6, EXCHANGE_BUDGET), PHASH_OK);
    ck_assert_int_eq(phash_set_open_memory(&f->set, NULL, f->bytes.data, f->bytes.size, NULL), PHASH_OK);
    ck_assert_int_eq(phash_evaluator_new(&f->evaluator, f->key, 0, NULL), PHASH_OK);
    make_pictures(f, &rng);
}

void exchange_fixture_clear(exchange_fixture *f)
{
    phash_evaluator_free(&f->evaluator);
    phash_set_free(&f->set);
    set_bytes_free(&f->bytes);
    phash_list_free(&f->list);
    phash_key_free(&f->key);
}

void exchange_begin(phash_query *query, uint8_t *request, const picture_prints *p)
{
    ck_assert_int_eq(phash_query_begin(query, request, 16384, p->prints, p->ids, p->n), PHASH_OK);
}

size_t exchange_answer(const exchange_fixture *f, const phash_query *query, uint8_t *response, const uint8_t *request)
{
    uint32_t tokens = 0;
    size_t size = 0;

    ck_assert_int_eq(phash_evaluator_answer(f->evaluator, response, phash_evaluator_response_max(f->evaluator), &size,
                                            &tokens, NULL, request, phash_query_request_size(query)),
                     PHASH_OK);
    ck_assert_uint_eq(tokens, EXCHANGE_BUDGET);
    return size;
}
