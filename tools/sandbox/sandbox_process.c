/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "sandbox/sandbox_inside.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define REPLY_SECONDS 60 /* for the nursery to fork, and for a new process to say that it is there */

const char *sandbox_signal_name(int signal)
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

void sandbox_close_process(sandbox_job *job)
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

/* A new process that is less confined than the header record says is not used. */
bool sandbox_renew(sandbox_job *job, int *status)
{
    nursery_reply reply;
    decoder_hello hello = {0};

    sandbox_close_process(job);
    bool good = order_process(job, &reply);
    *status = reply.status;
    job->files = 0;
    good = good && link_receive(job->fd, &hello, sizeof hello, REPLY_SECONDS) == LINK_OK;
    if (good && job->sandbox->parts == UINT32_MAX)
        job->sandbox->parts = hello.parts; /* the first of all */
    if (good && hello.parts == job->sandbox->parts)
        return true;
    sandbox_close_process(job);
    return false;
}
