/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that fails on its n-th call, fills what it gives with rubbish, and counts what is not returned. */
#ifndef PHASH_TESTS_FAILING_ALLOC_H
#define PHASH_TESTS_FAILING_ALLOC_H

#include <phash/phash.h>
#include <stdlib.h>
#include <string.h>

typedef struct failing_alloc {
    unsigned long left; /* calls that succeed before one fails; all later ones succeed again */
    int failed;
    long live;
} failing_alloc;

static inline void *failing_alloc_get(void *user, size_t size)
{
    failing_alloc *f = user;

    if (f->left-- == 0) {
        f->failed = 1;
        return NULL;
    }
    void *p = malloc(size);
    if (p != NULL) {
        memset(p, 0xa5, size);
        f->live++;
    }
    return p;
}

static inline void failing_alloc_put(void *user, void *ptr)
{
    failing_alloc *f = user;

    if (ptr != NULL)
        f->live--;
    free(ptr);
}

static inline phash_options failing_alloc_options(failing_alloc *f)
{
    phash_options o = {sizeof o, failing_alloc_get, failing_alloc_put, NULL, f};
    return o;
}

#endif
