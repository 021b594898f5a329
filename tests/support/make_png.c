/* SPDX-License-Identifier: Apache-2.0 */
#include "support/make_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

static void die(const char *what)
{
    fprintf(stderr, "make_png: %s\n", what);
    abort();
}

static void on_error(png_structp png, png_const_charp text)
{
    (void)png;
    die(text);
}

static void on_write(png_structp png, png_bytep data, size_t size)
{
    test_file_add(png_get_io_ptr(png), data, size);
}

static void on_flush(png_structp png)
{
    (void)png;
}

static uint32_t samples(int colour_type)
{
    static const uint32_t n[7] = {1, 0, 3, 1, 2, 0, 4};

    return n[colour_type];
}

size_t test_png_row_size(const test_png *spec)
{
    const size_t depth = spec->bit_depth != 0 ? (size_t)spec->bit_depth : 8;

    return (spec->width * samples(spec->colour_type) * depth + 7) / 8;
}

static void set_colours(png_structp png, png_infop info, const test_png *spec)
{
    png_color palette[256];
    png_color_16 key = {0};

    if (spec->colour_type == PNG_COLOR_TYPE_PALETTE) {
        for (uint32_t i = 0; i < spec->n_palette; i++)
            palette[i] = (png_color){spec->palette[3 * i], spec->palette[3 * i + 1], spec->palette[3 * i + 2]};
        png_set_PLTE(png, info, palette, (int)spec->n_palette);
        if (spec->palette_alpha != NULL)
            png_set_tRNS(png, info, spec->palette_alpha, (int)spec->n_palette, NULL);
    } else if (spec->has_key) {
        key.gray = spec->key[0];
        key.red = spec->key[0];
        key.green = spec->key[1];
        key.blue = spec->key[2];
        png_set_tRNS(png, info, NULL, 0, &key);
    }
}

test_file test_make_png(const test_png *spec, const uint8_t *rows)
{
    const size_t row_size = test_png_row_size(spec);
    test_file file = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, NULL);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;

    if (info == NULL)
        die("no memory");
    png_set_write_fn(png, &file, on_write, on_flush);
    png_set_IHDR(png, info, spec->width, spec->height, spec->bit_depth != 0 ? spec->bit_depth : 8, spec->colour_type,
                 spec->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    set_colours(png, info, spec);
    png_write_info(png, info);
    for (int passes = png_set_interlace_handling(png); passes > 0; passes--)
        for (uint32_t y = 0; y < spec->height; y++)
            png_write_row(png, rows + y * row_size);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return file;
}

static test_file make_chunk(const char type[5], const void *body, size_t size)
{
    test_file chunk = {0};

    test_file_add_u32be(&chunk, (uint32_t)size);
    test_file_add(&chunk, type, 4);
    test_file_add(&chunk, body, size);
    test_file_add_u32be(&chunk, (uint32_t)crc32(0, chunk.data + 4, (uInt)(size + 4)));
    return chunk;
}

void test_png_add_chunk(test_file *file, const char type[5], const void *body, size_t size)
{
    test_png_insert_chunk(file, file->size, type, body, size);
}

void test_png_insert_chunk(test_file *file, size_t at, const char type[5], const void *body, size_t size)
{
    test_file chunk = make_chunk(type, body, size);

    test_file_splice(file, at, 0, chunk.data, chunk.size);
    test_file_free(&chunk);
}

static uint32_t read_u32be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

size_t test_png_find_chunk(const test_file *file, const char type[5])
{
    for (size_t at = 8; at + 12 <= file->size; at += (size_t)read_u32be(file->data + at) + 12)
        if (memcmp(file->data + at + 4, type, 4) == 0)
            return at;
    return 0;
}

void test_png_fix_crcs(uint8_t *data, size_t size)
{
    for (size_t at = 8; at <= size && size - at >= 12;) {
        const size_t length = read_u32be(data + at);
        if (length > size - at - 12)
            return;
        const uint32_t crc = (uint32_t)crc32(0, data + at + 4, (uInt)(length + 4));
        for (int i = 0; i < 4; i++)
            data[at + 8 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        at += length + 12;
    }
}

test_file test_deflate(uint8_t value, size_t size)
{
    uint8_t in[4096];
    uint8_t out[4096];
    z_stream z = {0};
    test_file file = {0};
    int result = Z_OK;

    memset(in, value, sizeof in);
    if (deflateInit(&z, 9) != Z_OK)
        die("deflateInit");
    while (result != Z_STREAM_END) {
        if (z.avail_in == 0 && size != 0) {
            z.next_in = in;
            z.avail_in = (uInt)(size < sizeof in ? size : sizeof in);
            size -= z.avail_in;
        }
        z.next_out = out;
        z.avail_out = sizeof out;
        result = deflate(&z, size == 0 ? Z_FINISH : Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            die("deflate");
        test_file_add(&file, out, sizeof out - z.avail_out);
    }
    deflateEnd(&z);
    return file;
}

test_file test_make_png_zeros(uint32_t width, uint32_t height, int bit_depth, int colour_type, bool interlaced,
                              size_t size)
{
    test_file header = {0};
    test_file data = test_deflate(0, size);
    test_file file = {0};
    const uint8_t rest[5] = {(uint8_t)bit_depth, (uint8_t)colour_type, 0, 0, interlaced};

    test_file_add_u32be(&header, width);
    test_file_add_u32be(&header, height);
    test_file_add(&header, rest, sizeof rest);
    test_file_add(&file, "\x89PNG\r\n\x1a\n", 8);
    test_png_add_chunk(&file, "IHDR", header.data, header.size);
    test_png_add_chunk(&file, "IDAT", data.data, data.size);
    test_png_add_chunk(&file, "IEND", NULL, 0);
    test_file_free(&header);
    test_file_free(&data);
    return file;
}
