/* SPDX-License-Identifier: Apache-2.0 */
/* Files for tests, written with libjpeg and libpng, and the constructions those libraries refuse to write. All
 * functions abort the test program when something goes wrong. */
#ifndef PHASH_TESTS_MAKE_IMAGE_H
#define PHASH_TESTS_MAKE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct test_file {
    uint8_t *data; /* free with test_file_free */
    size_t size;
    size_t room;
} test_file;

void test_file_free(test_file *file);
void test_file_add(test_file *file, const void *bytes, size_t size);
void test_file_add_u32be(test_file *file, uint32_t value);
/** Cut `size` bytes out at `at` and put others in. */
void test_file_splice(test_file *file, size_t at, size_t size, const void *bytes, size_t n);

/** An EXIF (TIFF) structure with one tag, the orientation. */
test_file test_make_exif(uint32_t orientation, bool big_endian);

typedef enum test_jpeg_colour {
    TEST_JPEG_GREY,  /* from grey pixels */
    TEST_JPEG_YCBCR, /* from RGB pixels, as are all below */
    TEST_JPEG_RGB,
    TEST_JPEG_CMYK, /* inks inverted, with an Adobe marker */
    TEST_JPEG_YCCK, /* likewise */
    TEST_JPEG_CMYK_PLAIN /* 0 is no ink, no Adobe marker */
} test_jpeg_colour;

typedef struct test_jpeg {
    uint32_t width, height;
    test_jpeg_colour colour;
    int quality;          /* 0 means 90 */
    bool progressive;
    bool full_chroma;     /* 4:4:4 instead of 4:2:0 */
    bool separate_scans;  /* sequential, one scan a component */
    bool arithmetic;
    uint32_t restart;     /* MCUs between restart markers; 0 for none */
    uint32_t orientation; /* 0 for no EXIF */
    bool exif_big_endian;
    int h_samp[3]; /* sampling factors, when h_samp[0] is not 0 */
    int v_samp[3];
} test_jpeg;

test_file test_make_jpeg(const test_jpeg *spec, const uint8_t *pixels);

typedef struct test_png {
    uint32_t width, height;
    int colour_type; /* 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA */
    int bit_depth;   /* 0 means 8 */
    bool interlaced;
    const uint8_t *palette; /* n_palette RGB triples, for type 3 */
    uint32_t n_palette;
    const uint8_t *palette_alpha; /* n_palette bytes or NULL */
    bool has_key;    /* tRNS colour key, for types 0 and 2 */
    uint16_t key[3]; /* grey in key[0] */
} test_png;

/** rows: packed as PNG has them (16 bits big-endian; 1, 2 and 4 bits from the high end), no filter bytes. */
test_file test_make_png(const test_png *spec, const uint8_t *rows);
/** Bytes of a row in that packing. */
size_t test_png_row_size(const test_png *spec);

/** Append a PNG chunk with its CRC. */
void test_png_add_chunk(test_file *file, const char type[5], const void *body, size_t size);
/** Insert a chunk at byte `at`, which is where another begins. */
void test_png_insert_chunk(test_file *file, size_t at, const char type[5], const void *body, size_t size);
/** Find the first chunk of a type: its byte offset, or 0. */
size_t test_png_find_chunk(const test_file *file, const char type[5]);
/** Set every CRC right again after bytes were changed; stops at what is not a chunk. */
void test_png_fix_crcs(uint8_t *data, size_t size);
/** A PNG whose IDAT is `size` zero bytes deflated, whatever the header says. For bombs. */
test_file test_make_png_zeros(uint32_t width, uint32_t height, int bit_depth, int colour_type, bool interlaced,
                              size_t size);
/** A deflate stream of `size` bytes, all `value`. */
test_file test_deflate(uint8_t value, size_t size);

/** A progressive JPEG (grey, all zero coefficients): one DC scan, then n_scans - 1 AC scans that all say the same. */
test_file test_make_jpeg_scans(uint32_t width, uint32_t height, uint32_t n_scans);

/** Byte offset of the n-th marker 0xff `code` (n from 0), looking at segment starts only; 0 when there is none. */
size_t test_jpeg_find_marker(const test_file *file, uint8_t code, uint32_t n);

#endif
