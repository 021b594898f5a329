/* SPDX-License-Identifier: Apache-2.0 */
/* A meter with a file in a folder of its own, and clocks that stand still unless they are moved. */
#ifndef PHASH_TESTS_METER_FIXTURE_H
#define PHASH_TESTS_METER_FIXTURE_H

#include "evaluator/meter.h"

#include <stdatomic.h>

extern char file[96];
extern meter *m;
extern atomic_uint_fast64_t wall, running; /* milliseconds */
extern const meter_limits limits;          /* one element a second, 1000 at once */

void meter_set_up(void);
void meter_tear_down(void);

/** Open m; boot names the start of the machine. */
bool open_with(const char *path, const char *boot, const meter_limits *l);

/** Close m and open it again. */
bool reopen(const char *boot);

/** How much a credential has, by asking for it. */
uint64_t left(const char *who);

#endif
