/* SPDX-License-Identifier: Apache-2.0 */
#include "support/photo.h"

#include "support/rng.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define OCTAVES 6
#define SHAPES 9
#define LATTICE_MAX 129 /* 4 << (OCTAVES - 1), and the far edge */

/* Value noise: random bytes on a square lattice, interpolated linearly between. One plane for the light and one for
 * each of two colour differences, which vary more slowly, as in photographs. */
typedef struct noise {
    uint8_t lattice[OCTAVES][LATTICE_MAX * LATTICE_MAX];
    uint32_t n_octaves;
} noise;

typedef struct shape {
    int64_t x, y, rx, ry; /* centre and radii, in 1/65536 of the picture's sides */
    bool round;
    int32_t rgb[3];
    int32_t opacity; /* of 256 */
} shape;

static void noise_init(noise *n, uint32_t octaves, test_rng *rng)
{
    n->n_octaves = octaves;
    for (uint32_t o = 0; o < octaves; o++)
        test_rng_fill(rng, n->lattice[o], sizeof n->lattice[o]);
}

/* Noise at (x, y), both 16-bit fractions of the sides: -128..127, scaled by 256. */
static int32_t noise_at(const noise *n, uint32_t x, uint32_t y)
{
    int32_t sum = 0;

    for (uint32_t o = 0; o < n->n_octaves; o++) {
        const uint64_t cells = (uint64_t)4 << o;
        const uint32_t fx = (uint32_t)(x * cells >> 8);
        const uint32_t fy = (uint32_t)(y * cells >> 8);
        const uint8_t *p = &n->lattice[o][(fy >> 8) * LATTICE_MAX + (fx >> 8)];
        const int32_t ax = (int32_t)(fx & 255);
        const int32_t ay = (int32_t)(fy & 255);
        const int32_t top = p[0] * (256 - ax) + p[1] * ax;
        const int32_t bottom = p[LATTICE_MAX] * (256 - ax) + p[LATTICE_MAX + 1] * ax;
        const int32_t value = (int32_t)(((int64_t)top * (256 - ay) + (int64_t)bottom * ay) >> 8) - 128 * 256;
        sum += value >> (o / 2 + 1);
    }
    return sum;
}

static void shapes_init(shape *shapes, test_rng *rng)
{
    for (int i = 0; i < SHAPES; i++) {
        shape *s = &shapes[i];
        s->x = test_rng_below(rng, 65536);
        s->y = test_rng_below(rng, 65536);
        s->rx = 2000 + test_rng_below(rng, 12000);
        s->ry = 2000 + test_rng_below(rng, 12000);
        s->round = test_rng_below(rng, 3) != 0;
        for (int c = 0; c < 3; c++)
            s->rgb[c] = (int32_t)test_rng_below(rng, 256);
        s->opacity = 100 + (int32_t)test_rng_below(rng, 157);
    }
}

static bool shape_covers(const shape *s, int64_t x, int64_t y)
{
    const int64_t dx = (x - s->x) * 4096 / s->rx;
    const int64_t dy = (y - s->y) * 4096 / s->ry;

    if (s->round)
        return dx * dx + dy * dy < (int64_t)4096 * 4096;
    return dx > -4096 && dx < 4096 && dy > -4096 && dy < 4096;
}

static uint8_t clamp(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void pixel(uint8_t rgb[3], const noise planes[3], const shape *shapes, uint32_t x, uint32_t y)
{
    const int32_t light = 128 + noise_at(&planes[0], x, y) / 256;
    const int32_t red = noise_at(&planes[1], x, y) / 512;
    const int32_t blue = noise_at(&planes[2], x, y) / 512;
    int32_t c[3] = {light + red, light - (red + blue) / 2, light + blue};

    for (int i = 0; i < SHAPES; i++)
        if (shape_covers(&shapes[i], x, y))
            for (int k = 0; k < 3; k++)
                c[k] += (shapes[i].rgb[k] - c[k]) * shapes[i].opacity / 256;
    for (int k = 0; k < 3; k++)
        rgb[k] = clamp(c[k]);
}

void test_photo_rgb(uint8_t *rgb, uint32_t width, uint32_t height, uint64_t seed)
{
    test_rng rng = test_rng_init(seed);
    noise *planes = malloc(3 * sizeof *planes);
    shape shapes[SHAPES];

    if (planes == NULL) {
        fprintf(stderr, "test_photo_rgb: no memory\n");
        abort();
    }
    noise_init(&planes[0], OCTAVES, &rng);
    noise_init(&planes[1], 3, &rng);
    noise_init(&planes[2], 3, &rng);
    shapes_init(shapes, &rng);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            pixel(rgb + 3 * ((size_t)y * width + x), planes, shapes, (uint32_t)(((uint64_t)x << 16) / width),
                  (uint32_t)(((uint64_t)y << 16) / height));
    free(planes);
}

void test_photo_grey(uint8_t *grey, uint32_t width, uint32_t height, uint64_t seed)
{
    uint8_t *rgb = malloc((size_t)width * height * 3);

    if (rgb == NULL) {
        fprintf(stderr, "test_photo_grey: no memory\n");
        abort();
    }
    test_photo_rgb(rgb, width, height, seed);
    for (size_t i = 0; i < (size_t)width * height; i++)
        grey[i] = (uint8_t)((77u * rgb[3 * i] + 150u * rgb[3 * i + 1] + 29u * rgb[3 * i + 2]) >> 8);
    free(rgb);
}
