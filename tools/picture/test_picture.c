/* SPDX-License-Identifier: Apache-2.0 */
#include "picture/test_picture.h"

#include <string.h>

#define SIDE TEST_PICTURE_SIDE
#define ROW_SIZE (1 + SIDE / 2) /* filter byte, two pixels a byte */

typedef struct canvas {
    uint8_t level[SIDE][SIDE]; /* 0 black to 15 white */
} canvas;

static void draw_sky(canvas *c, bool upwards)
{
    for (uint32_t y = 0; y < SIDE; y++)
        for (uint32_t x = 0; x < SIDE; x++)
            c->level[y][x] = (uint8_t)(4 + 8 * (upwards ? SIDE - y : y) / SIDE);
}

static void draw_disc(canvas *c, int32_t cx, int32_t cy, int32_t radius, uint8_t level)
{
    for (int32_t y = 0; y < (int32_t)SIDE; y++)
        for (int32_t x = 0; x < (int32_t)SIDE; x++)
            if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius)
                c->level[y][x] = level;
}

/* A hill with its top at (px, py), whose slopes fall by num/den. */
static void draw_hill(canvas *c, int32_t px, int32_t py, int32_t num, int32_t den, uint8_t level)
{
    for (int32_t y = py; y < (int32_t)SIDE; y++)
        for (int32_t x = 0; x < (int32_t)SIDE; x++)
            if ((x < px ? px - x : x - px) * num <= (y - py) * den)
                c->level[y][x] = level;
}

/* Letters of 5 x 7, five bits a row, the leftmost in bit 4. */
static void draw_letter(canvas *c, uint32_t left, uint32_t top, const uint8_t rows[7], uint32_t scale)
{
    for (uint32_t y = 0; y < 7 * scale; y++)
        for (uint32_t x = 0; x < 5 * scale; x++)
            if ((rows[y / scale] >> (4 - x / scale) & 1) != 0)
                c->level[top + y][left + x] = 15;
}

static void draw_word(canvas *c, uint32_t left, uint32_t top, uint32_t scale)
{
    static const uint8_t t[7] = {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04};
    static const uint8_t e[7] = {0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f};
    static const uint8_t s[7] = {0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e};
    const uint8_t *const word[] = {t, e, s, t};

    for (uint32_t i = 0; i < 4; i++)
        draw_letter(c, left + 6 * scale * i, top, word[i], scale);
}

static void draw(canvas *c, test_picture which)
{
    if (which == TEST_PICTURE_POSTER) {
        draw_sky(c, true);
        draw_disc(c, 92, 34, 21, 14);
        draw_hill(c, 34, 40, 5, 4, 3);
        draw_hill(c, 96, 70, 3, 5, 1);
        draw_word(c, 10, 98, 4);
    } else {
        draw_sky(c, false);
        draw_disc(c, 30, 88, 26, 2);
        draw_disc(c, 88, 40, 33, 12);
        draw_disc(c, 100, 52, 17, 5);
        draw_word(c, 4, 10, 2);
    }
}

static void put_u32(text *out, uint32_t value)
{
    const char bytes[] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};

    text_put_bytes(out, bytes, sizeof bytes);
}

/* PNG specification, section 5.5: CRC of type and data. Bit by bit is fast enough here. */
static uint32_t crc(const char *bytes, size_t size)
{
    uint32_t value = 0xffffffff;

    for (size_t i = 0; i < size; i++) {
        value ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320 : 0);
    }
    return ~value;
}

static void put_chunk(text *out, const char *type, const char *data, size_t size)
{
    put_u32(out, (uint32_t)size);
    size_t begin = out->size;
    text_put(out, type);
    text_put_bytes(out, data, size);
    if (text_ok(out))
        put_u32(out, crc(out->data + begin, out->size - begin));
}

static uint32_t adler32(const char *bytes, size_t size) /* RFC 1950, section 2.2 */
{
    uint32_t a = 1;
    uint32_t b = 0;

    for (size_t i = 0; i < size; i++) {
        a = (a + (unsigned char)bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* One stored block (RFC 1951, section 3.2.4): no compressor is needed, and the file is the same everywhere. */
static void put_pixels(text *out, const canvas *c)
{
    char rows[SIDE * ROW_SIZE];
    const size_t size = sizeof rows;
    text data = {0};

    for (uint32_t y = 0; y < SIDE; y++) {
        char *row = rows + y * ROW_SIZE;
        row[0] = 0;
        for (uint32_t x = 0; x < SIDE; x += 2)
            row[1 + x / 2] = (char)(c->level[y][x] << 4 | c->level[y][x + 1]);
    }
    const char head[] = {0x78, 0x01, 1, (char)(size & 255), (char)(size >> 8), (char)~(size & 255), (char)~(size >> 8)};
    text_put_bytes(&data, head, sizeof head);
    text_put_bytes(&data, rows, size);
    put_u32(&data, adler32(rows, size));
    if (text_ok(&data))
        put_chunk(out, "IDAT", data.data, data.size);
    else
        out->failed = true;
    text_free(&data);
}

void test_picture_png(text *out, test_picture which)
{
    static const char header[] = {0, 0, 0, (char)SIDE, 0, 0, 0, (char)SIDE, 4, 0, 0, 0, 0}; /* 4 bits of grey */
    canvas c;

    draw(&c, which);
    text_put_bytes(out, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(out, "IHDR", header, sizeof header);
    put_pixels(out, &c);
    put_chunk(out, "IEND", "", 0);
}
