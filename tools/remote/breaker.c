/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "remote/breaker.h"

#include "remote/patience.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FAILURES_MAX 5u
#define PAUSE_FIRST_MS 1000u
#define PAUSE_LONGEST_MS 60000u

void breaker_init(breaker *b)
{
    memset(b, 0, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
}

void breaker_destroy(breaker *b)
{
    pthread_mutex_destroy(&b->lock);
}

bool breaker_allows(breaker *b, reason *r, char *why)
{
    const uint64_t now = patience_clock();

    pthread_mutex_lock(&b->lock);
    const bool allowed = b->failures < FAILURES_MAX || now >= b->until_ms;
    if (!allowed) {
        *r = b->reason;
        snprintf(why, BREAKER_WHY_SIZE, "not asked, after %" PRIu32 " failures in a row; the last: %.160s", b->failures,
                 b->why);
    } else if (b->failures >= FAILURES_MAX) {
        b->until_ms = now + b->pause_ms; /* others wait for what comes of this try */
        b->trying = true;
    }
    pthread_mutex_unlock(&b->lock);
    return allowed;
}

void breaker_succeeded(breaker *b)
{
    pthread_mutex_lock(&b->lock);
    b->failures = 0;
    b->pause_ms = 0;
    b->trying = false;
    pthread_mutex_unlock(&b->lock);
}

void breaker_failed(breaker *b, reason r, const char *why)
{
    const uint64_t now = patience_clock();

    pthread_mutex_lock(&b->lock);
    b->failures += b->failures < UINT32_MAX;
    b->reason = r;
    snprintf(b->why, sizeof b->why, "%s", why);
    /* Threads that were asking when it went down make no pause longer: only a try that was made after one does. */
    if (b->failures == FAILURES_MAX || (b->failures > FAILURES_MAX && b->trying)) {
        b->pause_ms = b->failures == FAILURES_MAX ? PAUSE_FIRST_MS : 2 * b->pause_ms;
        if (b->pause_ms > PAUSE_LONGEST_MS)
            b->pause_ms = PAUSE_LONGEST_MS;
        b->until_ms = now + b->pause_ms;
        b->trying = false;
    }
    pthread_mutex_unlock(&b->lock);
}
