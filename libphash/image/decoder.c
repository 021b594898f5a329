/* SPDX-License-Identifier: Apache-2.0 */
/* The handle, and the choice of a decoder. */
#include "image/codec_job.h"
#include "image/codecs.h"
#include "image/sampler.h"
#include "util/diag.h"
#include "util/limits.h"
#include "util/mem.h"

#include <inttypes.h>
#include <phash/image.h>
#include <stdbool.h>
#include <string.h>

struct phash_decoder {
    phash_allocator allocator;
    phash_sampler sampler;
    phash_row_buffer row;
    phash_jpeg_path jpeg_path;
    phash_codec_job walk; /* from phash_decoder_begin until the frames end */
    bool walking;
};

phash_status phash_decoder_new(phash_decoder **out, const phash_options *options)
{
    if (out == NULL)
        return PHASH_E_ARGUMENT;
    const phash_allocator allocator = phash_allocator_from(options);
    phash_decoder *decoder = phash_alloc(&allocator, 1, sizeof *decoder);
    if (decoder == NULL)
        return PHASH_E_NO_MEMORY;
    decoder->allocator = allocator;
    phash_sampler_init(&decoder->sampler, &allocator);
    *out = decoder;
    return PHASH_OK;
}

void phash_decoder_free(phash_decoder **decoder)
{
    if (decoder == NULL || *decoder == NULL)
        return;
    phash_decoder *d = *decoder;
    const phash_allocator allocator = d->allocator;

    phash_decoder_end(d);
    phash_sampler_clear(&d->sampler);
    phash_release_secret(&allocator, d->row.data, d->row.size);
    phash_release_secret(&allocator, d, sizeof *d);
    *decoder = NULL;
}

/* Look at what every file is asked for, and start the clock. */
static phash_status admit(phash_codec_job *job)
{
    if (job->size == 0)
        return phash_fail(job->diag, PHASH_E_EMPTY, "the file is empty");
    job->info.kind = phash_kind_sniff(job->bytes, job->size);
    if (job->size > job->limits.max_file_size)
        return phash_fail(job->diag, PHASH_E_LIMIT, "%zu bytes; the limit of a file is %" PRIu64 " bytes", job->size,
                          job->limits.max_file_size);
    if (job->info.kind == PHASH_KIND_UNKNOWN)
        return phash_fail(job->diag, PHASH_E_FORMAT_UNKNOWN,
                          "the first bytes are not those of a known kind of picture");
    if (phash_codec_for(job->info.kind) == NULL)
        return phash_fail(job->diag, PHASH_E_UNSUPPORTED, "%s pictures are not decoded by this build",
                          phash_kind_name(job->info.kind));
    if ((job->refused_kinds >> job->info.kind & 1) != 0)
        return phash_fail(job->diag, PHASH_E_UNSUPPORTED, "%s pictures are switched off",
                          phash_kind_name(job->info.kind));
    phash_codec_start(job);
    return PHASH_OK;
}

static int options_are_valid(const phash_decode_options *o)
{
    return o->struct_size >= sizeof *o && (unsigned)o->orientation <= PHASH_ORIENTATION_BOTH &&
           (unsigned)o->alpha <= PHASH_ALPHA_BOTH && (unsigned)o->pipeline <= PHASH_PIPELINE_SCALED &&
           o->frame <= PHASH_FRAME_MAX;
}

/* options is valid. */
static phash_codec_job job_of(phash_decoder *decoder, phash_diag *diag, const uint8_t *bytes, size_t size,
                              const phash_decode_options *options)
{
    return (phash_codec_job){
        .allocator = &decoder->allocator,
        .sampler = &decoder->sampler,
        .row = &decoder->row,
        .diag = diag,
        .info = {.kind = PHASH_KIND_UNKNOWN, .orientation = 1, .frames = 1},
        .bytes = bytes,
        .size = size,
        .orientation = options != NULL ? options->orientation : PHASH_ORIENTATION_APPLY,
        .alpha = options != NULL ? options->alpha : PHASH_ALPHA_WHITE,
        .pipeline = options != NULL ? options->pipeline : PHASH_PIPELINE_EXACT,
        .jpeg_path = decoder->jpeg_path,
        .refused_kinds = options != NULL ? options->refused_kinds : 0,
        .frame = options != NULL ? options->frame : 0,
        .limits = phash_limits_resolve(options != NULL ? &options->limits : NULL),
    };
}

/* What begins both ways to decode. */
static phash_status open_job(phash_codec_job *job, phash_decoder *decoder, phash_diag *diag, const uint8_t *bytes,
                             size_t size, const phash_decode_options *options)
{
    phash_decoder_end(decoder);
    if (options != NULL && !options_are_valid(options))
        return phash_fail(diag, PHASH_E_ARGUMENT,
                          "decode options: struct_size, orientation, alpha, pipeline or frame is not valid");
    *job = job_of(decoder, diag, bytes, size, options);
    return PHASH_OK;
}

/* What ends each picture. */
static void close_picture(phash_codec_job *job, phash_image_info *info, phash_status st)
{
    if (st != PHASH_OK)
        phash_sampler_forget(job->sampler);
    else
        job->info.has_alpha = job->sampler->translucent;
    if (info != NULL)
        *info = job->info;
}

phash_status phash_decoder_read(phash_decoder *decoder, phash_image_info *info, phash_diag *diag, const uint8_t *bytes,
                                size_t size, const phash_decode_options *options)
{
    phash_codec_job job;

    if (decoder == NULL || (bytes == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    phash_status st = open_job(&job, decoder, diag, bytes, size, options);
    if (st != PHASH_OK)
        return st;
    st = admit(&job);
    if (st == PHASH_OK)
        st = phash_codec_for(job.info.kind)(&job);
    close_picture(&job, info, st);
    return st;
}

/* --- frame by frame --- */

void phash_decoder_end(phash_decoder *decoder)
{
    if (decoder == NULL)
        return;
    phash_sampler_forget(&decoder->sampler);
    if (!decoder->walking)
        return;
    const phash_codec_walk *walk = phash_codec_walk_for(decoder->walk.info.kind);
    if (walk != NULL)
        walk->end(&decoder->walk);
    decoder->walking = false;
}

phash_status phash_decoder_begin(phash_decoder *decoder, phash_image_info *info, phash_diag *diag,
                                 const uint8_t *bytes, size_t size, const phash_decode_options *options)
{
    if (decoder == NULL || (bytes == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    phash_codec_job *job = &decoder->walk;
    phash_status st = open_job(job, decoder, diag, bytes, size, options);
    if (st != PHASH_OK)
        return st;
    st = admit(job);
    if (st == PHASH_OK) {
        const phash_codec_walk *walk = phash_codec_walk_for(job->info.kind);
        decoder->walking = true;
        st = walk != NULL ? walk->begin(job) : PHASH_OK;
    }
    phash_codec_pause(job);
    job->frame = 0;
    job->diag = NULL; /* the caller's, and perhaps gone at the next call */
    if (info != NULL)
        *info = job->info;
    if (st != PHASH_OK)
        phash_decoder_end(decoder);
    return st;
}

/* Can a frame be decoded after one that could not? */
static bool goes_on(const phash_codec_walk *walk, phash_status st)
{
    return st != PHASH_E_TIMEOUT && st != PHASH_E_NO_MEMORY && st != PHASH_E_INTERNAL &&
           (walk == NULL || walk->goes_on);
}

phash_status phash_decoder_next(phash_decoder *decoder, phash_image_info *info, phash_diag *diag)
{
    if (decoder == NULL)
        return PHASH_E_ARGUMENT;
    phash_codec_job *job = &decoder->walk;
    if (decoder->walking && job->frame >= job->info.frames)
        phash_decoder_end(decoder);
    if (!decoder->walking)
        return PHASH_E_STATE;
    const phash_codec_walk *walk = phash_codec_walk_for(job->info.kind);
    phash_sampler_forget(&decoder->sampler);
    job->info.frame = job->frame;
    job->diag = diag;
    phash_codec_resume(job);
    const uint64_t held = job->held;
    const phash_status st = walk != NULL ? walk->next(job) : phash_codec_for(job->info.kind)(job);
    if (walk == NULL)
        job->held = held;
    phash_codec_pause(job);
    job->diag = NULL;
    job->frame++;
    close_picture(job, info, st);
    if (st != PHASH_OK && !goes_on(walk, st))
        phash_decoder_end(decoder);
    return st;
}

void phash_decoder_choose_jpeg_path(phash_decoder *decoder, phash_jpeg_path path)
{
    decoder->jpeg_path = path;
}

uint32_t phash_decoder_reading_count(const phash_decoder *decoder)
{
    return decoder != NULL ? phash_sampler_count(&decoder->sampler) : 0;
}

phash_status phash_decoder_reading(const phash_decoder *decoder, phash_bitmap *bitmap, uint32_t *reading,
                                   uint32_t index)
{
    if (decoder == NULL || bitmap == NULL)
        return PHASH_E_ARGUMENT;
    return phash_sampler_reading(&decoder->sampler, bitmap, reading, index);
}
