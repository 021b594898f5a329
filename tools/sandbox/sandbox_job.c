/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* MADV_REMOVE */
#include "sandbox/sandbox_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

/* Files: what one file did to a decoder is not there for ever, nor does its CPU time add up. */
#define RENEW_AFTER 256u
/* To hand a file to a process: one that dies before it has the file is not the file's doing. */
#define ATTEMPTS 3
/* A picture that takes longer is not worth decoding together with others. */
#define QUICK_NS 10000000u
/* Seconds that several quick pictures may take; then each is decoded by itself, in its own time. */
#define PATIENCE 2u
/* Of the room of the first group, and of the others, which hold small files; what is behind a larger file is freed. */
#define KEEP_BYTES ((size_t)16 << 20)
#define KEEP_BYTES_LATER ((size_t)1 << 20)
#define FILE_ALIGNMENT ((size_t)64)

/* --- rooms --- */

static uint8_t *room_of(const sandbox_job *job)
{
    return job->sandbox->rooms + job->index * SANDBOX_JOB_ROOM;
}

static sandbox_answer *answer_of(const sandbox_job *job, uint32_t group, uint32_t file)
{
    return (sandbox_answer *)(void *)room_of(job) + group * SANDBOX_GROUP_FILES + file;
}

static const sandbox_frames *frames_of(const sandbox_job *job)
{
    return (const sandbox_frames *)(const void *)(room_of(job) + SANDBOX_FRAMES_AT);
}

static uint8_t *files_of(const sandbox_job *job, uint32_t group)
{
    return room_of(job) + SANDBOX_FILE_AT + group * SANDBOX_FILE_ROOM;
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
    sandbox_close_process(job); /* at which it ends */
    memset(job->group, 0, sizeof job->group);
    job->taken = false;
    pthread_mutex_unlock(&job->sandbox->lock);
}

/* --- handing over --- */

static uint32_t in_flight(const sandbox_job *job)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < SANDBOX_GROUPS; i++)
        n += job->group[i].count - job->group[i].taken;
    return n;
}

/* Did its process have other files beside the oldest, whose doing it may be when something is wrong? */
static bool has_company(const sandbox_job *job)
{
    return job->group[job->oldest].count > 1 || in_flight(job) > 1;
}

static uint64_t nanoseconds(void)
{
    struct timespec t = {0};

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* There is a process that may be given files, or there can be none. Not while another has files. */
static bool have_process(sandbox_job *job)
{
    int status;

    return (job->fd >= 0 && job->files < RENEW_AFTER) || sandbox_renew(job, &status);
}

/* Ask for some files of a group. */
static link_result request_files(sandbox_job *job, uint32_t group, uint32_t first, uint32_t count)
{
    decoder_request request = {.group = group, .first = first, .count = count};

    memcpy(request.file, job->group[group].file, sizeof request.file);
    for (uint32_t i = first; i < count; i++) /* no answer: that of the last file is gone */
        memset(&answer_of(job, group, i)->facts, 0, sizeof(sandbox_facts));
    job->files += count - first;
    return link_send(job->fd, &request, sizeof request);
}

static link_result await_done(sandbox_job *job, uint64_t seconds)
{
    char done = 0;
    link_result result = link_receive(job->fd, &done, sizeof done, seconds);

    return result == LINK_OK && done != DECODER_DONE ? LINK_NONSENSE : result;
}

/* When this fails it shows when the answer is awaited. */
static void send_group(sandbox_job *job, uint32_t group)
{
    sandbox_group *g = &job->group[group];
    const bool first = in_flight(job) == g->count;

    g->sent = true;
    if (first) {
        (void)have_process(job);
        job->since = nanoseconds();
    }
    if (job->fd >= 0 && request_files(job, group, 0, g->count) != LINK_OK)
        sandbox_close_process(job);
}

static link_result await_group(sandbox_job *job, sandbox_group *g)
{
    const uint64_t timeout = job->sandbox->timeout;

    if (g->answered)
        return LINK_OK;
    if (job->fd < 0)
        return LINK_UNREAD;
    link_result result = await_done(job, has_company(job) && timeout > PATIENCE ? PATIENCE : timeout);
    if (result == LINK_OK) {
        const uint64_t now = nanoseconds();
        job->quick = now - job->since <= (uint64_t)g->count * QUICK_NS;
        job->since = now;
        g->answered = true;
    }
    return result;
}

/* --- beginning --- */

bool sandbox_job_may_begin(const sandbox_job *job)
{
    const sandbox_group *open = &job->group[job->open];
    const uint32_t unsent = open->sent ? 0 : open->count;

    if (in_flight(job) == 0)
        return true;
    if (job->alone || !job->quick || job->files + unsent >= RENEW_AFTER || job->sandbox->wanted.max_frames != 0)
        return false; /* there is room for the frames of one file */
    return !open->sent || (open->end <= SANDBOX_GROUP_BYTES && job->group[(job->open + 1) % SANDBOX_GROUPS].count == 0);
}

/* The group that the next file goes to. */
static sandbox_group *open_group(sandbox_job *job)
{
    if (in_flight(job) == 0)
        job->open = job->oldest = 0;
    else if (job->group[job->open].sent)
        job->open = (job->open + 1) % SANDBOX_GROUPS;
    return &job->group[job->open];
}

void sandbox_job_file(sandbox_job *job, file_buffer *out)
{
    const size_t at = open_group(job)->end;

    *out = (file_buffer){.data = files_of(job, job->open) + at, .size = 0, .room = SANDBOX_FILE_ROOM - at};
}

void sandbox_job_begin(sandbox_job *job, const uint8_t *bytes, size_t size)
{
    sandbox_group *g = open_group(job);
    uint8_t *room = files_of(job, job->open) + g->end;

    if (bytes != room && size != 0)
        memcpy(room, bytes, size);
    g->file[g->count++] = (decoder_file){g->end, size};
    g->end = (g->end + size + FILE_ALIGNMENT - 1) / FILE_ALIGNMENT * FILE_ALIGNMENT;
    if (g->count == SANDBOX_GROUP_FILES || g->end > SANDBOX_GROUP_BYTES)
        send_group(job, job->open);
}

/* --- finishing --- */

static void put_trouble(picture *out, picture_views *views, reason r, const char *why)
{
    picture_reset(out);
    picture_views_forget(views);
    out->trouble = r;
    snprintf(out->why, sizeof out->why, "%s", why);
}

/* The process hung, died or lied: end it, get another, and say what happened. */
static void put_end(sandbox_job *job, picture *out, picture_views *views, link_result result)
{
    char why[160];
    int status;

    put_trouble(out, views, REASON_DECODER_CRASHED, "");
    const bool going = sandbox_renew(job, &status);
    if (result == LINK_NONSENSE)
        snprintf(why, sizeof why, "what the decoder process says makes no sense");
    else if (result == LINK_LATE)
        snprintf(why, sizeof why, "the decoder process was stopped after %" PRIu64 " seconds", job->sandbox->timeout);
    else if (status != -1 && WIFSIGNALED(status))
        snprintf(why, sizeof why, "the decoder process was killed by %s (%d)", sandbox_signal_name(WTERMSIG(status)),
                 WTERMSIG(status));
    else if (status != -1)
        snprintf(why, sizeof why, "the decoder process ended by itself");
    else
        snprintf(why, sizeof why, "the decoder process is gone");
    out->trouble = result == LINK_LATE ? REASON_TIMEOUT : REASON_DECODER_CRASHED;
    snprintf(out->why, sizeof out->why, "%s%s", why, going ? "" : ", and there is no other");
}

/* Have the oldest file decoded by a process that has no other. */
static link_result decode_alone(sandbox_job *job)
{
    const uint32_t file = job->group[job->oldest].taken;
    link_result result = LINK_UNREAD;

    for (int i = 0; result == LINK_UNREAD && i < ATTEMPTS; i++) {
        if (!have_process(job))
            continue;
        result = request_files(job, job->oldest, file, file + 1);
        if (result == LINK_OK)
            result = await_done(job, job->sandbox->timeout);
        if (result == LINK_UNREAD)
            sandbox_close_process(job);
    }
    return result;
}

/* The oldest file is finished, and its group when it was the last. */
static void drop_oldest(sandbox_job *job)
{
    const uint32_t group = job->oldest;
    sandbox_group *g = &job->group[group];
    const size_t keep = group == 0 ? KEEP_BYTES : KEEP_BYTES_LATER;

    g->taken++;
    if (in_flight(job) == 0)
        job->alone = false;
    if (g->taken < g->count)
        return;
    if (g->end > keep)
        (void)madvise(files_of(job, group) + keep, SANDBOX_FILE_ROOM - keep, MADV_REMOVE);
    memset(g, 0, sizeof *g);
    job->oldest = (group + 1) % SANDBOX_GROUPS;
}

static link_result take_answer(const sandbox_job *job, picture *out, picture_views *views)
{
    const sandbox_answer *answer = answer_of(job, job->oldest, job->group[job->oldest].taken);
    const picture_wanted *wanted = &job->sandbox->wanted;
    const bool good = sandbox_answer_take(out, views, answer, wanted) &&
                      (wanted->max_frames == 0 || sandbox_frames_take(&views->frames, frames_of(job), wanted));

    return good ? LINK_OK : LINK_NONSENSE;
}

void sandbox_job_finish(sandbox_job *job, picture *out, picture_views *views)
{
    link_result result = LINK_UNREAD;

    if (!job->alone && !job->group[job->open].sent)
        send_group(job, job->open);
    if (!job->alone)
        result = await_group(job, &job->group[job->oldest]);
    if (result == LINK_OK)
        result = take_answer(job, out, views);
    if (result != LINK_OK && !job->alone && has_company(job)) {
        sandbox_close_process(job); /* whoever it was: the answers that nobody has taken yet are not used either */
        job->alone = true;
        job->quick = false;
        result = LINK_UNREAD;
    }
    if (result == LINK_UNREAD) {
        result = decode_alone(job);
        if (result == LINK_OK)
            result = take_answer(job, out, views);
    }
    if (result == LINK_UNREAD)
        put_trouble(out, views, REASON_DECODER_CRASHED, "there is no decoder process, and none can be started");
    else if (result != LINK_OK)
        put_end(job, out, views, result);
    drop_oldest(job);
}
