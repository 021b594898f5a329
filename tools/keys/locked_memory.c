/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* MAP_ANONYMOUS, MADV_DONTDUMP, explicit_bzero */
#include "keys/locked_memory.h"

#include "cli/cli.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Before every block: how much is mapped. Its size keeps what follows aligned for anything. */
#define HEAD 64u

static void tell_unlocked(void)
{
    static atomic_flag told = ATOMIC_FLAG_INIT;
    const int why = errno;
    struct rlimit limit;

    if (atomic_flag_test_and_set(&told))
        return;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        say("warning: memory with secrets may be swapped out: %s; the limit of locked memory is %llu bytes "
            "(ulimit -l, LimitMEMLOCK=)",
            strerror(why), (unsigned long long)limit.rlim_cur);
    else
        say("warning: memory with secrets may be swapped out: %s", strerror(why));
}

void *locked_new(size_t size)
{
    const long page = sysconf(_SC_PAGESIZE);
    const size_t unit = page > 0 ? (size_t)page : 4096;

    if (size > SIZE_MAX / 2)
        return NULL;
    const size_t whole = (size + HEAD + unit - 1) / unit * unit;
    uint8_t *memory = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (mlock(memory, whole) != 0)
        tell_unlocked();
#ifdef MADV_DONTDUMP
    (void)madvise(memory, whole, MADV_DONTDUMP);
#endif
    memcpy(memory, &whole, sizeof whole);
    return memory + HEAD;
}

void locked_free(void *memory)
{
    size_t whole;

    if (memory == NULL)
        return;
    uint8_t *begin = (uint8_t *)memory - HEAD;
    memcpy(&whole, begin, sizeof whole);
    explicit_bzero(begin, whole);
    munmap(begin, whole); /* unlocks too */
}

static void *hook_new(void *user, size_t size)
{
    (void)user;
    return locked_new(size);
}

static void hook_free(void *user, void *memory)
{
    (void)user;
    locked_free(memory);
}

phash_options locked_options(void)
{
    return (phash_options){.struct_size = sizeof(phash_options), .alloc = hook_new, .release = hook_free};
}

bool no_core_dumps(void)
{
    const struct rlimit none = {0, 0};
    const bool limited = setrlimit(RLIMIT_CORE, &none) == 0;

    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && limited;
}
