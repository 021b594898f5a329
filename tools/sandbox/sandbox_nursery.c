/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC, SOCK_CLOEXEC */
#include "sandbox/sandbox_nursery.h"

#include "sandbox/sandbox_confine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_DEFAULT ((uint64_t)512 << 20) /* phash_limits.max_memory */
#define MEMORY_SLACK ((uint64_t)256 << 20)   /* decoder and hasher, and what the allocator wastes */
#define CODE_SLACK ((uint64_t)1 << 30)       /* address space of the program and its libraries */

/* Not outlive the parent, also when that is killed. */
static void die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
        _exit(1);
}

/* What the terminal or a process manager tells the program's process group is for the program, which ends these
 * processes with it. Handlers of the program are not run here. */
static void reset_signals(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int s = 1; s < NSIG; s++) {
        bool fault = s == SIGSEGV || s == SIGBUS || s == SIGFPE || s == SIGILL || s == SIGABRT || s == SIGTRAP;
        if (fault && SANDBOX_SANITIZED)
            continue; /* the sanitizer reports them */
        bool keep = fault || s == SIGSYS || s == SIGCHLD || s == SIGCONT || s == SIGXCPU || s == SIGXFSZ;
        sigaction(s, keep ? &usual : &ignore, NULL); /* fails for SIGKILL and SIGSTOP */
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_but(int first, int a, int b)
{
    const int error = SANDBOX_SANITIZED ? STDERR_FILENO : a; /* sanitizers write reports there */
    int keep[3] = {a, b, error};

    for (int i = 1; i < 3; i++)
        for (int j = i; j > 0 && keep[j] < keep[j - 1]; j--) {
            int t = keep[j];
            keep[j] = keep[j - 1];
            keep[j - 1] = t;
        }
    sandbox_close_from(first, keep, 3);
}

/* --- decoder process --- */

static bool read_whole(int fd, void *out, size_t size)
{
    ssize_t n;

    do
        n = read(fd, out, size);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size;
}

static bool is_file(const decoder_file *f)
{
    return f->size <= PICTURE_FILE_MAX && f->at <= SANDBOX_FILE_ROOM - f->size;
}

static bool is_request(const decoder_request *r)
{
    return r->group < SANDBOX_GROUPS && r->count <= SANDBOX_GROUP_FILES;
}

static _Noreturn void decode_on_request(picture_decoder *decoder, uint8_t *room)
{
    decoder_request r;
    picture found;
    picture_views views;
    const char done = DECODER_DONE;

    memset(&found, 0, sizeof found);
    if (!picture_views_init(&views, &decoder->wanted))
        _exit(1);
    while (read_whole(STDIN_FILENO, &r, sizeof r) && is_request(&r)) {
        sandbox_answer *answer = (sandbox_answer *)(void *)room + r.group * SANDBOX_GROUP_FILES;
        const uint8_t *bytes = room + SANDBOX_FILE_AT + r.group * SANDBOX_FILE_ROOM;
        for (uint32_t i = r.first; i < r.count && is_file(&r.file[i]); i++) {
            picture_reset(&found);
            picture_decode(decoder, &found, &views, bytes + r.file[i].at, (size_t)r.file[i].size);
            sandbox_answer_put(&answer[i], &found, &views, &decoder->wanted);
            if (decoder->wanted.max_frames != 0)
                sandbox_frames_put((sandbox_frames *)(void *)(room + SANDBOX_FRAMES_AT), &views.frames);
        }
        if (write(STDIN_FILENO, &done, 1) != 1)
            break;
    }
    _exit(0);
}

static _Noreturn void decoder_run(const nursery_setup *setup, picture_decoder *decoder, uint32_t job, int fd)
{
    uint8_t *room = setup->rooms + job * SANDBOX_JOB_ROOM;
    const size_t before = job * SANDBOX_JOB_ROOM;
    const size_t behind = (setup->jobs - job - 1) * SANDBOX_JOB_ROOM;
    const uint64_t limit = setup->wanted->options.limits.max_memory;
    const uint64_t data = (limit != 0 ? limit : MEMORY_DEFAULT) + MEMORY_SLACK;
    decoder_hello hello = {0};

    prctl(PR_SET_NAME, "phash-decoder", 0, 0, 0);
    /* the rooms of other jobs go; a stray write does not change the file */
    if ((before != 0 && munmap(setup->rooms, before) != 0) ||
        (behind != 0 && munmap(room + SANDBOX_JOB_ROOM, behind) != 0) ||
        mprotect(room + SANDBOX_FILE_AT, SANDBOX_JOB_ROOM - SANDBOX_FILE_AT, PROT_READ) != 0 ||
        dup2(fd, STDIN_FILENO) != STDIN_FILENO)
        _exit(1);
    close_but(1, STDIN_FILENO, STDIN_FILENO);
    hello.parts = sandbox_confine(data, data + SANDBOX_JOB_ROOM + CODE_SLACK);
    if (write(STDIN_FILENO, &hello, sizeof hello) != (ssize_t)sizeof hello)
        _exit(1);
    decode_on_request(decoder, room);
}

/* --- nursery --- */

static int end_process(pid_t *pid)
{
    int status = -1;

    if (*pid > 0) {
        kill(*pid, SIGKILL); /* changes nothing for one that is dead */
        while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    *pid = 0;
    return status;
}

/* 0 or errno; *fd is the program's end. */
static int start_process(const nursery_setup *setup, picture_decoder *decoder, uint32_t job, pid_t *pid, int *fd)
{
    const pid_t self = getpid();
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    pid_t child = fork();
    if (child == 0) {
        die_with(self);
        decoder_run(setup, decoder, job, ends[1]);
    }
    const int error = child < 0 ? errno : 0;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return error;
    }
    *pid = child;
    *fd = ends[0];
    return 0;
}

static bool send_reply(int control, const nursery_reply *reply, int fd)
{
    struct iovec data = {(void *)reply, sizeof *reply};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } extra;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    ssize_t n;

    if (fd >= 0) {
        memset(&extra, 0, sizeof extra);
        message.msg_control = extra.bytes;
        message.msg_controllen = sizeof extra.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    do
        n = sendmsg(control, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *reply;
}

static bool obey(const nursery_setup *setup, picture_decoder *decoder, pid_t *pids)
{
    nursery_order order;
    nursery_reply reply = {0};
    int fd = -1;

    if (!read_whole(setup->control, &order, sizeof order) || order.job >= setup->jobs)
        return false;
    reply.status = end_process(&pids[order.job]);
    reply.error = start_process(setup, decoder, order.job, &pids[order.job], &fd);
    bool good = send_reply(setup->control, &reply, fd);
    if (fd >= 0)
        close(fd);
    return good;
}

static int compare_bytes(const void *a, const void *b)
{
    return *(const unsigned char *)a - *(const unsigned char *)b;
}

/* glibc's qsort, which libtiff uses, asks for the size of the memory (sysinfo) when it first sorts more than 1,024
 * bytes, and remembers it. Decoder processes, which may not ask, inherit the answer. */
static void sort_once(void)
{
    unsigned char bytes[2048] = {0};

    qsort(bytes, sizeof bytes, 1, compare_bytes);
}

void nursery_run(const nursery_setup *setup)
{
    picture_decoder decoder; /* made here, so that a new decoder process has it at once */

    die_with(setup->program);
    prctl(PR_SET_NAME, "phash-nursery", 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    reset_signals();
    close_but(0, setup->control, setup->control);
    pid_t *pids = calloc(setup->jobs, sizeof *pids);
    sort_once();
    if (pids == NULL || !picture_decoder_init(&decoder, setup->wanted))
        _exit(1);
    while (obey(setup, &decoder, pids))
        continue;
    for (uint32_t i = 0; i < setup->jobs; i++)
        end_process(&pids[i]);
    _exit(0);
}
