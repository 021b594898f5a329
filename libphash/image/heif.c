/* SPDX-License-Identifier: Apache-2.0 */
/* HEIF with pictures coded in HEVC, through libheif and libde265, in one thread. libheif is told neither to turn the
 * picture nor to cut it: image/heif_boxes.h says how it is turned, and the sampler turns it. Of several pictures the
 * primary one is decoded. Source: libheif 1.15, libheif/heif.h. */
#include "image/codecs.h"

#ifdef PHASH_WITH_HEIF
#include "image/heif_boxes.h"
#include "image/heif_hevc.h"
#include "util/diag.h"

#include <inttypes.h>
#include <string.h>

#include <libheif/heif.h>

/* The planes of a tile, of the whole, and once more while they become RGB; and that. At 4:2:0, which cameras write. */
#define OWN_BYTES_PER_PIXEL 8u

typedef struct heif_state {
    phash_codec_job *job;
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image *image;
    uint32_t channels;
} heif_state;

static phash_status status_of(const struct heif_error *error)
{
    if (error->subcode == heif_suberror_End_of_data)
        return PHASH_E_TRUNCATED;
    if (error->subcode == heif_suberror_Security_limit_exceeded)
        return PHASH_E_LIMIT;
    switch (error->code) {
    case heif_error_Ok: return PHASH_OK;
    case heif_error_Memory_allocation_error: return PHASH_E_NO_MEMORY;
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature: return PHASH_E_UNSUPPORTED;
    default: return PHASH_E_MALFORMED;
    }
}

static phash_status fail(const heif_state *s, struct heif_error error)
{
    return phash_fail(s->job->diag, status_of(&error), "HEIF: %s", error.message);
}

static phash_status read_header(heif_state *s)
{
    phash_codec_job *job = s->job;
    struct heif_error error = heif_context_read_from_memory_without_copy(s->context, job->bytes, job->size, NULL);

    if (error.code == heif_error_Ok)
        error = heif_context_get_primary_image_handle(s->context, &s->handle);
    if (error.code != heif_error_Ok)
        return fail(s, error);
    const int width = heif_image_handle_get_ispe_width(s->handle);
    const int height = heif_image_handle_get_ispe_height(s->handle);
    phash_status st = phash_codec_check_size(job, width > 0 ? (uint32_t)width : 0, height > 0 ? (uint32_t)height : 0);
    if (st == PHASH_OK)
        st = phash_codec_claim(job, (uint64_t)width * (uint64_t)height * OWN_BYTES_PER_PIXEL, "libheif");
    job->info.orientation = phash_heif_orientation(job->bytes, job->size);
    s->channels = heif_image_handle_has_alpha_channel(s->handle) ? 4 : 3;
    return st;
}

static phash_status decode(heif_state *s)
{
    struct heif_decoding_options *options = heif_decoding_options_alloc();

    if (options == NULL)
        return phash_fail(s->job->diag, PHASH_E_NO_MEMORY, "HEIF: no memory to begin");
    if (options->version < 4) {
        heif_decoding_options_free(options);
        return phash_fail(s->job->diag, PHASH_E_INTERNAL, "HEIF: this libheif is not the one it was built for");
    }
    options->ignore_transformations = 1;
    options->convert_hdr_to_8bit = 1;
    options->strict_decoding = 1;
    options->decoder_id = phash_heif_hevc();
    const struct heif_error error =
        heif_decode_image(s->handle, &s->image, heif_colorspace_RGB,
                          s->channels == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options);
    heif_decoding_options_free(options);
    if (error.code != heif_error_Ok)
        return fail(s, error);
    if (heif_image_get_decoding_warnings(s->image, 0, NULL, 0) > 0)
        return phash_fail(s->job->diag, PHASH_E_MALFORMED, "HEIF: libheif warns that pixels are missing");
    if ((uint32_t)heif_image_get_primary_width(s->image) != s->job->info.width ||
        (uint32_t)heif_image_get_primary_height(s->image) != s->job->info.height)
        return phash_fail(s->job->diag, PHASH_E_MALFORMED, "HEIF: a picture and its header differ in size");
    const uint64_t pixels = (uint64_t)s->job->info.width * s->job->info.height;
    return phash_codec_late(s->job, pixels) ? phash_codec_timeout(s->job, 0) : PHASH_OK;
}

/* The sampler wants straight alpha. */
static void divide_by_alpha(uint8_t *row, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++, row += 4)
        for (int c = 0; c < 3 && row[3] != 0 && row[3] != 255; c++) {
            const uint32_t v = (row[c] * 255u + row[3] / 2u) / row[3];
            row[c] = (uint8_t)(v < 255 ? v : 255);
        }
}

static phash_status show(heif_state *s)
{
    phash_codec_job *job = s->job;
    const size_t row_size = (size_t)job->info.width * s->channels;
    const phash_codec_rows rows = {job->info.width, job->info.height, s->channels, row_size};
    const bool premultiplied = s->channels == 4 && heif_image_is_premultiplied_alpha(s->image);
    int stride = 0;
    uint8_t *pixels = heif_image_get_plane(s->image, heif_channel_interleaved, &stride);

    if (pixels == NULL || stride < 0 || (size_t)stride < row_size)
        return phash_fail(job->diag, PHASH_E_INTERNAL, "HEIF: libheif gives pixels of another form");
    phash_status st = phash_codec_begin(job, &rows);
    for (uint32_t y = 0; st == PHASH_OK && y < job->info.height; y++, pixels += stride) {
        if (premultiplied)
            divide_by_alpha(pixels, job->info.width);
        phash_sampler_row(job->sampler, pixels);
        if (phash_codec_late(job, job->info.width))
            st = phash_codec_timeout(job, y);
    }
    return st == PHASH_OK ? phash_sampler_end(job->sampler) : st;
}

phash_status phash_heif_read(phash_codec_job *job)
{
    heif_state s = {.job = job, .context = heif_context_alloc()};

    if (s.context == NULL)
        return phash_fail(job->diag, PHASH_E_NO_MEMORY, "HEIF: no memory to begin");
    heif_context_set_max_decoding_threads(s.context, 0);
    phash_status st = read_header(&s);
    if (st == PHASH_OK)
        st = decode(&s);
    if (st == PHASH_OK)
        st = show(&s);
    heif_image_release(s.image);
    heif_image_handle_release(s.handle);
    heif_context_free(s.context);
    return st;
}
#endif
