/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: libheif 1.15, libheif/heif_plugin.h; libde265 1.0, libde265/de265.h; ISO/IEC 14496-15, s. 8.3.3 (units of
 * the coded picture, each behind its size in four bytes). */
#include "image/heif_hevc.h"

#ifdef PHASH_WITH_HEIF
#include "util/bytes.h"

#include <stdlib.h>
#include <string.h>

#include <libde265/de265.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

static const struct heif_error ok = {heif_error_Ok, heif_suberror_Unspecified, "ok"};
static const struct heif_error no_memory = {heif_error_Memory_allocation_error, heif_suberror_Unspecified, "no memory"};
static const struct heif_error ends_early = {heif_error_Invalid_input, heif_suberror_End_of_data,
                                             "a coded picture ends too early"};
static const struct heif_error unknown_form = {heif_error_Unsupported_feature, heif_suberror_Unsupported_codec,
                                               "a layout of samples that is not known"};

static const char *name(void)
{
    return "libde265 in one thread";
}

/* A priority. Those of libheif's own decoders are around 100. */
static int supports(enum heif_compression_format format)
{
    return format == heif_compression_HEVC ? 1000 : 0;
}

static struct heif_error make(void **out)
{
    *out = de265_new_decoder();
    return *out != NULL ? ok : no_memory;
}

static void end(void *decoder)
{
    (void)de265_free_decoder(decoder);
}

static struct heif_error decoder_error(de265_error error)
{
    if (error == DE265_ERROR_OUT_OF_MEMORY)
        return no_memory;
    return (struct heif_error){heif_error_Decoder_plugin_error, heif_suberror_Unspecified, de265_get_error_text(error)};
}

static struct heif_error push(void *decoder, const void *data, size_t size)
{
    phash_reader in = phash_reader_init(data, size);

    while (phash_reader_left(&in) != 0) {
        const uint32_t n = phash_read_u32be(&in);
        const uint8_t *unit = phash_read_bytes(&in, n);
        if (unit == NULL || n > INT32_MAX)
            return ends_early;
        const de265_error error = de265_push_NAL(decoder, unit, (int)n, 0, NULL);
        if (error != DE265_OK)
            return decoder_error(error);
    }
    return ok;
}

static struct heif_error copy_plane(struct heif_image *to, const struct de265_image *from, int plane,
                                    enum heif_channel channel)
{
    const int width = de265_get_image_width(from, plane);
    const int height = de265_get_image_height(from, plane);
    const int bits = de265_get_bits_per_pixel(from, plane);
    int from_stride = 0, to_stride = 0;
    const uint8_t *source = de265_get_image_plane(from, plane, &from_stride);
    const struct heif_error error = heif_image_add_plane(to, channel, width, height, bits);

    if (error.code != heif_error_Ok)
        return error;
    uint8_t *target = heif_image_get_plane(to, channel, &to_stride);
    if (source == NULL || target == NULL)
        return no_memory;
    const size_t row = (size_t)width * (bits > 8 ? 2 : 1);
    for (int y = 0; y < height; y++)
        memcpy(target + (ptrdiff_t)y * to_stride, source + (ptrdiff_t)y * from_stride, row);
    return ok;
}

/* What the numbers of the picture mean, unless the file says so itself. */
static struct heif_error copy_colours(struct heif_image *to, const struct de265_image *from)
{
    struct heif_color_profile_nclx *profile = heif_nclx_color_profile_alloc();

    if (profile == NULL)
        return no_memory;
    profile->full_range_flag = de265_get_image_full_range_flag(from) != 0;
    profile->matrix_coefficients = (enum heif_matrix_coefficients)de265_get_image_matrix_coefficients(from);
    profile->color_primaries = (enum heif_color_primaries)de265_get_image_colour_primaries(from);
    profile->transfer_characteristics =
        (enum heif_transfer_characteristics)de265_get_image_transfer_characteristics(from);
    const struct heif_error error = heif_image_set_nclx_color_profile(to, profile);
    heif_nclx_color_profile_free(profile);
    return error;
}

static struct heif_error convert(struct heif_image **out, const struct de265_image *from)
{
    static const enum heif_chroma chromas[] = {[de265_chroma_mono] = heif_chroma_monochrome,
                                               [de265_chroma_420] = heif_chroma_420,
                                               [de265_chroma_422] = heif_chroma_422,
                                               [de265_chroma_444] = heif_chroma_444};
    static const enum heif_channel channels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    const unsigned chroma = (unsigned)de265_get_chroma_format(from);

    if (chroma >= sizeof chromas / sizeof *chromas)
        return unknown_form;
    const bool grey = chroma == de265_chroma_mono;
    struct heif_error error = heif_image_create(de265_get_image_width(from, 0), de265_get_image_height(from, 0),
                                                grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
                                                chromas[chroma], out);
    for (int plane = 0; error.code == heif_error_Ok && plane < (grey ? 1 : 3); plane++)
        error = copy_plane(*out, from, plane, channels[plane]);
    if (error.code == heif_error_Ok)
        error = copy_colours(*out, from);
    if (error.code != heif_error_Ok && *out != NULL) {
        heif_image_release(*out);
        *out = NULL;
    }
    return error;
}

/* The first picture. A warning may mean that parts of it were made up. */
static struct heif_error decode(void *decoder, struct heif_image **out)
{
    const struct de265_image *image = NULL;
    de265_error error = de265_flush_data(decoder);

    *out = NULL;
    for (int more = 1; error == DE265_OK && image == NULL && more != 0;) {
        error = de265_decode(decoder, &more);
        image = de265_get_next_picture(decoder);
    }
    if (error == DE265_OK)
        error = de265_get_warning(decoder);
    if (error != DE265_OK)
        return decoder_error(error);
    return image != NULL ? convert(out, image) : ends_early;
}

static void set_strict(void *decoder, int strict)
{
    (void)decoder; /* it is */
    (void)strict;
}

static const struct heif_decoder_plugin plugin = {
    .plugin_api_version = 3,
    .get_plugin_name = name,
    .does_support_format = supports,
    .new_decoder = make,
    .free_decoder = end,
    .push_data = push,
    .decode_image = decode,
    .set_strict_decoding = set_strict,
    .id_name = "phash-libde265",
};

/* A function, so that a static library brings this file along. */
const char *phash_heif_hevc(void)
{
    return plugin.id_name;
}

/* libheif keeps its list of decoders for the whole program and without a lock: before main there is one thread. */
__attribute__((constructor)) static void offer_decoder(void)
{
    (void)heif_register_decoder_plugin(&plugin);
}
#endif
