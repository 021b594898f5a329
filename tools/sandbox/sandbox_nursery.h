/* SPDX-License-Identifier: Apache-2.0 */
/* The processes behind a sandbox, and what they and the program say to each other. */
#ifndef PHASH_TOOLS_SANDBOX_NURSERY_H
#define PHASH_TOOLS_SANDBOX_NURSERY_H

#include "sandbox/sandbox_answer.h"

#include <sys/types.h>

/** A decoder process has up to so many files at a time, in groups. */
#define SANDBOX_GROUPS 2u
#define SANDBOX_GROUP_FILES 4u
#define SANDBOX_GROUP_BYTES ((size_t)512 << 10) /* a group of more takes no further file */

/** Shared memory of one job: the answers, what is said of all frames of one file, and the files of each group. The last
 *  file of a group may be as large as any, and grow a little while it is read. */
#define SANDBOX_FRAMES_AT ((size_t)8 << 20)
#define SANDBOX_FILE_AT ((size_t)40 << 20)
#define SANDBOX_FILE_ROOM ((size_t)PICTURE_FILE_MAX + SANDBOX_GROUP_BYTES + ((size_t)64 << 10))
#define SANDBOX_JOB_ROOM (SANDBOX_FILE_AT + SANDBOX_GROUPS * SANDBOX_FILE_ROOM)

_Static_assert(SANDBOX_GROUPS * SANDBOX_GROUP_FILES * sizeof(sandbox_answer) <= SANDBOX_FRAMES_AT,
               "the answers fit before the frames");
_Static_assert(sizeof(sandbox_frames) <= SANDBOX_FILE_AT - SANDBOX_FRAMES_AT, "these fit before the files");
_Static_assert(sizeof(size_t) >= 8, "the rooms of many jobs need 64-bit addresses");

/** To the nursery: end the decoder process of a job, if there is one, and start another. Then comes a nursery_reply. */
typedef struct nursery_order {
    uint32_t job;
} nursery_order;

/** From the nursery, together with the program's end of a socket whose other end only the new process has: what is
 *  read from it ends when the process does. */
typedef struct nursery_reply {
    int32_t error;  /* errno when there is no new process, and then no socket */
    int32_t status; /* how the old process ended, as waitpid tells it; -1: there was none */
} nursery_reply;

/** On the socket of a decoder process: it says decoder_hello once; then for every decoder_request one byte. */
typedef struct decoder_hello {
    uint32_t parts; /* SANDBOX_... in force */
} decoder_hello;
typedef struct decoder_file {
    uint64_t at; /* in the room of its group */
    uint64_t size;
} decoder_file;
typedef struct decoder_request {
    uint32_t group;
    uint32_t first; /* decode the files from here */
    uint32_t count; /* to before here */
    uint32_t zero;
    decoder_file file[SANDBOX_GROUP_FILES];
} decoder_request;
#define DECODER_DONE 'd'

/** What the nursery is given. */
typedef struct nursery_setup {
    int control; /* orders and replies */
    uint32_t jobs;
    uint8_t *rooms; /* of all jobs one after another */
    pid_t program;
    const picture_wanted *wanted;
} nursery_setup;

/** The nursery; in a process forked for it. */
_Noreturn void nursery_run(const nursery_setup *setup);

#endif
