/* SPDX-License-Identifier: Apache-2.0 */
/* What a limit means for the secrecy of a list, in words and numbers. */
#ifndef PHASH_TOOLS_EXPLAIN_LIMITS_H
#define PHASH_TOOLS_EXPLAIN_LIMITS_H

#include "evaluator/token_bucket.h"

#include <stdint.h>
#include <stdio.h>

/** Print what each party learns, and how fast one credential can spend its budget on guesses against a list of so many
 *  entries. A refill of 0 means that there is no limit. */
void explain_limits(FILE *out, const meter_limits *limits, uint64_t entries);

#endif
