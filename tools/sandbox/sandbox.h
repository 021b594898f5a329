/* SPDX-License-Identifier: Apache-2.0 */
/* Decoder processes: hostile bytes are decoded where nothing can be opened, sent or started, and where a crash or a
 * hang costs one picture. docs/threat-model.md, "Decoding hostile files", says what that is worth.
 *
 * A small process, the nursery, is forked before the program holds lists, keys or threads. It forks a decoder process
 * for each job when asked to, and replaces it when asked to. Files go to their decoder, and fingerprints come back,
 * through memory that the two share; everything that comes back is treated as hostile (sandbox_answer.h). */
#ifndef PHASH_TOOLS_SANDBOX_H
#define PHASH_TOOLS_SANDBOX_H

#include "cli/file_io.h"
#include "sandbox/picture_decode.h"
#include "cli/text_out.h"

/** What the command line says about it. */
typedef struct sandbox_options {
    bool off;
    uint64_t timeout; /* seconds a file may take; 0: not given */
} sandbox_options;

/** getopt_long entries of a command that decodes in processes. */
#define SANDBOX_OPTIONS                                                                                                \
    {"no-sandbox", no_argument, NULL, 0x220}, {"timeout", required_argument, NULL, 0x221}

/** Is this one of SANDBOX_OPTIONS? */
bool sandbox_is_option(int option);

/** Take one of SANDBOX_OPTIONS; false after a message. */
bool sandbox_take_option(sandbox_options *o, int option, const char *value);

/** Once the command line is read: do the options fit together? False after a message. */
bool sandbox_settle(const sandbox_options *o);

/** All decoder processes of a run. */
typedef struct sandbox sandbox;

/** One decoder process and what replaces it; for one thread. */
typedef struct sandbox_job sandbox_job;

/** Start: before any thread, and before anything secret is in memory. *out is NULL when the options say so. False
 *  after a message: a program that cannot confine its decoders does not quietly go on without. */
bool sandbox_start(sandbox **out, const sandbox_options *options, const picture_wanted *wanted, uint32_t jobs);

/** End all its processes, free it and store NULL. */
void sandbox_stop(sandbox **s);

/** Members for the header record, starting with a comma: what is in force. s may be NULL. */
void sandbox_describe(text *out, const sandbox *s);

/** For people: ", ..." when something is not in force, else nothing. */
void sandbox_describe_shortly(text *out, const sandbox *s);

/** Take one of the jobs, up to as many as it was started with; else NULL. Threads: any. */
sandbox_job *sandbox_job_take(sandbox *s);

/** Give it back and end its process; NULL is no job. */
void sandbox_job_give_back(sandbox_job *job);

/** Most files of a job in flight. */
#define SANDBOX_IN_FLIGHT 8

/** May another file begin before the oldest in flight is finished? Always when none is; several at a time when the
 *  pictures are small, for then program and decoder would spend much of their time waking each other up. */
bool sandbox_job_may_begin(const sandbox_job *job);

/** Where to read the next file so that its decoder sees it: room for PICTURE_FILE_MAX and more, which never grows. The
 *  memory belongs to the job. */
void sandbox_job_file(sandbox_job *job, file_buffer *out);

/** Begin a file, when sandbox_job_may_begin. bytes may lie in the room of sandbox_job_file or anywhere else. */
void sandbox_job_begin(sandbox_job *job, const uint8_t *bytes, size_t size);

/** Finish the oldest file in flight: as picture_decode, in the decoder process. A picture whose decoder crashed, hung
 *  or lied is in trouble; the next one gets a new decoder. So do the others in flight: a picture is held responsible
 *  only for what happens when its decoder has no other. */
void sandbox_job_finish(sandbox_job *job, picture *out, picture_views *views);

#endif
