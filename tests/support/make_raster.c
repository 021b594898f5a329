/* SPDX-License-Identifier: Apache-2.0 */
#include "support/make_raster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_u8(test_file *f, uint32_t v)
{
    const uint8_t b = (uint8_t)v;

    test_file_add(f, &b, 1);
}

static void add_u16(test_file *f, uint32_t v)
{
    add_u8(f, v & 255);
    add_u8(f, v >> 8 & 255);
}

static void add_u32(test_file *f, uint32_t v)
{
    add_u16(f, v & 0xffff);
    add_u16(f, v >> 16);
}

/* --- GIF --- */

test_file test_gif_begin(uint32_t width, uint32_t height, uint32_t bits, const uint8_t *palette)
{
    test_file f = {0};

    test_file_add(&f, "GIF89a", 6);
    add_u16(&f, width);
    add_u16(&f, height);
    add_u8(&f, 0x80 | (bits - 1));
    add_u16(&f, 0);
    test_file_add(&f, palette, (size_t)3 << bits);
    return f;
}

typedef struct lzw_writer {
    test_file *file;
    uint8_t block[255];
    uint32_t n;
    uint32_t bits, n_bits, code_bits, next;
    uint32_t prefix[4096];
    uint8_t suffix[4096];
} lzw_writer;

static void flush_block(lzw_writer *w)
{
    if (w->n != 0) {
        add_u8(w->file, w->n);
        test_file_add(w->file, w->block, w->n);
    }
    w->n = 0;
}

static void put_code(lzw_writer *w, uint32_t code)
{
    w->bits |= code << w->n_bits;
    for (w->n_bits += w->code_bits; w->n_bits >= 8; w->n_bits -= 8) {
        w->block[w->n++] = (uint8_t)w->bits;
        w->bits >>= 8;
        if (w->n == 255)
            flush_block(w);
    }
}

static uint32_t find_string(const lzw_writer *w, uint32_t first, uint32_t prefix, uint8_t suffix)
{
    for (uint32_t i = first; i < w->next; i++)
        if (w->prefix[i] == prefix && w->suffix[i] == suffix)
            return i;
    return 4096;
}

static void write_lzw(test_file *file, uint32_t bits, const uint8_t *pixels, size_t n)
{
    lzw_writer *w = calloc(1, sizeof *w);
    const uint32_t clear = 1u << bits;

    if (w == NULL)
        abort();
    *w = (lzw_writer){.file = file, .code_bits = bits + 1, .next = clear + 2};
    add_u8(file, bits);
    put_code(w, clear);
    uint32_t code = pixels[0];
    for (size_t i = 1; i < n; i++) {
        const uint32_t longer = find_string(w, clear + 2, code, pixels[i]);
        if (longer < 4096) {
            code = longer;
            continue;
        }
        put_code(w, code);
        if (w->next < 4096) {
            w->prefix[w->next] = code;
            w->suffix[w->next] = pixels[i];
            if (w->next++ == 1u << w->code_bits && w->code_bits < 12)
                w->code_bits++;
        } else {
            put_code(w, clear);
            w->code_bits = bits + 1;
            w->next = clear + 2;
        }
        code = pixels[i];
    }
    put_code(w, code);
    /* The reader has added one more entry by now. */
    if (w->next == 1u << w->code_bits && w->code_bits < 12)
        w->code_bits++;
    put_code(w, clear + 1);
    if (w->n_bits != 0)
        w->block[w->n++] = (uint8_t)w->bits;
    flush_block(w);
    add_u8(file, 0);
    free(w);
}

void test_gif_add(test_file *file, uint32_t bits, const uint8_t *palette, const test_gif_frame *frame)
{
    static const uint32_t passes[4][2] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    const size_t w = frame->width;
    uint8_t *order = calloc(frame->height, w);
    size_t row = 0;

    if (order == NULL)
        abort();
    test_file_add(file, "\x21\xf9\x04", 3);
    add_u8(file, (uint32_t)frame->disposal << 2 | (frame->transparent >= 0));
    add_u16(file, 10);
    add_u8(file, frame->transparent >= 0 ? (uint32_t)frame->transparent : 0);
    add_u8(file, 0);
    add_u8(file, 0x2c);
    add_u16(file, frame->x);
    add_u16(file, frame->y);
    add_u16(file, frame->width);
    add_u16(file, frame->height);
    add_u8(file, (frame->interlaced ? 0x40u : 0) | (frame->local_palette ? 0x80 | (bits - 1) : 0));
    if (frame->local_palette)
        test_file_add(file, palette, (size_t)3 << bits);
    for (int p = 0; p < 4; p++)
        for (uint32_t y = passes[p][0]; y < frame->height; y += passes[p][1])
            memcpy(order + w * row++, frame->pixels + w * y, w);
    write_lzw(file, bits < 2 ? 2 : bits, frame->interlaced ? order : frame->pixels, w * frame->height);
    free(order);
}

void test_gif_end(test_file *file)
{
    add_u8(file, 0x3b);
}

/* --- BMP --- */

static void add_bmp_header(test_file *f, const test_bmp *b, uint32_t header, uint32_t pixels_at)
{
    const uint32_t start = 14;

    test_file_add(f, "BM", 2);
    add_u32(f, 0);
    add_u32(f, 0);
    add_u32(f, pixels_at);
    add_u32(f, header);
    if (header == 12) {
        add_u16(f, b->width);
        add_u16(f, b->height);
    } else {
        add_u32(f, b->width);
        add_u32(f, b->top_down ? 0u - b->height : b->height);
    }
    add_u16(f, 1);
    add_u16(f, b->depth);
    if (header >= 40) {
        add_u32(f, b->compression);
        for (int i = 0; i < 3; i++)
            add_u32(f, 0);
        add_u32(f, b->n_colours);
        add_u32(f, 0);
    }
    const uint32_t n = header >= 56 && header != 64 ? 4 : header == 52 ? 3 : b->compression == 3 ? 3
                       : b->compression == 6 ? 4 : 0;
    for (uint32_t i = 0; i < n; i++)
        add_u32(f, b->mask[i]);
    while (f->size < start + header)
        add_u8(f, 0);
    for (uint32_t i = 0; i < b->n_colours; i++) {
        for (int c = 2; c >= 0; c--)
            test_file_add(f, b->palette + 3 * i + c, 1);
        if (header != 12)
            add_u8(f, 0);
    }
}

static void add_plain_row(test_file *f, const test_bmp *b, const uint32_t *p)
{
    const size_t from = f->size;
    uint32_t bits = 0;

    for (uint32_t x = 0; x < b->width; x++) {
        if (b->depth >= 8) {
            for (uint32_t i = 0; i < b->depth; i += 8)
                add_u8(f, p[x] >> i & 255);
            continue;
        }
        bits = bits << b->depth | p[x];
        if ((x + 1) * b->depth % 8 == 0)
            add_u8(f, bits & 255);
        else if (x + 1 == b->width)
            add_u8(f, bits << (8 - (x + 1) * b->depth % 8) & 255);
    }
    while ((f->size - from) % 4 != 0)
        add_u8(f, 0);
}

/* Runs where neighbours are equal, else literal stretches of five; the end of the row. */
static void add_coded_row(test_file *f, const test_bmp *b, const uint32_t *p, bool last)
{
    const bool nibbles = b->compression == 2;

    for (uint32_t x = 0; x < b->width;) {
        uint32_t n = 1;
        while (x + n < b->width && p[x + n] == p[x] && n < 255)
            n++;
        if (n == 1 && b->width - x >= 5) {
            add_u8(f, 0);
            add_u8(f, 5);
            for (uint32_t i = 0; i < 6; i += nibbles ? 2 : 1) {
                const uint32_t v = i < 5 ? p[x + i] : 0;
                add_u8(f, nibbles ? v << 4 | (i + 1 < 5 ? p[x + i + 1] : 0) : v);
            }
            if (nibbles)
                add_u8(f, 0); /* three bytes, padded to four */
            x += 5;
            continue;
        }
        add_u8(f, n);
        add_u8(f, nibbles ? p[x] << 4 | p[x] : p[x]);
        x += n;
    }
    add_u8(f, 0);
    add_u8(f, last ? 1 : 0);
}

test_file test_make_bmp(const test_bmp *spec, const uint32_t *pixels)
{
    const uint32_t header = spec->header != 0 ? spec->header : 40;
    test_file f = {0};

    for (int turn = 0; turn < 2; turn++) { /* the first only measures */
        const uint32_t pixels_at = (uint32_t)f.size;
        f.size = 0;
        add_bmp_header(&f, spec, header, pixels_at);
    }
    for (uint32_t i = 0; i < spec->height; i++) {
        const uint32_t y = spec->top_down ? i : spec->height - 1 - i;
        const uint32_t *row = pixels + (size_t)y * spec->width;
        if (spec->compression == 1 || spec->compression == 2)
            add_coded_row(&f, spec, row, i + 1 == spec->height);
        else
            add_plain_row(&f, spec, row);
    }
    return f;
}

/* --- PNM --- */

static void add_samples(test_file *f, int type, uint32_t maxval, const uint16_t *samples, size_t n)
{
    char text[16];

    for (size_t i = 0; i < n; i++) {
        if (type <= 3) {
            snprintf(text, sizeof text, type == 1 ? "%u" : "%u%c", (unsigned)samples[i], i % 9 == 8 ? '\n' : ' ');
            test_file_add(f, text, strlen(text));
        } else {
            if (maxval > 255)
                add_u8(f, samples[i] >> 8);
            add_u8(f, samples[i] & 255);
        }
    }
}

test_file test_make_pnm(int type, uint32_t width, uint32_t height, uint32_t channels, uint32_t maxval,
                        const uint16_t *samples)
{
    static const char *const tuple[5] = {"", "GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"};
    test_file f = {0};
    char text[200];

    if (type == 7)
        snprintf(text, sizeof text, "P7\n# made in a test\nWIDTH %u\nHEIGHT %u\nDEPTH %u\nMAXVAL %u\nTUPLTYPE %s\n"
                 "ENDHDR\n", (unsigned)width, (unsigned)height, (unsigned)channels, (unsigned)maxval, tuple[channels]);
    else if (type == 1 || type == 4)
        snprintf(text, sizeof text, "P%d # made in a test\n%u %u\n", type, (unsigned)width, (unsigned)height);
    else
        snprintf(text, sizeof text, "P%d\n# made in a test\n%u %u\n%u\n", type, (unsigned)width, (unsigned)height,
                 (unsigned)maxval);
    test_file_add(&f, text, strlen(text));
    for (uint32_t y = 0; y < height; y++) {
        const size_t n = (size_t)width * channels;
        const uint16_t *row = samples + y * n;
        if (type != 4) {
            add_samples(&f, type, maxval, row, n);
            continue;
        }
        for (uint32_t x = 0; x < width; x += 8) {
            uint32_t bits = 0;
            for (uint32_t i = x; i < x + 8; i++)
                bits = bits << 1 | (i < width ? row[i] : 0u);
            add_u8(&f, bits);
        }
    }
    return f;
}
