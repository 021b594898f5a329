/* SPDX-License-Identifier: Apache-2.0 */
/* Two clocks: one that is never set, and one that means the same after a restart. */
#ifndef PHASH_TOOLS_METER_CLOCK_H
#define PHASH_TOOLS_METER_CLOCK_H

#include <stdint.h>

#define METER_BOOT_SIZE 40

typedef struct meter_clock {
    uint64_t (*wall_ms)(void *user);    /* time of day; anybody may set it */
    uint64_t (*running_ms)(void *user); /* since the machine started; only goes forward */
    void *user;
    char boot[METER_BOOT_SIZE]; /* names this start of the machine; empty when unknown */
} meter_clock;

/** The clocks of this machine. */
void meter_clock_system(meter_clock *out);

#endif
