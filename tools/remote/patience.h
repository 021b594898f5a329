/* SPDX-License-Identifier: Apache-2.0 */
/* How long and how often to try: pauses that grow, with chance in them so that many who failed together do not come
 * back together. */
#ifndef PHASH_TOOLS_PATIENCE_H
#define PHASH_TOOLS_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct patience {
    uint64_t deadline_ms;
    uint32_t attempts; /* that are left */
    uint64_t pause_ms; /* of the next pause, at most */
    uint64_t chance;   /* 0: not drawn yet */
} patience;

/** Milliseconds of a clock that only goes forward. */
uint64_t patience_clock(void);

/** Begin: wait_ms for all attempts together. p keeps its chance from before; zero it the first time. */
void patience_begin(patience *p, uint64_t wait_ms, uint32_t attempts);

/** Milliseconds that are left, at least 1. */
uint64_t patience_left(const patience *p);

/** Wait before another attempt, at least `seconds` when the other side said so. False at once when there is to be none:
 *  too many attempts were made, or the time would be over. */
bool patience_pause(patience *p, uint64_t seconds);

#endif
