/* SPDX-License-Identifier: Apache-2.0 */
#include "support/make_image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

static void add_exif(struct jpeg_compress_struct *cinfo, const test_jpeg *spec)
{
    test_file tiff = test_make_exif(spec->orientation, spec->exif_big_endian);
    test_file app1 = {0};

    test_file_add(&app1, "Exif\0", 6);
    test_file_add(&app1, tiff.data, tiff.size);
    jpeg_write_marker(cinfo, JPEG_APP0 + 1, app1.data, (unsigned)app1.size);
    test_file_free(&app1);
    test_file_free(&tiff);
}

static bool is_cmyk(test_jpeg_colour colour)
{
    return colour == TEST_JPEG_CMYK || colour == TEST_JPEG_YCCK || colour == TEST_JPEG_CMYK_PLAIN;
}

/* RGB to CMYK with full black generation; 255 is no ink if inverted. */
static void rgb_to_cmyk(uint8_t *out, const uint8_t *rgb, uint32_t width, bool inverted)
{
    for (uint32_t i = 0; i < width; i++, rgb += 3, out += 4) {
        uint8_t light = 0; /* the brightest channel: what black ink leaves */
        for (int c = 0; c < 3; c++)
            light = rgb[c] > light ? rgb[c] : light;
        for (int c = 0; c < 3; c++) {
            out[c] = 255;
            if (light != 0)
                out[c] = (uint8_t)((rgb[c] * 255 + light / 2) / light);
        }
        out[3] = light;
        for (int c = 0; c < 4 && !inverted; c++)
            out[c] = (uint8_t)(255 - out[c]);
    }
}

static void set_colour(struct jpeg_compress_struct *cinfo, const test_jpeg *spec)
{
    static const J_COLOR_SPACE spaces[] = {JCS_GRAYSCALE, JCS_YCbCr, JCS_RGB, JCS_CMYK, JCS_YCCK, JCS_CMYK};

    cinfo->input_components = spec->colour == TEST_JPEG_GREY ? 1 : is_cmyk(spec->colour) ? 4 : 3;
    cinfo->in_color_space = spec->colour == TEST_JPEG_GREY ? JCS_GRAYSCALE
                            : is_cmyk(spec->colour)        ? JCS_CMYK
                                                           : JCS_RGB;
    jpeg_set_defaults(cinfo);
    jpeg_set_colorspace(cinfo, spaces[spec->colour]);
    if (spec->colour == TEST_JPEG_CMYK_PLAIN)
        cinfo->write_Adobe_marker = FALSE;
    jpeg_set_quality(cinfo, spec->quality != 0 ? spec->quality : 90, TRUE);
    if (spec->full_chroma)
        for (int c = 0; c < cinfo->num_components; c++)
            cinfo->comp_info[c].h_samp_factor = cinfo->comp_info[c].v_samp_factor = 1;
    for (int c = 0; spec->h_samp[0] != 0 && c < cinfo->num_components && c < 3; c++) {
        cinfo->comp_info[c].h_samp_factor = spec->h_samp[c];
        cinfo->comp_info[c].v_samp_factor = spec->v_samp[c];
    }
}

static void set_scans(struct jpeg_compress_struct *cinfo, const test_jpeg *spec, jpeg_scan_info *scans)
{
    if (spec->progressive)
        jpeg_simple_progression(cinfo);
    if (spec->separate_scans) {
        for (int c = 0; c < cinfo->num_components; c++) {
            memset(&scans[c], 0, sizeof scans[c]);
            scans[c].comps_in_scan = 1;
            scans[c].component_index[0] = c;
            scans[c].Se = DCTSIZE2 - 1;
        }
        cinfo->scan_info = scans;
        cinfo->num_scans = cinfo->num_components;
    }
    cinfo->restart_interval = spec->restart;
    cinfo->arith_code = spec->arithmetic;
}

test_file test_make_jpeg(const test_jpeg *spec, const uint8_t *pixels)
{
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors; /* jpeg_std_error prints and exits: right for a test */
    jpeg_scan_info scans[4];
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    test_file file = {0};

    cinfo.err = jpeg_std_error(&errors);
    jpeg_create_compress(&cinfo);
    jpeg_mem_dest(&cinfo, &bytes, &size);
    cinfo.image_width = spec->width;
    cinfo.image_height = spec->height;
    set_colour(&cinfo, spec);
    set_scans(&cinfo, spec, scans);
    jpeg_start_compress(&cinfo, TRUE);
    if (spec->orientation != 0)
        add_exif(&cinfo, spec);
    const size_t row_size = (size_t)spec->width * (spec->colour == TEST_JPEG_GREY ? 1 : 3);
    uint8_t *row = malloc((size_t)spec->width * 4);
    if (row == NULL)
        abort();
    while (cinfo.next_scanline < cinfo.image_height) {
        const uint8_t *from = pixels + cinfo.next_scanline * row_size;
        if (is_cmyk(spec->colour))
            rgb_to_cmyk(row, from, spec->width, spec->colour != TEST_JPEG_CMYK_PLAIN);
        else
            memcpy(row, from, row_size);
        jpeg_write_scanlines(&cinfo, &row, 1);
    }
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
    test_file_add(&file, bytes, size);
    free(bytes);
    free(row);
    return file;
}

/* n zero blocks: a DC difference of category 0 is one 0 bit, T.81 F.1.2.1. */
static void add_dc_scan(test_file *file, uint64_t n)
{
    static const uint8_t sos[] = {0xff, 0xda, 0, 8, 1, 1, 0x00, 0, 0, 0};
    const uint8_t last = (uint8_t)(0xffu >> (n % 8)); /* padded with ones */
    uint8_t *zeros = calloc(1, (size_t)(n / 8) + 1);

    if (zeros == NULL)
        abort();
    test_file_add(file, sos, sizeof sos);
    test_file_add(file, zeros, (size_t)(n / 8));
    if (n % 8 != 0)
        test_file_add(file, &last, 1);
    free(zeros);
}

/* n zero blocks by end-of-band runs of 27,306 (symbol 0xe0, code 0, fourteen bits 10101010101010; T.81 G.1.2.2). */
static void add_ac_scan(test_file *file, uint64_t n)
{
    static const uint8_t sos[] = {0xff, 0xda, 0, 8, 1, 1, 0x00, 1, 63, 0};
    uint32_t bits = 0;
    uint32_t n_bits = 0;

    test_file_add(file, sos, sizeof sos);
    for (uint64_t done = 0; done < n; done += 27306) {
        bits = bits << 15 | 0x2aaau;
        n_bits += 15;
        while (n_bits >= 8) {
            const uint8_t byte = (uint8_t)(bits >> (n_bits - 8));
            test_file_add(file, &byte, 1);
            n_bits -= 8;
        }
    }
    if (n_bits != 0) {
        const uint8_t byte = (uint8_t)(bits << (8 - n_bits) | 0xffu >> n_bits);
        test_file_add(file, &byte, 1);
    }
}

test_file test_make_jpeg_scans(uint32_t width, uint32_t height, uint32_t n_scans)
{
    static const uint8_t soi_dqt[] = {0xff, 0xd8, 0xff, 0xdb, 0, 67, 0};
    static const uint8_t dht[] = {0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00,
                                  0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe0};
    const uint8_t sof[] = {0xff, 0xc2, 0, 11, 8, (uint8_t)(height >> 8), (uint8_t)height, (uint8_t)(width >> 8),
                           (uint8_t)width, 1, 1, 0x11, 0};
    const uint64_t n_blocks = (uint64_t)((width + 7) / 8) * ((height + 7) / 8);
    uint8_t quant[64];
    test_file file = {0};

    memset(quant, 1, sizeof quant);
    test_file_add(&file, soi_dqt, sizeof soi_dqt);
    test_file_add(&file, quant, sizeof quant);
    test_file_add(&file, sof, sizeof sof);
    test_file_add(&file, dht, sizeof dht);
    add_dc_scan(&file, n_blocks);
    for (uint32_t i = 1; i < n_scans; i++)
        add_ac_scan(&file, n_blocks);
    test_file_add(&file, "\xff\xd9", 2);
    return file;
}

size_t test_jpeg_find_marker(const test_file *file, uint8_t code, uint32_t n)
{
    size_t at = 2;

    while (at + 4 <= file->size) {
        const uint8_t found = file->data[at + 1];
        /* Entropy-coded data, stuffed zeros, fill bytes and restart markers are stepped over. */
        if (file->data[at] != 0xff || found == 0 || found == 0xff || (found >= 0xd0 && found <= 0xd7)) {
            at++;
            continue;
        }
        if (found == code && n-- == 0)
            return at;
        if (found == 0xd9)
            return 0;
        at += 2 + ((size_t)file->data[at + 2] << 8 | file->data[at + 3]);
    }
    if (code == 0xd9 && n == 0 && file->size >= 2 && file->data[file->size - 1] == 0xd9)
        return file->size - 2;
    return 0;
}
