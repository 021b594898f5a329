/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that end at an unmapped page, so that one byte too far is a crash. */
#ifndef PHASH_TESTS_GUARD_H
#define PHASH_TESTS_GUARD_H

#include <stddef.h>
#include <stdint.h>

typedef struct guard_buffer {
    uint8_t *data; /* size bytes; data + size is unmapped */
    size_t size;
    void *base;
    size_t mapped;
} guard_buffer;

/** size may be 0. Aborts the test program when memory is short. */
guard_buffer guard_new(size_t size);
void guard_free(guard_buffer *buffer);

#endif
