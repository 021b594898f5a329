/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG XL through libjxl, in one thread. The file is handed over piece by piece, so that the clock can be watched and
 * so that data that is short is told from data that is wrong. It is read twice: once for the headers of all frames,
 * which also shows that the file is whole, and once for the pixels. Source: libjxl 0.7, jxl/decode.h. */
#include "image/codecs.h"

#ifdef PHASH_WITH_JXL
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#include <jxl/decode.h>

#define PIECE ((size_t)1 << 16)
#define PIECE_WORK ((uint64_t)1 << 20) /* pixels that such a piece may well make */
#define OWN_BYTES_PER_PIXEL 16u        /* libjxl works in 32-bit samples, of three colours and perhaps alpha */

typedef struct jxl_state {
    phash_codec_job *job;
    JxlDecoder *decoder;
    size_t at; /* of the file: what the decoder has been handed ends here */
    JxlPixelFormat format;
    uint8_t *pixels;
    uint64_t size;
} jxl_state;

static phash_status fail(const jxl_state *s, phash_status status, const char *what)
{
    return phash_fail(s->job->diag, status, "JPEG XL: %s (byte %zu of %zu)", what, s->at, s->job->size);
}

/* Hand over the next piece, with what the decoder has not used yet. */
static phash_status feed(jxl_state *s)
{
    const size_t unused = JxlDecoderReleaseInput(s->decoder);
    const size_t from = s->at - unused;
    const size_t left = s->job->size - s->at;

    if (left == 0)
        return fail(s, PHASH_E_TRUNCATED, "the file ends too early");
    s->at += left < PIECE ? left : PIECE;
    if (JxlDecoderSetInput(s->decoder, s->job->bytes + from, s->at - from) != JXL_DEC_SUCCESS)
        return fail(s, PHASH_E_INTERNAL, "libjxl takes no data");
    return phash_codec_late(s->job, PIECE_WORK) ? phash_codec_timeout(s->job, 0) : PHASH_OK;
}

/* Go on to the next event. */
static phash_status next_event(jxl_state *s, JxlDecoderStatus *event)
{
    phash_status st = PHASH_OK;

    while (st == PHASH_OK && (*event = JxlDecoderProcessInput(s->decoder)) == JXL_DEC_NEED_MORE_INPUT)
        st = feed(s);
    if (st == PHASH_OK && *event == JXL_DEC_ERROR)
        return fail(s, PHASH_E_MALFORMED, "damaged, or not as libjxl knows it");
    return st;
}

/* Colours and alpha; ink other than three colours is not converted. */
static phash_status read_channels(jxl_state *s, const JxlBasicInfo *info)
{
    for (uint32_t i = 0; i < info->num_extra_channels; i++) {
        JxlExtraChannelInfo extra;
        if (JxlDecoderGetExtraChannelInfo(s->decoder, i, &extra) != JXL_DEC_SUCCESS)
            return fail(s, PHASH_E_MALFORMED, "a channel that is not described");
        if (extra.type == JXL_CHANNEL_BLACK)
            return fail(s, PHASH_E_UNSUPPORTED, "CMYK is not decoded");
    }
    const uint32_t colours = info->num_color_channels == 1 ? 1 : 3;
    s->format = (JxlPixelFormat){.num_channels = colours + (info->alpha_bits != 0 ? 1 : 0),
                                 .data_type = JXL_TYPE_UINT8};
    return PHASH_OK;
}

static phash_status take_info(jxl_state *s)
{
    JxlBasicInfo info;

    if (JxlDecoderGetBasicInfo(s->decoder, &info) != JXL_DEC_SUCCESS)
        return fail(s, PHASH_E_MALFORMED, "no header");
    phash_status st = phash_codec_check_size(s->job, info.xsize, info.ysize);
    if (st == PHASH_OK && info.orientation >= 1 && info.orientation <= 8)
        s->job->info.orientation = (uint32_t)info.orientation;
    return st == PHASH_OK ? read_channels(s, &info) : st;
}

/* Headers only. What is not asked for is passed over by its size. */
static phash_status count_frames(jxl_state *s, uint32_t *frames)
{
    JxlDecoderStatus event = JXL_DEC_ERROR;
    phash_status st = PHASH_OK;

    if (JxlDecoderSubscribeEvents(s->decoder, JXL_DEC_BASIC_INFO | JXL_DEC_FRAME) != JXL_DEC_SUCCESS)
        return fail(s, PHASH_E_INTERNAL, "libjxl refuses to begin");
    while (st == PHASH_OK && (st = next_event(s, &event)) == PHASH_OK && event != JXL_DEC_SUCCESS) {
        if (event == JXL_DEC_BASIC_INFO)
            st = take_info(s);
        *frames += event == JXL_DEC_FRAME;
        if (st == PHASH_OK && phash_codec_late(s->job, 256))
            st = phash_codec_timeout(s->job, 0);
    }
    if (st == PHASH_OK && (*frames == 0 || s->job->info.width == 0))
        st = fail(s, PHASH_E_MALFORMED, "there is no picture in the file");
    return st;
}

static phash_status begin(jxl_state *s)
{
    const uint64_t pixels = (uint64_t)s->job->info.width * s->job->info.height;
    const uint64_t size = pixels * s->format.num_channels;
    size_t wanted = 0;
    phash_status st = PHASH_OK;

    if (s->pixels == NULL) /* the frames have them in common */
        st = phash_codec_claim(s->job, pixels * OWN_BYTES_PER_PIXEL, "libjxl");
    if (st == PHASH_OK && s->pixels == NULL)
        st = phash_codec_hold(s->job, &s->pixels, size, "the frame");
    if (st != PHASH_OK)
        return st;
    s->size = size;
    if (JxlDecoderImageOutBufferSize(s->decoder, &s->format, &wanted) != JXL_DEC_SUCCESS || wanted != size ||
        JxlDecoderSetImageOutBuffer(s->decoder, &s->format, s->pixels, (size_t)size) != JXL_DEC_SUCCESS)
        return fail(s, PHASH_E_INTERNAL, "libjxl wants another buffer");
    return PHASH_OK;
}

/* Back to the start, for the pixels; so many frames are not wanted. */
static phash_status rewind_to(jxl_state *s, uint32_t frame)
{
    JxlDecoderRewind(s->decoder);
    s->at = 0;
    if (frame != 0)
        JxlDecoderSkipFrames(s->decoder, frame);
    if (JxlDecoderSubscribeEvents(s->decoder, JXL_DEC_FULL_IMAGE) != JXL_DEC_SUCCESS)
        return fail(s, PHASH_E_INTERNAL, "libjxl refuses to begin");
    return PHASH_OK;
}

/* The next frame. */
static phash_status decode(jxl_state *s)
{
    JxlDecoderStatus event = JXL_DEC_ERROR;
    phash_status st = PHASH_OK;

    while (st == PHASH_OK && event != JXL_DEC_FULL_IMAGE) {
        st = next_event(s, &event);
        if (st == PHASH_OK && event == JXL_DEC_NEED_IMAGE_OUT_BUFFER)
            st = begin(s);
        else if (st == PHASH_OK && event != JXL_DEC_FULL_IMAGE)
            st = fail(s, PHASH_E_MALFORMED, "the frame is missing");
    }
    return st;
}

static phash_status show(const jxl_state *s)
{
    phash_codec_job *job = s->job;
    const uint32_t channels = s->format.num_channels;
    const size_t row_size = (size_t)job->info.width * channels;
    const phash_codec_rows rows = {job->info.width, job->info.height, channels, row_size};
    phash_status st = phash_codec_begin(job, &rows);

    for (uint32_t y = 0; st == PHASH_OK && y < job->info.height; y++) {
        phash_sampler_row(job->sampler, s->pixels + y * row_size);
        if (phash_codec_late(job, job->info.width))
            st = phash_codec_timeout(job, y);
    }
    return st == PHASH_OK ? phash_sampler_end(job->sampler) : st;
}

static phash_status prepare(jxl_state *s)
{
    uint32_t frames = 0;

    s->decoder = JxlDecoderCreate(NULL);
    if (s->decoder == NULL)
        return phash_fail(s->job->diag, PHASH_E_NO_MEMORY, "JPEG XL: no memory to begin");
    /* The sampler turns the picture, and wants straight alpha. */
    if (JxlDecoderSetKeepOrientation(s->decoder, JXL_TRUE) != JXL_DEC_SUCCESS ||
        JxlDecoderSetUnpremultiplyAlpha(s->decoder, JXL_TRUE) != JXL_DEC_SUCCESS)
        return fail(s, PHASH_E_INTERNAL, "libjxl refuses to begin");
    const phash_status st = count_frames(s, &frames);
    if (st == PHASH_OK)
        s->job->info.frames = frames;
    return st;
}

static void clear(jxl_state *s)
{
    if (s->decoder != NULL)
        JxlDecoderDestroy(s->decoder);
    phash_codec_release(s->job, s->pixels, s->size);
}

phash_status phash_jxl_read(phash_codec_job *job)
{
    jxl_state s = {.job = job};
    phash_status st = prepare(&s);

    if (st == PHASH_OK)
        st = rewind_to(&s, phash_codec_choose_frame(job, job->info.frames));
    if (st == PHASH_OK)
        st = decode(&s);
    if (st == PHASH_OK)
        st = show(&s);
    clear(&s);
    return st;
}

/* --- one frame after another --- */

static phash_status walk_begin(phash_codec_job *job)
{
    jxl_state *s = phash_alloc(job->allocator, 1, sizeof *s);

    if (s == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "JPEG XL: no memory to begin");
    s->job = job;
    job->state = s;
    const phash_status st = prepare(s);
    return st == PHASH_OK ? rewind_to(s, 0) : st;
}

static phash_status walk_next(phash_codec_job *job)
{
    const phash_status st = decode(job->state);

    return st == PHASH_OK ? show(job->state) : st;
}

static void walk_end(phash_codec_job *job)
{
    if (job->state == NULL)
        return;
    clear(job->state);
    phash_release_secret(job->allocator, job->state, sizeof(jxl_state));
    job->state = NULL;
}

const phash_codec_walk phash_jxl_walk = {walk_begin, walk_next, walk_end, false};
#endif
