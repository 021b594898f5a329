/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "lists/trust.h"

#include "cli/cli.h"
#include "lists/set_text.h"
#include "lists/trust_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

bool trust_is_option(int option)
{
    return option == 'S' || option == 'Q' || option == 'T' || option == 'U';
}

bool trust_take_option(trust_options *t, int option, const char *value)
{
    switch (option) {
    case 'S':
        if (t->signer_count == PHASH_SIGNATURES_MAX) {
            usage_error("--signer: more than %d", PHASH_SIGNATURES_MAX);
            return false;
        }
        t->signer_paths[t->signer_count++] = value;
        return true;
    case 'Q': return parse_number(&t->quorum, "--quorum", value, 1, PHASH_SIGNATURES_MAX);
    case 'T': return take_once(&t->state_path, "--state", value);
    default: t->allow_unsigned = true; return true;
    }
}

bool trust_settle(const trust_options *t, bool with_set)
{
    if (!with_set && (t->signer_count != 0 || t->quorum != 0 || t->state_path != NULL || t->allow_unsigned))
        usage_error("--signer, --quorum, --state and --allow-unsigned go with --set");
    else if (t->quorum > t->signer_count)
        usage_error("--quorum %" PRIu64 " needs as many --signer PUB.pem, and %" PRIu32 " are given", t->quorum,
                    t->signer_count);
    else if (t->allow_unsigned && t->signer_count == 0)
        usage_error("--allow-unsigned goes with --signer; without it no signature is asked for");
    else
        return true;
    return false;
}

bool trust_load_signers(trust_options *t)
{
    for (uint32_t i = 0; i < t->signer_count; i++) {
        uint8_t *key = t->keys + i * (size_t)PHASH_SIGNER_KEY_SIZE;
        if (!signer_load_public(key, t->signer_paths[i]))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (memcmp(key, t->keys + j * (size_t)PHASH_SIGNER_KEY_SIZE, PHASH_SIGNER_KEY_SIZE) == 0) {
                say("%s: the same signer as %s: name each once", t->signer_paths[i], t->signer_paths[j]);
                return false;
            }
    }
    return true;
}

static const char *age_name(const trust_options *t, phash_set_age age)
{
    static const char *const names[] = {"first", "same", "next", "later"};

    return t->state_path == NULL ? "not checked" : names[age];
}

static bool is_required(const trust_options *t, const uint8_t *key)
{
    for (uint32_t i = 0; i < t->signer_count; i++)
        if (memcmp(t->keys + i * (size_t)PHASH_SIGNER_KEY_SIZE, key, PHASH_SIGNER_KEY_SIZE) == 0)
            return true;
    return false;
}

static void describe(trust_options *t, const phash_set *set, const phash_trust_report *r, text *details)
{
    uint64_t need = t->quorum != 0 ? t->quorum : t->signer_count;
    uint8_t key[PHASH_SIGNER_KEY_SIZE];
    const char *signatures = t->signer_count == 0 ? "not checked" : r->verified == 0 ? "none" : "verified";
    const char *comma = "";

    text_printf(details, ",\"trust\":{\"signatures\":\"%s\",\"quorum\":%" PRIu64 ",\"signers\":[", signatures, need);
    for (uint32_t i = 0; r->verified != 0 && phash_set_get_signer(set, key, i) == PHASH_OK; i++)
        if (is_required(t, key)) {
            text_printf(details, "%s\"ed25519:", comma);
            text_hex(details, key, sizeof key);
            text_put(details, "\"");
            comma = ",";
        }
    text_printf(details, "],\"history\":\"%s\"", age_name(t, r->age));
    if (t->signer_count != 0 && r->verified == 0)
        text_put(details, ",\"given_up\":\"the set is not signed: nothing shows who made it\"");
    text_put(details, "}");
    if (t->signer_count == 0)
        snprintf(t->note, sizeof t->note, "signatures not checked (no --signer)");
    else if (r->verified == 0)
        snprintf(t->note, sizeof t->note, "NOT SIGNED: nothing shows who made the set (--allow-unsigned)");
    else
        snprintf(t->note, sizeof t->note, "signatures of %" PRIu32 " of %" PRIu32 " required signers verified",
                 r->verified, t->signer_count);
}

static void warn(const trust_options *t, const char *path, const phash_trust_report *r)
{
    if (t->signer_count != 0 && r->verified == 0)
        say("%s: not signed, and used because of --allow-unsigned: nothing shows who made it, so whoever could replace "
            "the file decides what this scan finds%s",
            path, t->state_path != NULL ? "; it is not remembered in --state" : "");
    if (r->age == PHASH_SET_LATER)
        say("%s: editions before it were passed over, so its history since the one seen last is not verified: phash "
            "set log does that", path);
}

bool trust_check(trust_options *t, const phash_set *set, const char *path, text *details)
{
    phash_set_info info;
    phash_diag diag = {""};
    phash_trust_report report;
    trust_state state = {.lock = -1};
    time_t now = time(NULL);
    phash_trust trust = {.struct_size = sizeof trust, .signers = t->signer_count != 0 ? t->keys : NULL,
                         .signer_count = t->signer_count, .quorum = (uint32_t)t->quorum,
                         .allow_unsigned = t->allow_unsigned ? 1 : 0, .now = now > 0 ? (uint64_t)now : 0};

    if (!trust_load_signers(t) || phash_set_get_info(set, &info) != PHASH_OK)
        return false;
    if (t->state_path != NULL) {
        if (!trust_state_open(&state, t->state_path))
            return false;
        trust.seen = trust_state_find(&state, info.id);
    }
    phash_status st = phash_set_check_trust(&report, &diag, set, &trust);
    if (st != PHASH_OK)
        say("%s: %s%s", path, set_trouble(&diag, st),
            st == PHASH_E_UNSIGNED ? ", or give --allow-unsigned" : "");
    bool good = st == PHASH_OK;
    /* The number of an edition that nobody signed may be anybody's: remembering it could lock out the true ones. */
    if (good && t->state_path != NULL && (t->signer_count == 0 || report.verified != 0))
        good = trust_state_store(&state, &report.seen);
    trust_state_close(&state);
    if (good) {
        warn(t, path, &report);
        describe(t, set, &report, details);
    }
    return good;
}
