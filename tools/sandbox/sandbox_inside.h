/* SPDX-License-Identifier: Apache-2.0 */
/* What sandbox.c, sandbox_process.c and sandbox_job.c share. */
#ifndef PHASH_TOOLS_SANDBOX_INSIDE_H
#define PHASH_TOOLS_SANDBOX_INSIDE_H

#include "sandbox/sandbox.h"
#include "sandbox/sandbox_link.h"

#include <pthread.h>

/** Files that a decoder process is given with one message, and answers with one. */
typedef struct sandbox_group {
    decoder_file file[SANDBOX_GROUP_FILES];
    uint32_t count;
    uint32_t taken; /* the first so many were finished */
    size_t end;     /* where the next file would be, in the group's room */
    bool sent;
    bool answered;
} sandbox_group;

_Static_assert(SANDBOX_GROUPS *SANDBOX_GROUP_FILES == SANDBOX_IN_FLIGHT, "what sandbox.h tells others");

struct sandbox_job {
    sandbox *sandbox;
    uint32_t index;
    uint32_t files; /* that its present process was given */
    int fd;         /* to its process; -1: there is none */
    bool taken;
    bool quick;      /* the last pictures took little time: worth giving it several at once */
    bool alone;      /* one of the files in flight ended its process: each is to be decoded by itself */
    uint64_t since;  /* when its process got to the oldest group, in ns */
    uint32_t oldest; /* group */
    uint32_t open;   /* the group that the next file goes to, or the last to be sent */
    sandbox_group group[SANDBOX_GROUPS];
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

/** Replace the process of a job. *status tells how the old one ended, as waitpid does; -1: nobody knows. */
bool sandbox_renew(sandbox_job *job, int *status);

/** The process of a job ends when it notices. */
void sandbox_close_process(sandbox_job *job);

/** Names of the signals that end decoders. */
const char *sandbox_signal_name(int signal);

#endif
