/* SPDX-License-Identifier: Apache-2.0 */
/* Writes small pictures of every kind into a folder: seeds for fuzz_decode. */
#include "foreign_files.h"
#include "support/make_image.h"
#include "support/make_raster.h"
#include "support/photo.h"
#include "support/rng.h"

#include <stdio.h>
#include <stdlib.h>

#define WIDTH 23u
#define HEIGHT 19u

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(EXIT_FAILURE);
    }
}

static void save(const char *folder, const char *name, int number, test_file *file)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s_%02d", folder, name, number);
    write_file(path, file->data, file->size);
    test_file_free(file);
}

static void save_foreign(const char *folder)
{
    char path[4096];

    for (size_t i = 0; i < sizeof foreign_files / sizeof *foreign_files; i++) {
        snprintf(path, sizeof path, "%s/foreign_%s", folder, foreign_files[i].name);
        write_file(path, foreign_files[i].data, foreign_files[i].size);
    }
}

static void save_jpegs(const char *folder)
{
    uint8_t rgb[WIDTH * HEIGHT * 3];
    uint8_t grey[WIDTH * HEIGHT];

    test_photo_rgb(rgb, WIDTH, HEIGHT, 1);
    test_photo_grey(grey, WIDTH, HEIGHT, 1);
    for (int i = 0; i < 24; i++) {
        const test_jpeg spec = {.width = WIDTH, .height = HEIGHT, .colour = (test_jpeg_colour)(i % 6), .quality = 50,
                                .progressive = i / 6 == 1, .separate_scans = i / 6 == 2, .full_chroma = i % 4 == 1,
                                .restart = i / 6 == 3 ? 2 : 0, .orientation = (uint32_t)i % 9,
                                .exif_big_endian = i % 2 == 1};
        test_file file = test_make_jpeg(&spec, spec.colour == TEST_JPEG_GREY ? grey : rgb);
        save(folder, "jpeg", i, &file);
    }
    test_file scans = test_make_jpeg_scans(40, 40, 30);
    save(folder, "jpeg_scans", 0, &scans);
}

static void save_pngs(const char *folder)
{
    static const int types[][2] = {{0, 1}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16},
                                   {3, 2}, {3, 8}, {4, 8}, {6, 8},  {6, 16}};
    const int n_types = (int)(sizeof types / sizeof *types);
    uint8_t rows[WIDTH * HEIGHT * 8];
    uint8_t palette[256 * 3];
    test_rng rng = test_rng_init(1);

    test_rng_fill(&rng, rows, sizeof rows);
    test_rng_fill(&rng, palette, sizeof palette);
    for (int i = 0; i < 2 * n_types; i++) {
        test_png p = {.width = WIDTH, .height = HEIGHT, .colour_type = types[i % n_types][0],
                      .bit_depth = types[i % n_types][1], .interlaced = i >= n_types, .key = {1, 2, 3}};
        p.has_key = i >= n_types && p.colour_type < 3;
        if (p.colour_type == 3) {
            p.palette = palette;
            p.n_palette = 1u << p.bit_depth;
            p.palette_alpha = i >= n_types ? palette : NULL;
        }
        test_file file = test_make_png(&p, rows);
        test_file exif = test_make_exif((uint32_t)i % 9, i % 2 == 1);
        test_png_insert_chunk(&file, test_png_find_chunk(&file, i % 2 ? "IDAT" : "IEND"), "eXIf", exif.data, exif.size);
        test_file_free(&exif);
        save(folder, "png", i, &file);
    }
}

static void save_rasters(const char *folder)
{
    static const uint32_t bmp[][3] = {{1, 0, 40}, {4, 2, 40}, {8, 1, 40}, {8, 0, 12}, {16, 3, 40}, {24, 0, 40},
                                      {32, 3, 124}};
    uint8_t indices[WIDTH * HEIGHT], palette[768];
    uint16_t samples[WIDTH * HEIGHT * 4];
    uint32_t pixels[WIDTH * HEIGHT];

    for (uint32_t i = 0; i < 768; i++)
        palette[i] = (uint8_t)(i * 7);
    for (uint32_t i = 0; i < WIDTH * HEIGHT * 4; i++)
        samples[i] = (uint16_t)(i / 11 % 2);
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        indices[i] = (uint8_t)(i / 5 % 16);
        pixels[i] = i / 5 % 2;
    }
    for (int type = 1; type <= 7; type++) {
        test_file file = test_make_pnm(type, WIDTH, HEIGHT, type == 7 ? 4 : type % 3 == 0 ? 3 : 1,
                                       type % 3 == 1 && type != 7 ? 1 : 255, samples);
        save(folder, "pnm", type, &file);
    }
    for (int i = 0; i < 7; i++) {
        const test_bmp spec = {.width = WIDTH, .height = HEIGHT, .depth = bmp[i][0], .compression = bmp[i][1],
                               .header = bmp[i][2], .palette = palette, .n_colours = bmp[i][0] <= 8 ? 2 : 0,
                               .mask = {0x7c00, 0x3e0, 0x1f, 0x8000}};
        test_file file = test_make_bmp(&spec, pixels);
        save(folder, "bmp", i, &file);
    }
    for (int i = 0; i < 4; i++) {
        test_file file = test_gif_begin(WIDTH, HEIGHT, 4, palette);
        for (int f = 0; f <= i; f++)
            test_gif_add(&file, 4, palette, &(test_gif_frame){(uint32_t)f, 0, WIDTH, HEIGHT, f, f % 2 ? 3 : -1,
                                                              i % 2 == 1, f == 2, indices});
        test_gif_end(&file);
        save(folder, "gif", i, &file);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: seeds_decode FOLDER\n");
        return 64;
    }
    save_jpegs(argv[1]);
    save_pngs(argv[1]);
    save_rasters(argv[1]);
    save_foreign(argv[1]);
    return 0;
}
