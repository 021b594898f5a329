/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluator/faults.h"

const fault_words *fault_describe(fault f)
{
    static const fault_words all[FAULT_COUNT] = {
        [FAULT_NONE] = {"none", 200, ""},
        [FAULT_MALFORMED] = {"malformed", 400, "the body is no request of the protocol"},
        [FAULT_VERSION] = {"unsupported_version", 400, "the request has a version that this service does not speak"},
        [FAULT_TOO_MANY_ELEMENTS] = {"too_many_elements", 400, "the request has more elements than are answered"},
        [FAULT_BAD_ELEMENT] = {"bad_element", 400, "an element of the request is no valid point"},
        [FAULT_UNKNOWN_KEY] = {"unknown_key", 409, "the request is for a key that is not served here"},
        [FAULT_UNAUTHORIZED] = {"unauthorized", 401, "a credential is needed, and none that is known came"},
        [FAULT_NOT_FOUND] = {"not_found", 404, "there is nothing of this name"},
        [FAULT_METHOD] = {"method_not_allowed", 405, "this cannot be done here; the header Allow says what can"},
        [FAULT_LENGTH] = {"length_required", 411, "send a Content-Length; chunked bodies are not taken"},
        [FAULT_TOO_LARGE] = {"too_large", 413, "the body is larger than any request of the protocol"},
        [FAULT_TYPE] = {"unsupported_media_type", 415, "the body must be application/octet-stream"},
        [FAULT_RANGE] = {"range_not_satisfiable", 416, "the range lies outside the file"},
        [FAULT_BUDGET_SPENT] = {"budget_spent", 429, "the credential's budget of elements is spent; come back later"},
        [FAULT_OVERLOADED] = {"overloaded", 503, "too many requests are waiting; come back later"},
        [FAULT_DRAINING] = {"draining", 503, "this service is stopping; ask another, or come back later"},
        [FAULT_METER] = {"meter_unavailable", 503, "metering is out of order, and nothing is evaluated without it"},
        [FAULT_SET_CHANGED] = {"set_changed", 503, "the file was changed in place; the operator must reload"},
        [FAULT_INTERNAL] = {"internal", 500, "the service is in trouble; come back later"},
    };

    return &all[f];
}

fault fault_of_status(phash_status status)
{
    switch (status) {
    case PHASH_OK: return FAULT_NONE;
    case PHASH_E_MESSAGE: return FAULT_MALFORMED;
    case PHASH_E_VERSION: return FAULT_VERSION;
    case PHASH_E_LIMIT: return FAULT_TOO_MANY_ELEMENTS;
    case PHASH_E_POINT_INVALID: return FAULT_BAD_ELEMENT;
    case PHASH_E_KEY: return FAULT_UNKNOWN_KEY;
    default: return FAULT_INTERNAL;
    }
}
