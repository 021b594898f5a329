/* SPDX-License-Identifier: Apache-2.0 */
/* Signing a set, and every way in which it can fail to be trusted. */
#include "hashset/set_file.h"

#include "support/failing_alloc.h"
#include "support/set_fixture.h"
#include "support/signer_keys.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_set_trust(void);

#define N 6
#define NOW 1800000000u

static phash_list *list;
static phash_key *key;
static set_bytes first;                /* edition 1 */
static phash_signer *signers[SIGNER_COUNT];
static uint8_t public_keys[SIGNER_COUNT][PHASH_SIGNER_KEY_SIZE];
static phash_diag diag;

static phash_set *open_set(const set_bytes *bytes)
{
    phash_set *set = NULL;

    diag.text[0] = '\0';
    ck_assert_msg(phash_set_open_memory(&set, &diag, bytes->data, bytes->size, NULL) == PHASH_OK, "%s", diag.text);
    return set;
}

static phash_status build(set_bytes *out, const phash_set *previous, uint64_t sequence, uint64_t not_after,
                          const char *name)
{
    phash_set_params p = {.struct_size = sizeof p, .budget = 64, .sequence = sequence, .not_after = not_after,
                          .name = name, .previous = previous};

    memset(out, 0, sizeof *out);
    diag.text[0] = '\0';
    return phash_set_build(NULL, &diag, key, list, NULL, &p, fixture_write, out, NULL, NULL, NULL);
}

static void set_up(void)
{
    test_rng rng = test_rng_init(31);
    phash_hash hashes[N];

    for (size_t i = 0; i < N; i++)
        hashes[i] = fixture_hash(&rng);
    list = fixture_list(hashes, N);
    key = fixture_key(5);
    ck_assert_int_eq(build(&first, NULL, 1, 0, "test"), PHASH_OK);
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        ck_assert_int_eq(phash_signer_read(&signers[i], NULL, (const uint8_t *)signer_secret[i],
                                           strlen(signer_secret[i]), NULL), PHASH_OK);
        phash_signer_public(signers[i], public_keys[i]);
    }
}

static void tear_down(void)
{
    for (size_t i = 0; i < SIGNER_COUNT; i++)
        phash_signer_free(&signers[i]);
    set_bytes_free(&first);
    phash_key_free(&key);
    phash_list_free(&list);
}

/* Replace bytes by a copy that signer i has signed. */
static void sign(set_bytes *bytes, size_t i)
{
    phash_set *set = open_set(bytes);
    uint8_t signature[PHASH_SIGNATURE_SIZE];
    set_bytes out = {0};

    ck_assert_int_eq(phash_set_sign(set, signature, signers[i]), PHASH_OK);
    ck_assert_int_eq(phash_set_write_signed(set, NULL, public_keys[i], signature, fixture_write, &out, NULL),
                     PHASH_OK);
    phash_set_free(&set);
    set_bytes_free(bytes);
    *bytes = out;
}

static phash_trust required(uint32_t n, uint32_t quorum)
{
    return (phash_trust){.struct_size = sizeof(phash_trust), .signers = n != 0 ? public_keys[0] : NULL,
                         .signer_count = n, .quorum = quorum, .now = NOW};
}

static phash_status check(phash_trust_report *report, const set_bytes *bytes, const phash_trust *trust)
{
    phash_set *set = open_set(bytes);

    phash_status st = phash_set_check_trust(report, &diag, set, trust);
    phash_set_free(&set);
    return st;
}

START_TEST(message_is_what_the_format_says)
{
    phash_set *set = open_set(&first);
    phash_set_info info;
    uint8_t message[PHASH_SIGNED_MESSAGE_SIZE];

    ck_assert_int_eq(phash_set_get_info(set, &info), PHASH_OK);
    ck_assert_int_eq(phash_set_get_message(set, message), PHASH_OK);
    ck_assert_mem_eq(message, "libphash set manifest signature", 32);
    ck_assert_uint_eq(message[32], PHASH_SET_FORMAT);
    ck_assert_mem_eq(message + 33, "\0\0\0", 3);
    ck_assert_mem_eq(message + 36, info.digest, 32);
    phash_set_free(&set);
}
END_TEST

START_TEST(signing_changes_nothing_but_the_signature_area)
{
    set_bytes bytes = {0};
    phash_set *plain = open_set(&first);
    uint8_t last[PHASH_SIGNER_KEY_SIZE] = {0};

    ck_assert_int_eq(fixture_write(&bytes, first.data, first.size), 0);
    for (size_t i = 0; i < SIGNER_COUNT; i++)
        sign(&bytes, i);
    sign(&bytes, 2); /* replaces its own: the same signature, so the same bytes */
    phash_set *set = open_set(&bytes);
    phash_set_info a, b;
    ck_assert_int_eq(phash_set_get_info(plain, &a), PHASH_OK);
    ck_assert_int_eq(phash_set_get_info(set, &b), PHASH_OK);
    ck_assert_mem_eq(a.digest, b.digest, sizeof a.digest);
    ck_assert_uint_eq(a.signature_count, 0);
    ck_assert_uint_eq(b.signature_count, SIGNER_COUNT);
    ck_assert_uint_eq(bytes.size, first.size);
    ck_assert_mem_eq(plain->body, set->body, plain->tree.total * PHASH_SET_BLOCK);
    ck_assert_int_eq(phash_set_verify(set, NULL, NULL, NULL, NULL), PHASH_OK);
    for (uint32_t i = 0; i < SIGNER_COUNT; i++) {
        uint8_t who[PHASH_SIGNER_KEY_SIZE];
        ck_assert_int_eq(phash_set_get_signer(set, who, i), PHASH_OK);
        ck_assert_int_gt(memcmp(who, last, sizeof who), 0);
        memcpy(last, who, sizeof who);
        ck_assert_int_eq(phash_set_check_signature(set, NULL, i), PHASH_OK);
    }
    ck_assert_int_eq(phash_set_get_signer(set, last, SIGNER_COUNT), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_set_check_signature(set, NULL, SIGNER_COUNT), PHASH_E_ARGUMENT);
    phash_set_free(&set);
    phash_set_free(&plain);
    set_bytes_free(&bytes);
}
END_TEST

START_TEST(foreign_signatures_are_verified_before_they_are_stored)
{
    phash_set *set = open_set(&first);
    uint8_t signature[PHASH_SIGNATURE_SIZE];
    set_bytes out = {0};

    ck_assert_int_eq(phash_set_sign(set, signature, signers[0]), PHASH_OK);
    ck_assert_int_eq(phash_set_write_signed(set, &diag, public_keys[1], signature, fixture_write, &out, NULL),
                     PHASH_E_SIGNATURE);
    ck_assert_ptr_nonnull(strstr(diag.text, "the signature of 3d4017c3... does not verify"));
    signature[5] ^= 1;
    ck_assert_int_eq(phash_set_write_signed(set, NULL, public_keys[0], signature, fixture_write, &out, NULL),
                     PHASH_E_SIGNATURE);
    ck_assert_uint_eq(out.size, 0);
    phash_set_free(&set);
}
END_TEST

static int refuse_after(void *user, const uint8_t *bytes, size_t size)
{
    int *left = user;

    (void)bytes;
    (void)size;
    return (*left)-- > 0 ? 0 : -1;
}

START_TEST(trouble_while_signing_is_told)
{
    phash_set *set = open_set(&first);
    uint8_t signature[PHASH_SIGNATURE_SIZE];
    set_bytes out = {0};
    phash_status st;

    ck_assert_int_eq(phash_set_sign(set, signature, signers[0]), PHASH_OK);
    for (int left = 0; left < 2; left++) {
        int n = left;
        ck_assert_int_eq(phash_set_write_signed(set, NULL, public_keys[0], signature, refuse_after, &n, NULL),
                         PHASH_E_IO);
    }
    unsigned long fail_at = 0;
    do {
        failing_alloc f = {fail_at++, 0, 0};
        phash_options o = failing_alloc_options(&f);
        st = phash_set_write_signed(set, NULL, public_keys[0], signature, fixture_write, &out, &o);
        ck_assert_int_eq(st, f.failed ? PHASH_E_NO_MEMORY : PHASH_OK);
        ck_assert_int_eq(f.live, 0);
    } while (st != PHASH_OK);
    ck_assert_uint_eq(fail_at, 4);
    set_bytes_free(&out);
    failing_alloc f = {0, 0, 0};
    phash_options o = failing_alloc_options(&f);
    phash_signer *none = NULL;
    ck_assert_int_eq(phash_signer_read(&none, NULL, (const uint8_t *)signer_secret[0], strlen(signer_secret[0]), &o),
                     PHASH_E_NO_MEMORY);
    f = (failing_alloc){5, 0, 0};
    ck_assert_int_eq(phash_signer_read(&none, NULL, (const uint8_t *)signer_locked, strlen(signer_locked), &o),
                     PHASH_E_KEY);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(f.live, 0);
    phash_signer_free(&none);
    phash_signer_free(NULL);
    phash_set_free(&set);
}
END_TEST

START_TEST(quorum_counts_required_signers_only)
{
    phash_trust_report report;
    phash_trust trust = required(0, 0);

    ck_assert_int_eq(check(&report, &first, &trust), PHASH_OK); /* nobody is required */
    ck_assert_uint_eq(report.verified, 0);
    for (uint32_t n = 1; n <= 3; n++) {
        trust = required(n, 0);
        ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_UNSIGNED);
    }
    sign(&first, 3); /* nobody requires this one */
    trust = required(3, 1);
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_SIGNER);
    sign(&first, 1);
    ck_assert_int_eq(check(&report, &first, &trust), PHASH_OK);
    ck_assert_uint_eq(report.verified, 1);
    trust = required(3, 2);
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_QUORUM);
    ck_assert_ptr_nonnull(strstr(diag.text, "signed by 1 of 3 required signers, and 2 are needed"));
    ck_assert_ptr_nonnull(strstr(diag.text, "d75a9801... is missing"));
    trust = required(3, 0); /* all */
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_QUORUM);
    ck_assert_ptr_nonnull(strstr(diag.text, "3 are needed"));
    sign(&first, 0);
    trust = required(3, 2);
    ck_assert_int_eq(check(&report, &first, &trust), PHASH_OK);
    ck_assert_uint_eq(report.verified, 2);
    trust = required(3, 0);
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_QUORUM);
    ck_assert_ptr_nonnull(strstr(diag.text, "fc51cd8e... is missing"));
    sign(&first, 2);
    ck_assert_int_eq(check(&report, &first, &trust), PHASH_OK);
    ck_assert_uint_eq(report.verified, 3);
}
END_TEST

START_TEST(unsigned_sets_pass_only_when_allowed)
{
    phash_trust_report report;
    phash_trust trust = required(2, 0);

    trust.allow_unsigned = 1;
    ck_assert_int_eq(check(&report, &first, &trust), PHASH_OK);
    ck_assert_uint_eq(report.verified, 0);
    sign(&first, 3); /* signed, and by somebody else: that is no unsigned set */
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_SIGNER);
}
END_TEST

START_TEST(a_signature_that_does_not_verify_is_refused_whoever_made_it)
{
    sign(&first, 0);
    sign(&first, 3);
    phash_set *set = open_set(&first);
    size_t area = (size_t)(set->head.signatures - first.data);
    phash_set_free(&set);
    phash_trust trust = required(1, 1);
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_OK);
    for (size_t i = 0; i < 2 * PHASH_SIGNATURE_ENTRY_SIZE; i++) {
        set = NULL;
        first.data[area + i] ^= 0x20;
        /* a changed key may come before the other one: then the set does not even open */
        phash_status st = phash_set_open_memory(&set, NULL, first.data, first.size, NULL);
        if (st == PHASH_OK)
            ck_assert_int_eq(phash_set_check_trust(NULL, NULL, set, &trust), PHASH_E_SIGNATURE);
        else
            ck_assert_int_eq(st, PHASH_E_ORDER);
        phash_set_free(&set);
        first.data[area + i] ^= 0x20;
    }
    trust = required(0, 0);
    first.data[area + 40] ^= 1;
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_OK); /* not checked, as asked */
    first.data[area + 40] ^= 1;
}
END_TEST

/* The signatures of one edition do not speak for another, with the same names and sequence number even. */
START_TEST(signatures_do_not_carry_over)
{
    set_bytes other;
    phash_set *set = open_set(&first);
    uint8_t signature[PHASH_SIGNATURE_SIZE];

    ck_assert_int_eq(phash_set_sign(set, signature, signers[0]), PHASH_OK);
    phash_set_free(&set);
    ck_assert_int_eq(build(&other, NULL, 1, NOW, "test"), PHASH_OK);
    set = open_set(&other);
    set_bytes out = {0};
    ck_assert_int_eq(phash_set_write_signed(set, NULL, public_keys[0], signature, fixture_write, &out, NULL),
                     PHASH_E_SIGNATURE);
    phash_set_free(&set);
    set_bytes_free(&other);
}
END_TEST

START_TEST(dates_are_kept)
{
    set_bytes dated;
    phash_trust trust = required(0, 0);

    ck_assert_int_eq(build(&dated, NULL, 1, NOW, "test"), PHASH_OK);
    ck_assert_int_eq(check(NULL, &dated, &trust), PHASH_OK);
    trust.now++;
    ck_assert_int_eq(check(NULL, &dated, &trust), PHASH_E_EXPIRED);
    ck_assert_str_eq(diag.text, "the set is out of date since 2027-01-15T08:00:00Z: fetch a newer one");
    trust.allow_unsigned = 1; /* has no say in that */
    ck_assert_int_eq(check(NULL, &dated, &trust), PHASH_E_EXPIRED);
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_OK); /* no date: never out of date */
    trust.now = 0;
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ARGUMENT);
    set_bytes_free(&dated);
}
END_TEST

START_TEST(editions_form_a_chain)
{
    set_bytes second, none;
    phash_set *one = open_set(&first);
    phash_set_info a, b;

    ck_assert_int_eq(build(&second, one, 0, 0, "test"), PHASH_OK);
    phash_set *two = open_set(&second);
    ck_assert_int_eq(phash_set_get_info(one, &a), PHASH_OK);
    ck_assert_int_eq(phash_set_get_info(two, &b), PHASH_OK);
    ck_assert_uint_eq(b.sequence, 2);
    ck_assert_mem_eq(b.previous, a.digest, sizeof a.digest);
    ck_assert_mem_eq(a.id, b.id, sizeof a.id);
    for (size_t i = 0; i < sizeof a.previous; i++)
        ck_assert_uint_eq(a.previous[i], 0);
    ck_assert_int_eq(build(&none, one, 3, 0, "test"), PHASH_E_ARGUMENT);
    ck_assert_str_eq(diag.text, "sequence 3 does not follow 1");
    ck_assert_int_eq(build(&none, one, 0, 0, "other"), PHASH_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(diag.text, "of another set"));
    phash_set_free(&one);
    phash_set_free(&two);
    set_bytes_free(&second);
    ck_assert_int_eq(build(&second, NULL, UINT64_MAX, 0, "test"), PHASH_OK);
    two = open_set(&second);
    ck_assert_int_eq(build(&none, two, 0, 0, "test"), PHASH_E_ARGUMENT);
    phash_set_free(&two);
    set_bytes_free(&second);
}
END_TEST

START_TEST(history_cannot_be_rewritten_or_turned_back)
{
    set_bytes second, third, forged;
    phash_trust_report r1, r2, r3;
    phash_trust trust = required(0, 0);
    phash_set *set = open_set(&first);

    ck_assert_int_eq(build(&second, set, 0, 0, "test"), PHASH_OK);
    phash_set_free(&set);
    set = open_set(&second);
    ck_assert_int_eq(build(&third, set, 0, 0, "test"), PHASH_OK);
    phash_set_free(&set);
    ck_assert_int_eq(check(&r1, &first, &trust), PHASH_OK);
    ck_assert_int_eq(r1.age, PHASH_SET_FIRST);
    ck_assert_uint_eq(r1.seen.sequence, 1);
    trust.seen = &r1.seen;
    ck_assert_int_eq(check(&r2, &first, &trust), PHASH_OK);
    ck_assert_int_eq(r2.age, PHASH_SET_SAME);
    ck_assert_int_eq(check(&r2, &second, &trust), PHASH_OK);
    ck_assert_int_eq(r2.age, PHASH_SET_NEXT);
    ck_assert_int_eq(check(&r3, &third, &trust), PHASH_OK);
    ck_assert_int_eq(r3.age, PHASH_SET_LATER);
    trust.seen = &r2.seen;
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ROLLBACK);
    ck_assert_str_eq(diag.text, "an old edition: sequence 1, and 2 was seen before: fetch the current one");
    ck_assert_int_eq(build(&forged, NULL, 2, 0, "test"), PHASH_OK); /* the same number, another edition */
    ck_assert_int_eq(check(NULL, &forged, &trust), PHASH_E_FORK);
    ck_assert_ptr_nonnull(strstr(diag.text, "another edition with the sequence number 2"));
    set_bytes_free(&forged);
    ck_assert_int_eq(build(&forged, NULL, 3, 0, "test"), PHASH_OK); /* the next number, but it names no other */
    ck_assert_int_eq(check(NULL, &forged, &trust), PHASH_E_FORK);
    ck_assert_ptr_nonnull(strstr(diag.text, "edition 3 does not follow the edition 2"));
    ck_assert_int_eq(check(&r3, &third, &trust), PHASH_OK);
    ck_assert_int_eq(r3.age, PHASH_SET_NEXT);
    set_bytes_free(&forged);
    ck_assert_int_eq(build(&forged, NULL, 3, 0, "other"), PHASH_OK);
    ck_assert_int_eq(check(NULL, &forged, &trust), PHASH_E_ARGUMENT);
    set_bytes_free(&forged);
    set_bytes_free(&second);
    set_bytes_free(&third);
}
END_TEST

START_TEST(requirements_that_make_no_sense_are_refused)
{
    phash_trust trust = required(2, 3);
    uint8_t many[(PHASH_SIGNATURES_MAX + 1) * PHASH_SIGNER_KEY_SIZE] = {0};

    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ARGUMENT);
    trust = required(0, 1);
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ARGUMENT);
    trust = required(1, 0);
    trust.signers = NULL;
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ARGUMENT);
    trust = required(1, 0);
    trust.struct_size = 8;
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ARGUMENT);
    trust = required(2, 1);
    trust.signers = many; /* two that are the same would count one signature twice */
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ARGUMENT);
    ck_assert_str_eq(diag.text, "required signers 1 and 2 are the same");
    trust.signer_count = PHASH_SIGNATURES_MAX + 1;
    ck_assert_int_eq(check(NULL, &first, &trust), PHASH_E_ARGUMENT);
    ck_assert_int_eq(phash_set_check_trust(NULL, NULL, NULL, &trust), PHASH_E_ARGUMENT);
}
END_TEST

Suite *suite_set_trust(void)
{
    Suite *s = suite_create("hashset/set_trust");
    TCase *c = tcase_create("set_trust");

    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, message_is_what_the_format_says);
    tcase_add_test(c, signing_changes_nothing_but_the_signature_area);
    tcase_add_test(c, foreign_signatures_are_verified_before_they_are_stored);
    tcase_add_test(c, trouble_while_signing_is_told);
    tcase_add_test(c, quorum_counts_required_signers_only);
    tcase_add_test(c, unsigned_sets_pass_only_when_allowed);
    tcase_add_test(c, a_signature_that_does_not_verify_is_refused_whoever_made_it);
    tcase_add_test(c, signatures_do_not_carry_over);
    tcase_add_test(c, dates_are_kept);
    tcase_add_test(c, editions_form_a_chain);
    tcase_add_test(c, history_cannot_be_rewritten_or_turned_back);
    tcase_add_test(c, requirements_that_make_no_sense_are_refused);
    suite_add_tcase(s, c);
    return s;
}
