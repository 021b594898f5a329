/* SPDX-License-Identifier: Apache-2.0 */
#include <phash/phash.h>

const char *phash_version(void)
{
    return PHASH_VERSION_STRING;
}

const char *phash_status_string(phash_status status)
{
    switch (status) {
    case PHASH_OK: return "ok";
    case PHASH_E_ARGUMENT: return "invalid argument";
    case PHASH_E_STATE: return "not possible in this state";
    case PHASH_E_BUFFER_TOO_SMALL: return "output buffer too small";
    case PHASH_E_UNSUPPORTED: return "not supported by this build";
    case PHASH_E_NO_MEMORY: return "out of memory";
    case PHASH_E_IO: return "input or output failed";
    case PHASH_E_LIMIT: return "over a limit";
    case PHASH_E_TIMEOUT: return "over the time limit";
    case PHASH_E_TRUNCATED: return "data ends early";
    case PHASH_E_MALFORMED: return "data is damaged";
    case PHASH_E_FORMAT_UNKNOWN: return "not an image of a known kind";
    case PHASH_E_EMPTY: return "no data";
    case PHASH_E_MAGIC: return "not a file of this kind";
    case PHASH_E_VERSION: return "unknown format version";
    case PHASH_E_CHECKSUM: return "digest does not agree";
    case PHASH_E_ORDER: return "values out of order or range";
    case PHASH_E_RECORD: return "record not well formed";
    case PHASH_E_UNSIGNED: return "the set is not signed";
    case PHASH_E_SIGNER: return "the set is signed by none of the required signers";
    case PHASH_E_SIGNATURE: return "signature does not verify";
    case PHASH_E_QUORUM: return "too few required signatures";
    case PHASH_E_EXPIRED: return "the set is out of date";
    case PHASH_E_ROLLBACK: return "older edition than one seen before";
    case PHASH_E_FORK: return "edition does not continue the history seen before";
    case PHASH_E_POINT_INVALID: return "invalid group element";
    case PHASH_E_PROOF_INVALID: return "proof does not verify";
    case PHASH_E_MESSAGE: return "message not well formed";
    case PHASH_E_RANDOM: return "random source failed";
    case PHASH_E_KEY: return "wrong or invalid key";
    case PHASH_E_REFUSED: return "refused by the evaluator";
    case PHASH_E_INTERNAL: return "internal error, please report";
    }
    return "unknown status";
}
