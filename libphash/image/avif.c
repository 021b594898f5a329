/* SPDX-License-Identifier: Apache-2.0 */
/* AVIF through libavif, in one thread. Turning and mirroring are properties of the file, not EXIF: they are handed
 * on as the orientation that means the same, and EXIF is not looked at. Source: ISO/IEC 23008-12, s. 6.5.9, 6.5.10 and
 * 6.5.12; MIAF, ISO/IEC 23000-22, s. 7.3.6.7 (clean aperture, turn, mirror); libavif 0.11, avif/avif.h. */
#include "image/codecs.h"

#ifdef PHASH_WITH_AVIF
#include "image/clean_aperture.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#include <avif/avif.h>

#define FRAMES_MAX 65536u

/* job->state */
typedef struct avif_file {
    avifDecoder *decoder;
    uint32_t width, height; /* of what is coded */
    phash_crop crop;        /* what of it is shown */
} avif_file;

static phash_status status_of(avifResult result)
{
    switch (result) {
    case AVIF_RESULT_OK: return PHASH_OK;
    case AVIF_RESULT_OUT_OF_MEMORY: return PHASH_E_NO_MEMORY;
    case AVIF_RESULT_TRUNCATED_DATA:
    case AVIF_RESULT_IO_ERROR:
    case AVIF_RESULT_WAITING_ON_IO: return PHASH_E_TRUNCATED;
    case AVIF_RESULT_NOT_IMPLEMENTED:
    case AVIF_RESULT_NO_CODEC_AVAILABLE:
    case AVIF_RESULT_UNSUPPORTED_DEPTH:
    case AVIF_RESULT_NO_AV1_ITEMS_FOUND: return PHASH_E_UNSUPPORTED;
    default: return PHASH_E_MALFORMED;
    }
}

static phash_status fail(const phash_codec_job *job, const avifDecoder *decoder, avifResult result)
{
    /* Boxes that end beyond the file have no code of their own. */
    const bool cut = strstr(decoder->diag.error, "truncated") != NULL;

    return phash_fail(job->diag, cut ? PHASH_E_TRUNCATED : status_of(result), "AVIF: %s%s%s",
                      avifResultToString(result), decoder->diag.error[0] != '\0' ? ": " : "", decoder->diag.error);
}

static uint32_t orientation_of(const avifImage *image)
{
    static const uint8_t exif[4][3] = {{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}; /* turn; mirrored up, sideways */
    const bool turned = (image->transformFlags & AVIF_TRANSFORM_IROT) != 0;
    const bool mirrored = (image->transformFlags & AVIF_TRANSFORM_IMIR) != 0;

    return exif[turned ? image->irot.angle & 3 : 0][mirrored ? 1 + (image->imir.mode & 1) : 0];
}

static phash_status find_crop(phash_codec_job *job, avif_file *f)
{
    const avifImage *image = f->decoder->image;
    const avifCleanApertureBox *c = &image->clap;
    const uint32_t fractions[8] = {c->widthN,     c->widthD,     c->heightN,   c->heightD,
                                   c->horizOffN, c->horizOffD, c->vertOffN, c->vertOffD};

    f->crop = (phash_crop){0, 0, f->width, f->height};
    if ((image->transformFlags & AVIF_TRANSFORM_CLAP) != 0 &&
        !phash_clean_aperture(&f->crop, fractions, f->width, f->height))
        return phash_fail(job->diag, PHASH_E_MALFORMED, "AVIF: the clean aperture is not a part of the picture");
    job->info.width = f->crop.width;
    job->info.height = f->crop.height;
    return PHASH_OK;
}

/* What is in the file, before any of it is decoded. */
static phash_status read_header(phash_codec_job *job, avif_file *f)
{
    avifDecoder *decoder = f->decoder;
    avifResult result = avifDecoderSetIOMemory(decoder, job->bytes, job->size);

    if (result == AVIF_RESULT_OK)
        result = avifDecoderParse(decoder);
    if (result != AVIF_RESULT_OK)
        return fail(job, decoder, result);
    f->width = decoder->image->width;
    f->height = decoder->image->height;
    phash_status st = phash_codec_check_size(job, f->width, f->height);
    if (st == PHASH_OK && decoder->imageCount < 1)
        st = phash_fail(job->diag, PHASH_E_MALFORMED, "AVIF: there is no picture in the file");
    if (st == PHASH_OK)
        job->info.orientation = orientation_of(decoder->image);
    /* Planes of the picture and of one that it is made from; samples of more than 8 bits take two bytes. */
    const uint64_t pixels = (uint64_t)f->width * f->height;
    const uint64_t planes = decoder->alphaPresent ? 4 : 3;
    if (st == PHASH_OK)
        st = phash_codec_claim(job, 2 * planes * pixels * (decoder->image->depth > 8 ? 2 : 1), "libavif");
    return st == PHASH_OK ? find_crop(job, f) : st;
}

static phash_status decode(phash_codec_job *job, const avif_file *f)
{
    const uint32_t frame = phash_codec_choose_frame(job, (uint32_t)f->decoder->imageCount);
    /* The frame after the last one is decoded from there, any other from the key frame before it. */
    const avifResult result = avifDecoderNthImage(f->decoder, frame);

    if (result != AVIF_RESULT_OK)
        return fail(job, f->decoder, result);
    if (f->decoder->image->width != f->width || f->decoder->image->height != f->height)
        return phash_fail(job->diag, PHASH_E_MALFORMED, "AVIF: a frame and its header differ in size");
    return phash_codec_late(job, (uint64_t)f->width * f->height) ? phash_codec_timeout(job, 0) : PHASH_OK;
}

static phash_status convert(phash_codec_job *job, const avif_file *f, uint8_t *pixels, uint32_t channels)
{
    avifRGBImage rgb;

    avifRGBImageSetDefaults(&rgb, f->decoder->image);
    rgb.depth = 8;
    rgb.format = channels == 4 ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
    rgb.pixels = pixels;
    rgb.rowBytes = f->width * channels;
    const avifResult result = avifImageYUVToRGB(f->decoder->image, &rgb);
    return result == AVIF_RESULT_OK ? PHASH_OK : fail(job, f->decoder, result);
}

static phash_status show(phash_codec_job *job, const avif_file *f, const uint8_t *pixels, uint32_t channels)
{
    const phash_crop *c = &f->crop;
    const phash_codec_rows rows = {c->width, c->height, channels, (size_t)c->width * channels};
    phash_status st = phash_codec_begin(job, &rows);

    for (uint32_t y = 0; st == PHASH_OK && y < c->height; y++) {
        phash_sampler_row(job->sampler, pixels + ((size_t)(c->y + y) * f->width + c->x) * channels);
        if (phash_codec_late(job, c->width))
            st = phash_codec_timeout(job, y);
    }
    return st == PHASH_OK ? phash_sampler_end(job->sampler) : st;
}

static phash_status read_frame(phash_codec_job *job, const avif_file *f)
{
    uint8_t *pixels = NULL;
    const uint64_t held = job->held;
    phash_status st = decode(job, f);

    if (st != PHASH_OK)
        return st;
    const uint32_t channels = f->decoder->image->alphaPlane != NULL ? 4 : 3;
    const uint64_t size = (uint64_t)f->width * f->height * channels;
    st = phash_codec_hold(job, &pixels, size, "the frame");
    if (st == PHASH_OK)
        st = convert(job, f, pixels, channels);
    if (st == PHASH_OK)
        st = show(job, f, pixels, channels);
    phash_codec_release(job, pixels, size);
    job->held = held;
    return st;
}

static phash_status walk_begin(phash_codec_job *job)
{
    avif_file *f = phash_alloc(job->allocator, 1, sizeof *f);

    job->state = f;
    if (f != NULL)
        f->decoder = avifDecoderCreate();
    if (f == NULL || f->decoder == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "AVIF: no memory to begin");
    f->decoder->maxThreads = 1;
    f->decoder->ignoreExif = AVIF_TRUE;
    f->decoder->ignoreXMP = AVIF_TRUE;
    f->decoder->imageCountLimit = FRAMES_MAX;
    f->decoder->strictFlags = AVIF_STRICT_DISABLED; /* viewers show files that lack what these ask for */
    const phash_status st = read_header(job, f);
    if (st == PHASH_OK)
        job->info.frames = (uint32_t)f->decoder->imageCount;
    return st;
}

static phash_status walk_next(phash_codec_job *job)
{
    return read_frame(job, job->state);
}

static void walk_end(phash_codec_job *job)
{
    avif_file *f = job->state;

    if (f != NULL && f->decoder != NULL)
        avifDecoderDestroy(f->decoder);
    phash_release(job->allocator, f);
    job->state = NULL;
}

/* Frames are made from those before them. */
const phash_codec_walk phash_avif_walk = {walk_begin, walk_next, walk_end, false};

phash_status phash_avif_read(phash_codec_job *job)
{
    phash_status st = walk_begin(job);

    if (st == PHASH_OK)
        st = walk_next(job);
    walk_end(job);
    return st;
}
#endif
