/* SPDX-License-Identifier: Apache-2.0 */
/* WebP through libwebp. The container is read here (image/webp_walk.h) and animations are put together here; libwebp
 * decodes single pictures. It is handed their bytes piece by piece, so that the clock can be watched and so that data
 * that is short is told from data that is wrong. libwebp needs the whole picture in memory. */
#include "image/codecs.h"

#ifdef PHASH_WITH_WEBP
#include "image/canvas.h"
#include "image/webp_walk.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#include <webp/decode.h>

#define PIECE ((size_t)1 << 16)
#define PIECE_WORK ((uint64_t)1 << 20) /* pixels that such a piece may well make */

/* A picture while it is being decoded. */
typedef struct webp_picture {
    phash_codec_job *job;
    const phash_webp_image *image;
    WebPBitstreamFeatures features;
    uint32_t width;
    uint32_t height;
    uint32_t channels;
    uint8_t *pixels;
    uint64_t size;
} webp_picture;

static phash_status status_of(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OK: return PHASH_OK;
    case VP8_STATUS_OUT_OF_MEMORY: return PHASH_E_NO_MEMORY;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return PHASH_E_TRUNCATED;
    case VP8_STATUS_UNSUPPORTED_FEATURE: return PHASH_E_UNSUPPORTED;
    default: return PHASH_E_MALFORMED;
    }
}

static phash_status fail(const webp_picture *p, VP8StatusCode code)
{
    static const char *const texts[] = {"no error", "no memory", "a bad parameter", "damaged data",
                                        "an unsupported feature", "data is missing", "stopped", "data is missing"};
    const char *text = (unsigned)code < sizeof texts / sizeof *texts ? texts[code] : "unknown error";

    return phash_fail(p->job->diag, status_of(code), "WebP: %s (picture at byte %zu)", text,
                      (size_t)(p->image->data - p->job->bytes));
}

/* Sides and kind; the memory for pixels, ours and libwebp's. */
static phash_status begin(webp_picture *p)
{
    const VP8StatusCode code = WebPGetFeatures(p->image->data, p->image->size, &p->features);

    if (code != VP8_STATUS_OK)
        return fail(p, code);
    p->width = (uint32_t)p->features.width;
    p->height = (uint32_t)p->features.height;
    p->channels = p->features.has_alpha ? 4 : 3;
    const uint64_t pixels = (uint64_t)p->width * p->height;
    /* A lossless picture is kept as 32-bit pixels, the alpha of a lossy one as bytes, twice when it is compressed. */
    const uint64_t own = p->features.format == 2 ? 4 * pixels : p->features.has_alpha ? 2 * pixels : 0;
    phash_status st = phash_codec_claim(p->job, own, "libwebp");
    if (st == PHASH_OK)
        st = phash_codec_hold(p->job, &p->pixels, pixels * p->channels, "the frame");
    if (st == PHASH_OK)
        p->size = pixels * p->channels;
    return st;
}

static phash_status feed(const webp_picture *p, WebPIDecoder *decoder)
{
    VP8StatusCode code = VP8_STATUS_SUSPENDED;

    for (size_t n = 0; n < p->image->size && code == VP8_STATUS_SUSPENDED;) {
        n = p->image->size - n > PIECE ? n + PIECE : p->image->size;
        code = WebPIUpdate(decoder, p->image->data, n);
        if (phash_codec_late(p->job, PIECE_WORK))
            return phash_codec_timeout(p->job, 0);
    }
    return code == VP8_STATUS_OK ? PHASH_OK : fail(p, code);
}

static phash_status decode(webp_picture *p)
{
    WebPDecoderConfig config;

    if (!WebPInitDecoderConfig(&config))
        return phash_fail(p->job->diag, PHASH_E_INTERNAL, "WebP: this libwebp is not the one it was built for");
    config.output.colorspace = p->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = p->pixels;
    config.output.u.RGBA.stride = (int)(p->width * p->channels);
    config.output.u.RGBA.size = (size_t)p->size;
    WebPIDecoder *decoder = WebPIDecode(NULL, 0, &config);
    if (decoder == NULL)
        return phash_fail(p->job->diag, PHASH_E_NO_MEMORY, "WebP: no memory to begin");
    const phash_status st = feed(p, decoder);
    WebPIDelete(decoder);
    return st;
}

static phash_status show(const webp_picture *p)
{
    const size_t row_size = (size_t)p->width * p->channels;
    phash_status st = phash_codec_begin(p->job, &(phash_codec_rows){p->width, p->height, p->channels, row_size});

    for (uint32_t y = 0; st == PHASH_OK && y < p->height; y++) {
        phash_sampler_row(p->job->sampler, p->pixels + y * row_size);
        if (phash_codec_late(p->job, p->width))
            st = phash_codec_timeout(p->job, y);
    }
    return st == PHASH_OK ? phash_sampler_end(p->job->sampler) : st;
}

static phash_status read_still(phash_codec_job *job, const phash_webp *webp)
{
    webp_picture p = {.job = job, .image = &webp->still};
    const VP8StatusCode code = WebPGetFeatures(webp->still.data, webp->still.size, &p.features);

    if (code != VP8_STATUS_OK)
        return fail(&p, code);
    phash_status st = phash_codec_check_size(job, (uint32_t)p.features.width, (uint32_t)p.features.height);
    if (st == PHASH_OK && webp->extended && (webp->width != job->info.width || webp->height != job->info.height))
        st = phash_fail(job->diag, PHASH_E_MALFORMED, "WebP: the picture and its canvas differ in size");
    if (st == PHASH_OK)
        st = begin(&p);
    if (st == PHASH_OK)
        st = decode(&p);
    if (st == PHASH_OK)
        st = show(&p);
    phash_codec_release(job, p.pixels, p.size);
    return st;
}

/* --- animations --- */

static phash_status paint(phash_canvas *canvas, webp_picture *p)
{
    const phash_webp_image *frame = p->image;
    phash_status st = phash_canvas_next(canvas, &frame->rect, frame->clear ? PHASH_DISPOSAL_CLEAR
                                                                           : PHASH_DISPOSAL_KEEP);

    for (uint32_t y = 0; st == PHASH_OK && y < p->height; y++) {
        uint32_t n = 0;
        uint8_t *to = phash_canvas_row(canvas, y, &n);
        const uint8_t *from = p->pixels + (size_t)y * p->width * p->channels;
        if (to != NULL && p->channels == 4 && !frame->replace)
            phash_canvas_blend(to, from, n);
        else if (to != NULL && p->channels == 4)
            memcpy(to, from, (size_t)n * 4);
        for (uint32_t x = 0; to != NULL && p->channels == 3 && x < n; x++, to += 4, from += 3) {
            memcpy(to, from, 3);
            to[3] = 255;
        }
        if (phash_codec_late(p->job, n))
            st = phash_codec_timeout(p->job, y);
    }
    return st;
}

static phash_status read_frame(phash_canvas *canvas, const phash_webp_image *frame)
{
    phash_codec_job *job = canvas->job;
    const uint64_t held = job->held;
    webp_picture p = {.job = job, .image = frame};
    phash_status st = begin(&p);

    if (st == PHASH_OK && (p.width != frame->rect.width || p.height != frame->rect.height))
        st = phash_fail(job->diag, PHASH_E_MALFORMED, "WebP: a picture and its frame differ in size");
    if (st == PHASH_OK)
        st = decode(&p);
    if (st == PHASH_OK)
        st = paint(canvas, &p);
    phash_codec_release(job, p.pixels, p.size);
    job->held = held;
    return st;
}

static phash_status read_animation(phash_codec_job *job, const phash_webp *webp)
{
    const uint32_t wanted = phash_codec_choose_frame(job, webp->frames);
    phash_reader chunks = webp->chunks;
    phash_webp_image frame;
    phash_canvas canvas;
    phash_status st = phash_canvas_init(&canvas, job, webp->width, webp->height);

    for (uint32_t i = 0; st == PHASH_OK && i <= wanted; i++)
        st = phash_webp_next_frame(&chunks, &frame) ? read_frame(&canvas, &frame) : PHASH_E_INTERNAL;
    if (st == PHASH_OK)
        st = phash_canvas_show(&canvas);
    phash_canvas_clear(&canvas);
    return st;
}

phash_status phash_webp_read(phash_codec_job *job)
{
    phash_webp webp;
    const phash_status st = phash_webp_walk(&webp, job);

    if (st != PHASH_OK)
        return st;
    return webp.animated ? read_animation(job, &webp) : read_still(job, &webp);
}

/* --- one frame after another --- */

typedef struct webp_state {
    phash_webp webp;
    phash_reader chunks;
    phash_canvas canvas;
} webp_state;

static phash_status walk_begin(phash_codec_job *job)
{
    webp_state *s = phash_alloc(job->allocator, 1, sizeof *s);

    if (s == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "WebP: no memory to begin");
    job->state = s;
    const phash_status st = phash_webp_walk(&s->webp, job);
    if (st != PHASH_OK || !s->webp.animated)
        return st;
    job->info.frames = s->webp.frames;
    s->chunks = s->webp.chunks;
    return phash_canvas_init(&s->canvas, job, s->webp.width, s->webp.height);
}

static phash_status walk_next(phash_codec_job *job)
{
    webp_state *s = job->state;
    phash_webp_image frame;

    if (!s->webp.animated)
        return read_still(job, &s->webp);
    const phash_status st =
        phash_webp_next_frame(&s->chunks, &frame) ? read_frame(&s->canvas, &frame) : PHASH_E_INTERNAL;
    return st == PHASH_OK ? phash_canvas_show(&s->canvas) : st;
}

static void walk_end(phash_codec_job *job)
{
    webp_state *s = job->state;

    if (s == NULL)
        return;
    phash_canvas_clear(&s->canvas);
    phash_release_secret(job->allocator, s, sizeof *s);
    job->state = NULL;
}

const phash_codec_walk phash_webp_frames_walk = {walk_begin, walk_next, walk_end, true};
#endif
