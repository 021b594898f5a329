/* SPDX-License-Identifier: Apache-2.0 */
/* AVIF through libavif, in one thread. Turning and mirroring are properties of the file, not EXIF: they are handed
 * on as the orientation that means the same, and EXIF is not looked at. Source: ISO/IEC 23008-12, s. 6.5.10 and
 * 6.5.12; MIAF, ISO/IEC 23000-22, s. 7.3.6.7 (the turn comes first); libavif 0.11, avif/avif.h. */
#include "image/codecs.h"

#ifdef PHASH_WITH_AVIF
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#include <avif/avif.h>

#define FRAMES_MAX 65536u

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

/* What is in the file, before any of it is decoded. */
static phash_status read_header(phash_codec_job *job, avifDecoder *decoder)
{
    avifResult result = avifDecoderSetIOMemory(decoder, job->bytes, job->size);

    if (result == AVIF_RESULT_OK)
        result = avifDecoderParse(decoder);
    if (result != AVIF_RESULT_OK)
        return fail(job, decoder, result);
    phash_status st = phash_codec_check_size(job, decoder->image->width, decoder->image->height);
    if (st == PHASH_OK && decoder->imageCount < 1)
        st = phash_fail(job->diag, PHASH_E_MALFORMED, "AVIF: there is no picture in the file");
    if (st == PHASH_OK)
        job->info.orientation = orientation_of(decoder->image);
    /* Planes of the picture and of one that it is made from; samples of more than 8 bits take two bytes. */
    const uint64_t pixels = (uint64_t)job->info.width * job->info.height;
    const uint64_t planes = decoder->alphaPresent ? 4 : 3;
    if (st == PHASH_OK)
        st = phash_codec_claim(job, 2 * planes * pixels * (decoder->image->depth > 8 ? 2 : 1), "libavif");
    return st;
}

static phash_status decode(phash_codec_job *job, avifDecoder *decoder)
{
    const uint32_t frame = phash_codec_choose_frame(job, (uint32_t)decoder->imageCount);
    /* The frame after the last one is decoded from there, any other from the key frame before it. */
    const avifResult result = avifDecoderNthImage(decoder, frame);

    if (result != AVIF_RESULT_OK)
        return fail(job, decoder, result);
    if (decoder->image->width != job->info.width || decoder->image->height != job->info.height)
        return phash_fail(job->diag, PHASH_E_MALFORMED, "AVIF: a frame and its header differ in size");
    const uint64_t pixels = (uint64_t)job->info.width * job->info.height;
    return phash_codec_late(job, pixels) ? phash_codec_timeout(job, 0) : PHASH_OK;
}

static phash_status convert(phash_codec_job *job, const avifDecoder *decoder, uint8_t *pixels, uint32_t channels)
{
    avifRGBImage rgb;

    avifRGBImageSetDefaults(&rgb, decoder->image);
    rgb.depth = 8;
    rgb.format = channels == 4 ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
    rgb.pixels = pixels;
    rgb.rowBytes = job->info.width * channels;
    const avifResult result = avifImageYUVToRGB(decoder->image, &rgb);
    return result == AVIF_RESULT_OK ? PHASH_OK : fail(job, decoder, result);
}

static phash_status show(phash_codec_job *job, const uint8_t *pixels, uint32_t channels)
{
    const size_t row_size = (size_t)job->info.width * channels;
    const phash_codec_rows rows = {job->info.width, job->info.height, channels, row_size};
    phash_status st = phash_codec_begin(job, &rows);

    for (uint32_t y = 0; st == PHASH_OK && y < job->info.height; y++) {
        phash_sampler_row(job->sampler, pixels + y * row_size);
        if (phash_codec_late(job, job->info.width))
            st = phash_codec_timeout(job, y);
    }
    return st == PHASH_OK ? phash_sampler_end(job->sampler) : st;
}

static phash_status read_frame(phash_codec_job *job, avifDecoder *decoder)
{
    uint8_t *pixels = NULL;
    const uint64_t held = job->held;
    phash_status st = decode(job, decoder);

    if (st != PHASH_OK)
        return st;
    const uint32_t channels = decoder->image->alphaPlane != NULL ? 4 : 3;
    const uint64_t size = (uint64_t)job->info.width * job->info.height * channels;
    st = phash_codec_hold(job, &pixels, size, "the frame");
    if (st == PHASH_OK)
        st = convert(job, decoder, pixels, channels);
    if (st == PHASH_OK)
        st = show(job, pixels, channels);
    phash_codec_release(job, pixels, size);
    job->held = held;
    return st;
}

/* Open the file: job->state is the decoder. */
static phash_status walk_begin(phash_codec_job *job)
{
    avifDecoder *decoder = avifDecoderCreate();

    if (decoder == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "AVIF: no memory to begin");
    decoder->maxThreads = 1;
    decoder->ignoreExif = AVIF_TRUE;
    decoder->ignoreXMP = AVIF_TRUE;
    decoder->imageCountLimit = FRAMES_MAX;
    decoder->strictFlags = AVIF_STRICT_DISABLED; /* viewers show files that lack what these ask for */
    job->state = decoder;
    const phash_status st = read_header(job, decoder);
    if (st == PHASH_OK)
        job->info.frames = (uint32_t)decoder->imageCount;
    return st;
}

static phash_status walk_next(phash_codec_job *job)
{
    return read_frame(job, job->state);
}

static void walk_end(phash_codec_job *job)
{
    if (job->state != NULL)
        avifDecoderDestroy(job->state);
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
