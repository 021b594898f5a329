/* SPDX-License-Identifier: Apache-2.0 */
/* Which sets a command accepts: signers, quorum, and what it remembers of editions seen before. */
#ifndef PHASH_TOOLS_TRUST_H
#define PHASH_TOOLS_TRUST_H

#include "cli/text_out.h"

#include <phash/set.h>

/** Options about trust, and what the check found. */
typedef struct trust_options {
    const char *signer_paths[PHASH_SIGNATURES_MAX];
    uint32_t signer_count;
    uint64_t quorum; /* 0: not given */
    const char *state_path;
    bool allow_unsigned;
    uint8_t keys[PHASH_SIGNATURES_MAX * PHASH_SIGNER_KEY_SIZE];
    char note[256]; /* what was checked, in a line for people */
} trust_options;

/** getopt_long entries of a command that scans. */
#define TRUST_OPTIONS                                                                                                  \
    {"signer", required_argument, NULL, 'S'}, {"quorum", required_argument, NULL, 'Q'},                                \
        {"state", required_argument, NULL, 'T'}, {"allow-unsigned", no_argument, NULL, 'U'}

/** Is this one of TRUST_OPTIONS? */
bool trust_is_option(int option);

/** Take one of TRUST_OPTIONS; false after a message. */
bool trust_take_option(trust_options *t, int option, const char *value);

/** Once the command line is read: do the options fit together? False after a message. */
bool trust_settle(const trust_options *t, bool with_set);

/** Read the signers' keys into t->keys; false after a message. */
bool trust_load_signers(trust_options *t);

/** Decide whether the set is used, and remember it. details gets `,"trust":{...}` for the header record, t->note the
 *  same in words. False after a message that says what is wrong and what to do. */
bool trust_check(trust_options *t, const phash_set *set, const char *path, text *details);

#endif
