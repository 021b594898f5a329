/* SPDX-License-Identifier: Apache-2.0 */
/* Write the pictures of the command-line tests into a folder: make_pictures FOLDER.
 *
 * All are generated, so the tree holds no binary files. photo-N.jpg are photo-like pictures; edits of them carry the
 * same number; other-N.jpg are not on any list of the tests. */
#include "support/make_image.h"
#include "support/photo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHOTOS 6
#define OTHERS 4
#define WIDTH 640u
#define HEIGHT 480u
#define PIXELS ((size_t)WIDTH * HEIGHT)

static const char *folder;

static void *get(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL) {
        fprintf(stderr, "make_pictures: out of memory\n");
        exit(1);
    }
    return memory;
}

static void save(const char *name, test_file file)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "wb");
    if (stream == NULL || fwrite(file.data, 1, file.size, stream) != file.size || fclose(stream) != 0) {
        perror(path);
        exit(1);
    }
    test_file_free(&file);
}

static void save_jpeg(const char *format, int number, const uint8_t *pixels, test_jpeg spec)
{
    char name[64];

    snprintf(name, sizeof name, "%s-%d.jpg", format, number);
    if (spec.colour == TEST_JPEG_GREY)
        spec.colour = TEST_JPEG_YCBCR;
    save(name, test_make_jpeg(&spec, pixels));
}

/* Half the sides: the mean of each 2 x 2 pixels. */
static void save_half(int number, const uint8_t *rgb)
{
    uint8_t *half = get(PIXELS / 4 * 3);

    for (size_t y = 0; y < HEIGHT / 2; y++)
        for (size_t x = 0; x < WIDTH / 2; x++)
            for (size_t c = 0; c < 3; c++) {
                const uint8_t *p = rgb + (2 * y * WIDTH + 2 * x) * 3 + c;
                half[(y * (WIDTH / 2) + x) * 3 + c] =
                    (uint8_t)((p[0] + p[3] + p[WIDTH * 3] + p[WIDTH * 3 + 3] + 2) / 4);
            }
    save_jpeg("half", number, half, (test_jpeg){.width = WIDTH / 2, .height = HEIGHT / 2});
    free(half);
}

/* More than twice 512 on both sides, so that a decoder can take half of it. */
static void save_large(int number)
{
    uint8_t *rgb = get((size_t)1500 * 1100 * 3);

    test_photo_rgb(rgb, 1500, 1100, (uint64_t)number);
    save_jpeg("large", number, rgb, (test_jpeg){.width = 1500, .height = 1100});
    free(rgb);
}

/* As a phone held upright stores it: turned counter-clockwise, with the tag that turns it back (6). */
static void save_turned(int number, const uint8_t *rgb)
{
    uint8_t *turned = get(PIXELS * 3);

    for (size_t y = 0; y < WIDTH; y++)
        for (size_t x = 0; x < HEIGHT; x++)
            memcpy(turned + (y * HEIGHT + x) * 3, rgb + (x * WIDTH + (WIDTH - 1 - y)) * 3, 3);
    save_jpeg("turned", number, turned, (test_jpeg){.width = HEIGHT, .height = WIDTH, .orientation = 6});
    save_jpeg("stored", number, turned, (test_jpeg){.width = HEIGHT, .height = WIDTH});
    free(turned);
}

/* The photo with everything but a corner transparent: over white it is another picture. */
static void save_alpha(const char *name, const uint8_t *rgb)
{
    uint8_t *rgba = get(PIXELS * 4);

    for (size_t i = 0; i < PIXELS; i++) {
        memcpy(rgba + 4 * i, rgb + 3 * i, 3);
        rgba[4 * i + 3] = i % WIDTH < WIDTH / 2 && i / WIDTH < HEIGHT / 2 ? 255 : 40;
    }
    save(name, test_make_png(&(test_png){.width = WIDTH, .height = HEIGHT, .colour_type = 6}, rgba));
    free(rgba);
}

static void save_deep(const char *name, const uint8_t *rgb)
{
    uint8_t *deep = get(PIXELS * 6);

    for (size_t i = 0; i < PIXELS * 3; i++) {
        deep[2 * i] = rgb[i];
        deep[2 * i + 1] = rgb[i]; /* 257 times the 8-bit sample */
    }
    save(name, test_make_png(&(test_png){.width = WIDTH, .height = HEIGHT, .colour_type = 2, .bit_depth = 16}, deep));
    free(deep);
}

/* `before` columns and `above` rows cut off every side, or added in black when they are below 0. */
static void save_cut(const char *name, int number, const uint8_t *rgb, int before, int above)
{
    const int width = (int)WIDTH - 2 * before;
    const int height = (int)HEIGHT - 2 * above;
    uint8_t *cut = get((size_t)width * (size_t)height * 3);

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const int from_x = x + before;
            const int from_y = y + above;
            if (from_x >= 0 && from_x < (int)WIDTH && from_y >= 0 && from_y < (int)HEIGHT)
                memcpy(cut + 3 * ((size_t)y * (size_t)width + (size_t)x),
                       rgb + 3 * ((size_t)from_y * WIDTH + (size_t)from_x), 3);
        }
    save_jpeg(name, number, cut, (test_jpeg){.width = (uint32_t)width, .height = (uint32_t)height});
    free(cut);
}

/* Trimmed by 2 % on every side, framed by 6 %, left and right exchanged. */
static void save_edits(int number, const uint8_t *rgb)
{
    uint8_t *mirrored = get(PIXELS * 3);

    save_cut("trimmed", number, rgb, (int)WIDTH * 2 / 100, (int)HEIGHT * 2 / 100);
    save_cut("framed", number, rgb, -(int)WIDTH * 6 / 100, -(int)HEIGHT * 6 / 100);
    for (size_t i = 0; i < PIXELS; i++)
        memcpy(mirrored + 3 * i, rgb + 3 * (i / WIDTH * WIDTH + WIDTH - 1 - i % WIDTH), 3);
    save_jpeg("mirrored", number, mirrored, (test_jpeg){.width = WIDTH, .height = HEIGHT});
    free(mirrored);
}

static void save_photo(int number)
{
    uint8_t *rgb = get(PIXELS * 3);
    const test_jpeg plain = {.width = WIDTH, .height = HEIGHT, .quality = 92};
    test_jpeg other = plain;

    test_photo_rgb(rgb, WIDTH, HEIGHT, (uint64_t)number);
    save_jpeg("photo", number, rgb, plain);
    other.quality = 30;
    save_jpeg("quality30", number, rgb, other);
    save_half(number, rgb);
    other = plain;
    if (number == 1) {
        save_turned(number, rgb);
        save_large(number);
    }
    if (number == 2)
        save_alpha("alpha-2.png", rgb);
    if (number == 2)
        save_edits(number, rgb);
    if (number == 3) {
        save("rgb-3.png", test_make_png(&(test_png){.width = WIDTH, .height = HEIGHT, .colour_type = 2}, rgb));
        save_deep("deep-3.png", rgb);
    }
    other.colour = TEST_JPEG_CMYK;
    if (number == 4)
        save_jpeg("cmyk", number, rgb, other);
    other = plain;
    other.progressive = true;
    if (number == 5)
        save_jpeg("progressive", number, rgb, other);
    free(rgb);
}

static void save_grey(const char *name)
{
    uint8_t *grey = get(PIXELS);

    test_photo_grey(grey, WIDTH, HEIGHT, 6);
    save(name, test_make_png(&(test_png){.width = WIDTH, .height = HEIGHT, .colour_type = 0}, grey));
    free(grey);
}

/* Pictures that have no usable hash, and one that must not be decoded. */
static void save_odd(void)
{
    uint8_t *grey = get((size_t)64 * 64);
    uint8_t *stripes = get(PIXELS);

    for (size_t i = 0; i < PIXELS; i++) /* quality 100, and nothing that varies in both directions */
        stripes[i] = i % WIDTH / 40 % 2 == 0 ? 40 : 220;
    save("stripes.png", test_make_png(&(test_png){.width = WIDTH, .height = HEIGHT, .colour_type = 0}, stripes));
    free(stripes);
    memset(grey, 90, (size_t)64 * 64);
    save("flat.png", test_make_png(&(test_png){.width = 64, .height = 64, .colour_type = 0}, grey));
    save("tiny.png", test_make_png(&(test_png){.width = 4, .height = 64, .colour_type = 0}, grey));
    save("bomb.png", test_make_png_zeros(60000, 60000, 8, 2, false, 1 << 20));
    free(grey);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_pictures FOLDER\n");
        return 64;
    }
    folder = argv[1];
    for (int i = 1; i <= PHOTOS; i++)
        save_photo(i);
    for (int i = 1; i <= OTHERS; i++) {
        uint8_t *rgb = get(PIXELS * 3);
        test_photo_rgb(rgb, WIDTH, HEIGHT, 1000 + (uint64_t)i);
        save_jpeg("other", i, rgb, (test_jpeg){.width = WIDTH, .height = HEIGHT});
        free(rgb);
    }
    save_grey("grey-6.png");
    save_odd();
    return 0;
}
