/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memfd_create, SOCK_CLOEXEC */
#include "sandbox/sandbox.h"

#include "cli/cli.h"
#include "sandbox/sandbox_confine.h"
#include "sandbox/sandbox_inside.h"

#include <errno.h>
#include <inttypes.h>
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
    if (good && !sandbox_renew(&s->job[0], &status)) {
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
        sandbox_close_process(&s->job[i]);
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
