/* SPDX-License-Identifier: Apache-2.0 */
/* Every way in which the service can say no. None of them is a verdict. */
#ifndef PHASH_TOOLS_FAULTS_H
#define PHASH_TOOLS_FAULTS_H

#include <phash/phash.h>

typedef enum fault {
    FAULT_NONE,
    FAULT_MALFORMED,
    FAULT_VERSION,
    FAULT_TOO_MANY_ELEMENTS,
    FAULT_BAD_ELEMENT,
    FAULT_UNKNOWN_KEY,
    FAULT_UNAUTHORIZED,
    FAULT_NOT_FOUND,
    FAULT_METHOD,
    FAULT_LENGTH,
    FAULT_TOO_LARGE,
    FAULT_TYPE,
    FAULT_RANGE,
    FAULT_BUDGET_SPENT,
    FAULT_OVERLOADED,
    FAULT_DRAINING,
    FAULT_METER,
    FAULT_SET_CHANGED,
    FAULT_INTERNAL,
    FAULT_COUNT
} fault;

/** How a fault is told. */
typedef struct fault_words {
    const char *word;    /* in JSON and in metrics: scripts depend on it */
    unsigned status;     /* of HTTP */
    const char *message; /* what is wrong and what to do, where nothing more exact is known */
} fault_words;

/** The words of a fault. */
const fault_words *fault_describe(fault f);

/** The fault that a refusal of the library is. */
fault fault_of_status(phash_status status);

#endif
