/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reason.h"

const char *reason_name(reason r)
{
    static const char *const names[REASON_COUNT] = {
        "",          "unreadable", "empty",       "not_an_image", "unsupported", "truncated",
        "corrupt",   "too_large",  "too_small",   "low_quality",  "meaningless", "timeout",
        "no_memory", "malformed",  "evaluator",   "evaluator_unavailable",       "set_damaged",
        "decoder_crashed",         "internal",
    };

    return r < REASON_COUNT ? names[r] : "internal";
}

reason reason_of(phash_status status)
{
    switch (status) {
    case PHASH_OK: return REASON_NONE;
    case PHASH_E_IO: return REASON_UNREADABLE;
    case PHASH_E_EMPTY: return REASON_EMPTY;
    case PHASH_E_FORMAT_UNKNOWN: return REASON_NOT_AN_IMAGE;
    case PHASH_E_UNSUPPORTED: return REASON_UNSUPPORTED;
    case PHASH_E_TRUNCATED: return REASON_TRUNCATED;
    case PHASH_E_MALFORMED: return REASON_CORRUPT;
    case PHASH_E_LIMIT: return REASON_TOO_LARGE;
    case PHASH_E_TIMEOUT: return REASON_TIMEOUT;
    case PHASH_E_NO_MEMORY: return REASON_NO_MEMORY;
    case PHASH_E_CHECKSUM:
    case PHASH_E_RECORD: return REASON_SET_DAMAGED;
    case PHASH_E_POINT_INVALID:
    case PHASH_E_PROOF_INVALID:
    case PHASH_E_MESSAGE:
    case PHASH_E_KEY:
    case PHASH_E_REFUSED: return REASON_EVALUATOR;
    default: return REASON_INTERNAL;
    }
}
