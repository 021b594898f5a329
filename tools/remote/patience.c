/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getrandom */
#include "remote/patience.h"

#include <errno.h>
#include <stddef.h>
#include <sys/random.h>
#include <time.h>

#define PAUSE_FIRST_MS 100u
#define PAUSE_LONGEST_MS 5000u
#define SECONDS_MAX 86400u

uint64_t patience_clock(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void patience_begin(patience *p, uint64_t wait_ms, uint32_t attempts)
{
    p->deadline_ms = patience_clock() + wait_ms;
    p->attempts = attempts;
    p->pause_ms = PAUSE_FIRST_MS;
}

uint64_t patience_left(const patience *p)
{
    const uint64_t now = patience_clock();

    return now < p->deadline_ms ? p->deadline_ms - now : 1;
}

/* xorshift; where a pause ends need not be hard to guess. */
static uint64_t draw(patience *p)
{
    if (p->chance == 0 && getrandom(&p->chance, sizeof p->chance, GRND_NONBLOCK) != (ssize_t)sizeof p->chance)
        p->chance = patience_clock() ^ (uint64_t)(uintptr_t)p;
    p->chance |= p->chance == 0;
    p->chance ^= p->chance << 13;
    p->chance ^= p->chance >> 7;
    p->chance ^= p->chance << 17;
    return p->chance;
}

bool patience_pause(patience *p, uint64_t seconds)
{
    uint64_t ms = p->pause_ms / 2 + draw(p) % (p->pause_ms / 2 + 1);

    if (seconds != 0) /* chance comes on top: never earlier than we were told */
        ms += 1000 * (seconds < SECONDS_MAX ? seconds : SECONDS_MAX);
    if (p->attempts <= 1 || ms >= patience_left(p))
        return false;
    p->attempts--;
    p->pause_ms = 2 * p->pause_ms < PAUSE_LONGEST_MS ? 2 * p->pause_ms : PAUSE_LONGEST_MS;
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
    return true;
}
