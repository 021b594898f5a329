/* SPDX-License-Identifier: Apache-2.0 */
/* After several failures in a row a service is left alone for a while, and then one picture tries whether it is back.
 * Threads share it. */
#ifndef PHASH_TOOLS_BREAKER_H
#define PHASH_TOOLS_BREAKER_H

#include "cli/reason.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define BREAKER_WHY_SIZE 256

typedef struct breaker {
    pthread_mutex_t lock;
    uint32_t failures; /* in a row */
    uint64_t pause_ms; /* of the last pause */
    uint64_t until_ms; /* when the next try may be made */
    bool trying;       /* one is under way */
    reason reason;     /* of the last failure */
    char why[BREAKER_WHY_SIZE];
} breaker;

void breaker_init(breaker *b);
void breaker_destroy(breaker *b);

/** May the service be asked? If not, *why says why not, in BREAKER_WHY_SIZE bytes. */
bool breaker_allows(breaker *b, reason *r, char *why);

void breaker_succeeded(breaker *b);
void breaker_failed(breaker *b, reason r, const char *why);

#endif
