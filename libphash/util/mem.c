/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getrandom */
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/random.h>
#endif

static void *default_alloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void default_release(void *user, void *ptr)
{
    (void)user;
    free(ptr);
}

phash_allocator phash_allocator_from(const phash_options *options)
{
    phash_allocator a = {default_alloc, default_release, NULL, NULL};

    if (options == NULL)
        return a;
    a.user = options->user;
    a.random = options->random;
    if (options->alloc != NULL && options->release != NULL) {
        a.alloc = options->alloc;
        a.release = options->release;
    }
    return a;
}

void *phash_alloc(const phash_allocator *allocator, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    size_t total = n * size;
    void *ptr = allocator->alloc(allocator->user, total != 0 ? total : 1);
    if (ptr != NULL)
        memset(ptr, 0, total);
    return ptr;
}

void *phash_realloc(const phash_allocator *allocator, void *old, size_t n_old, size_t n, size_t size)
{
    void *ptr = phash_alloc(allocator, n, size);

    if (ptr == NULL)
        return NULL;
    if (old != NULL) {
        memcpy(ptr, old, (n_old < n ? n_old : n) * size);
        phash_release_secret(allocator, old, n_old * size);
    }
    return ptr;
}

void phash_release(const phash_allocator *allocator, void *ptr)
{
    if (ptr != NULL)
        allocator->release(allocator->user, ptr);
}

void phash_release_secret(const phash_allocator *allocator, void *ptr, size_t size)
{
    if (ptr == NULL)
        return;
    phash_wipe(ptr, size);
    allocator->release(allocator->user, ptr);
}

void phash_wipe(void *ptr, size_t size)
{
    if (size == 0)
        return;
    memset(ptr, 0, size);
    /* The empty statement claims to read *ptr, so the memset is not dead. */
#if defined(__GNUC__)
    __asm__ __volatile__("" : : "r"(ptr) : "memory");
#else
    for (volatile uint8_t *p = ptr; size != 0; size--)
        *p++ = 0;
#endif
}

bool phash_mem_equal_ct(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    uint32_t difference = 0;

    for (size_t i = 0; i < size; i++)
        difference |= (uint32_t)(x[i] ^ y[i]);
    return ((difference - 1u) >> 31) != 0; /* 1 exactly when difference is 0 */
}

static phash_status system_random(uint8_t *out, size_t size)
{
#if defined(__linux__)
    while (size != 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return PHASH_E_RANDOM;
        out += got;
        size -= (size_t)got;
    }
    return PHASH_OK;
#else
    (void)out;
    (void)size;
    return PHASH_E_RANDOM; /* pass phash_options.random on this system */
#endif
}

phash_status phash_random(const phash_allocator *allocator, uint8_t *out, size_t size)
{
    if (allocator->random == NULL)
        return system_random(out, size);
    return allocator->random(allocator->user, out, size) == 0 ? PHASH_OK : PHASH_E_RANDOM;
}
