/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a set is to be used: whose signatures it carries, its date, and how it stands to what was seen before. */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#include "hashset/set_file.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static const uint8_t *pinned(const phash_trust *trust, uint32_t i)
{
    return trust->signers + (size_t)i * PHASH_SIGNER_KEY_SIZE;
}

static phash_status check_arguments(const phash_set *set, const phash_trust *trust, phash_diag *diag)
{
    if (trust->now == 0)
        return phash_fail(diag, PHASH_E_ARGUMENT, "the time is not known, so the set's date cannot be checked");
    if (trust->signer_count > PHASH_SIGNATURES_MAX)
        return phash_fail(diag, PHASH_E_ARGUMENT, "%" PRIu32 " required signers; the limit is %d", trust->signer_count,
                          PHASH_SIGNATURES_MAX);
    if ((trust->signers == NULL) != (trust->signer_count == 0) || trust->quorum > trust->signer_count)
        return phash_fail(diag, PHASH_E_ARGUMENT, "%" PRIu32 " signatures are required, but %" PRIu32 " signers named",
                          trust->quorum, trust->signer_count);
    for (uint32_t i = 0; i < trust->signer_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (memcmp(pinned(trust, i), pinned(trust, j), PHASH_SIGNER_KEY_SIZE) == 0)
                return phash_fail(diag, PHASH_E_ARGUMENT, "required signers %" PRIu32 " and %" PRIu32 " are the same",
                                  j + 1, i + 1);
    if (trust->seen != NULL && memcmp(trust->seen->id, set->manifest.id, PHASH_SET_ID_SIZE) != 0)
        return phash_fail(diag, PHASH_E_ARGUMENT, "the edition seen before is of another set");
    return PHASH_OK;
}

static bool has_signed(const phash_set *set, const uint8_t *public_key)
{
    for (uint32_t i = 0; i < set->head.signature_count; i++)
        if (memcmp(set->head.signatures + (size_t)i * PHASH_SIGNATURE_ENTRY_SIZE, public_key,
                   PHASH_SIGNER_KEY_SIZE) == 0)
            return true;
    return false;
}

static phash_status fail_quorum(const phash_set *set, const phash_trust *trust, phash_diag *diag, uint32_t have,
                                uint32_t need)
{
    const uint8_t *key = pinned(trust, 0);

    for (uint32_t i = 0; i < trust->signer_count && has_signed(set, key); i++)
        key = pinned(trust, i);
    if (have == 0)
        return phash_fail(diag, PHASH_E_SIGNER, "signed by %" PRIu32 " others, but by none of the %" PRIu32
                          " required signers (%02x%02x%02x%02x...): get the set from its publisher",
                          set->head.signature_count, trust->signer_count, key[0], key[1], key[2], key[3]);
    return phash_fail(diag, PHASH_E_QUORUM, "signed by %" PRIu32 " of %" PRIu32 " required signers, and %" PRIu32
                      " are needed; the signature of %02x%02x%02x%02x... is missing: get the set from its publisher",
                      have, trust->signer_count, need, key[0], key[1], key[2], key[3]);
}

/* Every signature of the file must verify, not only the required ones: a sound file holds none that does not. */
static phash_status check_signatures(const phash_set *set, const phash_trust *trust, phash_diag *diag,
                                     uint32_t *verified)
{
    uint32_t need = trust->quorum != 0 ? trust->quorum : trust->signer_count;
    phash_status st = PHASH_OK;

    *verified = 0;
    if (trust->signer_count == 0)
        return PHASH_OK;
    if (set->head.signature_count == 0 && trust->allow_unsigned != 0)
        return PHASH_OK;
    if (set->head.signature_count == 0)
        return phash_fail(diag, PHASH_E_UNSIGNED, "the set is not signed, and signatures of %" PRIu32 " of %" PRIu32
                          " signers are required: get the signed set from its publisher", need, trust->signer_count);
    for (uint32_t i = 0; st == PHASH_OK && i < set->head.signature_count; i++)
        st = phash_set_check_signature(set, diag, i);
    if (st != PHASH_OK)
        return st;
    for (uint32_t i = 0; i < trust->signer_count; i++)
        *verified += has_signed(set, pinned(trust, i)) ? 1u : 0u;
    return *verified >= need ? PHASH_OK : fail_quorum(set, trust, diag, *verified, need);
}

static phash_status check_date(const phash_set *set, const phash_trust *trust, phash_diag *diag)
{
    uint64_t end = set->manifest.not_after;
    time_t when = (time_t)end;
    struct tm tm;
    char shown[32] = "";

    if (end == 0 || trust->now <= end)
        return PHASH_OK;
    if (gmtime_r(&when, &tm) == NULL || strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return phash_fail(diag, PHASH_E_EXPIRED, "the set is out of date: fetch a newer one");
    return phash_fail(diag, PHASH_E_EXPIRED, "the set is out of date since %s: fetch a newer one", shown);
}

static phash_status check_history(const phash_set *set, const phash_trust *trust, phash_diag *diag,
                                  phash_set_age *age)
{
    const phash_manifest *m = &set->manifest;
    const phash_set_seen *seen = trust->seen;

    *age = PHASH_SET_FIRST;
    if (seen == NULL)
        return PHASH_OK;
    if (m->sequence < seen->sequence)
        return phash_fail(diag, PHASH_E_ROLLBACK, "an old edition: sequence %" PRIu64 ", and %" PRIu64
                          " was seen before: fetch the current one", m->sequence, seen->sequence);
    if (m->sequence == seen->sequence) {
        *age = PHASH_SET_SAME;
        if (memcmp(set->head.digest, seen->digest, PHASH_DIGEST_SIZE) != 0)
            return phash_fail(diag, PHASH_E_FORK, "another edition with the sequence number %" PRIu64 " was seen "
                              "before: its publisher issued two, or one is forged; ask the publisher", m->sequence);
    } else if (m->sequence == seen->sequence + 1) {
        *age = PHASH_SET_NEXT;
        if (memcmp(m->previous, seen->digest, PHASH_DIGEST_SIZE) != 0)
            return phash_fail(diag, PHASH_E_FORK, "edition %" PRIu64 " does not follow the edition %" PRIu64 " that "
                              "was seen before: history was rewritten; ask the publisher", m->sequence, seen->sequence);
    } else {
        *age = PHASH_SET_LATER;
    }
    return PHASH_OK;
}

phash_status phash_set_check_trust(phash_trust_report *report, phash_diag *diag, const phash_set *set,
                                   const phash_trust *trust)
{
    phash_trust_report r = {0};

    if (set == NULL || trust == NULL || trust->struct_size < sizeof *trust)
        return PHASH_E_ARGUMENT;
    phash_status st = check_arguments(set, trust, diag);
    if (st == PHASH_OK)
        st = check_signatures(set, trust, diag, &r.verified);
    if (st == PHASH_OK)
        st = check_date(set, trust, diag);
    if (st == PHASH_OK)
        st = check_history(set, trust, diag, &r.age);
    r.seen.sequence = set->manifest.sequence;
    memcpy(r.seen.id, set->manifest.id, sizeof r.seen.id);
    memcpy(r.seen.digest, set->head.digest, sizeof r.seen.digest);
    if (st == PHASH_OK && report != NULL)
        *report = r;
    return st;
}
