/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation through the caller's hooks, and the two operations that must not be optimised away. */
#ifndef PHASH_UTIL_MEM_H
#define PHASH_UTIL_MEM_H

#include <phash/phash.h>
#include <stdbool.h>

/** The hooks a handle was made with; a copy lives in every handle. */
typedef struct phash_allocator {
    void *(*alloc)(void *user, size_t size);
    void (*release)(void *user, void *ptr);
    int (*random)(void *user, uint8_t *out, size_t size); /* NULL: the operating system's */
    void *user;
} phash_allocator;

/** Copy the hooks of options (NULL: defaults), filling in malloc and free. */
phash_allocator phash_allocator_from(const phash_options *options);

/** Allocate n elements of size bytes, zeroed. NULL when memory is short or n * size overflows; never NULL for
 *  n == 0. */
void *phash_alloc(const phash_allocator *allocator, size_t n, size_t size);

/** Grow an array to n elements of size bytes: a new block with the first n_old elements copied and the rest zeroed,
 *  the old block wiped and released. NULL (and the old block intact) when memory is short. */
void *phash_realloc(const phash_allocator *allocator, void *old, size_t n_old, size_t n, size_t size);

/** Release a block; NULL is fine. */
void phash_release(const phash_allocator *allocator, void *ptr);

/** Wipe size bytes, then release them; NULL is fine. For blocks that held secrets. */
void phash_release_secret(const phash_allocator *allocator, void *ptr, size_t size);

/** Overwrite size bytes with zeros in a way the compiler keeps. ptr may be NULL when size is 0. */
void phash_wipe(void *ptr, size_t size);

/** Compare size bytes without branching on their values. */
bool phash_mem_equal_ct(const void *a, const void *b, size_t size);

/** Fill size bytes with randomness of the hook or of the operating system. */
PHASH_NODISCARD phash_status phash_random(const phash_allocator *allocator, uint8_t *out, size_t size);

#endif
