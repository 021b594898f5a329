/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* syscall, RLIMIT_NPROC, MAP_ANONYMOUS */
#include "sandbox/sandbox_confine.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>

#define CPU_SECONDS 3600 /* of a process, behind the decoder's own limit for a file and the wait of the program */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static void close_range_of(int first, int last)
{
    if (first > last)
        return;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0u) == 0)
        return;
#endif
    struct rlimit limit; /* kernels before 5.9 */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)last >= limit.rlim_cur)
        last = (int)limit.rlim_cur - 1;
    for (int fd = first; fd <= last; fd++)
        close(fd);
}

void sandbox_close_from(int first, const int *keep, int n)
{
    for (int i = 0; i < n; i++)
        if (keep[i] >= first) {
            close_range_of(first, keep[i] - 1);
            first = keep[i] + 1;
        }
    close_range_of(first, INT32_MAX);
}

static bool lower(unsigned resource, uint64_t value)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) != 0)
        return false;
    if (limit.rlim_max > value) /* also when there is none */
        limit.rlim_max = (rlim_t)value;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) == 0;
}

static bool limit_resources(uint64_t data, uint64_t address_space)
{
    bool good = lower(RLIMIT_CORE, 0) && lower(RLIMIT_FSIZE, 0) && lower(RLIMIT_NOFILE, 1) && lower(RLIMIT_NPROC, 0);

    good = lower(RLIMIT_DATA, data) && lower(RLIMIT_AS, address_space) && lower(RLIMIT_CPU, CPU_SECONDS) && good;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && good;
}

/* Landlock (landlock(7)): a ruleset without rules forbids all it handles. The layout and the numbers are those of
 * linux/landlock.h, which older systems lack. */
static bool apply_landlock(void)
{
#ifdef SYS_landlock_create_ruleset
    struct {
        uint64_t files;
        uint64_t network;
        uint64_t scopes;
    } rules = {0};
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);

    if (abi < 1)
        return false;
    rules.files = abi >= 5 ? 0xffff : abi >= 3 ? 0x7fff : abi == 2 ? 0x3fff : 0x1fff;
    rules.network = abi >= 4 ? 3 : 0; /* to bind and to connect TCP sockets */
    rules.scopes = abi >= 6 ? 3 : 0;  /* abstract sockets and signals to processes outside */
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0u);
    if (fd < 0)
        return false;
    bool good = syscall(SYS_landlock_restrict_self, fd, 0u) == 0;
    close(fd);
    return good;
#else
    return false;
#endif
}

#ifdef ARCHITECTURE
#define LOW_HALF(n) (offsetof(struct seccomp_data, args) + 8 * (n)) /* both architectures are little-endian */
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define FAIL(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
/* Skip `count` instructions unless the call is this one. */
#define UNLESS(call, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, count)
#define ALLOW_CALL(call) UNLESS(call, 1), ALLOW

/* What the decoders and the memory allocator of the C library need, most frequent first; and what abort() needs, so
 * that a damaged heap shows as SIGABRT and not as a forbidden call. docs/threat-model.md lists the same. */
static bool apply_seccomp(void)
{
    const struct sock_filter filter[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        KILL,
        LOAD(offsetof(struct seccomp_data, nr)), /* calls of the x32 ABI have bit 30 set and so equal none below */
        ALLOW_CALL(read),
        ALLOW_CALL(write),
        ALLOW_CALL(clock_gettime),
        ALLOW_CALL(brk),
        ALLOW_CALL(munmap),
        ALLOW_CALL(mremap),
        ALLOW_CALL(exit_group),
        ALLOW_CALL(exit),
        ALLOW_CALL(getpid),
        ALLOW_CALL(gettid),
        ALLOW_CALL(rt_sigprocmask),
        UNLESS(madvise, 1), /* advice of the allocator, which works without */
        FAIL(ENOSYS),
        UNLESS(writev, 1), /* what the C library says before it aborts; there is nowhere to write it */
        FAIL(EBADF),
        UNLESS(tgkill, 4), /* to itself */
        LOAD(LOW_HALF(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1),
        ALLOW,
        KILL,
        UNLESS(futex, 4), /* to wake threads, of which there are none: what ends pthread_once, which dav1d uses */
        LOAD(LOW_HALF(1)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAKE_PRIVATE, 0, 1),
        ALLOW,
        KILL,
        UNLESS(mprotect, 4), /* without PROT_EXEC */
        LOAD(LOW_HALF(2)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        ALLOW,
        KILL,
        UNLESS(mmap, 6), /* anonymous, without PROT_EXEC */
        LOAD(LOW_HALF(2)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 3, 0),
        LOAD(LOW_HALF(3)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1),
        ALLOW,
        KILL,
        KILL,
    };
    const struct sock_fprog program = {(unsigned short)(sizeof filter / sizeof *filter), (struct sock_filter *)filter};

    /* No mitigation of speculation inside this process, which keeps nothing from the code that runs in it. */
#ifdef SECCOMP_FILTER_FLAG_SPEC_ALLOW
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0)
        return true;
#endif
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &program) == 0;
}
#else
static bool apply_seccomp(void)
{
    return false; /* the list of system calls is not known to be right here */
}
#endif

uint32_t sandbox_confine(uint64_t data, uint64_t address_space)
{
    uint32_t parts = 0;

    if (SANDBOX_SANITIZED)
        return parts;
    const bool locked = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; /* else the kernel refuses the two below */
    if (locked && apply_landlock())
        parts |= SANDBOX_LANDLOCK;
    if (limit_resources(data, address_space)) /* no more descriptors: after Landlock, which needs one */
        parts |= SANDBOX_LIMITS;
    if (locked && apply_seccomp())
        parts |= SANDBOX_SECCOMP;
    return parts;
}
