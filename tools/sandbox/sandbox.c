/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memfd_create, SOCK_CLOEXEC, MADV_REMOVE */
#include "sandbox/sandbox.h"

#include "cli/cli.h"
#include "sandbox/sandbox_confine.h"
#include "sandbox/sandbox_link.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_DEFAULT 60
#define TIMEOUT_MAX 86400
#define REPLY_SECONDS 60 /* for the nursery to fork, and for a new process to say that it is there */
#define RENEW_AFTER 256  /* files: what one file did to a decoder is not there for ever, nor does its CPU time add up */
#define ATTEMPTS 3       /* to hand a file to a process: one that dies before it has the file is not the file's doing */
#define KEEP_BYTES ((size_t)16 << 20) /* of a job's file room; the memory behind a larger file is given back */

struct sandbox_job {
    sandbox *sandbox;
    uint32_t index;
    uint32_t files; /* that its present process was given */
    int fd;         /* to its process; -1: there is none */
    bool taken;
};

struct sandbox {
    pid_t nursery;
    int control; /* -1: the nursery is gone */
    pthread_mutex_t lock;
    uint8_t *rooms;
    uint64_t timeout;
    uint32_t parts; /* SANDBOX_..., in force in every process */
    picture_wanted wanted;
    uint32_t jobs;
    sandbox_job job[];
};

/* --- options --- */

bool sandbox_is_option(int option)
{
    return option == 0x220 || option == 0x221;
}

bool sandbox_take_option(sandbox_options *o, int option, const char *value)
{
    if (option == 0x221)
        return parse_number(&o->timeout, "--timeout", value, 1, TIMEOUT_MAX);
    o->off = true;
    return true;
}

bool sandbox_settle(const sandbox_options *o)
{
    if (!o->off || o->timeout == 0)
        return true;
    usage_error("--timeout stops decoder processes; with --no-sandbox there are none");
    return false;
}

/* --- processes --- */

/* Names of the signals that end decoders. */
static const char *signal_name(int signal)
{
    switch (signal) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGABRT: return "SIGABRT";
    case SIGILL: return "SIGILL";
    case SIGFPE: return "SIGFPE";
    case SIGTRAP: return "SIGTRAP";
    case SIGSYS: return "SIGSYS, for a system call that decoding does not need";
    case SIGXCPU: return "SIGXCPU";
    case SIGKILL: return "SIGKILL, from outside or because memory was short";
    default: return "a signal";
    }
}

static void close_job(sandbox_job *job)
{
    if (job->fd >= 0)
        close(job->fd);
    job->fd = -1;
}

/* Ask the nursery for a new process. False when there is none; without an answer there will never be one. */
static bool order_process(sandbox_job *job, nursery_reply *reply)
{
    sandbox *s = job->sandbox;
    const nursery_order order = {job->index};
    bool good = false;

    *reply = (nursery_reply){.error = ECHILD, .status = -1};
    pthread_mutex_lock(&s->lock);
    if (s->control >= 0) {
        good = link_send(s->control, &order, sizeof order) == LINK_OK &&
               link_receive_reply(s->control, reply, &job->fd, REPLY_SECONDS) == LINK_OK;
        if (!good) {
            close(s->control);
            s->control = -1;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return good && reply->error == 0 && job->fd >= 0;
}

/* Replace the process of a job. *status tells how the old one ended. A new one that is less confined than the header
 * record says is not used. */
static bool renew(sandbox_job *job, int *status)
{
    nursery_reply reply;
    decoder_hello hello = {0};

    close_job(job);
    bool good = order_process(job, &reply);
    *status = reply.status;
    job->files = 0;
    good = good && link_receive(job->fd, &hello, sizeof hello, REPLY_SECONDS) == LINK_OK;
    if (good && job->sandbox->parts == UINT32_MAX)
        job->sandbox->parts = hello.parts; /* the first of all */
    if (good && hello.parts == job->sandbox->parts)
        return true;
    close_job(job);
    return false;
}

/* --- start and end --- */

/* Each job has a socket, and files are opened beside them. */
static void allow_descriptors(uint32_t jobs)
{
    struct rlimit limit;
    const rlim_t wanted = 2 * (rlim_t)jobs + 64;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* A room that costs nothing until it is written: only the pages of files that are being decoded are there. Each is an
 * object of its own: a process that has mapped one can stretch the mapping (mremap) to the end of the object. */
static bool make_room(uint8_t *at)
{
    struct rlimit limit;
    int fd = -1;

    /* Memory without a file counts in full where the system does not overcommit; a file may not be larger than the
     * limit for files, and trying would end the program by SIGXFSZ. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= SANDBOX_JOB_ROOM)
        fd = memfd_create("phash-decoder", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t)SANDBOX_JOB_ROOM) != 0) {
        close(fd);
        fd = -1;
    }
    const int flags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0);
    const void *room = mmap(at, SANDBOX_JOB_ROOM, PROT_READ | PROT_WRITE, flags, fd, 0);
    const int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return room != MAP_FAILED;
}

static bool make_rooms(sandbox *s)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *all = mmap(NULL, s->jobs * SANDBOX_JOB_ROOM, PROT_NONE, flags, -1, 0);

    if (all == MAP_FAILED)
        return false;
    s->rooms = all;
    for (uint32_t i = 0; i < s->jobs; i++)
        if (!make_room(s->rooms + i * SANDBOX_JOB_ROOM))
            return false;
    return true;
}

static bool start_nursery(sandbox *s)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    const nursery_setup setup = {.control = ends[1], .rooms = s->rooms, .jobs = s->jobs, .program = getpid(),
                                 .wanted = &s->wanted};
    s->nursery = fork();
    if (s->nursery == 0)
        nursery_run(&setup);
    const int error = errno;
    close(ends[1]);
    s->control = ends[0];
    errno = error;
    return s->nursery > 0;
}

bool sandbox_start(sandbox **out, const sandbox_options *options, const picture_wanted *wanted, uint32_t jobs)
{
    int status;

    *out = NULL;
    if (options->off)
        return true;
    sandbox *s = calloc(1, sizeof *s + jobs * sizeof *s->job);
    if (s == NULL) {
        say("out of memory");
        return false;
    }
    *s = (sandbox){.control = -1, .timeout = options->timeout != 0 ? options->timeout : TIMEOUT_DEFAULT,
                   .parts = UINT32_MAX, .wanted = *wanted, .jobs = jobs};
    pthread_mutex_init(&s->lock, NULL);
    for (uint32_t i = 0; i < jobs; i++)
        s->job[i] = (sandbox_job){.sandbox = s, .index = i, .fd = -1};
    allow_descriptors(jobs);
    bool good = make_rooms(s) && start_nursery(s);
    if (!good)
        say("cannot start decoder processes: %s; --no-sandbox decodes without them", strerror(errno));
    if (good && !renew(&s->job[0], &status)) {
        say("cannot start decoder processes; --no-sandbox decodes without them");
        good = false;
    }
    if (good)
        *out = s;
    else
        sandbox_stop(&s);
    return good;
}

void sandbox_stop(sandbox **out)
{
    sandbox *s = *out;
    int status;

    if (s == NULL)
        return;
    for (uint32_t i = 0; i < s->jobs; i++)
        close_job(&s->job[i]);
    if (s->control >= 0)
        close(s->control); /* at which the nursery ends all processes and itself */
    if (s->nursery > 0) {
        kill(s->nursery, SIGCONT);
        while (waitpid(s->nursery, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    if (s->rooms != NULL)
        munmap(s->rooms, s->jobs * SANDBOX_JOB_ROOM);
    pthread_mutex_destroy(&s->lock);
    free(s);
    *out = NULL;
}

/* --- what is in force --- */

static const char *state_of(const sandbox *s)
{
    return s == NULL ? "off" : (s->parts & SANDBOX_SECCOMP) != 0 ? "enforced" : "absent";
}

static const char *word(const sandbox *s, uint32_t part)
{
    return (s->parts & part) != 0 ? "true" : "false";
}

void sandbox_describe(text *out, const sandbox *s)
{
    text_printf(out, ",\"sandbox\":\"%s\"", state_of(s));
    if (s == NULL)
        return;
    text_printf(out, ",\"sandbox_parts\":{\"processes\":true,\"limits\":%s,\"landlock\":%s,\"seccomp\":%s}",
                word(s, SANDBOX_LIMITS), word(s, SANDBOX_LANDLOCK), word(s, SANDBOX_SECCOMP));
    text_printf(out, ",\"timeout\":%" PRIu64, s->timeout);
}

void sandbox_describe_shortly(text *out, const sandbox *s)
{
    if (s == NULL || (s->parts & SANDBOX_SECCOMP) == 0)
        text_printf(out, ", sandbox %s", state_of(s));
    else if ((s->parts & (SANDBOX_LIMITS | SANDBOX_LANDLOCK)) != (SANDBOX_LIMITS | SANDBOX_LANDLOCK))
        text_printf(out, ", sandbox without %s%s%s", (s->parts & SANDBOX_LANDLOCK) == 0 ? "Landlock" : "",
                    (s->parts & (SANDBOX_LIMITS | SANDBOX_LANDLOCK)) == 0 ? " and " : "",
                    (s->parts & SANDBOX_LIMITS) == 0 ? "limits" : "");
}

/* --- jobs --- */

static sandbox_answer *answer_of(const sandbox_job *job)
{
    return (sandbox_answer *)(void *)(job->sandbox->rooms + job->index * SANDBOX_JOB_ROOM);
}

static uint8_t *file_of(const sandbox_job *job)
{
    return job->sandbox->rooms + job->index * SANDBOX_JOB_ROOM + SANDBOX_FILE_AT;
}

sandbox_job *sandbox_job_take(sandbox *s)
{
    sandbox_job *job = NULL;

    pthread_mutex_lock(&s->lock);
    for (uint32_t i = 0; job == NULL && i < s->jobs; i++)
        if (!s->job[i].taken)
            job = &s->job[i];
    if (job != NULL)
        job->taken = true;
    pthread_mutex_unlock(&s->lock);
    return job;
}

void sandbox_job_give_back(sandbox_job *job)
{
    if (job == NULL)
        return;
    pthread_mutex_lock(&job->sandbox->lock);
    close_job(job); /* at which its process ends */
    job->taken = false;
    pthread_mutex_unlock(&job->sandbox->lock);
}

void sandbox_job_file(sandbox_job *job, file_buffer *out)
{
    *out = (file_buffer){.data = file_of(job), .size = 0, .room = SANDBOX_FILE_ROOM};
}

/* Give a file to the job's process, which is replaced first when it is old or gone. */
static link_result hand_over(sandbox_job *job, size_t size)
{
    const decoder_request request = {size};
    int status;
    char done = 0;

    if ((job->fd < 0 || job->files == RENEW_AFTER) && !renew(job, &status))
        return LINK_UNREAD;
    job->files++;
    memset(&answer_of(job)->facts, 0, sizeof(sandbox_facts)); /* no answer: that of the last file is gone */
    link_result sent = link_send(job->fd, &request, sizeof request);
    if (sent == LINK_OK)
        sent = link_receive(job->fd, &done, sizeof done, job->sandbox->timeout);
    if (sent == LINK_UNREAD)
        close_job(job);
    return sent == LINK_OK && done != DECODER_DONE ? LINK_NONSENSE : sent;
}

static void put_trouble(picture *out, picture_views *views, reason r, const char *why)
{
    picture_reset(out);
    views->n = 0;
    out->trouble = r;
    snprintf(out->why, sizeof out->why, "%s", why);
}

/* The process hung, died or lied: end it, get another, and say what happened. */
static void put_end(sandbox_job *job, picture *out, picture_views *views, link_result result)
{
    char why[160];
    int status;

    put_trouble(out, views, REASON_DECODER_CRASHED, "");
    const bool going = renew(job, &status);
    if (result == LINK_NONSENSE)
        snprintf(why, sizeof why, "what the decoder process says makes no sense");
    else if (result == LINK_LATE)
        snprintf(why, sizeof why, "the decoder process was stopped after %" PRIu64 " seconds", job->sandbox->timeout);
    else if (status != -1 && WIFSIGNALED(status))
        snprintf(why, sizeof why, "the decoder process was killed by %s (%d)", signal_name(WTERMSIG(status)),
                 WTERMSIG(status));
    else if (status != -1)
        snprintf(why, sizeof why, "the decoder process ended by itself");
    else
        snprintf(why, sizeof why, "the decoder process is gone");
    out->trouble = result == LINK_LATE ? REASON_TIMEOUT : REASON_DECODER_CRASHED;
    snprintf(out->why, sizeof out->why, "%s%s", why, going ? "" : ", and there is no other");
}

void sandbox_job_decode(sandbox_job *job, picture *out, picture_views *views, const uint8_t *bytes, size_t size)
{
    link_result result = LINK_UNREAD;

    if (bytes != file_of(job) && size != 0)
        memmove(file_of(job), bytes, size);
    for (int i = 0; result == LINK_UNREAD && i < ATTEMPTS; i++)
        result = hand_over(job, size);
    if (result == LINK_UNREAD)
        put_trouble(out, views, REASON_DECODER_CRASHED, "there is no decoder process, and none can be started");
    else if (result != LINK_OK)
        put_end(job, out, views, result);
    else if (!sandbox_answer_take(out, views, answer_of(job), &job->sandbox->wanted))
        put_end(job, out, views, LINK_NONSENSE);
    if (size > KEEP_BYTES)
        (void)madvise(file_of(job) + KEEP_BYTES, SANDBOX_FILE_ROOM - KEEP_BYTES, MADV_REMOVE);
}
