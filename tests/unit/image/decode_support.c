/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_support.h"

#include "support/guard.h"

#include <check.h>
#include <stdio.h> /* jpeglib.h needs FILE */
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

void *need(size_t size)
{
    void *p = malloc(size != 0 ? size : 1);

    ck_assert_ptr_nonnull(p);
    return p;
}

decode_run decode_run_new(void)
{
    decode_run run;

    memset(&run, 0, sizeof run);
    ck_assert_int_eq(phash_decoder_new(&run.decoder, NULL), PHASH_OK);
    return run;
}

void decode_run_free(decode_run *run)
{
    phash_decoder_free(&run->decoder);
    ck_assert_ptr_null(run->decoder);
}

phash_decode_options decode_options(phash_orientation orientation, phash_alpha alpha)
{
    phash_decode_options o;

    memset(&o, 0, sizeof o);
    o.struct_size = sizeof o;
    o.orientation = orientation;
    o.alpha = alpha;
    return o;
}

phash_status decode_bytes(decode_run *run, const uint8_t *bytes, size_t size, const phash_decode_options *options)
{
    guard_buffer b = guard_new(size);

    if (size != 0)
        memcpy(b.data, bytes, size);
    memset(&run->info, 0, sizeof run->info);
    run->diag.text[0] = '\0';
    run->status = phash_decoder_read(run->decoder, &run->info, &run->diag, b.data, size, options);
    guard_free(&b);
    if (run->status != PHASH_OK) {
        ck_assert_uint_eq(phash_decoder_reading_count(run->decoder), 0);
        ck_assert_msg(run->diag.text[0] != '\0', "status %d without a reason", (int)run->status);
    } else {
        ck_assert_msg(run->diag.text[0] == '\0', "a reason without a failure: %s", run->diag.text);
        ck_assert_uint_ge(phash_decoder_reading_count(run->decoder), 1);
    }
    return run->status;
}

phash_status decode_file(decode_run *run, const test_file *file, const phash_decode_options *options)
{
    return decode_bytes(run, file->data, file->size, options);
}

phash_bitmap decode_reading(const decode_run *run, uint32_t index, uint32_t flags)
{
    phash_bitmap bitmap;
    uint32_t reading = 99;

    ck_assert_msg(run->status == PHASH_OK, "status %d: %s", (int)run->status, run->diag.text);
    ck_assert_int_eq(phash_decoder_reading(run->decoder, &bitmap, &reading, index), PHASH_OK);
    ck_assert_uint_eq(reading, flags);
    ck_assert_uint_le(bitmap.width, 512);
    ck_assert_uint_le(bitmap.height, 512);
    ck_assert_uint_ge(bitmap.stride, bitmap.width * (size_t)bitmap.pixels);
    return bitmap;
}

uint32_t bitmap_difference(const phash_bitmap *bitmap, const uint8_t *pixels)
{
    const size_t row_size = bitmap->width * (size_t)bitmap->pixels;
    uint32_t worst = 0;

    for (uint32_t y = 0; y < bitmap->height; y++)
        for (size_t x = 0; x < row_size; x++) {
            const int d = bitmap->data[y * bitmap->stride + x] - pixels[y * row_size + x];
            if ((uint32_t)abs(d) > worst)
                worst = (uint32_t)abs(d);
        }
    return worst;
}

void expect_refused(const decode_run *run, phash_status status, const char *text)
{
    ck_assert_msg(run->status == status, "status %d (%s), not %d", (int)run->status, run->diag.text, (int)status);
    ck_assert_msg(strstr(run->diag.text, text) != NULL, "\"%s\" is not in \"%s\"", text, run->diag.text);
}

/* What each tag says about the stored picture: its row 0 is the named side of the scene, its column 0 the other
 * (Exif 2.32 s. 4.6.4). From that follows where the scene's pixel (x, y) of w x h is stored. */
static void stored_place(uint32_t *sx, uint32_t *sy, uint32_t x, uint32_t y, uint32_t w, uint32_t h, uint32_t tag)
{
    const uint32_t left = x, right = w - 1 - x, top = y, bottom = h - 1 - y;

    switch (tag) {
    case 1: *sy = top, *sx = left; break;
    case 2: *sy = top, *sx = right; break;
    case 3: *sy = bottom, *sx = right; break;
    case 4: *sy = bottom, *sx = left; break;
    case 5: *sy = left, *sx = top; break;
    case 6: *sy = right, *sx = top; break;
    case 7: *sy = right, *sx = bottom; break;
    default: *sy = left, *sx = bottom; break;
    }
}

uint8_t *turn_upright(const uint8_t *pixels, uint32_t *width, uint32_t *height, uint32_t channels, uint32_t orientation)
{
    const uint32_t stored_width = *width;
    const uint32_t w = orientation >= 5 ? *height : *width;
    const uint32_t h = orientation >= 5 ? *width : *height;
    uint8_t *out = need((size_t)w * h * channels);

    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            uint32_t sx = 0;
            uint32_t sy = 0;
            stored_place(&sx, &sy, x, y, w, h, orientation);
            const uint8_t *from = pixels + ((size_t)sy * stored_width + sx) * channels;
            memcpy(out + ((size_t)y * w + x) * channels, from, channels);
        }
    *width = w;
    *height = h;
    return out;
}

uint8_t *sample_whole(const uint8_t *pixels, uint32_t *width, uint32_t *height, uint32_t channels)
{
    const uint32_t w = *width;
    const uint32_t h = *height;
    const bool resample = w > 512 || h > 512;
    const uint32_t nw = resample ? 512 : w;
    const uint32_t nh = resample ? 512 : h;
    uint8_t *out = need((size_t)nw * nh * channels);

    for (uint32_t y = 0; y < nh; y++)
        for (uint32_t x = 0; x < nw; x++)
            memcpy(out + ((size_t)y * nw + x) * channels,
                   pixels + ((size_t)(y * h / nh) * w + x * w / nw) * channels, channels);
    *width = nw;
    *height = nh;
    return out;
}

uint8_t *decode_whole_jpeg(const test_file *file, bool luma, unsigned scale, uint32_t *width, uint32_t *height,
                           uint32_t *channels)
{
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;

    cinfo.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&cinfo);
    jpeg_mem_src(&cinfo, file->data, (unsigned long)file->size);
    jpeg_read_header(&cinfo, TRUE);
    if (luma)
        cinfo.out_color_space = JCS_GRAYSCALE;
    cinfo.scale_num = scale;
    cinfo.scale_denom = 8;
    jpeg_start_decompress(&cinfo);
    *width = cinfo.output_width;
    *height = cinfo.output_height;
    *channels = (uint32_t)cinfo.output_components;
    uint8_t *pixels = need((size_t)*width * *height * *channels);
    while (cinfo.output_scanline < cinfo.output_height) {
        uint8_t *row = pixels + (size_t)cinfo.output_scanline * *width * *channels;
        jpeg_read_scanlines(&cinfo, &row, 1);
    }
    jpeg_finish_decompress(&cinfo);
    jpeg_destroy_decompress(&cinfo);
    return pixels;
}
