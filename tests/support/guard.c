/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "support/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

guard_buffer guard_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (size + page - 1) / page * page;
    guard_buffer b = {NULL, size, NULL, inner + page};

    b.base = mmap(NULL, b.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b.base == MAP_FAILED || mprotect((uint8_t *)b.base + inner, page, PROT_NONE) != 0) {
        perror("guard_new");
        abort();
    }
    b.data = (uint8_t *)b.base + inner - size;
    return b;
}

void guard_free(guard_buffer *buffer)
{
    if (buffer->base != NULL)
        munmap(buffer->base, buffer->mapped);
    buffer->base = NULL;
    buffer->data = NULL;
}
