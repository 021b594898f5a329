/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include "evaluator/meter_clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t = {0};

    if (clock_gettime(id, &t) != 0 || t.tv_sec < 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t wall_ms(void *user)
{
    (void)user;
    return read_clock(CLOCK_REALTIME);
}

static uint64_t running_ms(void *user)
{
    (void)user;
#ifdef CLOCK_BOOTTIME
    return read_clock(CLOCK_BOOTTIME); /* goes on while the machine sleeps */
#else
    return read_clock(CLOCK_MONOTONIC);
#endif
}

void meter_clock_system(meter_clock *out)
{
    memset(out, 0, sizeof *out);
    out->wall_ms = wall_ms;
    out->running_ms = running_ms;
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (f == NULL)
        return;
    if (fgets(out->boot, sizeof out->boot, f) == NULL)
        out->boot[0] = '\0';
    out->boot[strcspn(out->boot, "\n")] = '\0';
    fclose(f);
}
