/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that are slower than they may be are cut off. The HTTP library only knows idle ones: whoever sends a byte
 * now and then would keep a connection for ever. */
#ifndef PHASH_TOOLS_DEADLINES_H
#define PHASH_TOOLS_DEADLINES_H

#include "evaluator/counters.h"

#include <stdbool.h>
#include <stdint.h>

/** Of a connection that waits for us and not we for it. */
#define DEADLINE_NONE UINT64_MAX

/** One connection. */
typedef struct deadline deadline;

/** All of them, and the thread that watches. */
typedef struct deadlines deadlines;

/** Start watching. NULL after a message. */
deadlines *deadlines_start(counters *c);

/** Stop; all connections must be gone. */
void deadlines_stop(deadlines **d);

/** Watch a socket, which must be taken out before it is closed. NULL when memory is short. */
deadline *deadline_add(deadlines *d, int fd, uint64_t in_ns);

/** Take it out. */
void deadline_remove(deadlines *d, deadline *one);

/** From now it has so long; DEADLINE_NONE: any time. */
void deadline_set(deadlines *d, deadline *one, uint64_t in_ns);

#endif
