/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "unit/evaluator/meter_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];
char file[96];
meter *m;

atomic_uint_fast64_t wall, running;

static uint64_t wall_now(void *user)
{
    (void)user;
    return wall;
}

static uint64_t running_now(void *user)
{
    (void)user;
    return running;
}

void meter_set_up(void)
{
    snprintf(folder, sizeof folder, "meter-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/m.db", folder);
    wall = UINT64_C(1800000000000);
    running = 5000000;
    m = NULL;
}

void meter_tear_down(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", ".old", ".old-wal"};
    char name[128];

    meter_close(&m);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s%s", file, ends[i]);
        unlink(name);
    }
    rmdir(folder);
}

const meter_limits limits = {60, 60, 1000};

bool open_with(const char *path, const char *boot, const meter_limits *l)
{
    meter_clock clock = {wall_now, running_now, NULL, ""};

    snprintf(clock.boot, sizeof clock.boot, "%s", boot);
    return meter_open_clocked(&m, path, l, 60, &clock);
}

bool reopen(const char *boot)
{
    return meter_close(&m) && open_with(file, boot, &limits);
}

uint64_t left(const char *who)
{
    uint64_t low = 0;

    for (uint64_t step = 512; step != 0; step /= 2)
        if (meter_take(m, who, step, NULL) == METER_GRANTED)
            low += step;
    meter_give_back(m, who, low);
    return low;
}
