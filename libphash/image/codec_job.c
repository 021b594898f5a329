/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "image/codec_job.h"

#include "util/diag.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define WORK_PER_LOOK 65536u

/* CPU time of this thread: a busy machine or a stopped process must not make an honest picture fail. */
static uint64_t cpu_now(void)
{
    struct timespec t = {0, 0};

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void phash_codec_start(phash_codec_job *job)
{
    job->cpu_end = cpu_now() + (uint64_t)job->limits.max_cpu_ms * 1000000u;
    job->work = 0;
}

void phash_codec_pause(phash_codec_job *job)
{
    const uint64_t now = cpu_now();

    job->cpu_end = job->cpu_end > now ? job->cpu_end - now : 0;
}

void phash_codec_resume(phash_codec_job *job)
{
    job->cpu_end += cpu_now();
}

bool phash_codec_late(phash_codec_job *job, uint64_t work)
{
    job->work += work;
    if (job->work < WORK_PER_LOOK)
        return false;
    job->work = 0;
    return cpu_now() >= job->cpu_end;
}

phash_status phash_codec_timeout(phash_codec_job *job, uint32_t row)
{
    return phash_fail(job->diag, PHASH_E_TIMEOUT, "%s: over the limit of %" PRIu32 " ms of CPU time at row %" PRIu32,
                      phash_kind_name(job->info.kind), job->limits.max_cpu_ms, row);
}

phash_status phash_codec_check_size(phash_codec_job *job, uint32_t width, uint32_t height)
{
    const char *kind = phash_kind_name(job->info.kind);

    job->info.width = width;
    job->info.height = height;
    if (width == 0 || height == 0)
        return phash_fail(job->diag, PHASH_E_MALFORMED, "%s: a picture of %" PRIu32 " x %" PRIu32 " pixels", kind,
                          width, height);
    if (width > job->limits.max_side || height > job->limits.max_side)
        return phash_fail(job->diag, PHASH_E_LIMIT,
                          "%s: %" PRIu32 " x %" PRIu32 " pixels; the limit of a side is %" PRIu32, kind, width, height,
                          job->limits.max_side);
    if ((uint64_t)width * height > job->limits.max_pixels)
        return phash_fail(job->diag, PHASH_E_LIMIT,
                          "%s: %" PRIu32 " x %" PRIu32 " = %" PRIu64 " pixels; the limit is %" PRIu64 " pixels", kind,
                          width, height, (uint64_t)width * height, job->limits.max_pixels);
    return PHASH_OK;
}

phash_status phash_codec_buffer(phash_codec_job *job, phash_row_buffer *buffer, size_t size)
{
    if (buffer->size < size) {
        uint8_t *data = phash_alloc(job->allocator, size, 1);
        if (data == NULL)
            return phash_fail(job->diag, PHASH_E_NO_MEMORY, "%s: no memory for rows of %zu bytes",
                              phash_kind_name(job->info.kind), size);
        phash_release_secret(job->allocator, buffer->data, buffer->size);
        buffer->data = data;
        buffer->size = size;
    }
    memset(buffer->data, 0, size);
    return PHASH_OK;
}

phash_status phash_codec_claim(phash_codec_job *job, uint64_t size, const char *what)
{
    const uint64_t max = job->limits.max_memory;

    if (size > max || job->held > max - size)
        return phash_fail(job->diag, PHASH_E_LIMIT,
                          "%s: %" PRIu64 " bytes for %s (%" PRIu32 " x %" PRIu32 " pixels) are more than the limit of "
                          "%" PRIu64 " bytes of memory", phash_kind_name(job->info.kind), job->held + size, what,
                          job->info.width, job->info.height, max);
    job->held += size;
    return PHASH_OK;
}

phash_status phash_codec_hold(phash_codec_job *job, uint8_t **out, uint64_t size, const char *what)
{
    const phash_status st = phash_codec_claim(job, size, what);

    if (st != PHASH_OK)
        return st;
    *out = size <= SIZE_MAX ? phash_alloc(job->allocator, (size_t)size, 1) : NULL;
    if (*out == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "%s: no memory for %s (%" PRIu64 " bytes)",
                          phash_kind_name(job->info.kind), what, size);
    return PHASH_OK;
}

void phash_codec_release(phash_codec_job *job, uint8_t *data, uint64_t size)
{
    phash_release_secret(job->allocator, data, (size_t)size);
}

uint32_t phash_codec_choose_frame(phash_codec_job *job, uint32_t frames)
{
    job->info.frames = frames;
    job->info.frame = job->frame < frames ? job->frame : frames - 1;
    return job->info.frame;
}

phash_status phash_codec_begin(phash_codec_job *job, const phash_codec_rows *rows)
{
    const phash_sampler_picture picture = {rows->width,           rows->height,     rows->channels,
                                           job->info.orientation, job->orientation, job->alpha};
    phash_status st = phash_codec_buffer(job, job->row, rows->size);

    if (st != PHASH_OK)
        return st;
    st = phash_sampler_begin(job->sampler, &picture);
    if (st != PHASH_OK)
        return phash_fail(job->diag, st, "%s: no memory for the sampled pixels", phash_kind_name(job->info.kind));
    return PHASH_OK;
}
